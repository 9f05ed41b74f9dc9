"""What a person sees while a command works (standard error), and results as text or JSON."""

from __future__ import annotations

import contextlib
import io
import math
import os
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence

from lmpmeso.errors import EnsembleTemperatureWarning
from lmpmeso.files.atomic import intended
from lmpmeso.study.progress import Progress as Progress
from lmpmeso.study.progress import say as say


def escape_what_the_terminal_lacks() -> None:
    """Write a symbol that the locale's encoding lacks as its JSON escape, κ as backslash u03ba."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def following(*words: object) -> str:
    """A command to type next, its words quoted where a shell needs it."""
    return shlex.join(["lmpmeso", *map(str, words)])


def say_next(command: str) -> None:
    """Show what to type next, on a line of its own, to be pasted."""
    say(f"next:\n  {command}")


def error_text(error: Exception) -> str:
    """What to tell about an error, without its traceback."""
    if isinstance(error, FileExistsError) and error.filename is not None:
        return f"{error.filename} is a file; name a folder"
    if isinstance(error, OSError) and error.filename is not None:
        return f"{intended(str(error.filename))}: {error.strerror}"
    return str(error) or type(error).__name__


def warnings_to_stderr() -> Callable[..., None]:
    """A ``warnings.showwarning`` that says each warning once, as one line without the place in the source.

    That runs are off their temperature is said of the first ensemble only: the report tells of all.
    """
    said: set[object] = set()

    def show(message: Warning | str, *place: object) -> None:
        once = type(message) if isinstance(message, EnsembleTemperatureWarning) else str(message)
        if once not in said:
            said.add(once)
            say(f"warning: {message}")

    return show


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


def interval_in_words(low: float, high: float, form: str, caveat: str) -> str:
    """The 90 % interval behind a number, or why it has none."""
    if math.isnan(low):
        return f" (no interval: {caveat})"
    return f" [{low:{form}}, {high:{form}}] (90 %)"
