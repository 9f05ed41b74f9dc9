"""The cost function of soft modes: its definition, its gradient, what it does not depend on."""

from dataclasses import replace

import numpy as np
import pytest

from lmpmeso.elasticity import PseudoHarmonicCost
from lmpmeso.hessians import hessian
from lmpmeso.models import get_model

from .networks import committed_glass, glass_hessian, spring_network

NAMES = ["ipl", "ipl2d", "mblj", "ss", "sw"]


def random_fields(hess, n_fields, seed=0):
    return np.random.default_rng(seed).normal(size=(hess.matrix.shape[0], n_fields))


def plain_pair_sum(hess, z):
    z_nc = z.reshape(hess.n_particles, -1)
    relative_pc = z_nc[hess.pairs.j] - z_nc[hess.pairs.i]
    return ((relative_pc**2).sum(axis=1) ** 2).sum()


@pytest.mark.parametrize("name", NAMES)
def test_cost_is_that_of_its_definition(name):
    hess = glass_hessian(name)
    z = random_fields(hess, 5)
    expected = [
        (f @ (hess.matrix @ f)) ** 2 / plain_pair_sum(hess, f) for f in np.ascontiguousarray(z.T)
    ]
    np.testing.assert_allclose(PseudoHarmonicCost(hess)(z), expected, rtol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_gradient_is_the_difference_quotient_of_the_cost(name):
    hess = glass_hessian(name)
    cost = PseudoHarmonicCost(hess)
    z, p = random_fields(hess, 4), random_fields(hess, 4, seed=1)
    h = 1e-3
    quotient = (8.0 * (cost(z + h * p) - cost(z - h * p)) - cost(z + 2 * h * p)) / (12 * h)
    quotient += cost(z - 2 * h * p) / (12 * h)
    slope = (cost.gradient(z) * p).sum(axis=0)
    scale = np.linalg.norm(cost.gradient(z), axis=0) * np.linalg.norm(p, axis=0)
    np.testing.assert_allclose(slope / scale, quotient / scale, atol=1e-7)
    np.testing.assert_allclose(slope, quotient, rtol=1e-7)


@pytest.mark.parametrize("name", ["ipl", "ipl2d", "sw"])
def test_each_component_of_the_gradient_agrees_with_its_twin(name):
    hess = glass_hessian(name)
    cost = PseudoHarmonicCost(hess)
    z = random_fields(hess, 1)[:, 0]
    gradient = cost.gradient(z)
    for row in (0, 7, len(z) - 1):
        step = np.zeros_like(z)
        step[row] = 1e-3
        twin = (8 * (cost(z + step) - cost(z - step)) - cost(z + 2 * step) + cost(z - 2 * step)) / (
            12e-3
        )
        assert gradient[row] == pytest.approx(twin, rel=1e-7, abs=1e-7 * np.abs(gradient).max())


def test_length_sign_and_translation_do_not_matter():
    hess = glass_hessian("ipl")
    cost = PseudoHarmonicCost(hess)
    z = random_fields(hess, 3)
    shift = np.tile([[1.0], [-2.0], [0.5]], (hess.n_particles, 1))
    np.testing.assert_allclose(cost(-37.0 * z), cost(z), rtol=1e-12)
    np.testing.assert_allclose(cost(z + shift), cost(z), rtol=1e-9)
    np.testing.assert_allclose((cost.gradient(z) * z).sum(axis=0) / cost(z), 0.0, atol=1e-12)


@pytest.mark.parametrize("name", ["ipl", "sw"])
def test_order_of_the_particles_does_not_matter(name):
    glass, hess = committed_glass(name), glass_hessian(name)
    order = np.random.default_rng(3).permutation(glass.n_particles)
    shuffled = replace(
        glass,
        positions_nc=glass.positions_nc[order],
        species=glass.species[order],
        images_nc=None,
    )
    z = random_fields(hess, 3)
    z_nck = z.reshape(glass.n_particles, glass.dimension, -1)
    again = PseudoHarmonicCost(hessian(shuffled, get_model(name)))
    np.testing.assert_allclose(
        again(z_nck[order].reshape(z.shape)), PseudoHarmonicCost(hess)(z), rtol=1e-11
    )


@pytest.mark.parametrize("n_fields", [1, 3, 70])
def test_pair_sum_along_a_line_is_its_quartic(n_fields):
    hess = spring_network(60, 2, 8.0, seed=1)
    cost = PseudoHarmonicCost(hess)
    z, p = random_fields(hess, n_fields), random_fields(hess, n_fields, seed=1)
    coefficients = cost.along(z, p)
    for t in (0.0, -0.7, 1.3):
        quartic = (coefficients * t ** np.arange(5)[:, None]).sum(axis=0)
        np.testing.assert_allclose(quartic, cost.pair_sum(z + t * p)[0], rtol=1e-11)


def test_particles_without_a_pair_have_no_gradient():
    hess = spring_network(40, 2, 6.0, seed=0)
    alone = replace(hess, pairs=replace(hess.pairs, i=hess.pairs.i[:3], j=hess.pairs.j[:3]))
    slope = PseudoHarmonicCost(alone).pair_sum(random_fields(hess, 2))[1]
    paired = np.unique([alone.pairs.i, alone.pairs.j])
    others = np.setdiff1d(np.arange(40), paired)
    assert (slope.reshape(40, 2, 2)[others] == 0.0).all()
    assert (slope.reshape(40, 2, 2)[paired] != 0.0).all()


def test_fields_of_another_system_are_refused():
    with pytest.raises(ValueError, match=r"shape \(dN,\) or \(dN, k\) with dN = 1200"):
        PseudoHarmonicCost(glass_hessian("ipl")).pair_sum(np.zeros(7))
