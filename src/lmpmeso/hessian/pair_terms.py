"""Pair energy, its gradient and its second derivatives with respect to the bond vectors.

Array suffixes: p pair, a b c Cartesian components.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lmpmeso.hessian.neighbours import InteractingPairs

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def pair_gradient(pairs: InteractingPairs, phi1_p: FloatArray) -> FloatArray:
    """∂φ/∂r_p = φ′ n [energy/length], shape (P, d)."""
    return (phi1_p / pairs.distances_p)[:, None] * pairs.vectors_pc


def pair_stiffness(pairs: InteractingPairs, phi1_p: FloatArray, phi2_p: FloatArray) -> FloatArray:
    """∂²φ/∂r_p∂r_p = φ″ nn + (φ′/r)(1 - nn) [energy/length²], shape (P, d, d)."""
    n_pc = pairs.vectors_pc / pairs.distances_p[:, None]
    transverse_p = phi1_p / pairs.distances_p
    stiffness_pcc = ((phi2_p - transverse_p)[:, None] * n_pc)[:, :, None] * n_pc[:, None, :]
    for c in range(n_pc.shape[1]):
        stiffness_pcc[:, c, c] += transverse_p
    return stiffness_pcc
