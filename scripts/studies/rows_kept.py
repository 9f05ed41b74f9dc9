"""Tables of docs that grow: rows of what was measured now beside those of what was measured before."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from lmpmeso.files.tables import read_table

KEYS = ["model", "n_particles", "temperature"]
"""Of a state point."""


def beside_others(path: Path, found: pd.DataFrame) -> pd.DataFrame:
    """Rows of state points, after those that a table has of others."""
    if not path.is_file():
        return found
    before = read_table(path)
    renewed = before.set_index(KEYS).index.isin(found.set_index(KEYS).index)
    return pd.concat([before[~renewed], found], ignore_index=True)
