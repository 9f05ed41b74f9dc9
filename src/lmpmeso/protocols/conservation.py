"""Does the integration conserve what it should? The drift of the thermostat's conserved quantity."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lmpmeso.arrays import FloatArray
from lmpmeso.errors import EnergyDriftWarning, ProtocolError
from lmpmeso.models import GlassModel

if TYPE_CHECKING:
    import pandas as pd

BLOCKS = 10
"""Block means behind the straight line and its error."""
DRIFT_LIMIT = 1e-4
"""Largest drift of the conserved quantity per particle and t0, in units of k_B T.

A drift is heat that flows through the liquid into the thermostat. If it piles up for t0 before it
arrives there, the liquid is hotter by less than a ten-thousandth, and τ_α of the most fragile liquid
wrong by 0.3 % (d ln τ_α / d ln T ≈ -30). The models at their own time steps stay below 3e-5;
Stillinger-Weber at T = 0.06 and dense sticky spheres at T = 16 exceed the limit with twice the step.
"""
SIGNIFICANT = 4.0
"""A drift below so many of its standard errors is noise."""
FAR = 10.0
"""A quantity that leaves its own line by so many times what the potential energy fluctuates is not the conserved one.

That of LAMMPS of 29 August 2024 goes from 8.1 to -68 where the energy fluctuates by 0.1.
"""


@dataclass(frozen=True)
class EnergyConservation:
    """The drift of the conserved quantity of a run, per particle.

    Attributes:
        drift: slope of the conserved quantity against time in units of t0 [energy].
        drift_error: its standard error [energy]; infinite where LAMMPS's quantity cannot be the conserved one.
        relative_drift: |drift| / (k_B T).
        thermal_fluctuation: standard deviation of the potential energy [energy].
        limit: largest relative drift that is accepted.
        conserved: the drift is below the limit, or no larger than noise, or NaN: then nobody can tell.
        reason: the finding in words.
    """

    drift: float
    drift_error: float
    relative_drift: float
    thermal_fluctuation: float
    limit: float
    conserved: bool
    reason: str


def energy_conservation(
    record: pd.DataFrame, model: GlassModel, temperature: float, *, limit: float = DRIFT_LIMIT
) -> EnergyConservation:
    """Whether the conserved quantity of a thermostatted run stays where it is.

    A straight line through the means of ten blocks of the run; its slope is the drift.

    Args:
        record: ``time`` [time] and, per particle, ``conserved_energy`` and ``potential_energy``, as
            the runs of this package record them.
        model: gives t0.
        temperature: T (k_B = 1).
        limit: largest drift per particle and t0, in units of k_B T.

    Returns:
        The drift. A record of fewer than twenty rows, or over less than 10 t0, tells nothing, because the
        conserved quantity of the discrete dynamics itself fluctuates with the virial: the drift is
        NaN and nothing is flagged. So it is where the quantity is wrong by far (:data:`FAR`).

    Raises:
        ProtocolError: a column is missing.
    """
    missing = {"time", "conserved_energy", "potential_energy"} - set(record.columns)
    if missing:
        raise ProtocolError(f"the record of the run lacks the columns {sorted(missing)}")
    t0 = model.t0(temperature)
    energy = record["conserved_energy"].to_numpy(dtype=np.float64)
    fluctuation = float(record["potential_energy"].std()) if len(record) > 1 else math.nan
    if not np.isfinite(energy).all():
        reason = "the conserved quantity is not finite: the run exploded"
        return EnergyConservation(
            math.nan, math.nan, math.inf, fluctuation, limit, conserved=False, reason=reason
        )
    time = record["time"].to_numpy(dtype=np.float64) / t0
    if len(record) < 2 * BLOCKS or time[-1] - time[0] < BLOCKS:
        reason = (
            f"no drift can be measured: {len(record)} rows of the record over "
            f"{np.ptp(time) if len(time) else 0.0:.3g} t0; at least {2 * BLOCKS} rows over {BLOCKS} t0 are needed"
        )
        return EnergyConservation(
            math.nan, math.nan, math.nan, fluctuation, limit, conserved=True, reason=reason
        )
    drift, error, scatter = _line(time, energy)
    if scatter > FAR * fluctuation and abs(drift) <= SIGNIFICANT * error:
        reason = (
            f"no drift can be told: the conserved quantity that LAMMPS gives leaves its own line by {scatter:.2g} per "
            f"particle, where the potential energy fluctuates by {fluctuation:.2g}, so it is not the conserved one"
        )
        return EnergyConservation(
            math.nan, math.inf, math.nan, fluctuation, limit, conserved=True, reason=reason
        )
    relative = abs(drift) / model.thermal_energy(temperature)
    conserved = relative <= limit or abs(drift) <= SIGNIFICANT * error
    reason = (
        f"the conserved quantity drifts by {drift:.2g} ± {error:.1g} per particle and t0, {relative:.1g} "
        f"k_B T (at most {limit:g} k_B T is accepted; the potential energy fluctuates by "
        f"{fluctuation:.2g})"
    )
    return EnergyConservation(drift, error, relative, fluctuation, limit, conserved, reason)


def warn_of_drift(conservation: EnergyConservation, what: str, time_step: float) -> None:
    """Tell the user of a run whose conserved quantity drifts.

    Warns:
        EnergyDriftWarning: it does, or LAMMPS's quantity is not the conserved one.
    """
    if conservation.drift_error == math.inf:
        warnings.warn(f"{what}: {conservation.reason}", EnergyDriftWarning, stacklevel=3)
    if not conservation.conserved:
        warnings.warn(
            f"{what}: {conservation.reason}: do not use the run; integrate with a time step below "
            f"{time_step:g}",
            EnergyDriftWarning,
            stacklevel=3,
        )


def _line(x: FloatArray, y: FloatArray) -> tuple[float, float, float]:
    """Slope of the line through block means, its standard error, and how far the means are from the line."""
    x_b, y_b = (np.array([b.mean() for b in np.array_split(v, BLOCKS)]) for v in (x, y))
    dx = x_b - x_b.mean()
    slope = float(dx @ y_b / (dx @ dx))
    residual = y_b - y_b.mean() - slope * dx
    variance = residual @ residual / (BLOCKS - 2)
    return slope, float(np.sqrt(variance / (dx @ dx))), float(np.sqrt(variance))
