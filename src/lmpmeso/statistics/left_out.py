"""How well a straight line foretells a point that it was not fitted to, and which of several lines does best.

Leaving one point out and fitting the others changes its distance from the line from e to e/(1 - h), where h is
its leverage (Allen, Technometrics 16, 125 (1974), doi:10.1080/00401706.1974.10489157): no line is fitted twice.

Array suffixes: r resample, p point.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from lmpmeso.arrays import FloatArray

FEWEST_POINTS_LEFT_OUT = 4
"""With one of three left out, two remain, and a line through two points fits always."""


def left_out_error(x_rp: FloatArray, y_rp: FloatArray) -> FloatArray:
    """Rms distance in y of each point from the least-squares line through the others.

    Args:
        x_rp: of the points, shape (…, P).
        y_rp: of the points, shape (…, P).

    Returns:
        Shape (…); NaN below four points, and where all x or all but one are equal.
    """
    n = y_rp.shape[-1]
    if n < FEWEST_POINTS_LEFT_OUT:
        return np.full(y_rp.shape[:-1], np.nan)
    dx, dy = (values - values.mean(axis=-1, keepdims=True) for values in (x_rp, y_rp))
    spread = np.sum(dx**2, axis=-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        residual = dy - dx * np.sum(dx * dy, axis=-1, keepdims=True) / spread
        leverage = 1.0 / n + dx**2 / spread
        error = np.sqrt(np.mean((residual / (1.0 - leverage)) ** 2, axis=-1))
    return np.where(np.isfinite(error), error, np.nan)


def win_probabilities(error_r: Mapping[str, FloatArray]) -> dict[str, dict[str, float]]:
    """The part of the resamples in which each has a smaller error than each of the others."""
    return {
        one: {
            other: float(np.mean(error_r[one] < error_r[other]))
            for other in error_r
            if other != one
        }
        for one in error_r
    }


def best_probabilities(error_r: Mapping[str, FloatArray], among: Sequence[str]) -> dict[str, float]:
    """The part of the resamples in which each of some has the smallest error of them."""
    best = np.argmin([error_r[name] for name in among], axis=0)
    return {name: float(np.mean(best == k)) for k, name in enumerate(among)}
