"""The memory of a multifrontal factor and of its selected inverse: both rehearsed with sizes in place of matrices.

Several threads work in several subtrees at a time. Which thread is where is not known beforehand, so the peak is the
largest over all ways to share the threads among the subtrees; no particular order of the children is counted on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lmpmeso.backend import REUSED_ELEMENTS

if TYPE_CHECKING:
    from lmpmeso.elasticity.symbolic import Front

BYTES = 8
"""Size of a double."""
WORKSPACE_BYTES = 64 * 1024**2
"""Allowance for index arrays, panels and the interpreter's own temporaries."""
RELEASED_SHARE = 0.25
"""Allowance for released matrices that are kept for others, relative to the rest; bounded."""

Peaks = list[int]
"""Peak in a subtree with 0, 1, 2 … threads in it; with 0 it has not begun, or is finished."""


@dataclass(frozen=True)
class Memory:
    """Largest memory [bytes]: of the finished factor, and while it or the selected inverse is computed."""

    factor: int
    factorisation: int
    selected_inverse: int


def peak_memory(fronts: Sequence[Front], dimension: int, threads: int = 1) -> Memory:
    """Peak memory of each pass with so many threads."""
    own = [(dimension * f.n_own) ** 2 for f in fronts]
    edge = [dimension**2 * f.n_own * f.n_boundary for f in fronts]
    rest = [(dimension * f.n_boundary) ** 2 for f in fronts]
    factor = sum(own) + sum(edge)
    # The front itself, and temporaries as large as its own and edge parts.
    fronts_up = [3 * o + 2 * e + r for o, e, r in zip(own, edge, rest, strict=True)]
    kept = [o + e for o, e in zip(own, edge, strict=True)]
    peak_up = _upward(fronts, kept, rest, fronts_up, threads)
    peak_derivative = factor + _upward(fronts, edge, rest, fronts_up, threads)
    # Downward, the derivative's arrays are given back node by node, which is not counted on.
    sizes = [2 * (o + e + r) for o, e, r in zip(own, edge, rest, strict=True)]
    temporaries = [3 * e + 2 * o for o, e in zip(own, edge, strict=True)]
    peak_down = 2 * factor + _downward(fronts, sizes, temporaries, threads)
    return Memory(
        factor=BYTES * factor,
        factorisation=_with_workspace(peak_up),
        selected_inverse=_with_workspace(max(peak_up, peak_derivative, peak_down)),
    )


def _upward(
    fronts: Sequence[Front], kept: list[int], update: list[int], front: list[int], threads: int
) -> int:
    """Peak of a pass from the leaves to the root: a node keeps something, and leaves an update for its parent."""
    peaks: list[Peaks] = []
    finished: list[int] = []
    kept_below: list[int] = []
    for k, node in enumerate(fronts):
        done = sum(finished[child] for child in node.children)
        if threads == 1:
            peak, before = done + front[k], 0
            for child in node.children:
                peak = max(peak, before + peaks[child][1])
                before += finished[child]
            peaks.append([0, peak])
        else:
            # Of what is not finished a subtree counts its excess over what it has when it is.
            excess = _shared(
                [[max(0, p - finished[c]) for p in peaks[c]] for c in node.children], threads
            )
            peaks.append([0, *(done + max(front[k], e) for e in excess[1:])])
        kept_below.append(kept[k] + sum(kept_below[child] for child in node.children))
        finished.append(kept_below[k] + update[k])
    return peaks[-1][threads]


def _downward(
    fronts: Sequence[Front], size: list[int], temporaries: list[int], threads: int
) -> int:
    """Peak of a pass from the root to the leaves: a node's matrices wait until its last child has read them."""
    peaks: list[Peaks] = []
    for k, node in enumerate(fronts):
        alone = size[k] + temporaries[k]
        if threads == 1:
            peak = alone
            for child in node.children[1:]:
                peak = max(peak, size[k] + peaks[child][1])
            for child in node.children[:1]:
                peak = max(peak, size[k] + size[child] + temporaries[child], peaks[child][1])
            peaks.append([0, peak])
        else:
            below = _shared([peaks[child] for child in node.children], threads)
            peaks.append([0, *(max(alone, size[k] + b) for b in below[1:])])
    return peaks[-1][threads]


def _shared(subtrees: list[Peaks], threads: int) -> Peaks:
    """Peak of several subtrees together, by the worst way to share the threads among them."""
    together = [0] * (threads + 1)
    for peaks in subtrees:
        together = [
            max(together[n - here] + peaks[here] for here in range(n + 1))
            for n in range(threads + 1)
        ]
    return together


def _with_workspace(elements: int) -> int:
    """Bytes of so many elements of matrices, and of all that stands around them."""
    released = min(RELEASED_SHARE * elements, REUSED_ELEMENTS)
    return int(BYTES * (elements + released)) + WORKSPACE_BYTES
