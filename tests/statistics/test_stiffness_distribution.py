"""Histogram, quantiles and soft tail of known distributions."""

import numpy as np
import pandas as pd
import pytest

from lmpmeso.errors import StatisticsError
from lmpmeso.statistics import bootstrap_mean, stiffness_distribution


def power_law_glasses(exponent, n_glasses=20, n_pairs=4000, seed=0):
    """p(κ) ∝ κ^β on (0, 10)."""
    rng = np.random.default_rng(seed)
    return list(10.0 * rng.random((n_glasses, n_pairs)) ** (1 / (exponent + 1)))


@pytest.mark.parametrize("exponent", [1.0, 4.0])
def test_the_exponent_of_a_power_law_is_found(exponent):
    tail = stiffness_distribution(power_law_glasses(exponent)).tail_exponent
    assert tail.low < tail.mean < tail.high
    # 800 pairs in the tail: the error of β + 1 is (β + 1)/√800.
    assert tail.mean == pytest.approx(exponent, abs=3.5 * (exponent + 1) / np.sqrt(800))


def test_intervals_of_the_exponent_cover_it():
    hits = 0
    for seed in range(60):
        glasses = power_law_glasses(3.0, 10, 1000, seed)
        tail = stiffness_distribution(glasses, edges=[1, 10], resamples=299).tail_exponent
        hits += tail.low <= 3.0 <= tail.high
    assert 47 <= hits <= 59


def test_the_density_integrates_to_one_and_matches_the_law():
    found = stiffness_distribution(power_law_glasses(2.0))
    bins = found.histogram
    width = bins["kappa_high_edge"] - bins["kappa_low_edge"]
    assert (bins["density"] * width).sum() == pytest.approx(1.0, rel=1e-12)
    full = bins[(bins["kappa_low_edge"] > 2.0) & (bins["kappa_high_edge"] < 10.0)]
    exact = (full["kappa_high_edge"] ** 3 - full["kappa_low_edge"] ** 3) / 1000 / width[full.index]
    np.testing.assert_allclose(full["density"], exact, rtol=0.05)
    assert (
        (full["density_low"] < full["density"]) & (full["density"] < full["density_high"])
    ).all()


def test_quantiles_are_means_over_glasses():
    glasses = power_law_glasses(2.0)
    found = stiffness_distribution(glasses)
    row = found.quantiles.set_index("share").loc[0.01]
    assert row["kappa"] == pytest.approx(np.mean([np.quantile(k, 0.01) for k in glasses]))
    exact = 10.0 * found.quantiles["share"] ** (1 / 3)
    np.testing.assert_allclose(found.quantiles["kappa"], exact, rtol=0.05)
    assert found.mean.mean == bootstrap_mean(glasses).mean
    assert (found.n_glasses, found.n_pairs) == (20, 80_000)


def test_every_glass_counts_the_same():
    found = stiffness_distribution(
        [np.full(10, 1.5), np.full(1000, 3.0), np.full(7, 1.5)], edges=[1, 2, 4]
    )
    assert found.histogram["density"].to_numpy() == pytest.approx([2 / 3, 1 / 6])


def test_small_glasses_report_no_extreme_quantile_and_no_tail():
    found = stiffness_distribution(power_law_glasses(2.0, 5, 100))
    assert found.quantiles["share"].min() == 0.25
    assert np.isnan(found.tail_exponent.mean)
    assert "pairs in the tail" in found.tail_exponent.caveat


def test_two_million_stiffnesses_are_handled():
    rng = np.random.default_rng(1)
    found = stiffness_distribution(list(rng.gamma(4.0, 5.0, (100, 20_000)).astype(np.float32)))
    assert found.n_pairs == 2_000_000
    assert found.mean.mean == pytest.approx(20.0, rel=1e-3)
    assert isinstance(found.histogram, pd.DataFrame)


def test_bad_stiffnesses_are_refused():
    with pytest.raises(StatisticsError, match="no glasses"):
        stiffness_distribution([])
    with pytest.raises(StatisticsError, match="glass 1 has no pairs"):
        stiffness_distribution([[1.0], []])
    with pytest.raises(StatisticsError, match=r"glass 0 has 1 values .* -2"):
        stiffness_distribution([[1.0, -2.0]])
    with pytest.raises(StatisticsError, match="edges"):
        stiffness_distribution([[1.0, 2.0]], edges=[3.0, 1.0])
    with pytest.raises(StatisticsError, match="tail"):
        stiffness_distribution([[1.0, 2.0]], tail_share=0.0)
    with pytest.raises(StatisticsError, match="bins_per_decade"):
        stiffness_distribution([[1.0, 2.0]], bins_per_decade=0)


def test_a_glass_without_a_pair_in_the_tail_costs_the_interval_not_the_distribution():
    glasses = [*power_law_glasses(3.0), np.full(50, 20.0)]
    found = stiffness_distribution(glasses)
    assert np.isfinite(found.tail_exponent.mean)
    assert not found.tail_exponent.has_interval
    assert "1 glasses have no pair in the tail" in found.tail_exponent.caveat


def test_the_pairs_of_one_glass_are_not_taken_for_glasses():
    with pytest.raises(StatisticsError, match="give a list with an array a glass"):
        stiffness_distribution([1.0, 2.0, 3.0])
