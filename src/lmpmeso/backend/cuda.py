"""The dense operations on a GPU, where there is one and CuPy to drive it."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmpmeso.backend.array_backend import MEMORY_SHARE, Array, ArrayBackend
from lmpmeso.errors import MissingDependencyError

INSTALL = (
    "pip install 'cupy-cuda12x[ctk]' or 'cupy-cuda13x[ctk]', whichever fits the driver; [ctk] brings the "
    "libraries of CUDA that a driver alone has not"
)


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

    def probe(self) -> None:
        """Factorise a small matrix: what is missing of CUDA's libraries shows here.

        Raises:
            ArithmeticError: the device computes something else than the host.
        """
        matrix = np.diag(np.arange(2.0, 10.0)) + 0.1
        inverse = self.inverse_cholesky(self.from_host(np.asfortranarray(matrix)))
        found = self.to_host(self.lower_gram(inverse)) @ matrix
        if np.abs(found - np.eye(len(matrix))).max() > 1e-12:
            raise ArithmeticError(
                "the GPU gives another inverse of a small matrix than the processor"
            )


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
