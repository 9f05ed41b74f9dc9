"""What must hold for any configuration: invariances, sum rules, and the shape of the result."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from lmpmeso.configurations import Configuration
from lmpmeso.hessians import Hessian, hessian
from lmpmeso.models import get_model
from tests.hessians.conftest import SIZES, disordered

Sample = Callable[[str], Configuration]
every_model = pytest.mark.parametrize("name", SIZES)
QUARTER_TURNS = {2: np.array([[0.0, -1.0], [1.0, 0.0]]), 3: np.eye(3)[[2, 0, 1]] * [1, -1, -1]}


def of(configuration: Configuration, name: str) -> Hessian:
    """The Hessian for the model of that name."""
    return hessian(configuration, get_model(name))


def particle_blocks(h: Hessian) -> np.ndarray:
    """The dense matrix as blocks [n, a, m, b]."""
    n, d = h.n_particles, h.dimension
    return h.matrix.toarray().reshape(n, d, n, d)


@every_model
def test_matrix_is_exactly_symmetric_in_sorted_block_storage(sample: Sample, name: str) -> None:
    h = of(sample(name), name)
    assert isinstance(h.matrix, sparse.bsr_array)
    assert h.matrix.blocksize == (h.dimension, h.dimension)
    for n in range(h.n_particles):
        row = h.matrix.indices[h.matrix.indptr[n] : h.matrix.indptr[n + 1]]
        assert np.all(np.diff(row) > 0)
    dense = h.matrix.toarray()
    np.testing.assert_array_equal(dense, dense.T)


@every_model
def test_uniform_translation_costs_nothing(sample: Sample, name: str) -> None:
    h = of(sample(name), name)
    translations = np.tile(np.eye(h.dimension), (h.n_particles, 1))
    scale = np.abs(h.matrix.data).max()
    assert np.abs(h.matrix @ translations).max() < 1e-13 * scale * h.n_particles
    assert np.abs(h.forces_nc.sum(axis=0)).max() < 1e-12 * h.max_force
    assert np.abs(h.strain_coupling_nccc.sum(axis=0)).max() < 1e-12 * scale * h.n_particles


@every_model
def test_born_term_has_minor_symmetries_once_the_stress_is_taken_off(
    sample: Sample, name: str
) -> None:
    # U depends on γ through (1 + γ)ᵀ(1 + γ) only, so ∂²U/∂γ_ab∂γ_cd = V σ_bd δ_ac + C_abcd.
    h = of(sample(name), name)
    stress_part = np.einsum("ac,bd->abcd", np.eye(h.dimension), h.volume * h.stress_cc)
    c_abcd = h.born_cccc - stress_part
    for symmetric in ("bacd", "abdc", "cdab"):
        np.testing.assert_allclose(
            np.einsum(f"abcd->{symmetric}", c_abcd), c_abcd, atol=1e-13 * np.abs(c_abcd).max()
        )
    np.testing.assert_allclose(h.stress_cc, h.stress_cc.T, atol=1e-13 * np.abs(h.stress_cc).max())


@every_model
def test_a_rotation_strains_nothing_and_turns_the_forces(sample: Sample, name: str) -> None:
    h = of(sample(name), name)
    coupling, eye = h.strain_coupling_nccc, np.eye(h.dimension)
    turned = np.einsum("cb,na->ncab", eye, h.forces_nc) - np.einsum("ca,nb->ncab", eye, h.forces_nc)
    np.testing.assert_allclose(
        coupling - np.einsum("ncab->ncba", coupling), turned, atol=1e-12 * np.abs(coupling).max()
    )


@every_model
def test_strain_coupling_is_the_response_to_an_affine_displacement(name: str) -> None:
    # Of a particle in the middle of a box so large that none of its bonds crosses a face.
    model = get_model(name)
    configuration = disordered(model, 12 * SIZES[name], seed=3)
    x_nc = configuration.wrapped_positions()
    h = hessian(configuration, model)
    n = int(np.abs(x_nc - configuration.box_c / 2).max(axis=1).argmin())
    d = h.dimension
    rows = h.matrix.tocsr()[d * n : d * n + d].toarray().reshape(d, -1, d)
    affine = np.einsum("cma,mb->cab", rows, x_nc)
    np.testing.assert_allclose(
        h.strain_coupling_nccc[n], affine, atol=1e-12 * np.abs(h.matrix.data).max() * len(x_nc)
    )


@every_model
def test_shifting_and_wrapping_change_nothing(sample: Sample, name: str) -> None:
    configuration = sample(name)
    generator = np.random.default_rng(5)
    moved_nc = configuration.positions_nc + generator.uniform(-9, 9, configuration.dimension)
    images_nc = generator.integers(-3, 4, moved_nc.shape)
    moved = replace(
        configuration,
        positions_nc=moved_nc + images_nc * configuration.box_c,
        origin_c=configuration.origin_c + 1.7,
    )
    _assert_equal(of(configuration, name), of(moved, name))


@every_model
def test_the_order_of_particles_only_permutes_the_blocks(sample: Sample, name: str) -> None:
    configuration = sample(name)
    order = np.random.default_rng(6).permutation(configuration.n_particles)
    shuffled = replace(
        configuration,
        positions_nc=configuration.positions_nc[order],
        species=configuration.species[order],
    )
    h, other = of(configuration, name), of(shuffled, name)
    scale = np.abs(h.matrix.data).max()
    expected = particle_blocks(h)[order][:, :, order]
    np.testing.assert_allclose(particle_blocks(other), expected, atol=1e-13 * scale)
    np.testing.assert_allclose(
        other.strain_coupling_nccc, h.strain_coupling_nccc[order], atol=1e-12 * scale
    )
    np.testing.assert_allclose(other.born_cccc, h.born_cccc, rtol=1e-11, atol=1e-10 * scale)


@every_model
def test_a_quarter_turn_of_the_box_turns_every_tensor(sample: Sample, name: str) -> None:
    configuration = sample(name)
    R = QUARTER_TURNS[configuration.dimension]
    h = of(configuration, name)
    turned = of(configuration.with_positions(configuration.positions_nc @ R.T), name)
    scale = np.abs(h.matrix.data).max()
    close = {"rtol": 1e-10, "atol": 1e-11 * scale}
    np.testing.assert_allclose(turned.forces_nc, h.forces_nc @ R.T, **close)
    np.testing.assert_allclose(turned.stress_cc, R @ h.stress_cc @ R.T, **close)
    np.testing.assert_allclose(
        turned.born_cccc,
        np.einsum("ae,bf,cg,dh,efgh->abcd", R, R, R, R, h.born_cccc),
        rtol=1e-10,
        atol=1e-10 * scale,
    )
    np.testing.assert_allclose(
        turned.strain_coupling_nccc,
        np.einsum("ce,af,bg,nefg->ncab", R, R, R, h.strain_coupling_nccc),
        **close,
    )
    np.testing.assert_allclose(
        particle_blocks(turned),
        np.einsum("ac,ncmd,bd->namb", R, particle_blocks(h), R),
        **close,
    )


def _assert_equal(h: Hessian, other: Hessian) -> None:
    """Equal up to the rounding of shifted coordinates."""
    scale = np.abs(h.matrix.data).max()
    assert other.energy == pytest.approx(h.energy, rel=1e-12)
    for name in ("forces_nc", "stress_cc", "strain_coupling_nccc"):
        np.testing.assert_allclose(getattr(other, name), getattr(h, name), atol=1e-11 * scale)
    np.testing.assert_allclose(other.born_cccc, h.born_cccc, rtol=1e-10, atol=1e-10 * scale)
    assert abs(other.matrix - h.matrix).max() < 1e-11 * scale
