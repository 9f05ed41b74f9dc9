"""The state points of a campaign in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lmpmeso.cli.console import aligned

if TYPE_CHECKING:
    import pandas as pd

    from lmpmeso.campaign.settings import Campaign


VOLUMES = {2: "σ²", 3: "σ³"}
"""By dimension."""


def results_text(points: pd.DataFrame, campaign: Campaign) -> str:
    """A row a state point, then why numbers are missing or should be trusted less."""
    from lmpmeso.campaign.tables.files import style_of_tables
    from lmpmeso.report.results import result_notes, results_text_rows

    notes = "".join(f"{note}\n" for note in result_notes(points))
    dimensions = {liquid.glass_model.dimension for liquid in campaign.liquids}
    volume = VOLUMES[dimensions.pop()] if len(dimensions) == 1 else "σ^d"
    text = aligned(results_text_rows(points)).replace("σ^d", volume)
    table = style_of_tables(campaign).named(text)
    return table + (f"\n{notes}" if notes else "")
