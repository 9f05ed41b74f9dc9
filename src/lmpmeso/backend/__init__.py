"""NumPy or CuPy: the dense operations of the factorisation, on the device that was chosen.

:class:`ArrayBackend` writes every operation with functions that NumPy and CuPy share: it is what runs
on a GPU, and symmetric matrices are full there. :class:`LapackBackend` says the same in BLAS and
LAPACK calls that read and write the **lower triangle** of a symmetric matrix only; what its upper
triangle holds is undefined. Dense matrices are in Fortran order throughout.

An operation may overwrite the argument it adds to or multiplies from the right, and returns the
result: use the returned array, not the argument.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import blas, lapack, solve_triangular

from lmpmeso.arrays import FloatArray, IntArray
from lmpmeso.errors import MissingDependencyError

Array = Any
"""A NumPy array on the CPU, a CuPy array on a GPU."""
Placement = Any
"""Where the rows of one matrix lie in another, in the form that a backend likes best."""
DeviceName = Literal["auto", "cpu", "cuda"]

TRIANGLE_SIZE = 64
"""Triangles up to this size LAPACK inverts itself; larger ones are halved first, which is faster."""
PANEL_WIDTH = 256
"""Columns at a time of a product known to be symmetric, of which one triangle is computed."""
REUSED_ELEMENTS = 32 * 1024**2
"""Released memory that is kept for other matrices at most, in elements."""
REUSE_SLACK = 2.0
"""Released memory serves for matrices of at least this share (inverse) of its size."""
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
        """A + value·I, in place."""
        diagonal = self.xp.arange(len(a))
        a[diagonal, diagonal] += value
        return a

    def release(self, *arrays: Array) -> None:
        """Say that nobody will use these matrices again; their memory may be."""

    def from_host(self, array: NDArray[Any]) -> Array:
        """A NumPy array on this device."""
        return self.xp.asarray(array)

    def to_host(self, array: Array) -> NDArray[Any]:
        """An array of this device as a NumPy array."""
        return np.asarray(array)

    def synchronize(self) -> None:
        """Wait until the device has done everything it was asked for."""

    def free_memory(self) -> int:
        """Memory that a computation may plan for [bytes]."""
        return int(MEMORY_SHARE * available_host_memory())

    # --- from one front to another ---------------------------------------------------------------

    def placement(self, index: IntArray) -> Placement:
        """Prepare the increasing positions of a matrix's rows in a larger one."""
        return self.from_host(index)

    def add_block(self, target: Array, source: Array, rows: Placement, columns: Placement) -> None:
        """target[rows, columns] += source."""
        target[rows[:, None], columns[None, :]] += source

    def take_block(self, target: Array, source: Array, rows: Placement, columns: Placement) -> None:
        """Target = source[rows, columns]."""
        target[...] = source[rows[:, None], columns[None, :]]

    def add_symmetric(self, target: Array, source: Array, rows: Placement) -> None:
        """target[rows, rows] += source, both symmetric."""
        self.add_block(target, source, rows, rows)

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

    def add_outer(self, c: Array, alpha: float, a: Array) -> Array:
        """C + α A Aᵀ, symmetric."""
        c += alpha * self._product(a, a.T)
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


