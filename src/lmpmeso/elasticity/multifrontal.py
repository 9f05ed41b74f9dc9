"""Multifrontal Cholesky factorisation of a sparse symmetric positive definite block matrix.

In the front F of a node with own rows S and boundary rows U::

    F_SS = L Lᵀ,   K = F_US F_SS⁻¹,   and the parent receives F_UU - F_US F_SS⁻¹ F_SU.

L⁻¹ and K are kept: they solve, and they carry the derivative and the selected inverse
(:mod:`lmpmeso.elasticity.selected_inverse`). L is inverted because products with a triangle run at
twice the speed of solutions with it; F_SS is positive definite, and its condition no worse than the
matrix's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from lmpmeso.arrays import FloatArray
from lmpmeso.backend import Array, ArrayBackend, Placement
from lmpmeso.elasticity.symbolic import Front, SymbolicFactor


class FrontMatrix(NamedTuple):
    """A symmetric matrix on the s own and u boundary rows of a front, in three parts.

    ``own`` (SS) has the shape (s, s), ``edge`` (US) (u, s), ``rest`` (UU) (u, u).
    """

    own: Array
    edge: Array
    rest: Array


@dataclass(frozen=True, eq=False)
class FrontPlacement:
    """Where a front's boundary lies in its parent, as the backend likes it.

    The first ``split`` boundary rows lie in the parent's own part, at its rows ``own``, the others at rows
    ``boundary`` of its boundary.
    """

    split: int
    own: Placement
    boundary: Placement


@dataclass(frozen=True, eq=False)
class MultifrontalFactor:
    """Factor of a matrix: of every front L⁻¹, lower triangular, (s, s), and K = F_US F_SS⁻¹, (u, s)."""

    symbolic: SymbolicFactor
    backend: ArrayBackend
    placements: list[FrontPlacement]
    inverse_cholesky: list[Array]
    coupling: list[Array]

    def solve(self, b: Array) -> Array:
        """Solution for right-hand sides in the order of elimination; b is overwritten.

        It has the shape (dN, k), C order, on the factor's device.
        """
        xp, d = self.backend.xp, self.symbolic.dimension
        fronts = self.symbolic.fronts
        rows = self.backend.each_from_host([self.symbolic.rows_of(f.boundary) for f in fronts])
        for k, front in enumerate(fronts):
            own = slice(d * front.first, d * (front.first + front.n_own))
            if front.n_boundary:
                b[rows[k]] -= xp.matmul(self.coupling[k], b[own])
        for k in range(len(fronts) - 1, -1, -1):
            front, inverse = fronts[k], self.inverse_cholesky[k]
            own = slice(d * front.first, d * (front.first + front.n_own))
            x_t = self.backend.times_lower(b[own].T, inverse, transpose=True)
            x = self.backend.times_lower(x_t, inverse).T
            if front.n_boundary:
                x -= xp.matmul(self.coupling[k].T, b[rows[k]])
            b[own] = x
        return b


@dataclass(frozen=True)
class Spring:
    """A spring on the mean position of some particles of the root: it holds the translations.

    It adds stiffness/n [energy/length²] to the matrix between the equal components of any two of the n
    particles, whose ranks follow one another.
    """

    stiffness: float
    ranks: range


def factorise_blocks(
    symbolic: SymbolicFactor,
    backend: ArrayBackend,
    data_bcc: FloatArray,
    spring: Spring | None,
    shift: float = 0.0,
) -> MultifrontalFactor:
    """Factor of M + shift·I + the spring, if given, which holds the translations by particles of the root.

    ``data_bcc`` are the blocks of M as its BSR storage has them, shape (B, d, d); shift [energy/length²].

    Raises:
        NotPositiveDefiniteError: the matrix is not positive definite.
    """
    d = symbolic.dimension
    data = backend.from_host(data_bcc)
    placements = place(symbolic.fronts, backend)
    wheres = _block_indices(symbolic.fronts, backend)
    factor = MultifrontalFactor(
        symbolic, backend, placements, [None] * len(placements), [None] * len(placements)
    )
    updates: dict[int, Array] = {}

    def eliminate(k: int) -> None:
        """Assemble front k, and eliminate its own rows."""
        front = symbolic.fronts[k]
        s, u = d * front.n_own, d * front.n_boundary
        own, edge = backend.zeros(s, s), backend.zeros(u, s)
        put_blocks(own, data, wheres[2 * k], d)
        put_blocks(edge, data, wheres[2 * k + 1], d)
        if shift:
            own = backend.add_to_diagonal(own, shift)
        if front.parent < 0 and spring is not None:
            _add_spring(own, spring, front, d)
        children = [(updates.pop(child), placements[child]) for child in front.children]
        rest = add_updates(backend, own, edge, children, u)
        inverse = backend.inverse_cholesky(own)
        half = backend.times_lower(edge, inverse, transpose=True)
        if u:
            updates[k] = backend.outer(-1.0, half, rest)
        factor.inverse_cholesky[k] = inverse
        factor.coupling[k] = backend.times_lower(half, inverse)

    children_first(symbolic.fronts, backend, eliminate)
    return factor


def children_first(
    fronts: Sequence[Front], backend: ArrayBackend, visit: Callable[[int], None]
) -> None:
    """Visit every front of a tree after its children; subtrees side by side, where there are threads for it."""

    def subtree(k: int) -> None:
        backend.each([partial(subtree, child) for child in fronts[k].children])
        visit(k)

    subtree(len(fronts) - 1)


def parents_first(
    fronts: Sequence[Front], backend: ArrayBackend, visit: Callable[[int], None]
) -> None:
    """Visit every front of a tree before its children; subtrees side by side, where there are threads for it."""

    def subtree(k: int) -> None:
        visit(k)
        backend.each([partial(subtree, child) for child in reversed(fronts[k].children)])

    subtree(len(fronts) - 1)


def place(fronts: Sequence[Front], backend: ArrayBackend) -> list[FrontPlacement]:
    """The boundary of each front in its parent, prepared for the backend."""
    parts = [part for f in fronts for part in (f.in_parent_own, f.in_parent_boundary)]
    placed = backend.placements(parts)
    return [
        FrontPlacement(len(front.in_parent_own), own, boundary)
        for front, own, boundary in zip(fronts, placed[::2], placed[1::2], strict=True)
    ]


def _block_indices(
    fronts: Sequence[Front], backend: ArrayBackend
) -> list[tuple[Array, Array, Array]]:
    """Where blocks of the sparse matrix go: for each front those of its own rows, then of its boundary."""
    triples = [blocks for front in fronts for blocks in (front.own_blocks, front.boundary_blocks)]
    there = backend.each_from_host([array for triple in triples for array in triple])
    return list(zip(there[::3], there[1::3], there[2::3], strict=True))


def blocks_view(matrix: Array, dimension: int) -> Array:
    """The d × d blocks of a Fortran-ordered matrix: axes column particle, column, row particle, row."""
    n_rows, n_columns = matrix.shape
    return matrix.T.reshape(n_columns // dimension, dimension, n_rows // dimension, dimension)


def put_blocks(
    target: Array, data_bcc: Array, blocks: tuple[Array, Array, Array], dimension: int
) -> None:
    """Put blocks of the sparse matrix where they belong in a dense one."""
    index, rows, columns = blocks
    if len(index):
        blocks_view(target, dimension)[columns, :, rows, :] = data_bcc[index].transpose(0, 2, 1)


def _add_spring(own: Array, spring: Spring, root: Front, dimension: int) -> None:
    """Add the spring to the root's own matrix."""
    held = slice(spring.ranks.start - root.first, spring.ranks.stop - root.first)
    blocks = blocks_view(own, dimension)
    for c in range(dimension):
        blocks[held, c, held, c] += spring.stiffness / len(spring.ranks)


