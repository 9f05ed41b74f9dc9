"""Conjugate gradients for many right-hand sides at once, for Hessians whose factor does not fit.

Every right-hand side has its own iteration; they share the products with the matrix, and leave when
they have converged. The preconditioner inverts the Hessian of each patch of some thirty neighbouring
particles. Against SciPy's iteration, one right-hand side at a time, that halves the time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from lmpmeso.arrays import FloatArray, IntArray
from lmpmeso.elasticity.symbolic import component_rows
from lmpmeso.errors import ConvergenceError, UnstableStructureError
from lmpmeso.hessians import Hessian

RELATIVE_TOLERANCE = 1e-10
"""Residual at which a right-hand side has converged, relative to its norm."""
PATCH_SIZE = 32
"""Particles of a patch of the preconditioner."""
ITERATIONS_PER_ROW = 2
"""Give up after this many iterations per row of the matrix."""
COMPACTING_SHARE = 0.75
"""The block is made smaller when fewer than this share of its columns are still active."""


@dataclass(frozen=True, eq=False)
class BlockSolution:
    """Solutions, shape (dN, k), and the iterations that each right-hand side took, shape (k,)."""

    x: FloatArray
    iterations: IntArray


class PatchPreconditioner:
    """Inverse of the Hessian without what couples its patches of at most ``patch_size`` neighbouring particles.

    The matrix is positive semi-definite, d × d blocks in BSR storage; positions [length], shape (N, d).
    """

    def __init__(
        self, matrix: scipy.sparse.bsr_array, positions_nc: FloatArray, patch_size: int = PATCH_SIZE
    ):
        d = matrix.blocksize[0]
        rowwise = matrix.tocsr()
        self._patches = []
        for particles in _patches(positions_nc, np.arange(len(positions_nc)), patch_size):
            rows = component_rows(particles, d)
            patch = rowwise[rows][:, rows].toarray()
            try:
                self._patches.append((rows, np.linalg.inv(np.linalg.cholesky(patch))))
            except np.linalg.LinAlgError:
                raise _unstable(matrix) from None

    def __matmul__(self, r: FloatArray) -> FloatArray:
        """Approximate M⁻¹ r, shape (dN, k)."""
        y = np.empty_like(r)
        for rows, inverse_cholesky in self._patches:
            y[rows] = inverse_cholesky.T @ (inverse_cholesky @ r[rows])
        return y


def _patches(positions_nc: FloatArray, particles: IntArray, patch_size: int) -> list[IntArray]:
    """Halve a set across its longest direction until the parts are small."""
    if len(particles) <= patch_size:
        return [particles]
    axis = int(np.ptp(positions_nc[particles], axis=0).argmax())
    along = particles[np.argsort(positions_nc[particles, axis], kind="stable")]
    halves = np.array_split(along, 2)
    return [patch for half in halves for patch in _patches(positions_nc, half, patch_size)]


def solve_block(
    matrix: scipy.sparse.bsr_array, b: FloatArray, preconditioner: PatchPreconditioner
) -> BlockSolution:
    """Solve M X = B for force-free columns of B, shape (dN, k); the solutions have no translation.

    The only zero modes of M may be the translations; the preconditioner is of the same matrix.

    Raises:
        UnstableStructureError: the matrix has a negative eigenvalue.
        ConvergenceError: a column did not converge.
    """
    n_rows, k = b.shape
    d = matrix.blocksize[0]
    rowwise = matrix.tocsr()
    x = np.zeros((n_rows, k))
    iterations = np.zeros(k, dtype=np.int64)
    columns = np.arange(k)
    xa, r = np.zeros_like(b), b.copy()
    y = preconditioner @ r
    p = y.copy()
    rho = _column_dots(r, y)
    stop = RELATIVE_TOLERANCE * np.sqrt(_column_dots(b, b))
    for iteration in range(1, ITERATIONS_PER_ROW * n_rows + 1):
        q = rowwise @ p
        curvature = _column_dots(p, q)
        running = np.sqrt(_column_dots(r, r)) > stop[columns]
        if np.any(curvature[running] <= 0.0):
            raise _unstable(matrix)
        alpha = np.divide(rho, curvature, out=np.zeros_like(rho), where=running)
        xa += alpha * p
        r -= alpha * q
        finished = running & (np.sqrt(_column_dots(r, r)) <= stop[columns])
        iterations[columns[finished]] = iteration
        running &= ~finished
        if np.count_nonzero(running) < COMPACTING_SHARE * len(columns):
            x[:, columns] = xa
            columns = columns[running]
            if len(columns) == 0:
                x -= np.tile(x.reshape(-1, d, k).mean(axis=0), (n_rows // d, 1))
                return BlockSolution(x, iterations)
            xa, r, p, rho = (a[..., running] for a in (xa, r, p, rho))
        y = preconditioner @ r
        rho_next = _column_dots(r, y)
        p = y + np.divide(rho_next, rho, out=np.zeros_like(rho), where=rho != 0.0) * p
        rho = rho_next
    raise ConvergenceError(
        f"conjugate gradients: {len(columns)} of {k} right-hand sides had not converged to "
        f"{RELATIVE_TOLERANCE:g} after {ITERATIONS_PER_ROW * n_rows} iterations; the structure is "
        "close to an instability: use method='selected' or 'solve' on a machine with more memory"
    )


class IterativeSolver:
    """M⁻¹ applied to force-free columns without a factor; counts its iterations."""

    def __init__(self, hessian: Hessian):
        self._matrix = hessian.matrix
        self._preconditioner = PatchPreconditioner(hessian.matrix, hessian.positions_nc)
        self._iterations: list[IntArray] = []

    def solve(self, forces: FloatArray) -> FloatArray:
        """Displacements without translation, of the shape (dN, k) of the forces."""
        solution = solve_block(self._matrix, forces, self._preconditioner)
        self._iterations.append(solution.iterations)
        return solution.x

    @property
    def mean_iterations(self) -> float:
        """Mean over all columns solved so far."""
        return float(np.concatenate(self._iterations).astype(np.float64).mean())


def _column_dots(a: FloatArray, b: FloatArray) -> FloatArray:
    """Scalar products of the columns of two matrices."""
    return np.einsum("nk,nk->k", a, b)


def _unstable(matrix: scipy.sparse.bsr_array) -> UnstableStructureError:
    """The error of an indefinite matrix, with its lowest eigenvalue from Lanczos iteration."""
    start = np.random.default_rng(0).normal(size=matrix.shape[0])
    lowest = float(
        scipy.sparse.linalg.eigsh(matrix, k=1, which="SA", v0=start, return_eigenvectors=False)[0]
    )
    return UnstableStructureError(
        f"the Hessian has a negative eigenvalue {lowest:.6g}: the structure is not a stable minimum; "
        "quench the configuration again",
        lowest_eigenvalue=lowest,
    )
