"""Compiled sums over the particles that two particles have as common neighbours.

Half-bonds of particle n are ``starts[n]`` … ``starts[n + 1] - 1``, their neighbours in ascending order.
"""

from __future__ import annotations

import numpy as np

from lmpmeso.backend.compilation import compiled


@compiled(set())
def common_densities(starts, neighbour):  # type: ignore[no-untyped-def]
    """For each particle the higher ones that are its neighbours or share one with it, in order.

    Returns:
        Where those of each particle begin, shape (N + 1,), and the particles, shape (B,).
    """
    n_particles = len(starts) - 1
    row_starts = np.zeros(n_particles + 1, dtype=np.int64)
    seen_by = np.full(n_particles, -1, dtype=np.int64)
    for i in range(n_particles):
        count = 0
        for h in range(starts[i], starts[i + 1]):
            k = neighbour[h]
            if k > i and seen_by[k] != i:
                seen_by[k] = i
                count += 1
            for m in range(starts[k], starts[k + 1]):
                j = neighbour[m]
                if j > i and seen_by[j] != i:
                    seen_by[j] = i
                    count += 1
        row_starts[i + 1] = row_starts[i] + count
    found = np.empty(row_starts[n_particles], dtype=np.int64)
    seen_by[:] = -1
    for i in range(n_particles):
        at = row_starts[i]
        for h in range(starts[i], starts[i + 1]):
            k = neighbour[h]
            if k > i and seen_by[k] != i:
                seen_by[k] = i
                found[at] = k
                at += 1
            for m in range(starts[k], starts[k + 1]):
                j = neighbour[m]
                if j > i and seen_by[j] != i:
                    seen_by[j] = i
                    found[at] = j
                    at += 1
        found[row_starts[i] : at].sort()
    return row_starts, found


@compiled(set())
def sum_blocks(  # type: ignore[no-untyped-def]
    starts, neighbour, own_hc, other_hc, self_nc, curvature_n, row_starts, higher
):
    """Σ_k F″_k ∂ρ_k/∂x_i ∂ρ_k/∂x_j of the pairs that :func:`common_densities` found, shape (3, 3, B).

    Vectors have three components; the third is zero in two dimensions.
    """
    n_particles = len(starts) - 1
    blocks = np.empty((3, 3, len(higher)))
    row = np.zeros((n_particles, 9))
    for i in range(n_particles):
        for h in range(starts[i], starts[i + 1]):
            if neighbour[h] > i:
                _add(row[neighbour[h]], curvature_n[i], self_nc[i], own_hc[h])
        for h in range(starts[i], starts[i + 1]):
            k = neighbour[h]
            if k > i:
                _add(row[k], curvature_n[k], other_hc[h], self_nc[k])
            for m in range(starts[k + 1] - 1, starts[k] - 1, -1):
                if neighbour[m] <= i:
                    break
                _add(row[neighbour[m]], curvature_n[k], other_hc[h], own_hc[m])
        for b in range(row_starts[i], row_starts[i + 1]):
            block = row[higher[b]]
            for a in range(9):
                blocks[a // 3, a % 3, b] = block[a]
                block[a] = 0.0
    return blocks


@compiled(set())
def _add(block, weight, left, right):  # type: ignore[no-untyped-def]
    """Add weight left ⊗ right."""
    x, y, z = weight * left[0], weight * left[1], weight * left[2]
    block[0] += x * right[0]
    block[1] += x * right[1]
    block[2] += x * right[2]
    block[3] += y * right[0]
    block[4] += y * right[1]
    block[5] += y * right[2]
    block[6] += z * right[0]
    block[7] += z * right[1]
    block[8] += z * right[2]
