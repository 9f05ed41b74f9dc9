"""The diffusion coefficient from the diffusive regime of a mean squared displacement."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy

from lmpmeso.arrays import FloatArray
from lmpmeso.dynamics.origin_averages import overlap_factor
from lmpmeso.dynamics.pooling import binned, pooled, relative_precision
from lmpmeso.errors import StatisticsError

SLOPE_WINDOW = np.log(2.0)
"""Points within this distance in ln t on each side give the local log-log slope."""
MIN_POINTS = 3
"""Fewest points of a diffusive regime."""
NEAR = 2.0
"""A regime misses the criterion only just with so many times the tolerance, or the extent over this number."""


@dataclass(frozen=True)
class DiffusionCoefficient:
    """D from MSD = 2 d D t + c in the diffusive regime.

    Attributes:
        value: D [length²/time].
        low: lower end of its interval; NaN when the MSD has no errors there.
        high: upper end of its interval.
        level: confidence level of the interval.
        slope: log-log slope of the MSD over the regime (1 when diffusive).
        offset: c, what the cage adds [length²].
        t_min: start of the regime [time].
        t_max: end of the regime [time].
        n_points: points of the MSD in the regime.
        caveat: what is short of the criterion of a diffusive regime; empty where nothing is.
    """

    value: float
    low: float
    high: float
    level: float
    slope: float
    offset: float
    t_min: float
    t_max: float
    n_points: int
    caveat: str = ""


def diffusion_coefficient(
    msd: pd.DataFrame,
    dimension: int | None = None,
    *,
    slope_tolerance: float = 0.1,
    min_decades: float = 0.5,
    min_blocks: int = 2,
    level: float = 0.9,
) -> DiffusionCoefficient:
    """D from MSD = 2 d D t + c over the part of the log-log MSD that ends with slope 1.

    The regime is the last stretch of lags whose local slope lies within the tolerance of 1,
    up to the longest lag that has at least ``min_blocks`` blocks of time origins. Neighbouring lags are
    pooled first. Where the regime only just misses the criterion (twice the tolerance, half the extent), D comes
    with a caveat. The passage from
    the ballistic regime into a cage, where the slope crosses 1 as well, is not taken for it,
    because slower lags follow. The offset c is the mean squared displacement inside the cage,
    without which D would come out too large at times that are not yet very long. The points are
    correlated in time; the interval treats their relative errors as fully so.

    Args:
        msd: table with columns ``t``, ``msd``, ``error``, ``n_blocks``, as
            `mean_squared_displacement` returns it.
        dimension: spatial dimension d; None: that of the trajectory (``msd.attrs``).
        slope_tolerance: how far the local slope may be from 1.
        min_decades: shortest extent of the regime, in decades of time.
        min_blocks: lags with fewer blocks of time origins are not used.
        level: confidence level of the interval.

    Raises:
        StatisticsError: there is nothing near a diffusive regime, or the dimension is not known.
    """
    d = dimension if dimension is not None else msd.attrs.get("dimension")
    if d not in (1, 2, 3):
        raise StatisticsError(f"the dimension must be 1, 2 or 3, got {d!r}")
    missing = {"t", "msd", "error", "n_blocks"} - set(msd.columns)
    if missing:
        raise StatisticsError(f"the table of the MSD lacks the columns {sorted(missing)}")
    if msd["t"].duplicated().any():
        raise StatisticsError(
            "the table of the MSD holds the same time twice (several species?); give one curve"
        )
    enough = msd[(msd["n_blocks"] >= min_blocks) & (msd["msd"] > 0)]
    used = pooled(enough, "msd")
    if len(used) < MIN_POINTS:
        raise StatisticsError(
            f"only {len(used)} lags have {min_blocks} independent blocks of time origins; run longer"
        )
    start, caveat = _start_of_diffusion(used, slope_tolerance, min_decades)
    regime = used.iloc[start:]
    t = regime["t"].to_numpy(dtype=np.float64)
    measured = binned(enough, "msd").iloc[start:]
    squared = measured["msd"].to_numpy(dtype=np.float64)
    relative = regime["error"].to_numpy(dtype=np.float64) / squared
    known = bool(np.all(np.isfinite(relative) & (relative > 0)))
    weights = relative_precision(measured) / (relative * squared if known else squared)
    slope_of_line, offset = np.polyfit(t, squared, 1, w=weights)
    value = float(slope_of_line) / (2.0 * d)

    n_blocks = regime["n_blocks"].to_numpy(dtype=np.float64)
    relative = relative * overlap_factor(t, n_blocks, msd.attrs.get("run_time", msd["t"].max()))
    quantile = scipy.special.stdtrit(np.maximum(n_blocks - 1.0, 1.0), 0.5 + level / 2.0)
    half_width = float(np.mean(quantile * relative))
    return DiffusionCoefficient(
        value=value,
        low=value * float(np.exp(-half_width)),
        high=value * float(np.exp(half_width)),
        level=level,
        slope=float(np.polyfit(np.log(t), np.log(squared), 1)[0]),
        offset=float(offset),
        t_min=float(t[0]),
        t_max=float(t[-1]),
        n_points=len(t),
        caveat=caveat,
    )


def _start_of_diffusion(
    used: pd.DataFrame, slope_tolerance: float, min_decades: float
) -> tuple[int, str]:
    """Index of the first lag from which on the log-log slope stays near 1, and what is short of that."""
    ln_t = np.log(used["t"].to_numpy(dtype=np.float64))
    slope = local_slope(ln_t, np.log(used["msd"].to_numpy(dtype=np.float64)))
    found = _regime(ln_t, slope, slope_tolerance)
    told = (
        f"the log-log slope of the MSD is {slope[-1]:.2f} at the longest usable lag (t = "
        f"{used['t'].iloc[-1]:.4g}) and within {slope_tolerance:g} of 1 over {found[1]:.2f} decades"
    )
    if found[1] >= min_decades:
        return found[0], ""
    near = _regime(ln_t, slope, NEAR * slope_tolerance)
    for start, decades in (found, near):
        if decades >= min_decades / NEAR:
            then = "change" if start == found[0] else "rise" if slope[-1] > 1.0 else "fall"
            return start, f"{told}, where {min_decades:g} are asked for: D may still {then}"
    raise StatisticsError(f"no diffusive regime: {told}, {min_decades:g} are needed; run longer")


def _regime(ln_t: FloatArray, slope: FloatArray, tolerance: float) -> tuple[int, float]:
    """Index of the first lag from which on the slope stays near 1, and over how many decades; 0 for few points."""
    not_diffusive = np.flatnonzero(np.abs(slope - 1.0) > tolerance)
    start = int(not_diffusive[-1]) + 1 if len(not_diffusive) else 0
    n_points = len(ln_t) - start
    return start, (ln_t[-1] - ln_t[start]) / np.log(10.0) if n_points >= MIN_POINTS else 0.0


def local_slope(ln_t: FloatArray, ln_msd: FloatArray) -> FloatArray:
    """Slope of a line through the neighbours of each point, within a factor of two in time."""
    slope = np.empty(len(ln_t))
    for i, centre in enumerate(ln_t):
        near = np.abs(ln_t - centre) <= SLOPE_WINDOW
        near[max(0, i - 1) : i + 2] = True
        slope[i] = np.polyfit(ln_t[near] - centre, ln_msd[near], 1)[0]
    return slope
