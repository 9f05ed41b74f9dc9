"""Non-Gaussian parameter, overlap and χ₄ where they are known."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import chi2

from lmpmeso import get_model
from lmpmeso.dynamics import (
    dynamic_susceptibility,
    mean_squared_displacement,
    non_gaussian_parameter,
    one_correlation,
    overlap,
    relaxation_time,
    self_correlations,
    self_intermediate,
    species_average,
)
from lmpmeso.errors import StatisticsError

RNG = np.random.default_rng(21)


def fraction_within(distance, variance, d):
    """Of Gaussian displacements with this variance along each axis."""
    return chi2.cdf(distance**2 / variance, d)


@pytest.mark.parametrize("d", [2, 3])
def test_ideal_gas_is_gaussian(make_trajectory, d):
    temperature, n, distance = 0.7, 40_000, 0.2
    velocities = RNG.normal(scale=np.sqrt(temperature), size=(n, d))
    steps = np.arange(0, 500, 50)
    positions = RNG.uniform(0, 10, (n, d)) + 1e-3 * steps[:, None, None] * velocities
    gas = make_trajectory(positions, steps=steps, time_step=1e-3)
    assert_allclose(non_gaussian_parameter(gas)["alpha2"], 0.0, atol=5 * np.sqrt(8 / 3 / n))
    q = overlap(gas, distance=distance)
    expected = fraction_within(distance, temperature * q["t"] ** 2, d)
    assert_allclose(q["Q"], expected, atol=4 / np.sqrt(4 * n))
    # Free flight goes on as it began: Q is the same from every origin.
    assert_allclose(dynamic_susceptibility(gas, distance=distance)["chi4"], 0.0, atol=1e-12 * n)


@pytest.mark.parametrize("d", [2, 3])
def test_harmonic_crystal_stays_within_its_cage(make_trajectory, d):
    # Independent Einstein oscillators: displacements are Gaussian of variance 2 a² at every lag.
    amplitude, n, distance = 0.1, 400, 0.25
    lattice = RNG.uniform(0.0, 10.0, (n, d))
    crystal = make_trajectory(lattice + amplitude * RNG.normal(size=(200, n, d)))
    lags = [1, 5, 20]
    expected = fraction_within(distance, 2 * amplitude**2, d)
    table = self_correlations(crystal, q=6.0, distance=distance, lags=lags)
    assert_allclose(table["alpha2"], 0.0, atol=0.02)
    assert_allclose(table["Q"], expected, atol=0.01)
    assert_allclose(table["Fs"], np.exp(-((6.0 * amplitude) ** 2)), atol=0.01)
    assert_allclose(table["msd"], 2 * d * amplitude**2, rtol=0.02)
    # Independent particles: the variance of a binomial distribution.
    assert_allclose(table["chi4"], expected * (1 - expected), rtol=0.4)


def test_particles_that_move_together_show_in_chi4(make_trajectory):
    # In each interval either all particles move far, or none: Q is 0 or 1.
    jumps = np.where(np.arange(199) % 2 == 0, 5.0, 0.0)[:, None, None] * np.ones((199, 50, 3))
    jumps[:, ::2] *= -1.0
    together = np.concatenate([np.zeros((1, 50, 3)), np.cumsum(jumps, axis=0)])
    chi4 = dynamic_susceptibility(make_trajectory(together), distance=0.3, lags=[1])
    q = overlap(make_trajectory(together), distance=0.3, lags=[1])["Q"].item()
    assert chi4["chi4"].item() == pytest.approx(50 * q * (1 - q), rel=1e-9)


def test_two_populations_are_not_gaussian(make_random_walk):
    # Half of the particles diffuse four times as fast: α₂ = ⟨D²⟩/⟨D⟩² − 1 = 0.36.
    slow, fast = (make_random_walk(200, 400, s, seed=k) for k, s in ((1, 0.05), (2, 0.10)))
    both = np.concatenate([slow.positions_tnc, fast.positions_tnc], axis=1)
    walk = type(slow)(both, slow.steps, 1.0, np.zeros(800, int), slow.box_c, np.arange(1, 801))
    alpha2 = non_gaussian_parameter(walk, lags=[1, 5])
    assert_allclose(alpha2["alpha2"], 0.36, atol=0.03)


def test_what_never_moved_has_no_non_gaussian_parameter(make_trajectory):
    still = make_trajectory(np.broadcast_to(RNG.uniform(0, 10, (50, 3)), (20, 50, 3)))
    assert non_gaussian_parameter(still)["alpha2"].isna().all()
    assert (overlap(still)["Q"] == 1.0).all()
    assert (dynamic_susceptibility(still)["chi4"] == 0.0).all()


def test_errors_cover_the_truth(make_random_walk):
    hits = {"alpha2": 0, "Q": 0}
    truth = {"alpha2": 0.0, "Q": fraction_within(0.2, 5 * 0.05**2, 3)}
    for seed in range(60):
        walk = make_random_walk(150, 40, 0.05, seed=seed)
        row = self_correlations(walk, q=6.0, distance=0.2, lags=[5], fix_center_of_mass=False).iloc[
            0
        ]
        for name, expected in truth.items():
            # Student's t, 9 degrees of freedom, 90 %.
            hits[name] += abs(row[name] - expected) < 1.833 * row[f"{name}_error"]
    assert min(hits.values()) >= 0.75 * 60


def test_one_pass_gives_what_the_single_functions_give(make_random_walk):
    walk = make_random_walk(60, 80, 0.05, seed=5, species=np.arange(80) % 2)
    model = get_model("ipl")
    table = self_correlations(walk, model=model)
    single = {
        "Fs": self_intermediate(walk, model=model),
        "msd": mean_squared_displacement(walk, model=model),
        "alpha2": non_gaussian_parameter(walk, model=model),
        "Q": overlap(walk, model=model),
        "chi4": dynamic_susceptibility(walk, model=model),
    }
    for name, expected in single.items():
        found = one_correlation(table, name)
        assert list(found.columns) == list(expected.columns)
        assert_allclose(found[name], expected[name], rtol=1e-10)
        assert_allclose(found["error"], expected["error"], rtol=1e-8, atol=1e-14)
    with pytest.raises(StatisticsError, match="no 'tau'"):
        one_correlation(table, "tau")


def test_the_default_distance_of_the_overlap_is_a_part_of_the_particle_distance(make_random_walk):
    walk = make_random_walk(10, 125, 0.05, seed=5, box=10.0)
    assert overlap(walk).attrs["distance"] == pytest.approx(0.3 * 2.0)
    with pytest.raises(StatisticsError, match="distance of the overlap must be positive"):
        overlap(walk, distance=0.0)


def test_each_species_has_its_own_curve_at_its_own_wave_number(make_random_walk):
    walk = make_random_walk(40, 60, 0.05, seed=3, species=np.arange(60) % 3 // 2)
    model = get_model("ipl")
    curves = self_intermediate(walk, species="each", model=model)
    assert dict(zip(curves["species"], curves["q"], strict=True)) == {"small": 6.88, "large": 6.35}
    for name, curve in curves.groupby("species"):
        alone = self_intermediate(walk, species=name, model=model)
        assert_allclose(curve["Fs"], alone["Fs"], rtol=1e-13)
    mean = species_average(curves)
    halves = [curves.loc[curves["species"] == name, "Fs"].to_numpy() for name in ("small", "large")]
    assert_allclose(mean["Fs"], np.mean(halves, axis=0), rtol=1e-13)
    assert list(mean.columns) == ["t", "Fs", "error", "n_origins", "n_blocks"]
    errors = [curves.loc[curves["species"] == name, "error"] for name in ("small", "large")]
    assert_allclose(mean["error"], np.mean(errors, axis=0), rtol=1e-13)  # they relax together
    with pytest.raises(StatisticsError, match="several species"):
        relaxation_time(curves)
    with pytest.raises(StatisticsError, match='species="each"'):
        species_average(mean)


def test_particles_are_taken_in_blocks_without_a_trace(make_random_walk, monkeypatch):
    walk = make_random_walk(50, 70, 0.05, seed=3, species=np.arange(70) % 2)
    whole = self_correlations(walk, 1, q=6.0)
    for name, size in (
        ("BLOCK_BYTES", 50 * 3 * 8 * 9),
        ("READ_BYTES", 2000),
        ("PAIRS_AT_ONCE", 99),
    ):
        monkeypatch.setattr(f"lmpmeso.dynamics.displacements.{name}", size)
    in_blocks = self_correlations(walk, 1, q=6.0)
    assert_allclose(in_blocks.to_numpy(), whole.to_numpy(), rtol=1e-9, atol=1e-14)
