"""The analysis of a production run: correlators, structure, thermodynamics, and its verdict."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import scipy

from lmpmeso.campaign.measurement import Measurement, Table
from lmpmeso.campaign.measurements.production import frames_file, liquids, record_file
from lmpmeso.campaign.own_models import model_of_step
from lmpmeso.campaign.state_point import StatePoint
from lmpmeso.configurations import read_trajectory
from lmpmeso.dynamics import (
    check_equilibration,
    check_structure,
    mean_squared_displacement,
    self_intermediate,
)
from lmpmeso.dynamics.structure_factor import structure_factor
from lmpmeso.engine.records import Record, noted_warnings, read_record, write_record, write_tables
from lmpmeso.engine.step import Step, Workplace
from lmpmeso.errors import StatisticsError
from lmpmeso.files.toml_rules import real, setting
from lmpmeso.protocols.chunked_run import RECORD_UNITS

DYNAMICS_FILE = "dynamics.json"
SCATTERING_FILE = "scattering.csv"
DISPLACEMENT_FILE = "displacement.csv"
STRUCTURE_FILE = "structure-factor.csv"
THERMODYNAMICS_FILE = "thermodynamics.csv"
DRIFT_SIGNIFICANCE = 1e-3
"""Significance at which a production run is excluded. Its equilibration was judged before, so that
only a clear drift counts: a campaign has dozens of runs, and none is to be lost by chance. Energies of
the twelve blocks of a run of 20 τ_α correlate by 0.4, so that nearer 1 % of runs in equilibrium are."""
STRUCTURE_FRAMES = 20
"""Configurations behind S(q), evenly spread over the ends of the blocks."""

DYNAMICS_UNITS = RECORD_UNITS | {"t": "time", "msd": "length^2", "q": "1/length"}


@dataclass(frozen=True)
class Dynamics(Measurement):
    """The analysis of the production run."""

    name = "dynamics"
    after = ("production",)
    tables = (Table("displacement", DISPLACEMENT_FILE),)
    units: ClassVar[Mapping[str, str]] = {"t": "time", "msd": "length^2"}

    threshold: float = setting(real(above=0, below=1), "F_s(τ_α)", 0.2)

    def stage_parameters(self, point: StatePoint, replica: int) -> dict[str, Any]:
        """Depends on the whole production run."""
        return {
            "segments": len(point.targets("production", replica)),
            "q": point.liquid.wave_number,
            "threshold": self.threshold,
        }

    def steps(self, point: StatePoint, replica: int) -> Iterator[Step]:
        """One a replica."""
        stage = point.stage(self.name, replica)
        told = {key: stage.parameters[key] for key in ("q", "threshold")}
        told |= {"temperature": point.temperature}
        if point.liquid.swapped(point.temperature):
            told["swapped"] = True
        needs = {"production": point.targets("production", replica)}
        yield point.step(stage, DYNAMICS_FILE, analyse_production, told, needs, alone=True)

    def rows(self, root: Path, point: StatePoint) -> Iterator[tuple[str, pd.DataFrame]]:
        """The MSD of the largest species of each replica, with its interval, in reduced units; none with swaps."""
        if point.liquid.swapped(point.temperature):
            return
        for replica in point.replicas:
            path = root / point.stage(self.name, replica).file(DYNAMICS_FILE)
            if path.is_file():
                msd = read_record(path, "dynamics").table(DISPLACEMENT_FILE)
                yield "displacement", _with_intervals(msd, point).assign(replica=replica)


def analyse_production(
    work: Workplace,
    *,
    model: str,
    temperature: float,
    q: float,
    threshold: float,
    swapped: bool = False,
) -> None:
    """Analyse the segments of a ``production`` run together.

    F_s and the MSD of the largest species with errors by blocks of time origins, S(q), energy and
    pressure by block; whether the run was in equilibrium and a liquid throughout. Of a run that was ``swapped``
    they are those of its places.
    """
    glass_model = model_of_step(work, model)
    segments = [read_record(path, "production") for path in work.needs["production"]]
    frames = [record.data(frames_file(record["segment"])) for record in segments]
    record = pd.concat([r.table(record_file(r["segment"])) for r in segments], ignore_index=True)
    block_steps = segments[0]["block_steps"]
    with noted_warnings() as notes:
        trajectory = read_trajectory([*frames], glass_model, force=True)
        work.progress(1, 5)
        fs = self_intermediate(trajectory, q, model=glass_model)
        work.progress(2, 5)
        msd = mean_squared_displacement(trajectory, model=glass_model)
        work.progress(3, 5)
        verdict = check_equilibration(
            trajectory,
            glass_model,
            record,
            q=q,
            threshold=threshold,
            significance=DRIFT_SIGNIFICANCE,
        )
        ends = liquids(segments, trajectory, glass_model, STRUCTURE_FRAMES)
        structure = check_structure(ends, glass_model, record)
        work.progress(4, 5)
        s_of_q = structure_factor(ends, model=glass_model)
    peak = _first_peak(s_of_q, glass_model.species[glass_model.largest_species].name)
    t0 = glass_model.t0(temperature)
    tables = {
        SCATTERING_FILE: fs.assign(t_over_t0=fs["t"] / t0).rename(columns={"error": "Fs_error"}),
        DISPLACEMENT_FILE: msd.rename(columns={"error": "msd_error"}),
        STRUCTURE_FILE: s_of_q.table,
        THERMODYNAMICS_FILE: thermodynamics(record, block_steps),
    }
    write_record(
        work,
        "dynamics",
        write_tables(work, tables, DYNAMICS_UNITS),
        temperature=temperature,
        q=q,
        run_time=float(fs.attrs["run_time"]),
        dimension=glass_model.dimension,
        block_time=block_steps * segments[0]["time_step"],
        n_blocks=sum(r["n_blocks"] for r in segments),
        drifts=bool(not verdict.equilibrated and math.isfinite(verdict.p_value)),
        drift_p_value=verdict.p_value,
        equilibrium=verdict.reason,
        crystallised=structure.crystallised,
        cavitated=structure.cavitated,
        structure=structure.reason,
        evidence=structure.evidence,
        **peak,
        **({"swapped": True} if swapped else {}),
        warnings=notes,
    )
    work.progress(5, 5)


def exclusion(dynamics: Record) -> str | None:
    """Why a production run is no sample of the equilibrium liquid; None when it is one.

    A run too short to be judged is not excluded: its equilibration was judged before.
    """
    reasons = []
    if dynamics["crystallised"] or dynamics["cavitated"]:
        reasons.append(dynamics["structure"])
    if dynamics["drifts"]:
        reasons.append(f"not in equilibrium, {dynamics['equilibrium']}")
    return "; ".join(reasons) or None


def known_exclusion(root: Path, point: StatePoint, replica: int) -> str | None:
    """The same of a replica of a state point; None also where its run is not analysed yet."""
    path = root / point.stage("dynamics", replica).file(DYNAMICS_FILE)
    return exclusion(read_record(path, "dynamics")) if path.is_file() else None


@dataclass(frozen=True)
class EquilibriumParts:
    """What a reduction of several replicas may take: the parts of those in equilibrium, or of all if none is.

    ``left_out`` says why some are not taken, ``excluded`` why none is a sample of the equilibrium liquid.
    """

    paths: tuple[Path, ...]
    left_out: str
    excluded: str

    def noted(self, summary: Mapping[str, Any]) -> dict[str, Any]:
        """A summary of them, its caveat with why replicas are left out."""
        caveats = (summary.get("caveat", ""), self.left_out, self.excluded)
        return {**summary, "caveat": "; ".join(filter(None, caveats)), "excluded": self.excluded}


def equilibrium_parts(needs: Mapping[str, Sequence[Path]], name: str) -> EquilibriumParts:
    """Leave out the parts ``NAME r0``, … of replicas whose ``dynamics r0``, … :func:`exclusion` speaks against."""
    every: list[Path] = []
    kept: list[Path] = []
    reasons = []
    for replica, dynamics in replicas_of(needs):
        parts = needs[f"{name} r{replica}"]
        reason = exclusion(dynamics)
        every += parts
        if reason is None:
            kept += parts
        elif parts:
            reasons.append(f"r{replica}: {reason}")
    words = "; ".join(reasons)
    left_out = f"left out: {words}" if kept and words else ""
    return EquilibriumParts(tuple(kept or every), left_out, "" if kept else words)


def replicas_of(needs: Mapping[str, Sequence[Path]]) -> Iterator[tuple[int, Record]]:
    """Number and record of the dynamics of each replica whose parts a step needs."""
    for name, paths in needs.items():
        kind, _, replica = name.rpartition(" r")
        if kind == "dynamics":
            (path,) = paths
            yield int(replica), read_record(path, "dynamics")


def thermodynamics(record: pd.DataFrame, block_steps: int) -> pd.DataFrame:
    """Means over each block of the production run: temperature, energies, pressure."""
    columns = ["temperature", "potential_energy", "kinetic_energy", "pressure"]
    later = record[record["step"] > 0]
    block = (later["step"] - 1) // block_steps
    return later.groupby(block)[columns].mean().rename_axis("block").reset_index()


def _first_peak(s_of_q: Any, species: str) -> dict[str, float | str | None]:
    """q_max of the largest species; None where it has no clear peak."""
    try:
        peak = s_of_q.first_peak(species)
    except StatisticsError as error:
        return {"q_max": None, "q_max_low": None, "q_max_high": None, "q_max_caveat": str(error)}
    return {"q_max": peak.q, "q_max_low": peak.low, "q_max_high": peak.high, "q_max_caveat": ""}


def half_widths(curve: pd.DataFrame, error: str, level: float) -> pd.Series:
    """Half the intervals of a curve, by Student's t of its blocks."""
    return (
        scipy.special.stdtrit(np.maximum(curve["n_blocks"] - 1, 1), 0.5 + level / 2) * curve[error]
    )


def _with_intervals(msd: pd.DataFrame, point: StatePoint) -> pd.DataFrame:
    """An MSD with the ends of its interval, as it is and in reduced units."""
    model, level = point.liquid.glass_model, point.campaign.statistics.level
    half = half_widths(msd, "msd_error", level)
    ends = {"": msd["msd"], "_low": msd["msd"] - half, "_high": msd["msd"] + half}
    return msd.assign(
        msd_low=ends["_low"],
        msd_high=ends["_high"],
        t_over_t0=msd["t"] / model.t0(point.temperature),
        **{f"msd_over_a02{end}": values / model.a0**2 for end, values in ends.items()},
    )
