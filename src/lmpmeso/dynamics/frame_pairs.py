"""Products and differences of whole frames for a list of pairs of frames.

Where the pairs are dense in the square of frames × frames (linear trajectories, all lags) a matrix
product of frames serves hundreds of pairs at once; elsewhere a compiled kernel takes them singly.

Array suffixes: t frame, p pair of frames, x all components of all particles, c Cartesian
component, n particle.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lmpmeso.arrays import FloatArray, IntArray

TILE = 256
"""Frames on a side of a tile of the square frames × frames."""
MATRIX_SPEEDUP = 8
"""How much faster a multiplication is inside a matrix product than in a single scalar product."""
CANCELLATION = 0.01
"""|a − b|² below this fraction of |a|² + |b|² is computed from the difference itself."""
NUMBERS_IN_FLIGHT = 48_000
"""Displacement components handled at once: they stay in the processor's cache."""


@dataclass(frozen=True, eq=False)
class Tile:
    """The pairs, shape (K,), whose origin and end lie in two short ranges of frames: rows and columns.

    It is ``dense`` where one matrix product is cheaper than K scalar products.
    """

    pairs: IntArray
    rows: slice
    columns: slice
    dense: bool


def tiles(origins: IntArray, ends: IntArray, n_frames: int) -> Iterator[Tile]:
    """Cut a list of pairs into tiles, which also keeps the frames in use in the cache."""
    per_side = -(-n_frames // TILE)
    tile_of_pair = _tile_of_pair(origins, ends, n_frames)
    order = np.argsort(tile_of_pair, kind="stable")
    starts = np.flatnonzero(np.diff(tile_of_pair[order], prepend=-1))
    for pairs in np.split(order, starts[1:]):
        row, column = divmod(int(tile_of_pair[pairs[0]]), per_side)
        rows = slice(row * TILE, min((row + 1) * TILE, n_frames))
        columns = slice(column * TILE, min((column + 1) * TILE, n_frames))
        area = (rows.stop - rows.start) * (columns.stop - columns.start)
        yield Tile(pairs, rows, columns, area <= len(pairs) * MATRIX_SPEEDUP)


def scalar_products(frames_tx: FloatArray, origins: IntArray, ends: IntArray) -> FloatArray:
    """a_o · a_e for each pair (o, e) of rows of ``frames_tx``, shape (P,)."""
    from lmpmeso.dynamics.pair_kernels import sum_products

    products = np.empty(len(origins))
    for tile in tiles(origins, ends, len(frames_tx)):
        o, e = origins[tile.pairs], ends[tile.pairs]
        if tile.dense:
            table = frames_tx[tile.rows] @ frames_tx[tile.columns].T
            products[tile.pairs] = table[o - tile.rows.start, e - tile.columns.start]
        else:
            singly = np.empty(len(o))
            sum_products(frames_tx, o, e, singly)
            products[tile.pairs] = singly
    return products


def squared_distances(frames_tx: FloatArray, origins: IntArray, ends: IntArray) -> FloatArray:
    """|a_e − a_o|² for each pair (o, e) of rows of ``frames_tx``, shape (P,).

    To about 1e-13 of itself: matrix products only serve where |a|² + |b|² − 2 a·b does not cancel.
    """
    from lmpmeso.dynamics.pair_kernels import sum_squared_differences

    squares = np.empty(len(origins))
    norms_t = np.einsum("tx,tx->t", frames_tx, frames_tx)
    for tile in tiles(origins, ends, len(frames_tx)):
        remaining = tile.pairs
        if tile.dense:
            o, e = origins[tile.pairs], ends[tile.pairs]
            table = frames_tx[tile.rows] @ frames_tx[tile.columns].T
            norms = norms_t[o] + norms_t[e]
            expanded = norms - 2.0 * table[o - tile.rows.start, e - tile.columns.start]
            squares[tile.pairs] = expanded
            remaining = tile.pairs[expanded < CANCELLATION * norms]
        singly = np.empty(len(remaining))
        sum_squared_differences(frames_tx, origins[remaining], ends[remaining], singly)
        squares[remaining] = singly
    return squares


def in_tile_order(origins: IntArray, ends: IntArray, n_frames: int) -> IntArray:
    """Order of the pairs in which the frames in use stay in the cache, shape (P,)."""
    return np.argsort(_tile_of_pair(origins, ends, n_frames), kind="stable")


def _tile_of_pair(origins: IntArray, ends: IntArray, n_frames: int) -> IntArray:
    """Number of the tile that holds each pair, shape (P,)."""
    return (origins // TILE) * -(-n_frames // TILE) + ends // TILE


def distance_blocks(
    frames_tcn: FloatArray, origins: IntArray, ends: IntArray
) -> Iterator[tuple[slice, FloatArray]]:
    """|r_n(end) − r_n(origin)| of each particle, a block of pairs at a time.

    Yields:
        Which pairs, and their distances [length], shape (K, n); valid until the next block.
    """
    _, d, n = frames_tcn.shape
    at_once = max(1, NUMBERS_IN_FLIGHT // (d * n))
    end_pcn, origin_pcn = np.empty((2, at_once, d, n))
    distance_pn = np.empty((at_once, n))
    for start in range(0, len(origins), at_once):
        block = slice(start, min(start + at_once, len(origins)))
        k = block.stop - block.start
        # mode="clip" lets take write straight into the buffer.
        np.take(frames_tcn, ends[block], axis=0, out=end_pcn[:k], mode="clip")
        np.take(frames_tcn, origins[block], axis=0, out=origin_pcn[:k], mode="clip")
        moved_pcn = np.subtract(end_pcn[:k], origin_pcn[:k], out=end_pcn[:k])
        np.multiply(moved_pcn, moved_pcn, out=moved_pcn)
        np.sum(moved_pcn, axis=1, out=distance_pn[:k])
        np.sqrt(distance_pn[:k], out=distance_pn[:k])
        yield block, distance_pn[:k]
