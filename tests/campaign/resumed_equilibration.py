"""A program whose equilibration is killed after its first checkpoint, and goes on: which chunks each of the two runs.

Usage: python -m tests.campaign.resumed_equilibration FOLDER

JSON on standard output: chunks, as pairs of time steps, of the killed run, of the one that goes on, and of one that
nobody disturbed; and whether the two come to the same positions.
"""

import json
import os
import signal
import sys
from pathlib import Path

from lmpmeso.equilibrium import Criterion, equilibrate_liquid
from lmpmeso.execution import Execution
from lmpmeso.models import get_model
from lmpmeso.protocols.chunked_run import ChunkedRun
from tests.campaign.kills import ended, forked

CHUNK = 1000
"""MD steps between checkpoints."""


def equilibrate(folder, kill_after=None):
    """Equilibrate in a child; the chunks that it ran, as it began each."""
    ledger = folder.with_suffix(".chunks")
    ledger.unlink(missing_ok=True)

    def work():
        run_chunk = ChunkedRun._run_chunk

        def noted(self, begin, stop):
            with open(ledger, "a") as file:
                file.write(f"{self.folder.parent.name} {begin} {stop}\n")
            run_chunk(self, begin, stop)

        ChunkedRun._run_chunk = noted
        checkpoints = 0

        def count():
            nonlocal checkpoints
            checkpoints += 1
            if checkpoints == kill_after:
                os.kill(os.getpid(), signal.SIGKILL)

        liquid = equilibrate_liquid(
            get_model("ipl"),
            2.0,
            64,
            1,
            folder=folder,
            max_duration=12.0,
            criterion=Criterion(first_duration=12.0, stretch_tau=3.0),
            execution=Execution("none", chunk_steps=CHUNK, on_checkpoint=count),
        )
        positions = liquid.configuration.positions_nc.tobytes().hex()
        folder.with_suffix(".end").write_text(positions)

    assert ended(forked(work)) == (kill_after is None)
    return [(place, int(a), int(b)) for place, a, b in map(str.split, ledger.open())]


def main(folder):
    root = Path(folder)
    told = {
        "undisturbed": equilibrate(root / "undisturbed"),
        "killed": equilibrate(root / "killed", kill_after=2),
        "resumed": equilibrate(root / "killed"),
    }
    ends = [(root / name).with_suffix(".end").read_text() for name in ("undisturbed", "killed")]
    print(json.dumps(told | {"equal": ends[0] == ends[1]}))


if __name__ == "__main__":
    main(sys.argv[1])
