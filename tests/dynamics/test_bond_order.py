"""Neighbours without a parameter, and bond order of crystals."""

import numpy as np
import pytest

from lmpmeso.configurations import configuration_from_arrays
from lmpmeso.dynamics.bond_order import bond_coherence, bond_orientation, solid_angle_neighbours
from lmpmeso.errors import ConfigurationError
from tests.dynamics.crystals import crystal

CELLS = {"fcc": (4, 4, 4), "CsCl": (5, 5, 5), "triangular": (10, 6), "diamond": (3, 3, 3)}


@pytest.mark.parametrize(
    ("kind", "number"), [("fcc", 12), ("CsCl", 14), ("triangular", 6), ("diamond", 16)]
)
def test_crystals_have_their_number_of_neighbours(kind, number):
    i, j, vectors = solid_angle_neighbours(crystal(kind, CELLS[kind], 1.0, noise=1e-3))
    np.testing.assert_array_equal(np.bincount(i), number)
    assert not np.any(i == j)
    assert np.linalg.norm(vectors, axis=1).max() < 2.0


@pytest.mark.parametrize(
    ("kind", "order", "value"),
    [
        ("fcc", 4, 0.19094),
        ("fcc", 6, 0.57452),
        ("CsCl", 4, 0.03637),
        ("CsCl", 6, 0.51069),
        ("triangular", 6, 1.0),
    ],
)
def test_steinhardt_parameters_of_crystals(kind, order, value):
    """Steinhardt, Nelson and Ronchetti, Phys. Rev. B 28, 784 (1983); bcc with two shells."""
    perfect = crystal(kind, CELLS[kind], 1.0)
    i, _, vectors = solid_angle_neighbours(perfect)
    components = bond_orientation(i, vectors, perfect.n_particles, order)
    norm = 4 * np.pi / (2 * order + 1) if perfect.dimension == 3 else 1.0
    q = np.sqrt(norm * (np.abs(components) ** 2).sum(axis=1))
    assert q == pytest.approx(value, abs=1e-5)


@pytest.mark.parametrize("kind", ["fcc", "CsCl", "triangular", "diamond"])
def test_a_perfect_crystal_is_coherent(kind):
    assert bond_coherence(crystal(kind, CELLS[kind], 1.0), 6) == pytest.approx(1.0, abs=1e-12)


def test_coherence_does_not_depend_on_orientation_or_wrapping():
    liquid = np.random.default_rng(0).uniform(0, 8.0, (500, 3))
    species = np.zeros(500, dtype=int)
    expected = bond_coherence(configuration_from_arrays(liquid, species, 8.0), 6)
    turned = configuration_from_arrays(liquid[:, [1, 2, 0]] * [1, 1, -1] + 3.7, species, 8.0)
    assert bond_coherence(turned, 6) == pytest.approx(expected, abs=1e-10)


def test_random_positions_are_not_coherent():
    gas = np.random.default_rng(1).uniform(0, 10.0, (1000, 3))
    coherence = bond_coherence(configuration_from_arrays(gas, 0, 10.0), 6)
    assert abs(coherence.mean()) < 0.2
    assert np.mean(coherence > 0.5) < 0.02


def test_small_systems_and_coinciding_particles_are_refused():
    points = np.random.default_rng(2).uniform(0, 3.0, (50, 3))
    with pytest.raises(ConfigurationError, match="too few for bond order"):
        bond_coherence(configuration_from_arrays(points[:30], 0, 3.0), 6)
    points[7] = points[8]
    with pytest.raises(ConfigurationError, match="same position"):
        bond_coherence(configuration_from_arrays(points, 0, 3.0), 6)
