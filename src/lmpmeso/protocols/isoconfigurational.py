"""The isoconfigurational ensemble: many runs from one configuration with fresh velocities.

Array suffixes: r run, t frame, n particle, c Cartesian component.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from lmpmeso.arrays import FloatArray, IntArray
from lmpmeso.backend.processes import run_in_processes
from lmpmeso.configurations import (
    Configuration,
    check_fits_model,
    iter_configurations,
    read_netcdf_fields,
    write_configurations,
)
from lmpmeso.errors import ProtocolError
from lmpmeso.execution import DEFAULT, Execution
from lmpmeso.files.checksums import Checksums
from lmpmeso.files.run_folder import claim, digest, sole_worker
from lmpmeso.models import GlassModel
from lmpmeso.protocols.liquid import run_trajectory

SHARD_RUNS = 5
"""Runs that one task does one after the other, and that share a file."""
SHARDS = "runs-*.nc"
FORMAT_VERSION = 1


@dataclass(frozen=True, eq=False)
class IsoconfigurationalRuns:
    """Runs from one configuration that differ in their initial velocities only.

    Attributes:
        start: the configuration they start from.
        positions_rtnc: unwrapped positions at the frames [length], shape (R, T, N, d).
        steps: MD step of each frame, shape (T,); the first is 0, the start itself.
        time_step: δt [time].
        temperature: T.
        seeds: of the velocities of each run, shape (R,).
    """

    start: Configuration
    positions_rtnc: FloatArray
    steps: IntArray
    time_step: float
    temperature: float
    seeds: IntArray

    @property
    def n_runs(self) -> int:
        """Number of runs R."""
        return len(self.positions_rtnc)

    @property
    def times(self) -> FloatArray:
        """Time of each frame [time], shape (T,)."""
        return np.asarray(self.steps * self.time_step, dtype=np.float64)


def isoconfigurational_runs(
    configuration: Configuration,
    model: GlassModel,
    temperature: float,
    *,
    duration: float,
    n_runs: int = 20,
    ratio: float = 2.0,
    seed: int = 0,
    folder: str | os.PathLike[str] | None = None,
    execution: Execution = DEFAULT,
) -> IsoconfigurationalRuns:
    """Run many times from one configuration at constant temperature (Nosé-Hoover).

    Every run draws its velocities anew from the Maxwell-Boltzmann distribution at T, without net
    momentum (LAMMPS's ``velocity create … mom yes dist gaussian``, which also sets the kinetic
    temperature to T exactly). The paper starts its runs from the inherent structures themselves
    (Sec. III C): hand in an inherent structure to do so, or the liquid it underlies.

    Args:
        configuration: where every run starts.
        model: the model.
        temperature: T (k_B = 1).
        duration: length of a run [time]; the paper takes τ_α/10.
        n_runs: number of runs; the paper takes 20.
        ratio: of successive times of the frames; the end of the run is one of them.
        seed: of the velocities; run r draws from the stream r of this seed.
        folder: for the runs, made if need be; runs that are there are not done again, and a larger
            ``n_runs`` adds to them. A temporary one when None.
        execution: how they run; ``progress`` is told of runs.

    Raises:
        ProtocolError: an argument is not possible.
        FolderError: the folder holds other runs, or is in use.
        ConfigurationError: the configuration does not fit the model, or a file is damaged.
        LammpsError: LAMMPS stopped.
        ProcessError: a worker process died.
    """
    if n_runs < 1:
        raise ProtocolError(f"an ensemble needs at least one run, got n_runs = {n_runs}")
    check_fits_model(configuration, model)
    start = replace(configuration, velocities_nc=None)
    with ExitStack() as stack:
        if folder is None:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="lmpmeso-"))
        work = Path(folder).absolute()
        stack.enter_context(sole_worker(work))
        parameters = {
            "format": FORMAT_VERSION,
            "model": model.signature(),
            "temperature": float(temperature),
            "duration": float(duration),
            "ratio": float(ratio),
            "seed": int(seed),
            "start": digest(start.positions_nc),
        }
        claim(work, parameters, "ensemble", products=(SHARDS,))
        there = _read(work, model)
        missing = [run for run in range(n_runs) if run not in there]
        tasks = [
            _RunTask(
                start,
                model,
                float(temperature),
                float(duration),
                float(ratio),
                tuple((run, velocity_seed(seed, run)) for run in some),
                work,
                execution.silent(),
            )
            for some in _batches(missing)
        ]
        done = n_runs - len(missing)
        execution.tell(done, n_runs)
        jobs = [(task,) for task in tasks]
        for number, _ in run_in_processes(_do_runs, jobs, execution.processes):
            done += len(tasks[number].runs)
            execution.tell(done, n_runs)
            execution.checkpoint()
        Checksums(work).keep_up(work.glob(SHARDS))
        found = _read(work, model)
    chosen = [found[run] for run in range(n_runs)]
    return IsoconfigurationalRuns(
        start=start,
        positions_rtnc=np.stack([positions_tnc for positions_tnc, _ in chosen]),
        steps=chosen[0][1],
        time_step=model.time_step_at(temperature),
        temperature=float(temperature),
        seeds=np.array([velocity_seed(seed, run) for run in range(n_runs)], dtype=np.int64),
    )


def velocity_seed(seed: int, run: int) -> int:
    """The seed of one run's velocities, from the ensemble's.

    Raises:
        ProtocolError: a negative seed.
    """
    if seed < 0:
        raise ProtocolError(f"seed must not be negative, got {seed}")
    return int(np.random.SeedSequence([seed, run]).generate_state(1)[0])


@dataclass(frozen=True, eq=False)
class _RunTask:
    """Runs of one process: (number, velocity seed) each, into one file."""

    start: Configuration
    model: GlassModel
    temperature: float
    duration: float
    ratio: float
    runs: tuple[tuple[int, int], ...]
    folder: Path
    execution: Execution


def _do_runs(task: _RunTask) -> None:
    """Run and write; the file holds the frames of one run after those of the other."""
    frames, numbers = [], []
    for number, seed in task.runs:
        trajectory = run_trajectory(
            task.start,
            task.model,
            task.temperature,
            block_duration=task.duration,
            n_blocks=1,
            ratio=task.ratio,
            seed=seed,
            execution=task.execution,
        ).trajectory
        frames += [trajectory.configuration(k) for k in range(trajectory.n_frames)]
        numbers += [number] * trajectory.n_frames
    path = task.folder / f"runs-{numbers[0]:06d}-{numbers[-1]:06d}.nc"
    write_configurations(path, frames, per_frame={"run": numbers})


def _read(folder: Path, model: GlassModel) -> dict[int, tuple[FloatArray, IntArray]]:
    """Positions and steps of the runs that are there, by number."""
    found = {}
    sums = Checksums(folder)
    for path in sorted(folder.glob(SHARDS)):
        sums.check(path)
        run_of_frame = read_netcdf_fields(path)["run"].astype(np.int64)
        frames = list(iter_configurations(path, model))
        for run in np.unique(run_of_frame).tolist():
            own = [frames[k] for k in np.flatnonzero(run_of_frame == run)]
            steps = np.array([frame.step for frame in own], dtype=np.int64)
            found[run] = (np.stack([frame.unwrapped_positions() for frame in own]), steps)
    return found


def _batches(runs: Sequence[int]) -> list[Sequence[int]]:
    return [runs[k : k + SHARD_RUNS] for k in range(0, len(runs), SHARD_RUNS)]
