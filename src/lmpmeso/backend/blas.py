"""BLAS and LAPACK in place, on parts of matrices, while other Python threads run.

SciPy's own functions copy what is not contiguous, and hold the interpreter while they compute. These are the same
routines, by the addresses that SciPy gives to Cython (``scipy.linalg.cython_blas``), called through ctypes.

A matrix is float64, its columns contiguous: a matrix in Fortran order, or rows and columns of one that follow one
another. Of symmetric and triangular matrices the lower triangle is read and written. All write into their last
matrix.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

import numpy as np

from lmpmeso.arrays import FloatArray


@cache
def _routine(name: str, n_arguments: int) -> Callable[..., None]:
    """A Fortran routine, whose arguments are all addresses."""
    # Here, because SciPy's linear algebra takes a while to load.
    from scipy.linalg import cython_blas, cython_lapack

    modules = (cython_blas, cython_lapack)
    (capsule,) = (m.__pyx_capi__[name] for m in modules if name in m.__pyx_capi__)
    api = ctypes.pythonapi
    name_of = ctypes.PYFUNCTYPE(ctypes.c_char_p, ctypes.py_object)(("PyCapsule_GetName", api))
    address_of = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)(
        ("PyCapsule_GetPointer", api)
    )
    prototype = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * n_arguments)
    return prototype(address_of(capsule, name_of(capsule)))


@lru_cache(maxsize=4096)
def _int(value: int) -> Any:
    return ctypes.byref(ctypes.c_int(value))


@lru_cache(maxsize=64)
def _real(value: float) -> Any:
    return ctypes.byref(ctypes.c_double(value))


@cache
def _letter(value: bytes) -> Any:
    return ctypes.byref(ctypes.c_char(value))


LOWER, NOT_UNIT, LEFT, RIGHT = (_letter(letter) for letter in (b"L", b"N", b"L", b"R"))
AS_IT_IS, TRANSPOSED = _letter(b"N"), _letter(b"T")


def _address(a: FloatArray) -> tuple[int, Any]:
    """Where a matrix begins, and how many numbers lie from one column to the next.

    Raises:
        ValueError: its columns are not contiguous numbers of double precision.
    """
    n_rows, n_columns = a.shape
    down, across = a.strides
    if (
        a.dtype != np.float64
        or (n_rows > 1 and down != 8)
        or (n_columns > 1 and across < 8 * n_rows)
    ):
        raise ValueError(
            f"columns of doubles are needed, got {a.dtype} with strides {a.strides} and shape {a.shape}"
        )
    return a.__array_interface__["data"][0], _int(max(across // 8, n_rows, 1))


def gemm(
    alpha: float,
    a: FloatArray,
    b: FloatArray,
    beta: float,
    c: FloatArray,
    transpose_a: bool = False,
    transpose_b: bool = False,
) -> None:
    """C = α A B + β C, with Aᵀ or Bᵀ where they are asked for."""
    inner, rows = a.shape if transpose_a else a.shape[::-1]
    columns = b.shape[0] if transpose_b else b.shape[1]
    _require(c.shape == (rows, columns) and inner == b.shape[1 if transpose_b else 0])
    if c.size == 0:
        return
    (pa, lda), (pb, ldb), (pc, ldc) = _address(a), _address(b), _address(c)
    _routine("dgemm", 13)(
        TRANSPOSED if transpose_a else AS_IT_IS,
        TRANSPOSED if transpose_b else AS_IT_IS,
        *(_int(rows), _int(columns), _int(inner), _real(alpha)),
        *(pa, lda, pb, ldb, _real(beta), pc, ldc),
    )


def symm(
    alpha: float, a: FloatArray, b: FloatArray, beta: float, c: FloatArray, right: bool = False
) -> None:
    """C = α A B + β C with A symmetric; α B A + β C if it stands on the right."""
    _require(b.shape == c.shape and a.shape == (c.shape[1 if right else 0],) * 2)
    if c.size == 0:
        return
    (pa, lda), (pb, ldb), (pc, ldc) = _address(a), _address(b), _address(c)
    _routine("dsymm", 12)(
        *(RIGHT if right else LEFT, LOWER, _int(c.shape[0]), _int(c.shape[1]), _real(alpha)),
        *(pa, lda, pb, ldb, _real(beta), pc, ldc),
    )


def syrk(alpha: float, a: FloatArray, beta: float, c: FloatArray, transpose: bool = False) -> None:
    """C = α A Aᵀ + β C; α Aᵀ A + β C where the transpose is asked for."""
    n, k = a.shape[::-1] if transpose else a.shape
    _require(c.shape == (n, n))
    if n == 0:
        return
    (pa, lda), (pc, ldc) = _address(a), _address(c)
    _routine("dsyrk", 10)(
        *(LOWER, TRANSPOSED if transpose else AS_IT_IS, _int(n), _int(k), _real(alpha)),
        *(pa, lda, _real(beta), pc, ldc),
    )


def syr2k(alpha: float, a: FloatArray, b: FloatArray, beta: float, c: FloatArray) -> None:
    """C = α (A Bᵀ + B Aᵀ) + β C."""
    n, k = a.shape
    _require(c.shape == (n, n) and b.shape == a.shape)
    if n == 0:
        return
    (pa, lda), (pb, ldb), (pc, ldc) = _address(a), _address(b), _address(c)
    _routine("dsyr2k", 12)(
        *(LOWER, AS_IT_IS, _int(n), _int(k), _real(alpha)),
        *(pa, lda, pb, ldb, _real(beta), pc, ldc),
    )


def trmm(
    alpha: float, lower: FloatArray, b: FloatArray, right: bool = False, transpose: bool = False
) -> None:
    """B = α L B, or α B L, with Lᵀ where that is asked for."""
    _triangular("dtrmm", alpha, lower, b, right, transpose)


def trsm(
    alpha: float, lower: FloatArray, b: FloatArray, right: bool = False, transpose: bool = False
) -> None:
    """B = α L⁻¹ B, or α B L⁻¹, with L⁻ᵀ where that is asked for."""
    _triangular("dtrsm", alpha, lower, b, right, transpose)


def _triangular(
    name: str, alpha: float, lower: FloatArray, b: FloatArray, right: bool, transpose: bool
) -> None:
    _require(lower.shape == (b.shape[1 if right else 0],) * 2)
    if b.size == 0:
        return
    (pl, ldl), (pb, ldb) = _address(lower), _address(b)
    _routine(name, 11)(
        *(RIGHT if right else LEFT, LOWER, TRANSPOSED if transpose else AS_IT_IS, NOT_UNIT),
        *(_int(b.shape[0]), _int(b.shape[1]), _real(alpha), pl, ldl, pb, ldb),
    )


def potrf(a: FloatArray) -> int:
    """L of A = L Lᵀ in its place; returns the first pivot that is not positive, counted from 1, or 0."""
    return _in_place("dpotrf", 5, LOWER, a=a)


def trtri(lower: FloatArray) -> int:
    """L⁻¹ in the place of L; returns the first pivot that is zero, counted from 1, or 0."""
    return _in_place("dtrtri", 6, LOWER, NOT_UNIT, a=lower)


def lauum(lower: FloatArray) -> None:
    """Lᵀ L in the place of L."""
    _in_place("dlauum", 5, LOWER, a=lower)


def _in_place(name: str, n_arguments: int, *letters: Any, a: FloatArray) -> int:
    _require(a.shape[0] == a.shape[1])
    if a.size == 0:
        return 0
    info = ctypes.c_int(0)
    pa, lda = _address(a)
    _routine(name, n_arguments)(*letters, _int(len(a)), pa, lda, ctypes.byref(info))
    return info.value


def _require(fitting: bool) -> None:
    """Refuse matrices whose shapes do not fit: the routines would write elsewhere."""
    if not fitting:
        raise ValueError("the shapes of the matrices do not fit")
