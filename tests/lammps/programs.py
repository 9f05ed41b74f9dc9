"""Running Python and LAMMPS as separate programs."""

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest


def run_python(code, environment=None):
    """Standard output of a Python program in a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def lmp_program():
    """The ``lmp`` command of this environment, or of the path."""
    beside = Path(sys.executable).parent / "lmp"
    program = str(beside) if beside.is_file() else shutil.which("lmp")
    if program is None:
        pytest.skip("there is no lmp command")
    return program


def run_lmp(script, variables, cwd):
    """Run an input script by plain LAMMPS and return what it printed."""
    command = [lmp_program(), "-in", str(script), "-log", "none"]
    for name, value in variables.items():
        command += ["-var", name, _without_blanks(value, Path(cwd) / f"{name}.link")]
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, "UCX_TLS": "self", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    return done.stdout


def _without_blanks(value, link):
    """A value that LAMMPS can paste into a command: of a folder whose path holds a blank, a link."""
    if isinstance(value, Path) and " " in str(value):
        if not link.is_symlink():
            link.symlink_to(value, target_is_directory=True)
        return link.name
    return str(value)
