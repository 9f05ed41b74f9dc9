"""The maximum of a time correlation, such as α₂ and χ₄, and when it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy

from lmpmeso.dynamics.pooling import LN10, REACH, pooled
from lmpmeso.errors import StatisticsError


@dataclass(frozen=True)
class Peak:
    """A maximum over time.

    Attributes:
        value: its height.
        low: lower end of the interval of the height; NaN where there is no error.
        high: upper end.
        t: when it is [time].
        level: confidence level of the interval.
    """

    value: float
    low: float
    high: float
    t: float
    level: float


def correlation_peak(curve: pd.DataFrame, name: str, *, level: float = 0.9) -> Peak:
    """The maximum of a correlation whose neighbouring lags are pooled; a parabola in ln t gives its place.

    Args:
        curve: a table of one quantity, as `one_correlation` returns it; lags without an error are left out.
        name: ``"alpha2"`` or ``"chi4"``.
        level: confidence level of the interval of the height.

    Raises:
        StatisticsError: the curve still rises at the longest lag that has an error, or falls from the first on.
    """
    known = curve[np.isfinite(curve["error"])]
    if len(known) < 3:
        raise StatisticsError(f"{name} has an error at {len(known)} lags only; run longer")
    smooth = pooled(known, name)
    value, t = smooth[name].to_numpy(), smooth["t"].to_numpy()
    top = int(np.argmax(value))
    # The first lag is ballistic: a maximum there is none that is looked for either.
    if top in (0, len(value) - 1):
        raise StatisticsError(
            f"{name} has no maximum: it falls from the shortest lag on, t = {t[0]:.4g}; record frames more often"
            if top == 0
            else f"{name} has no maximum up to t = {t[-1]:.4g}, the longest lag with an error; run longer"
        )
    near = np.abs(np.log(t / t[top])) <= REACH * LN10
    near[top - 1 : top + 2] = True
    x = np.log(t[near] / t[top])
    curvature, slope, _ = np.polyfit(x, value[near], 2)
    shift = float(np.clip(-slope / (2.0 * curvature), x[0], x[-1])) if curvature < 0 else 0.0
    freedom = max(float(smooth["n_blocks"].iloc[top]) - 1.0, 1.0)
    half = float(scipy.special.stdtrit(freedom, 0.5 + level / 2.0) * smooth["error"].iloc[top])
    height = float(value[top])
    return Peak(height, height - half, height + half, float(t[top] * np.exp(shift)), level)
