"""A program that runs a small campaign, for tests that kill it.

Usage: python -m tests.engine.run_pyramid ROOT LEDGER [--pause S] [--chunks N] [--engine E] …
"""

import argparse
import sys

from lmpmeso.engine.resources import Resources, Slurm
from lmpmeso.engine.run import run_steps
from tests.engine.small_steps import QuietSink, pyramid


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("root")
    parser.add_argument("ledger")
    parser.add_argument("--pause", type=float, default=0.02)
    parser.add_argument("--chunks", type=int, default=3)
    parser.add_argument("--engine", default="local")
    parser.add_argument("--wall-time")
    arguments = parser.parse_args()
    resources = Resources(
        engine=arguments.engine,
        workers=2,
        wall_time=arguments.wall_time,
        slurm=Slurm(interface="lo", memory="100 MB"),
    )
    steps = pyramid(arguments.ledger, pause=arguments.pause, chunks=arguments.chunks)
    return run_steps(arguments.root, steps, resources, QuietSink())


if __name__ == "__main__":
    outcome = main()
    print(outcome)
    sys.exit(0 if outcome.complete else 1)
