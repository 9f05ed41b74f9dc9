"""What folders hold for the figures: tables by name, of one campaign or of several folders together."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from lmpmeso.campaign.folder import CAMPAIGN_FILE, stored_campaign
from lmpmeso.campaign.maps import map_tables
from lmpmeso.campaign.settings import Campaign
from lmpmeso.campaign.tables import campaign_tables
from lmpmeso.errors import CampaignError
from lmpmeso.figures.liquids import ordered_liquids, with_labels

KEYS = ("source", "model", "n_particles")


@dataclass(frozen=True, eq=False)
class Results:
    """Results of one or several folders.

    Attributes:
        sources: the folders.
        tables: by name. Each has the columns source, model, n_particles and ``label``, the name of
            the liquid in a figure. ``liquids`` has a row a liquid: dimension, threshold (of F_s), q,
            level (of the intervals).
    """

    sources: tuple[Path, ...]
    tables: Mapping[str, pd.DataFrame] = field(repr=False)

    def table(self, name: str) -> pd.DataFrame:
        """A table; empty where no folder has it."""
        return self.tables.get(name, pd.DataFrame())

    @property
    def level(self) -> float:
        """Confidence level of the intervals."""
        return float(self.tables["liquids"]["level"].iloc[0])

    def of_models(self, models: Sequence[str]) -> Results:
        """The same of some models only."""
        kept = {
            name: table[table["model"].isin(models)].reset_index(drop=True)
            for name, table in self.tables.items()
        }
        return Results(self.sources, kept)


def read_results(folders: Iterable[str | os.PathLike[str]]) -> Results:
    """Read what figures need from the folders of campaigns.

    Raises:
        CampaignError: a folder holds no results, or damaged ones.
    """
    paths = tuple(Path(folder) for folder in folders)
    found: dict[str, list[pd.DataFrame]] = {}
    for path in paths:
        if not (path / CAMPAIGN_FILE).is_file():
            raise CampaignError(
                f"{path} holds no results to draw: name the folder of a campaign "
                "(`lmpmeso run --preset ipl-mini` makes one)"
            )
        for name, table in campaign_results(path, stored_campaign(path)).items():
            if not table.empty:
                found.setdefault(name, []).append(table.assign(source=str(path)))
    joined = {name: pd.concat(tables, ignore_index=True) for name, tables in found.items()}
    liquids = ordered_liquids(joined["liquids"])
    return Results(
        paths,
        {name: with_labels(table, liquids) for name, table in joined.items() if name != "liquids"}
        | {"liquids": liquids},
    )


def campaign_results(root: Path, campaign: Campaign) -> dict[str, pd.DataFrame]:
    """The tables of a campaign as it is now, and its liquids."""
    liquids = pd.DataFrame(
        {
            "model": liquid.model,
            "n_particles": liquid.n_particles,
            "dimension": liquid.glass_model.dimension,
            "threshold": campaign.dynamics.threshold,
            "q": liquid.wave_number,
            "level": campaign.statistics.level,
        }
        for liquid in campaign.liquids
    )
    tables = campaign_tables(root, campaign).by_name()
    return tables | map_tables(root, campaign) | {"liquids": liquids}
