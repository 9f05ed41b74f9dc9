"""Time two versions of the package on the same work, in turn, by processor time.

    git worktree add ../before 473f81b                                         # 0.1.0, the other version
    python scripts/benchmarks/compare_versions.py ../before                    # all parts: half an hour
    python scripts/benchmarks/compare_versions.py ../before --only dynamics    # one part

Each version has a process that prepares the work, does it once to warm up, and then does it again whenever
it is told to. Pairs alternate: old and new, then new and old. Processes that the work starts are counted.
The ratio is the median over pairs of new / old, so that other work on the machine matters little. Prints
the table of docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import version_jobs

HERE = Path(__file__).resolve().parents[2]
ENVIRONMENT = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")


class Worker:
    """A version of the package with one job prepared."""

    def __init__(self, process: subprocess.Popen[str], checkout: Path):
        self._process, self._checkout = process, checkout

    def answer(self) -> str:
        """The next line that it prints."""
        assert self._process.stdout is not None
        if line := self._process.stdout.readline():
            return line.strip()
        raise SystemExit(f"failed with {self._checkout}; see above")

    def seconds(self) -> float:
        """Processor time of the work, done once more [s]."""
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        return float(self.answer())


@contextmanager
def worker(checkout: Path, part: str, number: int) -> Iterator[Worker]:
    """A process that imports the package of a checkout and has prepared a job."""
    environment = os.environ | ENVIRONMENT | {"PYTHONPATH": str(checkout / "src")}
    words = [sys.executable, version_jobs.__file__, part, str(number)]
    with subprocess.Popen(
        words, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        prepared = Worker(process, checkout)
        prepared.answer()
        yield prepared


def compare(part: str, number: int, before: Path, pairs: int) -> None:
    """Time a job in both versions and print a row."""
    times: list[tuple[float, float]] = []
    with ExitStack() as stack:
        old, new = (
            stack.enter_context(worker(checkout, part, number)) for checkout in (before, HERE)
        )
        for k in range(pairs):
            if k % 2 == 0:
                times.append((old.seconds(), new.seconds()))
            else:
                times.append((new.seconds(), old.seconds())[::-1])
    ratios = sorted(after / first for first, after in times)
    earlier, now = (statistics.median(column) for column in zip(*times, strict=True))
    print(
        f"| {version_jobs.JOBS[part][number].title} | {earlier:.3g} | {now:.3g} | "
        f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}) |",
        flush=True,
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("before", type=Path, help="checkout of the other version")
    parser.add_argument("--only", nargs="+", choices=version_jobs.JOBS, metavar="PART")
    parser.add_argument("--pairs", type=int, default=5, help="default: 5")
    options = parser.parse_args()
    print("| | old [s] | new [s] | new / old: median (smallest to largest) |")
    print("| --- | --- | --- | --- |")
    for part in options.only or version_jobs.JOBS:
        for number in range(len(version_jobs.JOBS[part])):
            compare(part, number, options.before.resolve(), options.pairs)


if __name__ == "__main__":
    main()
