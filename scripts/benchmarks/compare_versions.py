"""Time two versions of the package on the same work, in turn, by processor time.

    git worktree add ../before v0.1.0                                          # the other version
    python scripts/benchmarks/compare_versions.py ../before                    # all parts: half an hour
    python scripts/benchmarks/compare_versions.py ../before --only dynamics    # one part

Each measurement is a process of its own that imports one of the two versions, does the work once to warm
up, and then times it; processes it starts are counted. Pairs alternate, old and new, then new and old. The
ratio is the median over pairs of new / old: other work on the machine then matters little. Prints the
table of docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
from pathlib import Path

import version_jobs

HERE = Path(__file__).resolve().parents[2]
ENVIRONMENT = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")


def seconds(job: str, checkout: Path) -> float:
    """Processor time of one job in a version of the package [s]."""
    environment = os.environ | ENVIRONMENT | {"PYTHONPATH": str(checkout / "src")}
    command = [sys.executable, version_jobs.__file__, job]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{job} with {checkout} failed:\n{done.stderr}")
    return float(done.stdout.splitlines()[-1])


def compare(job: str, old: Path, pairs: int) -> None:
    """Time a job in both versions and print a row."""
    times: dict[Path, list[float]] = {old: [], HERE: []}
    for k in range(pairs):
        for checkout in (old, HERE) if k % 2 == 0 else (HERE, old):
            times[checkout].append(seconds(job, checkout))
    ratios = sorted(new / before for before, new in zip(times[old], times[HERE], strict=True))
    before, now = (statistics.median(times[checkout]) for checkout in (old, HERE))
    print(
        f"| {version_jobs.JOBS[job].title} | {before:.3g} | {now:.3g} | "
        f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}) |",
        flush=True,
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("old", type=Path, help="checkout of the other version")
    parser.add_argument("--only", nargs="+", metavar="PART", help="parts, or jobs, to time")
    parser.add_argument("--pairs", type=int, default=5, help="default: 5")
    options = parser.parse_args()
    print("| | old [s] | new [s] | new / old: median (smallest to largest) |")
    print("| --- | --- | --- | --- |")
    for name, job in version_jobs.JOBS.items():
        if not options.only or {name, job.part} & set(options.only):
            compare(name, options.old.resolve(), options.pairs)


if __name__ == "__main__":
    main()
