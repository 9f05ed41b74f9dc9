"""Faults that really happen: programs and workers killed, LAMMPS ending its process, two at once."""

import contextlib
import os
import random
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import types
import warnings
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import dask.config
import psutil
import pytest

from lmpmeso.engine.resources import Resources
from lmpmeso.engine.run import run_steps
from lmpmeso.engine.step import Step
from lmpmeso.engine.step_files import StepFiles
from lmpmeso.lammps import lammps_build
from tests.engine.programs import PATIENCE, contents, descendants, start_program, wait_for
from tests.engine.small_steps import (
    QuietSink,
    kill_itself,
    lines,
    overlap_in_lammps,
    pyramid,
    quit_in_lammps,
    raise_error,
    sum_up,
    wait_in_c,
    write_environment,
    write_pid_and_wait,
)

LOCAL = Resources(engine="local", workers=2)


def at_steps(root):
    """Processes that are at a step of a campaign, as they say in their lock files."""
    workers = [StepFiles(root, step.target).worker() for step in pyramid("ledger")]
    return [int(worker.place.split()[-1]) for worker in workers if worker is not None]


def kill_at_random_moments(root, ledger, generator, kills):
    """Kill the program so often, each time after a random time; how often it was really killed."""
    killed = 0
    for _ in range(kills):
        program = start_program(root, ledger, start_new_session=True, stdout=subprocess.DEVNULL)
        before = len(lines(ledger))
        # Half of them in the start, half in the midst of the steps.
        if generator.random() < 0.5:
            wait_for(lambda p=program, n=before: len(lines(ledger)) > n or p.poll() is not None)
            time.sleep(generator.uniform(0.0, 0.15))
        else:
            time.sleep(generator.uniform(0.0, 2.0))
        workers = descendants(program.pid) if program.poll() is None else []
        if program.poll() is None:
            # Who is stopped cannot see that the program is gone.
            for worker in workers:
                if worker.pid in at_steps(root):
                    worker.suspend()
            program.send_signal(signal.SIGKILL)
            killed += 1
        program.wait()
        _, alive = psutil.wait_procs(workers, timeout=PATIENCE)
        assert not alive, "workers outlive the program"
    return killed


def check_survives_kills(root, ledger, seed, kills, unkilled):
    killed = kill_at_random_moments(root, ledger, random.Random(seed), kills)
    assert run_steps(root, pyramid(ledger), Resources("serial"), QuietSink()).complete
    assert contents(root) == unkilled
    done = lines(ledger)
    # A ledger line comes after what it notes: one killed in between may be noted never, or twice.
    assert len(done) - len(set(done)) <= 2 * killed
    return done


def test_a_program_killed_at_random_moments_resumes_to_the_same_files(tmp_path, unkilled):
    """Steps killed within each kind of work are those of tests/campaign/test_faults_of_a_study.py."""
    check_survives_kills(tmp_path / "c", tmp_path / "ledger", 1, 3, unkilled)


@pytest.mark.validate
@pytest.mark.parametrize("seed", range(10))
def test_a_hundred_kills_over_ten_campaigns_change_nothing(tmp_path, unkilled, seed):
    check_survives_kills(tmp_path / "c", tmp_path / "ledger", 100 + seed, 10, unkilled)


def test_two_programs_at_once_make_every_target_once(tmp_path, unkilled):
    programs = [
        start_program(tmp_path / "c", tmp_path / "ledger", words=["--engine", engine])
        for engine in ("local", "serial")
    ]
    assert [program.wait() for program in programs] == [0, 0]
    assert contents(tmp_path / "c") == unkilled
    done = lines(tmp_path / "ledger")
    assert len(done) == len(set(done)) == 25


