"""How much of a job's wall time is left, and whether that is enough to go on."""

from __future__ import annotations

import math
import os
import time

DEADLINE_VARIABLE = "LMPMESO_DEADLINE"
"""Environment variable of a worker's job: when it ends [s since 1970]."""
SLURM_END_VARIABLE = "SLURM_JOB_END_TIME"

SAFETY = 1.5
"""Time until the next checkpoint that is reckoned with, in units of the longest so far."""
MARGIN = 5.0
"""Time for whatever else there is to do before the end [s]."""
LONGEST_START = 600.0
"""No step begins with less time left than this [s], or with less than a quarter of the wall time."""


def program_deadline(wall_time: float | None) -> float:
    """When this program has to end [s since 1970], after its wall time [s] or with the Slurm job it runs in."""
    asked = math.inf if wall_time is None else time.time() + wall_time
    return min(asked, float(os.environ.get(SLURM_END_VARIABLE, "inf")))


def worker_deadline(program: float) -> float:
    """When this worker has to end [s since 1970]: with its own job, or with the program."""
    return float(os.environ.get(DEADLINE_VARIABLE, program))


def may_begin(deadline: float, wall_time: float | None) -> bool:
    """Whether there is time to begin a step."""
    least = LONGEST_START if wall_time is None else min(LONGEST_START, wall_time / 4)
    return time.time() + least < deadline


class CheckpointClock:
    """Decides at every checkpoint whether there is time to come to the next one, by a clock that does not jump."""

    def __init__(self, deadline: float):
        self._last = time.monotonic()
        self._end = self._last + deadline - time.time()
        self._longest = 0.0

    def may_go_on(self) -> bool:
        """Call it at a checkpoint."""
        now = time.monotonic()
        self._longest = max(self._longest, now - self._last)
        self._last = now
        return now + SAFETY * self._longest + MARGIN < self._end
