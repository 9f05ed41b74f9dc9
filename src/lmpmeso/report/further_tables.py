"""Tables of the optional sections of a campaign: transitions, local correlations, soft modes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from lmpmeso.campaign.tables import CampaignTables
from lmpmeso.report.cells import Cell, Row, number_cell, rows_of

ROWS_SHOWN = 24
"""Rows of a table that the page shows; the file holds all."""

COLUMNS = {
    "landscape": (
        ("Γ t_ballistic N0/N", "transition_rate_reduced"),
        ("trajectories", "n_trajectories"),
        ("transitions", "n_transitions"),
        ("interval [time]", "interval"),
        ("convergence", "convergence"),
        ("caveat", "caveat"),
    ),
    "local_correlations": (
        ("C_s, mean of species", "spearman"),
        ("p", "p_value"),
        ("configurations", "n_configurations"),
        ("reliability of the mobility", "reliability"),
        ("caveat", "caveat"),
    ),
    "modes": (
        ("glass", "glass"),
        ("stiffness [ε/σ²]", "stiffness"),
        ("participation ratio", "participation_ratio"),
        ("cost [ε²/σ⁴]", "cost"),
        ("starts that led there", "n_starts"),
    ),
}
"""Titles and columns of each table."""
TITLES = {
    "landscape": "Transitions between inherent structures",
    "local_correlations": "Mobility against local stiffness",
    "modes": "Softest modes",
}


@dataclass(frozen=True)
class FurtherTable:
    """A table of a page.

    Attributes:
        title: its heading.
        file: where all of it is.
        columns: titles of the columns.
        words: those that hold text.
        rows: those that are shown.
        n_rows: how many there are.
    """

    title: str
    file: str
    columns: tuple[str, ...]
    words: tuple[str, ...]
    rows: tuple[Row, ...]
    n_rows: int


def further_tables(tables: CampaignTables, name: str = "") -> Iterator[FurtherTable]:
    """The tables that are there.

    Args:
        tables: of a campaign.
        name: of the campaign, where a page has several.
    """
    for key, columns in COLUMNS.items():
        table: pd.DataFrame = getattr(tables, key)
        if table.empty:
            continue
        if key == "local_correlations":
            columns = _with_species(columns, table)
        yield FurtherTable(
            f"{name}: {TITLES[key]}" if name else TITLES[key],
            f"{key.replace('_', '-')}.csv",
            ("state point", *(title for title, _ in columns)),
            tuple(title for title, column in columns if column in ("convergence", "caveat")),
            tuple(_row(row, columns) for row in rows_of(table.head(ROWS_SHOWN))),
            len(table),
        )


def _with_species(
    columns: tuple[tuple[str, str], ...], table: pd.DataFrame
) -> tuple[tuple[str, str], ...]:
    """The columns with C_s of each species after their mean."""
    species = tuple(
        (f"C_s, {column.removeprefix('spearman_')}", column)
        for column in map(str, table.columns)
        if column.startswith("spearman_") and not column.endswith(("_low", "_high"))
    )
    return (columns[0], *species, *columns[1:])


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
