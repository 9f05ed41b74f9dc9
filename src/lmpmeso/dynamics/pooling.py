"""Neighbouring lags of a time correlation pooled with their weights, before anything is read off it.

A lag with ten time origins may stand beside one with four hundred. So lags are first averaged in narrow intervals of
ln t, all pairs of frames counting the same; then a line or a parabola is fitted to the neighbours of each lag, with
the number of time origins as weight (local regression: W. S. Cleveland, J. Am. Stat. Assoc. 74, 829 (1979),
doi:10.1080/01621459.1979.10481038); and where the curve can only fall, or only rise, neighbours that break the
order are averaged (isotonic regression). A smooth curve stays what it is.

Array suffixes: l lag.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from lmpmeso.arrays import FloatArray

PER_DECADE = 20
"""Intervals of a decade within which lags count as one."""
REACH = 0.2
"""Neighbours of a lag lie within so many decades on each side; their weight falls linearly to 0 there."""
LN10 = np.log(10.0)


def pooled(curve: pd.DataFrame, name: str) -> pd.DataFrame:
    """A time correlation whose neighbouring lags are pooled, monotone where it must be.

    Args:
        curve: columns ``t`` and ``name``; ``error``, ``n_blocks`` and ``n_origins`` where they are known (else all
            lags weigh the same). Rows of times 0, of no time origin, and of values that are not finite are left out.
        name: ``"Fs"`` and ``"Q"`` fall, ``"msd"`` rises; others, as ``"alpha2"`` and ``"chi4"``, may do both.

    Returns:
        A row an interval of ln t, with the same columns. Errors are those of the neighbours, weighted: at nearly
        equal lags they are errors of the same fluctuations.
    """
    rows = binned(curve, name)
    if len(rows) == 0:
        return rows
    ln_t = np.log(rows["t"].to_numpy(dtype=np.float64))
    weight_l = _weights(rows)
    value_l = rows[name].to_numpy(dtype=np.float64)
    result = rows.assign(**{name: _smooth(ln_t, value_l, weight_l, name)})
    if "error" in rows.columns:
        errors_l = rows["error"].to_numpy(dtype=np.float64)
        result["error"] = _local_means(ln_t, errors_l, weight_l)
    if "n_blocks" in rows.columns:
        blocks_l = rows["n_blocks"].to_numpy(dtype=np.float64)
        result["n_blocks"] = _local_means(ln_t, blocks_l, weight_l)
    result.attrs = dict(curve.attrs)
    return result


def _weights(table: pd.DataFrame) -> FloatArray:
    if "n_origins" in table.columns:
        return table["n_origins"].to_numpy(dtype=np.float64)
    return np.ones(len(table))


def binned(curve: pd.DataFrame, name: str) -> pd.DataFrame:
    """Averages over the lags of each interval of ln t, weighted by their time origins; sorted by time.

    Arguments and columns as for `pooled`; single lags stay as they are.
    """
    known = curve[np.isfinite(curve[name]) & (curve["t"] > 0) & (_weights(curve) > 0)]
    known = known.sort_values("t")
    ln_t = np.log(known["t"].to_numpy(dtype=np.float64))
    interval = np.floor(ln_t / LN10 * PER_DECADE + 1e-9).astype(np.int64)
    if len(np.unique(interval)) == len(interval):
        return known.reset_index(drop=True)
    weight = pd.Series(_weights(known), index=known.index)
    columns = {"t": known["t"], name: known[name]}
    columns |= {other: known[other] for other in ("error", "n_blocks") if other in known.columns}
    table = pd.DataFrame(dict.fromkeys(columns, np.nan), index=np.unique(interval))
    for key, values in columns.items():
        there = values.notna()
        sums = (values * weight)[there].groupby(interval[there]).sum()
        table[key] = sums / weight[there].groupby(interval[there]).sum()
    table["n_origins"] = weight.groupby(interval).sum()
    return table.reset_index(drop=True)


def _smooth(ln_t: FloatArray, value_l: FloatArray, weight_l: FloatArray, name: str) -> FloatArray:
    """Local regression in the variable in which the curve is straightest."""
    if name == "msd" and (value_l > 0).all():
        smooth = np.exp(_local_fit(ln_t, np.log(value_l), weight_l, 1))
        return _isotonic(smooth, weight_l)
    if name not in ("Fs", "Q"):
        return _local_fit(ln_t, value_l, weight_l, 2)
    # ln(−ln F) of a stretched exponential is straight in ln t; its error is that of F over F |ln F|.
    inside = (value_l > 0.0) & (value_l < 1.0)
    smooth = value_l.copy()
    falling = value_l[inside]
    slope = falling * np.log(falling)
    straight = _local_fit(ln_t[inside], np.log(-np.log(falling)), weight_l[inside] * slope**2, 1)
    smooth[inside] = np.exp(-np.exp(straight))
    return -_isotonic(-smooth, weight_l)


def _local_fit(
    ln_t: FloatArray, value_l: FloatArray, weight_l: FloatArray, degree: int
) -> FloatArray:
    """The value at each lag of a polynomial through its neighbours."""
    smooth = np.array(value_l, dtype=np.float64)
    for k, centre in enumerate(ln_t):
        near, weight = _neighbours(ln_t, k, weight_l)
        distinct = near.stop - near.start
        if distinct > 1:
            order = min(degree, distinct - 1)
            x = ln_t[near] - centre
            smooth[k] = np.polynomial.polynomial.polyfit(
                x, value_l[near], order, w=np.sqrt(weight)
            )[0]
    return smooth


def _local_means(ln_t: FloatArray, value_l: FloatArray, weight_l: FloatArray) -> FloatArray:
    """Weighted means over the neighbours of each lag; NaN where those that are not known weigh more."""
    means = np.full(len(ln_t), np.nan)
    for k in range(len(ln_t)):
        near, weight = _neighbours(ln_t, k, weight_l)
        there = np.isfinite(value_l[near])
        if weight[there].sum() > weight[~there].sum():
            means[k] = np.average(value_l[near][there], weights=weight[there])
    return means


def relative_precision(curve: pd.DataFrame) -> FloatArray:
    """√(time origins of each lag over those of its neighbours): how much more its value counts than theirs."""
    ln_t = np.log(curve["t"].to_numpy(dtype=np.float64))
    weight_l = _weights(curve)
    return np.sqrt(weight_l / _local_means(ln_t, weight_l, np.ones_like(weight_l)))


def _neighbours(ln_t: FloatArray, k: int, weight_l: FloatArray) -> tuple[slice, FloatArray]:
    """Lags within reach of one, and their weights."""
    reach = REACH * LN10
    begin, end = np.searchsorted(ln_t, [ln_t[k] - reach, ln_t[k] + reach], side="right")
    near = slice(int(begin), int(end))
    weight = weight_l[near] * (1.0 - np.abs(ln_t[near] - ln_t[k]) / reach)
    return near, np.maximum(weight, 1e-12)


def _isotonic(value_l: FloatArray, weight_l: FloatArray) -> FloatArray:
    """The non-decreasing sequence nearest to the values."""
    from scipy.optimize import isotonic_regression

    fitted: FloatArray = isotonic_regression(value_l, weights=weight_l).x
    return fitted
