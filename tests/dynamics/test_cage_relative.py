"""Displacements relative to the neighbours: without the waves that move whole regions."""

import numpy as np
import pytest

from lmpmeso.dynamics import cage_relative_correlations, self_correlations
from lmpmeso.dynamics.cage_relative import cage_matrix


def lattice(side=12, d=2):
    axes = [np.arange(side) + 0.5] * d
    return np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, d)


@pytest.fixture
def walkers(make_trajectory):
    """Particles on a lattice that each move by themselves, and what a wave adds to them."""
    sites = lattice()
    rng = np.random.default_rng(0)
    walks = np.cumsum(0.02 * rng.normal(size=(40, *sites.shape)), axis=0)
    wave = (
        0.8 * np.sin(2 * np.pi * sites[:, :1] / 12.0) * np.sin(0.4 * np.arange(40))[:, None, None]
    )
    wave = wave * [0.0, 1.0]
    return (
        make_trajectory(sites + walks, box=12.0),
        make_trajectory(sites + walks + wave, box=12.0),
    )


def test_each_particle_is_less_the_mean_of_its_neighbours():
    sites = lattice(6)
    matrix = cage_matrix(sites, np.full(2, 6.0)).toarray()
    np.testing.assert_allclose(matrix.sum(axis=1), 0.0, atol=1e-14)
    assert (np.count_nonzero(matrix, axis=1) == 9).all(), (
        "of the square lattice: sides and diagonals"
    )
    np.testing.assert_allclose(matrix[matrix < 0], -1 / 8)
    cluster_and_one = np.concatenate([0.2 * lattice(5), [[15.0, 15.0]]])
    lonely = cage_matrix(cluster_and_one, np.full(2, 30.0)).toarray()[-1]
    np.testing.assert_array_equal(lonely, np.eye(26)[-1])


def test_a_long_wave_is_in_the_plain_displacement_only(walkers):
    still, waving = walkers
    lags = [1, 4]
    plain = [self_correlations(t, q=6.0, lags=lags) for t in (still, waving)]
    relative = [cage_relative_correlations(t, q=6.0, lags=lags) for t in (still, waving)]
    assert plain[1]["msd"][1] > 10 * plain[0]["msd"][1]
    assert relative[1]["msd"][1] < 2.5 * relative[0]["msd"][1]
    assert relative[1]["Fs"][1] > plain[1]["Fs"][1] + 0.2


def test_independent_particles_move_by_their_neighbours_share_more(walkers):
    still = walkers[0]
    plain = self_correlations(still, q=6.0, lags=[1])["msd"][0]
    relative = cage_relative_correlations(still, q=6.0, lags=[1])["msd"][0]
    assert relative == pytest.approx(plain * (1 + 1 / 8), rel=0.03)


def test_each_pair_is_that_of_its_own_origin(walkers):
    """Against the definition, particle by particle."""
    _, waving = walkers
    found = cage_relative_correlations(waving, q=6.0, lags=[5])
    squares = []
    for origin in range(35):
        before, after = waving.positions_tnc[origin], waving.positions_tnc[origin + 5]
        moved = after - before
        apart = before[:, None] - before[None]
        apart -= 12.0 * np.round(apart / 12.0)
        near = (np.linalg.norm(apart, axis=-1) < 1.5) & ~np.eye(len(before), dtype=bool)
        relative = moved - (near @ moved) / near.sum(axis=1)[:, None]
        squares.append((relative**2).sum(axis=1).mean())
    assert found["msd"][0] == pytest.approx(np.mean(squares), rel=1e-12)
    assert found.attrs["cage_relative"]