class LapackBackend(ArrayBackend):
    """The dense operations in BLAS and LAPACK, on lower triangles of symmetric matrices."""

    memory_factor = 1.0

    def __init__(self) -> None:
        super().__init__(np, solve_triangular, "cpu", f"{available_cores()} CPU cores")
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
            if isinstance(block, np.ndarray) and block.ndim == 1 and block.size:
                self._released.append(block)
        while sum(block.size for block in self._released) > REUSED_ELEMENTS:
            del self._released[0]

    def placement(self, index: IntArray) -> IntArray:
        """Runs of positions that follow one another, see :mod:`lmpmeso.backend.scatter_kernels`."""
        starts = np.flatnonzero(np.diff(index, prepend=-2) != 1)
        lengths = np.diff(starts, append=len(index))
        return np.stack([index[starts], starts, lengths], axis=1)

    def add_block(self, target: Array, source: Array, rows: Placement, columns: Placement) -> None:
        """target[rows, columns] += source."""
        _kernels().add_runs(target.T, source.T, rows, columns)

    def take_block(self, target: Array, source: Array, rows: Placement, columns: Placement) -> None:
        """Target = source[rows, columns]."""
        _kernels().take_runs(source.T, target.T, rows, columns)

    def add_symmetric(self, target: Array, source: Array, rows: Placement) -> None:
        """target[rows, rows] += source, lower triangles."""
        _kernels().add_lower(target.T, source.T, rows)

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
        lower, info = lapack.dpotrf(a, lower=1, overwrite_a=1, clean=1)
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
        return lapack.dlauum(lower, lower=1)[0]

    def times_lower(self, b: Array, lower: Array, transpose: bool = False) -> Array:
        """B L, or B Lᵀ; B may be overwritten."""
        return blas.dtrmm(1.0, lower, b, side=1, lower=1, trans_a=int(transpose), overwrite_b=1)

    def times_symmetric(self, b: Array, a: Array) -> Array:
        """B A with A symmetric."""
        c = self.empty(*b.shape)
        return blas.dsymm(1.0, a, b, 0.0, c, side=1, lower=1, overwrite_c=1)

    def symmetric_times(self, a: Array, b: Array) -> Array:
        """A B with A symmetric."""
        c = self.empty(*b.shape)
        return blas.dsymm(1.0, a, b, 0.0, c, lower=1, overwrite_c=1)

    def product(self, a: Array, b: Array) -> Array:
        """A B."""
        return blas.dgemm(1.0, a, b)

    def add_outer(self, c: Array, alpha: float, a: Array) -> Array:
        """C + α A Aᵀ, symmetric."""
        return blas.dsyrk(alpha, a, 1.0, c, lower=1, overwrite_c=1)

    def add_outer_pair(self, c: Array, alpha: float, a: Array, b: Array) -> Array:
        """C + α (A Bᵀ + B Aᵀ), symmetric."""
        return blas.dsyr2k(alpha, a, b, 1.0, c, lower=1, overwrite_c=1)

    def add_inner_pair(self, c: Array, alpha: float, a: Array, b: Array) -> Array:
        """C + α (Aᵀ B + Bᵀ A), symmetric."""
        return blas.dsyr2k(alpha, a, b, 1.0, c, trans=1, lower=1, overwrite_c=1)

    def add_symmetric_product(self, c: Array, a: Array, b: Array) -> Array:
        """C + Aᵀ B, where that product is symmetric: panels of columns from the diagonal down."""
        n = len(c)
        for first in range(0, n, PANEL_WIDTH):
            last = min(first + PANEL_WIDTH, n)
            c[first:, first:last] += blas.dgemm(1.0, a[:, first:], b[:, first:last], trans_a=1)
        return c

    def symmetric_square(self, a: Array, weight: Array | None = None) -> Array:
        """A S A for symmetric A and symmetric positive definite weight S; A A without one.

        With S = Γ Γᵀ it is (A Γ)(A Γ)ᵀ: three quarters of the work of two products. S may be
        overwritten.
        """
        full = self.symmetrized(a).copy(order="F")
        if weight is not None:
            full = self.times_lower(full, self._cholesky(weight))
        return blas.dsyrk(1.0, full, lower=1)


@cache
def _kernels() -> Any:
    """The compiled copies, loaded where the first is needed, because Numba takes a while to load."""
    from lmpmeso.backend import scatter_kernels

    return scatter_kernels


def _inverse_lower(lower: Array) -> Array:
    """L⁻¹ of a lower triangle, by halves."""
    n = len(lower)
    if n <= TRIANGLE_SIZE:
        return lapack.dtrtri(lower, lower=1)[0]
    half = n // 2
    result = np.zeros((n, n), order="F")
    first = _inverse_lower(np.asfortranarray(lower[:half, :half]))
    second = _inverse_lower(np.asfortranarray(lower[half:, half:]))
    corner = np.asfortranarray(lower[half:, :half])
    corner = blas.dtrmm(-1.0, second, corner, lower=1, overwrite_b=1)
    result[half:, :half] = blas.dtrmm(1.0, first, corner, side=1, lower=1, overwrite_b=1)
    result[:half, :half] = first
    result[half:, half:] = second
    return result


