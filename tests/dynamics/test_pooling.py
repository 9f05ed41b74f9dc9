"""What is read off a correlation does not hang on the lags that were stored."""

import numpy as np
import pandas as pd
import pytest

from lmpmeso.dynamics import (
    correlation_peak,
    diffusion_coefficient,
    lag_table,
    mean_squared_displacement,
    one_correlation,
    pooled,
    relaxation_time,
    self_correlations,
    self_intermediate,
)
from lmpmeso.dynamics.origin_averages import overlap_factor
from lmpmeso.errors import StatisticsError

Q = 6.35


def blocks_of_frames(n_blocks=30, length=50, per_block=8):
    """Steps of a block-logarithmic run: lags with 60 origins stand beside lags with a few."""
    inner = np.unique(np.geomspace(1, length, per_block).round().astype(int))
    starts = length * np.arange(n_blocks)[:, None]
    return np.unique(np.concatenate([[0], (starts + inner).ravel()]))


@pytest.fixture
def walk(make_random_walk):
    """Independent walkers at such steps, whose F_s at Q is 0.2 after ``tau`` steps."""

    def make(seed, tau=80.0, n_particles=40):
        steps = blocks_of_frames()
        length = np.sqrt(-2.0 * np.log(0.2) / (Q**2 * tau) * np.diff(steps))
        return make_random_walk(len(steps), n_particles, length, seed, steps=steps)

    return make


def test_a_smooth_curve_stays_what_it_is():
    t = np.geomspace(0.01, 1e4, 121)
    fs = pd.DataFrame({"t": t, "Fs": 0.9 * 0.2 ** ((t / 50.0) ** 0.6), "n_origins": 7})
    np.testing.assert_allclose(pooled(fs, "Fs")["Fs"], fs["Fs"], atol=2e-3)
    msd = pd.DataFrame({"t": t, "msd": 0.3 * t**1.7})
    np.testing.assert_allclose(pooled(msd, "msd")["msd"], msd["msd"], rtol=1e-10)


def test_a_lag_of_few_origins_does_not_move_its_neighbours():
    t = np.geomspace(1.0, 1e3, 61)
    fs = pd.DataFrame(
        {"t": t, "Fs": 0.2 ** (t / 80.0), "n_origins": 400, "error": 0.01, "n_blocks": 10}
    )
    clean = relaxation_time(fs).value
    odd = int(np.argmin(np.abs(t - 75.0)))
    fs.loc[odd, ["Fs", "n_origins", "error"]] = [0.12, 10, 0.06]
    assert relaxation_time(fs).value == pytest.approx(clean, rel=0.01)
    assert abs(relaxation_time(fs, pool=False).value / clean - 1) > 0.04
    assert (np.diff(pooled(fs, "Fs")["Fs"]) <= 0).all()


def test_lags_of_one_interval_count_as_the_pairs_behind_them():
    fs = pd.DataFrame({"t": [10.0, 10.5, 11.0], "Fs": [0.5, 0.6, 0.4], "n_origins": [1, 2, 1]})
    row = pooled(fs, "Fs")
    assert len(row) == 1
    assert row["Fs"][0] == pytest.approx(2.1 / 4)
    assert row["n_origins"][0] == 4
    assert 10.4 < row["t"][0] < 10.6


@pytest.mark.parametrize(
    "seeds", [range(1), pytest.param(range(1, 11), marks=pytest.mark.validate)]
)
def test_every_choice_of_lags_gives_what_all_lags_give(walk, seeds):
    for seed in seeds:
        one = walk(seed)
        every = relaxation_time(self_intermediate(one, Q, lags="all")).value
        for lags in (
            "log",
            lag_table(one.steps, per_decade=10),
            lag_table(one.steps, per_decade=40),
        ):
            found = relaxation_time(self_intermediate(one, Q, lags=lags))
            assert found.low < every < found.high
            assert found.value == pytest.approx(every, rel=0.05)
            msd = mean_squared_displacement(one, lags=lags)
            d = diffusion_coefficient(msd)
            assert (
                d.low
                < diffusion_coefficient(mean_squared_displacement(one, lags="all")).value
                < d.high
            )


def test_msd_and_scattering_are_monotone_within_their_errors(walk):
    curves = self_correlations(walk(3), q=Q)
    for name, sign in (("Fs", -1.0), ("msd", 1.0)):
        curve = one_correlation(curves, name)
        assert (sign * np.diff(pooled(curve, name)[name]) >= 0).all()
        known = curve[np.isfinite(curve["error"])]
        against = -sign * np.diff(known[name])
        allowed = 2.6 * np.hypot(known["error"].to_numpy()[1:], known["error"].to_numpy()[:-1])
        assert (against < allowed).all()


