"""Numbers with their intervals as the entries of a table, for the terminal and for a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Cell:
    """One entry of a table, with its interval beneath.

    Attributes:
        value: as it is shown.
        interval: shown below, empty where there is none.
        order: number by which rows are sorted; None: by the text.
        mark: class of a word that is set off, e.g. ``"yes"``.
    """

    value: str
    interval: str = ""
    order: float | None = None
    mark: str = ""

    @property
    def text(self) -> str:
        """The entry in one line, e.g. ``0.38 [0.33 to 0.42]``."""
        return f"{self.value} [{self.interval}]" if self.interval else self.value


@dataclass(frozen=True)
class Row:
    """One row of a table: its name, its numbers, and the number by which rows are sorted by name."""

    name: str
    cells: tuple[Cell, ...]
    order: float | None = None


def number_cell(row: dict[str, Any], name: str, digits: int, missing: str = "not reached") -> Cell:
    """An entry of a row with the interval of its ``_low`` and ``_high``."""
    value, low, high = (row.get(f"{name}{end}") for end in ("", "_low", "_high"))
    if value is None or pd.isna(value):
        return Cell(missing)
    if name.endswith("_ratio") and low == high == 1.0:
        return Cell("1", order=1.0)
    text = f"{value:#.{digits}g}".rstrip(".")
    form = f"#.{digits}g" if "e" in text else f".{len(text.partition('.')[2])}f"
    return Cell(text, _interval(low, high, form), value)


def _interval(low: float | None, high: float | None, form: str) -> str:
    """The ends of an interval; empty without any, half open where one is not known."""
    below, above = ("" if end is None or pd.isna(end) else format(end, form) for end in (low, high))
    if below and above:
        return f"{below} to {above}"
    if below:
        return f"{below} or more"
    return f"{above} or less" if above else ""


def rows_of(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table as dictionaries."""
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]
