"""Liquids: random starts, equilibration and trajectories at constant temperature.

The LAMMPS commands are those of ``lmp_inputs/in.push_off``, ``in.equilibrate`` and
``in.trajectory``; here they get their variables, are cut into checkpointed chunks, and their
results are read back.
"""

from __future__ import annotations

import math
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lmpmeso.arrays import IntArray
from lmpmeso.configurations import (
    Configuration,
    ConfigurationLike,
    Trajectory,
    as_configuration,
    check_fits_model,
    read_trajectory,
    write_trajectory,
)
from lmpmeso.errors import LammpsError, ProtocolError
from lmpmeso.execution import DEFAULT, Execution
from lmpmeso.files.atomic import replacing
from lmpmeso.models import GlassModel, get_model
from lmpmeso.printing import Printed
from lmpmeso.protocols.chunked_run import EVERY_FRAME, ChunkedRun
from lmpmeso.protocols.conservation import EnergyConservation, energy_conservation, warn_of_drift
from lmpmeso.protocols.frame_schedule import cuts, frame_steps, refuse_too_long
from lmpmeso.protocols.push_off import random_start
from lmpmeso.protocols.swap_run import SwapRun, refuse_swaps
from lmpmeso.swaps import Swaps

if TYPE_CHECKING:
    import pandas as pd

PARTICLE_STEPS_PER_CHUNK = 20_000_000
"""Length of a chunk in particles times steps: about ten seconds of a pair model on one core."""
LARGEST_LAMMPS_SEED = 900_000_000
STANDARD_SWAPS = Swaps()
SWAP_FRAME_RATIO = 1.6
"""Ratio of successive times within a block of a run with swaps."""


@dataclass(frozen=True, eq=False, repr=False)
class LiquidRun(Printed):
    """A run of a liquid and where it ended.

    Attributes:
        configuration: the liquid at the end, with velocities and image flags.
        record: ``step``, ``time``, ``temperature``, ``pressure`` and, per particle,
            ``potential_energy``, ``kinetic_energy``, ``conserved_energy``; a row every few steps.
        temperature: T.
        time_step: δt [time].
    """

    configuration: Configuration
    record: pd.DataFrame
    temperature: float
    time_step: float
    conservation: EnergyConservation


class Equilibration(LiquidRun):
    """An equilibration run.

    Attributes:
        conservation: the drift of the conserved quantity in the second half of the run.
    """


@dataclass(frozen=True, eq=False, repr=False)
class TrajectoryRun(LiquidRun):
    """A trajectory and what was recorded beside it.

    Attributes:
        conservation: the drift of the conserved quantity.
        trajectory: unwrapped positions at the recorded steps; long ones stay on disk.
        path: the file that holds it; None when none was asked for.
    """

    trajectory: Trajectory
    path: Path | None


def equilibrate(
    model: GlassModel | str,
    temperature: float,
    n_particles: int | None = None,
    seed: int = 0,
    *,
    duration: float,
    start: ConfigurationLike | None = None,
    folder: str | os.PathLike[str] | None = None,
    execution: Execution = DEFAULT,
) -> Equilibration:
    """Run a liquid at constant temperature (Nosé-Hoover) at the model's state point.

    Velocities are drawn anew at the temperature. The time step and the thermostat's coupling time
    are the model's. With a ``folder`` the run leaves checkpoints there; called again with the same
    arguments it goes on, and ends in the same state, bit for bit, as if it had not been stopped.

    Args:
        model: the model.
        temperature: T (k_B = 1).
        n_particles: number of particles of a random start; the paper's when None.
        seed: of the random start and of the velocities.
        duration: length of the run [time]; equilibrium takes several τ_α.
        start: configuration to start from instead of a random one, or the path of its file.
        folder: work folder; a temporary one when None.
        execution: how it runs; ``progress`` is told of MD steps.

    Raises:
        ProtocolError: an argument is not possible.
        FolderError: the folder holds another run, or is in use.
        ConfigurationError: the start does not fit the model.
        LammpsError: LAMMPS stopped.

    Warns:
        EnergyDriftWarning: the conserved quantity drifts.
    """
    model = get_model(model)
    time_step = _checked_time_step(model, temperature, duration)
    velocity_seed = lammps_seed(seed)
    start = None if start is None else as_configuration(start, model)
    if start is not None and n_particles not in (None, start.n_particles):
        raise ProtocolError(
            f"start has {start.n_particles} particles and n_particles is {n_particles}: give one of them"
        )
    if start is None:
        # Plain LAMMPS repeats itself bit for bit, a GPU does not: a run that is taken up again must
        # find the start that its folder remembers.
        start = random_start(model, n_particles, seed, execution=Execution("none"))
    check_fits_model(start, model)
    n_steps = math.ceil(duration / time_step - 1e-9)
    chunk = execution.chunk_steps or _chunk_steps(start.n_particles)
    stops = np.append(np.arange(chunk, n_steps, chunk, dtype=np.int64), n_steps)
    variables = {
        "temperature": float(temperature),
        "velocity_seed": velocity_seed,
        "thermo_every": int(execution.record_every),
        "write_data": "no",
    }
    with _work_folder(folder) as work:
        run = ChunkedRun(
            script="in.equilibrate",
            model=model,
            start=replace(start, velocities_nc=None),
            variables=variables,
            folder=work,
            time_step=time_step,
            execution=execution,
        )
        run.run(stops)
        end = replace(run.end(temperature), source=f"equilibration at T = {temperature:g}")
        record = run.record()
        # A start from random positions heats up in its first steps.
        settled = record[record["step"] >= n_steps / 2]
        conservation = energy_conservation(settled, model, temperature)
        warn_of_drift(conservation, end.source, time_step)
        return Equilibration(end, record, temperature, time_step, conservation)


