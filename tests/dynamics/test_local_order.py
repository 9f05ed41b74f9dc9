"""Structure about single particles, against crystals and plain loops."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from lmpmeso.configurations import configuration_from_arrays
from lmpmeso.dynamics.local_order import bond_order, radial_functions, voronoi_volumes
from lmpmeso.errors import ConfigurationError
from tests.dynamics.crystals import crystal

FCC_Q6, TRIANGULAR_PSI6 = 0.57452, 1.0


def disordered(m, d, seed=0):
    """A particle somewhere in each of m^d cells of edge 1, so that there is no void."""
    rng = np.random.default_rng(seed)
    grid_nc = np.stack(np.meshgrid(*[np.arange(m)] * d, indexing="ij"), axis=-1).reshape(-1, d)
    x_nc = grid_nc + rng.uniform(0.0, 0.7, (m**d, d))
    return configuration_from_arrays(x_nc, rng.integers(0, 2, m**d), float(m))


@pytest.mark.parametrize(
    ("kind", "cells"), [("fcc", (2, 3, 2)), ("triangular", (6, 4)), ("square", (7, 6))]
)
def test_every_cell_of_a_crystal_is_as_large_as_the_others(kind, cells):
    volume_n = voronoi_volumes(crystal(kind, cells, 0.8))
    assert volume_n == pytest.approx(1 / 0.8)


@pytest.mark.parametrize("d", [2, 3])
def test_a_cell_holds_the_points_that_are_nearest_to_its_particle(d):
    structure = disordered(5, d)
    volume_n = voronoi_volumes(structure)
    points = np.random.default_rng(1).uniform(0.0, 5.0, (20000, d))
    nearest = cKDTree(structure.wrapped_positions(), boxsize=5.0).query(points)[1]
    share_n = np.bincount(nearest, minlength=structure.n_particles) / len(points)
    assert volume_n.sum() == pytest.approx(5.0**d)
    error_n = np.sqrt(share_n / len(points)) * 5.0**d
    assert np.abs((volume_n - share_n * 5.0**d) / error_n).max() < 4.5


def test_a_void_is_said_to_be_one():
    droplet = configuration_from_arrays(disordered(20, 2).positions_nc, 0, 200.0)
    with pytest.raises(ConfigurationError, match="a void"):
        voronoi_volumes(droplet)


def test_bond_order_of_crystals_is_that_of_the_books_and_a_liquid_has_less():
    assert bond_order(crystal("fcc", (3, 3, 3), 1.0)) == pytest.approx(FCC_Q6, abs=1e-4)
    assert bond_order(crystal("triangular", (6, 4), 1.0)) == pytest.approx(TRIANGULAR_PSI6)
    assert bond_order(disordered(8, 2)).mean() < 0.6


def test_radial_functions_are_what_a_plain_loop_gives():
    structure = disordered(6, 3)
    found = radial_functions(structure, 2)
    centres = np.arange(0.5, 2.55, 0.1)
    x_nc = structure.positions_nc
    for n in (0, 17):
        apart = x_nc - x_nc[n]
        apart -= 6.0 * np.rint(apart / 6.0)
        r = np.delete(np.linalg.norm(apart, axis=1), n)
        species = np.delete(structure.species, n)
        expected = [
            np.exp(-(((r[species == s] - mu) / 0.1) ** 2)).sum() for s in (0, 1) for mu in centres
        ]
        assert found[n] == pytest.approx(expected, abs=1e-3)
    with pytest.raises(ConfigurationError, match="narrower than"):
        radial_functions(disordered(5, 3), 2)
