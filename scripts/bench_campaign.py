"""Time the campaign engine: what a task costs, what a start and a resume cost, what a second worker brings.

    python scripts/bench_campaign.py                    # some 4 minutes on two idle cores
    python scripts/bench_campaign.py --only quenches

**tasks**: 10⁴ tasks that write a few bytes, over two worker processes. The engine locks, notes the attempt,
writes aside, flushes to the disk, renames, tidies up, and tells which are done. Against it, in the same run, the
same file written aside, flushed and renamed by tasks of plain Dask and of ``ProcessPoolExecutor``, which know
nothing of locks, attempts or what is there already. Then the same campaign once more, with nothing left to do.

**start**: from the start of a Python program to the first moment of its first task on two workers.

**quenches**: real quenches of one liquid (IPL, N = 1000), in tasks of two, by the engine's workers: one, two, one, two.

Wall times, which other work on the machine spoils: it prints the load.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from lmpmeso.atomic_files import replacing
from lmpmeso.campaign.engine import run_steps
from lmpmeso.campaign.glass_steps import quench_shard
from lmpmeso.campaign.settings import Campaign, Glasses, Liquid, Production, Resources
from lmpmeso.campaign.status import status_of
from lmpmeso.campaign.step import Step, Workplace
from lmpmeso.campaign.study import study_steps

WORKERS = 2
PER_FOLDER = 100
REPEATS = 3


class Silence:
    """A sink of the engine that shows nothing."""

    def update(self, stage: str, done: float, total: float) -> None:
        pass

    def message(self, text: str) -> None:
        pass


def run(root: Path, steps: list[Step], workers: int = WORKERS) -> float:
    """Run steps by local workers; wall time, start and end of the workers included [s]."""
    begun = time.perf_counter()
    outcome = run_steps(root, steps, Resources(engine="local", workers=workers), Silence())
    assert outcome.complete, outcome
    return time.perf_counter() - begun


# --- what a task costs ---------------------------------------------------------------------------


def write_number(work: Workplace, number: int) -> None:
    """A step of the engine."""
    work.target.write_text(f"{number}\n")


def write_number_safely(path: Path, number: int) -> None:
    """The same file, as safely, for those who bring no more than processes."""
    with replacing(path) as temporary:
        temporary.write_text(f"{number}\n")


def paths(n_tasks: int) -> list[str]:
    return [f"{k // PER_FOLDER:04d}/{k:06d}.txt" for k in range(n_tasks)]


def numbered_steps(n_tasks: int) -> list[Step]:
    return [
        Step(path, write_number, {"number": k}, stage="tasks")
        for k, path in enumerate(paths(n_tasks))
    ]


@contextmanager
def dask_workers() -> Iterator[Callable[[list[Path]], None]]:
    """Plain Dask: a local cluster of processes and one submit a task."""
    from distributed import Client, LocalCluster, wait

    with (
        LocalCluster(
            n_workers=WORKERS, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
        ) as cluster,
        Client(cluster) as client,
    ):

        def all_of(targets: list[Path]) -> None:
            futures = [
                client.submit(write_number_safely, path, k, key=("write", k))
                for k, path in enumerate(targets)
            ]
            wait(futures)
            assert all(future.status == "finished" for future in futures)

        yield all_of


@contextmanager
def pool_workers() -> Iterator[Callable[[list[Path]], None]]:
    """The standard library's pool of processes, one submit a task."""
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:

        def all_of(targets: list[Path]) -> None:
            futures = [pool.submit(write_number_safely, path, k) for k, path in enumerate(targets)]
            for future in futures:
                future.result()

        yield all_of


RIVALS = {"plain Dask": dask_workers, "ProcessPoolExecutor": pool_workers}


def rival(name: str, root: Path, n_tasks: int) -> float:
    """Wall time of all tasks, start and end of the processes included [s]."""
    targets = [root / path for path in paths(n_tasks)]
    for folder in {path.parent for path in targets}:
        folder.mkdir(parents=True)
    begun = time.perf_counter()
    with RIVALS[name]() as all_of:
        all_of(targets)
    return time.perf_counter() - begun


