"""Steps for the tests of the engine; of a module, so that worker processes can import them, and soon.

Where a step shall do something only once, or be counted, it writes outside of the campaign's folder.
"""

import ctypes
import os
import signal
import time
from pathlib import Path

from lmpmeso.engine.records import read_record, write_record
from lmpmeso.engine.step import Step


def note(ledger, line):
    """One line into a file that several processes append to."""
    with open(ledger, "a", encoding="utf-8") as file:
        file.write(f"{line}\n")


def lines(ledger):
    path = Path(ledger)
    return path.read_text(encoding="utf-8").split() if path.exists() else []


def sum_up(work, value, ledger, pause=0.0):
    """Its own value and those of what it needs."""
    time.sleep(pause)
    total = value + sum(int(path.read_text()) for path in work.needs.get("parts", ()))
    work.target.write_text(f"{total}\n")
    note(ledger, work.folder.name.removesuffix(".work"))


def count_up(work, chunks, ledger, pause=0.0):
    """A run in chunks, each from the checkpoint of the last."""
    state = work.folder / "state"
    for chunk in range(chunks):
        done = int(state.read_text()) if state.exists() else 0
        if done > chunk:
            continue
        time.sleep(pause)
        new = work.folder / "new"
        new.write_text(f"{done + 1}")
        os.replace(new, state)
        note(ledger, f"{work.folder.name.removesuffix('.work')}:{chunk}")
        work.progress(done + 1, chunks)
        work.checkpoint()
    work.target.write_text(state.read_text() + "\n")


def record_sum(work, value, ledger):
    """Its own value and those of the data files of what it needs, with a record."""
    records = [read_record(path) for path in work.needs.get("parts", ())]
    data = work.target.with_name(f"{work.folder.name.partition('.')[0]}.txt")
    total = value + sum(int(r.data(f"{r.path.stem}.txt").read_text()) for r in records)
    data.write_text(f"{total}\n")
    write_record(work, "sum", [data])
    note(ledger, data.stem)


def raise_error(work):
    print("something on the way")
    raise ValueError("this cannot work")


def write_nothing(work):
    pass


def write_text(work, text):
    work.target.write_text(text)


def fill_disk(work, megabytes):
    work.target.write_bytes(bytes(megabytes * 10**6))


def kill_itself(work, ledger, times):
    """Die by a signal, the first so many times."""
    note(ledger, os.getpid())
    if len(lines(ledger)) <= times:
        os.write(2, b"my last words\n")
        os.kill(os.getpid(), signal.SIGKILL)
    work.target.write_text("done\n")


def quit_in_lammps(work, ledger, times):
    """End the process by LAMMPS's command for that, the first so many times."""
    from lmpmeso.lammps import LammpsSession

    note(ledger, os.getpid())
    with LammpsSession("none") as lmp:
        if len(lines(ledger)) <= times:
            lmp.command("quit 1")
        lmp.command("units lj")
    work.target.write_text("done\n")


def overlap_in_lammps(work, ledger, times, accelerator):
    """Let LAMMPS find two particles closer than its table reaches, the first so many times.

    In a plain style that is an error; within an OpenMP one it ends the process.
    """
    from lmpmeso.configurations import configuration_from_arrays
    from lmpmeso.lammps import LammpsSession
    from lmpmeso.models import get_model
    from lmpmeso.models.lammps_styles import lammps_pair_commands

    model = get_model("ipl")
    note(ledger, os.getpid())
    distance = 0.1 if len(lines(ledger)) <= times else 1.2
    pair = configuration_from_arrays([[1.0, 1, 1], [1.0 + distance, 1, 1]], 0, 6.0)
    with LammpsSession(accelerator, pair_styles=["table"]) as lmp:
        lmp.set_configuration(pair, model)
        lmp.commands(lammps_pair_commands(model))
        lmp.command("run 0")
        work.target.write_text(f"{lmp.potential_energy():.17g}\n")


def write_pid_and_wait(work, ledger, seconds):
    """Say where it runs, and stay a while."""
    note(ledger, os.getpid())
    time.sleep(seconds)
    work.target.write_text("done\n")


def wait_in_c(work, ledger, seconds):
    """The same within C, without the interpreter's lock, as LAMMPS does."""
    note(ledger, os.getpid())
    ctypes.CDLL(None).sleep(seconds)
    work.target.write_text("done\n")


def write_environment(work, names):
    work.target.write_text("".join(f"{name}={os.environ.get(name)}\n" for name in names))


def pyramid(ledger, width=4, pause=0.0, chunks=3):
    """Chains of two, each with leaves on it, and a sum over all."""
    steps = []
    for k in range(width):
        steps.append(
            Step(
                f"liquid/{k}.txt",
                count_up,
                {"chunks": chunks, "ledger": str(ledger), "pause": pause},
                needs={"before": (f"liquid/{k - 1}.txt",)} if k % 2 else {},
                group="liquids",
            )
        )
        steps += [
            Step(
                f"glass/{k}-{m}.txt",
                sum_up,
                {"value": m, "ledger": str(ledger), "pause": pause},
                needs={"parts": (f"liquid/{k}.txt",)},
                group="glasses",
            )
            for m in range(3)
        ]
    leaves = tuple(step.target for step in steps if step.group == "glasses")
    total = Step(
        "total.txt", sum_up, {"value": 0, "ledger": str(ledger)}, {"parts": leaves}, "total"
    )
    return [total, *steps]


class QuietSink:
    """Keeps what the engine tells."""

    def __init__(self):
        self.groups = {}
        self.said = []

    def update(self, group, done, total):
        self.groups[group] = (done, total)

    def message(self, text):
        self.said.append(text)