def run_trajectory(
    configuration: ConfigurationLike,
    model: GlassModel | str,
    temperature: float,
    *,
    block_duration: float,
    n_blocks: int = 10,
    ratio: float = 1.2,
    seed: int | None = None,
    output: str | os.PathLike[str] | None = None,
    folder: str | os.PathLike[str] | None = None,
    execution: Execution = DEFAULT,
) -> TrajectoryRun:
    """Run at constant temperature and record frames that are spaced logarithmically in blocks.

    Every block is a new time origin: ``n_blocks`` origins for times up to ``block_duration``, and
    longer times between frames of different blocks.

    Args:
        configuration: the liquid to start from, or the path of its file.
        model: the model.
        temperature: T (k_B = 1).
        block_duration: time from one origin to the next [time].
        n_blocks: number of blocks.
        ratio: of successive times within a block.
        seed: of fresh velocities; None keeps those of the configuration.
        output: file to write: ``.nc`` (NetCDF), or anything else for a LAMMPS text dump.
        folder: work folder with checkpoints, see :func:`equilibrate`.
        execution: how it runs; ``progress`` is told of MD steps.

    Raises:
        ProtocolError: an argument is not possible.
        FolderError: the folder holds another run, or is in use.
        ConfigurationError: the configuration does not fit the model.
        LammpsError: LAMMPS stopped.

    Warns:
        EnergyDriftWarning: the conserved quantity drifts.
    """
    model = get_model(model)
    time_step = _checked_time_step(model, temperature, block_duration, n_blocks)
    configuration = _checked_start(configuration, model, seed)
    block = math.ceil(block_duration / time_step - 1e-9)
    frames = frame_steps(block, n_blocks, ratio)
    variables = _block_variables(temperature, seed, block, ratio) | {
        "thermo_every": int(execution.record_every) or EVERY_FRAME
    }
    with _work_folder(folder) as work:
        run = ChunkedRun(
            script="in.trajectory",
            model=model,
            start=configuration,
            variables=variables,
            folder=work,
            time_step=time_step,
            writes_frames=True,
            execution=execution,
        )
        return _ran(run, frames, temperature, output)


def run_swap_trajectory(
    configuration: ConfigurationLike,
    model: GlassModel | str,
    temperature: float,
    *,
    block_duration: float,
    n_blocks: int = 10,
    seed: int | None = None,
    swaps: Swaps = STANDARD_SWAPS,
    output: str | os.PathLike[str] | None = None,
    folder: str | os.PathLike[str] | None = None,
    execution: Execution = DEFAULT,
) -> TrajectoryRun:
    """The same with swaps: particles exchange their species and sizes between segments of MD.

    The end holds species and sizes as they are then. The trajectory tells where particles go: its species and sizes
    are those of the beginning, so its frames are no configurations to quench. Within a block frames are a factor
    1.6 apart.

    Args:
        configuration: the liquid to start from, or the path of its file.
        model: a model of pairs, with sizes of particles or several species.
        temperature: T (k_B = 1).
        block_duration: time from one origin to the next [time].
        n_blocks: number of blocks.
        seed: of fresh velocities; None keeps those of the configuration.
        swaps: how many, and how often.
        output: as for :func:`run_trajectory`.
        folder: likewise.
        execution: likewise; an accelerator that is a device is refused, and ``auto`` takes none.

    Returns:
        The run; its record tells the exchanges, see :func:`~lmpmeso.protocols.swap_run.acceptance`.

    Raises:
        ModelError: swaps mean nothing in this model, or its energy is more than pairs.
        ProtocolError: an argument is not possible.
        FolderError: the folder holds another run, or is in use.
        ConfigurationError: the configuration does not fit the model.
        LammpsError: LAMMPS stopped.

    Warns:
        EnergyDriftWarning: the conserved quantity drifts.
    """
    model = get_model(model)
    refuse_swaps(model, execution.accelerator)
    time_step = _checked_time_step(model, temperature, block_duration, n_blocks)
    configuration = _checked_start(configuration, model, seed)
    block = math.ceil(block_duration / time_step - 1e-9)
    frames = frame_steps(block, n_blocks, SWAP_FRAME_RATIO)
    variables = _block_variables(temperature, seed, block, SWAP_FRAME_RATIO) | {
        "thermo_every": int(execution.record_every) or block,
        "write_data": "no",
        **swaps.variables(),
    }
    with _work_folder(folder) as work:
        run = SwapRun(
            script="in.equilibrate",
            model=model,
            start=configuration,
            variables=variables,
            folder=work,
            time_step=time_step,
            writes_frames=True,
            execution=execution,
            swaps=swaps,
            frame_steps=frames,
        )
        return _ran(run, frames, temperature, output)


