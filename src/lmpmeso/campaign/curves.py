"""The curves of a campaign, state point by state point, as tables for figures and for export."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from lmpmeso.campaign.dynamics_steps import DISPLACEMENT_FILE, DYNAMICS_FILE, exclusion
from lmpmeso.campaign.landscape_steps import ENERGIES_FILE, INTERVALS_FILE
from lmpmeso.campaign.propensity_steps import (
    POPULATIONS_FILE,
    RANKS_FILE,
    REPRESENTATIVE_FILE,
)
from lmpmeso.campaign.settings import Campaign
from lmpmeso.campaign.structure_steps import AVERAGES_FILE, DISPLACEMENTS_FILE, RADIAL_FILE
from lmpmeso.campaign.study import StatePoint, state_points
from lmpmeso.engine.records import Record, read_record

REDUCED_FILES = {
    "structure": {
        "species_average": AVERAGES_FILE,
        "displacement_distribution": DISPLACEMENTS_FILE,
        "radial_distribution": RADIAL_FILE,
    },
    "landscape": {"landscape_energies": ENERGIES_FILE, "landscape_intervals": INTERVALS_FILE},
    "local correlations": {
        "kappa_populations": POPULATIONS_FILE,
        "kappa_ranks": RANKS_FILE,
        "representative": REPRESENTATIVE_FILE,
    },
}
"""Name of the reduction: name of the table of all state points: file of one state point."""
NAMES = ("displacement", *(name for files in REDUCED_FILES.values() for name in files))


def curve_tables(root: Path, campaign: Campaign) -> dict[str, pd.DataFrame]:
    """Each curve of all state points that are so far, with model, n_particles and temperature.

    What rests on no equilibrium liquid is left out, but for the MSD.

    Raises:
        CampaignError: a file is damaged, of a newer format, or of another program.
    """
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in NAMES}
    for point in state_points(campaign):
        about: dict[str, Any] = {
            "model": point.liquid.model,
            "n_particles": point.liquid.n_particles,
            "temperature": point.temperature,
        }
        for table in _displacements(root, point, campaign.statistics.level):
            parts["displacement"].append(table.assign(**about))
        for reduction, files in REDUCED_FILES.items():
            for record in finished_reductions(root, point, reduction):
                if record["summary"].get("excluded"):
                    continue
                for name, file in files.items():
                    table = record.table(file).drop(columns=list(about), errors="ignore")
                    parts[name].append(table.assign(**about))
    return {
        name: pd.concat([t for t in tables if len(t)], ignore_index=True)
        if any(map(len, tables))
        else pd.DataFrame()
        for name, tables in parts.items()
    }


def finished_reductions(root: Path, point: StatePoint, reduction: str) -> Iterator[Record]:
    """The records of a reduction that are there.

    The structure is that of the first replica alone: none, where that was no equilibrium liquid.
    """
    dynamics = root / point.replicas[0].dynamics.file(DYNAMICS_FILE)
    if (
        reduction == "structure"
        and dynamics.is_file()
        and exclusion(read_record(dynamics, "dynamics")) is not None
    ):
        return
    for target in point.reductions.get(reduction, ()):
        if (root / target).is_file():
            yield read_record(root / target, reduction)


def _displacements(root: Path, point: StatePoint, level: float) -> Iterator[pd.DataFrame]:
    """The MSD of the largest species of each replica, with its interval, in reduced units."""
    model = point.liquid.glass_model
    for number, stages in enumerate(point.replicas):
        path = root / stages.dynamics.file(DYNAMICS_FILE)
        if not path.is_file():
            continue
        msd = read_record(path, "dynamics").table(DISPLACEMENT_FILE)
        half = stdtrit(np.maximum(msd["n_blocks"] - 1, 1), 0.5 + level / 2) * msd["msd_error"]
        yield msd.assign(
            msd_low=msd["msd"] - half,
            msd_high=msd["msd"] + half,
            t_over_t0=msd["t"] / model.t0(point.temperature),
            **{
                f"msd_over_a02{end}": values / model.a0**2
                for end, values in (
                    ("", msd["msd"]),
                    ("_low", msd["msd"] - half),
                    ("_high", msd["msd"] + half),
                )
            },
            replica=number,
        )
