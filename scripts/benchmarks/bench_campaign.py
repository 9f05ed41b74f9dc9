"""Time the campaign engine: what a task costs, what a start and a resume cost, what a second worker brings.

    python scripts/benchmarks/bench_campaign.py                    # some 4 minutes on two idle cores
    python scripts/benchmarks/bench_campaign.py --only quenches

**tasks**: 10⁴ tasks that write a few bytes, over two worker processes. The engine locks, notes the attempt,
writes aside, flushes to the disk, renames, tidies up, and tells which are done. Against it, in the same run, the
same file written aside, flushed and renamed by tasks of plain Dask and of ``ProcessPoolExecutor``, which know
nothing of locks, attempts or what is there already. Then the same campaign once more, with nothing left to do.

**start**: from the start of a Python program to the first moment of its first task on two workers.

**quenches**: real quenches of one liquid (IPL, N = 1000), in tasks of two, by the engine's workers: one, two, one, two.

Wall times, which other work on the machine spoils: it prints the load, and processor times beside them.
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
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from lmpmeso.campaign.measurements import sections
from lmpmeso.campaign.measurements.glasses import Glasses
from lmpmeso.campaign.measurements.production import Production
from lmpmeso.campaign.settings import Campaign, Liquid
from lmpmeso.engine.resources import Resources
from lmpmeso.engine.run import run_steps
from lmpmeso.engine.status import status_of
from lmpmeso.engine.step import Step, Workplace
from lmpmeso.files.atomic import replacing

WORKERS = 2
PER_FOLDER = 100
REPEATS = 3


class Silence:
    """A sink of the engine that shows nothing."""

    def update(self, stage: str, done: float, total: float) -> None:
        pass

    def message(self, text: str) -> None:
        pass


@dataclass(frozen=True)
class Taken:
    """Wall time, and processor time of this program and of its workers [s]."""

    wall: float
    program: float
    workers: float

    def per(self, n_tasks: int) -> str:
        """In milliseconds a task."""
        wall, program, workers = (
            1e3 * t / n_tasks for t in (self.wall, self.program, self.workers)
        )
        return f"{wall:6.2f} ms a task ({program:.2f} ms of the program, {workers:.2f} ms of the workers)"


@contextmanager
def timed() -> Iterator[list[Taken]]:
    """Take the time of a block, the start and the end of its processes included."""
    taken: list[Taken] = []
    before = time.perf_counter(), os.times()
    yield taken
    after = time.perf_counter(), os.times()
    own, children = (
        sum(getattr(after[1], name) - getattr(before[1], name) for name in names)
        for names in (("user", "system"), ("children_user", "children_system"))
    )
    taken.append(Taken(after[0] - before[0], own, children))


def run(root: Path, steps: list[Step], workers: int = WORKERS) -> Taken:
    """Run steps by local workers."""
    with timed() as taken:
        outcome = run_steps(root, steps, Resources(engine="local", workers=workers), Silence())
    assert outcome.complete, outcome
    return taken[0]


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
    return [Step(path, write_number, {"number": k}) for k, path in enumerate(paths(n_tasks))]


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


def rival(name: str, root: Path, n_tasks: int) -> Taken:
    """The same files by those who bring no more than processes."""
    targets = [root / path for path in paths(n_tasks)]
    for folder in {path.parent for path in targets}:
        folder.mkdir(parents=True)
    with timed() as taken, RIVALS[name]() as all_of:
        all_of(targets)
    return taken[0]


def tasks(folder: Path, n_tasks: int) -> None:
    steps = numbered_steps(n_tasks)
    print(f"{n_tasks} tasks over {WORKERS} processes", flush=True)
    ours = run(folder / "engine", steps)
    print(f"  {'engine':20s} {ours.per(n_tasks)}", flush=True)
    for name in RIVALS:
        theirs = rival(name, folder / name, n_tasks)
        ratio = ours.wall / theirs.wall
        print(f"  {name:20s} {theirs.per(n_tasks)}, engine / this: {ratio:.1f}", flush=True)
    resumed = [run(folder / "engine", numbered_steps(n_tasks)) for _ in range(REPEATS)]
    best = min(resumed, key=lambda taken: taken.wall)
    print(
        f"  resume with nothing to do: {best.wall:.2f} s ({best.program:.2f} s of processor time)"
    )
    with timed() as taken:
        assert status_of(folder / "engine", steps).complete
    print(
        f"  status: {taken[0].wall:.2f} s ({taken[0].program:.2f} s of processor time)", flush=True
    )


# --- what a start costs --------------------------------------------------------------------------


def note_the_time(work: Workplace) -> None:
    """A step that says when it began."""
    work.target.write_text(f"{time.time()}\n")


def start(folder: Path) -> None:
    """From the start of a program to its first task; every program is a new one."""
    firsts, wholes = [], []
    for number in range(REPEATS):
        root = folder / f"start-{number}"
        begun = time.time()
        with timed() as taken:
            subprocess.run([sys.executable, __file__, "--first-task", str(root)], check=True)
        firsts.append(float((root / "first.txt").read_text()) - begun)
        wholes += taken
    best = min(wholes, key=lambda taken: taken.wall)
    print(f"start to first task: {min(firsts):.2f} s (best of {REPEATS})")
    print(
        f"  to the end of the program: {best.wall:.2f} s ({best.workers:.2f} s of processor time)",
        flush=True,
    )


# --- what a second worker brings -----------------------------------------------------------------


def quench_campaign(number: int) -> Campaign:
    return Campaign(
        name="bench",
        liquids=(Liquid("ipl", 1000, (1.0,), glasses=(number,)),),
        sections=sections(
            production=Production(length_tau=5.0, shortest_spacing_t0=2.0, spacing_tau=0.5),
            glasses=Glasses(number=number, per_shard=2),
        ),
    )


def quenches(folder: Path, number: int) -> None:
    from lmpmeso.campaign.measurements.glasses import quench_shard
    from lmpmeso.campaign.study import study_steps

    steps = study_steps(quench_campaign(number))
    shards = [step for step in steps if step.function is quench_shard]
    sources = [step for step in steps if step.group.endswith(("equilibration", "production"))]
    liquid = folder / "liquid"
    run(liquid, sources)
    print(f"{number} quenches of IPL, N = 1000, in {len(shards)} tasks", flush=True)
    times: dict[int, list[float]] = {1: [], 2: []}
    for repeat in range(REPEATS):
        for workers in times:
            root = folder / f"quenches-{workers}-{repeat}"
            shutil.copytree(liquid, root)
            taken = run(root, shards, workers)
            times[workers].append(taken.wall)
            print(
                f"  {workers} worker(s): {taken.wall:.1f} s "
                f"({taken.program + taken.workers:.1f} s of processor time)",
                flush=True,
            )
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
