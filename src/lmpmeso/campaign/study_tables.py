"""Tables of a single study beside a campaign's: the same files, columns and units, so that one figure draws both."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from lmpmeso.campaign.tables import column_units
from lmpmeso.files.tables import write_table


def write_study_tables(
    folder: Path, about: Mapping[str, Any], tables: Mapping[str, pd.DataFrame]
) -> None:
    """Write tables of one state point as ``tables/`` of a campaign has them, replacing those that are there.

    ``about`` is the state point: model (its name), n_particles, temperature; a file has ``-`` for each ``_`` of its name.
    """
    for name, table in tables.items():
        file = name.replace("_", "-")
        write_table(folder / f"{file}.csv", table.assign(**about), column_units(file))
