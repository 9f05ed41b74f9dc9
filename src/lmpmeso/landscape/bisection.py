"""What the authors' search would have seen of frames that were all quenched: the ends of a block, and bisection.

Array suffixes: f frame, q quench.
"""

from __future__ import annotations

import itertools

import numpy as np

from lmpmeso.arrays import IntArray
from lmpmeso.landscape.inherent_structures import BLOCK_FRAMES, InherentStructureTrajectory
from lmpmeso.landscape.recognition import largest_displacement


def structure_labels(trajectory: InherentStructureTrajectory, threshold: float) -> IntArray:
    """A number of the structure of each frame, shape (F,): equal where no particle is farther apart than the threshold."""
    places, energies = trajectory.positions_qnc, trajectory.energies_q
    first_q: list[int] = []
    label_q = np.empty(len(places), dtype=np.int64)
    for q, place_nc in enumerate(places):
        # The nearest in energy first: one structure met again has the same to many digits.
        near = sorted(first_q, key=lambda k, q=q: abs(float(energies[k] - energies[q])))  # type: ignore[misc]
        same = (k for k in near if largest_displacement(places[k], place_nc) < threshold)
        label_q[q] = next(same, q)
        if label_q[q] == q:
            first_q.append(q)
    return label_q[trajectory.quench_f]


def bisected_labels(labels_f: IntArray, block: int = BLOCK_FRAMES) -> IntArray:
    """What bisection would see: between two quenched frames in one structure all others count as in it."""
    seen_f = labels_f.copy()
    last = len(labels_f) - 1
    edges = [*range(0, last, block), last]
    gaps = [*itertools.pairwise(edges)]
    while gaps:
        low, high = gaps.pop()
        if labels_f[low] == labels_f[high]:
            seen_f[low:high] = labels_f[low]
        elif high - low > 1:
            middle = (low + high) // 2
            gaps += [(low, middle), (middle, high)]
    return seen_f
