"""What a result looks like when it is printed: what it holds and of which size, never its arrays."""

from __future__ import annotations

import os
from dataclasses import fields, is_dataclass
from html import escape

import numpy as np
import pandas as pd

MOST_LINES = 9
"""Fields that are shown; the names of further ones follow on one line."""
LONGEST = 88
"""Characters of a field."""


class Printed:
    """Base of results that are data classes: a line a field, and a table in a notebook."""

    def __repr__(self) -> str:
        """At most ten lines."""
        known = _fields_in_words(self)
        shown = known[:MOST_LINES] if len(known) <= MOST_LINES else known[: MOST_LINES - 1]
        width = max((len(name) for name, _ in shown), default=0)
        lines = [f"{name.ljust(width)}  {words}" for name, words in shown]
        if rest := [name for name, _ in known[len(shown) :]]:
            lines.append(_cut(f"also {', '.join(rest)}"))
        return "\n  ".join([type(self).__name__, *lines])

    def _repr_html_(self) -> str:
        """All fields."""
        rows = "".join(
            f"<tr><td>{escape(name)}</td><td>{escape(words)}</td></tr>"
            for name, words in _fields_in_words(self)
        )
        return f"<b>{escape(type(self).__name__)}</b><table>{rows}</table>"


def _fields_in_words(result: object) -> list[tuple[str, str]]:
    """Name and content of each field."""
    assert is_dataclass(result)
    return [(one.name, _cut(_in_words(getattr(result, one.name)))) for one in fields(result)]


def _in_words(value: object) -> str:
    """A number or a text as it is, of anything large what it is."""
    if isinstance(value, np.ndarray):
        return f"array of shape {value.shape}"
    if isinstance(value, pd.DataFrame):
        return f"table of {len(value)} rows: {', '.join(map(str, value.columns))}"
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, str | os.PathLike):
        return os.fspath(value)
    if isinstance(value, tuple | list) and len(value) > 3:
        return f"{len(value)} × {type(value[0]).__name__}"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_in_words(one)}" for name, one in value.items())
    return str(value).partition("\n")[0]


def _cut(words: str) -> str:
    """The beginning of a text, on one line."""
    words = " ".join(words.split())
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"
