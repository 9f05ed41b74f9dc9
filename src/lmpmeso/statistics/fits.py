"""The fit of the relaxation time to the mesoelastic model, Eq. 3 of the paper."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lmpmeso.errors import StatisticsError
from lmpmeso.models import GlassModel
from lmpmeso.statistics.bootstrap import Estimate

FloatArray = NDArray[np.float64]

SHORTEST_REDUCED_TIME = 10.0
"""τ_α/t0 from which on Eq. 3 is fitted: below, the liquid is not yet supercooled."""
FEWEST_POINTS = 3
"""A line through two points fits always and says nothing."""


@dataclass(frozen=True, eq=False)
class MesoelasticFit:
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
    """

    slope: Estimate
    intercept: Estimate
    length: Estimate
    time: Estimate
    abscissa: FloatArray
    ordinate: FloatArray
    used: NDArray[np.bool_]
    rms_residual: float

    def reduced_time(self, abscissa: ArrayLike) -> FloatArray:
        """τ_α/t0 of the line at the given κ a0²/T."""
        return np.exp(self.intercept.mean + self.slope.mean * np.asarray(abscissa, dtype=float))


def fit_mesoelastic(
    model: GlassModel,
    temperature: ArrayLike,
    kappa: ArrayLike,
    tau: ArrayLike,
    kappa_error: ArrayLike | None = None,
    tau_error: ArrayLike | None = None,
    shortest_reduced_time: float = SHORTEST_REDUCED_TIME,
    level: float = 0.9,
    seed: int = 0,
    resamples: int = 9999,
) -> MesoelasticFit:
    """Least-squares line of ln(τ_α/t0) on κ a0²/T (Eq. 3).

    The intervals are those of a parametric bootstrap: κ and ln τ_α are drawn again from normal
    distributions with the errors given, and fitted again. Without errors there are no intervals.

    Args:
        model: gives a0 and t0.
        temperature: T, shape (P,) [energy].
        kappa: mean dipole stiffness at each T, shape (P,) [energy/length²].
        tau: τ_α at each T, shape (P,) [time].
        kappa_error: standard errors of κ, shape (P,), or None.
        tau_error: standard errors of τ_α, shape (P,), or None.
        shortest_reduced_time: points with τ_α/t0 below it are left out.
        level: confidence level of the intervals.
        seed: seed of the resampling.
        resamples: number of resamples.

    Raises:
        StatisticsError: fewer than three points remain, a value is not a positive number, κ a0²/T
            is the same for all points, or the shapes differ.
    """
    columns = _columns(temperature, kappa, tau, kappa_error, tau_error)
    t, k, time, k_error, time_error = columns
    reduced_time = time * np.sqrt(t) / model.a0
    used = reduced_time >= shortest_reduced_time
    if np.count_nonzero(used) < FEWEST_POINTS:
        raise StatisticsError(
            f"only {np.count_nonzero(used)} of {len(t)} points have tau/t0 >= "
            f"{shortest_reduced_time:g}; the fit of Eq. 3 needs at least {FEWEST_POINTS}: "
            "add lower temperatures"
        )
    scale = model.a0**2 / t[used]
    x, y = k[used] * scale, np.log(reduced_time[used])
    if np.ptp(x) <= 1e-12 * np.abs(x).max():
        raise StatisticsError("kappa a0^2/T is the same for all points: no line can be fitted")
    slope, intercept = (float(value) for value in _line(x, y))
    rms_residual = float(np.sqrt(np.mean((y - intercept - slope * x) ** 2)))

    rng = np.random.default_rng(seed)
    shape = (resamples, len(x))
    x_drawn = x + rng.standard_normal(shape) * k_error[used] * scale
    y_drawn = y + rng.standard_normal(shape) * (time_error / time)[used]
    slopes, intercepts = _line(x_drawn, y_drawn)

    known = bool(np.any(k_error[used] > 0) or np.any(time_error[used] > 0))
    tails = [50.0 * (1.0 - level), 50.0 * (1.0 + level)]

    def estimate(value: float, draws: FloatArray) -> Estimate:
        n = len(x)
        if not known:
            caveat = "no errors of kappa or tau were given"
            return Estimate(value, math.nan, math.nan, n, level, seed, "none", caveat)
        if not (math.isfinite(value) and np.all(np.isfinite(draws))):
            caveat = "the slope is not safely positive"
            return Estimate(value, math.nan, math.nan, n, level, seed, "none", caveat)
        low, high = np.percentile(draws, tails)
        return Estimate(value, float(low), float(high), n, level, seed, "parametric")

    return MesoelasticFit(
        slope=estimate(slope, slopes),
        intercept=estimate(intercept, intercepts),
        length=estimate(math.sqrt(slope) if slope > 0 else math.nan, _sqrt_or_nan(slopes)),
        time=estimate(math.exp(intercept), np.exp(intercepts)),
        abscissa=x,
        ordinate=y,
        used=used,
        rms_residual=rms_residual,
    )


def _columns(
    temperature: ArrayLike,
    kappa: ArrayLike,
    tau: ArrayLike,
    kappa_error: ArrayLike | None,
    tau_error: ArrayLike | None,
) -> tuple[FloatArray, ...]:
    """The five columns as arrays of one shape; missing errors are zero."""
    t = np.asarray(temperature, dtype=np.float64)
    columns = {
        "temperature": t,
        "kappa": np.asarray(kappa, dtype=np.float64),
        "tau": np.asarray(tau, dtype=np.float64),
        "kappa_error": np.zeros_like(t) if kappa_error is None else np.asarray(kappa_error, float),
        "tau_error": np.zeros_like(t) if tau_error is None else np.asarray(tau_error, float),
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


def _line(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Slopes and intercepts of the least-squares lines along the last axis."""
    dx = x - x.mean(axis=-1, keepdims=True)
    slope = (dx * y).sum(axis=-1) / (dx * dx).sum(axis=-1)
    return slope, y.mean(axis=-1) - slope * x.mean(axis=-1)


def _sqrt_or_nan(values: FloatArray) -> FloatArray:
    """√ where it is real, NaN elsewhere."""
    return np.where(values > 0, np.sqrt(np.abs(values)), math.nan)
