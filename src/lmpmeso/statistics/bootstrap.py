"""Means over glasses, and their ratios, with intervals.

The independent unit is the glass: the κ_ij of one glass are correlated, so glasses are resampled
and never pairs or particles. Efron and Tibshirani, *An Introduction to the Bootstrap* (1993);
the paper gives 90 % intervals by the same method.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import scipy
from numpy.typing import ArrayLike

from lmpmeso.arrays import FloatArray
from lmpmeso.errors import StatisticsError

Weighting = Literal["glass", "sample"]
IntervalMethod = Literal["auto", "Student", "BCa", "percentile"]

GLASSES = ("glass", "glasses")
"""What is resampled where nothing else is said: one, several."""
PARTS_OF_A_RUN = 5
"""Independent samples that a production run counts as in means over time."""
FEWEST_GLASSES = 3
"""With one or two glasses the resampled means say nothing of the spread: no interval is given."""
FEW_GLASSES = 8
"""Below this the bootstrap covers too little, and Student's t takes its place; docs/statistics.md."""
MOST_GLASSES_FOR_BCA = 5000
"""The jackknife of BCa costs n², and its correction vanishes as 1/√n: percentile beyond this."""
BATCH_ELEMENTS = 2**23
"""Resampled values held in memory at once."""
ROUND_OFF = 1e-14
"""Relative spread below which glasses count as equal."""


