"""Averages over time origins, and their errors by leaving out blocks of origins.

Array suffixes: s row of what is averaged, p pair of frames (one for each origin), b block, v value
computed from the averages.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lmpmeso.arrays import FloatArray, IntArray
from lmpmeso.dynamics.lags import MAX_BLOCKS


@dataclass(frozen=True, eq=False)
class OriginAverage:
    """Values from means over ``n_origins`` time origins, with their standard errors, each of shape (V,).

    The errors rest on ``n_blocks`` blocks, and are NaN when fewer than two fit.
    """

    values: FloatArray
    errors: FloatArray
    n_origins: int
    n_blocks: int


def n_blocks_of(origin_steps: IntArray, lag: int) -> int:
    """Number of blocks of origins that reach at least one lag in time each, 10 at most.

    Values at overlapping windows [origin, origin + lag] are correlated: shorter blocks would be too.
    """
    reach = int(origin_steps[-1] - origin_steps[0])
    return max(1, min(MAX_BLOCKS, len(origin_steps), reach // lag))


def overlap_factor(
    t: FloatArray, n_blocks: FloatArray, run_time: float | np.floating
) -> FloatArray:
    """How much larger the true error of an average over origins is than the spread of its blocks tells.

    Windows [origin, origin + t] of neighbouring blocks overlap, so that the blocks are correlated. For windows of
    independent increments two values at origins u t apart correlate by 1 − u. With n blocks of b windows
    each (b = (run time − t)/(n t), 1 at least) the variance of a block, in units of that of one window, is v =
    1/b − 1/(3b²), the covariance of neighbours c = 1/(6b²); the mean varies by [v + 2c (n − 1)/n]/n, and the
    blocks tell (v − 2c/n)/n. Tested in tests/dynamics/test_pooling.py.

    Args:
        t: lags [time].
        n_blocks: blocks behind the error of each lag.
        run_time: length of the run [time].
    """
    n = np.maximum(n_blocks, 2.0)
    b = np.maximum((run_time - t) / (n * t), 1.0)
    v, c = 1.0 / b - 1.0 / (3.0 * b**2), 1.0 / (6.0 * b**2)
    factor: FloatArray = np.sqrt((v + 2.0 * c * (n - 1.0) / n) / (v - 2.0 * c / n))
    return factor


def average_over_origins(
    rows_sp: FloatArray,
    origin_steps: IntArray,
    lag: int,
    of_average: Callable[[FloatArray], FloatArray],
) -> OriginAverage:
    """Values computed from means over time origins, with errors by the jackknife.

    The origins are cut into contiguous blocks of at least one lag in time; each block is left out in
    turn. For a mean that is the standard error of the block means; it also holds for ratios and
    variances. Where fewer than two blocks fit, there is no error (NaN). See B. Efron, The Jackknife,
    the Bootstrap and Other Resampling Plans (1982), doi:10.1137/1.9781611970319.

    ``rows_sp`` has the shape (S, P); origins and lag are in MD steps, the former increasing, shape (P,);
    ``of_average`` makes values, shape (V, B), from means of the rows, shape (S, B).
    """
    n_origins = rows_sp.shape[1]
    n_blocks = n_blocks_of(origin_steps, lag)
    mean_s = rows_sp.mean(axis=1)
    values = of_average(mean_s[:, None])[:, 0]
    if n_blocks < 2:
        return OriginAverage(values, np.full(len(values), np.nan), n_origins, n_blocks)
    edges = n_origins * np.arange(n_blocks + 1) // n_blocks
    # Of deviations from the mean, which do not cancel when a block is taken from the whole.
    deviation_sb = np.add.reduceat(rows_sp - mean_s[:, None], edges[:-1], axis=1)
    others_b = n_origins - np.diff(edges)
    value_vb = of_average(mean_s[:, None] - deviation_sb / others_b)
    spread_vb = value_vb - value_vb.mean(axis=1, keepdims=True)
    errors = np.sqrt((n_blocks - 1) / n_blocks * np.sum(spread_vb**2, axis=1))
    return OriginAverage(values, errors, n_origins, n_blocks)
