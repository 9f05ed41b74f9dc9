"""The factorised Hessian: solutions, what it needs, what it refuses."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmpmeso.backend import LapackBackend
from lmpmeso.backend.released import ReleasedMemory
from lmpmeso.elasticity import HessianPlan, factorise
from lmpmeso.errors import ConfigurationError, ResourceError, UnstableStructureError
from lmpmeso.hessians import Hessian

from .networks import block_matrix, glass_hessian, pseudo_inverse, spring_network


def without_bonds_of(hess: Hessian, particle: int, kept: int) -> Hessian:
    """The network with all but the first few bonds of a particle cut."""
    pairs = hess.pairs
    touching = np.flatnonzero((pairs.i == particle) | (pairs.j == particle))
    left = np.setdiff1d(np.arange(pairs.n_pairs), touching[kept:])
    normals = pairs.vectors_pc[left] / pairs.distances_p[left, None]
    blocks = -10.0 * normals[:, :, None] * normals[:, None, :]
    blocks -= np.where(np.isin(left, touching)[:, None, None], 0.0, np.eye(hess.dimension))
    return replace(
        hess, matrix=block_matrix(pairs.i[left], pairs.j[left], blocks, hess.n_particles)
    )


@pytest.mark.parametrize("name", ["ipl", "ipl2d", "mblj", "ss", "sw"])
def test_solve_is_the_pseudo_inverse(name):
    hess = glass_hessian(name)
    b = np.random.default_rng(1).normal(size=(hess.matrix.shape[0], 5))
    expected = pseudo_inverse(hess) @ b
    x = factorise(hess).solve(b)
    np.testing.assert_allclose(x, expected, rtol=0, atol=1e-10 * np.abs(expected).max())


@settings(max_examples=15, deadline=None)
@given(
    n_particles=st.integers(2, 200),
    dimension=st.sampled_from([2, 3]),
    leaf_size=st.integers(2, 50),
    seed=st.integers(0, 10**6),
)
def test_solution_of_any_network_has_no_residual_and_no_translation(
    n_particles, dimension, leaf_size, seed
):
    hess = spring_network(n_particles, dimension, 8.0, seed)
    b = np.random.default_rng(seed).normal(size=hess.matrix.shape[0])
    x = factorise(hess, leaf_size=leaf_size).solve(b)
    forces = b.reshape(n_particles, -1)
    residual = (hess.matrix @ x).reshape(forces.shape) - (forces - forces.mean(axis=0))
    scale = np.abs(hess.matrix.data).max() * np.abs(x).max()
    assert np.abs(residual).max() <= 1e-12 * max(scale, 1.0)
    assert np.abs(x.reshape(forces.shape).sum(axis=0)).max() <= 1e-10 * max(np.abs(x).max(), 1e-3)


def test_one_right_hand_side_or_many_give_the_same():
    hess = glass_hessian("ipl")
    factor = factorise(hess)
    b = np.random.default_rng(2).normal(size=(hess.matrix.shape[0], 3))
    together = factor.solve(b)
    for k in range(3):
        alone = factor.solve(b[:, k])
        assert alone.shape == b[:, k].shape
        np.testing.assert_allclose(alone, together[:, k], rtol=1e-10, atol=1e-14)


def test_solve_leaves_its_argument_alone():
    hess = glass_hessian("ipl2d")
    b = np.random.default_rng(3).normal(size=(hess.matrix.shape[0], 2))
    before = b.copy()
    factorise(hess).solve(b, refinements=1)
    np.testing.assert_array_equal(b, before)


def test_refinement_lowers_the_residual_of_a_soft_network():
    hess = glass_hessian("ss")
    factor = factorise(hess)
    b = np.random.default_rng(4).normal(size=hess.matrix.shape[0])
    b -= np.tile(b.reshape(-1, 3).mean(axis=0), hess.n_particles)
    plain, refined = (np.abs(hess.matrix @ factor.solve(b, r) - b).max() for r in (0, 1))
    assert refined <= plain * 1.05
    assert refined < 1e-12


def test_right_hand_side_of_another_size_is_refused():
    with pytest.raises(ValueError, match="right-hand sides must have shape"):
        factorise(glass_hessian("ipl")).solve(np.ones(7))


def test_negative_eigenvalue_is_refused_and_named():
    hess = glass_hessian("ipl2d")
    pairs = hess.pairs
    identity = np.broadcast_to(np.eye(2), (pairs.n_pairs, 2, 2))
    laplacian = block_matrix(pairs.i, pairs.j, -identity, hess.n_particles)
    softened = replace(hess, matrix=hess.matrix - 2.0 * laplacian)
    lowest = np.linalg.eigvalsh(softened.matrix.toarray())[0]
    assert lowest < -1e-3
    with pytest.raises(UnstableStructureError, match=r"negative eigenvalue -\d") as caught:
        factorise(softened)
    assert caught.value.lowest_eigenvalue == pytest.approx(lowest, rel=1e-6)


def test_vanishing_mode_is_refused():
    hess = glass_hessian("ipl2d")
    eigenvalues, vectors = np.linalg.eigh(hess.matrix.toarray())
    soft = vectors[:, 2]
    dense = hess.matrix.toarray() - eigenvalues[2] * np.outer(soft, soft)
    n, d = hess.n_particles, 2
    i, j = np.triu_indices(n, 1)
    blocks = dense.reshape(n, d, n, d).transpose(0, 2, 1, 3)[i, j]
    singular = replace(hess, matrix=block_matrix(i, j, blocks, n))
    with pytest.raises(UnstableStructureError, match="eigenvalue") as caught:
        factorise(singular)
    assert abs(caught.value.lowest_eigenvalue) < 1e-9


@pytest.mark.parametrize("n_bonds", [0, 1, 2])
def test_rattler_is_named(n_bonds):
    loose = without_bonds_of(spring_network(100, 3, 12.0, seed=5), particle=37, kept=n_bonds)
    with pytest.raises(
        UnstableStructureError, match=r"loose particles \(rattlers\), 1 of \d+: 37 "
    ) as caught:
        factorise(loose)
    assert caught.value.lowest_eigenvalue == 0.0


def test_structure_in_two_parts_is_refused():
    one = spring_network(40, 3, 8.0, seed=6)
    pairs = one.pairs
    i = np.concatenate([pairs.i, pairs.i + 40])
    j = np.concatenate([pairs.j, pairs.j + 40])
    blocks = -np.broadcast_to(np.eye(3), (len(i), 3, 3))
    shifted = one.positions_nc + np.array([one.box_c[0], 0.0, 0.0])
    both = replace(
        one,
        matrix=block_matrix(i, j, blocks, 80),
        forces_nc=np.zeros((80, 3)),
        positions_nc=np.concatenate([one.positions_nc, shifted]),
        box_c=one.box_c * [2, 1, 1],
    )
    with pytest.raises(UnstableStructureError, match="2 parts that do not touch"):
        factorise(both)


def test_held_particle_must_exist():
    with pytest.raises(ConfigurationError, match="held_particle 100000"):
        HessianPlan(glass_hessian("ipl"), held_particle=100_000)


def test_what_does_not_fit_is_refused_before_anything_is_allocated(monkeypatch):
    monkeypatch.setattr(LapackBackend, "free_memory", lambda self: 10**6)
    with pytest.raises(ResourceError, match=r"the factor of the Hessian needs \d\.\d\d GiB"):
        factorise(glass_hessian("ipl"))


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("name", ["ipl", "ipl2d", "sw"])
def test_memory_stays_within_the_estimate(name, threads, monkeypatch):
    monkeypatch.setattr("lmpmeso.backend.lapack.RELEASED", ReleasedMemory())
    hess = glass_hessian(name)
    plan = HessianPlan(hess, leaf_size=20)
    tracemalloc.start()
    try:
        factor = plan.factorise(LapackBackend(), threads=threads)
        factor.selected_inverse(hess.pairs.i, hess.pairs.j)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak <= plan.memory(threads).selected_inverse


def test_estimate_counts_the_operations_of_one_dense_front():
    hess = glass_hessian("ipl2d")
    plan = HessianPlan(hess, leaf_size=hess.n_particles)
    n = hess.matrix.shape[0]
    assert plan.estimate.n_fronts == 1
    assert plan.estimate.largest_front == n
    assert plan.estimate.operations.factorisation == pytest.approx(2 / 3 * n**3)
    assert plan.estimate.memory.factor == 8 * n**2


def test_a_plan_serves_another_hessian_with_blocks_at_the_same_places():
    first = glass_hessian("ipl2d")
    stiffer = replace(first, matrix=3.0 * first.matrix)
    plan = HessianPlan(first)
    b = np.random.default_rng(2).normal(size=first.matrix.shape[0])
    for hess in (first, stiffer):
        x = plan.for_hessian(hess).factorise(LapackBackend()).solve(b)
        np.testing.assert_allclose(x, factorise(hess).solve(b), rtol=1e-9, atol=1e-12)
    assert plan.hessian is first
    cut = without_bonds_of(first, 7, 3)
    assert not plan.fits(cut)
    with pytest.raises(ConfigurationError, match="blocks at other places"):
        plan.for_hessian(cut)
