"""Vibrational modes: shift-invert against dense diagonalisation and ARPACK; spectra."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse.linalg import eigsh

from lmpmeso.elasticity import (
    all_frequencies,
    all_modes,
    debye_frequency,
    density_of_states,
    energy_along_modes,
    factorise,
    lowest_modes,
)
from lmpmeso.elasticity.modes import Modes, stiffness_along
from lmpmeso.errors import ConfigurationError
from lmpmeso.hessians import hessian
from lmpmeso.models import get_model

from .networks import committed_glass, glass_hessian


@pytest.mark.parametrize("name", ["ipl", "ipl2d", "sw"])
def test_softest_modes_are_those_of_dense_diagonalisation(name):
    hess = glass_hessian(name)
    found = lowest_modes(hess, n_modes=8)
    eigenvalues, vectors = np.linalg.eigh(hess.matrix.toarray())
    d = hess.dimension
    np.testing.assert_allclose(found.eigenvalues, eigenvalues[d : d + 8], rtol=1e-9)
    overlap = found.vectors_mnc.reshape(8, -1) @ vectors[:, d : d + 8]
    np.testing.assert_allclose(np.abs(np.diag(overlap)), 1.0, rtol=1e-6)


def test_softest_modes_are_those_of_arpack_on_the_hessian_itself():
    hess = glass_hessian("ipl2d")
    found = lowest_modes(hess, n_modes=4)
    arpack = eigsh(hess.matrix, k=6, which="SA", return_eigenvectors=False)
    np.testing.assert_allclose(found.eigenvalues, np.sort(arpack)[2:], rtol=1e-8)


def test_modes_are_normalised_and_move_no_centre_of_mass():
    modes = lowest_modes(committed_glass("ipl"), get_model("ipl"), n_modes=5)
    flat = modes.vectors_mnc.reshape(5, -1)
    np.testing.assert_allclose(flat @ flat.T, np.eye(5), atol=1e-12)
    np.testing.assert_allclose(modes.vectors_mnc.sum(axis=1), 0.0, atol=1e-10)


def test_a_factor_at_hand_and_any_start_give_the_same_modes():
    hess = glass_hessian("ss")
    one = lowest_modes(hess, n_modes=3)
    other = lowest_modes(hess, n_modes=3, factor=factorise(hess, leaf_size=15), seed=7)
    np.testing.assert_allclose(one.eigenvalues, other.eigenvalues, rtol=1e-9)


def test_whole_spectrum_has_no_translations_and_the_right_sum():
    hess = glass_hessian("ipl2d")
    modes = all_modes(hess)
    assert len(modes.eigenvalues) == hess.matrix.shape[0] - 2
    assert (modes.eigenvalues > 0).all()
    assert modes.eigenvalues.sum() == pytest.approx(hess.matrix.diagonal().sum(), rel=1e-10)
    np.testing.assert_allclose(
        modes.eigenvalues[:8], lowest_modes(hess, n_modes=8).eigenvalues, rtol=1e-8
    )


def test_density_of_states_is_normalised_and_counts_every_mode():
    modes = all_modes(glass_hessian("ipl"))
    table = density_of_states(modes, n_bins=30)
    width = table["omega"][1] - table["omega"][0]
    assert (table["dos"] * width).sum() == pytest.approx(1.0)
    assert table["n_modes"].sum() == len(modes.eigenvalues)
    np.testing.assert_allclose(modes.frequencies**2, modes.eigenvalues)


def test_participation_ratio_of_one_particle_and_of_all():
    n = 50
    one = np.zeros((n, 3))
    one[7, 1] = 1.0
    every = np.full((n, 3), 1 / np.sqrt(3 * n))
    modes = Modes(np.ones(2), np.stack([one, every]))
    np.testing.assert_allclose(modes.participation_ratios, [1 / n, 1.0])


@pytest.mark.parametrize("n_modes", [0, 10**6])
def test_number_of_modes_that_cannot_be_had_is_refused(n_modes):
    with pytest.raises(ConfigurationError, match="all_modes gives the whole spectrum"):
        lowest_modes(glass_hessian("ipl2d"), n_modes=n_modes)


def test_frequencies_alone_are_those_of_all_modes():
    hess = glass_hessian("ipl")
    modes = all_modes(hess)
    np.testing.assert_allclose(all_frequencies(hess), modes.frequencies, rtol=1e-9)


def test_debye_frequency_counts_d_modes_a_particle():
    # With equal speeds c of all waves, N = V k_D^d v_d / (2π)^d with v_d the volume of the unit sphere.
    shear, density = 3.0, 0.9
    for dimension, ball in ((2, np.pi), (3, 4.0 * np.pi / 3.0)):
        bulk = shear - 2.0 * (dimension - 1) / dimension * shear
        k = 2.0 * np.pi * (density / ball) ** (1.0 / dimension)
        found = debye_frequency(shear, bulk, density, dimension)
        assert found == pytest.approx(np.sqrt(shear / density) * k)


def test_modes_of_unequal_masses_are_those_of_the_weighted_matrix():
    glass, model = committed_glass("ipl"), get_model("ipl")
    species = tuple(
        replace(s, mass=mass) for s, mass in zip(model.species, (1.0, 7.0), strict=True)
    )
    heavy = replace(model, species=species)
    hess = hessian(glass, heavy)
    roots = np.sqrt(heavy.masses[glass.species]).repeat(3)
    plain = np.linalg.eigvalsh(hess.matrix.toarray() / roots / roots[:, None])[3:]
    every, soft = all_modes(hess), lowest_modes(hess, n_modes=8)
    np.testing.assert_allclose(every.eigenvalues, plain, rtol=1e-9)
    np.testing.assert_allclose(soft.eigenvalues, plain[:8], rtol=1e-8)
    np.testing.assert_allclose(all_frequencies(hess) ** 2, plain, rtol=1e-9)
    momentum = roots[::3] @ soft.vectors_mnc
    assert np.abs(momentum).max() < 1e-9


def test_stiffness_along_modes_of_unequal_masses_is_that_of_their_displacements():
    glass, model = committed_glass("ipl"), get_model("ipl")
    species = tuple(replace(s, mass=m) for s, m in zip(model.species, (1.0, 7.0), strict=True))
    hess = hessian(glass, replace(model, species=species))
    modes = lowest_modes(hess, n_modes=3)
    moved_mnc = modes.vectors_mnc / np.sqrt(hess.masses_n)[:, None]
    moved_mnc /= np.linalg.norm(moved_mnc, axis=(1, 2), keepdims=True)
    along = energy_along_modes(glass, model, moved_mnc)
    np.testing.assert_allclose(stiffness_along(modes, hess), along["stiffness"], rtol=1e-9)
