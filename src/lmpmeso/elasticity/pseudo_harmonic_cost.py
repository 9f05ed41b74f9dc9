"""The cost function whose minima are the pseudo-harmonic modes of a glass.

For displacements z of the particles, with z_ij = z_j - z_i of the interacting pairs::

    C(z) = (z·M·z)² / S(z),   S(z) = Σ_⟨ij⟩ (z_ij·z_ij)².

Small where z is soft and localised; neither the length nor a translation of z matters (Richard et
al., Phys. Rev. Lett. 126, 015501 (2021), https://doi.org/10.1103/PhysRevLett.126.015501).

Many displacement fields are handled at once. Array suffixes: n particle, c Cartesian component, k
displacement field, m power of t.
"""

from __future__ import annotations

import numpy as np

from lmpmeso.arrays import FloatArray
from lmpmeso.hessians import Hessian


class PseudoHarmonicCost:
    """C(z) of one glass, its gradient and its parts.

    Displacement fields are columns: arrays of shape (dN, k), or (dN,) for a single one, particle by
    particle.

    Args:
        hessian: gives M and the interacting pairs.

    Attributes:
        matrix: M, shape (dN, dN).
        largest_stiffness: largest diagonal element of M [energy/length²].
    """

    def __init__(self, hessian: Hessian):
        self.hessian = hessian
        self.matrix = hessian.matrix.tocsr()
        self.largest_stiffness = float(np.abs(self.matrix.diagonal()).max())

    def stiffness(self, z: FloatArray) -> FloatArray:
        """z·M·z [energy/length² × square of z], shape (k,) or ()."""
        return np.sum(z * (self.matrix @ z), axis=0)

    def __call__(self, z: FloatArray) -> FloatArray:
        """C(z) [energy²/length⁴], shape (k,) or ()."""
        return self.stiffness(z) ** 2 / self.pair_sum(z)[0]

    def gradient(self, z: FloatArray) -> FloatArray:
        """∇C = 4 (z·M·z) M z / S - ((z·M·z)/S)² ∇S, shape of z."""
        S, gradient_S = self.pair_sum(z)
        Mz = self.matrix @ z
        k = np.sum(z * Mz, axis=0)
        result: FloatArray = (4.0 * k / S) * Mz - (k / S) ** 2 * gradient_S
        return result

    def pair_sum(self, z: FloatArray) -> tuple[FloatArray, FloatArray]:
        """S, shape (k,) or (), and ∇S, whose part at j is 4 Σ_i (z_ij·z_ij) z_ij, shape of z."""
        from lmpmeso.elasticity.pair_sum_kernels import add_pair_sum

        z_nck = self._by_particle(z)
        S_k, gradient_nck = np.zeros(z_nck.shape[2]), np.zeros_like(z_nck)
        pairs = self.hessian.pairs
        add_pair_sum(z_nck, pairs.i, pairs.j, S_k, gradient_nck, np.empty_like(S_k))
        return S_k.reshape(z.shape[1:]), gradient_nck.reshape(z.shape)

    def along(self, z: FloatArray, p: FloatArray) -> FloatArray:
        """Coefficients of the quartic S(z + t p) = Σ_m s_m t^m, shape (5, k).

        Args:
            z: displacement fields, shape (dN, k).
            p: a direction for each, shape (dN, k).
        """
        from lmpmeso.elasticity.pair_sum_kernels import add_quartic

        z_nck, p_nck = self._by_particle(z), self._by_particle(p)
        n_fields = z_nck.shape[2]
        s_mk = np.zeros((5, n_fields))
        pairs = self.hessian.pairs
        add_quartic(z_nck, p_nck, pairs.i, pairs.j, s_mk, np.empty((3, n_fields)))
        return s_mk

    def _by_particle(self, z: FloatArray) -> FloatArray:
        """The fields as (N, d, k), a view where they lie row by row."""
        n_rows = self.matrix.shape[0]
        if z.ndim not in (1, 2) or len(z) != n_rows:
            raise ValueError(
                f"displacements must have shape (dN,) or (dN, k) with dN = {n_rows}, got {z.shape}"
            )
        shape = (self.hessian.n_particles, self.hessian.dimension, -1)
        return np.ascontiguousarray(z, dtype=np.float64).reshape(shape)
