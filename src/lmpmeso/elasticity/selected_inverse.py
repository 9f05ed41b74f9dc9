"""Blocks of M⁻¹ and M⁻² on the pattern of M, from its multifrontal factor.

M⁻² = -d/ds (M + s I)⁻¹ at s = 0. The derivative of the factorisation is carried from the leaves to
the root (a dot is d/ds)::

    H = K Ḟ_SS,   T = Ḟ_US - H,   K̇ = T F_SS⁻¹,
    the parent receives Ḟ_UU - Z Kᵀ - K Zᵀ with Z = Ḟ_US - H/2.

Then, from the root to the leaves, with A = M⁻¹ and B = M⁻² on the front; A_UU and B_UU are read in
the parent::

    R = A_UU K,           Q = A_UU K̇,
    A_US = -R,            A_SS = F_SS⁻¹ + Kᵀ R,
    B_US = Q - B_UU K,    B_SS = F_SS⁻¹ Ḟ_SS F_SS⁻¹ - (Kᵀ (B_US + Q) + (B_US + Q)ᵀ K)/2.

In a leaf Ḟ_SS = I and Ḟ_US = 0, so that K̇ = -K F_SS⁻¹ and Q = -R F_SS⁻¹: half the work.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

import numpy as np

from lmpmeso.arrays import FloatArray, IntArray
from lmpmeso.backend import Array, ArrayBackend
from lmpmeso.elasticity.multifrontal import (
    FrontMatrix,
    MultifrontalFactor,
    add_updates,
    blocks_view,
    children_first,
    parents_first,
    take_update,
)
from lmpmeso.elasticity.symbolic import SymbolicFactor


@dataclass(frozen=True, eq=False)
class SelectedBlocks:
    """Blocks of M⁻¹ and M⁻²: the diagonal ones by particle, shape (N, d, d), and those of chosen pairs.

    The latter are the blocks (i, j) or their transposes, shape (P, d, d).
    """

    inverse_ncc: FloatArray
    inverse_square_ncc: FloatArray
    inverse_pcc: FloatArray
    inverse_square_pcc: FloatArray


@dataclass(eq=False)
class FactorDerivative:
    """Derivative of a factor with respect to a multiple of the unit matrix: Ḟ_SS and K̇ of each front.

    Both are None in a leaf, where Ḟ_SS is the unit matrix.
    """

    own: list[Array | None]
    coupling: list[Array | None]


def differentiate(factor: MultifrontalFactor) -> FactorDerivative:
    """Derivative of the factor of M + s I at s = 0."""
    backend, d = factor.backend, factor.symbolic.dimension
    fronts = factor.symbolic.fronts
    result = FactorDerivative([None] * len(fronts), [None] * len(fronts))
    updates: dict[int, Array] = {}

    def visit(k: int) -> None:
        """The derivative of front k."""
        front = fronts[k]
        s, u = d * front.n_own, d * front.n_boundary
        coupling = factor.coupling[k]
        if not front.children:
            if u:
                updates[k] = backend.outer(1.0, coupling)
            return
        own = backend.add_to_diagonal(backend.symmetric_zeros(s), 1.0)
        edge = backend.zeros(u, s)
        children = [(updates.pop(child), factor.placements[child]) for child in front.children]
        rest = add_updates(backend, own, edge, children, u)
        if u:
            product = backend.times_symmetric(coupling, own)
            product *= 0.5
            edge -= product
            updates[k] = backend.add_outer_pair(rest, -1.0, edge, coupling)
            edge -= product
            backend.release(product)
            inverse = backend.lower_gram(factor.inverse_cholesky[k])
            result.coupling[k] = backend.times_symmetric(edge, inverse)
            backend.release(edge, inverse)
        else:
            result.coupling[k] = edge
        result.own[k] = own

    children_first(fronts, backend, visit)
    return result


def selected_inverse(factor: MultifrontalFactor, i: IntArray, j: IntArray) -> SelectedBlocks:
    """Blocks of M⁻¹ and M⁻² for pairs i, j, shape (P,), which must lie on the pattern of the factor's M."""
    backend, symbolic = factor.backend, factor.symbolic
    d, fronts = symbolic.dimension, symbolic.fronts
    derivative = differentiate(factor)
    wanted = _PairReader(symbolic, backend, i, j)
    # A and B on the fronts whose children are still to come.
    waiting: dict[int, tuple[FrontMatrix, FrontMatrix]] = {}
    unread = [len(front.children) for front in fronts]
    lock = Lock()

    def visit(k: int) -> None:
        """The blocks of front k."""
        front = fronts[k]
        s, u = d * front.n_own, d * front.n_boundary
        if front.parent >= 0:
            a_parent, b_parent = waiting[front.parent]
            a_uu = take_update(backend, a_parent, factor.placements[k], u)
            b_uu = take_update(backend, b_parent, factor.placements[k], u)
            with lock:
                unread[front.parent] -= 1
                last = unread[front.parent] == 0
            if last:
                del waiting[front.parent]
                backend.release(*a_parent, *b_parent)
            del a_parent, b_parent
        else:
            a_uu, b_uu = backend.zeros(0, 0), backend.zeros(0, 0)
        own_dot, coupling_dot = derivative.own[k], derivative.coupling[k]
        derivative.own[k] = derivative.coupling[k] = None
        coupling = factor.coupling[k]
        a_ss = backend.lower_gram(factor.inverse_cholesky[k])
        b_ss = backend.symmetric_square(a_ss, own_dot)
        if own_dot is not None:
            backend.release(own_dot)
        if u:
            r, q = _responses(backend, a_uu, coupling, coupling_dot, a_ss)
            sum_us = backend.copied(q)
            b_us = backend.add_symmetric_times(q, -1.0, b_uu, coupling)
            sum_us += b_us
            b_ss = backend.add_inner_pair(b_ss, -0.5, coupling, sum_us)
            a_ss = backend.add_symmetric_product(a_ss, coupling, r)
            a_us = backend.negated(r)
            backend.release(sum_us)
        else:
            a_us = b_us = backend.zeros(0, s)
        wanted.read(k, a_ss, a_us, b_ss, b_us)
        if front.children:
            waiting[k] = (FrontMatrix(a_ss, a_us, a_uu), FrontMatrix(b_ss, b_us, b_uu))
        else:
            backend.release(a_ss, a_us, a_uu, b_ss, b_us, b_uu)

    parents_first(fronts, backend, visit)
    return wanted.blocks()