def tasks(folder: Path, n_tasks: int) -> None:
    steps = numbered_steps(n_tasks)
    print(f"{n_tasks} tasks over {WORKERS} processes", flush=True)
    ours = run(folder / "engine", steps)
    print(f"  engine               {1e3 * ours / n_tasks:6.2f} ms a task", flush=True)
    for name in RIVALS:
        theirs = rival(name, folder / name, n_tasks)
        print(
            f"  {name:20s} {1e3 * theirs / n_tasks:6.2f} ms a task, engine / {name}: "
            f"{ours / theirs:.1f}",
            flush=True,
        )
    resumed = min(run(folder / "engine", numbered_steps(n_tasks)) for _ in range(REPEATS))
    print(f"  resume with nothing to do: {resumed:.2f} s (best of {REPEATS})")
    begun = time.perf_counter()
    assert status_of(folder / "engine", steps).complete
    print(f"  status: {time.perf_counter() - begun:.2f} s", flush=True)


# --- what a start costs --------------------------------------------------------------------------


def note_the_time(work: Workplace) -> None:
    """A step that says when it began."""
    work.target.write_text(f"{time.time()}\n")


def start(folder: Path) -> None:
    """From the start of a program to its first task; every program is a new one."""
    times = []
    for number in range(REPEATS):
        root = folder / f"start-{number}"
        begun = time.time()
        subprocess.run([sys.executable, __file__, "--first-task", str(root)], check=True)
        ended = time.time()
        first = float((root / "first.txt").read_text())
        times.append((first - begun, ended - begun))
    first, whole = (min(column) for column in zip(*times, strict=True))
    print(
        f"start to first task: {first:.2f} s; to the end of the program: {whole:.2f} s "
        f"(best of {REPEATS})",
        flush=True,
    )


# --- what a second worker brings -----------------------------------------------------------------


def quench_campaign(number: int) -> Campaign:
    return Campaign(
        name="bench",
        liquids=(Liquid("ipl", 1000, (1.0,), glasses=(number,)),),
        production=Production(length_tau=5.0, shortest_spacing_t0=2.0, spacing_tau=0.5),
        glasses=Glasses(number=number, per_shard=2),
    )


def quenches(folder: Path, number: int) -> None:
    steps = study_steps(quench_campaign(number))
    shards = [step for step in steps if step.function is quench_shard]
    sources = [step for step in steps if step.stage.endswith(("equilibration", "production"))]
    liquid = folder / "liquid"
    run(liquid, sources)
    print(f"{number} quenches of IPL, N = 1000, in {len(shards)} tasks", flush=True)
    times: dict[int, list[float]] = {1: [], 2: []}
    for repeat in range(REPEATS):
        for workers in times:
            root = folder / f"quenches-{workers}-{repeat}"
            shutil.copytree(liquid, root)
            times[workers].append(run(root, shards, workers))
            print(f"  {workers} worker(s): {times[workers][-1]:.1f} s", flush=True)
    ratio = min(times[1]) / min(times[2])
    print(f"  two workers against one: {ratio:.2f} times faster (best of {REPEATS} each)")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--only", choices=("tasks", "start", "quenches"), help="one part")
    parser.add_argument("--tasks", type=int, default=10_000, help="default: 10000")
    parser.add_argument("--quenches", type=int, default=48, help="default: 48")
    parser.add_argument("--first-task", metavar="DIR", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.first_task:
        run(Path(arguments.first_task), [Step("first.txt", note_the_time)])
        return
    print(f"load of the machine at the start: {os.getloadavg()[0]:.1f}", flush=True)
    with tempfile.TemporaryDirectory(prefix="bench-campaign-") as name:
        folder = Path(name)
        if arguments.only in (None, "tasks"):
            tasks(folder, arguments.tasks)
        if arguments.only in (None, "start"):
            start(folder)
        if arguments.only in (None, "quenches"):
            quenches(folder, arguments.quenches)
    print(f"load of the machine at the end: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    # By its name as a module, which worker processes can import.
    import bench_campaign

    bench_campaign.main()
