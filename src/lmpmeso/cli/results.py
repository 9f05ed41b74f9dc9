"""The state points of a campaign in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lmpmeso.cli.console import aligned

if TYPE_CHECKING:
    import pandas as pd


def results_text(points: pd.DataFrame) -> str:
    """A row a state point, then why numbers are missing or should be trusted less."""
    from lmpmeso.report.results import result_notes, results_text_rows

    notes = "".join(f"{note}\n" for note in result_notes(points))
    return aligned(results_text_rows(points)) + (f"\n{notes}" if notes else "")
