"""From blocks between pairs of particles to the sparse block Hessian.

Blocks are held with their components first, ``blocks_abp[a, b, p]``: row component a belongs to the
pair's first particle, column component b to its second.

Array suffixes: n particle, p pair, a b Cartesian components.
"""

from __future__ import annotations

import numpy as np
import scipy

from lmpmeso.arrays import FloatArray, IntArray
from lmpmeso.hessians.grouping import lexicographic_order
from lmpmeso.hessians.half_bonds import HalfBonds


def sum_equal_pairs(
    i: IntArray, j: IntArray, blocks_abp: FloatArray, n_particles: int
) -> tuple[IntArray, IntArray, FloatArray]:
    """Add up the blocks, shape (d, d, B), of each pair of particles i, j, shape (B,).

    The distinct pairs (i, j, blocks) come out sorted by i and then by j.
    """
    order = lexicographic_order(i, j, n_particles)
    i_sorted, j_sorted = i[order], j[order]
    is_new = np.ones(len(order), dtype=bool)
    is_new[1:] = (i_sorted[1:] != i_sorted[:-1]) | (j_sorted[1:] != j_sorted[:-1])
    first = np.flatnonzero(is_new)
    total = np.empty((*blocks_abp.shape[:2], len(first)))
    for component in np.ndindex(*blocks_abp.shape[:2]):
        total[component] = np.add.reduceat(blocks_abp[component].take(order), first)
    return i_sorted[first], j_sorted[first], total


def block_matrix(
    bonds: HalfBonds, blocks_abp: FloatArray, *, symmetric_blocks: bool
) -> scipy.sparse.bsr_array:
    """Symmetric, translation-invariant matrix from its blocks above the diagonal, shape (d, d, P).

    Returns:
        (dN, dN) matrix in BSR storage with sorted indices, exactly symmetric, whose diagonal blocks
        are minus the sum of the others in their row.
    """
    d, n_pairs = len(blocks_abp), blocks_abp.shape[-1]
    n_particles = len(bonds.starts) - 1
    blocks_px = np.ascontiguousarray(blocks_abp.reshape(d * d, n_pairs).T)
    if symmetric_blocks:
        off_diagonal = blocks_px.take(bonds.pair, axis=0)
    else:
        transposed_px = np.ascontiguousarray(
            blocks_abp.transpose(1, 0, 2).reshape(d * d, n_pairs).T
        )
        both = np.concatenate([blocks_px, transposed_px])
        off_diagonal = both.take(np.where(bonds.outwards, bonds.pair, bonds.pair + n_pairs), axis=0)
    diagonal_abn = np.empty((d, d, n_particles))
    incidence = bonds.incidence(signed=False)
    for a in range(d):
        for b in range(a + 1):
            half = 0.5 * (blocks_abp[a, b] + blocks_abp[b, a])
            diagonal_abn[a, b] = diagonal_abn[b, a] = -(incidence @ half)

    # A row holds its lower neighbours, the particle itself, and its higher neighbours.
    rows = np.arange(n_particles)
    centre = np.repeat(rows, np.diff(bonds.starts))
    n_lower = np.bincount(centre[~bonds.outwards], minlength=n_particles)
    slots = np.arange(len(centre)) + centre + bonds.outwards
    diagonal_slots = bonds.starts[:-1] + rows + n_lower
    n_blocks = len(slots) + n_particles
    indices = np.empty(n_blocks, dtype=bonds.neighbour.dtype)
    data = np.empty((n_blocks, d * d))
    indices[slots], indices[diagonal_slots] = bonds.neighbour, rows
    data[slots], data[diagonal_slots] = off_diagonal, diagonal_abn.reshape(d * d, n_particles).T
    matrix = scipy.sparse.bsr_array(
        (data.reshape(n_blocks, d, d), indices, bonds.starts + np.arange(n_particles + 1)),
        shape=(d * n_particles, d * n_particles),
    )
    matrix.has_sorted_indices = True
    return matrix


def with_blocks(matrix: scipy.sparse.bsr_array, i: IntArray, j: IntArray) -> scipy.sparse.bsr_array:
    """The same matrix, holding blocks (i, j) and (j, i) of the given pairs even where they are zero."""
    n, d = len(matrix.indptr) - 1, matrix.blocksize[0]
    there = np.repeat(np.arange(n), np.diff(matrix.indptr)) * n + matrix.indices
    missing = np.setdiff1d(np.concatenate([i * n + j, j * n + i]), there)
    if not len(missing):
        return matrix
    keys = np.concatenate([there, missing])
    order = np.argsort(keys)
    data = np.concatenate([matrix.data, np.zeros((len(missing), d, d))])[order]
    rows, columns = np.divmod(keys[order], n)
    starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=n))])
    result = scipy.sparse.bsr_array((data, columns, starts), shape=matrix.shape)
    result.has_sorted_indices = True
    return result
