"""The tables that measurements of a campaign put on its page, beside that of its state points."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from lmpmeso.campaign.measurements import TABLES
from lmpmeso.campaign.tables import CampaignTables
from lmpmeso.report.cells import Cell, Row, number_cell, rows_of

ROWS_SHOWN = 24
"""Rows of a table that the page shows; the file holds all."""


@dataclass(frozen=True)
class FurtherTable:
    """A table of a page: all of it is in ``file``, ``words`` are the columns of text, ``rows`` those shown."""

    title: str
    file: str
    columns: tuple[str, ...]
    words: tuple[str, ...]
    rows: tuple[Row, ...]
    n_rows: int


def further_tables(tables: CampaignTables, name: str = "") -> Iterator[FurtherTable]:
    """The tables that are there, under the name of their campaign where a page has several."""
    for key, table in TABLES.items():
        if not table.title or tables[key].empty:
            continue
        columns = tuple(table.shown_columns(map(str, tables[key].columns)))
        yield FurtherTable(
            f"{name}: {table.title}" if name else table.title,
            f"{key.replace('_', '-')}.csv",
            ("state point", *(title for title, _ in columns)),
            tuple(title for title, column in columns if column in ("convergence", "caveat")),
            tuple(_row(row, columns) for row in rows_of(tables[key].head(ROWS_SHOWN))),
            len(tables[key]),
        )


def _row(row: dict[str, Any], columns: tuple[tuple[str, str], ...]) -> Row:
    """A row, named after its state point."""
    where = f"{row['model']}, N = {row['n_particles']}, T = {row['temperature']:g}"
    return Row(where, tuple(_entry(row, column) for _, column in columns))


def _entry(row: dict[str, Any], column: str) -> Cell:
    """An entry: a number, with its interval where it has one, or words."""
    value = row.get(column)
    if isinstance(value, float) and pd.notna(value):
        return number_cell(row, column, 3)
    if isinstance(value, int):
        return Cell(f"{value:,}", order=value)
    if isinstance(value, str):
        return Cell(value, mark="words")
    return Cell("–")