def test_processes_that_die_cost_an_attempt_each_and_three_are_too_many(tmp_path):
    """By signal, by LAMMPS's own ``quit``, and by SIGABRT: an error within an OpenMP style cannot be caught.

    The steps beside them are not touched, and last words are kept.
    """
    aborts = lammps_build().obstacle("omp", ["table"]) is None
    ledgers = {name: str(tmp_path / name) for name in ("once", "always", "quit", "fine")}
    told = {"ledger": ledgers["always"], "times": 99}
    fatal = overlap_in_lammps if aborts else kill_itself
    steps = [
        Step("once.txt", kill_itself, {"ledger": ledgers["once"], "times": 1}),
        Step("always.txt", fatal, told | ({"accelerator": "omp"} if aborts else {})),
        Step("quit.txt", quit_in_lammps, {"ledger": ledgers["quit"], "times": 1}),
        *(Step(f"fine/{k}", sum_up, {"value": k, "ledger": ledgers["fine"]}) for k in range(4)),
    ]
    outcome = run_steps(tmp_path / "c", steps, LOCAL, QuietSink())
    assert list(outcome.failed) == ["always.txt"]
    assert sorted(outcome.made) == sorted(s.target for s in steps if s.target != "always.txt")
    assert [len(lines(ledgers[name])) for name in ("once", "always", "quit")] == [2, 3, 2]
    failure = outcome.failed["always.txt"]
    assert "died 3 times" in failure.reason
    log = failure.log.read_text()
    assert ("terminate called" if aborts else "my last words") in log
    assert "the end of its LAMMPS log" in log or not aborts


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """One run on one worker: steps that raise, that LAMMPS refuses, that no worker can import, and good ones.

    A worker that takes long to end, another program at the dashboard's usual port, and no GPU for the step that
    wants one are to be no matter.
    """
    folder = tmp_path_factory.mktemp("mixed")
    module = types.ModuleType("only_in_the_program")
    exec("def make(work):\n    work.target.write_text('made')\n", vars(module))
    steps = [
        Step("raises.txt", raise_error),
        Step(
            "lammps.txt",
            overlap_in_lammps,
            {"ledger": str(folder / "overlaps"), "times": 99, "accelerator": "none"},
        ),
        Step("x", module.make),
        *(write_pid(k, folder / "pids", gpu=k == 0) for k in range(3)),
    ]
    with (
        pytest.MonkeyPatch.context() as patch,
        socket.socket() as other,
        warnings.catch_warnings(record=True) as caught,
    ):
        # Where another program has it already, that serves as well.
        with contextlib.suppress(OSError):
            other.bind(("127.0.0.1", 8787))
            other.listen()
        warnings.simplefilter("always")
        patch.setitem(sys.modules, module.__name__, module)
        patch.setattr("lmpmeso.engine.local.LAST_MOMENT", 0.0)
        outcome = run_steps(folder / "c", steps, Resources(engine="local", workers=1), QuietSink())
    return folder, outcome, [str(warning.message) for warning in caught]


def test_an_error_in_a_worker_fails_its_step_at_once_and_the_worker_goes_on(mixed):
    """Of Python, and of LAMMPS where that comes as one."""
    folder, outcome, _ = mixed
    assert sorted(outcome.made) == ["pid/0", "pid/1", "pid/2"]
    assert outcome.failed["raises.txt"].reason == "ValueError: this cannot work"
    assert "something on the way" in outcome.failed["raises.txt"].log.read_text()
    assert "inner cutoff" in outcome.failed["lammps.txt"].reason
    pids = lines(folder / "pids") + lines(folder / "overlaps")
    assert len(pids) == 4
    assert len(set(pids)) == 1


def test_a_step_that_workers_cannot_import_fails_and_the_others_do_not(mixed):
    _, outcome, _ = mixed
    assert "the worker could not run it" in outcome.failed["x"].reason
    assert "only_in_the_program" in outcome.failed["x"].reason
    assert len(outcome.failed) == 3


def test_workers_that_take_long_to_end_spoil_no_run(mixed):
    wait_for(lambda: not any(psutil.pid_exists(int(pid)) for pid in lines(mixed[0] / "pids")))


def test_a_taken_port_of_the_dashboard_is_no_matter(mixed):
    assert not [text for text in mixed[2] if "8787" in text]


def test_a_step_that_wants_a_gpu_runs_without_where_there_is_none(mixed):
    folder, outcome, _ = mixed
    assert "pid/0" in outcome.made
    assert lines(folder / "pids")[0] != str(os.getpid())


def write_pid(number, ledger, gpu=False):
    told = {"ledger": str(ledger), "seconds": 0}
    return Step(f"pid/{number}", write_pid_and_wait, told, gpu=gpu)


def test_a_disk_without_a_byte_left_stops_the_run_and_space_lets_it_go_on(
    small_disk, tmp_path, unkilled
):
    root, ledger = small_disk / "c", tmp_path / "ledger"
    root.mkdir()
    ballast = small_disk / "ballast"
    with open(ballast, "wb") as file, contextlib.suppress(OSError):
        while True:
            os.write(file.fileno(), bytes(4096))
    assert shutil.disk_usage(small_disk).free == 0
    sink = QuietSink()
    outcome = run_steps(root, pyramid(ledger), LOCAL, sink)
    assert not outcome.failed
    assert len(outcome.waiting) == 17
    assert "No space left" in outcome.stopped
    assert "campaign.log is incomplete from here on: No space left on device" in sink.said
    ballast.unlink()
    assert run_steps(root, pyramid(ledger), Resources("serial"), QuietSink()).complete
    assert contents(root) == unkilled


