"""How strain, and long waves, stretch pairs."""

import numpy as np
import pytest

from lmpmeso.elasticity import factorise
from lmpmeso.elasticity.strain_response import (
    pair_stretch,
    square_stretch_by_sound,
    strain_response,
)
from tests.elasticity.networks import glass_hessian
from tests.elasticity.spring_crystals import random_crystal, stiff_triangles

STIFF = 100.0


def stretch_in(name):
    """T of all pairs of a committed glass, its unrelaxed part, and the response."""
    h = glass_hessian(name)
    r_p, n = h.pairs.distances_p, h.pairs.vectors_pc / h.pairs.distances_p[:, None]
    response = strain_response(h, factorise(h).solve)
    geometry = h.pairs.i, h.pairs.j, n, r_p
    return pair_stretch(*geometry, response), pair_stretch(*geometry, np.zeros_like(response))


@pytest.mark.parametrize("name", ["ipl", "ipl2d"])
def test_no_rotation_stretches_a_pair_of_a_glass_under_stress(name):
    relaxed, affine = stretch_in(name)
    for t in (relaxed, affine):
        assert np.abs(t - t.transpose(0, 2, 1)).max() < 1e-8 * np.abs(t).max()
    # But what relaxes is as large as what the continuum does.
    assert np.linalg.norm(relaxed - affine) > np.linalg.norm(affine)


@pytest.mark.parametrize("d", [2, 3])
def test_the_mean_square_over_directions_is_that_of_many_directions(d):
    rng = np.random.default_rng(0)
    t = rng.normal(size=(d, d))
    t = t + t.T
    q = rng.normal(size=(100_000, d))
    q /= np.linalg.norm(q, axis=1)[:, None]
    along = np.einsum("ka,ab,kb->k", q, t, q) ** 2
    every = ((q @ t) ** 2).sum(axis=1)
    longitudinal, transverse = square_stretch_by_sound(t[None])
    assert longitudinal[0] == pytest.approx(along.mean(), rel=0.02)
    assert transverse[0] == pytest.approx((every - along).mean(), rel=0.02)


@pytest.mark.parametrize(("d", "shares"), [(2, (3 / 8, 1 / 8)), (3, (1 / 5, 2 / 15))])
def test_a_pair_in_a_continuum_is_stretched_by_known_parts_of_its_length(d, shares):
    normal = np.full((1, d), d**-0.5)
    nothing = np.zeros((2, d, d, d))
    t = pair_stretch(np.array([0]), np.array([1]), normal, np.array([1.7]), nothing)
    assert [float(x[0]) / 1.7**2 for x in square_stretch_by_sound(t)] == pytest.approx(shares)


@pytest.mark.parametrize("d", [2, 3])
def test_a_long_wave_stretches_pairs_of_a_crystal_as_its_strain_does(d):
    crystal = random_crystal(d, STIFF, seed=4)
    q, normals_pc = 1e-4, crystal.normals_pc
    t = crystal.stretch(crystal.i, crystal.j, crystal.vectors_pc)
    n = len(crystal.sites_nc)
    for direction in np.random.default_rng(1).normal(size=(3, d)):
        unit = direction / np.linalg.norm(direction)
        modes = np.linalg.eigh(crystal.dynamical(q * unit[None])[0])[1][:, :d].T.reshape(d, n, d)
        phase_p = np.exp(1j * q * (crystal.vectors_pc @ unit))[:, None]
        for psi in modes:
            relative_pc = psi[crystal.j] * phase_p - psi[crystal.i]
            overlap = np.abs(np.einsum("pc,pc->p", relative_pc, normals_pc)) / 2**0.5
            e = psi.sum(axis=0) / n**0.5
            expected = np.abs(np.einsum("pab,a,b->p", t, e, q * unit)) / (2 * n) ** 0.5
            assert overlap == pytest.approx(expected, abs=1e-3 * expected.max())
    # Springs between two sites of one sublattice have nothing beside them that could give way.
    stiff = (crystal.k_p > 20) & (crystal.i != crystal.j)
    assert stiff.any()
    affine = np.linalg.norm(crystal.vectors_pc, axis=1)
    assert (np.linalg.norm(t, axis=(1, 2)) / affine)[stiff].max() < 0.3


def test_the_wave_of_a_stiff_bond_is_not_that_of_its_length():
    crystal = stiff_triangles(STIFF)
    t = crystal.stretch(crystal.i, crystal.j, crystal.vectors_pc)
    square = np.einsum("pab,pab->p", t, t)
    assert square[crystal.k_p > 1].max() < 0.01
    assert square[crystal.k_p == 1].min() > 1.0
