"""A stretch of a production run in which particles exchange their sizes or species between segments of MD.

Its frames follow places, all with the sizes that the liquid had at the beginning of the whole run, so that they are one
trajectory. The configurations at the ends of its blocks have the sizes of then: they are what is quenched.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from lmpmeso.campaign.run_parts import continued, shifted
from lmpmeso.configurations import Configuration, Trajectory
from lmpmeso.execution import Execution, Progress
from lmpmeso.models import GlassModel
from lmpmeso.protocols import run_swap_trajectory
from lmpmeso.protocols.liquid import lammps_seed
from lmpmeso.protocols.swap_run import SUMS, acceptance
from lmpmeso.swaps import Swaps

SCHEDULE = {key: value for key, value in Swaps().variables().items() if key != "swap_seed"}
"""How often particles are exchanged, and how many: part of the identity of what is run with swaps."""


@dataclass(frozen=True)
class SwappedRun:
    """What is kept of it.

    Attributes:
        trajectory: of places.
        ends: the liquid at the end of each block; the last has velocities.
        record: energies and pressure, as of plain MD.
        acceptance: part of the attempts to exchange that succeeded.
        time_step: δt [time].
    """

    trajectory: Trajectory
    ends: tuple[Configuration, ...]
    record: pd.DataFrame
    acceptance: float
    time_step: float

    @property
    def configuration(self) -> Configuration:
        """The liquid at the end."""
        return self.ends[-1]


def run_with_swaps(
    start: Configuration,
    labels: Configuration,
    model: GlassModel,
    temperature: float,
    *,
    block_steps: int,
    blocks: range,
    seed: int,
    folder: Path,
    execution: Execution,
) -> SwappedRun:
    """Run some blocks, one after the other.

    Args:
        start: the liquid, with velocities.
        labels: gives the species and sizes that the frames are written with.
        model: the model.
        temperature: T.
        block_steps: MD steps of a block.
        blocks: numbers of the blocks in the whole run, from which their seeds follow.
        seed: of the exchanges.
        folder: work folder.
        execution: how it runs.
    """
    time_step = model.time_step_at(temperature)
    here, runs = start, []
    for done, block in enumerate(blocks):
        run = run_swap_trajectory(
            here,
            model,
            temperature,
            block_duration=block_steps * time_step,
            n_blocks=1,
            swaps=Swaps(seed=lammps_seed(seed, block)),
            folder=folder / f"block-{block}",
            execution=replace(
                execution, progress=_later(execution, done, block_steps, len(blocks))
            ),
        )
        runs.append(run)
        here = run.configuration
    parts = [continued(run.trajectory, k * block_steps) for k, run in enumerate(runs)]
    records = [
        shifted(run.record.drop(columns=[*SUMS]), k * block_steps, time_step)
        for k, run in enumerate(runs)
    ]
    # Each block has the sizes of its own beginning, and a trajectory has one set of them.
    trajectory = replace(
        parts[0],
        positions_tnc=np.concatenate([part.positions_tnc[:] for part in parts]),
        steps=np.concatenate([part.steps for part in parts]),
        species=labels.species,
        diameters=labels.diameters,
    )
    accepted = [acceptance(run.record) for run in runs]
    return SwappedRun(
        trajectory,
        tuple(run.configuration for run in runs),
        pd.concat(records, ignore_index=True),
        float(np.mean(accepted)),
        time_step,
    )


def _later(execution: Execution, done: int, block_steps: int, n_blocks: int) -> Progress:
    """Progress of a block as that of all."""
    return lambda n, _: execution.tell(done * block_steps + n, n_blocks * block_steps)
