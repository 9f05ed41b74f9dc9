"""Tables as CSV: units in the names of columns, no more digits than a number needs to be exact."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from lmpmeso.files.atomic import replacing

NO_UNITS: Mapping[str, str] = {}


def write_table(
    path: str | os.PathLike[str], table: pd.DataFrame, units: Mapping[str, str] = NO_UNITS
) -> Path:
    """Write a table, completely or not at all, and return the path.

    Columns may be estimates with the ends ``_low``, ``_high`` and ``_error``; ``units`` is by their names
    without these ends. A column without unit is a number.
    """
    titles = {name: _with_unit(str(name), units) for name in table.columns}
    with replacing(path) as temporary:
        table.rename(columns=titles).to_csv(temporary, index=False)
    return Path(path)


def read_table(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read a table of :func:`write_table`, its columns without their units; it may be without any column."""
    try:
        table = pd.read_csv(path)
    except pd.errors.EmptyDataError:
        return pd.DataFrame()
    return table.rename(columns=lambda title: title.partition(" [")[0])


def _with_unit(name: str, units: Mapping[str, str]) -> str:
    """The title of a column."""
    base = name
    for end in ("_low", "_high", "_error"):
        base = base.removesuffix(end)
    unit = units.get(name, units.get(base))
    return name if unit is None else f"{name} [{unit}]"
