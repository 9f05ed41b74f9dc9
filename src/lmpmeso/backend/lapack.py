"""The dense operations in BLAS and LAPACK, which read and write the lower triangle of a symmetric matrix.

What its upper triangle holds is undefined.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from lmpmeso.arrays import FloatArray, IntArray
from lmpmeso.backend.array_backend import Array, ArrayBackend, NotPositiveDefiniteError, Placement
from lmpmeso.backend.host import available_cores

TRIANGLE_SIZE = 64
"""Triangles up to this size LAPACK inverts itself; larger ones are halved first, which is faster."""
PANEL_WIDTH = 256
"""Columns at a time of a product known to be symmetric, of which one triangle is computed."""
REUSED_ELEMENTS = 32 * 1024**2
"""Released memory that is kept for other matrices at most, in elements."""
REUSE_SLACK = 2.0
"""Released memory serves for matrices of at least this share (inverse) of its size."""


class LapackBackend(ArrayBackend):
    """The dense operations in BLAS and LAPACK, on lower triangles of symmetric matrices."""

    memory_factor = 1.0

    def __init__(self) -> None:
        super().__init__(np, scipy.linalg.solve_triangular, "cpu", f"{available_cores()} CPU cores")
        self._released: list[FloatArray] = []

    def empty(self, n_rows: int, n_columns: int) -> Array:
        """Matrix whose elements are still to be set, in released memory if some is of its size.

        Fresh memory costs as much as the copies between fronts: the system maps and clears it page
        by page.
        """
        size = n_rows * n_columns
        fitting = [
            k for k, block in enumerate(self._released) if size <= block.size <= REUSE_SLACK * size
        ]
        if size and fitting:
            block = self._released.pop(min(fitting, key=lambda k: self._released[k].size))
        else:
            block = np.empty(size)
        return block[:size].reshape((n_rows, n_columns), order="F")

    def zeros(self, n_rows: int, n_columns: int) -> Array:
        """Matrix of zeros in Fortran order."""
        result = self.empty(n_rows, n_columns)
        result[...] = 0.0
        return result

    def symmetric_zeros(self, n: int) -> Array:
        """Symmetric matrix of zeros: as much of it as holds the lower triangle."""
        result = self.empty(n, n)
        for first in range(0, n, PANEL_WIDTH):
            result[first:, first : first + PANEL_WIDTH] = 0.0
        return result

    def release(self, *arrays: Array) -> None:
        """Say that nobody will use these matrices again; their memory may be."""
        for array in arrays:
            block = array.base
            ours = isinstance(block, np.ndarray) and block.ndim == 1 and block.size
            # Two matrices may be halves of one block.
            if ours and not any(block is other for other in self._released):
                self._released.append(block)
        while sum(block.size for block in self._released) > REUSED_ELEMENTS:
            del self._released[0]

    def each_from_host(self, arrays: Sequence[NDArray[Any]]) -> list[Array]:
        """The vectors themselves."""
        return list(arrays)

    def placements(self, indices: Sequence[IntArray]) -> list[Placement]:
        """Runs of positions that follow one another, see :mod:`lmpmeso.backend.scatter_kernels`."""
        return [_runs(index) for index in indices]

    def add_block(self, target: Array, source: Array, rows: Placement, columns: Placement) -> None:
        """target[rows, columns] += source."""
        _kernels().add_runs(target.T, source.T, rows, columns)

    def take_block(self, target: Array, source: Array, rows: Placement, columns: Placement) -> None:
        """Target = source[rows, columns]."""
        _kernels().take_runs(source.T, target.T, rows, columns)

    def add_symmetric(self, target: Array, source: Array, rows: Placement) -> None:
        """target[rows, rows] += source, lower triangles."""
        _kernels().add_lower(target.T, source.T, rows)

    def sum_symmetric(self, n: int, parts: Sequence[tuple[Array, Placement]]) -> Array:
        """Symmetric matrix of n rows: the sum of smaller ones, each at its rows; two are added in one sweep."""
        if len(parts) != 2:
            return super().sum_symmetric(n, parts)
        result = self.empty(n, n)
        (one, one_rows), (two, two_rows) = parts
        _kernels().sum_lower(result.T, one.T, one_rows, two.T, two_rows)
        return result

    def take_symmetric(self, target: Array, source: Array, rows: Placement) -> None:
        """Target = source[rows, rows], lower triangles."""
        _kernels().take_lower(source.T, target.T, rows)

    def mirrored(self, a: Array, n: int) -> Array:
        """The matrix itself: its lower triangle is all there is."""
        return a

    def inverse_cholesky(self, a: Array) -> Array:
        """L⁻¹ of A = L Lᵀ, with zeros above the diagonal; A may be overwritten.

        Raises:
            NotPositiveDefiniteError: a pivot is not positive.
        """
        return _inverse_lower(self._cholesky(a))

    def _cholesky(self, a: Array) -> Array:
        """L of A = L Lᵀ, with zeros above the diagonal."""
        lower, info = scipy.linalg.lapack.dpotrf(a, lower=1, overwrite_a=1, clean=1)
        if info != 0:
            raise NotPositiveDefiniteError(f"pivot {info} of {len(a)} is not positive")
        return lower

    def symmetrized(self, a: Array) -> Array:
        """A symmetric matrix with both triangles, which are written in place."""
        for first in range(0, len(a), PANEL_WIDTH):
            last = min(first + PANEL_WIDTH, len(a))
            square = np.tril(a[first:last, first:last])
            a[first:last, first:last] = square + np.tril(square, -1).T
            a[first:last, last:] = a[last:, first:last].T
        return a

    def lower_gram(self, lower: Array) -> Array:
        """Lᵀ L, symmetric."""
        return scipy.linalg.lapack.dlauum(lower, lower=1)[0]

    def times_lower(self, b: Array, lower: Array, transpose: bool = False) -> Array:
        """B L, or B Lᵀ; B may be overwritten."""
        return scipy.linalg.blas.dtrmm(
            1.0, lower, b, side=1, lower=1, trans_a=int(transpose), overwrite_b=1
        )

    def times_symmetric(self, b: Array, a: Array) -> Array:
        """B A with A symmetric."""
        c = self.empty(*b.shape)
        return scipy.linalg.blas.dsymm(1.0, a, b, 0.0, c, side=1, lower=1, overwrite_c=1)

    def symmetric_times(self, a: Array, b: Array) -> Array:
        """A B with A symmetric."""
        c = self.empty(*b.shape)
        return scipy.linalg.blas.dsymm(1.0, a, b, 0.0, c, lower=1, overwrite_c=1)

    def product(self, a: Array, b: Array) -> Array:
        """A B."""
        return scipy.linalg.blas.dgemm(1.0, a, b)

    def add_symmetric_times(self, c: Array, alpha: float, a: Array, b: Array) -> Array:
        """C + α A B with A symmetric, in place."""
        return scipy.linalg.blas.dsymm(alpha, a, b, 1.0, c, lower=1, overwrite_c=1)

    def outer(self, alpha: float, a: Array, c: Array | None = None) -> Array:
        """C + α A Aᵀ, symmetric; C may be overwritten, and is zero where there is none."""
        if c is None:
            return scipy.linalg.blas.dsyrk(
                alpha, a, 0.0, self.empty(len(a), len(a)), lower=1, overwrite_c=1
            )
        return scipy.linalg.blas.dsyrk(alpha, a, 1.0, c, lower=1, overwrite_c=1)

    def add_outer_pair(self, c: Array, alpha: float, a: Array, b: Array) -> Array:
        """C + α (A Bᵀ + B Aᵀ), symmetric."""
        return scipy.linalg.blas.dsyr2k(alpha, a, b, 1.0, c, lower=1, overwrite_c=1)

    def add_inner_pair(self, c: Array, alpha: float, a: Array, b: Array) -> Array:
        """C + α (Aᵀ B + Bᵀ A), symmetric."""
        return scipy.linalg.blas.dsyr2k(alpha, a, b, 1.0, c, trans=1, lower=1, overwrite_c=1)

    def add_symmetric_product(self, c: Array, a: Array, b: Array) -> Array:
        """C + Aᵀ B, where that product is symmetric: panels of columns from the diagonal down."""
        n = len(c)
        for first in range(0, n, PANEL_WIDTH):
            last = min(first + PANEL_WIDTH, n)
            c[first:, first:last] += scipy.linalg.blas.dgemm(
                1.0, a[:, first:], b[:, first:last], trans_a=1
            )
        return c

    def symmetric_square(self, a: Array, weight: Array | None = None) -> Array:
        """A S A for symmetric A and symmetric positive definite weight S; A A without one.

        With S = Γ Γᵀ it is (A Γ)(A Γ)ᵀ: three quarters of the work of two products. S may be
        overwritten.
        """
        full = self.symmetrized(a).copy(order="F")
        if weight is not None:
            full = self.times_lower(full, self._cholesky(weight))
        return scipy.linalg.blas.dsyrk(1.0, full, lower=1)


@cache
def _kernels() -> Any:
    """The compiled copies, loaded where the first is needed, because Numba takes a while to load."""
    from lmpmeso.backend import scatter_kernels

    return scatter_kernels


def _runs(index: IntArray) -> IntArray:
    """First position, first row and length of each run of positions that follow one another, (runs, 3)."""
    starts = np.flatnonzero(np.diff(index, prepend=-2) != 1)
    lengths = np.diff(starts, append=len(index))
    return np.stack([index[starts], starts, lengths], axis=1)


def _inverse_lower(lower: Array) -> Array:
    """L⁻¹ of a lower triangle, by halves."""
    n = len(lower)
    if n <= TRIANGLE_SIZE:
        return scipy.linalg.lapack.dtrtri(lower, lower=1)[0]
    half = n // 2
    result = np.zeros((n, n), order="F")
    first = _inverse_lower(np.asfortranarray(lower[:half, :half]))
    second = _inverse_lower(np.asfortranarray(lower[half:, half:]))
    corner = np.asfortranarray(lower[half:, :half])
    corner = scipy.linalg.blas.dtrmm(-1.0, second, corner, lower=1, overwrite_b=1)
    result[half:, :half] = scipy.linalg.blas.dtrmm(
        1.0, first, corner, side=1, lower=1, overwrite_b=1
    )
    result[:half, :half] = first
    result[half:, half:] = second
    return result
