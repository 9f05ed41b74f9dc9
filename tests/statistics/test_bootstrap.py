"""Bootstrap means: reference numbers of another package, definitions, and what has no interval."""

import json
import math

import numpy as np
import pytest
from scipy import stats

from lmpmeso.errors import StatisticsError
from lmpmeso.statistics import Estimate, bootstrap_mean, bootstrap_ratio


@pytest.mark.parametrize("method", ["percentile", "BCa"])
def test_intervals_agree_with_scikits_bootstrap(truth, method):
    reference = json.loads((truth / "bootstrap.json").read_text())
    low10, low20, high80, high90 = reference[f"{method}_10_20_80_90"]
    wide = bootstrap_mean(reference["data"], level=0.8, method=method, resamples=50_000)
    narrow = bootstrap_mean(reference["data"], level=0.6, method=method, resamples=50_000)
    assert wide.mean == pytest.approx(np.mean(reference["data"]), rel=1e-14)
    ends = (wide.low, narrow.low, narrow.high, wide.high)
    assert ends == pytest.approx((low10, low20, high80, high90), abs=1.5e-2)
    assert wide.method == method


def test_bca_is_near_the_deterministic_abc_interval(truth):
    reference = json.loads((truth / "bootstrap.json").read_text())
    estimate = bootstrap_mean(reference["data"], level=0.95, method="BCa")
    assert (estimate.low, estimate.high) == pytest.approx(reference["abc_95"], abs=3e-2)


def test_every_glass_counts_the_same_unless_samples_are_weighted():
    glasses = [np.full(1000, 1.0), np.full(10, 2.0), np.full(10, 3.0)]
    assert bootstrap_mean(glasses).mean == pytest.approx(2.0)
    assert bootstrap_mean(glasses, weighting="sample").mean == pytest.approx(1050 / 1020)


def test_glasses_are_resampled_not_their_samples():
    rng = np.random.default_rng(3)
    means = rng.normal(20.0, 2.0, 12)
    few = [np.array([m - 1.0, m + 1.0]) for m in means]
    many = [np.tile(glass, 500) for glass in few]
    widths = [
        estimate.high - estimate.low
        for estimate in (bootstrap_mean(g, method="percentile") for g in (few, many, means))
    ]
    assert widths == pytest.approx([widths[2]] * 3, rel=1e-10)


def test_sample_weighting_equals_glass_weighting_for_equal_numbers_of_samples():
    glasses = list(np.random.default_rng(4).normal(5.0, 1.0, (9, 50)))
    by_glass = bootstrap_mean(glasses, method="percentile")
    by_sample = bootstrap_mean(glasses, method="percentile", weighting="sample")
    assert by_glass.mean == pytest.approx(by_sample.mean, rel=1e-14)
    assert (by_glass.low, by_glass.high) == pytest.approx((by_sample.low, by_sample.high), rel=2e-3)


def test_interval_shrinks_as_the_inverse_root_of_the_number_of_glasses():
    values = np.random.default_rng(5).normal(0.0, 1.0, 1600)
    small, large = bootstrap_mean(values[:100]), bootstrap_mean(values)
    assert (small.high - small.low) / (large.high - large.low) == pytest.approx(4.0, rel=0.2)
    assert large.high - large.low == pytest.approx(2 * 1.645 / math.sqrt(1600), rel=0.1)


def test_the_seed_repeats_the_interval():
    values = np.random.default_rng(6).exponential(1.0, 15)
    assert bootstrap_mean(values, seed=7) == bootstrap_mean(values, seed=7)
    assert bootstrap_mean(values, seed=7).low != bootstrap_mean(values, seed=8).low


@pytest.mark.parametrize("n", [1, 2])
def test_one_or_two_glasses_have_no_interval(n):
    estimate = bootstrap_mean([3.0, 4.0][:n])
    assert math.isnan(estimate.low)
    assert math.isnan(estimate.high)
    assert not estimate.has_interval
    assert estimate.method == "none"
    assert "no interval" in str(estimate)


@pytest.mark.parametrize("weighting", ["glass", "sample"])
def test_equal_glasses_have_no_interval_rather_than_one_of_zero_width(weighting):
    glasses = [np.full(k, 0.1) for k in (3, 7, 11, 13)]
    estimate = bootstrap_mean(glasses, weighting=weighting)
    assert estimate.mean == pytest.approx(0.1)
    assert not estimate.has_interval
    assert "equal" in estimate.caveat


def test_few_glasses_have_the_interval_of_student():
    values = np.random.default_rng(8).normal(0.0, 1.0, 8)
    estimate = bootstrap_mean(values[:5])
    expected = stats.t.interval(0.9, 4, values[:5].mean(), stats.sem(values[:5]))
    assert (estimate.low, estimate.high) == pytest.approx(expected, rel=1e-12)
    assert estimate.method == "Student"
    assert estimate.seed is None
    assert "too narrow" in bootstrap_mean(values[:5], method="BCa").caveat
    assert bootstrap_mean(values).method == "expanded BCa"


def test_student_of_two_independent_sets_is_that_of_welch():
    """The ratio to a set of nearly no spread is the mean over its constant."""
    rng = np.random.default_rng(9)
    values, reference = rng.normal(20.0, 2.0, 6), 10.0 + 1e-7 * rng.normal(size=5)
    ratio = bootstrap_ratio(values, reference)
    expected = np.array(stats.t.interval(0.9, 5, values.mean(), stats.sem(values))) / 10.0
    assert (ratio.low, ratio.high) == pytest.approx(tuple(expected), rel=1e-6)