def _responses(
    backend: ArrayBackend, a_uu: Array, coupling: Array, coupling_dot: Array | None, inverse: Array
) -> tuple[Array, Array]:
    """R = A_UU K and Q = A_UU K̇, which is used up; both are halves of one product, because A_UU is the large factor.

    ``inverse`` is F_SS⁻¹, which makes Q of a leaf.
    """
    u, s = coupling.shape
    if coupling_dot is None:
        r = backend.symmetric_times(a_uu, coupling)
        return r, backend.negated(backend.times_symmetric(r, inverse))
    both = backend.empty(u, 2 * s)
    both[:, :s], both[:, s:] = coupling, coupling_dot
    product = backend.symmetric_times(a_uu, both)
    backend.release(both, coupling_dot)
    return product[:, :s], product[:, s:]


class _PairReader:
    """Reads the wanted blocks in the front of the particle that is eliminated first."""

    def __init__(self, symbolic: SymbolicFactor, backend: ArrayBackend, i: IntArray, j: IntArray):
        self._symbolic, self._backend = symbolic, backend
        ranks = np.sort(symbolic.rank[np.stack([i, j])], axis=0)
        earlier, later = ranks
        node = symbolic.node_of_rank[earlier]
        below = symbolic.node_of_rank[later] != node
        self._order = np.lexsort((below, node))
        keys = (2 * node + below)[self._order]
        self._bounds = np.searchsorted(keys, np.arange(2 * len(symbolic.fronts) + 1))
        rows, columns = np.empty_like(earlier), np.empty_like(earlier)
        for k, front in enumerate(symbolic.fronts):
            first, middle, last = self._bounds[2 * k : 2 * k + 3]
            pairs = self._order[first:last]
            columns[first:last] = earlier[pairs] - front.first
            rows[first:middle] = later[pairs[: middle - first]] - front.first
            rows[middle:last] = np.searchsorted(front.boundary, later[pairs[middle - first :]])
        self._rows, self._columns = backend.from_host(rows), backend.from_host(columns)
        d, n = symbolic.dimension, symbolic.n_particles
        xp = backend.xp
        self._diagonal = [xp.zeros((n, d, d)) for _ in range(2)]
        self._pairs = [xp.zeros((len(i), d, d)) for _ in range(2)]

    def read(self, k: int, a_ss: Array, a_us: Array, b_ss: Array, b_us: Array) -> None:
        """Take what is wanted of front k."""
        front, d = self._symbolic.fronts[k], self._symbolic.dimension
        first, middle, last = (int(bound) for bound in self._bounds[2 * k : 2 * k + 3])
        own = self._backend.xp.arange(front.n_own)
        for part, (own_matrix, edge_matrix) in enumerate(((a_ss, a_us), (b_ss, b_us))):
            blocks = blocks_view(own_matrix, d)
            self._diagonal[part][front.first : front.first + front.n_own] = blocks[own, :, own, :]
            for a, b, source in ((first, middle, blocks), (middle, last, None)):
                if b > a:
                    matrix = blocks_view(edge_matrix, d) if source is None else source
                    self._pairs[part][a:b] = matrix[self._columns[a:b], :, self._rows[a:b], :]

    def blocks(self) -> SelectedBlocks:
        """All blocks, in the order of particles and of pairs, on the host."""
        to_host, rank = self._backend.to_host, self._symbolic.rank
        diagonal_ncc = [_from_lower(to_host(part)[rank]) for part in self._diagonal]
        pairs_pcc = []
        for part in self._pairs:
            in_order = np.empty(part.shape)
            in_order[self._order] = to_host(part)
            pairs_pcc.append(in_order)
        return SelectedBlocks(diagonal_ncc[0], diagonal_ncc[1], pairs_pcc[0], pairs_pcc[1])


def _from_lower(transposed_ncc: FloatArray) -> FloatArray:
    """Symmetric blocks from the upper triangles of what was read column by column."""
    upper = np.triu(transposed_ncc)
    return upper + np.triu(transposed_ncc, 1).transpose(0, 2, 1)
