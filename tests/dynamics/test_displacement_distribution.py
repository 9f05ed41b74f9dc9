import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import chi

from lmpmeso.dynamics import displacement_distribution
from lmpmeso.errors import StatisticsError


@pytest.mark.parametrize("d", [2, 3])
def test_diffusing_particles_have_gaussian_displacements(make_random_walk, d):
    walk = make_random_walk(100, 1000, 0.05, seed=3, d=d)
    found = displacement_distribution(walk, 9.0, bins=np.linspace(0.0, 0.9, 31))
    sigma = 0.15
    inside = np.diff(chi.cdf(np.linspace(0.0, 0.9, 31) / sigma, d))
    assert_allclose(found["P"] * 0.03, inside, atol=0.004)
    # G_s is a Gaussian in space.
    middle = 0.5 * (found["r_low"] + found["r_high"])
    gauss = np.exp(-(middle**2) / (2 * sigma**2)) / (2 * np.pi * sigma**2) ** (d / 2)
    near = middle < 0.25
    assert_allclose(found["Gs"][near], gauss[near], rtol=0.12)
    assert found.attrs["t"] == 9.0


def test_harmonic_crystal_and_ideal_gas(make_trajectory):
    rng = np.random.default_rng(4)
    lattice = rng.uniform(0, 10, (4000, 3))
    crystal = make_trajectory(lattice + 0.1 * rng.normal(size=(30, 4000, 3)))
    steps = np.arange(0, 30)
    gas = make_trajectory(lattice + 0.02 * steps[:, None, None] * rng.normal(size=(4000, 3)))
    for trajectory, t, sigma in ((crystal, 20.0, 0.1 * np.sqrt(2)), (gas, 10.0, 0.2)):
        found = displacement_distribution(trajectory, t, bins=20)
        r = np.append(found["r_low"], found["r_high"].iloc[-1])
        expected = np.diff(chi.cdf(r / sigma, 3))
        assert_allclose(found["P"] * np.diff(r), expected, atol=0.02)


@pytest.mark.parametrize("bins", [7, 100])
def test_the_whole_probability_is_one(make_random_walk, bins):
    walk = make_random_walk(50, 40, 0.05, seed=3)
    found = displacement_distribution(walk, 5.0, bins=bins)
    assert np.sum(found["P"] * (found["r_high"] - found["r_low"])) == pytest.approx(1.0, rel=1e-12)
    shell = 4 / 3 * np.pi * (found["r_high"] ** 3 - found["r_low"] ** 3)
    assert np.sum(found["Gs"] * shell) == pytest.approx(1.0, rel=1e-12)


def test_the_error_is_the_spread_over_runs(make_random_walk):
    runs = [
        displacement_distribution(
            make_random_walk(120, 30, 0.05, seed=k), 1.0, bins=[0.05, 0.1], fix_center_of_mass=False
        ).iloc[0]
        for k in range(80)
    ]
    spread = np.std([run["P"] for run in runs])
    error = np.sqrt(np.mean([run["P_error"] ** 2 for run in runs]))
    assert error == pytest.approx(spread, rel=0.25)


def test_blocks_of_particles_leave_no_trace(make_random_walk, monkeypatch):
    walk = make_random_walk(50, 40, 0.05, seed=3)
    whole = displacement_distribution(walk, 5.0)
    monkeypatch.setattr("lmpmeso.dynamics.displacements.BLOCK_BYTES", 50 * 3 * 8 * 7)
    assert_allclose(displacement_distribution(walk, 5.0), whole, rtol=1e-12)


def test_the_nearest_recorded_lag_is_taken_or_none(make_random_walk):
    walk = make_random_walk(8, 40, 0.05, seed=3, steps=[0, 100, 200, 300, 400, 500, 600, 700])
    assert displacement_distribution(walk, 210.0).attrs["t"] == 200.0
    with pytest.raises(StatisticsError, match=r"no two frames are 40 apart; the nearest are 100"):
        displacement_distribution(walk, 40.0)
    with pytest.raises(StatisticsError, match="must be positive"):
        displacement_distribution(walk, 0.0)
    with pytest.raises(StatisticsError, match="edges of the bins"):
        displacement_distribution(walk, 100.0, bins=[0.0, 2.0, 1.0])
    with pytest.raises(StatisticsError, match="at least one bin"):
        displacement_distribution(walk, 100.0, bins=0)
