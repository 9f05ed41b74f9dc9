"""Conjugate gradients for blocks of right-hand sides."""

from dataclasses import replace

import numpy as np
import pytest

from lmpmeso.elasticity import conjugate_gradients
from lmpmeso.elasticity.conjugate_gradients import PatchPreconditioner, solve_block
from lmpmeso.elasticity.dipoles import choose_dipoles
from lmpmeso.errors import ConvergenceError, UnstableStructureError

from .networks import glass_hessian, pseudo_inverse, spring_network


@pytest.mark.parametrize("name", ["ipl2d", "ss"])
def test_solutions_are_those_of_the_pseudo_inverse(name):
    hess = glass_hessian(name)
    b = choose_dipoles(hess, 40, seed=1).forces(slice(None))
    preconditioner = PatchPreconditioner(hess.matrix, hess.positions_nc)
    solution = solve_block(hess.matrix, b, preconditioner)
    expected = pseudo_inverse(hess) @ b
    np.testing.assert_allclose(solution.x, expected, rtol=0, atol=1e-8 * np.abs(expected).max())


def test_each_column_stops_when_it_has_converged():
    hess = glass_hessian("ipl")
    b = choose_dipoles(hess, 40, seed=1).forces(slice(None))
    preconditioner = PatchPreconditioner(hess.matrix, hess.positions_nc)
    together = solve_block(hess.matrix, b, preconditioner)
    assert len(np.unique(together.iterations)) > 1
    for k in (0, 7):
        alone = solve_block(hess.matrix, b[:, [k]], preconditioner)
        assert abs(alone.iterations[0] - together.iterations[k]) <= 1
        np.testing.assert_allclose(alone.x[:, 0], together.x[:, k], rtol=0, atol=1e-10)


def test_patches_save_iterations():
    hess = spring_network(600, 3, 14.0, seed=1)
    b = choose_dipoles(hess, 8, seed=1).forces(slice(None))
    single, patches = (
        solve_block(hess.matrix, b, PatchPreconditioner(hess.matrix, hess.positions_nc, size))
        for size in (1, 32)
    )
    assert patches.iterations.mean() < 0.85 * single.iterations.mean()


def test_negative_eigenvalue_is_refused_and_named():
    hess = glass_hessian("ipl2d")
    flipped = -hess.matrix
    lowest = float(np.linalg.eigvalsh(flipped.toarray())[0])
    with pytest.raises(UnstableStructureError, match="negative eigenvalue") as caught:
        PatchPreconditioner(flipped, hess.positions_nc)
    assert caught.value.lowest_eigenvalue == pytest.approx(lowest, rel=1e-6)


def test_negative_eigenvalue_that_no_patch_shows_is_refused():
    hess = spring_network(400, 2, 8.0, seed=2)
    values, vectors = np.linalg.eigh(hess.matrix.toarray())
    shifted = hess.matrix.copy()
    rows = np.repeat(np.arange(400), np.diff(shifted.indptr))
    shifted.data[rows == shifted.indices] -= 1.5 * values[2] * np.eye(2)
    softened = replace(hess, matrix=shifted)
    preconditioner = PatchPreconditioner(softened.matrix, hess.positions_nc)
    with pytest.raises(UnstableStructureError, match="negative eigenvalue"):
        solve_block(softened.matrix, vectors[:, [2]], preconditioner)


def test_no_convergence_is_an_error(monkeypatch):
    monkeypatch.setattr(conjugate_gradients, "ITERATIONS_PER_ROW", 0)
    hess = glass_hessian("ipl2d")
    b = choose_dipoles(hess, 2, seed=1).forces(slice(None))
    preconditioner = PatchPreconditioner(hess.matrix, hess.positions_nc)
    with pytest.raises(ConvergenceError, match="2 of 2 right-hand sides"):
        solve_block(hess.matrix, b, preconditioner)
