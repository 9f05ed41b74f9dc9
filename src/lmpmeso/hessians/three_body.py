"""Gradient and Hessian of the Stillinger-Weber three-body energy, vectorised over triplets.

A triplet (i; j, k) is a centre with two of its half-bonds, in a given order: each angle is met
twice, once from the side of each arm. What one arm receives from all the others then lies together,
and only derivatives with respect to the first arm are ever needed.

Array suffixes: h half-bond, t triplet, p pair, a b c d Cartesian components. Components come first,
so that every operation runs over contiguous memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lmpmeso.arrays import FloatArray, IntArray
from lmpmeso.hessians.half_bonds import HalfBonds
from lmpmeso.hessians.neighbours import InteractingPairs
from lmpmeso.models.potentials import StillingerWeberThreeBody

BLOCK = 8192
"""Triplets handled at a time: the work arrays then stay in the processor's cache."""


@dataclass(frozen=True, eq=False)
class ThreeBodyTerms:
    """Extensive three-body energy U₃ [energy] and ∂U₃/∂r_p [energy/length], shape (d, P), of the bond vectors r_p."""

    energy: float
    gradient_cp: FloatArray


@dataclass(frozen=True, eq=False)
class ThreeBodyHessian(ThreeBodyTerms):
    """Second derivatives of the three-body energy.

    Attributes:
        strain_gradient_cabp: Σ_q ∂²U₃/∂r_pc∂r_qa r_qb [energy/length], shape (d, d, d, P).
        bonded_abp: blocks ∂²U₃/∂x_i∂x_j of the interacting pairs from the triplets centred at i or
            j [energy/length²], shape (d, d, P).
        j: lower neighbour of each angle, shape (T,).
        k: higher neighbour of each angle, shape (T,).
        ends_abt: the angle's block ∂²u/∂x_j∂x_k [energy/length²], shape (d, d, T).
    """

    strain_gradient_cabp: FloatArray
    bonded_abp: FloatArray
    j: IntArray
    k: IntArray
    ends_abt: FloatArray


@dataclass(frozen=True, eq=False)
class Arms:
    """What the three-body energy needs to know of each half-bond.

    Attributes:
        n_ch: unit vector from centre to neighbour, shape (d, H).
        w_h: 1/r [length⁻¹], shape (H,).
        g_kh: g, g′, g″ of the radial factor, shape (order + 1, H).
    """

    n_ch: FloatArray
    w_h: FloatArray
    g_kh: FloatArray

    def take(self, chosen: IntArray) -> Arms:
        """The same for the chosen half-bonds."""
        return Arms(
            self.n_ch.take(chosen, axis=1), self.w_h.take(chosen), self.g_kh.take(chosen, axis=1)
        )


def three_body_terms(
    pairs: InteractingPairs, bonds: HalfBonds, term: StillingerWeberThreeBody
) -> ThreeBodyTerms:
    """Energy and its gradient with respect to the bond vectors."""
    arms = _arms(pairs, bonds, term, order=1)
    energy, gradient_ch = 0.0, np.zeros_like(arms.n_ch)
    for block in triplet_blocks(bonds.starts):
        u_t, gradient_ct = triplet_gradient(arms.take(block.first), arms.take(block.second), term)
        energy += 0.5 * float(u_t.sum())
        gradient_ch[:, block.arms] = np.add.reduceat(gradient_ct, block.segments, axis=1)
    return ThreeBodyTerms(energy, _onto_pairs(gradient_ch * bonds.signs, bonds, pairs.n_pairs))


