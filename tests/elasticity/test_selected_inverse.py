"""Blocks of M⁻¹ and M⁻² from the factor, against dense algebra, on every backend."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import solve_triangular

from lmpmeso.backend import ArrayBackend, LapackBackend, cuda, cuda_available, get_backend
from lmpmeso.backend.lapack import PANEL_WIDTH
from lmpmeso.elasticity import HessianPlan, factorise
from lmpmeso.errors import UnstableStructureError
from lmpmeso.hessians import Hessian

from .networks import glass_hessian, spring_network
from .strict_device import LAUNCHES, ElementwiseKernel, StrictBackend, StrictCudaBackend

BACKENDS = {
    "lapack": LapackBackend,
    "arrays": lambda: ArrayBackend(np, solve_triangular, "cpu", "NumPy"),
    "pretend-gpu": StrictBackend,
    "pretend-cuda": StrictCudaBackend,
}


@pytest.fixture(autouse=True)
def pretend_kernels(monkeypatch):
    """Kernels of a pretend CuPy, unless there is one."""
    if not cuda_available():
        monkeypatch.setattr(cuda, "_import_cupy", lambda: PRETEND_CUPY)
        cuda._element_kernel.cache_clear()
        yield
        cuda._element_kernel.cache_clear()
    else:
        yield


PRETEND_CUPY = SimpleNamespace(ElementwiseKernel=ElementwiseKernel)


@pytest.fixture(params=[*BACKENDS, pytest.param("cuda", marks=pytest.mark.gpu)])
def backend(request):
    if request.param != "cuda":
        return BACKENDS[request.param]()
    if not cuda_available():
        pytest.skip("no GPU, or no CuPy")
    return get_backend("cuda")


def dense_inverse(plan: HessianPlan) -> np.ndarray:
    """Inverse of the Hessian with the spring that holds the translations."""
    hess, d = plan.hessian, plan.hessian.dimension
    held = hess.matrix.toarray().reshape(hess.n_particles, d, hess.n_particles, d)
    particles = plan.symbolic.particles[plan.spring.ranks.start : plan.spring.ranks.stop]
    for c in range(d):
        held[particles[:, None], c, particles[None, :], c] += plan.spring.stiffness / len(particles)
    return np.linalg.inv(held.reshape(hess.matrix.shape))


def assert_blocks_are_right(hess: Hessian, backend: ArrayBackend, leaf_size: int) -> None:
    plan = HessianPlan(hess, leaf_size)
    factor = plan.factorise(backend)
    i, j = hess.pairs.i, hess.pairs.j
    found = factor.selected_inverse(i, j)
    n, d = hess.n_particles, hess.dimension
    inverse = dense_inverse(plan)
    for matrix, diagonal_ncc, pair_pcc in (
        (inverse, found.inverse_ncc, found.inverse_pcc),
        (inverse @ inverse, found.inverse_square_ncc, found.inverse_square_pcc),
    ):
        blocks = matrix.reshape(n, d, n, d).transpose(0, 2, 1, 3)
        tolerance = 1e-10 * np.abs(matrix).max()
        own = np.arange(n)
        np.testing.assert_allclose(diagonal_ncc, blocks[own, own], rtol=0, atol=tolerance)
        expected = blocks[i, j]
        error = np.abs(pair_pcc - expected).max(axis=(1, 2))
        error_transposed = np.abs(pair_pcc.transpose(0, 2, 1) - expected).max(axis=(1, 2))
        assert np.minimum(error, error_transposed).max() <= tolerance


@pytest.mark.parametrize("name", ["ipl", "ipl2d", "sw"])
def test_blocks_of_a_glass(name, backend):
    assert_blocks_are_right(glass_hessian(name), backend, leaf_size=20)


def test_blocks_of_a_network_that_is_one_front(backend):
    assert_blocks_are_right(spring_network(30, 3, 8.0, seed=1), backend, leaf_size=40)


@settings(max_examples=20, deadline=None)
@given(
    n_particles=st.integers(2, 180),
    dimension=st.sampled_from([2, 3]),
    n_neighbours=st.floats(3.0, 16.0),
    leaf_size=st.integers(1, 50),
    aspect=st.sampled_from([1.0, 0.5]),
    seed=st.integers(0, 10**6),
)
def test_blocks_of_any_network(n_particles, dimension, n_neighbours, leaf_size, aspect, seed):
    hess = spring_network(n_particles, dimension, n_neighbours, seed, aspect)
    assert_blocks_are_right(hess, LapackBackend(), leaf_size)


def test_several_threads_find_the_same_to_the_last_bit():
    hess = spring_network(2500, 3, 14.0, seed=2)
    plan = HessianPlan(hess)
    assert plan.estimate.largest_front > 2 * PANEL_WIDTH
    i, j = hess.pairs.i, hess.pairs.j
    expected = plan.factorise(LapackBackend(), threads=1).selected_inverse(i, j)
    for threads in (2, 3):
        found = plan.factorise(LapackBackend(), threads).selected_inverse(i, j)
        for name in vars(expected):
            np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


@pytest.mark.parametrize("threads", [1, 3])
def test_indefinite_matrix_is_refused_by_any_number_of_threads(threads):
    hess = glass_hessian("ipl")
    with pytest.raises(UnstableStructureError, match="negative eigenvalue"):
        factorise(replace(hess, matrix=-hess.matrix), threads=threads, leaf_size=20)


def test_solutions_agree_on_every_backend(backend):
    hess = glass_hessian("ipl")
    b = np.random.default_rng(0).normal(size=(hess.matrix.shape[0], 4))
    expected = factorise(hess).solve(b)
    found = factorise(hess, backend).solve(b)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-11 * np.abs(expected).max())


def test_indefinite_matrix_is_refused_on_every_backend(backend):
    hess = glass_hessian("ipl")
    flipped = replace(hess, matrix=-hess.matrix)
    with pytest.raises(UnstableStructureError, match="negative eigenvalue"):
        factorise(flipped, backend)


def launches(make):
    """Operations on a pretend device for all blocks of a glass."""
    hess = glass_hessian("ipl")
    plan = HessianPlan(hess, 40)
    LAUNCHES["count"] = 0
    plan.factorise(make()).selected_inverse(hess.pairs.i, hess.pairs.j)
    return LAUNCHES["count"], len(plan.symbolic.fronts)


def test_block_of_a_front_is_moved_by_one_launch():
    (plain, fronts), (kernels, _) = launches(StrictBackend), launches(StrictCudaBackend)
    assert kernels < plain
    assert kernels <= 89 * fronts


def test_pretend_cuda_passes_the_probe_of_the_real_one():
    StrictCudaBackend().probe()
