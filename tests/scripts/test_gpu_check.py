"""The check of a GPU, with a Python that only says what a test asks it to say."""

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "benchmarks" / "gpu_check.sh"
PASSED = "3 passed in 1.0s"
TIMED = "| ipl-2000 | 16577 | cuda | selected |"


def check(folder, tests="", table="", status=0):
    """Exit status and output of the script whose tests and benchmarks print so much."""
    python = folder / "python"
    python.write_text(
        f"#!/bin/sh\ncase \"$*\" in\n*pytest*) echo '{tests}' ;;\n"
        f"*--brief*) echo '{table}'; exit {status} ;;\nesac\n"
    )
    python.chmod(0o755)
    done = subprocess.run(
        ["bash", str(SCRIPT)],
        env={**os.environ, "PYTHON": str(python)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_check_that_measured_something_succeeds_and_ends_with_its_table(tmp_path):
    status, output = check(tmp_path, PASSED, TIMED)
    assert status == 0
    assert output.rstrip().endswith(TIMED)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"table": TIMED}, "no test ran on the GPU"),
        ({"tests": "14 skipped in 1.0s", "table": TIMED}, "no test ran on the GPU"),
        ({"tests": PASSED}, "nothing was measured on cuda"),
        ({"tests": PASSED, "table": TIMED.replace("cuda", "cpu")}, "nothing was measured on cuda"),
        ({"tests": PASSED, "table": TIMED, "status": 3}, "3 passed"),
    ],
)
def test_check_that_measured_nothing_fails(said, reason, tmp_path):
    status, output = check(tmp_path, **said)
    assert status != 0
    assert reason in output
