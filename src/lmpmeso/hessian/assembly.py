"""From blocks between pairs of particles to the sparse block Hessian.

Array suffixes: n particle, p pair, b block, c Cartesian component.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from lmpmeso.hessian.grouping import group, lexicographic_order

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def sum_equal_pairs(
    i: IntArray, j: IntArray, blocks_bcc: FloatArray, n_particles: int
) -> tuple[IntArray, IntArray, FloatArray]:
    """Add up the blocks of each pair of particles; pairs come out sorted by i and then by j.

    Args:
        i: row particle of each block, shape (B,).
        j: column particle of each block, shape (B,).
        blocks_bcc: blocks, shape (B, d, d).
        n_particles: N.

    Returns:
        (i, j, blocks) of the distinct pairs.
    """
    order = lexicographic_order(i, j, n_particles)
    i_sorted, j_sorted = i[order], j[order]
    is_new = np.ones(len(order), dtype=bool)
    is_new[1:] = (i_sorted[1:] != i_sorted[:-1]) | (j_sorted[1:] != j_sorted[:-1])
    starts = np.append(np.flatnonzero(is_new), len(order))
    summation = sparse.csr_array(
        (np.ones(len(order)), order, starts), shape=(len(starts) - 1, len(order))
    )
    total = summation @ blocks_bcc.reshape(len(order), -1)
    return i_sorted[is_new], j_sorted[is_new], total.reshape(-1, *blocks_bcc.shape[1:])


def block_matrix(
    i: IntArray, j: IntArray, blocks_pcc: FloatArray, n_particles: int
) -> sparse.bsr_array:
    """Symmetric, translation-invariant matrix from its blocks above the diagonal.

    Args:
        i: row particle of each block, shape (P,).
        j: column particle of each block, j > i; distinct pairs sorted by i and then by j.
        blocks_pcc: blocks, shape (P, d, d).
        n_particles: N.

    Returns:
        (dN, dN) matrix in BSR storage with sorted indices, exactly symmetric, whose diagonal blocks
        are minus the sum of the others in their row.
    """
    d = blocks_pcc.shape[1]
    n_above = np.bincount(i, minlength=n_particles)
    by_column, column_starts = group(j, n_particles)
    n_below = np.diff(column_starts)
    starts = np.zeros(n_particles + 1, dtype=np.int32)
    np.cumsum(n_below + 1 + n_above, out=starts[1:])
    diagonal = starts[:-1] + n_below
    # Within a row: the blocks below the diagonal, the diagonal block, the blocks above it.
    first_above = np.cumsum(n_above) - n_above
    above = np.arange(len(i)) + (diagonal + 1 - first_above)[i]
    below = np.arange(len(i)) + np.repeat(starts[:-1] - column_starts[:-1], n_below)
    indices = np.empty(starts[-1], dtype=np.int32)
    data = np.empty((len(indices), d, d))
    indices[above], indices[below], indices[diagonal] = j, i[by_column], np.arange(n_particles)
    data[above] = blocks_pcc
    data[below] = blocks_pcc[by_column].transpose(0, 2, 1)
    data[diagonal] = 0.0
    matrix = sparse.bsr_array((data, indices, starts), shape=(d * n_particles, d * n_particles))
    row_sums = (matrix @ np.tile(np.eye(d), (n_particles, 1))).reshape(n_particles, d, d)
    matrix.data[diagonal] = -0.5 * (row_sums + row_sums.transpose(0, 2, 1))
    matrix.has_sorted_indices = True
    return matrix


def scatter_bonds(i: IntArray, j: IntArray, values_p: FloatArray, n_particles: int) -> FloatArray:
    """Σ over the bonds of each particle, + at j and - at i: from ∂/∂r_p to ∂/∂x_n.

    Args:
        i: first particle of each bond r = x_j - x_i, sorted, shape (P,).
        j: second particle, shape (P,).
        values_p: derivative with respect to the bond vector, shape (P, …).
        n_particles: N.

    Returns:
        shape (N, …).
    """
    flat = values_p.reshape(len(values_p), -1)
    shape = (n_particles, len(i))
    by_column, column_starts = group(j, n_particles)
    at_second = sparse.csr_array((np.ones(len(i)), by_column, column_starts), shape=shape)
    first_starts = np.zeros(n_particles + 1, dtype=column_starts.dtype)
    np.cumsum(np.bincount(i, minlength=n_particles), out=first_starts[1:])
    bonds = np.arange(len(i), dtype=column_starts.dtype)
    at_first = sparse.csr_array((np.ones(len(i)), bonds, first_starts), shape=shape)
    return (at_second @ flat - at_first @ flat).reshape(n_particles, *values_p.shape[1:])
