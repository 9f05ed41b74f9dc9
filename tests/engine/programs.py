"""Programs that run campaigns, started, watched and compared by tests."""

import subprocess
import sys
import time
from pathlib import Path

import psutil

from lmpmeso.files.checksums import sealed

CHECKOUT = Path(__file__).resolve().parents[2]
PATIENCE = 300.0
"""On a machine with much other work [s]."""


def start_program(root, ledger, pause=0.02, words=(), **options):
    """The pyramid of small steps; ``words`` are further arguments of run_pyramid."""
    command = [sys.executable, "-m", "tests.engine.run_pyramid", root, ledger]
    return subprocess.Popen(
        [*command, "--pause", str(pause), *words], cwd=CHECKOUT, text=True, **options
    )


def wait_for(condition, patience=PATIENCE):
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def descendants(pid):
    return psutil.Process(pid).children(recursive=True)


def resealed(text):
    """The text of a record with the seal that belongs to it, as if it had been written so."""
    return sealed(text[: text.rindex(',\n  "checksum"')] + "\n}\n")


def contents(root):
    """Every file of a campaign but its log, by its path."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and path.name != "campaign.log"
    }
