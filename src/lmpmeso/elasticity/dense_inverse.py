"""Dipole responses from the dense inverse of a Hessian: simple, and the fastest way on a large GPU.

Array suffixes: n particle, p pair, c Cartesian component.
"""

from __future__ import annotations

import numpy as np

from lmpmeso.arrays import FloatArray, IntArray
from lmpmeso.backend import Array, ArrayBackend, NotPositiveDefiniteError
from lmpmeso.elasticity.factor import HessianPlan, require_memory
from lmpmeso.hessians import Hessian

CHUNK_BYTES = {"cpu": 2 * 1024**2, "cuda": 256 * 1024**2}
"""Memory of the responses computed at one time: what stays in a CPU's cache, what fills a GPU."""


def dense_memory(n_rows: int, device: str) -> int:
    """Peak memory of the dense inverse [bytes]: the matrix, two triangles and workspace.

    A GPU solves with the unit matrix for the inverse of the triangle: one matrix more.
    """
    matrices = 4 if device == "cpu" else 5
    return 8 * matrices * n_rows**2 + 4 * CHUNK_BYTES[device]


def dense_operations(n_rows: int, device: str) -> float:
    """Floating-point operations of the dense inverse; a GPU multiplies full matrices."""
    return n_rows**3 * (1.0 if device == "cpu" else 10.0 / 3.0)


def dense_dipole_response(
    hessian: Hessian,
    i: IntArray,
    j: IntArray,
    normals_pc: FloatArray,
    backend: ArrayBackend,
    threads: int | None = None,
) -> tuple[FloatArray, FloatArray]:
    """d̂ᵀ M⁻¹ d̂ and d̂ᵀ M⁻² d̂ of unit dipoles, by inverting M + c E Eᵀ/N as a dense matrix.

    E are the translations; a dipole and its response have no part in them. The dipoles are between
    particles i and j, shape (P,), along the unit vectors from i to j, shape (P, d). ``threads`` share
    the work; None means one, or those of an enclosing :func:`~lmpmeso.backend.blas_threads`.

    Returns:
        (d̂ᵀ M⁻¹ d̂ [length²/energy], d̂ᵀ M⁻² d̂ [length⁴/energy²]), both of shape (P,).

    Raises:
        UnstableStructureError: M is not positive definite beside the translations.
        ResourceError: the matrices do not fit.
    """
    n_particles, d = hessian.n_particles, hessian.dimension
    n_rows, xp = d * n_particles, backend.xp
    require_memory(dense_memory(n_rows, backend.device), backend, "the dense inverse")
    stiffness = abs(float(hessian.matrix.diagonal().mean()))
    with backend.threads(threads):
        held = _dense(hessian, backend)
        by_component = held.reshape(n_particles, d, n_particles, d)
        for c in range(d):
            by_component[:, c, :, c] += stiffness / n_particles
        try:
            inverse_cholesky = backend.inverse_cholesky(held.T)
        except NotPositiveDefiniteError:
            raise HessianPlan(hessian).unstable(backend) from None
        del held, by_component
        inverse = backend.symmetrized(backend.lower_gram(inverse_cholesky))
        del inverse_cholesky
        rows = inverse.T.reshape(n_particles, d, n_rows)
        response = xp.empty(len(i))
        norm = xp.empty(len(i))
        chunk = max(1, CHUNK_BYTES[backend.device] // (8 * n_rows))
        for first in range(0, len(i), chunk):
            part = slice(first, first + chunk)
            from_i, from_j = backend.from_host(i[part]), backend.from_host(j[part])
            normals = backend.from_host(normals_pc[part])
            z = xp.zeros((len(normals), n_rows))
            for c in range(d):
                z += normals[:, c, None] * (rows[from_j, c] - rows[from_i, c])
            z *= np.sqrt(0.5)
            pairs = xp.arange(len(z))
            z_nc = z.reshape(len(z), n_particles, d)
            stretch = ((z_nc[pairs, from_j] - z_nc[pairs, from_i]) * normals).sum(axis=1)
            response[part] = stretch / np.sqrt(2.0)
            norm[part] = (z * z).sum(axis=1)
        return backend.to_host(response), backend.to_host(norm)


def _dense(hessian: Hessian, backend: ArrayBackend) -> Array:
    """The Hessian as a matrix in C order, made on the device: its blocks are a hundredth of it."""
    n, d = hessian.n_particles, hessian.dimension
    matrix = hessian.matrix.tobsr((d, d))
    rows = np.repeat(np.arange(n), np.diff(matrix.indptr))
    result = backend.xp.zeros((d * n, d * n))
    blocks = result.reshape(n, d, n, d)
    blocks[backend.from_host(rows), :, backend.from_host(matrix.indices), :] = backend.from_host(
        matrix.data
    )
    return result
