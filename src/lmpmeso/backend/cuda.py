"""The dense operations on a GPU, where there is one and CuPy to drive it."""

from __future__ import annotations

from functools import cache
from typing import Any

from numpy.typing import NDArray

from lmpmeso.backend.array_backend import MEMORY_SHARE, Array, ArrayBackend
from lmpmeso.errors import MissingDependencyError


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
