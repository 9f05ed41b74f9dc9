"""Nested dissection: an order of elimination that keeps the factor of a Hessian small.

The particles are cut in two across each of their long axes; the *separator* is the smallest set whose
removal parts the two sides (a minimum vertex cut, found as a maximum flow between the outer parts of
the two sides: "inertial flow"), and the cut with the best separator stands. Both sides are cut again,
until the sets are small. Separators are eliminated after the sides that they part.

Smallest cuts near planes give about the work of METIS (``docs/benchmarks.md``).

Array suffixes: n particle, c Cartesian component.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from lmpmeso.arrays import FloatArray, IntArray

LEAF_SIZES = {"cpu": 40, "cuda": 160}
"""Sets of at most this many particles are not cut again: on a GPU fewer, larger fronts are faster."""
BAND = 0.3
"""Share of an open set, on either side of its middle, in which the separator is sought."""
OPEN_GAP = 0.2
"""A set with an empty stretch of this share of the box along an axis does not wrap around it."""
SHORT_AXIS = 0.35
"""Axes along which the set is shorter than this share of its longest extent are not tried."""
OFFSETS = (0.0, 1.0 / 6.0, 1.0 / 3.0)
"""Where to put the two parallel planes that cut a set which wraps around the box [box length]."""
IMBALANCE_WEIGHT = 1.0
"""How much the square of the larger side's relative excess counts against a separator."""

Graph = tuple[NDArray[np.int32], NDArray[np.int32]]
"""A graph in CSR storage: (starts, neighbours)."""
SOURCE, FREE, SINK = 0, 1, 2


@dataclass(frozen=True, eq=False)
class SeparatorTree:
    """Sets of particles that are eliminated together, children before their parents.

    A parent's index is always larger than its child's; the last node, the root, has -1.
    """

    own: list[IntArray]
    parent: IntArray

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return len(self.own)


def nested_dissection(
    graph: scipy.sparse.csr_array,
    positions_nc: FloatArray,
    box_c: FloatArray,
    leaf_size: int = LEAF_SIZES["cpu"],
    held_particle: int | None = None,
) -> SeparatorTree:
    """Tree of separators of a connected graph that is embedded in a periodic box.

    The graph is the symmetric adjacency of the particles without diagonal; positions lie in [0, L)
    [length], shape (N, d). Sets of at most ``leaf_size`` particles are not cut again; ``held_particle`` is
    put into the root, whatever separator it would belong to.
    """
    # Here, because Numba takes a while to load.
    from lmpmeso.elasticity.separator_kernels import subgraph

    own: list[IntArray] = []
    parents: dict[int, int] = {}

    def add_node(particles: IntArray, children: list[int]) -> list[int]:
        own.append(particles)
        parents.update(dict.fromkeys(children, len(own) - 1))
        return [len(own) - 1]

    def dissect(particles: IntArray, graph: Graph) -> list[int]:
        """Add the nodes of a set; return the roots of its subtrees (one, if it is connected)."""
        side = (
            _smallest_cut(graph, positions_nc[particles], box_c)
            if len(particles) > leaf_size
            else None
        )
        if side is None:
            return add_node(particles, [])
        children: list[int] = []
        for part in (SOURCE, SINK):
            inside = np.flatnonzero(side == part)
            children += dissect(particles[inside], subgraph(*graph, inside))
        separator = particles[side == FREE]
        return add_node(separator, children) if len(separator) else children

    # Of one type, whatever SciPy has chosen: else the loops are compiled twice.
    whole = graph.indptr.astype(np.int32), graph.indices.astype(np.int32)
    roots = dissect(np.arange(graph.shape[0]), whole)
    if len(roots) > 1:
        add_node(np.empty(0, dtype=np.int64), roots)
    if held_particle is not None:
        own = [particles[particles != held_particle] for particles in own]
        own[-1] = np.append(own[-1], held_particle)
    parent = np.array([parents.get(node, -1) for node in range(len(own))])
    return SeparatorTree(own, parent)


def _smallest_cut(graph: Graph, positions_nc: FloatArray, box_c: FloatArray) -> IntArray | None:
    """Best of the cuts across the long axes: SOURCE, SINK or FREE (the separator) of each particle.

    None where every cut leaves one side empty.
    """
    # Here, because Numba takes a while to load.
    from lmpmeso.elasticity.separator_kernels import minimum_vertex_cut

    best, best_cost = None, np.inf
    for offset_from_middle, width in _cutting_planes(positions_nc, box_c):
        side = np.full(len(positions_nc), FREE)
        side[offset_from_middle < -width] = SOURCE
        side[offset_from_middle > width] = SINK
        minimum_vertex_cut(*graph, side)
        n_left, n_cut, n_right = np.bincount(side, minlength=3)
        if min(n_left, n_right) == 0:
            continue
        excess = 2.0 * max(n_left, n_right) / (n_left + n_right) - 1.0
        cost = n_cut * (1.0 + IMBALANCE_WEIGHT * excess**2)
        if cost < best_cost:
            best, best_cost = side, cost
    return best


def _cutting_planes(
    positions_nc: FloatArray, box_c: FloatArray
) -> Iterator[tuple[FloatArray, float]]:
    """Candidate cuts: of each particle the signed share of the set between it and the cut.

    Yields:
        (share, negative on one side and positive on the other, shape (n,); half width of the zone in
        which the separator is sought, in the same measure). A set that wraps around the box is cut
        by two planes half the set apart.
    """
    n_particles, dimension = positions_nc.shape
    unwrapped_nc = np.empty_like(positions_nc)
    is_open = np.empty(dimension, dtype=bool)
    for axis in range(dimension):
        x = np.sort(positions_nc[:, axis])
        gaps = np.diff(x, append=x[0] + box_c[axis])
        widest = int(gaps.argmax())
        is_open[axis] = gaps[widest] > OPEN_GAP * box_c[axis]
        end_of_gap = x[widest] + gaps[widest]
        unwrapped_nc[:, axis] = np.mod(positions_nc[:, axis] - end_of_gap, box_c[axis])
    extent_c = np.where(is_open, np.ptp(unwrapped_nc, axis=0), 0.5 * box_c)
    for axis in np.flatnonzero(extent_c >= SHORT_AXIS * extent_c.max()).tolist():
        for offset in (0.0,) if is_open[axis] else OFFSETS:
            x = np.mod(unwrapped_nc[:, axis] + offset * box_c[axis], box_c[axis])
            share = np.empty(n_particles)
            share[np.argsort(x, kind="stable")] = (np.arange(n_particles) + 0.5) / n_particles - 0.5
            if is_open[axis]:
                yield share, BAND
            else:
                yield np.abs(share) - 0.25, 0.5 * BAND
