"""Products and differences of whole frames for a list of pairs of frames.

Where the pairs are dense in the square of frames × frames (linear trajectories, all lags) a matrix
product of frames serves hundreds of pairs at once; elsewhere each pair is taken by itself.

Array suffixes: t frame, p pair of frames, x all components of all particles, c Cartesian
component, n particle.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

TILE = 256
"""Frames on a side of a tile of the square frames × frames."""
MATRIX_SPEEDUP = 8
"""How much faster a multiplication is inside a matrix product than in a single scalar product."""
CALL_COST = 10_000
"""Overhead of handling one pair by itself, in multiplications of a scalar product."""
CANCELLATION = 0.01
"""|a − b|² below this fraction of |a|² + |b|² is computed from the difference itself."""
NUMBERS_IN_FLIGHT = 48_000
"""Displacement components handled at once: they stay in the processor's cache."""


@dataclass(frozen=True, eq=False)
class Tile:
    """The pairs whose origin and end lie in two short ranges of frames.

    Attributes:
        pairs: indices into the list of pairs, shape (K,).
        rows: range of frames that holds the origins.
        columns: range of frames that holds the ends.
        dense: whether one matrix product is cheaper than K scalar products.
    """

    pairs: IntArray
    rows: slice
    columns: slice
    dense: bool


def tiles(origins: IntArray, ends: IntArray, n_frames: int, n_components: int) -> Iterator[Tile]:
    """Cut a list of pairs into tiles, which also keeps the frames in use in the cache."""
    per_side = -(-n_frames // TILE)
    tile_of_pair = (origins // TILE) * per_side + ends // TILE
    order = np.argsort(tile_of_pair, kind="stable")
    starts = np.flatnonzero(np.diff(tile_of_pair[order], prepend=-1))
    for pairs in np.split(order, starts[1:]):
        row, column = divmod(int(tile_of_pair[pairs[0]]), per_side)
        rows = slice(row * TILE, min((row + 1) * TILE, n_frames))
        columns = slice(column * TILE, min((column + 1) * TILE, n_frames))
        area = (rows.stop - rows.start) * (columns.stop - columns.start)
        singly = len(pairs) * (MATRIX_SPEEDUP * n_components + CALL_COST)
        yield Tile(pairs, rows, columns, area * n_components <= singly)


def scalar_products(frames_tx: FloatArray, origins: IntArray, ends: IntArray) -> FloatArray:
    """a_o · a_e for each pair (o, e) of rows of ``frames_tx``, shape (P,)."""
    products = np.empty(len(origins))
    for tile in tiles(origins, ends, *frames_tx.shape):
        o, e = origins[tile.pairs], ends[tile.pairs]
        if tile.dense:
            table = frames_tx[tile.rows] @ frames_tx[tile.columns].T
            products[tile.pairs] = table[o - tile.rows.start, e - tile.columns.start]
        else:
            products[tile.pairs] = [frames_tx[i] @ frames_tx[j] for i, j in zip(o, e, strict=True)]
    return products


def squared_distances(frames_tx: FloatArray, origins: IntArray, ends: IntArray) -> FloatArray:
    """|a_e − a_o|² for each pair (o, e) of rows of ``frames_tx``, shape (P,).

    To about 1e-13 of itself: matrix products only serve where |a|² + |b|² − 2 a·b does not cancel.
    """
    squares = np.empty(len(origins))
    norms_t = np.einsum("tx,tx->t", frames_tx, frames_tx)
    difference_x = np.empty(frames_tx.shape[1])
    for tile in tiles(origins, ends, *frames_tx.shape):
        singly = tile.pairs
        if tile.dense:
            o, e = origins[tile.pairs], ends[tile.pairs]
            table = frames_tx[tile.rows] @ frames_tx[tile.columns].T
            norms = norms_t[o] + norms_t[e]
            expanded = norms - 2.0 * table[o - tile.rows.start, e - tile.columns.start]
            squares[tile.pairs] = expanded
            singly = tile.pairs[expanded < CANCELLATION * norms]
        for p in singly.tolist():
            np.subtract(frames_tx[ends[p]], frames_tx[origins[p]], out=difference_x)
            squares[p] = difference_x @ difference_x
    return squares


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
