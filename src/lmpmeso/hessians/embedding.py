"""Gradient and Hessian of the embedding energy Σ_i F_i(ρ_i), ρ_i = Σ_j ρ_{j→i}(r_ij).

As a function of distances the energy has the first derivatives F′_i ρ′ and the second derivatives
F′_i ρ″, which act as those of an additional pair potential, and F″_i ρ′ρ′ between any two bonds of the
same particle: with g_i = ∂ρ_i/∂x the Hessian is that of the effective pair potential and Σ_i F″_i g_i g_iᵀ.

Array suffixes: n particle, p pair within reach of the density, h half-bond, b block, a b c Cartesian
components; k order of the derivative.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lmpmeso.arrays import FloatArray, IntArray
from lmpmeso.hessians.half_bonds import HalfBonds, half_bonds
from lmpmeso.hessians.neighbours import InteractingPairs
from lmpmeso.models.embedded_atom import EmbeddedAtom


@dataclass(frozen=True, eq=False)
class EmbeddingTerms:
    """Extensive embedding energy [energy] and its derivatives in the distances of all pairs.

    ``slope_p`` is Σ F′ρ′ over both ends of a pair [energy/length], shape (P,): the φ′ that the embedding adds.
    """

    energy: float
    slope_p: FloatArray


@dataclass(frozen=True, eq=False)
class EmbeddingHessian(EmbeddingTerms):
    """Second derivatives of the embedding energy.

    Attributes:
        curvature_p: Σ F′ρ″ over both ends of a pair [energy/length²], shape (P,): the φ″ that it adds.
        strain_gradient_cabp: Σ_q of F″_i ∂ρ_i/∂r_pc ∂ρ_i/∂r_qa r_qb [energy/length], shape (d, d, d, P).
        i, j: particles i < j that act on a common density, sorted by i and then by j, shape (B,).
        blocks_abb: their blocks of Σ_i F″_i g_i g_iᵀ [energy/length²], shape (d, d, B).
    """

    curvature_p: FloatArray
    strain_gradient_cabp: FloatArray
    i: IntArray
    j: IntArray
    blocks_abb: FloatArray


@dataclass(frozen=True, eq=False)
class Densities:
    """Pairs within reach of the density, by their place among all, and what they bring.

    ``at_i_kp`` and ``at_j_kp`` are ρ, ρ′, … at either end, shape (order + 1, P′); ``energies_kn`` are F, F′, …
    at the densities of the particles, shape (order + 1, N).
    """

    near: IntArray
    i: IntArray
    j: IntArray
    at_i_kp: FloatArray
    at_j_kp: FloatArray
    energies_kn: FloatArray

    def both_ends(self, k: int, n_pairs: int) -> FloatArray:
        """F′ρ⁽ᵏ⁾ of a pair's two ends, for all pairs, shape (P,)."""
        result = np.zeros(n_pairs)
        slope_n = self.energies_kn[1]
        result[self.near] = slope_n[self.i] * self.at_i_kp[k] + slope_n[self.j] * self.at_j_kp[k]
        return result


def densities(
    pairs: InteractingPairs, species: IntArray, term: EmbeddedAtom, order: int
) -> Densities:
    """Densities, and the embedding energies of the particles in them, with ``order`` derivatives of each."""
    near = np.flatnonzero(pairs.distances_p < term.density_cutoff)
    i, j, r_p = pairs.i[near], pairs.j[near], pairs.distances_p[near]
    at_i_kp = term.densities(r_p, species[j], species[i], order)
    at_j_kp = term.densities(r_p, species[i], species[j], order)
    n = len(species)
    rho_n = summed(i, at_i_kp[0], n) + summed(j, at_j_kp[0], n)
    return Densities(near, i, j, at_i_kp, at_j_kp, term.energies(rho_n, species, order))


def summed(particles: IntArray, values: FloatArray, n_particles: int) -> FloatArray:
    """Sum of the values at each particle, shape (N,)."""
    return np.asarray(np.bincount(particles, values, minlength=n_particles), dtype=np.float64)


def embedding_terms(
    pairs: InteractingPairs, species: IntArray, term: EmbeddedAtom
) -> EmbeddingTerms:
    """Energy and its derivative with respect to the distances."""
    found = densities(pairs, species, term, order=1)
    return EmbeddingTerms(float(found.energies_kn[0].sum()), found.both_ends(1, pairs.n_pairs))


