"""Pairs of particles within reach of each other, by cells; compiled.

Array suffixes: n particle, c Cartesian component, s shift, p pair. Numba takes seconds to compile what NumPy does
with whole arrays (``np.where``, ``max``, a slice set to another), and a loop in no time.
"""

from __future__ import annotations

import numpy as np

from lmpmeso.backend.compilation import compiled

SHIFTS = 27
"""Images of a neighbour: one edge of the box to either side or none, in each direction."""


def shifts_of(box_c):  # type: ignore[no-untyped-def]
    """The shifts by edges of the box, (27, 3), in the order in which :func:`rows_of_pairs` numbers them."""
    steps = np.array([-1.0, 0.0, 1.0])
    return np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3) * box_c


@compiled(set())
def rows_of_pairs(x_nc, box_c, species_n, reach_ss):  # type: ignore[no-untyped-def]
    """Pairs i < j within the reach of their species, a row of ascending j for each i.

    Args:
        x_nc: positions in the box, 0 ≤ x < edge; three components.
        box_c: edges, at least twice the largest reach.
        species_n: species of the particles.
        reach_ss: of each two species.

    Returns:
        starts (N + 1,), j (P,), and the number of the shift that makes j the nearest image (P,).
    """
    n = len(x_nc)
    longest = 0.0
    for s in range(reach_ss.shape[0]):
        for t in range(reach_ss.shape[1]):
            longest = max(longest, reach_ss[s, t])
    cells_c = np.empty(3, dtype=np.int64)
    low_c, high_c = np.empty(3, dtype=np.int64), np.empty(3, dtype=np.int64)
    everyone = True
    for c in range(3):
        # No more cells than particles: an edge without end has one.
        fit = box_c[c] / longest
        cells_c[c] = 1 if fit > 1e6 else max(1, min(int(fit), 64))
        low_c[c] = -1 if cells_c[c] > 2 else 0
        high_c[c] = 1 if cells_c[c] > 1 else 0
        everyone &= cells_c[c] <= 3
    head = np.full(cells_c[0] * cells_c[1] * cells_c[2], -1, dtype=np.int64)
    after_n = np.empty(n, dtype=np.int64)
    cell_nc = np.empty((n, 3), dtype=np.int64)
    for i in range(n):
        for c in range(3):
            cell = int(x_nc[i, c] / box_c[c] * cells_c[c])
            cell_nc[i, c] = min(cell, cells_c[c] - 1)
        k = (cell_nc[i, 0] * cells_c[1] + cell_nc[i, 1]) * cells_c[2] + cell_nc[i, 2]
        after_n[i] = head[k]
        head[k] = i
    starts = np.zeros(n + 1, dtype=np.int64)
    room = 64 * n + 64
    j_p, shift_p = np.empty(room, dtype=np.int32), np.empty(room, dtype=np.int8)
    count = 0
    for i in range(n):
        begin = count
        if count + n > room:
            room = 2 * room + n
            j_p, shift_p = _longer(j_p, room), _longer(shift_p, room)
        if everyone:
            # All cells are neighbours: the rows come in order, and nothing has to be sorted.
            for j in range(i + 1, n):
                square, shift = _nearest(x_nc, box_c, i, j)
                reach = reach_ss[species_n[i], species_n[j]]
                j_p[count], shift_p[count] = j, shift
                count += square < reach * reach
            starts[i + 1] = count
            continue
        for a in range(low_c[0], high_c[0] + 1):
            for b in range(low_c[1], high_c[1] + 1):
                for c in range(low_c[2], high_c[2] + 1):
                    u = (cell_nc[i, 0] + a) % cells_c[0]
                    v = (cell_nc[i, 1] + b) % cells_c[1]
                    w = (cell_nc[i, 2] + c) % cells_c[2]
                    j = head[(u * cells_c[1] + v) * cells_c[2] + w]
                    while j >= 0:
                        square, shift = _nearest(x_nc, box_c, i, j)
                        reach = reach_ss[species_n[i], species_n[j]]
                        j_p[count], shift_p[count] = j, shift
                        count += (j > i) & (square < reach * reach)
                        j = after_n[j]
        _sort(j_p[begin:count], shift_p[begin:count])
        starts[i + 1] = count
    return starts, j_p[:count].copy(), shift_p[:count].copy()


@compiled(set())
def _nearest(x_nc, box_c, i, j):  # type: ignore[no-untyped-def]
    """The square of the distance to the nearest image of j, and the number of its shift; no branch to guess."""
    square, shift = 0.0, 0
    for e in range(3):
        d, edge = x_nc[j, e] - x_nc[i, e], box_c[e]
        image = (d > 0.5 * edge) - (d < -0.5 * edge)
        d -= image * edge
        square += d * d
        shift = 3 * shift + 1 - image
    return square, shift


@compiled(set())
def _longer(array, length):  # type: ignore[no-untyped-def]
    """The array with room for more."""
    more = np.empty(length, dtype=array.dtype)
    for k in range(len(array)):
        more[k] = array[k]
    return more


@compiled(set())
def _sort(keys, values):  # type: ignore[no-untyped-def]
    """Sort a few keys, and their values with them, by insertion."""
    for k in range(1, len(keys)):
        key, value = keys[k], values[k]
        m = k
        while m > 0 and keys[m - 1] > key:
            keys[m], values[m] = keys[m - 1], values[m - 1]
            m -= 1
        keys[m], values[m] = key, value
