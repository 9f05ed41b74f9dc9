"""The dense operations on a GPU, where there is one and CuPy to drive it."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmpmeso.backend.array_backend import MEMORY_SHARE, Array, ArrayBackend, Placement
from lmpmeso.errors import MissingDependencyError

INSTALL = (
    "pip install 'cupy-cuda12x[ctk]' or 'cupy-cuda13x[ctk]', whichever fits the driver; [ctk] brings the "
    "libraries of CUDA that a driver alone has not"
)

WHERE = "raw I rows, raw I columns, int64 n_rows, int64 down, int64 across"
ELEMENT = "(&matrix[0])[rows[i % n_rows] * down + columns[i / n_rows] * across]"
"""Of a matrix, for the i-th element of a block whose columns follow one another."""


class CudaBackend(ArrayBackend):
    """The dense operations in CuPy, on one GPU."""

    def __init__(self) -> None:
        cupy = _import_cupy()
        from cupyx.scipy.linalg import solve_triangular as cuda_solve_triangular

        self._cupy = cupy
        properties = cupy.cuda.runtime.getDeviceProperties(cupy.cuda.Device().id)
        super().__init__(cupy, cuda_solve_triangular, "cuda", properties["name"].decode())

    def add_block(self, target: Array, source: Array, rows: Placement, columns: Placement) -> None:
        """target[rows, columns] += source, in one launch."""
        kernel = _element_kernel("T value, " + WHERE, "raw T matrix", f"{ELEMENT} += value")
        kernel(source.T, rows, columns, len(rows), *_steps(target), target.T)

    def take_block(self, target: Array, source: Array, rows: Placement, columns: Placement) -> None:
        """Target = source[rows, columns], in one launch."""
        kernel = _element_kernel("raw T matrix, " + WHERE, "T value", f"value = {ELEMENT}")
        kernel(source.T, rows, columns, len(rows), *_steps(source), target.T)

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

    def probe(self) -> None:
        """Factorise a small matrix: what is missing of CUDA's libraries shows here.

        Raises:
            ArithmeticError: the device computes something else than the host.
        """
        matrix = np.diag(np.arange(2.0, 10.0)) + 0.1
        inverse = self.inverse_cholesky(self.from_host(np.asfortranarray(matrix)))
        found = [self.to_host(self.lower_gram(inverse)) @ matrix - np.eye(len(matrix))]
        block = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], order="F")
        rows, columns = np.array([0, 2, 3]), np.array([1, 4])
        target, taken = self.zeros(5, 6), self.zeros(3, 2)
        places = self.placements([rows, columns])
        self.add_block(target, self.from_host(block), *places)
        self.take_block(taken, target, *places)
        found += [self.to_host(target)[np.ix_(rows, columns)] - block, self.to_host(taken) - block]
        if max(np.abs(error).max() for error in found) > 1e-12:
            raise ArithmeticError("the GPU computes something else than the processor")


def _steps(matrix: Array) -> tuple[int, int]:
    """Numbers from one row of a matrix to the next, and from one column to the next."""
    down, across = (int(stride // matrix.itemsize) for stride in matrix.strides)
    return down, across


@cache
def _element_kernel(inputs: str, outputs: str, operation: str) -> Any:
    """A kernel over the elements of a block, column by column; compiled once a process."""
    return _import_cupy().ElementwiseKernel(inputs, outputs, operation, "lmpmeso_block")


def cuda_available() -> bool:
    """Whether CuPy is installed, finds a GPU, and computes on it."""
    return why_no_cuda() is None


@cache
def why_no_cuda() -> str | None:
    """What stands against a GPU, in words; asked once a process."""
    try:
        CudaBackend().probe()
    except MissingDependencyError as error:
        return str(error)
    # CuPy raises whatever the libraries do that it loads on first use.
    except Exception as error:
        return f"CuPy is there and cannot compute ({type(error).__name__}: {error}): {INSTALL}"
    return None


def _import_cupy() -> Any:
    """CuPy, if it is installed and there is a GPU for it."""
    try:
        import cupy
    except ImportError as error:
        raise MissingDependencyError(
            f"a GPU was asked for, but CuPy is not installed: {INSTALL}"
        ) from error
    try:
        n_devices = cupy.cuda.runtime.getDeviceCount()
    except cupy.cuda.runtime.CUDARuntimeError as error:
        raise MissingDependencyError(f"CuPy finds no usable GPU: {error}") from error
    if n_devices == 0:
        raise MissingDependencyError("CuPy is installed but finds no GPU")
    return cupy