def embedding_hessian(
    pairs: InteractingPairs, species: IntArray, term: EmbeddedAtom
) -> EmbeddingHessian:
    """Energy, slope and all second derivatives that the Hessian and the elastic terms need."""
    found = densities(pairs, species, term, order=2)
    vectors_cp = pairs.vectors_pc[found.near].T
    n_cp = vectors_cp / pairs.distances_p[found.near]
    curvature_n = found.energies_kn[2]
    i, j, blocks_abb = _blocks(_gradients(found, n_cp), curvature_n)
    strain_cabp = np.zeros((*[len(n_cp)] * 3, pairs.n_pairs))
    strain_cabp[..., found.near] = _strain_gradient(found, n_cp, vectors_cp, curvature_n)
    return EmbeddingHessian(
        energy=float(found.energies_kn[0].sum()),
        slope_p=found.both_ends(1, pairs.n_pairs),
        curvature_p=found.both_ends(2, pairs.n_pairs),
        strain_gradient_cabp=strain_cabp,
        i=i,
        j=j,
        blocks_abb=blocks_abb,
    )


@dataclass(frozen=True, eq=False)
class Gradients:
    """Gradients of the densities.

    ``own_hc`` are ∂ρ_centre/∂x_neighbour and ``other_hc`` ∂ρ_neighbour/∂x_centre of each half-bond, shape
    (H, d); ``self_nc`` are ∂ρ_n/∂x_n, shape (N, d) [density/length].
    """

    bonds: HalfBonds
    own_hc: FloatArray
    other_hc: FloatArray
    self_nc: FloatArray


def _gradients(found: Densities, n_cp: FloatArray) -> Gradients:
    """Gradients of the densities, from the directions i → j of the pairs within reach."""
    n_particles = found.energies_kn.shape[1]
    bonds = half_bonds(found.i, found.j, n_particles)
    slopes_i, slopes_j = found.at_i_kp[1][bonds.pair], found.at_j_kp[1][bonds.pair]
    outward_hc = (n_cp.take(bonds.pair, axis=1) * bonds.signs).T
    own_hc = outward_hc * np.where(bonds.outwards, slopes_i, slopes_j)[:, None]
    other_hc = -outward_hc * np.where(bonds.outwards, slopes_j, slopes_i)[:, None]
    centre = np.repeat(np.arange(n_particles), np.diff(bonds.starts))
    self_cn = [-summed(centre, own_h, n_particles) for own_h in own_hc.T]
    return Gradients(bonds, own_hc, other_hc, np.transpose(self_cn))


def _blocks(gradients: Gradients, curvature_n: FloatArray) -> tuple[IntArray, IntArray, FloatArray]:
    """The blocks above the diagonal of Σ_i F″_i g_i g_iᵀ."""
    from lmpmeso.hessians.embedding_kernels import common_densities, sum_blocks

    starts, neighbour = gradients.bonds.starts, gradients.bonds.neighbour
    row_starts, j = common_densities(starts, neighbour)
    d = gradients.self_nc.shape[1]
    vectors = (gradients.own_hc, gradients.other_hc, gradients.self_nc)
    in_space = [np.zeros((len(x_xc), 3)) for x_xc in vectors]
    for three_xc, x_xc in zip(in_space, vectors, strict=True):
        three_xc[:, :d] = x_xc
    blocks_abb = sum_blocks(starts, neighbour, *in_space, curvature_n, row_starts, j)
    i = np.repeat(np.arange(len(starts) - 1), np.diff(row_starts))
    return i, j, blocks_abb[:d, :d]


def _strain_gradient(
    found: Densities, n_cp: FloatArray, vectors_cp: FloatArray, curvature_n: FloatArray
) -> FloatArray:
    """n_c (F″_i ρ′_i S_i + F″_j ρ′_j S_j)_ab of the pairs within reach, S_n = ∂ρ_n/∂γ, shape (d, d, d, P′)."""
    d, n_particles = len(n_cp), len(curvature_n)
    result = np.empty((d, d, d, len(found.near)))
    slope_i_p, slope_j_p = found.at_i_kp[1], found.at_j_kp[1]
    for a in range(d):
        for b in range(a + 1):
            r_p = n_cp[a] * vectors_cp[b]
            strain_n = summed(found.i, slope_i_p * r_p, n_particles)
            strain_n += summed(found.j, slope_j_p * r_p, n_particles)
            strain_n *= curvature_n
            both_p = slope_i_p * strain_n[found.i] + slope_j_p * strain_n[found.j]
            for c in range(d):
                result[c, a, b] = result[c, b, a] = n_cp[c] * both_p
    return result