def add_updates(
    backend: ArrayBackend,
    own: Array,
    edge: Array,
    children: Sequence[tuple[Array, FrontPlacement]],
    n_boundary_rows: int,
) -> Array | None:
    """Add the children's update matrices, which are used up, to their parent's front.

    Returns:
        The part UU of the front, to which nothing but updates comes; None without children.
    """
    for update, to in children:
        n = to.split
        backend.add_symmetric(own, update[:n, :n], to.own)
        backend.add_block(edge, update[n:, :n], to.boundary, to.own)
    if not children:
        return None
    parts = [(update[to.split :, to.split :], to.boundary) for update, to in children]
    rest = backend.sum_symmetric(n_boundary_rows, parts)
    backend.release(*(update for update, _ in children))
    return rest


def take_update(
    backend: ArrayBackend, source: FrontMatrix, to: FrontPlacement, n_rows: int
) -> Array:
    """The rows and columns of a child's boundary, n_rows of them, in a matrix on its parent's front."""
    n = to.split
    taken = backend.empty(n_rows, n_rows)
    backend.take_symmetric(taken[:n, :n], source.own, to.own)
    backend.take_block(taken[n:, :n], source.edge, to.boundary, to.own)
    backend.take_symmetric(taken[n:, n:], source.rest, to.boundary)
    return backend.mirrored(taken, n)
