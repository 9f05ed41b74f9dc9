"""The cost function whose minima are the pseudo-harmonic modes of a glass.

For displacements z of the particles, with z_ij = z_j - z_i of the interacting pairs::

    C(z) = (z·M·z)² / S(z),   S(z) = Σ_⟨ij⟩ (z_ij·z_ij)².

Small where z is soft and localised; neither the length nor a translation of z matters (Richard et
al., Phys. Rev. Lett. 126, 015501 (2021), https://doi.org/10.1103/PhysRevLett.126.015501).

Many displacement fields are handled at once. Array suffixes: n particle, p pair, h half-bond,
c Cartesian component, k displacement field.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from lmpmeso.hessian import Hessian
from lmpmeso.hessian.half_bonds import half_bonds

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

BLOCK_NUMBERS = 65536
"""Relative displacements held at one time, in numbers: what stays in the processor's cache."""


class PseudoHarmonicCost:
    """C(z) of one glass, its gradient and its parts.

    Displacement fields are columns: arrays of shape (dN, k), or (dN,) for a single one, particle by
    particle.

    Args:
        hessian: gives M and the interacting pairs.
    """

    def __init__(self, hessian: Hessian):
        self.hessian = hessian
        self.matrix = hessian.matrix.tocsr()
        n, pairs = hessian.n_particles, hessian.pairs
        bonds = half_bonds(pairs.i, pairs.j, n)
        centre_h = np.repeat(np.arange(n), np.diff(bonds.starts))
        self._from_centre = _differences(centre_h, bonds.neighbour, n)
        self._of_pairs = _differences(pairs.i, pairs.j, n)
        self._starts = bonds.starts

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
        z_nx, d = self._by_particle(z), self.hessian.dimension
        n_fields = z_nx.shape[1] // d
        S_k = np.zeros(n_fields)
        gradient_nx = np.empty_like(z_nx)
        n_particles = len(z_nx)
        per_particle = max(1, d * n_fields * len(self._of_pairs.indices) // n_particles)
        step = max(1, BLOCK_NUMBERS // per_particle)
        for first in range(0, n_particles, step):
            last = min(first + step, n_particles)
            bonds = slice(self._starts[first], self._starts[last])
            r_hck = (self._from_centre[bonds] @ z_nx).reshape(-1, d, n_fields)
            square_hk = _squares(r_hck, r_hck)
            S_k += 0.5 * np.einsum("hk,hk->k", square_hk, square_hk)
            r_hck *= square_hk[:, None]
            gradient_nx[first:last] = _sums(
                r_hck.reshape(-1, d * n_fields), self._starts[first : last + 1]
            )
        gradient_nx *= -4.0
        return S_k.reshape(z.shape[1:]), gradient_nx.reshape(z.shape)

    def along(self, z: FloatArray, p: FloatArray) -> FloatArray:
        """Coefficients of the quartic S(z + t p) = Σ_m s_m t^m, shape (5, k).

        Args:
            z: displacement fields, shape (dN, k).
            p: a direction for each, shape (dN, k).
        """
        z_nx, p_nx, d = self._by_particle(z), self._by_particle(p), self.hessian.dimension
        n_fields = z_nx.shape[1] // d
        s_mk = np.zeros((5, n_fields))
        n_pairs = self._of_pairs.shape[0]
        step = max(1, BLOCK_NUMBERS // (d * n_fields))
        for first in range(0, n_pairs, step):
            differences = self._of_pairs[first : first + step]
            r_pck = (differences @ z_nx).reshape(-1, d, n_fields)
            q_pck = (differences @ p_nx).reshape(-1, d, n_fields)
            a_pk, b_pk, c_pk = (
                _squares(r_pck, r_pck),
                _squares(r_pck, q_pck),
                _squares(q_pck, q_pck),
            )
            s_mk[0] += np.einsum("pk,pk->k", a_pk, a_pk)
            s_mk[1] += 4.0 * np.einsum("pk,pk->k", a_pk, b_pk)
            s_mk[2] += 4.0 * np.einsum("pk,pk->k", b_pk, b_pk)
            s_mk[2] += 2.0 * np.einsum("pk,pk->k", a_pk, c_pk)
            s_mk[3] += 4.0 * np.einsum("pk,pk->k", b_pk, c_pk)
            s_mk[4] += np.einsum("pk,pk->k", c_pk, c_pk)
        return s_mk

    def _by_particle(self, z: FloatArray) -> FloatArray:
        """The fields as (N, d k), a view."""
        n_rows = self.matrix.shape[0]
        if z.ndim not in (1, 2) or len(z) != n_rows:
            raise ValueError(
                f"displacements must have shape (dN,) or (dN, k) with dN = {n_rows}, got {z.shape}"
            )
        return np.ascontiguousarray(z, dtype=np.float64).reshape(self.hessian.n_particles, -1)


def _differences(start: IntArray, end: IntArray, n_particles: int) -> sparse.csr_array:
    """Matrix that takes a quantity of the particles to its difference, end minus start, of each bond."""
    n_bonds = len(start)
    return sparse.csr_array(
        (
            np.tile([-1.0, 1.0], n_bonds),
            np.stack([start, end], axis=1).ravel().astype(np.int32),
            np.arange(0, 2 * n_bonds + 1, 2, dtype=np.int32),
        ),
        shape=(n_bonds, n_particles),
    )


def _sums(values_hx: FloatArray, starts: IntArray) -> FloatArray:
    """Sums over the rows starts[n] - starts[0] … starts[n + 1] - starts[0] - 1."""
    n_bonds = len(values_hx)
    incidence = sparse.csr_array(
        (np.ones(n_bonds), np.arange(n_bonds), starts - starts[0]), shape=(len(starts) - 1, n_bonds)
    )
    result: FloatArray = incidence @ values_hx
    return result


def _squares(a_pck: FloatArray, b_pck: FloatArray) -> FloatArray:
    """Scalar products of the vectors of each pair, shape (P, k)."""
    result: FloatArray = a_pck[:, 0] * b_pck[:, 0]
    for c in range(1, a_pck.shape[1]):
        result += a_pck[:, c] * b_pck[:, c]
    return result
