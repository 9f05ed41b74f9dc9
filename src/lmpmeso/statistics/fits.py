"""The fits of the paper: Eq. 3, τ_α against stiffness, and the Stokes-Einstein relation, D against τ_α.

Both are straight lines in logarithms with errors in both variables; see `fit_straight_line`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from lmpmeso.arrays import BoolArray, FloatArray
from lmpmeso.errors import StatisticsError
from lmpmeso.models import GlassModel, get_model
from lmpmeso.printing import Printed
from lmpmeso.statistics.bootstrap import Estimate
from lmpmeso.statistics.straight_line import FEWEST_POINTS, StraightLine, fit_straight_line

SHORTEST_REDUCED_TIME = 10.0
"""τ_α/t0 from which on the lines are fitted: below, the liquid is not yet supercooled."""


@dataclass(frozen=True, eq=False, repr=False)
class MesoelasticFit(Printed):
    """ln(τ_α/t0) = ln t̃ + ℓ̃² κ a0²/T.

    Attributes:
        slope: ℓ̃².
        intercept: ln t̃.
        length: ℓ̃, in units of a0; NaN when the slope is negative.
        time: t̃, in units of t0.
        abscissa: κ a0²/T of the points used, shape (P,).
        ordinate: ln(τ_α/t0) of the points used, shape (P,).
        used: which of the points given were used, boolean, in the order given.
        rms_residual: rms distance of the points from the line in ln(τ_α/t0).
        line: the fit itself, with χ² and covariance.
    """

    slope: Estimate
    intercept: Estimate
    length: Estimate
    time: Estimate
    abscissa: FloatArray
    ordinate: FloatArray
    used: BoolArray
    rms_residual: float
    line: StraightLine

    def reduced_time(self, abscissa: ArrayLike) -> FloatArray:
        """τ_α/t0 of the line at the given κ a0²/T."""
        return np.exp(self.line.at(abscissa))


@dataclass(frozen=True, eq=False, repr=False)
class StokesEinsteinFit(Printed):
    """ln(D t0/a0²) = ln c - ζ ln(τ_α/t0).

    Attributes:
        exponent: ζ; 1 where the Stokes-Einstein relation holds.
        prefactor: c.
        abscissa: ln(τ_α/t0) of the points used, shape (P,).
        ordinate: ln(D t0/a0²) of the points used, shape (P,).
        used: which of the points given were used, boolean, in the order given.
        rms_residual: rms distance of the points from the line in ln(D t0/a0²).
        line: the fit itself, with χ² and covariance.
    """

    exponent: Estimate
    prefactor: Estimate
    abscissa: FloatArray
    ordinate: FloatArray
    used: BoolArray
    rms_residual: float
    line: StraightLine


def fit_mesoelastic(
    model: GlassModel | str,
    temperature: ArrayLike,
    kappa: ArrayLike,
    tau: ArrayLike,
    kappa_error: ArrayLike | None = None,
    tau_error: ArrayLike | None = None,
    shortest_reduced_time: float = SHORTEST_REDUCED_TIME,
    level: float = 0.9,
) -> MesoelasticFit:
    """Straight line of ln(τ_α/t0) on κ a0²/T (Eq. 3), with errors in both.

    Without errors it is the least-squares line of the paper. Any stiffness of the same unit, for
    instance T/⟨u²⟩ or G∞ a0^(d-2), may take the place of κ.

    Args:
        model: gives a0 and t0.
        temperature: T, shape (P,) [energy].
        kappa: mean dipole stiffness at each T, shape (P,) [energy/length²].
        tau: τ_α at each T, shape (P,) [time].
        kappa_error: standard errors of κ, shape (P,), or None.
        tau_error: standard errors of τ_α, shape (P,), or None.
        shortest_reduced_time: points with τ_α/t0 below it are left out.
        level: confidence level of the intervals.

    Raises:
        StatisticsError: fewer than three points remain, a value is not a positive number, κ a0²/T
            is the same for all points, only some points have errors, or the shapes differ.
        ConvergenceError: the errors are so large that the line is not determined.
    """
    model = get_model(model)
    t, k, time, k_error, time_error = _columns(
        temperature=temperature, kappa=kappa, tau=tau, kappa_error=kappa_error, tau_error=tau_error
    )
    reduced_time = time * np.sqrt(model.thermal_velocity_squared(t)) / model.a0
    used = _supercooled(reduced_time, shortest_reduced_time, "Eq. 3")
    scale = model.a0**2 / model.thermal_energy(t[used])
    x, y = k[used] * scale, np.log(reduced_time[used])
    if np.ptp(x) <= 1e-12 * np.abs(x).max():
        raise StatisticsError("κ a0²/T is the same for all points: no line can be fitted")
    line = fit_straight_line(x, y, k_error[used] * scale, (time_error / time)[used], level)
    return MesoelasticFit(
        slope=line.slope,
        intercept=line.intercept,
        length=_transformed(line.slope, _root, "the slope is not safely positive"),
        time=_transformed(line.intercept, math.exp, ""),
        abscissa=x,
        ordinate=y,
        used=used,
        rms_residual=_rms(y - line.at(x)),
        line=line,
    )


def fit_stokes_einstein(
    model: GlassModel | str,
    temperature: ArrayLike,
    diffusion: ArrayLike,
    tau: ArrayLike,
    diffusion_error: ArrayLike | None = None,
    tau_error: ArrayLike | None = None,
    shortest_reduced_time: float = SHORTEST_REDUCED_TIME,
    level: float = 0.9,
) -> StokesEinsteinFit:
    """Exponent ζ of D t0/a0² ∝ (τ_α/t0)^(-ζ), with errors in both (Fig. 9).

    Args:
        model: gives a0 and t0.
        temperature: T, shape (P,) [energy].
        diffusion: D at each T, shape (P,) [length²/time].
        tau: τ_α at each T, shape (P,) [time].
        diffusion_error: standard errors of D, shape (P,), or None.
        tau_error: standard errors of τ_α, shape (P,), or None.
        shortest_reduced_time: points with τ_α/t0 below it are left out.
        level: confidence level of the intervals.

    Raises:
        StatisticsError: as of `fit_mesoelastic`.
        ConvergenceError: the errors are so large that the line is not determined.
    """
    model = get_model(model)
    t, d, time, d_error, time_error = _columns(
        temperature=temperature,
        diffusion=diffusion,
        tau=tau,
        diffusion_error=diffusion_error,
        tau_error=tau_error,
    )
    reduced_time = time * np.sqrt(model.thermal_velocity_squared(t)) / model.a0
    used = _supercooled(reduced_time, shortest_reduced_time, "the Stokes-Einstein relation")
    x = np.log(reduced_time[used])
    y = np.log(d[used] / (model.a0 * np.sqrt(model.thermal_velocity_squared(t[used]))))
    line = fit_straight_line(x, y, (time_error / time)[used], (d_error / d)[used], level)
    slope = line.slope
    return StokesEinsteinFit(
        exponent=replace(slope, mean=-slope.mean, low=-slope.high, high=-slope.low),
        prefactor=_transformed(line.intercept, math.exp, ""),
        abscissa=x,
        ordinate=y,
        used=used,
        rms_residual=_rms(y - line.at(x)),
        line=line,
    )


def _columns(**given: ArrayLike | None) -> tuple[FloatArray, ...]:
    """The columns as arrays of one shape; missing errors are zero."""
    t = np.asarray(given["temperature"], dtype=np.float64)
    columns = {
        name: np.zeros_like(t) if values is None else np.asarray(values, dtype=np.float64)
        for name, values in given.items()
    }
    for name, column in columns.items():
        if t.ndim != 1 or column.shape != t.shape:
            raise StatisticsError(
                f"{name} must have one entry a temperature, shape {t.shape}, got {column.shape}"
            )
        bad = ~np.isfinite(column) | (column < 0 if name.endswith("error") else column <= 0)
        if bad.any():
            raise StatisticsError(
                f"{name} of point {int(np.argmax(bad))} is {column[np.argmax(bad)]:g}; "
                "leave out points without a measured value"
            )
    return tuple(columns.values())


def _supercooled(reduced_time: FloatArray, shortest: float, what: str) -> BoolArray:
    """Which points are fitted."""
    used = reduced_time >= shortest
    if np.count_nonzero(used) < FEWEST_POINTS:
        raise StatisticsError(
            f"the fit of {what} needs at least {FEWEST_POINTS} points with τ_α/t0 ≥ {shortest:g}, and has "
            f"{np.count_nonzero(used)} (of {len(used)}): add lower temperatures"
        )
    return used


def _transformed(estimate: Estimate, function: Callable[[float], float], caveat: str) -> Estimate:
    """An increasing function of an estimate: its ends go with it, and so does the coverage."""
    mean, low, high = (function(v) for v in (estimate.mean, estimate.low, estimate.high))
    if estimate.has_interval and not math.isfinite(low):
        return replace(estimate, mean=mean, low=low, high=low, method="none", caveat=caveat)
    return replace(estimate, mean=mean, low=low, high=high)


def _root(value: float) -> float:
    """√ where it is real, NaN elsewhere."""
    return math.sqrt(value) if value >= 0 else math.nan


def _rms(values: FloatArray) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(values**2)))