def test_windows_that_overlap_make_the_error_as_much_larger():
    """Means over windows of white noise, whose correlation is the overlap."""
    rng = np.random.default_rng(0)
    lag, n = 40, 6
    noise = rng.normal(size=(3000, lag * (n + 1)))
    sums = np.cumsum(noise, axis=1)
    windows = sums[:, lag:] - sums[:, :-lag]
    blocks = windows.reshape(len(windows), n, -1).mean(axis=2)
    told = blocks.var(axis=1, ddof=1).mean() / n
    true = blocks.mean(axis=1).var()
    factor = overlap_factor(np.array([1.0]), np.array([float(n)]), 1.0 + n)[0]
    assert np.sqrt(true / told) == pytest.approx(factor, rel=0.03)
    assert overlap_factor(np.array([1.0]), np.array([10.0]), 1000.0)[0] == pytest.approx(
        1.0, abs=0.01
    )


def test_a_diffusive_regime_that_just_misses_comes_with_a_caveat():
    t = np.geomspace(0.01, 1e3, 100)
    msd = 0.05 * (1.0 - np.exp(-(t**2) / 0.05)) + 6e-4 * t
    table = pd.DataFrame({"t": t, "msd": msd, "error": 0.01 * msd, "n_blocks": 10})
    found = diffusion_coefficient(table, 3)
    assert "are asked for" in found.caveat
    assert found.value == pytest.approx(1e-4, rel=0.05)
    with pytest.raises(StatisticsError, match="no diffusive regime"):
        diffusion_coefficient(table[t < 200], 3)


def test_the_maximum_of_a_correlation_is_found_among_noisy_lags():
    rng = np.random.default_rng(1)
    t = np.geomspace(0.1, 1e3, 81)
    origins = rng.choice([10, 400], len(t))
    error = 0.3 / np.sqrt(origins)
    chi4 = 5.0 * np.exp(-(np.log(t / 30.0) ** 2) / 4.0) + error * rng.normal(size=len(t))
    curve = pd.DataFrame(
        {"t": t, "chi4": chi4, "error": error, "n_origins": origins, "n_blocks": 10}
    )
    peak = correlation_peak(curve, "chi4")
    assert peak.value == pytest.approx(5.0, rel=0.03)
    assert peak.low < 5.0 < peak.high
    assert peak.t == pytest.approx(30.0, rel=0.15)
    with pytest.raises(StatisticsError, match=r"no maximum up to .* run longer"):
        correlation_peak(curve[t < 20.0], "chi4")
    with pytest.raises(StatisticsError, match=r"falls from the shortest lag .* more often"):
        correlation_peak(curve[t > 60.0], "chi4")


def test_interval_of_a_short_run_covers_although_the_mobility_remembers(make_random_walk):
    """Walkers whose mobility rises and falls by a third and forgets it within τ: 6 τ, where blocks alone give 80 %."""
    tau, length, runs = 20, 6, 100
    rng = np.random.default_rng(0)
    kept, curves = np.exp(-1.0 / tau), []
    for seed in range(runs):
        x_t = [rng.normal()]
        for kick in rng.normal(size=length * tau - 1):
            x_t.append(kept * x_t[-1] + np.sqrt(1.0 - kept**2) * kick)
        steps_t = np.sqrt(np.exp(0.3 * np.array(x_t) - 0.045) * -2.0 * np.log(0.2) / (Q**2 * tau))
        walk = make_random_walk(length * tau + 1, 60, steps_t, seed)
        curves.append(self_intermediate(walk, Q, fix_center_of_mass=False))
    mean = pd.concat(curves).groupby("t")[["Fs"]].mean().reset_index()
    truth = relaxation_time(mean, min_run=1.0).value
    found = [relaxation_time(curve) for curve in curves]
    assert np.mean(["τ_α long" in tau.caveat for tau in found]) > 0.9
    assert 0.84 <= np.mean([tau.low < truth < tau.high for tau in found]) <= 0.97


@pytest.mark.validate
@pytest.mark.parametrize("length", [10, 20, 40])
def test_interval_of_tau_covers_as_it_says(make_random_walk, length):
    """Independent walkers, runs of so many τ: 87 to 93 % of 90 % intervals, and their sampling error."""
    tau, covered = 60.0, []
    steps = np.arange(0, round(length * tau), 3)
    for seed in range(400):
        walk = make_random_walk(
            len(steps), 60, np.sqrt(-6 * np.log(0.2) / (Q**2 * tau)), seed, steps=steps
        )
        found = relaxation_time(self_intermediate(walk, Q, fix_center_of_mass=False))
        covered.append(found.low < tau < found.high)
    print(f"{length} τ: {np.mean(covered):.3f}")
    assert 0.85 < np.mean(covered) < 0.95
