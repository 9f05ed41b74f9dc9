"""Relaxation and diffusion relative to the cage, of two-dimensional liquids (docs/dynamics.md says why)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from lmpmeso.campaign.measurement import Measurement, Table
from lmpmeso.campaign.measurements.dynamics import exclusion, replicas_of
from lmpmeso.campaign.measurements.production import frames_file
from lmpmeso.campaign.measurements.summary import geometric_mean
from lmpmeso.campaign.own_models import model_of_step
from lmpmeso.campaign.state_point import StatePoint
from lmpmeso.configurations import read_trajectory
from lmpmeso.dynamics import (
    DiffusionCoefficient,
    RelaxationTime,
    cage_relative_correlations,
    diffusion_coefficient,
    one_correlation,
    relaxation_time,
)
from lmpmeso.engine.records import noted_warnings, read_record, write_record, write_tables
from lmpmeso.engine.step import Step, Workplace
from lmpmeso.errors import StatisticsError

RECORD_FILE = "cage-relative.json"
CURVES_FILE = "cage-relative-curves.csv"
CURVE_UNITS = {"t": "time", "msd": "length^2"}


@dataclass(frozen=True)
class CageRelative(Measurement):
    """τ_α and D beside the plain ones, in two dimensions; nothing of it is to be set."""

    name = "cage_relative"
    reduces = ("dynamics", "production")
    follows_particles = True
    tables = (
        Table(
            "cage_relative",
            title="Relative to the cage",
            shown=(
                ("τ_α/t0", "cage_relative_tau_alpha_over_t0"),
                ("D t0/a0²", "cage_relative_diffusion_reduced"),
                ("caveat", "caveat"),
            ),
        ),
        Table("cage_relative_curves", CURVES_FILE),
    )
    units: ClassVar[Mapping[str, str]] = CURVE_UNITS

    def reduction_parameters(self, point: StatePoint) -> dict[str, Any]:
        """Depends on the production runs of all replicas, and on which of them were in equilibrium."""
        campaign = point.campaign
        return {
            "segments": [len(point.targets("production", replica)) for replica in point.replicas],
            "q": point.liquid.wave_number,
            "threshold": campaign.dynamics.threshold,
            "level": campaign.statistics.level,
        }

    def reducing_step(self, point: StatePoint) -> Step | None:
        """One for all replicas; none in three dimensions."""
        if point.liquid.glass_model.dimension != 2:
            return None
        keys = ("q", "threshold", "level")
        return self.reduced_by(
            point, RECORD_FILE, measure_cage_relative, *keys, temperature=point.temperature
        )


def measure_cage_relative(
    work: Workplace, *, model: str, temperature: float, q: float, threshold: float, level: float
) -> None:
    """Correlate the production runs of the replicas that were in equilibrium; of all, if none was."""
    glass_model = model_of_step(work, model)
    every = dict(replicas_of(work.needs))
    excluded = {n: reason for n, record in every.items() if (reason := exclusion(record))}
    kept = [n for n in every if n not in excluded] or [*every]
    curves: list[pd.DataFrame] = []
    with noted_warnings() as notes:
        for number in kept:
            segments = [
                read_record(path, "production") for path in work.needs[f"production r{number}"]
            ]
            run = read_trajectory(
                [r.data(frames_file(r["segment"])) for r in segments], glass_model, force=True
            )
            curves.append(cage_relative_correlations(run, model=glass_model, q=q))
            work.progress(len(curves), len(kept))
    t0 = glass_model.t0(temperature)
    fs, msd = ([one_correlation(one, name) for one in curves] for name in ("Fs", "msd"))
    taus, tau_caveat = _mean(lambda: [relaxation_time(one, threshold, level=level) for one in fs])
    ds, d_caveat = _mean(lambda: [diffusion_coefficient(one, level=level) for one in msd])
    caveats = {f"τ_α: {tau_caveat}": tau_caveat, f"D: {d_caveat}": d_caveat}
    reduced = t0 / glass_model.a0**2
    table = pd.concat(
        [one.assign(replica=number) for number, one in zip(kept, curves, strict=True)],
        ignore_index=True,
    )
    write_record(
        work,
        "cage_relative",
        write_tables(work, {CURVES_FILE: table.assign(t_over_t0=table["t"] / t0)}, CURVE_UNITS),
        summary={
            **_columns("cage_relative_tau_alpha_over_t0", [tau / t0 for tau in taus]),
            **_columns("cage_relative_diffusion_reduced", [d * reduced for d in ds]),
            "caveat": "; ".join(words for words, told in caveats.items() if told),
            "excluded": "; ".join(excluded.values()) if len(excluded) == len(every) else "",
        },
        warnings=notes,
    )


def _mean(
    measure: Callable[[], Sequence[RelaxationTime] | Sequence[DiffusionCoefficient]],
) -> tuple[tuple[float, float, float], str]:
    """Geometric mean of the replicas with its interval, and what is to be known of it."""
    try:
        found = measure()
    except StatisticsError as error:
        return (math.nan, math.nan, math.nan), str(error)
    caveats = dict.fromkeys(getattr(one, "caveat", "") for one in found)
    mean = geometric_mean([(one.value, one.low, one.high) for one in found])
    return mean, "; ".join(filter(None, caveats))


def _columns(name: str, numbers: Sequence[float]) -> dict[str, float]:
    return dict(zip((name, f"{name}_low", f"{name}_high"), numbers, strict=True))
