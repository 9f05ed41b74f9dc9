"""Particles that can be moved at the same time, so that every force says which of them it answers.

Two particles are within one hop where a term of the energy may hold both: closer than its reach. The
force on a particle then depends on those within one hop (pairs), two (a centre and its neighbours), or
more. With G the graph of all that a force may depend on, two particles may share a colour where no
force depends on both: a colouring of the square of G (Curtis, Powell, Reid, IMA J. Appl. Math. 13, 117
(1974), https://doi.org/10.1093/imamat/13.1.117).

Array suffixes: n particle, e entry of a graph.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from lmpmeso.arrays import BoolArray, FloatArray, IntArray

PASSES = 8
"""Times that the particles are coloured again, colour after colour, which never needs more colours."""


@dataclass(frozen=True, eq=False)
class DependenceGraph:
    """Which forces may depend on which particles, each on its own included; entries sorted by row and column.

    Attributes:
        rows: particle that feels the force, shape (E,).
        columns: particle that it may depend on, shape (E,).
        starts: entries of row n are starts[n] … starts[n + 1] - 1, shape (N + 1,).
        transposed: entry of (column, row), shape (E,).
    """

    rows: IntArray
    columns: IntArray
    starts: IntArray
    transposed: IntArray

    @property
    def n_particles(self) -> int:
        """Number of particles N."""
        return len(self.starts) - 1

    @property
    def n_entries(self) -> int:
        """Number of entries E."""
        return len(self.rows)


def one_hop(
    positions_nc: FloatArray, box_c: FloatArray, reach: float, joined_p2: IntArray | None = None
) -> scipy.sparse.csr_array:
    """Adjacency of particles closer than ``reach`` or joined, themselves included; positions in [0, L)."""
    n = len(positions_nc)
    near_p2 = scipy.spatial.cKDTree(positions_nc, boxsize=box_c).query_pairs(
        reach, output_type="ndarray"
    )
    if joined_p2 is not None:
        near_p2 = np.unique(np.concatenate([near_p2, joined_p2]), axis=0)
    i, j = near_p2.T
    own = np.arange(n)
    rows, columns = np.concatenate([i, j, own]), np.concatenate([j, i, own])
    ones = np.ones(len(rows), dtype=np.int32)
    return scipy.sparse.csr_array((ones, (rows, columns)), shape=(n, n))


def hops_to(adjacency: scipy.sparse.csr_array, start: int) -> IntArray:
    """Hops from one particle to each, shape (N,); -1 where there is no way."""
    hops_n = np.full(adjacency.shape[0], -1)
    front = np.array([start])
    distance = 0
    while len(front):
        hops_n[front] = distance
        reached = np.unique(adjacency[front].indices)
        front = reached[hops_n[reached] < 0]
        distance += 1
    return hops_n


def dependence_graph(adjacency: scipy.sparse.csr_array, hops: int) -> DependenceGraph:
    """All that are within so many hops of each other."""
    power = adjacency
    for _ in range(hops - 1):
        power = power @ adjacency
        power.data[:] = 1
    power.sort_indices()
    n = power.shape[0]
    numbered = scipy.sparse.csr_array(
        (np.arange(power.nnz), power.indices, power.indptr), shape=power.shape
    )
    transposed = numbered.T.tocsr()
    transposed.sort_indices()
    rows = np.repeat(np.arange(n), np.diff(power.indptr))
    return DependenceGraph(
        rows, power.indices.astype(np.int64), power.indptr.astype(np.int64), transposed.data
    )


def colours_of(graph: DependenceGraph) -> IntArray:
    """A colour of each particle, from 0, no two of the same in a row of the graph; shape (N,).

    Greedy, those with the most neighbours first, then again and again colour by colour, from the
    last or from the largest (Culberson's iterated greedy colouring).
    """
    colour_n = _greedy(graph, np.argsort(-np.diff(graph.starts), kind="stable"))
    for number in range(PASSES):
        rank_n = _rank_by_size(colour_n) if number % 2 else -colour_n
        colour_n = _greedy(graph, np.argsort(rank_n, kind="stable"))
    return colour_n


def _rank_by_size(colour_n: IntArray) -> IntArray:
    """Rank of each particle's colour, the largest class first."""
    by_size = np.argsort(-np.bincount(colour_n), kind="stable")
    rank = np.empty(len(by_size), dtype=np.int64)
    rank[by_size] = np.arange(len(by_size))
    return rank[colour_n]


def _greedy(graph: DependenceGraph, order: IntArray) -> IntArray:
    """The lowest colour that is free, particle after particle."""
    n = graph.n_particles
    colour_n = np.empty(n, dtype=np.int64)
    # taken[m, c]: a particle that the force on m depends on has colour c.
    taken = np.zeros((n, int(np.diff(graph.starts).max()) + 1), dtype=bool)
    for i in order.tolist():
        felt_by = graph.columns[graph.starts[i] : graph.starts[i + 1]]
        free: BoolArray = ~np.any(taken[felt_by], axis=0)
        colour = int(free.argmax())
        if not free[colour]:
            colour = taken.shape[1]
            taken = np.hstack([taken, np.zeros_like(taken[:, : 1 + colour // 4])])
        colour_n[i] = colour
        taken[felt_by, colour] = True
    return colour_n