@dataclass(frozen=True)
class Estimate:
    """A number with its interval.

    Attributes:
        mean: the estimate from the samples themselves.
        low: lower end of the interval; NaN when no interval can be given.
        high: upper end of the interval; NaN when no interval can be given.
        n: number of independent samples (glasses); of the smaller set for a ratio.
        level: confidence level of the interval, e.g. 0.9.
        seed: seed of the resampling; None where nothing was drawn.
        method: ``"Student"``, ``"BCa"``, ``"percentile"`` or one of the latter ``"expanded …"``; of lines ``"York"`` (errors in both
            variables) or ``"scatter"``; ``"none"`` (no interval).
        caveat: why there is no interval, or why it should be trusted less; empty otherwise.
    """

    mean: float
    low: float
    high: float
    n: int
    level: float
    seed: int | None
    method: str
    caveat: str = ""

    @property
    def has_interval(self) -> bool:
        """Whether low and high are numbers."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    def columns(self, name: str) -> dict[str, float]:
        """The estimate as the entries ``name``, ``name_low`` and ``name_high`` of a table."""
        return {name: self.mean, f"{name}_low": self.low, f"{name}_high": self.high}

    def shifted(self, offset: float) -> Estimate:
        """The estimate of the quantity plus a known constant."""
        return replace(
            self, mean=self.mean + offset, low=self.low + offset, high=self.high + offset
        )

    def __str__(self) -> str:
        """For example ``23.2 [21.9, 24.6] (90 %, n = 20)``."""
        if not self.has_interval:
            return f"{self.mean:.4g} (no interval: {self.caveat})"
        decimals = _decimals(self.high - self.low)
        low, high = f"{self.low:.{decimals}f}", f"{self.high:.{decimals}f}"
        about = f"{100 * self.level:g} %, n = {self.n}"
        if self.caveat:
            about += f"; {self.caveat}"
        return f"{self.mean:.{decimals}f} [{low}, {high}] ({about})"


def bootstrap_mean(
    samples_by_glass: Iterable[ArrayLike],
    level: float = 0.9,
    seed: int = 0,
    weighting: Weighting = "glass",
    method: IntervalMethod = "auto",
    resamples: int = 9999,
    samples: tuple[str, str] = GLASSES,
) -> Estimate:
    """The mean over glasses with a bootstrap interval.

    Args:
        samples_by_glass: one number, or one array of numbers, a glass.
        level: confidence level, between 0 and 1.
        seed: seed of the resampling.
        weighting: ``"glass"``: the mean over glasses of each glass's own mean, every glass counts
            the same however many samples it brings (the default); ``"sample"``: the mean of all
            samples together, a glass counts by its number of samples. Glasses are resampled in both.
        method: ``"Student"``, ``"BCa"`` (bias-corrected and accelerated), ``"percentile"``, or
            ``"auto"``: Student's t below ``FEW_GLASSES`` glasses, from there on BCa, or percentile
            where BCa does not exist or beyond ``MOST_GLASSES_FOR_BCA`` glasses, both expanded
            for the finite number of glasses (Hesterberg, Am. Stat. 69, 371 (2015),
            doi:10.1080/00031305.2015.1089789). What was used is recorded.
        resamples: number of resamples; time and randomness of the ends go as its inverse root.
        samples: what caveats call one independent sample, and several.

    Returns:
        The estimate. Its interval is NaN, with the reason in ``caveat``, for fewer than
        ``FEWEST_GLASSES`` glasses and for glasses that are all equal.

    Raises:
        StatisticsError: no glass, a glass without samples, a sample that is not finite, or a level
            outside (0, 1).
    """
    sums, counts = _reduce_glasses(samples_by_glass)
    if weighting == "glass":
        data = (sums / counts,)
        return _interval(data, _mean, level, seed, method, resamples, False, samples)
    if weighting != "sample":
        raise StatisticsError(f"weighting must be 'glass' or 'sample', got {weighting!r}")
    return _interval((sums, counts), _ratio, level, seed, method, resamples, True, samples)


def mean_over_time(
    blocks_by_run: Iterable[ArrayLike], level: float = 0.9, seed: int = 0, resamples: int = 9999
) -> Estimate:
    """Mean over blocks of runs, or over the glasses at their ends, with its interval.

    Energies of successive blocks of one τ_α are correlated (docs/statistics.md), so that parts of
    several blocks are resampled.

    Args:
        blocks_by_run: the values of each block of each run, in order of time.
        level: confidence level of the interval.
        seed: of the bootstrap.
        resamples: as for :func:`bootstrap_mean`.
    """
    parts = [
        part
        for blocks in blocks_by_run
        for part in np.array_split(np.asarray(blocks, dtype=np.float64), PARTS_OF_A_RUN)
        if len(part)
    ]
    return bootstrap_mean(parts, level, seed, weighting="sample", resamples=resamples)


def bootstrap_ratio(
    numerator_by_glass: Iterable[ArrayLike],
    denominator_by_glass: Iterable[ArrayLike],
    level: float = 0.9,
    seed: int = 0,
    paired: bool = False,
    method: IntervalMethod = "auto",
    resamples: int = 9999,
) -> Estimate:
    """The ratio of two means over glasses with a bootstrap interval.

    Args:
        numerator_by_glass: one number, or one array, a glass.
        denominator_by_glass: one number, or one array, a glass.
        level: confidence level.
        seed: seed of the resampling.
        paired: whether the k-th entries of both belong to the same glass and are drawn together
            (κ and G of one glass); otherwise the two sets are independent (two temperatures).
        method: as for :func:`bootstrap_mean`.
        resamples: number of resamples.

    Returns:
        The estimate of mean(numerator) / mean(denominator); n is that of the smaller set.

    Raises:
        StatisticsError: as :func:`bootstrap_mean`; glass means of the denominator that are not of
            one sign; ``paired`` sets of different length.
    """
    numerator = np.divide(*_reduce_glasses(numerator_by_glass))
    denominator = np.divide(*_reduce_glasses(denominator_by_glass))
    if not (np.all(denominator > 0) or np.all(denominator < 0)):
        raise StatisticsError(
            "the glass means of the denominator are not all of one sign, so that the ratio has no "
            f"bounded interval: they reach from {denominator.min():.3g} to {denominator.max():.3g}"
        )
    if paired and len(numerator) != len(denominator):
        raise StatisticsError(
            f"paired samples must have one entry a glass each, got {len(numerator)} and "
            f"{len(denominator)}"
        )
    data = (numerator, denominator)
    return _interval(data, _ratio, level, seed, method, resamples, paired=paired)


def _decimals(width: float) -> int:
    """Decimals that show two digits of an interval of this width."""
    if not width > 0:
        return 4
    return max(0, 1 - math.floor(math.log10(width)))


def _reduce_glasses(samples_by_glass: Iterable[ArrayLike]) -> tuple[FloatArray, FloatArray]:
    """Sum and number of samples of each glass."""
    sums, counts = [], []
    for glass, samples in enumerate(samples_by_glass):
        values = np.asarray(samples, dtype=np.float64).ravel()
        if values.size == 0:
            raise StatisticsError(f"glass {glass} has no samples; leave it out")
        total = float(values.sum())
        if not math.isfinite(total):
            raise StatisticsError(
                f"glass {glass} has {np.count_nonzero(~np.isfinite(values))} samples that are not "
                "finite; a failed glass must be left out, not averaged"
            )
        sums.append(total)
        counts.append(float(values.size))
    if not sums:
        raise StatisticsError("no glasses to average over")
    return np.array(sums), np.array(counts)


def _mean(values: FloatArray, axis: int = -1) -> FloatArray:
    return np.asarray(np.mean(values, axis=axis))


def _ratio(numerator: FloatArray, denominator: FloatArray, axis: int = -1) -> FloatArray:
    return np.asarray(np.mean(numerator, axis=axis) / np.mean(denominator, axis=axis))


def _is_constant(values: FloatArray) -> bool:
    """Whether all values agree but for round-off."""
    return bool(np.ptp(values) <= ROUND_OFF * np.abs(values).max())


def _interval(
    data: tuple[FloatArray, ...],
    statistic: Callable[..., FloatArray],
    level: float,
    seed: int,
    method: IntervalMethod,
    resamples: int,
    paired: bool,
    samples: tuple[str, str] = GLASSES,
) -> Estimate:
    """The interval of a statistic of one or two sets of glasses."""
    one, several = samples
    if not 0.0 < level < 1.0:
        raise StatisticsError(f"the confidence level must lie between 0 and 1, got {level}")
    if method not in get_args(IntervalMethod):
        raise StatisticsError(f"method must be one of {get_args(IntervalMethod)}, got {method!r}")
    n = min(len(values) for values in data)
    without = Estimate(float(statistic(*data)), math.nan, math.nan, n, level, seed, method="none")
    if n < FEWEST_GLASSES:
        return replace(without, caveat=f"{n} {several if n > 1 else one}")
    if all(_is_constant(values) for values in ((data[0] / data[1],) if paired else data)):
        return replace(without, caveat=f"all {n} {several} are equal")
    for candidate in _methods(method, n, max(len(values) for values in data)):
        if candidate == "Student":
            half = _half_width(data, level, paired)
            low, high = without.mean - half, without.mean + half
            return replace(without, low=low, high=high, method=candidate, seed=None)
        expanded = method == "auto"
        at = _expanded_level(level, n) if expanded else level
        low, high = _scipy_interval(data, statistic, at, seed, candidate, resamples, paired)
        if math.isfinite(low) and math.isfinite(high):
            name = f"expanded {candidate}" if expanded else candidate
            caveat = f"too narrow with so few {several}" if n < FEW_GLASSES else ""
            return replace(without, low=low, high=high, method=name, caveat=caveat)
    return replace(without, caveat=f"{method} does not exist for these {n} {several}")


def _expanded_level(level: float, n: int) -> float:
    """The level whose normal quantile is √(n/(n - 1)) times that of Student's t.

    Resampled means vary by (n - 1)/n too little, and their spread is itself uncertain.
    """
    quantile = math.sqrt(n / (n - 1)) * scipy.special.stdtrit(n - 1, 0.5 + level / 2.0)
    return float(2.0 * scipy.special.ndtr(quantile) - 1.0)


def _half_width(data: tuple[FloatArray, ...], level: float, paired: bool) -> float:
    """Half of Student's interval of a mean or a ratio of means, to first order in the deviations.

    Two independent sets have the degrees of freedom of Welch and Satterthwaite.
    """
    means = [float(values.mean()) for values in data]
    if len(data) == 1:
        influences = [data[0]]
    elif paired:
        influences = [(data[0] - means[0] / means[1] * data[1]) / means[1]]
    else:
        influences = [data[0] / means[1], data[1] * means[0] / means[1] ** 2]
    variances = np.array([values.var(ddof=1) / len(values) for values in influences])
    freedoms = np.array([len(values) - 1 for values in influences])
    freedom = variances.sum() ** 2 / np.sum(variances**2 / freedoms)
    return float(scipy.special.stdtrit(freedom, 0.5 + level / 2.0) * math.sqrt(variances.sum()))


def _methods(
    method: IntervalMethod, n: int, largest: int
) -> tuple[Literal["Student", "BCa", "percentile"], ...]:
    """The methods to try, in order."""
    if method != "auto":
        return (method,)
    if n < FEW_GLASSES:
        return ("Student",)
    return ("BCa", "percentile") if largest <= MOST_GLASSES_FOR_BCA else ("percentile",)


def _scipy_interval(
    data: tuple[FloatArray, ...],
    statistic: Callable[..., FloatArray],
    level: float,
    seed: int,
    method: Literal["BCa", "percentile"],
    resamples: int,
    paired: bool,
) -> tuple[float, float]:
    """The interval by scipy; NaN where the method does not exist."""
    # A second to import, and only the bootstrap needs it.
    from scipy import stats

    n = max(len(values) for values in data)
    with warnings.catch_warnings():
        # scipy warns and returns NaN where BCa does not exist; the caller handles the NaN.
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        interval = stats.bootstrap(
            data,
            statistic,
            n_resamples=resamples,
            batch=max(1, BATCH_ELEMENTS // n),
            vectorized=True,
            paired=paired,
            confidence_level=level,
            method=method,
            rng=np.random.default_rng(seed),
        ).confidence_interval
    return float(interval.low), float(interval.high)