def three_body_hessian(
    pairs: InteractingPairs, bonds: HalfBonds, term: StillingerWeberThreeBody
) -> ThreeBodyHessian:
    """Energy, gradient and all second derivatives that the Hessian and the elastic terms need.

    With K_hk = ∂²U₃/∂r_h∂r_k for the half-bonds of one centre, the block of two neighbours is K_hk
    and the block of a neighbour j and its centre is -Σ_k K_jk.
    """
    d, n_half_bonds = pairs.vectors_pc.shape[1], len(bonds.pair)
    arms = _arms(pairs, bonds, term, order=2)
    vectors_ch = arms.n_ch / arms.w_h
    energy, gradient_ch = 0.0, np.zeros((d, n_half_bonds))
    own_abh, others_abh = np.zeros((2, d, d, n_half_bonds))
    strain_cabh = np.zeros((d, d, d, n_half_bonds))
    blocks = list(triplet_blocks(bonds.starts))
    ends_abt = np.empty((d, d, sum(len(block.first) for block in blocks) // 2))
    lower, higher = np.empty((2, ends_abt.shape[-1]), dtype=np.int64)
    filled = 0
    for block in blocks:
        one, two = arms.take(block.first), arms.take(block.second)
        u_t, gradient_ct = triplet_gradient(one, two, term)
        K11_abt, K12_abt = triplet_hessian(one, two, term)
        strain_cabt = K12_abt[:, :, None] * vectors_ch.take(block.second, axis=1)
        energy += 0.5 * float(u_t.sum())
        for total, part in (
            (gradient_ch, gradient_ct),
            (own_abh, K11_abt),
            (others_abh, K12_abt),
            (strain_cabh, strain_cabt),
        ):
            total[..., block.arms] = np.add.reduceat(part, block.segments, axis=-1)
        once = np.flatnonzero(block.first < block.second)
        new = slice(filled, filled + len(once))
        ends_abt[:, :, new] = K12_abt.take(once, axis=-1)
        lower[new], higher[new] = block.first[once], block.second[once]
        filled = new.stop
    strain_cabh += own_abh[:, :, None] * vectors_ch
    # Rows of a pair's block belong to its first particle: where that is the centre, transpose.
    to_centre_abh = -(own_abh + others_abh)
    to_centre_abh[..., bonds.outwards] = to_centre_abh[..., bonds.outwards].transpose(1, 0, 2)
    return ThreeBodyHessian(
        energy=energy,
        gradient_cp=_onto_pairs(gradient_ch * bonds.signs, bonds, pairs.n_pairs),
        strain_gradient_cabp=_onto_pairs(strain_cabh * bonds.signs, bonds, pairs.n_pairs),
        bonded_abp=_onto_pairs(to_centre_abh, bonds, pairs.n_pairs),
        j=bonds.neighbour.take(lower),
        k=bonds.neighbour.take(higher),
        ends_abt=ends_abt,
    )


def triplet_gradient(
    one: Arms, two: Arms, term: StillingerWeberThreeBody
) -> tuple[FloatArray, FloatArray]:
    """Energy u = λε (n1·n2 - c0)² g(r1) g(r2) of each triplet and its gradient ∂u/∂r1.

    Returns:
        u_t [energy], shape (T,); ∂u/∂r1 [energy/length], shape (d, T).
    """
    c = (one.n_ch * two.n_ch).sum(axis=0)
    p1 = (two.n_ch - c * one.n_ch) * one.w_h
    delta = c - term.cos_theta0
    strength = term.strength * term.epsilon
    a, b = strength * delta**2, 2.0 * strength * delta
    u_1, u_c = a * one.g_kh[1] * two.g_kh[0], b * one.g_kh[0] * two.g_kh[0]
    return a * one.g_kh[0] * two.g_kh[0], u_1 * one.n_ch + u_c * p1


def triplet_hessian(
    one: Arms, two: Arms, term: StillingerWeberThreeBody
) -> tuple[FloatArray, FloatArray]:
    """Second derivatives of u(r1, r2), at least one of them with respect to the first arm.

    With c = n1·n2, p1 = ∂c/∂r1 = (n2 - c n1)/r1, and subscripts of u for partial derivatives with
    respect to r1, r2 and c:

    - ∂²u/∂r1∂r1 = u_11 n1n1 + (u_1c - u_c/r1)(n1p1 + p1n1) + u_cc p1p1 + (u_1/r1 - u_c c/r1²)(1 - n1n1)
    - ∂²u/∂r1∂r2 = n1 (u_12 n2 + u_1c p2) + p1 (u_2c n2 + u_cc p2)
      + u_c (1 - n1n1 - n2n2 + c n1n2)/(r1 r2)

    Returns:
        ∂²u/∂r1∂r1 and ∂²u/∂r1∂r2 [energy/length²], shapes (d, d, T).
    """
    n1, n2, w1, w2 = one.n_ch, two.n_ch, one.w_h, two.w_h
    (g1, g1_1, g1_2), (g2, g2_1, _) = one.g_kh, two.g_kh
    c = (n1 * n2).sum(axis=0)
    p1, p2 = (n2 - c * n1) * w1, (n1 - c * n2) * w2
    delta = c - term.cos_theta0
    strength = term.strength * term.epsilon
    a, b = strength * delta**2, 2.0 * strength * delta
    u_1, u_11, u_12 = a * g1_1 * g2, a * g1_2 * g2, a * g1_1 * g2_1
    u_c, u_cc = b * g1 * g2, 2.0 * strength * g1 * g2
    u_1c, u_2c = b * g1_1 * g2, b * g1 * g2_1

    s = u_1 * w1 - u_c * c * w1**2
    q = 0.5 * (u_11 - s) * n1 + (u_1c - u_c * w1) * p1
    # 1 - n1n1 - n2n2 + c n1n2 is spread over n1 …, p1 … and 1, through n2 = r1 p1 + c n1.
    e = u_c * w1 * w2
    v = (u_12 - e * c) * n2 + (u_1c - u_c * w1) * p2
    w = (u_2c - u_c * w2) * n2 + u_cc * p2
    p1_cc = u_cc * p1
    d = len(n1)
    K11, K12 = np.empty((2, d, d, len(c)))
    for x in range(d):
        for y in range(d):
            K12[x, y] = n1[x] * v[y] + p1[x] * w[y]
        for y in range(x + 1):
            K11[x, y] = K11[y, x] = n1[x] * q[y] + q[x] * n1[y] + p1_cc[x] * p1[y]
        K11[x, x] += s
        K12[x, x] += e
    return K11, K12


@dataclass(frozen=True, eq=False)
class TripletBlock:
    """All triplets of a range of half-bonds: first and second arm, of the same centre, shape (T,).

    ``arms`` are the first arms that occur, each once, shape (A,); the triplets of each start at ``segments``.
    """

    first: IntArray
    second: IntArray
    arms: IntArray
    segments: IntArray


def triplet_blocks(starts: IntArray) -> Iterator[TripletBlock]:
    """All ordered triplets, in blocks of about :data:`BLOCK`, sorted by first and second arm.

    Half-bonds of centre n are starts[n] … starts[n + 1] - 1, shape (N + 1,).
    """
    degree = np.diff(starts)
    in_triplets = np.repeat(degree > 1, degree)
    arms = np.flatnonzero(in_triplets)
    begin = np.repeat(starts[:-1], degree)[arms]
    partners = np.repeat(degree - 1, degree)[arms]
    if not len(arms):
        return
    ends = np.cumsum(partners)
    cuts = np.unique(np.searchsorted(ends, np.arange(0, ends[-1], BLOCK)))
    for low, high in zip(cuts, [*cuts[1:], len(arms)], strict=True):
        own, count = arms[low:high], partners[low:high]
        segments = np.cumsum(count) - count
        first = np.repeat(own, count)
        second = np.arange(len(first)) + np.repeat(begin[low:high] - segments, count)
        second += second >= first
        yield TripletBlock(first, second, own, segments)


def _arms(
    pairs: InteractingPairs, bonds: HalfBonds, term: StillingerWeberThreeBody, order: int
) -> Arms:
    """Unit vectors and radial factors of the half-bonds."""
    w_p = 1.0 / pairs.distances_p
    n_cp = pairs.vectors_pc.T * w_p
    g_kp = np.array(term.radial(pairs.distances_p, order))
    at_pair = Arms(n_cp, w_p, g_kp).take(bonds.pair)
    return Arms(at_pair.n_ch * bonds.signs, at_pair.w_h, at_pair.g_kh)


def _onto_pairs(values_xh: FloatArray, bonds: HalfBonds, n_pairs: int) -> FloatArray:
    """Add up the two halves of each pair, shape (…, P)."""
    result = np.empty((*values_xh.shape[:-1], n_pairs))
    result[..., bonds.pair[bonds.outwards]] = values_xh[..., bonds.outwards]
    result[..., bonds.pair[~bonds.outwards]] += values_xh[..., ~bonds.outwards]
    return result
