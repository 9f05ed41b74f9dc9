"""What folders hold for the figures: tables by name, of one campaign or of several folders together."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from lmpmeso.campaign.folder import CAMPAIGN_FILE, stored_campaign
from lmpmeso.campaign.maps import map_tables
from lmpmeso.campaign.settings import Campaign
from lmpmeso.campaign.statuses import DONE
from lmpmeso.campaign.tables import CampaignTables, campaign_tables
from lmpmeso.errors import CampaignError
from lmpmeso.figures.liquids import ordered_liquids, with_labels
from lmpmeso.files.tables import read_table
from lmpmeso.models import get_model
from lmpmeso.models.units import UnitsStyle, units_style

KEYS = ("source", "model", "n_particles")
THRESHOLD, LEVEL = 0.2, 0.9
"""F_s(τ_α), and the level of the intervals, where a folder does not say."""
POINTS = ("state-points", "landscape", "local-correlations")
"""Tables with a row a state point; a folder with any of them is one of tables."""


@dataclass(frozen=True, eq=False)
class Results:
    """Results of one or several folders.

    Attributes:
        sources: the folders.
        tables: by name. Each has the columns source, model, n_particles, ``label``, the name of
            the liquid in a figure, and ``boltzmann``, k_B in its units. ``liquids`` has a row a liquid: dimension, units (LAMMPS's style),
            threshold (of F_s), q, level (of the intervals).
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

    @property
    def units(self) -> UnitsStyle:
        """The units of all liquids; those of Lennard-Jones where they have several, each in its own ε and σ."""
        names = set(self.tables["liquids"]["units"])
        return units_style(names.pop() if len(names) == 1 else "lj")

    def of_models(self, models: Sequence[str]) -> Results:
        """The same of some models only."""
        kept = {
            name: table[table["model"].isin(models)].reset_index(drop=True)
            for name, table in self.tables.items()
        }
        return Results(self.sources, kept)


def read_results(folders: Iterable[str | os.PathLike[str]]) -> Results:
    """Read what figures need from folders: campaigns, or tables.

    A folder of tables holds CSV files in the format and under the names that a campaign gives them
    (``state-points.csv``, ``scattering.csv``, …): those of ``lmpmeso landscape``, ``propensity`` and
    ``export``, or one's own.

    Raises:
        CampaignError: a folder holds no results, or damaged ones.
    """
    return joined_results({path: _tables_of(path) for path in map(Path, folders)})


def joined_results(tables: Mapping[Path, Mapping[str, pd.DataFrame]]) -> Results:
    """The tables of several folders, each with its ``liquids``, together."""
    found: dict[str, list[pd.DataFrame]] = {}
    for path, named in tables.items():
        for name, table in named.items():
            if not table.empty:
                found.setdefault(name, []).append(table.assign(source=str(path)))
    joined = {name: pd.concat(tables, ignore_index=True) for name, tables in found.items()}
    liquids = ordered_liquids(joined["liquids"].drop_duplicates(list(KEYS)))
    return Results(
        tuple(tables),
        {name: with_labels(table, liquids) for name, table in joined.items() if name != "liquids"}
        | {"liquids": liquids},
    )


def _tables_of(path: Path) -> dict[str, pd.DataFrame]:
    """The tables of a folder, whatever made it."""
    if (path / CAMPAIGN_FILE).is_file():
        campaign = stored_campaign(path)
        return campaign_results(path, campaign, campaign_tables(path, campaign))
    if any((path / f"{name}.csv").is_file() for name in POINTS):
        return _own_tables(path)
    if any((path / f"{command}.json").is_file() for command in ("landscape", "propensity")):
        raise CampaignError(
            f"{path} holds tables of lmpmeso 0.1.0: run its command again, which finds its work done and "
            "writes them anew"
        )
    raise CampaignError(
        f"{path} holds no results to draw: name the folder of a campaign (`lmpmeso run --preset "
        "ipl-mini` makes one), of `lmpmeso landscape` or `lmpmeso propensity`, or of tables with "
        "a state-points.csv, landscape.csv or local-correlations.csv"
    )


def campaign_results(
    root: Path, campaign: Campaign, tables: CampaignTables
) -> dict[str, pd.DataFrame]:
    """The tables of a campaign, its maps, and its liquids."""
    liquids = pd.DataFrame(
        {
            "model": liquid.model,
            "n_particles": liquid.n_particles,
            "dimension": liquid.glass_model.dimension,
            "units": liquid.glass_model.units,
            "boltzmann": liquid.glass_model.units_style.boltzmann,
            "threshold": campaign.dynamics.threshold,
            "q": liquid.wave_number,
            "level": campaign.statistics.level,
        }
        for liquid in campaign.liquids
    )
    return dict(tables) | map_tables(root, campaign) | {"liquids": liquids}


def _liquid(name: str, n_particles: int, level: float) -> dict[str, Any]:
    """A liquid of tables, with what the commands assume."""
    model = get_model(name)
    return {
        "model": model.name,
        "n_particles": n_particles,
        "dimension": model.dimension,
        "units": model.units,
        "boltzmann": model.units_style.boltzmann,
        "threshold": THRESHOLD,
        "q": model.species[model.largest_species].q_max,
        "level": level,
    }


def _own_tables(path: Path) -> dict[str, pd.DataFrame]:
    """Tables in the format of a campaign; a file that names no liquid is none of them."""
    every = {file.stem: read_table(file) for file in sorted(path.glob("*.csv"))}
    points = [_checked(path, name, every[name]) for name in POINTS if name in every]
    tables = {
        name.replace("-", "_"): table
        for name, table in every.items()
        if {*KEYS[1:]} <= set(table.columns)
    }
    if "state_points" in tables:
        defaults = {"status": DONE, "excluded": ""}
        known = tables["state_points"].columns
        tables["state_points"] = tables["state_points"].assign(
            **{name: value for name, value in defaults.items() if name not in known}
        )
    by_liquid: Iterable[Any] = pd.concat(points).groupby(list(KEYS[1:]), sort=False)
    liquids = [
        _liquid(model, n_particles, mine["level"].fillna(LEVEL).iloc[0])
        for (model, n_particles), mine in by_liquid
    ]
    return tables | {"liquids": pd.DataFrame(liquids)}


def _checked(path: Path, name: str, table: pd.DataFrame) -> pd.DataFrame:
    """What a table of state points says of its liquids: model, n_particles and, where it is told, level.

    Raises:
        CampaignError: it does not name its state points.
    """
    missing = [key for key in (*KEYS[1:], "temperature") if key not in table.columns]
    if missing and (len(table) or name == POINTS[0]):
        raise CampaignError(
            f"{path / f'{name}.csv'} has no column {', '.join(missing)}: tables to draw have the "
            "columns of a campaign's, see `lmpmeso export`"
        )
    return table.reindex(columns=[*KEYS[1:], "level"])
