"""NumPy or CuPy: the dense operations of the factorisation, on the device that was chosen.

:class:`ArrayBackend` writes every operation with functions that NumPy and CuPy share: it is what runs
on a GPU, and symmetric matrices are full there. :class:`LapackBackend` says the same in BLAS and
LAPACK calls on the **lower triangle** of a symmetric matrix. Dense matrices are in Fortran order
throughout.

An operation may overwrite the argument it adds to or multiplies from the right, and returns the
result: use the returned array, not the argument.
"""

from lmpmeso.backend.array_backend import Array, ArrayBackend, NotPositiveDefiniteError, Placement
from lmpmeso.backend.cuda import CudaBackend, cuda_available
from lmpmeso.backend.devices import DeviceName, get_backend
from lmpmeso.backend.host import available_cores, available_host_memory, blas_threads
from lmpmeso.backend.lapack import REUSED_ELEMENTS, LapackBackend

__all__ = [
    "REUSED_ELEMENTS",
    "Array",
    "ArrayBackend",
    "CudaBackend",
    "DeviceName",
    "LapackBackend",
    "NotPositiveDefiniteError",
    "Placement",
    "available_cores",
    "available_host_memory",
    "blas_threads",
    "cuda_available",
    "get_backend",
]