def test_student_of_a_paired_ratio_is_narrow_where_the_two_go_together():
    rng = np.random.default_rng(10)
    g = rng.normal(12.0, 2.0, 5)
    kappa = 2.0 * g + rng.normal(0.0, 0.1, 5)
    together = bootstrap_ratio(kappa, g, paired=True)
    apart = bootstrap_ratio(kappa, g)
    assert together.high - together.low < 0.1 * (apart.high - apart.low)


def test_expansion_vanishes_for_many_glasses():
    values = np.random.default_rng(11).normal(0.0, 1.0, 2000)
    plain, expanded = (bootstrap_mean(values, method=m) for m in ("BCa", "auto"))
    assert (expanded.low, expanded.high) == pytest.approx((plain.low, plain.high), rel=1e-2)


@pytest.mark.parametrize("n", [3, 5, 7])
def test_few_glasses_are_covered(n):
    rng = np.random.default_rng(n)
    covered = [
        (e := bootstrap_mean(rng.normal(5.0, 1.0, n))).low <= 5.0 <= e.high for _ in range(1500)
    ]
    assert 0.87 <= np.mean(covered) <= 0.93


def test_many_values_are_handled_in_batches():
    values = np.random.default_rng(9).normal(1.0, 1.0, 1_000_000)
    by_glass = bootstrap_mean(np.split(values, 100), resamples=999)
    assert (by_glass.high - by_glass.low) == pytest.approx(2 * 1.645e-3, rel=0.3)
    one_each = bootstrap_mean(values[:200_000], resamples=199)
    assert one_each.method == "expanded percentile"
    assert one_each.low < one_each.mean < one_each.high


def test_estimate_prints_mean_interval_level_and_number():
    estimate = Estimate(23.2, 21.9, 24.6, 20, 0.9, 0, "BCa")
    assert str(estimate) == "23.2 [21.9, 24.6] (90 %, n = 20)"


def test_ratio_of_a_set_to_a_multiple_of_itself_is_exact_when_paired():
    values = np.random.default_rng(10).uniform(1.0, 2.0, 10)
    ratio = bootstrap_ratio(2.5 * values, values, paired=True)
    assert ratio.mean == pytest.approx(2.5)
    assert "equal" in ratio.caveat


def test_relative_change_of_independent_sets_covers_the_true_change():
    rng = np.random.default_rng(11)
    ratio = bootstrap_ratio(rng.normal(26.0, 2.0, 40), rng.normal(20.0, 2.0, 50))
    change = ratio.shifted(-1.0)
    error = 1.3 * math.hypot(2.0 / 26 / math.sqrt(40), 2.0 / 20 / math.sqrt(50))
    assert change.mean == pytest.approx(0.3, abs=4 * error)
    assert change.high - change.low == pytest.approx(2 * 1.645 * error, rel=0.3)
    assert change.n == 40


def test_bad_samples_are_refused():
    with pytest.raises(StatisticsError, match="no glasses"):
        bootstrap_mean([])
    with pytest.raises(StatisticsError, match="glass 1 has no samples"):
        bootstrap_mean([[1.0], []])
    with pytest.raises(StatisticsError, match="glass 2 has 1 samples that are not finite"):
        bootstrap_mean([1.0, 2.0, math.nan])
    with pytest.raises(StatisticsError, match="level"):
        bootstrap_mean([1.0, 2.0, 3.0], level=90)
    with pytest.raises(StatisticsError, match="weighting"):
        bootstrap_mean([1.0, 2.0, 3.0], weighting="pair")
    with pytest.raises(StatisticsError, match="method"):
        bootstrap_mean([1.0, 2.0, 3.0], method="normal")
    with pytest.raises(StatisticsError, match="one sign"):
        bootstrap_ratio([1.0, 2.0, 3.0], [1.0, -1.0, 2.0])
    with pytest.raises(StatisticsError, match="paired"):
        bootstrap_ratio([1.0, 2.0, 3.0], [1.0, 2.0], paired=True)


DISTRIBUTIONS = {
    "normal": (lambda rng, n: rng.normal(0.0, 1.0, n), 0.0, (0.87, 0.93)),
    "lognormal": (lambda rng, n: rng.lognormal(0.0, 0.5, n), math.exp(0.125), (0.84, 0.93)),
    "exponential": (lambda rng, n: rng.exponential(1.0, n), 1.0, (0.80, 0.93)),
}
"""Draw, true mean, and between what the coverage of a nominal 90 % must lie."""


@pytest.mark.validate
@pytest.mark.parametrize("n", [3, 4, 5, 6, 8, 12, 20, 60])
@pytest.mark.parametrize("kind", DISTRIBUTIONS)
def test_coverage_of_the_ninety_percent_interval(kind, n):
    """`pytest -m validate -rP -k coverage tests/statistics` prints the table of docs/statistics.md."""
    draw, mean, (lowest, highest) = DISTRIBUTIONS[kind]
    rng = np.random.default_rng(12)
    covered = [
        (e := bootstrap_mean(draw(rng, n), seed=k, resamples=999)).low <= mean <= e.high
        for k in range(3000)
    ]
    print(f"{kind}, {n} glasses: {100 * np.mean(covered):.1f} %")
    assert lowest <= np.mean(covered) <= highest
