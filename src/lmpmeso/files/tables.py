"""Tables as CSV or Parquet: units in the titles of CSV, no more digits than a number needs to be exact."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from lmpmeso.errors import ConfigurationError, MissingDependencyError
from lmpmeso.files.atomic import replacing

if TYPE_CHECKING:
    import pandas as pd

NO_UNITS: Mapping[str, str] = {}
CSV, PARQUET = ".csv", ".parquet"


def write_table(
    path: str | os.PathLike[str], table: pd.DataFrame, units: Mapping[str, str] = NO_UNITS
) -> Path:
    """Write a table in the format of the name, completely or not at all, and return the path.

    Columns may be estimates with the ends ``_low``, ``_high`` and ``_error``; ``units`` is by their names
    without these ends. A column without unit is a number. Parquet has the names without units.

    Raises:
        ConfigurationError: the name is none of a table.
        MissingDependencyError: it is of Parquet, and pyarrow is not installed.
    """
    refuse_other_endings(path)
    titles = {name: _with_unit(str(name), units) for name in table.columns}
    with replacing(path) as temporary:
        if Path(path).suffix == PARQUET:
            table.to_parquet(temporary, engine="pyarrow", index=False)
        else:
            table.rename(columns=titles).to_csv(temporary, index=False)
    return Path(path)


def with_units(table: pd.DataFrame, units: Mapping[str, str]) -> pd.DataFrame:
    """The table itself, which now says the unit of each column that has one in ``attrs["units"]``, by name."""
    known = {str(name): unit_of(str(name), units) for name in table.columns}
    table.attrs["units"] = {name: unit for name, unit in known.items() if unit is not None}
    return table


def unit_of(column: str, units: Mapping[str, str]) -> str | None:
    """The unit of a column, of an estimate's end too; None of a number."""
    base = column
    for end in ("_low", "_high", "_error"):
        base = base.removesuffix(end)
    return units.get(column, units.get(base))


def refuse_other_endings(path: str | os.PathLike[str], *others: str) -> None:
    """Refuse a name for a table, before it is computed; ``others`` are endings that are written elsewhere.

    Raises:
        ConfigurationError: the name is none of a table.
        MissingDependencyError: it is of Parquet, and pyarrow is not installed.
    """
    ending = Path(path).suffix
    if ending not in (CSV, PARQUET, *others):
        raise ConfigurationError(
            f"{path}: tables are written to files in {', '.join((CSV, PARQUET, *others))}"
        )
    if ending == PARQUET and not has_parquet():
        raise MissingDependencyError(
            f"{path}: Parquet needs pyarrow: pip install pyarrow; or name a file in {CSV}"
        )


def has_parquet() -> bool:
    """Whether Parquet can be written."""
    return importlib.util.find_spec("pyarrow") is not None


def read_table(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read a table of :func:`write_table`; its columns are without their units, which stand in ``attrs["units"]``.

    It may be without any column.
    """
    # Here, because pandas takes a while to load, and the engine's workers need not have it.
    import pandas as pd

    try:
        table = pd.read_csv(path)
    except pd.errors.EmptyDataError:
        return pd.DataFrame()
    return without_titles(table)


def without_titles(table: pd.DataFrame) -> pd.DataFrame:
    """The table by the names of its columns alone; the units of their titles stand in ``attrs["units"]``.

    A table whose columns are names already is returned as it is.
    """
    parts = [str(title).removesuffix("]").partition(" [") for title in table.columns]
    units = {name: unit for name, _, unit in parts if unit}
    if not units:
        return table
    named = table.set_axis([name for name, _, _ in parts], axis="columns")
    return with_units(named, units)


def _with_unit(name: str, units: Mapping[str, str]) -> str:
    """The title of a column."""
    unit = unit_of(name, units)
    return name if unit is None else f"{name} [{unit}]"
