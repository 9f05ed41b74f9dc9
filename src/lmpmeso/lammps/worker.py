"""Running a protocol in a process of its own, which may die without taking the caller along.

An error inside an OPENMP or KOKKOS style of LAMMPS ends the process instead of raising. In a
worker that costs one attempt and comes back as :class:`LammpsError`.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from lmpmeso.backend.processes import process_pool, submit
from lmpmeso.errors import LammpsError, ProcessError
from lmpmeso.lammps.logs import last_lines
from lmpmeso.lammps.paths import LOG_FOLDER_VARIABLE

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

MESSAGES = "stderr.txt"


def run_in_worker(
    function: Callable[Parameters, Result],
    *arguments: Parameters.args,
    **options: Parameters.kwargs,
) -> Result:
    """``function(*arguments, **options)`` in a fresh process; its result or its exception.

    Args:
        function: a function of a module (not a lambda); arguments and result must be picklable. A
            script that calls this needs the usual ``if __name__ == "__main__":``.
        arguments: its positional arguments.
        options: its keyword arguments.

    Raises:
        LammpsError: the process died; the message holds its last words and the tail of the log.
    """
    with tempfile.TemporaryDirectory(prefix="lmpmeso-worker-") as folder:
        work = Path(folder)
        try:
            with process_pool(1, _prepare_worker, folder) as pool:
                return submit(pool, function, *arguments, **options).result()
        except ProcessError as error:
            raise LammpsError(_last_words(work, function)) from error
        finally:
            _relay_messages(work)


def _prepare_worker(folder: str) -> None:
    """Keep what the process writes to standard error and its LAMMPS logs in ``folder``."""
    os.environ[LOG_FOLDER_VARIABLE] = folder
    messages = os.open(Path(folder) / MESSAGES, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(messages, 2)
    os.close(messages)


def _last_words(folder: Path, function: Callable[..., Any]) -> str:
    """Why a worker died, from what it left behind."""
    name = getattr(function, "__qualname__", repr(function))
    parts = [f"the process that ran {name} died"]
    words = last_lines(folder / MESSAGES)
    if words:
        parts.append(f"its last words:\n{words}")
    logs = sorted(folder.glob("*.log"), key=lambda path: path.stat().st_mtime)
    tail = last_lines(logs[-1]) if logs else ""
    if tail:
        parts.append(f"the end of its LAMMPS log:\n{tail}")
    return "; ".join(parts)


def _relay_messages(folder: Path) -> None:
    """Hand on what the worker wrote to standard error."""
    messages = folder / MESSAGES
    if messages.is_file():
        sys.stderr.write(messages.read_text(errors="replace"))