def test_a_worker_killed_in_the_midst_of_c_is_replaced(tmp_path):
    steps = [Step("x.txt", wait_in_c, {"ledger": str(tmp_path / "pids"), "seconds": 2})]
    killer = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import os, sys, time\n"
            "end = time.monotonic() + 300\n"
            "while not (os.path.exists(sys.argv[1]) and open(sys.argv[1]).read().strip()):\n"
            "    assert time.monotonic() < end, 'waited in vain'\n"
            "    time.sleep(0.02)\n"
            "os.kill(int(open(sys.argv[1]).read()), 9)\n",
            tmp_path / "pids",
        ]
    )
    # As on a busy machine, where a new worker takes long to start: Dask would not wait for it.
    with dask.config.set({"distributed.deploy.lost-worker-timeout": "1ms"}):
        outcome = run_steps(tmp_path / "c", steps, Resources("local", workers=1), QuietSink())
    assert killer.wait() == 0
    assert outcome.made == ["x.txt"]
    pids = lines(tmp_path / "pids")
    assert len(pids) == len(set(pids)) == 2


def test_ctrl_c_stays_ctrl_c_where_slurm_is_used():
    if find_spec("dask_jobqueue") is None:
        pytest.skip("Slurm needs dask-jobqueue")
    program = (
        "import signal\n"
        "from lmpmeso.engine.slurm import cluster_class\n"
        "cluster_class()\n"
        "assert signal.getsignal(signal.SIGINT) is signal.default_int_handler\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def holds_back(pid, number):
    """Whether a process blocks or ignores a signal, as the kernel tells."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    masks = dict(line.split(":\t") for line in lines if line.startswith(("SigBlk", "SigIgn")))
    return any(int(mask, 16) >> (number - 1) & 1 for mask in masks.values())


@dataclass
class AtWork:
    """A program at work, as it was seen: where it listens, who sees Ctrl-C; and how it took one."""

    addresses: set
    refusals: list
    open_to_ctrl_c: list
    messages: str
    outlived_by: list


@pytest.fixture(scope="module")
def at_work(tmp_path_factory):
    """A program with two workers, looked at while they work, and ended by Ctrl-C as from a terminal."""
    folder = tmp_path_factory.mktemp("at-work")
    program = start_program(
        folder / "c", folder / "ledger", pause=30, start_new_session=True, stderr=subprocess.PIPE
    )
    try:
        wait_for(lambda: list((folder / "c" / "liquid").glob("*.work")))
        workers = descendants(program.pid)
        addresses = {
            (connection.laddr.ip, connection.laddr.port)
            for process in [psutil.Process(program.pid), *workers]
            for connection in process.net_connections("inet")
            if connection.status == psutil.CONN_LISTEN
        }
        stranger = ssl.create_default_context()
        stranger.check_hostname = False
        stranger.verify_mode = ssl.CERT_NONE
        refusals = [refusal_of(stranger, address) for address in addresses]
        open_to_it = [w for w in workers if not holds_back(w.pid, signal.SIGINT)]
        # It reaches all of them at once: whoever does not hold it back prints a traceback.
        os.killpg(program.pid, signal.SIGINT)
        messages = program.communicate(timeout=PATIENCE)[1]
        assert program.returncode != 0
        alive = psutil.wait_procs(workers, timeout=20)[1]
    finally:
        program.kill()
        program.wait()
    return AtWork(addresses, refusals, open_to_it, messages, alive)


def test_ctrl_c_ends_the_program_and_its_workers_at_once_and_none_of_them_complains(at_work):
    assert not at_work.open_to_ctrl_c
    assert at_work.messages.count("Traceback") == at_work.messages.count("KeyboardInterrupt") == 1
    assert not at_work.outlived_by


def test_only_this_machine_can_reach_the_workers_and_only_with_their_certificate(at_work):
    assert {host for host, _ in at_work.addresses} == {"127.0.0.1"}
    # The scheduler, two workers and the two processes that watch over them.
    assert len(at_work.refusals) == 5
    assert all("certificate required" in refusal for refusal in at_work.refusals), at_work.refusals


def refusal_of(context, address):
    """How an address answers to one who has no certificate; a page, where it is one of the web."""
    with socket.create_connection(address, timeout=60) as plain, contextlib.suppress(OSError):
        plain.sendall(b"GET /health HTTP/1.0\r\n\r\n")
        if (page := plain.recv(100)).startswith(b"HTTP"):
            return page.decode()
    with (
        pytest.raises(ssl.SSLError) as refusal,
        socket.create_connection(address, timeout=60) as plain,
        context.wrap_socket(plain) as encrypted,
    ):
        encrypted.recv(1)
    return str(refusal.value)


def test_every_gpu_has_a_worker_of_its_own_and_the_others_see_none(tmp_path, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5")
    names = ["CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS"]
    steps = [
        Step(f"{kind}/{k}", write_environment, {"names": names}, gpu=kind == "gpu")
        for k in range(3)
        for kind in ("gpu", "cpu")
    ]
    resources = Resources(engine="local", workers=2, gpus=1)
    assert run_steps(tmp_path, steps, resources, QuietSink()).complete
    for k in range(3):
        text = (tmp_path / f"gpu/{k}").read_text()
        assert text == "CUDA_VISIBLE_DEVICES=5\nOMP_NUM_THREADS=1\n"
        assert (tmp_path / f"cpu/{k}").read_text().endswith("OMP_NUM_THREADS=1\n")
