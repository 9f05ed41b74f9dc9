"""Parts of a run at their place in the whole: each begins at step 0 of its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from lmpmeso.configurations import Trajectory


def continued(trajectory: Trajectory, first_step: int) -> Trajectory:
    """A part at its place in the run; a later one without the frame that ends the one before."""
    begin = 0 if first_step == 0 else 1
    return replace(
        trajectory,
        positions_tnc=trajectory.positions_tnc[begin:],
        steps=np.asarray(trajectory.steps)[begin:] + first_step,
    )


def shifted(record: pd.DataFrame, first_step: int, time_step: float) -> pd.DataFrame:
    """The record of a part at its place in the run."""
    steps = record["step"] + first_step
    moved = record.assign(step=steps, time=steps * time_step)
    return moved if first_step == 0 else moved[moved["step"] > first_step]
