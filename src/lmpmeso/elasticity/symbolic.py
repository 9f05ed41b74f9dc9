"""What a factorisation will need, known before a number is computed: indices, memory, operations.

A node of the separator tree eliminates its *own* particles; its *boundary* are the particles
eliminated later that touch its subtree. Own and boundary particles form its *front*, a dense matrix.
Particles are numbered by *rank*, their place in the order of elimination.

Array suffixes: n particle, b block of the matrix.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import scipy

from lmpmeso.arrays import IntArray
from lmpmeso.elasticity.front_memory import Memory, peak_memory
from lmpmeso.elasticity.nested_dissection import SeparatorTree


@dataclass(frozen=True, eq=False)
class Front:
    """Indices of one node; a component of a particle is a row of the dense matrices.

    Attributes:
        first: rank of the first own particle; the others follow it.
        n_own: number of own particles.
        boundary: ranks of the boundary particles, increasing.
        parent: index of the parent, -1 for the root.
        children: indices of the children.
        in_parent_own: rows of the parent's own part that the leading rows of the boundary are.
        in_parent_boundary: rows of the parent's boundary that the remaining rows are.
        own_blocks: matrix blocks between own particles, as (index in the matrix's data, row,
            column), rows and columns counted within the own particles.
        boundary_blocks: the same for blocks with their row in the boundary.
    """

    first: int
    n_own: int
    boundary: IntArray
    parent: int
    children: tuple[int, ...]
    in_parent_own: IntArray
    in_parent_boundary: IntArray
    own_blocks: tuple[IntArray, IntArray, IntArray]
    boundary_blocks: tuple[IntArray, IntArray, IntArray]

    @property
    def n_boundary(self) -> int:
        """Number of boundary particles."""
        return len(self.boundary)


@dataclass(frozen=True)
class Operations:
    """Floating-point operations of each pass, a multiplication and an addition counted as two.

    The factorisation includes inverting the triangles, the selected inverse its derivative; ``solve`` is
    for one right-hand side.
    """

    factorisation: float
    derivative: float
    selected_inverse: float
    solve: float

    @property
    def all_pairs(self) -> float:
        """Everything that the dipole stiffness of all pairs takes."""
        return self.factorisation + self.derivative + self.selected_inverse


@dataclass(frozen=True, eq=False)
class SymbolicFactor:
    """The plan of a factorisation.

    Fronts come children before parents; the particle of each rank and the rank of each particle, shape (N,).
    """

    fronts: list[Front]
    particles: IntArray
    rank: IntArray
    dimension: int
    node_of_rank: IntArray = field(repr=False)

    @property
    def n_particles(self) -> int:
        """Number of particles N."""
        return len(self.particles)

    def rows_of(self, ranks: IntArray) -> IntArray:
        """Rows of the given particles' components in a vector of the elimination order."""
        return component_rows(ranks, self.dimension)

    @cached_property
    def operations(self) -> Operations:
        """Operations of each pass, from the sizes of the fronts."""
        d = self.dimension
        s = np.array([d * f.n_own for f in self.fronts], dtype=float)
        u = np.array([d * f.n_boundary for f in self.fronts], dtype=float)
        leaf = np.array([not f.children for f in self.fronts])
        factorisation = 2 / 3 * s**3 + 2 * s**2 * u + s * u**2
        derivative = np.where(leaf, s * u**2, 4 * s**2 * u + 2 * s * u**2)
        inverse_of_own = s**3 / 3 + np.where(leaf, 1.0, 7 / 3) * s**3
        selected_inverse = (
            inverse_of_own
            + 3 * s**2 * u
            + np.where(leaf, 2 * s**2 * u + 4 * s * u**2, 6 * s * u**2)
        )
        return Operations(
            factorisation=float(factorisation.sum()),
            derivative=float(derivative.sum()),
            selected_inverse=float(selected_inverse.sum()),
            solve=float((2 * s**2 + 4 * s * u).sum()),
        )

    def memory(self, threads: int = 1) -> Memory:
        """Peak memory of each pass with so many threads."""
        return peak_memory(self.fronts, self.dimension, threads)


def component_rows(particles: IntArray, dimension: int) -> IntArray:
    """Rows of the components of the given particles, d to each."""
    return (particles[:, None] * dimension + np.arange(dimension)).ravel()


