"""The vibrations of the glasses: density of states D(ω), beside Debye's of their elastic constants.

Array suffixes: g glass, b bin.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from lmpmeso.arrays import FloatArray
from lmpmeso.campaign.cost import GIB, Cost, Expected
from lmpmeso.campaign.measurement import WHERE, Measurement, Table
from lmpmeso.campaign.measurements.dynamics import equilibrium_parts
from lmpmeso.campaign.measurements.glasses import (
    each_glass,
    glasses_of,
    part_of,
    shard_file,
    shard_name,
    shards,
    shards_with,
)
from lmpmeso.campaign.own_models import model_of_step
from lmpmeso.campaign.settings import Liquid
from lmpmeso.campaign.state_point import StatePoint
from lmpmeso.configurations import box_of_runs
from lmpmeso.elasticity import all_frequencies, debye_frequency
from lmpmeso.engine.records import read_record, write_record, write_tables
from lmpmeso.engine.step import Step, Workplace
from lmpmeso.files.tables import read_table, write_table
from lmpmeso.files.toml_rules import all_or_number, integer, setting
from lmpmeso.models import GlassModel
from lmpmeso.statistics import bootstrap_mean

RECORD_FILE = "vibrations.json"
DENSITY_FILE = "density-of-states.csv"
SECONDS_PER_CUBE = 1.6e-10
"""Time of all eigenvalues of a dense matrix on one core over the cube of its rows [s]."""


@dataclass(frozen=True)
class Vibrations(Measurement):
    """Frequencies of all modes of the glasses, and their density."""

    name = "vibrations"
    after = ("glasses",)
    reduces = ("dynamics", "elasticity", "vibrations")
    optional = True
    taken = "glasses"
    tables = (
        Table(
            "vibrations",
            title="Vibrations of the glasses",
            shown=(
                ("glasses", "n_glasses"),
                ("modes each", "n_modes"),
                ("lowest ω [1/time]", "omega_lowest"),
                ("lowest sound wave [1/time]", "omega_phonon"),
                ("ω_D [1/time]", "omega_debye"),
                ("caveat", "caveat"),
            ),
        ),
        Table("density_of_states", DENSITY_FILE),
    )
    units: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("omega", "omega_low_edge", "omega_high_edge"), "1/time"),
        **dict.fromkeys(("omega_lowest", "omega_phonon", "omega_debye"), "1/time"),
        "dos": "time",
    }

    glasses: str | int = setting(
        all_or_number(),
        "inherent structures of each state point: all of `glasses.number`, or so many",
        "all",
    )
    bins: int = setting(
        integer(10), "of equal width, from 0 to the highest frequency of a state point", 100
    )
    temperatures: str = setting(WHERE, "at which temperatures of each liquid", "coldest")

    def number(self, liquid: Liquid, temperature: float) -> int:
        """Glasses of a state point."""
        return liquid.glasses_at(temperature) if self.glasses == "all" else int(self.glasses)

    def n_glasses(self, point: StatePoint, replica: int) -> int:
        """The share of a replica."""
        return point.share(self.number(point.liquid, point.temperature), replica)

    def stage_parameters(self, point: StatePoint, replica: int) -> dict[str, Any]:
        """The frequencies depend on the glasses alone."""
        return {}

    def steps(self, point: StatePoint, replica: int) -> Iterator[Step]:
        """One a shard of glasses."""
        stage, n_glasses = point.stage(self.name, replica), self.n_glasses(point, replica)
        for first, end in shards(point, replica):
            last = min(end, n_glasses - 1)
            if first <= last:
                parameters = {"first": first, "last": last}
                needs = {"glasses": shards_with(point, replica, first, last)}
                yield point.step(stage, shard_file(first, last), find_spectra, parameters, needs)

    def reduction_parameters(self, point: StatePoint) -> dict[str, Any]:
        """The density depends on the elasticity, too, which gives Debye's."""
        # The lowest sound wave was once that of a cube.
        box = {} if point.liquid.glass_model.topology is None else {"box": "of the data file"}
        return box | {
            "glasses": [self.n_glasses(point, replica) for replica in point.replicas],
            "elastic_glasses": [point.n_glasses(replica) for replica in point.replicas],
            "bins": self.bins,
            "resamples": point.campaign.statistics.resamples,
            **point.intervals("vibrations"),
        }

    def reducing_step(self, point: StatePoint) -> Step:
        """The density of all glasses."""
        keys = ("bins", "resamples", "level", "seed")
        return self.reduced_by(point, RECORD_FILE, measure_density, *keys)

    def cost(self, expected: Expected) -> Cost:
        """Eigenvalues of dense matrices, which also take the memory."""
        rows = expected.liquid.n_particles * expected.liquid.glass_model.dimension
        number = self.number(expected.liquid, expected.temperature)
        seconds = number * SECONDS_PER_CUBE * rows**3
        return Cost(seconds, number * rows * 24, 16.0 * rows**2 / GIB)


