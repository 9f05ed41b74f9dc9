"""The structural relaxation time τ_α, where F_s(q_max, t) falls through a threshold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy

from lmpmeso.arrays import FloatArray
from lmpmeso.dynamics.origin_averages import overlap_factor
from lmpmeso.dynamics.pooling import pooled
from lmpmeso.errors import StatisticsError

STRETCHING = 0.6
"""Exponent of the stretched exponential that guesses how long a too short run should be."""
LARGEST_STEP = 0.5
"""A larger fall of F_s between the two points about the threshold is too coarse to interpolate."""
LONG_RUN, SHORT_RUN_FACTOR = 10.0, 1.5
"""In a shorter run [τ_α] errors count so many times: no block of origins shows the memory of the liquid."""
POINTS_BESIDE = 3
"""Points used on each side of the threshold."""


@dataclass(frozen=True)
class RelaxationTime:
    """τ_α with its interval, in the time unit of the table.

    Attributes:
        value: time at which F_s falls through the threshold [time].
        low: lower end of the interval [time]; NaN when F_s has no error there.
        high: upper end [time]; infinite when F_s + error does not fall through the threshold.
        level: confidence level of the interval.
        threshold: value of F_s that defines τ_α.
        n_points_used: points of F_s that the interpolation used.
        run_time: length of the trajectory [time].
        caveat: what makes the interval a guide rather than a number; empty where nothing does.
    """

    value: float
    low: float
    high: float
    level: float
    threshold: float
    n_points_used: int
    run_time: float
    caveat: str = ""


def relaxation_time(
    fs: pd.DataFrame,
    threshold: float = 0.2,
    *,
    level: float = 0.9,
    min_run: float = 3.0,
    pool: bool = True,
) -> RelaxationTime:
    """The time at which F_s falls through the threshold.

    Neighbouring lags are pooled first, so that the result does not hang on which of them were stored. F_s is then
    interpolated in ln t by a monotone cubic (PCHIP) through the points beside the crossing. The interval is where
    F_s ∓ its error at the confidence ``level`` (Student's t with the number of blocks of time origins, which overlap:
    `overlap_factor`) crosses; a table without errors gives NaN limits. In runs shorter than ten τ_α errors are larger
    by half, and ``caveat`` says so (with ``pool``).

    Args:
        fs: a table with columns ``t`` and ``Fs``, ``n_origins`` for the weights of lags, and ``error`` and
            ``n_blocks`` for an interval, as `self_intermediate` returns it.
        threshold: F_s(τ_α); the paper takes 0.2.
        level: confidence level of the interval.
        min_run: the run must be at least so many τ_α long.
        pool: False takes each lag by itself. So do decisions how long a run goes on: a run that an earlier
            version began then goes on as it would have.

    Returns:
        τ_α and its interval [time].

    Raises:
        StatisticsError: F_s starts below the threshold, does not reach it, is recorded too
            coarsely about it, or the run is shorter than ``min_run`` τ_α.
    """
    if not 0.0 < threshold < 1.0:
        raise StatisticsError(f"the threshold of F_s must lie between 0 and 1, got {threshold}")
    missing = {"t", "Fs"} - set(fs.columns)
    if missing:
        raise StatisticsError(f"the table of F_s lacks the columns {sorted(missing)}")
    if fs["t"].duplicated().any():
        raise StatisticsError(
            "the table of F_s holds the same time twice (several species?); give one curve"
        )
    known = pooled(fs, "Fs") if pool else fs[np.isfinite(fs["Fs"])].sort_values("t")
    t = known["t"].to_numpy(dtype=np.float64)
    value_of_fs = known["Fs"].to_numpy(dtype=np.float64)
    after = _locate_crossing(t, value_of_fs, threshold)
    tau, n_points = _crossing(t, value_of_fs, after, threshold)

    run_time = float(fs.attrs.get("run_time", t[-1]))
    if run_time < min_run * tau:
        raise StatisticsError(
            f"τ_α ≈ {tau:.4g} but the run is only {run_time:.4g} long; run for at least "
            f"{min_run * tau:.3g} ({min_run:g} τ_α)"
        )
    memory = SHORT_RUN_FACTOR if pool and run_time < LONG_RUN * tau else 1.0
    low, high = _interval(known, run_time, after, threshold, level, memory)
    caveat = ""
    if memory > 1.0:
        caveat = (
            f"the run is {run_time / tau:.2g} τ_α long, shorter than {LONG_RUN:g}: errors are taken {memory:g} times as "
            "large as its blocks tell"
        )
    return RelaxationTime(tau, low, high, level, threshold, n_points, run_time, caveat)


def _first_below(value_of_fs: FloatArray, threshold: float) -> int | None:
    """Index of the first point below the threshold."""
    below = np.flatnonzero(value_of_fs < threshold)
    return int(below[0]) if len(below) else None


def _locate_crossing(t: FloatArray, value_of_fs: FloatArray, threshold: float) -> int:
    """Index of the first point below the threshold, where the crossing can be interpolated."""
    if len(t) == 0:
        raise StatisticsError("the table of F_s is empty")
    after = _first_below(value_of_fs, threshold)
    if after is None:
        advice = "run much longer"
        if 0.0 < value_of_fs[-1] < 1.0:
            factor = (np.log(threshold) / np.log(value_of_fs[-1])) ** (1.0 / STRETCHING)
            advice = f"run at least {max(1.1, factor):.2g} times longer"
        raise StatisticsError(
            f"F_s falls only to {value_of_fs.min():.3g} by t = {t[-1]:.4g}, not below "
            f"{threshold:g}; {advice}"
        )
    if after == 0:
        raise StatisticsError(
            f"F_s is below {threshold:g} at the shortest lag already (t = {t[0]:.4g}); record "
            "frames more often"
        )
    if value_of_fs[after - 1] - value_of_fs[after] > LARGEST_STEP:
        raise StatisticsError(
            f"F_s falls from {value_of_fs[after - 1]:.3g} at t = {t[after - 1]:.4g} to "
            f"{value_of_fs[after]:.3g} at t = {t[after]:.4g}; record frames between them"
        )
    return after


def _crossing(
    t: FloatArray, value_of_fs: FloatArray, after: int, threshold: float
) -> tuple[float, int]:
    """Where the interpolation falls through the threshold, and the points it rests on."""
    from scipy.interpolate import PchipInterpolator
    from scipy.optimize import brentq

    beside = slice(max(0, after - POINTS_BESIDE), after + POINTS_BESIDE)
    ln_t = np.log(t[beside])
    curve = PchipInterpolator(ln_t, value_of_fs[beside] - threshold)
    root = brentq(
        lambda x: float(curve(x)), np.log(t[after - 1]), np.log(t[after]), xtol=1e-13, rtol=1e-13
    )
    return float(np.exp(root)), len(ln_t)


def _interval(
    known: pd.DataFrame,
    run_time: float,
    after: int,
    threshold: float,
    level: float,
    memory: float,
) -> tuple[float, float]:
    """Times at which the lower and the upper confidence limit of F_s fall through the threshold."""
    if not {"error", "n_blocks"} <= set(known.columns):
        return float("nan"), float("nan")
    t, value_of_fs, n_blocks = (
        known[c].to_numpy(dtype=np.float64) for c in ("t", "Fs", "n_blocks")
    )
    error = known["error"].to_numpy() * overlap_factor(t, n_blocks, run_time) * memory
    half_width = scipy.special.stdtrit(np.maximum(n_blocks - 1.0, 1.0), 0.5 + level / 2.0) * error
    if not np.all(np.isfinite(half_width[after - 1 : after + 1])):
        return float("nan"), float("nan")
    finite = np.isfinite(half_width)
    limits = []
    for sign, unbounded in ((-1.0, 0.0), (1.0, float("inf"))):
        limit_of_fs = (value_of_fs + sign * half_width)[finite]
        below = _first_below(limit_of_fs, threshold)
        if below is None or below == 0:
            limits.append(unbounded)
        else:
            limits.append(_crossing(t[finite], limit_of_fs, below, threshold)[0])
    return limits[0], limits[1]
