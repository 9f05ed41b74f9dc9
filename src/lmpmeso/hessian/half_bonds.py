"""Pairs of particles seen from each of their ends: the adjacency that every sum over bonds needs.

A half-bond is a pair seen from one of its particles, the centre; the other one is its neighbour.

Array suffixes: h half-bond, p pair, n particle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from lmpmeso.hessian.grouping import group

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class HalfBonds:
    """Both ends of every pair, sorted by centre and then by neighbour.

    Attributes:
        pair: index of the pair, shape (H,).
        outwards: whether the centre is the pair's first particle, so that the pair's vector points
            from centre to neighbour, shape (H,).
        neighbour: index of the particle at the other end, shape (H,).
        starts: half-bonds of particle n are starts[n] … starts[n + 1] - 1, shape (N + 1,).
    """

    pair: IntArray
    outwards: NDArray[np.bool_]
    neighbour: IntArray
    starts: IntArray

    @property
    def signs(self) -> FloatArray:
        """+1 where the pair's vector points outwards, else -1, shape (H,)."""
        return np.where(self.outwards, 1.0, -1.0)

    def sum_over_bonds(self, values_xp: FloatArray, *, signed: bool) -> FloatArray:
        """Sum a quantity of the pairs over the pairs of each particle.

        Args:
            values_xp: the quantity, pairs last, shape (…, P).
            signed: count a pair + at its second and - at its first particle: from derivatives with
                respect to bond vectors x_j - x_i to derivatives with respect to positions.

        Returns:
            shape (…, N).
        """
        weights = -self.signs if signed else np.ones(len(self.pair))
        n_particles, n_pairs = len(self.starts) - 1, values_xp.shape[-1]
        incidence = sparse.csr_array(
            (weights, self.pair, self.starts), shape=(n_particles, n_pairs)
        )
        rows = [incidence @ row for row in values_xp.reshape(-1, n_pairs)]
        return np.array(rows).reshape(*values_xp.shape[:-1], n_particles)


def half_bonds(i: IntArray, j: IntArray, n_particles: int) -> HalfBonds:
    """Both half-bonds of every pair.

    Args:
        i: first particle of each pair, shape (P,).
        j: second particle, j > i; distinct pairs sorted by i and then by j.
        n_particles: N.
    """
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
