"""What folders hold for the figures: tables by name, of one campaign or of several folders together."""

from __future__ import annotations

import math
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
from lmpmeso.engine.records import read_table
from lmpmeso.errors import CampaignError
from lmpmeso.figures.liquids import ordered_liquids, with_labels
from lmpmeso.files.plain_json import read_json
from lmpmeso.landscape.rate import REFERENCE_SIZE
from lmpmeso.models import get_model

KEYS = ("source", "model", "n_particles")
THRESHOLD, LEVEL = 0.2, 0.9
"""F_s(τ_α), and the level of the intervals, where a folder does not say."""


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
    """Read what figures need from folders: campaigns, ``lmpmeso landscape`` and ``propensity``, or tables.

    A folder of tables holds CSV files in the format and under the names that a campaign gives them
    (``state-points.csv``, ``scattering.csv``, …), for instance those of ``lmpmeso export``.

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
    for report, read in (("landscape.json", _landscape), ("propensity.json", _propensity)):
        if (path / report).is_file():
            about = read_json(path / report)
            return read(path, about) | {"liquids": _liquid(about)}
    if (path / "state-points.csv").is_file():
        return _own_tables(path)
    raise CampaignError(
        f"{path} holds no results to draw: name the folder of a campaign (`lmpmeso run --preset "
        "ipl-mini` makes one), of `lmpmeso landscape` or `lmpmeso propensity`, or of tables with "
        "a state-points.csv"
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
            "threshold": campaign.dynamics.threshold,
            "q": liquid.wave_number,
            "level": campaign.statistics.level,
        }
        for liquid in campaign.liquids
    )
    return dict(tables) | map_tables(root, campaign) | {"liquids": liquids}


def _liquid(about: Mapping[str, Any]) -> pd.DataFrame:
    """The liquid of a command's folder, with what the commands assume."""
    model = get_model(about["model"])
    return pd.DataFrame(
        [
            {
                "model": model.name,
                "n_particles": about["n_particles"],
                "dimension": model.dimension,
                "threshold": THRESHOLD,
                "q": model.species[model.largest_species].q_max,
                "level": LEVEL,
            }
        ]
    )


def _landscape(path: Path, about: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """What ``lmpmeso landscape`` left, as a campaign has it."""
    keys = {name: about[name] for name in ("model", "n_particles", "temperature")}
    name = "transition_rate_reduced"
    rate = {f"{name}{end}": about[f"rate{end}"] for end in ("", "_low", "_high")}
    counts = {key: about[key] for key in ("n_trajectories", "n_transitions")}
    rates = read_table(path / "rate.csv")
    intervals = rates[rates["interval_over_ballistic_time"].notna()]
    bound = REFERENCE_SIZE / about["n_particles"] / intervals["interval_over_ballistic_time"]
    return {
        "landscape": _known(keys | rate | counts),
        "landscape_energies": read_table(path / "energies.csv").assign(**keys),
        "landscape_intervals": intervals.assign(highest=bound, **keys),
    }


def _propensity(path: Path, about: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """What ``lmpmeso propensity`` left, as a campaign has it."""
    keys = {name: about[name] for name in ("model", "n_particles", "temperature")}
    values = ("spearman", "spearman_low", "spearman_high", "n_configurations", "reliability")
    return {
        "local_correlations": _known(keys | {name: about[name] for name in values}),
        **{
            name: read_table(path / f"{file}.csv").assign(**keys)
            for name, file in (
                ("kappa_populations", "populations"),
                ("kappa_ranks", "ranks"),
                ("representative", "representative"),
            )
        },
    }


def _known(row: Mapping[str, Any]) -> pd.DataFrame:
    """A row as a table; what is not known is NaN."""
    return pd.DataFrame([{k: math.nan if v is None else v for k, v in row.items()}])


def _own_tables(path: Path) -> dict[str, pd.DataFrame]:
    """Tables of one's own, in the format of a campaign."""
    tables = {file.stem.replace("-", "_"): read_table(file) for file in sorted(path.glob("*.csv"))}
    points = tables["state_points"]
    missing = [name for name in (*KEYS[1:], "temperature") if name not in points.columns]
    if missing:
        raise CampaignError(
            f"{path / 'state-points.csv'} has no column {', '.join(missing)}: tables to draw have the "
            "columns of a campaign's, see `lmpmeso export`"
        )
    if "status" not in points.columns:
        points["status"] = DONE
    if "excluded" not in points.columns:
        points["excluded"] = ""
    liquids = [
        _liquid({"model": model, "n_particles": n_particles}).assign(
            level=mine["level"].iloc[0] if "level" in mine.columns else LEVEL
        )
        for (model, n_particles), mine in points.groupby(["model", "n_particles"], sort=False)
    ]
    return tables | {"liquids": pd.concat(liquids, ignore_index=True)}
