"""A straight line through points with errors in both variables.

York, Evensen, Martinez and Delgado, Am. J. Phys. 72, 367 (2004), doi:10.1119/1.1632486: the line of
largest likelihood for independent normal errors; the errors of its parameters are those of the
adjusted points.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike

from lmpmeso.arrays import FloatArray
from lmpmeso.errors import ConvergenceError, StatisticsError
from lmpmeso.printing import Printed
from lmpmeso.statistics.bootstrap import Estimate

FEWEST_POINTS = 3
"""A line through two points fits always and says nothing."""
SIGNIFICANT_SCATTER = 0.05
"""Points that scatter more than this probability allows have errors besides those given."""
MAX_ITERATIONS = 500
"""York's iteration takes some ten steps; more for errors much larger than the spread in x."""
TOLERANCE = 1e-13
"""Relative change of the slope at which the iteration ends."""


@dataclass(frozen=True, eq=False, repr=False)
class StraightLine(Printed):
    """y = intercept + slope x.

    Attributes:
        slope: with its interval.
        intercept: with its interval.
        covariance: of (slope, intercept), the hidden scatter included, shape (2, 2).
        reduced_chi_square: χ²/(P - 2) of the points about the line that their errors alone
            determine; NaN without errors.
        p_value: probability of scatter at least so large, if the errors given are all there are.
        hidden_scatter: standard deviation in y besides the errors given; 0 unless ``p_value`` is
            below 5 %. Without errors all of the scatter.
        n_points: P.
    """

    slope: Estimate
    intercept: Estimate
    covariance: FloatArray
    reduced_chi_square: float
    p_value: float
    hidden_scatter: float
    n_points: int

    def at(self, x: ArrayLike) -> FloatArray:
        """Height of the line."""
        return self.intercept.mean + self.slope.mean * np.asarray(x, dtype=np.float64)


def fit_straight_line(
    x: ArrayLike,
    y: ArrayLike,
    x_error: ArrayLike | None = None,
    y_error: ArrayLike | None = None,
    level: float = 0.9,
) -> StraightLine:
    """The most likely line through points with independent normal errors in x and y.

    With errors, the intervals are those of York's standard errors. If the points scatter about the
    line more than their errors allow (χ² test at 5 %), they are fitted again with a hidden scatter
    in y that makes χ² = P - 2, Student's t takes the place of the normal distribution, and the
    caveat says so: the relation itself is then not a line at this precision.
    Without any error it is the least-squares line, with intervals from the scatter. If only some
    points have errors the fit is refused, since the others would count infinitely more.

    Args:
        x: of the points, shape (P,).
        y: of the points, shape (P,).
        x_error: standard errors of x, shape (P,), or None for none.
        y_error: standard errors of y, shape (P,), or None for none.
        level: confidence level of the intervals.

    Raises:
        StatisticsError: fewer than three points, values that are not finite, errors for only some
            of the points, all x equal, or a level outside (0, 1).
        ConvergenceError: the errors are so large that the line is not determined.
    """
    if not 0.0 < level < 1.0:
        raise StatisticsError(f"the confidence level must lie between 0 and 1, got {level}")
    points = _checked(x, y, x_error, y_error)
    known = bool(np.any(points[2] > 0) or np.any(points[3] > 0))
    n, freedom = len(points[0]), len(points[0]) - 2
    hidden, caveat = 0.0, ""
    if known:
        slope, intercept, covariance, chi_square = _york(*points)
        p_value = float(scipy.special.chdtrc(freedom, chi_square))
        if p_value < SIGNIFICANT_SCATTER:
            hidden = _hidden_scatter(*points)
            slope, intercept, covariance, _ = _york(
                points[0], points[1], points[2], np.hypot(points[3], hidden)
            )
            caveat = f"the points scatter by {hidden:.2g} besides their errors"
    else:
        slope, intercept, covariance, chi_square = _least_squares(points[0], points[1])
        p_value, hidden = math.nan, math.sqrt(chi_square / freedom)
        covariance = covariance * hidden**2
    scattered = not known or hidden > 0
    quantile = 0.5 + level / 2.0
    factor = (
        scipy.special.stdtrit(freedom, quantile) if scattered else scipy.special.ndtri(quantile)
    )
    method = "York" if known else "scatter"

    def estimate(value: float, variance: float) -> Estimate:
        half = float(factor) * math.sqrt(variance)
        if not half > 1e-12 * abs(value):
            why = "the points lie on the line exactly and no errors were given"
            return Estimate(value, math.nan, math.nan, n, level, None, "none", why)
        return Estimate(value, value - half, value + half, n, level, None, method, caveat)

    return StraightLine(
        estimate(slope, float(covariance[0, 0])),
        estimate(intercept, float(covariance[1, 1])),
        covariance,
        chi_square / freedom if known else math.nan,
        p_value,
        hidden,
        n,
    )


