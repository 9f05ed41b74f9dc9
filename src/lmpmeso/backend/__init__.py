"""NumPy or CuPy: the dense operations of the factorisation, on the device that was chosen.

:class:`ArrayBackend` writes every operation with functions that NumPy and CuPy share: it is what runs
on a GPU, and symmetric matrices are full there. :class:`LapackBackend` says the same in BLAS and
LAPACK calls on the **lower triangle** of a symmetric matrix. Dense matrices are in Fortran order
throughout.

An operation may overwrite the argument it adds to or multiplies from the right, and returns the
result: use the returned array, not the argument.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lmpmeso.on_demand import names_on_demand

if TYPE_CHECKING:
    from lmpmeso.backend.array_backend import Array as Array
    from lmpmeso.backend.array_backend import ArrayBackend as ArrayBackend
    from lmpmeso.backend.array_backend import NotPositiveDefiniteError as NotPositiveDefiniteError
    from lmpmeso.backend.array_backend import Placement as Placement
    from lmpmeso.backend.cuda import CudaBackend as CudaBackend
    from lmpmeso.backend.cuda import cuda_available as cuda_available
    from lmpmeso.backend.devices import DeviceName as DeviceName
    from lmpmeso.backend.devices import get_backend as get_backend
    from lmpmeso.backend.host import available_cores as available_cores
    from lmpmeso.backend.host import available_host_memory as available_host_memory
    from lmpmeso.backend.host import blas_threads as blas_threads
    from lmpmeso.backend.host import chosen_threads as chosen_threads
    from lmpmeso.backend.lapack import LapackBackend as LapackBackend
    from lmpmeso.backend.released import REUSED_ELEMENTS as REUSED_ELEMENTS

_HOMES = {
    "REUSED_ELEMENTS": "released",
    "Array": "array_backend",
    "ArrayBackend": "array_backend",
    "CudaBackend": "cuda",
    "DeviceName": "devices",
    "LapackBackend": "lapack",
    "NotPositiveDefiniteError": "array_backend",
    "Placement": "array_backend",
    "available_cores": "host",
    "available_host_memory": "host",
    "blas_threads": "host",
    "chosen_threads": "host",
    "cuda_available": "cuda",
    "get_backend": "devices",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = names_on_demand(__name__, _HOMES)