class CudaBackend(ArrayBackend):
    """The dense operations in CuPy, on one GPU."""

    def __init__(self) -> None:
        cupy = _import_cupy()
        from cupyx.scipy.linalg import solve_triangular as cuda_solve_triangular

        self._cupy = cupy
        properties = cupy.cuda.runtime.getDeviceProperties(cupy.cuda.Device().id)
        super().__init__(cupy, cuda_solve_triangular, "cuda", properties["name"].decode())

    def to_host(self, array: Array) -> NDArray[Any]:
        """An array of the GPU as a NumPy array."""
        return self._cupy.asnumpy(array)

    def synchronize(self) -> None:
        """Wait until the GPU has done everything it was asked for."""
        self._cupy.cuda.get_current_stream().synchronize()

    def free_memory(self) -> int:
        """Memory that a computation may plan for [bytes]: free on the device or in CuPy's pool."""
        free, _ = self._cupy.cuda.runtime.memGetInfo()
        return int(MEMORY_SHARE * (free + self._cupy.get_default_memory_pool().free_bytes()))

    def _cholesky(self, a: Array) -> Array:
        """L of A = L Lᵀ; asks CuPy for the error that it keeps to itself by default."""
        import cupyx

        with cupyx.errstate(linalg="raise"):
            return super()._cholesky(a)


def get_backend(device: DeviceName = "auto") -> ArrayBackend:
    """The backend of a device.

    Args:
        device: ``"cpu"``, ``"cuda"``, or ``"auto"``: a GPU if CuPy finds one, else the CPU.

    Raises:
        MissingDependencyError: ``"cuda"`` was asked for, and there is no CuPy or no GPU.
        ValueError: another name.
    """
    if device not in ("auto", "cpu", "cuda"):
        raise ValueError(f"device must be 'auto', 'cpu' or 'cuda', got {device!r}")
    if device == "cpu" or (device == "auto" and not cuda_available()):
        return LapackBackend()
    return CudaBackend()


@cache
def cuda_available() -> bool:
    """Whether CuPy is installed and finds a GPU."""
    try:
        _import_cupy()
    except MissingDependencyError:
        return False
    return True


def _import_cupy() -> Any:
    """CuPy, if it is installed and there is a GPU for it."""
    try:
        import cupy
    except ImportError as error:
        raise MissingDependencyError(
            "a GPU was asked for, but CuPy is not installed: pip install cupy-cuda12x or "
            "cupy-cuda13x, whichever fits the driver"
        ) from error
    try:
        n_devices = cupy.cuda.runtime.getDeviceCount()
    except cupy.cuda.runtime.CUDARuntimeError as error:
        raise MissingDependencyError(f"CuPy finds no usable GPU: {error}") from error
    if n_devices == 0:
        raise MissingDependencyError("CuPy is installed but finds no GPU")
    return cupy


_THREADS: ContextVar[int] = ContextVar("blas_threads", default=1)
"""BLAS threads of the enclosing :func:`blas_threads`."""


@contextmanager
def blas_threads(n_threads: int | None) -> Iterator[None]:
    """Hold every BLAS of this process to n_threads inside the block.

    NumPy and SciPy bring a BLAS each, and their threads get in each other's way on all but the largest
    fronts: without a number it is one thread, or that of an enclosing block.
    """
    threads = _THREADS.get() if n_threads is None else n_threads
    token = _THREADS.set(threads)
    try:
        with _threadpools().limit(limits=threads, user_api="blas"):
            yield
    finally:
        _THREADS.reset(token)


@cache
def _threadpools() -> Any:
    """The BLAS libraries of this process; looked up once, because that takes milliseconds."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def available_cores() -> int:
    """Cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def available_host_memory() -> int:
    """Free memory of the machine, or of the control group if that is less [bytes]."""
    meminfo = Path("/proc/meminfo")
    if meminfo.is_file():
        fields = dict(line.split(":", 1) for line in meminfo.read_text().splitlines())
        free = int(fields["MemAvailable"].split()[0]) * 1024
    else:
        free = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    limit, used = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")
    if limit.is_file() and used.is_file() and (value := limit.read_text().strip()) != "max":
        free = min(free, int(value) - int(used.read_text()))
    return max(free, 0)
