"""At which MD steps a trajectory's frames are taken, and where a long run is cut.

The rule is that of ``lmp_inputs/in.trajectory``, which works it out while it runs; here it is
known beforehand, so that a run can be cut at frames and its result checked.
"""

from __future__ import annotations

import math

import numpy as np

from lmpmeso.arrays import IntArray
from lmpmeso.errors import ProtocolError

MOST_STEPS = 10**11
"""A run of more MD steps takes years."""
MOST_FRAMES = 10**8
"""More frames than that no disk holds."""


def refuse_too_long(n_steps: float) -> None:
    """Refuse a run that would not come to its end.

    Raises:
        ProtocolError: it has more than :data:`MOST_STEPS`.
    """
    if n_steps > MOST_STEPS:
        raise ProtocolError(
            f"a run of {n_steps:.3g} MD steps would take years; at most {MOST_STEPS:.0e} are run: is its duration "
            "in units of time?"
        )


def frame_steps(block: int, n_blocks: int, ratio: float) -> IntArray:
    """Steps of the frames: in each block 0, 1, 2, … and then a factor ``ratio`` apart.

    They increase from 0 to block · n_blocks, shape (T,); a block is the steps from one time origin to the
    next.

    Raises:
        ProtocolError: no block, no step, a ratio that is not above 1, or too many of them.
    """
    if block < 1 or n_blocks < 1 or not (math.isfinite(ratio) and ratio > 1.0):
        raise ProtocolError(
            f"a trajectory needs block ≥ 1, n_blocks ≥ 1 and ratio > 1; got {block}, {n_blocks}, {ratio}"
        )
    within = [0]
    while within[-1] < block:
        s = within[-1]
        within.append(min(max(math.ceil(s * ratio), s + 1), block))
        if len(within) * n_blocks > MOST_FRAMES:
            raise ProtocolError(
                f"{n_blocks} blocks of {len(within)} frames or more are more than {MOST_FRAMES:.0e}: take fewer blocks, "
                "or frames farther apart"
            )
    origins = block * np.arange(n_blocks, dtype=np.int64)
    steps = (origins[:, None] + np.array(within[:-1], dtype=np.int64)).ravel()
    return np.append(steps, block * n_blocks)


def cuts(candidates: IntArray, longest: int) -> IntArray:
    """Cut a run at few of the candidates, at most ``longest`` steps apart where they leave a choice.

    Candidates are increasing steps, the last the run's end. The cuts are without 0 and with the end.
    """
    chosen, last = [], 0
    later = candidates[candidates > 0]
    for step, following in zip(later, [*later[1:], None], strict=True):
        if following is None or following - last > longest:
            chosen.append(int(step))
            last = int(step)
    return np.array(chosen, dtype=np.int64)
