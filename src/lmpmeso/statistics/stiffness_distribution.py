"""The distribution of the dipole stiffnesses of glasses: histogram, quantiles, soft tail."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from lmpmeso.arrays import FloatArray
from lmpmeso.errors import StatisticsError
from lmpmeso.printing import Printed
from lmpmeso.statistics.bootstrap import Estimate, bootstrap_mean, bootstrap_ratio

QUANTILES = (0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95)
"""Shares of the pairs below the quantiles that are reported."""
FEWEST_BEYOND = 10
"""A quantile needs so many pairs of each glass beyond it: that of few pairs is biased inwards."""
FEWEST_IN_TAIL = 20
"""Pairs of all glasses in the tail without which it has no exponent."""


@dataclass(frozen=True, eq=False, repr=False)
class StiffnessDistribution(Printed):
    """p(κ) of an ensemble of glasses, every glass counting the same.

    Attributes:
        histogram: a row a bin: ``kappa_low_edge``, ``kappa_high_edge`` [energy/length²],
            ``density`` [length²/energy], ``density_low``, ``density_high``; what
            `figures.draw_stiffness_distributions` draws, with the columns ``label`` and ``temperature`` added.
        quantiles: a row a share of the pairs: ``share``, ``kappa`` (mean over glasses of each glass's
            own quantile), ``kappa_low``, ``kappa_high`` [energy/length²].
        mean: mean κ.
        tail_exponent: β of p(κ) ∝ κ^β below ``tail_limit``; no interval, and NaN, with fewer than 20
            pairs there.
        tail_limit: the pooled ``tail_share`` quantile [energy/length²].
        tail_share: share of the pairs that make the tail.
        n_glasses: number of glasses.
        n_pairs: number of pairs of all glasses.
    """

    histogram: pd.DataFrame
    quantiles: pd.DataFrame
    mean: Estimate
    tail_exponent: Estimate
    tail_limit: float
    tail_share: float
    n_glasses: int
    n_pairs: int


def stiffness_distribution(
    kappa_by_glass: Sequence[ArrayLike],
    *,
    bins_per_decade: int = 12,
    edges: ArrayLike | None = None,
    tail_share: float = 0.01,
    level: float = 0.9,
    seed: int = 0,
    resamples: int = 999,
) -> StiffnessDistribution:
    """Histogram, quantiles and soft tail of κ_ij, with intervals by glass.

    The exponent of the tail is Hill's estimator, the most likely one for a power law that ends at
    the limit κ_t: 1/(β + 1) = mean of ln(κ_t/κ) over κ < κ_t (Ann. Stat. 3, 1163 (1975),
    doi:10.1214/aos/1176343247); glasses are resampled at fixed κ_t.

    Args:
        kappa_by_glass: κ_ij of each glass, all positive [energy/length²].
        bins_per_decade: bins of equal ratio, where no edges are given.
        edges: of the bins, increasing [energy/length²]; give the same for all temperatures to
            compare them. κ outside them count in the normalisation.
        tail_share: share of the pairs that make the tail.
        level: confidence level of the intervals.
        seed: of the resampling.
        resamples: number of resamples.

    Raises:
        StatisticsError: no glass, a glass without pairs, κ that is not a positive number, or edges
            that do not increase.
    """
    glasses = _checked(kappa_by_glass)
    if not 0.0 < tail_share <= 0.5:
        raise StatisticsError(
            f"the tail is a share between 0 and 0.5 of the pairs, got {tail_share}"
        )
    bounds = (
        stiffness_bins(glasses, bins_per_decade)
        if edges is None
        else np.asarray(edges, dtype=float)
    )
    if bounds.ndim != 1 or len(bounds) < 2 or not np.all(np.diff(bounds) > 0):
        raise StatisticsError("the edges of the bins must increase, two or more of them")

    def columns(name: str, values: ArrayLike) -> dict[str, float]:
        return bootstrap_mean(np.asarray(values), level, seed, resamples=resamples).columns(name)

    densities_gb = np.array([np.histogram(k, bounds)[0] / len(k) for k in glasses]) / np.diff(
        bounds
    )
    histogram = pd.DataFrame(
        {"kappa_low_edge": low, "kappa_high_edge": high, **columns("density", density_g)}
        for low, high, density_g in zip(bounds[:-1], bounds[1:], densities_gb.T, strict=True)
    )
    fewest = min(len(kappa) for kappa in glasses)
    shares = [s for s in QUANTILES if min(s, 1.0 - s) * fewest >= FEWEST_BEYOND]
    quantiles = pd.DataFrame(
        [
            {"share": s, **columns("kappa", [np.quantile(kappa, s) for kappa in glasses])}
            for s in shares
        ],
        columns=["share", "kappa", "kappa_low", "kappa_high"],
    )
    limit = float(np.quantile(np.concatenate(glasses), tail_share))
    return StiffnessDistribution(
        histogram=histogram,
        quantiles=quantiles,
        mean=bootstrap_mean(glasses, level, seed, resamples=resamples),
        tail_exponent=_tail_exponent(glasses, limit, level, seed, resamples),
        tail_limit=limit,
        tail_share=tail_share,
        n_glasses=len(glasses),
        n_pairs=sum(len(kappa) for kappa in glasses),
    )


def _checked(kappa_by_glass: Sequence[ArrayLike]) -> list[FloatArray]:
    """The κ of each glass as arrays of positive numbers."""
    if any(np.ndim(kappa) == 0 for kappa in kappa_by_glass):
        raise StatisticsError(
            "each glass needs its own κ_ij: give a list with an array a glass, [bonds['kappa']] of one glass. "
            "The pairs of a glass are no independent sample"
        )
    glasses = [np.asarray(kappa, dtype=np.float64).ravel() for kappa in kappa_by_glass]
    if not glasses:
        raise StatisticsError("no glasses to take the distribution of")
    for number, kappa in enumerate(glasses):
        if len(kappa) == 0:
            raise StatisticsError(f"glass {number} has no pairs; leave it out")
        bad = ~(np.isfinite(kappa) & (kappa > 0))
        if bad.any():
            raise StatisticsError(
                f"glass {number} has {int(bad.sum())} values of kappa that are not positive numbers "
                f"(the first: {kappa[bad][0]:g}); at a minimum all are positive"
            )
    return glasses


def stiffness_bins(kappa_by_glass: Sequence[ArrayLike], per_decade: int = 12) -> FloatArray:
    """Edges of bins of equal ratio about all κ, the same for whatever ensembles are within them.

    Args:
        kappa_by_glass: κ_ij of each glass, all positive [energy/length²].
        per_decade: number of bins.

    Returns:
        Powers of ten in steps of 1/per_decade, increasing [energy/length²].

    Raises:
        StatisticsError: κ as :func:`stiffness_distribution` refuses it, or fewer bins than one.
    """
    if per_decade < 1:
        raise StatisticsError(f"bins_per_decade must be at least 1, got {per_decade}")
    glasses = _checked(kappa_by_glass)
    first = np.floor(per_decade * np.log10(min(kappa.min() for kappa in glasses)))
    last = np.floor(per_decade * np.log10(max(kappa.max() for kappa in glasses))) + 1
    return 10.0 ** (np.arange(first, last + 1) / per_decade)


def _tail_exponent(
    glasses: list[FloatArray], limit: float, level: float, seed: int, resamples: int
) -> Estimate:
    """Hill's estimate of β, glasses resampled."""
    depths = [np.log(limit / kappa[kappa < limit]) for kappa in glasses]
    counts = np.array([float(len(depth)) for depth in depths])
    sums = np.array([depth.sum() for depth in depths])
    if counts.sum() < FEWEST_IN_TAIL:
        caveat = f"{counts.sum():.0f} pairs in the tail"
        nan = float("nan")
        return Estimate(nan, nan, nan, len(glasses), level, seed, "none", caveat)
    if not np.all(sums > 0):
        # A resample may hold no such pair at all: the exponent would have no bounded interval.
        caveat = f"{np.count_nonzero(sums == 0)} glasses have no pair in the tail"
        value = float(counts.sum() / sums.sum() - 1.0)
        return Estimate(value, math.nan, math.nan, len(glasses), level, None, "none", caveat)
    inverse = bootstrap_ratio(counts, sums, level, seed, paired=True, resamples=resamples)
    return inverse.shifted(-1.0)