def _checked_start(
    configuration: ConfigurationLike, model: GlassModel, seed: int | None
) -> Configuration:
    """The liquid to start from, with velocities where no seed is there to draw them."""
    configuration = as_configuration(configuration, model)
    check_fits_model(configuration, model)
    if seed is None and configuration.velocities_nc is None:
        raise ProtocolError(
            f"{configuration.source} has no velocities: give a seed, so that they can be drawn"
        )
    return configuration


def _block_variables(
    temperature: float, seed: int | None, block: int, ratio: float
) -> dict[str, float | int | str]:
    """What the scripts of both kinds of run are told of temperature, velocities and blocks of frames."""
    return {
        "temperature": float(temperature),
        "velocity_seed": 0 if seed is None else lammps_seed(seed),
        "block": block,
        "ratio": float(ratio),
    }


def _ran(
    run: ChunkedRun,
    frames: IntArray,
    temperature: float,
    output: str | os.PathLike[str] | None,
) -> TrajectoryRun:
    """Run, and read back what was recorded."""
    model, start, time_step = run.model, run.start, run.time_step
    run.run(cuts(frames, run.execution.chunk_steps or _chunk_steps(start.n_particles)))
    dumps = run.frames()
    trajectory = replace(
        read_trajectory(
            dumps, model, time_step=time_step, force=True
        ),  # LAMMPS has just moved them
        ids=start.ids,
        source=f"trajectory at T = {temperature:g}",
    )
    if not np.array_equal(trajectory.steps, frames):
        raise LammpsError(
            f"{run.folder}: frames at steps {trajectory.steps.tolist()[:5]} … instead of "
            f"{frames.tolist()[:5]} …: delete the folder and run again"
        )
    path = None if output is None else _save(trajectory, dumps, Path(output))
    end = replace(run.end(temperature), source=f"end of a trajectory at T = {temperature:g}")
    record = run.record()
    conservation = energy_conservation(record, model, temperature)
    warn_of_drift(conservation, trajectory.source, time_step)
    return TrajectoryRun(end, record, temperature, time_step, conservation, trajectory, path)


def lammps_seed(seed: int, stream: int = 0) -> int:
    """A seed as LAMMPS accepts it (positive, below 9e8), made from any that is not negative.

    ``stream`` numbers the random choice it is for, so that one seed serves several.
    """
    if seed < 0:
        raise ProtocolError(f"seed must not be negative, got {seed}")
    state = np.random.SeedSequence([seed, stream]).generate_state(1)[0]
    return int(state) % LARGEST_LAMMPS_SEED + 1


def _checked_time_step(
    model: GlassModel, temperature: float, duration: float, n_blocks: int = 1
) -> float:
    """The model's δt at a temperature [time], after a look at what was asked for."""
    for name, value in (("temperature", temperature), ("duration", duration)):
        if not (math.isfinite(value) and value > 0):
            raise ProtocolError(f"{name} must be a positive number, got {value!r}")
    time_step = model.time_step_at(temperature)
    refuse_too_long(duration * n_blocks / time_step)
    return time_step


def _chunk_steps(n_particles: int) -> int:
    """Steps between checkpoints."""
    return max(1000, round(PARTICLE_STEPS_PER_CHUNK / n_particles))


@contextmanager
def _work_folder(folder: str | os.PathLike[str] | None) -> Iterator[Path]:
    """The caller's folder, made if need be, or a temporary one."""
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="lmpmeso-run-") as name:
            yield Path(name)
    else:
        path = Path(folder).absolute()
        path.mkdir(parents=True, exist_ok=True)
        yield path


def _save(trajectory: Trajectory, dumps: list[Path], output: Path) -> Path:
    """Write a trajectory where the caller wants it, in the format of the file's suffix."""
    if output.suffix == ".nc":
        write_trajectory(output, trajectory)
        return output
    with replacing(output) as temporary, open(temporary, "wb") as whole:
        for dump in dumps:
            with open(dump, "rb") as part:
                shutil.copyfileobj(part, whole)
    return output
