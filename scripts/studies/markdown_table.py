"""A table of a study as the pages show it."""

from __future__ import annotations

import pandas as pd


def markdown(table: pd.DataFrame) -> str:
    """Numbers to three digits, a row a line."""
    rows = [list(table.columns), ["---"] * len(table.columns)]
    rows += [
        [f"{value:.3g}" if isinstance(value, float) else str(value) for value in row]
        for row in table.itertuples(index=False)
    ]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"
