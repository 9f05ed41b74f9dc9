"""Numbers as programs write them: ASCII digits and finite, not all that Python takes for a number."""

from __future__ import annotations

import math
import re

_WHOLE = re.compile(r"[+-]?[0-9]+")
# One way to match each digit: otherwise thousands of them before a letter take seconds.
_REAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_MOST_DIGITS = 18
"""More do not fit into the 64 bits that LAMMPS counts with."""


def whole(word: str) -> int:
    """A whole number of at most 18 digits.

    Raises:
        ValueError: it is none.
    """
    word = word.strip()
    if not _WHOLE.fullmatch(word) or len(word.lstrip("+-")) > _MOST_DIGITS:
        raise ValueError(f"{shown(word)} is no whole number of at most {_MOST_DIGITS} digits")
    return int(word)


def real(word: str) -> float:
    """A finite number.

    Raises:
        ValueError: it is none.
    """
    word = word.strip()
    if not is_number(word) or not math.isfinite(value := float(word)):
        raise ValueError(f"{shown(word)} is no finite number")
    return value


def is_number(word: str) -> bool:
    """Whether a word is a number in ASCII digits, of whatever size."""
    return _REAL.fullmatch(word) is not None


def begin_of(text: str, most: int = 200) -> str:
    """A text for a message: no more of it than one can read."""
    return text if len(text) <= most else f"{text[:most]}…"


def shown(word: str, most: int = 40) -> str:
    """A word as a message quotes it."""
    return repr(begin_of(word, most))
