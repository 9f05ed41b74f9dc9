"""The dense operations in BLAS and LAPACK, which read and write the lower triangle of a symmetric matrix.

What its upper triangle holds is undefined. Large operations are cut into panels, which the threads of
:meth:`LapackBackend.threads` share; the panels, and so the numbers, do not depend on how many threads there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from itertools import pairwise
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from lmpmeso.arrays import IntArray
from lmpmeso.backend import blas
from lmpmeso.backend.array_backend import Array, ArrayBackend, NotPositiveDefiniteError, Placement
from lmpmeso.backend.crew import Crew, Job
from lmpmeso.backend.host import available_cores, blas_threads, chosen_threads
from lmpmeso.backend.released import ReleasedMemory

TRIANGLE_SIZE = 64
"""Triangles up to this size LAPACK inverts itself; larger ones are halved first, which is faster."""
PANEL_WIDTH = 384
"""Rows or columns that a job of a product has at least: fewer would cost the product some of its speed."""
SQUARE_WIDTH = 96
"""Columns at a time of a product known to be symmetric, of which one triangle is computed."""
RELEASED = ReleasedMemory()
"""What matrices on the lower triangle have released, in this process."""


class LapackBackend(ArrayBackend):
    """The dense operations in BLAS and LAPACK, on lower triangles of symmetric matrices."""

    memory_factor = 1.0

    def __init__(self) -> None:
        super().__init__(np, scipy.linalg.solve_triangular, "cpu", f"{available_cores()} CPU cores")
        self._crew = Crew()

    @contextmanager
    def threads(self, n_threads: int | None) -> Iterator[None]:
        """So many threads share the work inside the block, each with one BLAS thread."""
        before, count = self._crew, chosen_threads(n_threads)
        with blas_threads(1), Crew(count) as self._crew:
            try:
                yield
            finally:
                self._crew = before

    def each(self, jobs: Sequence[Job]) -> None:
        """Do jobs that write to different places, by all threads there are."""
        self._crew.each(jobs)

    def empty(self, n_rows: int, n_columns: int) -> Array:
        """Matrix whose elements are still to be set, in released memory if some is of its size."""
        size = n_rows * n_columns
        return RELEASED.take(size)[:size].reshape((n_rows, n_columns), order="F")

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
        # Two of them may be parts of one block.
        blocks = [array.base for array in arrays]
        RELEASED.give(*(b for b in blocks if isinstance(b, np.ndarray) and b.ndim == 1 and b.size))

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
        lower = self._cholesky(a)
        self._invert_lower(lower)
        return lower

    def _cholesky(self, a: Array) -> Array:
        """L of A = L Lᵀ in the place of A, with zeros above the diagonal."""
        for part in _panels(len(a)):
            pivot = blas.potrf(a[part, part])
            if pivot:
                raise NotPositiveDefiniteError(
                    f"pivot {part.start + pivot} of {len(a)} is not positive"
                )
            below = a[part.stop :, part]
            self.each(
                [
                    partial(blas.trsm, 1.0, a[part, part], below[rows], right=True, transpose=True)
                    for rows in _panels(len(below))
                ]
            )
            self.outer(-1.0, below, a[part.stop :, part.stop :])
        _kernels().clear_above(a.T)
        return a

    def _invert_lower(self, lower: Array) -> None:
        """L⁻¹ of a lower triangle in its place, by halves."""
        n = len(lower)
        if n <= TRIANGLE_SIZE:
            blas.trtri(lower)
            return
        first, second, corner = _halves(lower)
        self.each([partial(self._invert_lower, first), partial(self._invert_lower, second)])
        self._triangle_times(second, corner, -1.0)
        self.times_lower(corner, first)

    def _triangle_times(
        self, lower: Array, b: Array, alpha: float = 1.0, transpose: bool = False
    ) -> None:
        """The product α L B, or α Lᵀ B, in the place of B."""
        columns = _panels(b.shape[1])
        self.each([partial(blas.trmm, alpha, lower, b[:, c], transpose=transpose) for c in columns])

    def symmetrized(self, a: Array) -> Array:
        """A symmetric matrix with both triangles, which are written in place."""
        _kernels().mirror_lower(a.T)
        return a

    def lower_gram(self, lower: Array) -> Array:
        """Lᵀ L, symmetric."""
        result = self.copied(lower)
        self._gram_in_place(result)
        return result

    def _gram_in_place(self, lower: Array) -> None:
        """Lᵀ L in the place of L, by halves."""
        if len(lower) < 2 * PANEL_WIDTH:
            blas.lauum(lower)
            return
        first, second, corner = _halves(lower)
        self._gram_in_place(first)
        self._add_inner(1.0, corner, first)
        self._triangle_times(second, corner, transpose=True)
        self._gram_in_place(second)

    def times_lower(self, b: Array, lower: Array, transpose: bool = False) -> Array:
        """B L, or B Lᵀ, in the place of B."""
        self.each(
            [
                partial(blas.trmm, 1.0, lower, b[rows], right=True, transpose=transpose)
                for rows in _panels(len(b))
            ]
        )
        return b

    def times_symmetric(self, b: Array, a: Array) -> Array:
        """B A with A symmetric."""
        c = self.empty(*b.shape)
        self.each(
            [
                partial(blas.symm, 1.0, a, b[rows], 0.0, c[rows], right=True)
                for rows in _panels(len(b))
            ]
        )
        return c

    def symmetric_times(self, a: Array, b: Array) -> Array:
        """A B with A symmetric."""
        return self._symmetric_times(1.0, a, b, 0.0, self.empty(*b.shape))

    def _symmetric_times(self, alpha: float, a: Array, b: Array, beta: float, c: Array) -> Array:
        """The sum α A B + β C with A symmetric, in the place of C."""
        columns = _panels(b.shape[1])
        self.each([partial(blas.symm, alpha, a, b[:, part], beta, c[:, part]) for part in columns])
        return c

    def product(self, a: Array, b: Array) -> Array:
        """A B."""
        c = self.empty(len(a), b.shape[1])
        columns = _panels(b.shape[1])
        self.each([partial(blas.gemm, 1.0, a, b[:, part], 0.0, c[:, part]) for part in columns])
        return c

    def add_symmetric_times(self, c: Array, alpha: float, a: Array, b: Array) -> Array:
        """C + α A B with A symmetric, in place."""
        return self._symmetric_times(alpha, a, b, 1.0, c)

    def outer(self, alpha: float, a: Array, c: Array | None = None) -> Array:
        """C + α A Aᵀ, symmetric; C may be overwritten, and is zero where there is none."""
        beta = 1.0
        if c is None:
            c, beta = self.empty(len(a), len(a)), 0.0

        def add(part: slice) -> None:
            """Columns of the lower triangle."""
            blas.syrk(alpha, a[part], beta, c[part, part])
            below = slice(part.stop, None)
            blas.gemm(alpha, a[below], a[part], beta, c[below, part], transpose_b=True)

        self.each([partial(add, part) for part in _panels(len(c))])
        return c

    def add_outer_pair(self, c: Array, alpha: float, a: Array, b: Array) -> Array:
        """C + α (A Bᵀ + B Aᵀ), symmetric."""

        def add(part: slice) -> None:
            """Columns of the lower triangle."""
            blas.syr2k(alpha, a[part], b[part], 1.0, c[part, part])
            below = slice(part.stop, None)
            for one, other in ((a, b), (b, a)):
                blas.gemm(alpha, one[below], other[part], 1.0, c[below, part], transpose_b=True)

        self.each([partial(add, part) for part in _panels(len(c))])
        return c

    def _add_inner(self, alpha: float, a: Array, c: Array) -> None:
        """C + α Aᵀ A, symmetric, in the place of C."""

        def add(part: slice) -> None:
            """Columns of the lower triangle."""
            blas.syrk(alpha, a[:, part], 1.0, c[part, part], transpose=True)
            below = slice(part.stop, None)
            blas.gemm(alpha, a[:, below], a[:, part], 1.0, c[below, part], transpose_a=True)

        self.each([partial(add, part) for part in _panels(len(c))])

    def add_inner_pair(self, c: Array, alpha: float, a: Array, b: Array) -> Array:
        """C + α (Aᵀ B + Bᵀ A), symmetric."""

        def add(part: slice) -> None:
            """Columns of the lower triangle; their square on the diagonal is a product and its transpose."""
            width, below = part.stop - part.start, slice(part.stop, None)
            square = self.empty(width, width)
            blas.gemm(alpha, a[:, part], b[:, part], 0.0, square, transpose_a=True)
            _kernels().add_with_transpose(c[part, part].T, square.T)
            self.release(square)
            for one, other in ((a, b), (b, a)):
                blas.gemm(
                    alpha, one[:, below], other[:, part], 1.0, c[below, part], transpose_a=True
                )

        self.each([partial(add, part) for part in _panels(len(c))])
        return c

    def add_symmetric_product(self, c: Array, a: Array, b: Array) -> Array:
        """C + Aᵀ B, where that product is symmetric: panels of columns from the diagonal down."""

        def add(part: slice) -> None:
            """Columns from the diagonal down."""
            down = slice(part.start, None)
            blas.gemm(1.0, a[:, down], b[:, part], 1.0, c[down, part], transpose_a=True)

        self.each([partial(add, part) for part in _panels(len(c), SQUARE_WIDTH)])
        return c

    def symmetric_square(self, a: Array, weight: Array | None = None) -> Array:
        """A S A for symmetric A and symmetric positive definite weight S; A A without one.

        With S = Γ Γᵀ it is (A Γ)(A Γ)ᵀ: three quarters of the work of two products. S may be
        overwritten.
        """
        full = self.symmetrized(self.copied(a))
        if weight is not None:
            full = self.times_lower(full, self._cholesky(weight))
        square = self.outer(1.0, full)
        self.release(full)
        return square


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


@cache
def _panels(n: int, width: int = PANEL_WIDTH) -> tuple[slice, ...]:
    """Rows or columns in parts of at least that width: one, or an even number of equal ones."""
    count = max(1, n // (2 * width) * 2)
    bounds = [n * k // count for k in range(count + 1)]
    return tuple(slice(a, b) for a, b in pairwise(bounds))


def _halves(lower: Array) -> tuple[Array, Array, Array]:
    """The two triangles on the diagonal of a lower one, and the rectangle between them."""
    half = len(lower) // 2
    return lower[:half, :half], lower[half:, half:], lower[half:, :half]
