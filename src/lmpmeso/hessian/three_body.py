"""Gradient and Hessian of the Stillinger-Weber three-body energy, vectorised over triplets.

A half-bond is an interacting pair seen from one of its ends: a centre, a neighbour, and the vector
from the one to the other. A triplet is two half-bonds with the same centre.

Array suffixes: h half-bond, t triplet, a b c d Cartesian components. Components come first here
(``x_ct``), so that every operation runs over contiguous memory.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from lmpmeso.hessian.grouping import group
from lmpmeso.hessian.neighbours import InteractingPairs
from lmpmeso.models.potentials import StillingerWeberThreeBody

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

CHUNK = 8192
"""Triplets handled at a time: the work arrays then stay in the processor's cache."""


@dataclass(frozen=True, eq=False)
class HalfBonds:
    """The interacting pairs from both ends, sorted by centre and then by neighbour.

    Attributes:
        pair: index of the interacting pair, shape (H,).
        sign: +1 where the pair's vector points away from the centre, else -1, shape (H,).
        neighbour: index of the particle at the other end, shape (H,).
        starts: half-bonds of centre i are starts[i] … starts[i + 1] - 1, shape (N + 1,).
    """

    pair: IntArray
    sign: FloatArray
    neighbour: IntArray
    starts: IntArray


def half_bonds(pairs: InteractingPairs, n_particles: int) -> HalfBonds:
    """Both half-bonds of every interacting pair."""
    # Pairs are sorted with i < j: neighbours below the centre come first, and in order.
    order, starts = group(np.concatenate([pairs.j, pairs.i]), n_particles)
    neighbour = np.concatenate([pairs.i, pairs.j])[order]
    downwards = order < pairs.n_pairs
    pair = np.where(downwards, order, order - pairs.n_pairs)
    return HalfBonds(pair, np.where(downwards, -1.0, 1.0), neighbour, starts)


def triplets(bonds: HalfBonds) -> tuple[IntArray, IntArray]:
    """All pairs of half-bonds with the same centre.

    Returns:
        (first, second): half-bonds, first < second, sorted by first; shapes (T,). The neighbour of
        the first has the lower index.
    """
    n_half_bonds = len(bonds.pair)
    end = np.repeat(bonds.starts[1:], np.diff(bonds.starts))
    count = end - np.arange(n_half_bonds) - 1
    first = np.repeat(np.arange(n_half_bonds), count)
    before = np.cumsum(count) - count
    second = np.arange(len(first)) - before[first] + first + 1
    return first, second


@dataclass(frozen=True, eq=False)
class RadialTable:
    """What the three-body energy needs to know of each half-bond.

    Attributes:
        n_ch: unit vector from centre to neighbour, shape (3, H).
        w_h: 1/r [length⁻¹], shape (H,).
        g_kh: g, g′, g″ of the radial factor, shape (order + 1, H).
    """

    n_ch: FloatArray
    w_h: FloatArray
    g_kh: FloatArray

    def __getitem__(self, chosen: IntArray) -> RadialTable:
        """The same for the chosen half-bonds."""
        return RadialTable(self.n_ch[:, chosen], self.w_h[chosen], self.g_kh[:, chosen])