def _checked(
    x: ArrayLike, y: ArrayLike, x_error: ArrayLike | None, y_error: ArrayLike | None
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """The four columns; missing errors are zero."""
    xs = np.asarray(x, dtype=np.float64)
    zeros = np.zeros_like(xs)
    columns = {
        "x": xs,
        "y": np.asarray(y, dtype=np.float64),
        "x_error": zeros if x_error is None else np.asarray(x_error, dtype=np.float64),
        "y_error": zeros if y_error is None else np.asarray(y_error, dtype=np.float64),
    }
    for name, column in columns.items():
        if xs.ndim != 1 or column.shape != xs.shape:
            raise StatisticsError(
                f"{name} must have one entry a point, shape {xs.shape}, got {column.shape}"
            )
        bad = ~np.isfinite(column) | ((column < 0) & name.endswith("error"))
        if bad.any():
            raise StatisticsError(f"{name} of point {int(bad.argmax())} is {column[bad][0]:g}")
    if len(xs) < FEWEST_POINTS:
        raise StatisticsError(f"a line needs at least {FEWEST_POINTS} points, got {len(xs)}")
    if np.ptp(xs) <= 1e-12 * np.abs(xs).max():
        raise StatisticsError("x is the same for all points: no line can be fitted")
    exact = (columns["x_error"] == 0) & (columns["y_error"] == 0)
    if exact.any() and not exact.all():
        raise StatisticsError(
            f"point {int(exact.argmax())} has no error in x or y while others have; give errors for "
            "all points or for none"
        )
    return columns["x"], columns["y"], columns["x_error"], columns["y_error"]


def _least_squares(x: FloatArray, y: FloatArray) -> tuple[float, float, FloatArray, float]:
    """Slope, intercept, their covariance for unit errors of y, and the sum of squares."""
    centre, dx = x.mean(), x - x.mean()
    spread = float(dx @ dx)
    slope = float(dx @ y) / spread
    intercept = float(y.mean() - slope * centre)
    covariance = np.array(
        [[1.0 / spread, -centre / spread], [-centre / spread, 1.0 / len(x) + centre**2 / spread]]
    )
    return slope, intercept, covariance, float(np.sum((y - intercept - slope * x) ** 2))


def _york(
    x: FloatArray, y: FloatArray, x_error: FloatArray, y_error: FloatArray
) -> tuple[float, float, FloatArray, float]:
    """Slope, intercept, their covariance and χ²; x and y are scaled to unit spread."""
    x_scale = float(np.ptp(x))
    y_scale = float(np.ptp(y)) or float(y_error.max()) or 1.0
    xs, ys, ex, ey = x / x_scale, y / y_scale, x_error / x_scale, y_error / y_scale
    slope = _least_squares(xs, ys)[0]
    for _ in range(MAX_ITERATIONS):
        weight = _weights(slope, ex, ey)
        u, v = xs - np.average(xs, weights=weight), ys - np.average(ys, weights=weight)
        beta = weight * (u * ey**2 + slope * v * ex**2)
        new = float((weight * beta) @ v / ((weight * beta) @ u))
        if abs(new - slope) <= TOLERANCE * (1.0 + abs(new)):
            break
        slope = new
    else:
        raise ConvergenceError(
            "the slope of the line with errors in both variables did not converge; the errors in x "
            "are too large for the spread of the points"
        )
    slope, weight = new, _weights(new, ex, ey)
    x_mean, y_mean = np.average(xs, weights=weight), np.average(ys, weights=weight)
    beta = weight * ((xs - x_mean) * ey**2 + slope * (ys - y_mean) * ex**2)
    adjusted = x_mean + beta
    centre = float(np.average(adjusted, weights=weight))
    variance = 1.0 / float(weight @ (adjusted - centre) ** 2)
    intercept = y_mean - slope * x_mean
    covariance = np.array(
        [
            [variance, -centre * variance],
            [-centre * variance, 1.0 / weight.sum() + centre**2 * variance],
        ]
    )
    units = np.array([y_scale / x_scale, y_scale])
    chi_square = float(weight @ (ys - intercept - slope * xs) ** 2)
    return (
        slope * y_scale / x_scale,
        float(intercept * y_scale),
        covariance * np.outer(units, units),
        chi_square,
    )


def _hidden_scatter(
    x: FloatArray, y: FloatArray, x_error: FloatArray, y_error: FloatArray
) -> float:
    """Standard deviation in y that, added to the errors, makes χ² equal its mean, P - 2."""
    from scipy.optimize import brentq

    freedom = len(x) - 2

    def excess(scatter: float) -> float:
        return _york(x, y, x_error, np.hypot(y_error, scatter))[3] - freedom

    # Least squares leaves the smallest sum of squares in y: this much scatter is enough.
    largest = math.sqrt(_least_squares(x, y)[3] / freedom)
    while excess(largest) > 0:
        largest *= 2.0
    return float(brentq(excess, 0.0, largest, rtol=1e-8))


def _weights(slope: float, x_error: FloatArray, y_error: FloatArray) -> FloatArray:
    """Inverse variance of the distance from the line, measured along y."""
    return 1.0 / np.maximum(y_error**2 + slope**2 * x_error**2, np.finfo(float).tiny)
