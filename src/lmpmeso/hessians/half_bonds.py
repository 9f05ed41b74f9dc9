"""Pairs of particles seen from each of their ends: the adjacency that every sum over bonds needs.

A half-bond is a pair seen from one of its particles, the centre; the other one is its neighbour.

Array suffixes: h half-bond, p pair, n particle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from lmpmeso.arrays import BoolArray, FloatArray, IntArray
from lmpmeso.hessians.grouping import group


@dataclass(frozen=True, eq=False)
class HalfBonds:
    """Both ends of every pair, sorted by centre and then by neighbour; all but ``starts`` of shape (H,).

    A half-bond points ``outwards`` if its centre is the pair's first particle, so that the pair's vector
    points from centre to neighbour. Those of particle n are starts[n] … starts[n + 1] - 1, shape (N + 1,).
    """

    pair: IntArray
    outwards: BoolArray
    neighbour: IntArray
    starts: IntArray

    @property
    def n_pairs(self) -> int:
        """Number of pairs P."""
        return len(self.pair) // 2

    @property
    def signs(self) -> FloatArray:
        """+1 where the pair's vector points outwards, else -1, shape (H,)."""
        return np.where(self.outwards, 1.0, -1.0)

    def incidence(self, *, signed: bool) -> scipy.sparse.csr_array:
        """Matrix that sums a quantity of the pairs over the pairs of each particle, shape (N, P).

        ``signed`` counts a pair + at its second and - at its first particle, which turns derivatives with
        respect to bond vectors x_j - x_i into those with respect to positions.
        """
        weights = -self.signs if signed else np.ones(len(self.pair))
        return scipy.sparse.csr_array(
            (weights, self.pair, self.starts), shape=(len(self.starts) - 1, self.n_pairs)
        )


def half_bonds(i: IntArray, j: IntArray, n_particles: int) -> HalfBonds:
    """Both half-bonds of every pair i < j, shape (P,); distinct pairs, sorted by i and then by j."""
    # All lower neighbours of a centre, in order, and then all higher ones, in order.
    order, starts = group(np.concatenate([j, i]), n_particles)
    n_pairs = len(i)
    outwards = order >= n_pairs
    return HalfBonds(
        pair=np.where(outwards, order - n_pairs, order),
        outwards=outwards,
        neighbour=np.concatenate([i, j]).take(order),
        starts=starts,
    )
