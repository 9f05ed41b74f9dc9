"""A program that runs a small campaign over worker processes, for tests that kill it.

Usage: python -m tests.campaign.run_pyramid ROOT LEDGER PAUSE [ENGINE]
"""

import sys

from lmpmeso.campaign.engine import run_steps
from lmpmeso.campaign.settings import Resources, Slurm
from tests.campaign.small_steps import QuietSink, pyramid

if __name__ == "__main__":
    root, ledger, pause, *engine = sys.argv[1:]
    resources = Resources(
        engine=engine[0] if engine else "local",
        workers=2,
        slurm=Slurm(interface="lo", memory="100 MB"),
    )
    outcome = run_steps(root, pyramid(ledger, pause=float(pause)), resources, QuietSink())
    sys.exit(0 if outcome.complete else 1)