def triplet_energy_and_gradient(
    one: RadialTable, two: RadialTable, term: StillingerWeberThreeBody
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """U = λε (n1·n2 - c0)² g(r1) g(r2) and its gradients ∂u/∂r1, ∂u/∂r2, for each triplet.

    Returns:
        u_t [energy], shape (T,); gradients [energy/length], shapes (d, T).
    """
    n1, n2, w1, w2 = one.n_ch, two.n_ch, one.w_h, two.w_h
    c = (n1 * n2).sum(axis=0)
    p1, p2 = (n2 - c * n1) * w1, (n1 - c * n2) * w2
    delta = c - term.cos_theta0
    strength = term.strength * term.epsilon
    a = strength * delta**2
    u_c = 2.0 * strength * delta * one.g_kh[0] * two.g_kh[0]
    gradient1 = a * one.g_kh[1] * two.g_kh[0] * n1 + u_c * p1
    gradient2 = a * one.g_kh[0] * two.g_kh[1] * n2 + u_c * p2
    return a * one.g_kh[0] * two.g_kh[0], gradient1, gradient2


def triplet_hessian(
    one: RadialTable, two: RadialTable, term: StillingerWeberThreeBody
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Second derivatives of u(r1, r2) with respect to its two bond vectors, for each triplet.

    With c = n1·n2, p1 = ∂c/∂r1 = (n2 - c n1)/r1 and subscripts of u for partial derivatives with
    respect to r1, r2 and c:

    - ∂²u/∂r1∂r1 = u_11 n1n1 + (u_1c - u_c/r1)(n1p1 + p1n1) + u_cc p1p1 + (u_1/r1 - u_c c/r1²)(1 - n1n1)
    - ∂²u/∂r1∂r2 = n1[u_12 n2 + u_1c p2] + p1[u_2c n2 + u_cc p2]
      + u_c (1 - n1n1 - n2n2 + c n1n2)/(r1 r2)

    Returns:
        H11_abt, H12_abt, H22_abt [energy/length²], shapes (d, d, T).
    """
    n1, n2, w1, w2 = one.n_ch, two.n_ch, one.w_h, two.w_h
    c = (n1 * n2).sum(axis=0)
    p1, p2 = (n2 - c * n1) * w1, (n1 - c * n2) * w2
    delta = c - term.cos_theta0
    strength = term.strength * term.epsilon
    (g1, g1_1, g1_2), (g2, g2_1, g2_2) = one.g_kh, two.g_kh
    a, b = strength * delta**2, 2.0 * strength * delta
    u_c, u_cc = b * g1 * g2, 2.0 * strength * g1 * g2
    u_1c, u_2c = b * g1_1 * g2, b * g1 * g2_1
    H11 = _one_bond(n1, p1, w1, c, a * g1_1 * g2, a * g1_2 * g2, u_c, u_cc, u_1c)
    H22 = _one_bond(n2, p2, w2, c, a * g1 * g2_1, a * g1 * g2_2, u_c, u_cc, u_2c)
    # 1 - n1n1 - n2n2 + c n1n2 is spread over n1[…], p1[…] and 1, through n2 = r1 p1 + c n1.
    e = u_c * w1 * w2
    v = (a * g1_1 * g2_1 - e * c) * n2 + (u_1c - u_c * w1) * p2
    w = (u_2c - u_c * w2) * n2 + u_cc * p2
    H12 = n1[:, None] * v[None, :] + p1[:, None] * w[None, :]
    for x in range(len(n1)):
        H12[x, x] += e
    return H11, H12, H22


def _one_bond(
    n: FloatArray,
    p: FloatArray,
    w: FloatArray,
    c: FloatArray,
    u_1: FloatArray,
    u_11: FloatArray,
    u_c: FloatArray,
    u_cc: FloatArray,
    u_1c: FloatArray,
) -> FloatArray:
    """∂²u/∂r1∂r1 of :func:`triplet_hessian`, written as n q + q n + u_cc p p + s 1; (d, d, T)."""
    s = u_1 * w - u_c * c * w**2
    q = (0.5 * (u_11 - s)) * n + (u_1c - u_c * w) * p
    up = u_cc * p
    result = np.empty((len(n), *n.shape))
    for x in range(len(n)):
        for y in range(x + 1):
            result[x, y] = n[x] * q[y] + q[x] * n[y] + p[x] * up[y]
            result[y, x] = result[x, y]
        result[x, x] += s
    return result


@dataclass(frozen=True, eq=False)
class ThreeBodyTerms:
    """The three-body energy as a function of the bond vectors r_p of the interacting pairs.

    Attributes:
        energy: U₃, extensive [energy].
        gradient_pc: ∂U₃/∂r_p [energy/length], shape (P, d).
    """

    energy: float
    gradient_pc: FloatArray


@dataclass(frozen=True, eq=False)
class ThreeBodyHessian(ThreeBodyTerms):
    """Second derivatives of the three-body energy.

    Attributes:
        strain_gradient_pcab: Σ_q ∂²U₃/∂r_pc∂r_qa r_qb [energy/length], shape (P, d, d, d).
        bonded_pcc: blocks ∂²U₃/∂x_i∂x_j of the interacting pairs that come from triplets centred at
            i or j [energy/length²], shape (P, d, d).
        j: lower neighbour of each triplet, shape (T,).
        k: higher neighbour of each triplet, shape (T,).
        ends_tcc: the triplet's block ∂²u/∂x_j∂x_k [energy/length²], shape (T, d, d).
    """

    strain_gradient_pcab: FloatArray
    bonded_pcc: FloatArray
    j: IntArray
    k: IntArray
    ends_tcc: FloatArray


def three_body_terms(
    pairs: InteractingPairs, n_particles: int, term: StillingerWeberThreeBody
) -> ThreeBodyTerms:
    """Energy and its gradient with respect to the bond vectors."""
    bonds = half_bonds(pairs, n_particles)
    table = _radial_table(pairs, bonds, term, order=1)
    first, second = triplets(bonds)
    d, n_triplets = len(table.n_ch), len(first)
    energy = 0.0
    gradient1, gradient2 = np.empty((n_triplets, d)), np.empty((n_triplets, d))
    for chunk in _chunks(n_triplets):
        one, two = table[first[chunk]], table[second[chunk]]
        u_t, g1, g2 = triplet_energy_and_gradient(one, two, term)
        energy += float(u_t.sum())
        gradient1[chunk], gradient2[chunk] = g1.T, g2.T
    sum_first, sum_second, sum_pairs = _summations(bonds, first, second, pairs.n_pairs)
    return ThreeBodyTerms(energy, sum_pairs @ (sum_first @ gradient1 + sum_second @ gradient2))


def three_body_hessian(
    pairs: InteractingPairs, n_particles: int, term: StillingerWeberThreeBody
) -> ThreeBodyHessian:
    """Energy, gradient and all second derivatives that the Hessian and the elastic terms need.

    With K_hk = ∂²U₃/∂r_h∂r_k for half-bonds of one centre, the block of a centre i and its neighbour
    j is -Σ_k K_kh, that of two neighbours is K_hk.
    """
    bonds = half_bonds(pairs, n_particles)
    table = _radial_table(pairs, bonds, term, order=2)
    first, second = triplets(bonds)
    d, n_triplets = len(table.n_ch), len(first)
    energy = 0.0
    gradient1, gradient2 = np.empty((n_triplets, d)), np.empty((n_triplets, d))
    H11, H12, H22 = (np.empty((n_triplets, d, d)) for _ in range(3))
    for chunk in _chunks(n_triplets):
        one, two = table[first[chunk]], table[second[chunk]]
        u_t, g1, g2 = triplet_energy_and_gradient(one, two, term)
        energy += float(u_t.sum())
        gradient1[chunk], gradient2[chunk] = g1.T, g2.T
        for total, part in zip((H11, H12, H22), triplet_hessian(one, two, term), strict=True):
            total[chunk] = part.transpose(2, 0, 1)
    sum_first, sum_second, sum_pairs = _summations(bonds, first, second, pairs.n_pairs)
    vectors_hc = bonds.sign[:, None] * pairs.vectors_pc[bonds.pair]
    H21 = H12.transpose(0, 2, 1)

    def over_partners(at_first: FloatArray, at_second: FloatArray) -> FloatArray:
        """Sum over the triplets of each half-bond."""
        shape = at_first.shape[1:]
        total = sum_first @ at_first.reshape(n_triplets, -1)
        total += sum_second @ at_second.reshape(n_triplets, -1)
        return total.reshape(-1, *shape)

    own_hcc = over_partners(H11, H22)
    others_hcc = over_partners(H12, H21)
    strain_hcab = own_hcc[:, :, :, None] * vectors_hc[:, None, None, :] + over_partners(
        H12[:, :, :, None] * vectors_hc[second][:, None, None, :],
        H21[:, :, :, None] * vectors_hc[first][:, None, None, :],
    )
    # Rows of a block belong to the lower particle, so the half-bond of the lower centre is transposed.
    to_centre = own_hcc + others_hcc
    at_lower = bonds.sign > 0
    bonded_pcc = np.zeros((pairs.n_pairs, d, d))
    bonded_pcc[bonds.pair[at_lower]] = -to_centre[at_lower].transpose(0, 2, 1)
    bonded_pcc[bonds.pair[~at_lower]] -= to_centre[~at_lower]
    return ThreeBodyHessian(
        energy=energy,
        gradient_pc=sum_pairs @ over_partners(gradient1, gradient2),
        strain_gradient_pcab=(sum_pairs @ strain_hcab.reshape(-1, d**3)).reshape(-1, d, d, d),
        bonded_pcc=bonded_pcc,
        j=bonds.neighbour[first],
        k=bonds.neighbour[second],
        ends_tcc=H12,
    )


def _radial_table(
    pairs: InteractingPairs, bonds: HalfBonds, term: StillingerWeberThreeBody, order: int
) -> RadialTable:
    """Unit vectors and radial factors of the half-bonds."""
    w_p = 1.0 / pairs.distances_p
    n_cp = pairs.vectors_pc.T * w_p
    g_kp = np.array(term.radial(pairs.distances_p, order))
    return RadialTable(n_cp[:, bonds.pair] * bonds.sign, w_p[bonds.pair], g_kp[:, bonds.pair])


def _chunks(n_triplets: int) -> list[slice]:
    """Slices that together cover all triplets."""
    return [slice(start, start + CHUNK) for start in range(0, n_triplets, CHUNK)]


def _summations(
    bonds: HalfBonds, first: IntArray, second: IntArray, n_pairs: int
) -> tuple[sparse.csr_array, sparse.csr_array, sparse.csr_array]:
    """Matrices that sum over the triplets of a half-bond and, with signs, the halves of a pair."""
    n_half_bonds, n_triplets = len(bonds.pair), len(first)
    sums = []
    for member in (first, second):
        order, starts = group(member, n_half_bonds)
        sums.append(
            sparse.csr_array((np.ones(n_triplets), order, starts), shape=(n_half_bonds, n_triplets))
        )
    order, starts = group(bonds.pair, n_pairs)
    sum_pairs = sparse.csr_array((bonds.sign[order], order, starts), shape=(n_pairs, n_half_bonds))
    return sums[0], sums[1], sum_pairs
