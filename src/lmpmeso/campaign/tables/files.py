"""The tables of a campaign as files: CSV with units, Parquet, and an index that says whose they are."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pandas as pd

from lmpmeso.campaign.folder import TABLES_FOLDER
from lmpmeso.campaign.measurements import MEASUREMENTS, TABLES
from lmpmeso.campaign.settings import Campaign
from lmpmeso.campaign.study import state_points
from lmpmeso.campaign.tables import fits
from lmpmeso.campaign.tables.collection import CampaignTables, campaign_tables
from lmpmeso.engine.records import FORMAT, read_record
from lmpmeso.errors import CampaignError
from lmpmeso.files.plain_json import write_json
from lmpmeso.files.tables import has_parquet, read_table, write_table
from lmpmeso.models.units import LENNARD_JONES, UnitsStyle

KEY_UNITS = {"temperature": "energy"}
"""Of what names the state point of a row in every table."""
INDEX_FILE = "tables.json"
"""Says which campaign the tables are of; written last."""


def column_units(file: str, style: UnitsStyle = LENNARD_JONES) -> dict[str, str]:
    """Units of the columns of a table by the name of its file without suffix, for :func:`write_table`.

    They are dimensions where all is in units of the Lennard-Jones system, else the units of ``style``.

    A table of a measurement has the units that this measurement declares: another's column of the same
    name may be something else. A table that joins measurements has those of all.
    """
    name = file.replace("-", "_")
    makers = [kind for kind in MEASUREMENTS if name in [table.name for table in kind.tables]]
    units = fits.UNITS | KEY_UNITS
    for kind in makers or MEASUREMENTS:
        units |= kind.units
    return style.of_columns(units | dict(TABLES[name].units if name in TABLES else {}))


def style_of_tables(campaign: Campaign) -> UnitsStyle:
    """The units style of all liquids; that of the Lennard-Jones system, whose columns tell dimensions, for several.

    A modulus of two dimensions is a force per length, which has no value in GPa.
    """
    models = [liquid.glass_model for liquid in campaign.liquids]
    styles = {model.units_style for model in models}
    style = styles.pop() if len(styles) == 1 else LENNARD_JONES
    flat = any(model.dimension == 2 for model in models)
    return replace(style, gigapascals=None) if flat else style


def write_tables(
    root: str | os.PathLike[str], campaign: Campaign, tables: CampaignTables | None = None
) -> Path:
    """Write the tables of a campaign (None: as it is now) into ``tables/``, replacing those that are there.

    CSV with every digit and units in the names of the columns; the same as Parquet where pyarrow is
    installed. ``tables.json``, written last, holds the digest of the campaign that they are of.

    Returns their folder.

    Raises:
        CampaignError: as :func:`campaign_tables`.
    """
    tables = tables or campaign_tables(root, campaign)
    folder = Path(root) / TABLES_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    (folder / INDEX_FILE).unlink(missing_ok=True)
    files = []
    style = style_of_tables(campaign)
    for name, table in tables.items():
        name, table = name.replace("_", "-"), _with_gigapascals(table, style)
        files.append(f"{name}.csv")
        write_table(folder / f"{name}.csv", table, column_units(name, style))
        if has_parquet():
            files.append(f"{name}.parquet")
            write_table(folder / f"{name}.parquet", table)
    status = tables.state_points["status"].value_counts().to_dict()
    write_json(
        folder / INDEX_FILE,
        {
            "lmpmeso_campaign_format": FORMAT,
            "content": "tables",
            "campaign": campaign.name,
            "digest": campaign_digest(campaign),
            "seed": campaign.seed,
            "state_points": status,
            "files": files,
        },
    )
    return folder


def _with_gigapascals(table: pd.DataFrame, style: UnitsStyle) -> pd.DataFrame:
    """The table with moduli in GPa at its end, as ``…_GPa``, where the units tell how much that is."""
    if style.gigapascals is None:
        return table
    found = {
        f"{modulus}_GPa{end}": style.gigapascals * table[f"{modulus}{end}"].astype(float)
        for modulus in ("shear_modulus", "bulk_modulus")
        for end in ("", "_low", "_high", "_error")
        if f"{modulus}{end}" in table
    }
    return table.assign(**found)


def read_tables(root: str | os.PathLike[str]) -> dict[str, pd.DataFrame]:
    """The tables that :func:`write_tables` wrote, by name, columns without their units.

    Raises:
        CampaignError: there are none, or of a newer lmpmeso.
    """
    return {name: read_table(path) for name, path in table_paths(root).items()}


def table_paths(root: str | os.PathLike[str]) -> dict[str, Path]:
    """The CSV files of the tables that were written, by name.

    Raises:
        CampaignError: there are none, or of a newer lmpmeso.
    """
    folder = Path(root) / TABLES_FOLDER
    index = read_record(folder / INDEX_FILE, "tables")
    paths = [folder / name for name in index["files"] if name.endswith(".csv")]
    for path in paths:
        if not path.is_file():
            raise CampaignError(f"{path} is not there: `lmpmeso report {root}` writes it again")
    return {path.stem.replace("-", "_"): path for path in paths}


def campaign_digest(campaign: Campaign) -> str:
    """Changes with everything that the tables depend on, and with nothing else."""
    identity = {
        "summaries": [point.stage("summary").digest for point in state_points(campaign)],
        "statistics": asdict(campaign.statistics),
    }
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()


def write_study_tables(
    folder: Path,
    about: Mapping[str, Any],
    tables: Mapping[str, pd.DataFrame],
    units: Mapping[str, str] | None = None,
    style: UnitsStyle = LENNARD_JONES,
) -> None:
    """Write tables of one state point as ``tables/`` of a campaign has them, replacing those that are there.

    ``about`` is the state point: model (its name), n_particles, temperature; a file has ``-`` for each ``_`` of its name.
    ``units`` are those of columns that no campaign has, ``style`` is the model's units style.
    """
    for name, table in tables.items():
        file = name.replace("_", "-")
        own = style.of_columns(units or {})
        write_table(folder / f"{file}.csv", table.assign(**about), column_units(file, style) | own)
