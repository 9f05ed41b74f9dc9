"""A liquid and its glasses from nearby: g(r), displacements, G∞ and the cage.

What it finds are the further curves of the figures (Figs. 10 to 12), and the rivals of κ.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd

from lmpmeso.campaign.measurement import Measurement, Table
from lmpmeso.campaign.measurements.dynamics import STRUCTURE_FRAMES, known_exclusion
from lmpmeso.campaign.measurements.glasses import glasses_of, shard_file, shards
from lmpmeso.campaign.measurements.production import frames_file, liquids
from lmpmeso.campaign.own_models import model_of_step
from lmpmeso.campaign.state_point import StatePoint
from lmpmeso.configurations import Configuration, Trajectory, read_trajectory
from lmpmeso.dynamics import (
    cage_displacement,
    displacement_distribution,
    instantaneous_shear_modulus,
    mean_squared_displacement,
    radial_distribution,
    self_intermediate,
    species_average,
)
from lmpmeso.engine.records import Record, noted_warnings, read_record, write_record, write_tables
from lmpmeso.engine.stage import Stage
from lmpmeso.engine.step import Step, Workplace
from lmpmeso.errors import ModelError, StatisticsError
from lmpmeso.models import GlassModel

STRUCTURE_RECORD = "structure.json"
RADIAL_FILE = "radial-distribution.csv"
AVERAGES_FILE = "species-average.csv"
DISPLACEMENTS_FILE = "displacement-distribution.csv"
DISPLACEMENT_BINS = 60
WITHOUT_PLAIN_DYNAMICS = "the liquid ran with swaps, which are no dynamics of its own"
"""Why something is not there that follows particles."""
PART_OF_TAU = 0.1
"""Displacements are looked at after this part of τ_α (Fig. 11c)."""

STRUCTURE_UNITS = {"t": "time", "msd": "length^2", "r": "length", "P": "1/length"}


@dataclass(frozen=True)
class Structure(Measurement):
    """Curves of the first replica; nothing of it is to be set."""

    name = "structure"
    reduction_version = 3
    tables = (
        Table("structure"),
        Table("species_average", AVERAGES_FILE),
        Table("displacement_distribution", DISPLACEMENTS_FILE),
        Table("radial_distribution", RADIAL_FILE),
    )
    units: ClassVar[Mapping[str, str]] = {
        **STRUCTURE_UNITS,
        "cage_displacement": "length^2",
        "cage_time": "time",
        "displacement_time": "time",
        "instantaneous_shear_modulus": "energy/length^d",
    }

    def reduction(self, point: StatePoint) -> Stage:
        """Depends on the production run and the first glasses of the first replica."""
        told = {
            "segments": len(point.targets("production", 0)),
            "shards": [list(ends) for ends in _first_shards(point)],
            "level": point.campaign.statistics.level,
        }
        needs = {name: point.stage(name, 0) for name in ("production", "glasses")}
        if point.liquid.glass_model.lammps is not None:
            # G∞ was given once where a force of LAMMPS commands jumps.
            told["force_jumps"] = "refused"
        return point.new_stage(None, self.name, self.reduction_version, told, needs)

    def reducing_step(self, point: StatePoint) -> Step:
        """One for all."""
        told = {"temperature": point.temperature, "level": point.campaign.statistics.level}
        model = point.liquid.glass_model
        if model.species[model.largest_species].q_max is None:
            told["q"] = point.liquid.wave_number
        stage, glasses = point.stage(self.name), point.stage("glasses", 0)
        needs = {
            "equilibration": point.targets("equilibration", 0),
            "production": point.targets("production", 0),
            "glasses": tuple(glasses.file(shard_file(*ends)) for ends in _first_shards(point)),
        }
        return point.step(stage, STRUCTURE_RECORD, measure_structure, told, needs, alone=True)

    def records(self, root: Path, point: StatePoint) -> Iterator[Record]:
        """None where the first replica was no equilibrium liquid."""
        if known_exclusion(root, point, 0) is None:
            yield from super().records(root, point)


def _first_shards(point: StatePoint) -> list[tuple[int, int]]:
    """The shards that hold as many glasses as there are liquid frames."""
    return [ends for ends in shards(point, 0) if ends[0] < STRUCTURE_FRAMES]


def measure_structure(
    work: Workplace, *, model: str, temperature: float, level: float, q: float | None = None
) -> None:
    """Curves of the first replica of a state point; ``q`` where the model does not say at which F_s is taken.

    It needs the ``equilibration``, which knows τ_α, the segments of the ``production`` run, and the
    first shards of the ``glasses``. Of a liquid that ran with swaps g(r) and G∞ alone.
    """
    glass_model = model_of_step(work, model)
    tau = read_record(work.need("equilibration"), "equilibration")["tau_alpha"]
    plain = tau is not None
    records = [read_record(path, "production") for path in work.needs["production"]]
    with noted_warnings() as notes:
        run = read_trajectory(
            [r.data(frames_file(r["segment"])) for r in records], glass_model, force=True
        )
        ends = liquids(records, run, glass_model, STRUCTURE_FRAMES)
        glasses = [*glasses_of(work.needs["glasses"], glass_model).values()][:STRUCTURE_FRAMES]
        averages = _averages(run, glass_model, temperature, q)
        work.progress(1, 4)
        moved, moved_after = _displacements(run, glass_model, PART_OF_TAU * tau if plain else None)
        work.progress(2, 4)
        radial = pd.concat(
            [
                radial_distribution(frames, model=glass_model).assign(
                    phase=phase, n_frames=len(frames)
                )
                for phase, frames in (("liquid", ends), ("glass", glasses))
                if frames
            ],
            ignore_index=True,
        )
        work.progress(3, 4)
        rivals = _instantaneous_modulus(ends, glass_model, temperature, level)
        rivals |= _cage(run, glass_model, level, plain)
        if not plain:
            averages = averages.iloc[:0]
    tables = {RADIAL_FILE: radial, AVERAGES_FILE: averages, DISPLACEMENTS_FILE: moved}
    write_record(
        work,
        "structure",
        write_tables(work, tables, STRUCTURE_UNITS),
        summary=rivals | {"displacement_time": moved_after, "n_frames": len(ends)},
        warnings=notes,
    )
    work.progress(4, 4)


def _averages(
    run: Trajectory, model: GlassModel, temperature: float, q: float | None
) -> pd.DataFrame:
    """MSD and F_s, averaged over the species; each at its own q_max, where all of them are known."""
    if q is None and not all(species.q_max for species in model.species):
        q = model.species[model.largest_species].q_max
    msd = species_average(mean_squared_displacement(run, "each", model=model))
    fs = species_average(self_intermediate(run, q, "each", model=model))
    table = msd.rename(columns={"error": "msd_error"}).merge(
        fs[["t", "Fs", "error"]].rename(columns={"error": "Fs_error"}), on="t"
    )
    t0, a0 = model.t0(temperature), model.a0
    return table.assign(
        t_over_t0=table["t"] / t0,
        msd_over_a02=table["msd"] / a0**2,
        msd_over_a02_error=table["msd_error"] / a0**2,
    )


def _displacements(
    run: Trajectory, model: GlassModel, t: float | None
) -> tuple[pd.DataFrame, float | None]:
    """P(r) of the largest species after a time, and the recorded time next to it; or nothing."""
    try:
        if t is None:
            raise StatisticsError(WITHOUT_PLAIN_DYNAMICS)
        table = displacement_distribution(run, t, model=model, bins=DISPLACEMENT_BINS)
    except StatisticsError:
        return pd.DataFrame({"r_low": [], "r_high": [], "P": [], "P_error": []}), None
    a0 = model.a0
    return (
        table[["r_low", "r_high", "P", "P_error"]].assign(
            r_low_over_a0=table["r_low"] / a0, r_high_over_a0=table["r_high"] / a0
        ),
        float(table.attrs["t"]),
    )


def _instantaneous_modulus(
    frames: list[Configuration], model: GlassModel, temperature: float, level: float
) -> dict[str, Any]:
    """G∞; NaN, with the reason, where the potential does not define it."""
    name = "instantaneous_shear_modulus"
    names = (name, f"{name}_low", f"{name}_high")
    try:
        found = instantaneous_shear_modulus(frames, model, temperature, level)
    except ModelError as error:
        return {**dict.fromkeys(names, math.nan), f"{name}_caveat": str(error)}
    numbers = (found.value, found.low, found.high)
    return {**dict(zip(names, numbers, strict=True)), f"{name}_caveat": ""}


def _cage(run: Trajectory, model: GlassModel, level: float, plain: bool) -> dict[str, Any]:
    """⟨u²⟩ of the largest species; NaN, with the reason, in a liquid without cages or that ran with swaps."""
    msd = mean_squared_displacement(run, model=model)
    names = ("cage_displacement", "cage_displacement_low", "cage_displacement_high", "cage_time")
    try:
        if not plain:
            raise StatisticsError(WITHOUT_PLAIN_DYNAMICS)
        found = cage_displacement(msd, level)
    except StatisticsError as error:
        return {**dict.fromkeys(names, math.nan), "cage_caveat": str(error)}
    numbers = (found.value, found.low, found.high, found.t)
    return {**dict(zip(names, numbers, strict=True)), "cage_caveat": ""}
