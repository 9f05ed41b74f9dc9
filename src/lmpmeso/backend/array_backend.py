"""The dense operations in functions that NumPy and CuPy share; symmetric matrices are full here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmpmeso.arrays import IntArray
from lmpmeso.backend.host import available_host_memory, blas_threads

Array = Any
"""A NumPy array on the CPU, a CuPy array on a GPU."""
Placement = Any
"""Where the rows of one matrix lie in another, in the form that a backend likes best."""

MEMORY_SHARE = 0.9
"""Share of the free memory that a computation may plan for."""


class NotPositiveDefiniteError(ArithmeticError):
    """A Cholesky factorisation met a pivot that is not positive."""


class ArrayBackend:
    """The dense operations, in functions that NumPy and CuPy share.

    Attributes:
        device: ``"cpu"`` or ``"cuda"``.
        description: the hardware in words.
    """

    def __init__(self, xp: Any, triangular_solver: Any, device: str, description: str):
        self.xp = xp
        self._solve_triangular = triangular_solver
        self.device = device
        self.description = description

    memory_factor = 2.0
    """Memory that full symmetric matrices and products take, relative to lower triangles."""

    # --- threads ---------------------------------------------------------------------------------

    @contextmanager
    def threads(self, n_threads: int | None) -> Iterator[None]:
        """So many threads compute inside the block; without a number as many as around it."""
        with blas_threads(n_threads):
            yield

    def each(self, jobs: Sequence[Callable[[], None]]) -> None:
        """Do jobs that write to different places."""
        for job in jobs:
            job()

    # --- arrays, memory --------------------------------------------------------------------------

    def empty(self, n_rows: int, n_columns: int) -> Array:
        """Matrix in Fortran order whose elements are still to be set."""
        return self.xp.empty((n_rows, n_columns), order="F")

    def zeros(self, n_rows: int, n_columns: int) -> Array:
        """Matrix of zeros in Fortran order."""
        return self.xp.zeros((n_rows, n_columns), order="F")

    def symmetric_zeros(self, n: int) -> Array:
        """Symmetric matrix of zeros."""
        return self.zeros(n, n)

    def identity(self, n: int) -> Array:
        """Unit matrix in Fortran order."""
        return self.add_to_diagonal(self.zeros(n, n), 1.0)

    def add_to_diagonal(self, a: Array, value: float) -> Array:
        """A + value·I, in place; A has no gaps in memory."""
        diagonal = a.T.reshape(-1)[:: len(a) + 1]
        diagonal += value
        return a

    def release(self, *arrays: Array) -> None:
        """Say that nobody will use these matrices again; their memory may be."""

    def from_host(self, array: NDArray[Any]) -> Array:
        """A NumPy array on this device."""
        return self.xp.asarray(array)

    def each_from_host(self, arrays: Sequence[NDArray[Any]]) -> list[Array]:
        """NumPy vectors of one type on this device, all of them by one transfer."""
        if not arrays:
            return []
        together = self.from_host(np.concatenate(arrays))
        ends = np.cumsum([len(array) for array in arrays]).tolist()
        return [together[e - len(array) : e] for e, array in zip(ends, arrays, strict=True)]

    def to_host(self, array: Array) -> NDArray[Any]:
        """An array of this device as a NumPy array."""
        return np.asarray(array)

    def synchronize(self) -> None:
        """Wait until the device has done everything it was asked for."""

    def free_memory(self) -> int:
        """Memory that a computation may plan for [bytes]."""
        return int(MEMORY_SHARE * available_host_memory())

    # --- from one front to another ---------------------------------------------------------------

    def placements(self, indices: Sequence[IntArray]) -> list[Placement]:
        """Prepare the increasing positions of matrices' rows in larger ones."""
        return self.each_from_host(indices)

    def add_block(self, target: Array, source: Array, rows: Placement, columns: Placement) -> None:
        """target[rows, columns] += source."""
        target[rows[:, None], columns[None, :]] += source

    def take_block(self, target: Array, source: Array, rows: Placement, columns: Placement) -> None:
        """Target = source[rows, columns]."""
        target[...] = source[rows[:, None], columns[None, :]]

    def add_symmetric(self, target: Array, source: Array, rows: Placement) -> None:
        """target[rows, rows] += source, both symmetric."""
        self.add_block(target, source, rows, rows)

    def sum_symmetric(self, n: int, parts: Sequence[tuple[Array, Placement]]) -> Array:
        """Symmetric matrix of n rows: the sum of smaller ones, each at its rows."""
        result = self.symmetric_zeros(n)
        for source, rows in parts:
            self.add_symmetric(result, source, rows)
        return result

    def take_symmetric(self, target: Array, source: Array, rows: Placement) -> None:
        """Target = source[rows, rows], both symmetric."""
        self.take_block(target, source, rows, rows)

    def mirrored(self, a: Array, n: int) -> Array:
        """The symmetric matrix whose block a[n:, :n] was set, and a[:n, n:] was not."""
        a[:n, n:] = a[n:, :n].T
        return a

    # --- dense algebra ---------------------------------------------------------------------------

    def inverse_cholesky(self, a: Array) -> Array:
        """L⁻¹ of A = L Lᵀ, with zeros above the diagonal; A may be overwritten.

        Raises:
            NotPositiveDefiniteError: a pivot is not positive.
        """
        lower = self._cholesky(a)
        return self.xp.asfortranarray(
            self._solve_triangular(lower, self.identity(len(lower)), lower=True)
        )

    def _cholesky(self, a: Array) -> Array:
        """L of A = L Lᵀ."""
        try:
            return self.xp.linalg.cholesky(a)
        except np.linalg.LinAlgError as error:
            raise NotPositiveDefiniteError(str(error)) from error

    def symmetrized(self, a: Array) -> Array:
        """A symmetric matrix with both triangles, which are written in place."""
        return a

    def lower_gram(self, lower: Array) -> Array:
        """Lᵀ L, symmetric."""
        return self._product(lower.T, lower)

    def times_lower(self, b: Array, lower: Array, transpose: bool = False) -> Array:
        """B L, or B Lᵀ."""
        return self._product(b, lower.T if transpose else lower)

    def times_symmetric(self, b: Array, a: Array) -> Array:
        """B A with A symmetric."""
        return self._product(b, a)

    def symmetric_times(self, a: Array, b: Array) -> Array:
        """A B with A symmetric."""
        return self._product(a, b)

    def product(self, a: Array, b: Array) -> Array:
        """A B."""
        return self._product(a, b)

    def negated(self, a: Array) -> Array:
        """-A, in place."""
        return self.xp.negative(a, out=a)

    def add_symmetric_times(self, c: Array, alpha: float, a: Array, b: Array) -> Array:
        """C + α A B with A symmetric, in place."""
        c += alpha * self._product(a, b)
        return c

    def copied(self, a: Array) -> Array:
        """The same numbers in another matrix."""
        result = self.empty(*a.shape)
        result[...] = a
        return result

    def outer(self, alpha: float, a: Array, c: Array | None = None) -> Array:
        """C + α A Aᵀ, symmetric; C may be overwritten, and is zero where there is none."""
        product = alpha * self._product(a, a.T)
        if c is None:
            return product
        c += product
        return c

    def add_outer_pair(self, c: Array, alpha: float, a: Array, b: Array) -> Array:
        """C + α (A Bᵀ + B Aᵀ), symmetric."""
        product = self._product(a, b.T)
        c += alpha * (product + product.T)
        return c

    def add_inner_pair(self, c: Array, alpha: float, a: Array, b: Array) -> Array:
        """C + α (Aᵀ B + Bᵀ A), symmetric."""
        product = self._product(a.T, b)
        c += alpha * (product + product.T)
        return c

    def add_symmetric_product(self, c: Array, a: Array, b: Array) -> Array:
        """C + Aᵀ B, where that product is symmetric."""
        c += self._product(a.T, b)
        return c

    def symmetric_square(self, a: Array, weight: Array | None = None) -> Array:
        """A S A for symmetric A and symmetric positive definite weight S; A A without one."""
        return self._product(a if weight is None else self._product(a, weight), a)

    def _product(self, a: Array, b: Array) -> Array:
        """A B in Fortran order: NumPy and CuPy return C order, so ask for Bᵀ Aᵀ."""
        if 0 in (*a.shape, *b.shape):
            return self.zeros(len(a), b.shape[1])
        return self.xp.matmul(b.T, a.T).T
