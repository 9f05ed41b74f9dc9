"""What κ_ij inherits from the error of a Hessian that was measured.

With z = M⁻¹ d̂, w = M⁻¹ z and κ = (d̂·z)/(z·z), a small change δM of the Hessian changes κ by::

    δκ = (-z·δM·z + 2κ z·δM·w)/(z·z).

A translation-invariant δM is made of blocks between pairs of particles, δM_ij, and answers to relative
displacements z_ij = z_j - z_i alone: x·δM·y = -Σ_⟨ij⟩ x_ij·δM_ij·y_ij.

Array suffixes: n particle, p pair, c Cartesian component, k dipole.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lmpmeso.arrays import FloatArray, IntArray
from lmpmeso.hessians import Hessian


def kappa_error(
    hessian: Hessian, forces: FloatArray, solve: Callable[[FloatArray], FloatArray]
) -> float:
    """Error of κ_ij from that of the Hessian's elements [energy/length²].

    Standard deviation of κ if all elements err independently by ``hessian.error``, for the dipole that is
    worst among the given ones. That is cautious: most elements err by far less than the worst.

    Args:
        hessian: the Hessian.
        forces: unit dipoles d̂ as columns, shape (dN, k).
        solve: M⁻¹ applied to force-free columns.
    """
    z = solve(forces)
    w = solve(z)
    norm_k = np.einsum("nk,nk->k", z, z)
    kappa_k = np.einsum("nk,nk->k", forces, z) / norm_k
    i, j = _blocks_above_diagonal(hessian)
    z_pck, w_pck = (_relative(x, i, j, hessian.n_particles) for x in (z, w))
    zz_pk, ww_pk, zw_pk = (
        np.einsum("pck,pck->pk", x, y) for x, y in ((z_pck, z_pck), (w_pck, w_pck), (z_pck, w_pck))
    )
    # Squared Frobenius norm of z_p z_p - κ (z_p w_p + w_p z_p).
    square_pk = zz_pk**2 - 4.0 * kappa_k * zz_pk * zw_pk
    square_pk += 2.0 * kappa_k**2 * (zz_pk * ww_pk + zw_pk**2)
    response_k = np.sqrt(square_pk.sum(axis=0)) / norm_k
    return float(hessian.error * response_k.max())


def _relative(x: FloatArray, i: IntArray, j: IntArray, n_particles: int) -> FloatArray:
    """x_j - x_i of columns of displacements, shape (P, d, k)."""
    x_nck = x.reshape(n_particles, -1, x.shape[1])
    return x_nck[j] - x_nck[i]


def _blocks_above_diagonal(hessian: Hessian) -> tuple[IntArray, IntArray]:
    """Pairs of particles that the Hessian couples."""
    matrix = hessian.matrix
    rows = np.repeat(np.arange(hessian.n_particles), np.diff(matrix.indptr))
    columns = matrix.indices.astype(np.int64)
    upper = rows < columns
    return rows[upper], columns[upper]
