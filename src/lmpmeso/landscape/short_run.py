"""A short run at constant temperature with a frame every few MD steps."""

from __future__ import annotations

import math
import os
from dataclasses import replace

import numpy as np

from lmpmeso.configurations import ConfigurationLike, Trajectory, as_configuration
from lmpmeso.errors import ProtocolError
from lmpmeso.execution import DEFAULT, Execution
from lmpmeso.models import GlassModel, get_model
from lmpmeso.protocols import run_trajectory
from lmpmeso.protocols.frame_schedule import refuse_too_long

ONE_FRAME_A_BLOCK = 1e9
"""Ratio of successive times within a block: none but its first two frames."""


def short_run(
    configuration: ConfigurationLike,
    model: GlassModel | str,
    temperature: float,
    *,
    duration: float,
    interval_steps: int = 1,
    seed: int | None = None,
    time_step: float | None = None,
    folder: str | os.PathLike[str] | None = None,
    execution: Execution = DEFAULT,
) -> Trajectory:
    """Run from a configuration at constant temperature (Nosé-Hoover), frames evenly spaced.

    Args:
        configuration: the liquid to start from, or the path of its file.
        model: the model.
        temperature: T (k_B = 1).
        duration: length of the run [time]; rounded up to a whole number of intervals. A run whose
            ``folder`` is there is extended.
        interval_steps: MD steps from frame to frame.
        seed: of fresh velocities; None keeps those of the configuration.
        time_step: δt [time]; the model's when None. A shorter one looks closer at fast transitions.
        folder: work folder with checkpoints, see :func:`lmpmeso.protocols.equilibrate`.
        execution: how it runs; ``progress`` is told of MD steps.

    Raises:
        ProtocolError: an argument is not possible.
        FolderError: the folder holds another run, or is in use.
        ConfigurationError: the configuration does not fit the model.
        LammpsError: LAMMPS stopped.
    """
    model = get_model(model)
    configuration = as_configuration(configuration, model)
    if interval_steps < 1 or not (math.isfinite(duration) and duration > 0):
        raise ProtocolError(
            "a short run needs interval_steps ≥ 1 and a positive duration; got "
            f"{interval_steps}, {duration}"
        )
    if time_step is not None:
        model = replace(model, time_step=time_step, high_temperature_time_step=time_step)
    refuse_too_long(duration / model.time_step_at(temperature))
    interval = interval_steps * model.time_step_at(temperature)
    run = run_trajectory(
        configuration,
        model,
        temperature,
        block_duration=interval,
        n_blocks=max(1, math.ceil(duration / interval - 1e-9)),
        ratio=ONE_FRAME_A_BLOCK,
        seed=seed,
        folder=folder,
        execution=execution,
    )
    frames = run.trajectory
    regular = np.flatnonzero(frames.steps % interval_steps == 0)
    return replace(frames, positions_tnc=frames.positions_tnc[regular], steps=frames.steps[regular])
