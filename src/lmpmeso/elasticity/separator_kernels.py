"""Compiled loops of the nested dissection: the smallest separator of a graph, and its parts.

Graphs are in CSR storage (``starts``, ``neighbours``), each edge in both directions.

Every free vertex v may be passed once, so it counts as two nodes, the entrance v and the exit v + n,
joined by an arc of capacity one; all other arcs are unlimited. The flow is a set of paths, kept as the
vertex before each that is passed (``previous``). Shortest paths are added level by level (E. A. Dinic,
Soviet Math. Dokl. 11, 1277 (1970)).
"""

from __future__ import annotations

import numpy as np

from lmpmeso.backend.compilation import compiled

SOURCE, FREE, SINK = 0, 1, 2
UNUSED, BEGIN = -1, -2
"""A vertex that no path passes; one where a path begins."""


@compiled(set())
def minimum_vertex_cut(starts, neighbours, zone):  # type: ignore[no-untyped-def]
    """Smallest set of FREE vertices that parts SOURCE from SINK, the one nearest to SOURCE.

    SOURCE vertices that touch SINK become FREE first. ``zone`` is overwritten by the side of each
    vertex, FREE for the separator.
    """
    n = len(zone)
    for v in range(n):
        if zone[v] == SOURCE:
            for e in range(starts[v], starts[v + 1]):
                if zone[neighbours[e]] == SINK:
                    zone[v] = FREE
                    break
    at_source, at_sink = np.zeros(n, dtype=np.bool_), np.zeros(n, dtype=np.bool_)
    for v in range(n):
        if zone[v] == FREE:
            for e in range(starts[v], starts[v + 1]):
                at_source[v] |= zone[neighbours[e]] == SOURCE
                at_sink[v] |= zone[neighbours[e]] == SINK
    previous = np.full(n, UNUSED)
    level, queue = np.empty(2 * n, dtype=np.int64), np.empty(2 * n, dtype=np.int64)
    arc, path = np.empty(n, dtype=np.int64), np.empty(2 * n, dtype=np.int64)
    while _levels(starts, neighbours, zone, at_source, at_sink, previous, level, queue):
        for v in range(n):
            arc[v] = starts[v]
        for v in range(n):
            if at_source[v]:
                length = _path(starts, neighbours, zone, at_sink, previous, level, arc, path, v)
                if length:
                    _add(path[:length], n, previous)
    for v in range(n):
        if zone[v] == FREE:
            if level[v + n] >= 0:
                zone[v] = SOURCE
            elif level[v] < 0:
                zone[v] = SINK


@compiled(set())
def _levels(starts, neighbours, zone, at_source, at_sink, previous, level, queue):  # type: ignore[no-untyped-def]
    """Distance of every node from the source with what capacity is left, -1 where it is not reached.

    Returns whether the sink is reached.
    """
    n, first, last, found = len(zone), 0, 0, False
    level[:] = -1
    for v in range(n):
        if at_source[v]:
            level[v] = 0
            queue[last] = v
            last += 1
    while first < last:
        node = queue[first]
        first += 1
        if node < n:
            to = node + n if previous[node] == UNUSED else previous[node] + n
            if previous[node] != BEGIN and level[to] < 0:
                level[to] = level[node] + 1
                queue[last] = to
                last += 1
            continue
        v = node - n
        found |= at_sink[v]
        if previous[v] != UNUSED and level[v] < 0:
            level[v] = level[node] + 1
            queue[last] = v
            last += 1
        for e in range(starts[v], starts[v + 1]):
            w = neighbours[e]
            if zone[w] == FREE and level[w] < 0:
                level[w] = level[node] + 1
                queue[last] = w
                last += 1
    return found


@compiled(set())
def _path(starts, neighbours, zone, at_sink, previous, level, arc, path, start):  # type: ignore[no-untyped-def]
    """A path from an entrance to the sink, one level a node; its length, 0 where there is none.

    A node that leads nowhere loses its level.
    """
    n, length = len(zone), 1
    path[0] = start
    while length:
        node = path[length - 1]
        to = -1
        if level[node] < 0:
            pass
        elif node < n:
            if previous[node] == UNUSED:
                to = node + n
            elif previous[node] != BEGIN:
                to = previous[node] + n
            if to >= 0 and level[to] != level[node] + 1:
                to = -1
        else:
            v = node - n
            if at_sink[v]:
                for k in range(length):
                    level[path[k]] = -1
                return length
            while arc[v] < starts[v + 1] and to < 0:
                w = neighbours[arc[v]]
                if zone[w] == FREE and level[w] == level[node] + 1:
                    to = w
                else:
                    arc[v] += 1
            if to < 0 and previous[v] != UNUSED and level[v] == level[node] + 1:
                to = v
        if to >= 0:
            path[length] = to
            length += 1
        else:
            level[node] = -1
            length -= 1
    return 0


@compiled(set())
def _add(path, n, previous):  # type: ignore[no-untyped-def]
    """Add a path to the flow; what it goes back along is taken off."""
    previous[path[0]] = BEGIN
    for k in range(1, len(path)):
        node, to = path[k - 1], path[k]
        if node >= n and to == node - n:
            previous[to] = UNUSED
        elif node >= n:
            previous[to] = node - n


@compiled(set())
def subgraph(starts, neighbours, chosen):  # type: ignore[no-untyped-def]
    """The graph of some vertices: (starts, neighbours), numbered as they are chosen."""
    number = np.full(len(starts) - 1, -1)
    for k in range(len(chosen)):
        number[chosen[k]] = k
    room = 0
    for v in chosen:
        room += starts[v + 1] - starts[v]
    own_starts, own = (
        np.zeros(len(chosen) + 1, dtype=starts.dtype),
        np.empty(room, neighbours.dtype),
    )
    n_own = 0
    for k in range(len(chosen)):
        for e in range(starts[chosen[k]], starts[chosen[k] + 1]):
            w = number[neighbours[e]]
            if w >= 0:
                own[n_own] = w
                n_own += 1
        own_starts[k + 1] = n_own
    return own_starts, own[:n_own]
