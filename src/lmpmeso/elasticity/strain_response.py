"""How the particles of a glass answer a strain, and how far a pair is stretched by it.

Under a displacement gradient, x → (1 + γ) x, the particles move on until forces balance, by u:γ. A pair of length r
along n is then stretched by T:γ::

    u_ab = -M⁻¹·Ξ_ab,   Ξ_ab = ∂²U/∂x∂γ_ab,   T_ab = r n_a n_b + n·(u_j - u_i)_ab.

A rotation turns all bonds, and forces in balance stay so: Ξ, and with it T, is symmetric in ab at a minimum, stress or no
stress. A long sound wave is a strain γ = e⊗q̂ about the pair. The mean of (T:e⊗q̂)² over directions q̂ is::

    longitudinal, e = q̂:                  [(tr T)² + 2 T:T]/(d(d+2)),
    transverse, the sum over d - 1 of e:   [d T:T - (tr T)²]/(d(d+2)).

Array suffixes: n particle, p pair, c Cartesian component; the last two of u and T are those of γ.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lmpmeso.arrays import FloatArray, IntArray
from lmpmeso.hessians import Hessian


def strain_response(hessian: Hessian, solve: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """u, the displacements beyond affine ones per unit of γ_ab [length], shape (N, d, d, d); without translation.

    ``solve`` applies M⁻¹ to force-free columns, shape (dN, d²).
    """
    n, d = hessian.n_particles, hessian.dimension
    forces_nccc = hessian.strain_coupling_nccc - hessian.strain_coupling_nccc.mean(axis=0)
    return -solve(np.ascontiguousarray(forces_nccc.reshape(-1, d * d))).reshape(n, d, d, d)


def pair_stretch(
    i: IntArray,
    j: IntArray,
    normals_pc: FloatArray,
    distances_p: FloatArray,
    response_nccc: FloatArray,
) -> FloatArray:
    """T, the stretch of pairs per unit of γ_ab [length], shape (P, d, d).

    Args:
        i: one particle of each pair, shape (P,).
        j: the other.
        normals_pc: unit vectors from i to j, shape (P, d).
        distances_p: their distance [length], shape (P,).
        response_nccc: u as :func:`strain_response` gives it [length], shape (N, d, d, d).
    """
    affine_pcc = distances_p[:, None, None] * normals_pc[:, :, None] * normals_pc[:, None, :]
    return affine_pcc + np.einsum("pc,pcab->pab", normals_pc, response_nccc[j] - response_nccc[i])


def square_stretch_by_sound(stretch_pcc: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean (T:e⊗q̂)² over directions q̂ of longitudinal, and of transverse waves together [length²], both shape (P,)."""
    d = stretch_pcc.shape[1]
    trace_p = np.trace(stretch_pcc, axis1=1, axis2=2)
    square_p = np.einsum("pab,pab->p", stretch_pcc, stretch_pcc)
    longitudinal_p = (trace_p**2 + 2.0 * square_p) / (d * (d + 2))
    return longitudinal_p, square_p / d - longitudinal_p