def symbolic_factor(matrix: scipy.sparse.bsr_array, tree: SeparatorTree) -> SymbolicFactor:
    """Plan the factorisation of a block matrix along a separator tree of the graph of its blocks.

    The matrix is symmetric, (dN, dN), d × d blocks in BSR storage with sorted indices.
    """
    dimension = matrix.blocksize[0]
    n_particles = matrix.shape[0] // dimension
    node_of = np.empty(n_particles, dtype=np.int64)
    for node, particles in enumerate(tree.own):
        node_of[particles] = node
    children: list[list[int]] = [[] for _ in tree.own]
    for node, parent in enumerate(tree.parent):
        if parent >= 0:
            children[parent].append(node)
    boundary = _boundaries(matrix, tree, node_of, children)
    own = _aligned_orders(tree.own, boundary, children)
    particles = np.concatenate(own)
    rank = np.empty(n_particles, dtype=np.int64)
    rank[particles] = np.arange(n_particles)
    firsts = np.concatenate([[0], np.cumsum([len(p) for p in own])])
    boundary_ranks = [np.sort(rank[p]) for p in boundary]
    blocks = _blocks_by_node(matrix, node_of, rank, firsts, boundary_ranks)
    fronts = []
    for node in range(tree.n_nodes):
        parent = int(tree.parent[node])
        ranks = boundary_ranks[node]
        in_own = ranks[ranks < firsts[parent + 1]] if parent >= 0 else ranks[:0]
        in_boundary = ranks[len(in_own) :]
        fronts.append(
            Front(
                first=int(firsts[node]),
                n_own=len(own[node]),
                boundary=ranks,
                parent=parent,
                children=tuple(children[node]),
                in_parent_own=component_rows(in_own - firsts[parent], dimension),
                in_parent_boundary=component_rows(
                    np.searchsorted(boundary_ranks[parent], in_boundary), dimension
                ),
                own_blocks=blocks[0][node],
                boundary_blocks=blocks[1][node],
            )
        )
    return SymbolicFactor(fronts, particles, rank, dimension, node_of[particles])


def _boundaries(
    matrix: scipy.sparse.bsr_array,
    tree: SeparatorTree,
    node_of: IntArray,
    children: list[list[int]],
) -> list[IntArray]:
    """Particles eliminated after each node that touch its subtree."""
    boundary: list[IntArray] = []
    seen_by = np.full(len(node_of), -1)
    for node, own in enumerate(tree.own):
        touched: list[Any] = [matrix.indices[matrix.indptr[p] : matrix.indptr[p + 1]] for p in own]
        touched += [boundary[child] for child in children[node]]
        candidates = np.concatenate(touched)
        candidates = candidates[node_of[candidates] > node]
        seen_by[candidates] = node
        first_seen = np.unique(candidates)
        boundary.append(first_seen.astype(np.int64))
    return boundary


def _aligned_orders(
    own: list[IntArray], boundary: list[IntArray], children: list[list[int]]
) -> list[IntArray]:
    """Order the particles within each node so that a child's boundary is a few runs of them.

    First those that touch only the first child, then those that touch both, then the second child's;
    each group in the same way by the child's children. Fronts are then copied in large pieces.
    """
    mark = np.zeros(sum(len(p) for p in own), dtype=bool)

    def arranged(particles: IntArray, node: int) -> IntArray:
        if len(particles) < 2 or not children[node]:
            return particles
        remaining, pieces = particles, []
        for number, child in enumerate(children[node]):
            mark[boundary[child]] = True
            touching = mark[remaining]
            mark[boundary[child]] = False
            group, remaining = remaining[touching], remaining[~touching]
            later = np.zeros(len(group), dtype=bool)
            for other in children[node][number + 1 :]:
                mark[boundary[other]] = True
                later |= mark[group]
                mark[boundary[other]] = False
            pieces += [arranged(group[~later], child), arranged(group[later], child)]
        return np.concatenate([*pieces, remaining])

    return [arranged(particles, node) for node, particles in enumerate(own)]


Blocks = tuple[IntArray, IntArray, IntArray]


def _blocks_by_node(
    matrix: scipy.sparse.bsr_array,
    node_of: IntArray,
    rank: IntArray,
    firsts: IntArray,
    boundary_ranks: list[IntArray],
) -> tuple[list[Blocks], list[Blocks]]:
    """Blocks of the matrix that enter each node's front, among its own particles and below them."""
    row_particle = np.repeat(np.arange(len(rank)), np.diff(matrix.indptr))
    row_node, column_node = node_of[row_particle], node_of[matrix.indices]
    row_rank, column_rank = rank[row_particle], rank[matrix.indices]
    result: tuple[list[Blocks], list[Blocks]] = ([], [])
    for part, chosen in enumerate((row_node == column_node, row_node > column_node)):
        entries = np.flatnonzero(chosen)
        entries = entries[np.argsort(column_node[entries], kind="stable")]
        bounds = np.searchsorted(column_node[entries], np.arange(len(boundary_ranks) + 1))
        for node, ranks in enumerate(boundary_ranks):
            mine = entries[bounds[node] : bounds[node + 1]]
            rows = row_rank[mine] - firsts[node]
            if part == 1:
                rows = np.searchsorted(ranks, row_rank[mine])
            result[part].append((mine, rows, column_rank[mine] - firsts[node]))
    return result
