"""What a person sees while a command works (standard error), and results as text or JSON."""

from __future__ import annotations

import contextlib
import io
import math
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any, Self

from lmpmeso.files.atomic import intended
from lmpmeso.files.interrupts import interrupts_deferred

PLAIN_INTERVAL = 10.0
"""Least time between two plain progress lines of one stage [s]."""


def escape_what_the_terminal_lacks() -> None:
    """Write a symbol that the locale's encoding lacks as its JSON escape, κ as backslash u03ba."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(message: str) -> None:
    """One message on standard error."""
    print(f"lmpmeso: {message}", file=sys.stderr, flush=True)


def error_text(error: Exception) -> str:
    """What to tell about an error, without its traceback."""
    if isinstance(error, FileExistsError) and error.filename is not None:
        return f"{error.filename} is a file; name a folder"
    if isinstance(error, OSError) and error.filename is not None:
        return f"{intended(str(error.filename))}: {error.strerror}"
    return str(error) or type(error).__name__


def warnings_to_stderr() -> Callable[..., None]:
    """A ``warnings.showwarning`` that says each warning once, as one line without the place in the source."""
    said: set[str] = set()

    def show(message: Warning | str, *place: object) -> None:
        if str(message) not in said:
            said.add(str(message))
            say(f"warning: {message}")

    return show


@contextlib.contextmanager
def temporary_files_removed() -> Iterator[None]:
    """Put all temporary files of this process into one folder, which is gone afterwards.

    Also after a Ctrl-C between the making of a file and the moment when its owner knows of it.
    """
    before, folder = tempfile.tempdir, None
    try:
        with interrupts_deferred():
            tempfile.tempdir = folder = tempfile.mkdtemp(prefix="lmpmeso-")
        yield
    finally:
        tempfile.tempdir = before
        if folder is not None:
            with interrupts_deferred():
                shutil.rmtree(folder)


@contextlib.contextmanager
def stdout_reserved() -> Iterator[None]:
    """Send whatever is printed meanwhile to standard error, also what libraries print from C.

    Standard output then holds the result and nothing else.
    """
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def aligned(rows: Sequence[Sequence[str]], indent: str = "") -> str:
    """Rows of words as columns of equal width, each line ended."""
    widths = [max(len(row[k]) for row in rows if k < len(row)) for k in range(max(map(len, rows)))]
    lines = (
        indent + "  ".join(word.ljust(width) for word, width in zip(row, widths, strict=False))
        for row in rows
    )
    return "".join(line.rstrip() + "\n" for line in lines)


class Progress:
    """Progress of several stages: bars on a terminal, a line now and then elsewhere.

    Use it as a context manager; :meth:`update` may be called as often as one likes, and counts in
    whatever unit a stage is measured in.
    """

    def __init__(self) -> None:
        self._bars: Any = None
        self._tasks: dict[str, Any] = {}
        self._last: dict[str, float] = {}

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

            self._bars = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.percentage:>3.0f} %"),
                TimeElapsedColumn(),
                console=Console(stderr=True),
            )
            self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def update(self, stage: str, done: float, total: float) -> None:
        """A stage has come to ``done`` of ``total``."""
        if self._bars is None:
            self._print_line(stage, done, total)
            return
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(stage, total=total)
        self._bars.update(self._tasks[stage], completed=done, total=total)

    def message(self, text: str) -> None:
        """One message, above the bars where there are any."""
        if self._bars is None:
            say(text)
        else:
            self._bars.console.print(f"lmpmeso: {text}", markup=False, highlight=False)

    def _print_line(self, stage: str, done: float, total: float) -> None:
        if done <= 0:
            return
        now = time.monotonic()
        finished = done >= total
        if stage in self._last and not finished and now - self._last[stage] < PLAIN_INTERVAL:
            return
        if finished and self._last.get(stage) == math.inf:
            return
        self._last[stage] = math.inf if finished else now
        say(f"{stage}: {100 * done / total:.0f} %")
