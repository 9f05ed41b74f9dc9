"""Gradient and second derivatives of the pair energy with respect to the bond vectors.

Array suffixes: p pair, a b c Cartesian components. Components come first, so that every operation
runs over contiguous memory.
"""

from __future__ import annotations

import numpy as np

from lmpmeso.arrays import FloatArray
from lmpmeso.hessians.neighbours import InteractingPairs


def pair_gradient(pairs: InteractingPairs, phi1_p: FloatArray) -> FloatArray:
    """∂φ/∂r_p = φ′ n [energy/length], shape (d, P)."""
    return pairs.vectors_pc.T * (phi1_p / pairs.distances_p)


def pair_stiffness(pairs: InteractingPairs, phi1_p: FloatArray, phi2_p: FloatArray) -> FloatArray:
    """∂²φ/∂r_p∂r_p = φ″ nn + (φ′/r)(1 - nn) [energy/length²], shape (d, d, P)."""
    transverse_p = phi1_p / pairs.distances_p
    n_cp = pairs.vectors_pc.T / pairs.distances_p
    m_cp = (phi2_p - transverse_p) * n_cp
    d = len(n_cp)
    stiffness_abp = np.empty((d, d, pairs.n_pairs))
    for a in range(d):
        for b in range(a):
            np.multiply(m_cp[a], n_cp[b], out=stiffness_abp[a, b])
            stiffness_abp[b, a] = stiffness_abp[a, b]
        stiffness_abp[a, a] = m_cp[a] * n_cp[a] + transverse_p
    return stiffness_abp
