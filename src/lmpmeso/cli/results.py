"""The state points of a campaign in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lmpmeso.cli.console import aligned

if TYPE_CHECKING:
    import pandas as pd

    from lmpmeso.campaign.settings import Campaign


def results_text(points: pd.DataFrame, campaign: Campaign) -> str:
    """A row a state point, then why numbers are missing or should be trusted less."""
    from lmpmeso.campaign.tables.files import style_of_tables
    from lmpmeso.report.results import result_notes, results_text_rows

    notes = "".join(f"{note}\n" for note in result_notes(points))
    table = style_of_tables(campaign).named(aligned(results_text_rows(points)))
    return table + (f"\n{notes}" if notes else "")