def find_spectra(work: Workplace, *, model: str, first: int, last: int) -> None:
    """The frequencies of all modes of some glasses of a shard of ``glasses``.

    Raises:
        ResourceError: the dense matrix does not fit into the memory.
    """
    glass_model = model_of_step(work, model)
    found = glasses_of(work.needs["glasses"], glass_model)
    numbers = [number for number in range(first, last + 1) if number in found]

    def make(number: int, path: Path) -> None:
        omega = all_frequencies(found[number], glass_model)
        write_table(path, pd.DataFrame({"glass": number, "omega": omega}), Vibrations.units)

    made = each_glass(work, numbers, ".csv", make, "spectra")
    tables = [read_table(part_of(work, number, ".csv")) for number in made.glasses]
    path = work.target.with_name(f"{shard_name(first, last)}.csv")
    write_table(path, pd.concat(tables, ignore_index=True), Vibrations.units)
    write_record(work, "spectra", [path], **made.entries)


def measure_density(
    work: Workplace, *, model: str, bins: int, resamples: int, level: float, seed: int
) -> None:
    """D(ω) with intervals by glass, and over Debye's of the mean elastic constants.

    It needs ``dynamics r0``, …, ``elasticity r0``, … and ``vibrations r0``, …. A replica that was no
    equilibrium liquid is left out, as in :func:`~lmpmeso.campaign.measurements.summary.summarise_replicas`.
    """
    glass_model = model_of_step(work, model)
    parts = equilibrium_parts(work.needs, "vibrations")
    omega_gm = [omega for path in parts.paths for omega in _spectra(path)]
    debye, phonon, caveat = _sound(
        equilibrium_parts(work.needs, "elasticity").paths, glass_model, len(omega_gm[0])
    )
    intervals: dict[str, Any] = {"level": level, "seed": seed, "resamples": resamples}
    table = density_of_glasses(omega_gm, bins, debye, glass_model.dimension, intervals)
    lowest = bootstrap_mean([omega[0] for omega in omega_gm], **intervals)
    summary = {
        "n_glasses": len(omega_gm),
        "n_modes": len(omega_gm[0]),
        **lowest.columns("omega_lowest"),
        "omega_phonon": phonon,
        "omega_debye": debye,
        "caveat": caveat,
    }
    files = write_tables(work, {DENSITY_FILE: table}, Vibrations.units)
    write_record(work, "vibrations", files, summary=parts.noted(summary), seed=seed)


def density_of_glasses(
    omega_gm: Sequence[FloatArray],
    bins: int,
    debye: float,
    dimension: int,
    intervals: Mapping[str, Any],
) -> pd.DataFrame:
    """D(ω) of each bin, every glass counting the same, each spectrum normalised to one.

    Args:
        omega_gm: all frequencies of each glass [1/time].
        bins: of equal width from 0 to the highest frequency.
        debye: ω_D [1/time], NaN where it is not known.
        dimension: d.
        intervals: level, seed and resamples of the intervals by glass.

    Returns:
        omega_low_edge, omega_high_edge, omega (the middle) [1/time], dos [time] and ``reduced``, over the
        mean of d ω^(d-1)/ω_D^d in the bin, each with _low and _high; n_modes of all glasses.
    """
    edges = np.linspace(0.0, max(float(omega[-1]) for omega in omega_gm), bins + 1)
    n_gb = np.array([np.histogram(omega, edges)[0] for omega in omega_gm])
    sizes_g = np.array([len(omega) for omega in omega_gm])
    dos_gb = n_gb / (sizes_g[:, None] * np.diff(edges))
    debye_b = np.diff(edges**dimension) / (debye**dimension * np.diff(edges))
    rows = []
    for b in range(bins):
        dos = bootstrap_mean(dos_gb[:, b], **intervals).columns("dos")
        reduced = {name.replace("dos", "reduced"): v / debye_b[b] for name, v in dos.items()}
        ends = {"omega_low_edge": edges[b], "omega_high_edge": edges[b + 1]}
        middle = 0.5 * (edges[b] + edges[b + 1])
        rows.append({**ends, "omega": middle, **dos, **reduced, "n_modes": int(n_gb[:, b].sum())})
    return pd.DataFrame(rows)


def _spectra(path: Path) -> list[FloatArray]:
    """The frequencies of each glass of a shard."""
    table = read_record(path, "spectra").table(f"{path.stem}.csv")
    return [own["omega"].to_numpy() for _, own in table.groupby("glass")]


def _sound(
    shards_of_elasticity: Iterable[Path], model: GlassModel, n_modes: int
) -> tuple[float, float, str]:
    """ω_D and the lowest frequency of a transverse wave in the box; NaN, with why, for G ≤ 0."""
    glasses = pd.concat(
        [
            read_record(path, "elasticity").table(f"{path.stem}.csv")
            for path in shards_of_elasticity
        ],
        ignore_index=True,
    )
    shear, bulk = float(glasses["shear_modulus"].mean()), float(glasses["bulk_modulus"].mean())
    if shear <= 0.0:
        return math.nan, math.nan, "the mean shear modulus is not positive: no speed of sound"
    d = model.dimension
    edge = float(box_of_runs(model, n_modes // d + 1).max())
    mass = model.mean_mass * model.units_style.mass_energy
    speed = math.sqrt(shear / (model.density * mass))
    debye = debye_frequency(shear, bulk, model.density, d, mass)
    return debye, 2.0 * math.pi * speed / edge, ""
