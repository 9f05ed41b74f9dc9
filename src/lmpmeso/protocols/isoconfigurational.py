"""The isoconfigurational ensemble: many runs from one configuration with fresh velocities.

Array suffixes: r run, t frame, n particle, c Cartesian component.
"""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lmpmeso.arrays import FloatArray, IntArray
from lmpmeso.backend.processes import run_in_processes
from lmpmeso.configurations import (
    Configuration,
    ConfigurationLike,
    as_configuration,
    check_fits_model,
    iter_configurations,
    read_netcdf_fields,
    write_configurations,
)
from lmpmeso.errors import EnsembleTemperatureWarning, ProtocolError
from lmpmeso.execution import DEFAULT, Execution
from lmpmeso.files.checksums import Checksums
from lmpmeso.files.run_folder import claim, digest, particles_digest, sole_worker
from lmpmeso.files.tables import with_units
from lmpmeso.models import GlassModel, get_model
from lmpmeso.printing import Printed
from lmpmeso.protocols.heating import THERMAL_STARTS, ThermalStart, heated
from lmpmeso.protocols.liquid import run_trajectory

if TYPE_CHECKING:
    import pandas as pd

SHARD_RUNS = 5
"""Runs that one task does one after the other, and that share a file."""
SHARDS = "runs-*.nc"
FORMAT_VERSION = 1
LATE, TOLERANCE, SIGNIFICANT = 0.1, 0.05, 3.0
"""After this part of a run its kinetic temperature must be within so much of T, or within so many standard errors."""


@dataclass(frozen=True, eq=False, repr=False)
class IsoconfigurationalRuns(Printed):
    """Runs from one configuration that differ in their initial velocities only.

    Attributes:
        start: the configuration they start from.
        positions_rtnc: unwrapped positions at the frames [length], shape (R, T, N, d).
        steps: MD step of each frame, shape (T,); the first is 0, the start itself.
        time_step: δt [time].
        temperature: T.
        seeds: of the velocities of each run, shape (R,).
        kinetic_temperature_rt: of each run at each frame, shape (R, T); NaN in files of version 0.1.0.
        thermal_start: how runs were brought to T; where it is not ``"minimum"`` they begin near ``start``, not in it.
    """

    start: Configuration
    positions_rtnc: FloatArray
    steps: IntArray
    time_step: float
    temperature: float
    seeds: IntArray
    kinetic_temperature_rt: FloatArray
    thermal_start: ThermalStart = "minimum"

    @property
    def n_runs(self) -> int:
        """Number of runs R."""
        return len(self.positions_rtnc)

    @property
    def times(self) -> FloatArray:
        """Time of each frame [time], shape (T,)."""
        return np.asarray(self.steps * self.time_step, dtype=np.float64)

    def kinetic_temperature(self) -> pd.DataFrame:
        """Mean over the runs at each frame: t, kinetic_temperature, and its standard error, NaN for one run."""
        temperature_rt = self.kinetic_temperature_rt
        error = np.full(len(self.steps), np.nan)
        if self.n_runs > 1:
            error = temperature_rt.std(axis=0, ddof=1) / np.sqrt(self.n_runs)
        mean = temperature_rt.mean(axis=0)
        import pandas as pd

        table = pd.DataFrame({"t": self.times, "kinetic_temperature": mean, "error": error})
        return with_units(table, {"t": "time", "kinetic_temperature": "energy", "error": "energy"})


def isoconfigurational_runs(
    configuration: ConfigurationLike,
    model: GlassModel | str,
    temperature: float,
    *,
    duration: float,
    n_runs: int = 20,
    ratio: float = 2.0,
    seed: int = 0,
    thermal_start: ThermalStart = "minimum",
    folder: str | os.PathLike[str] | None = None,
    execution: Execution = DEFAULT,
) -> IsoconfigurationalRuns:
    """Run many times from one configuration at constant temperature (Nosé-Hoover).

    Every run draws its velocities anew from the Maxwell-Boltzmann distribution at T, without net
    momentum (LAMMPS's ``velocity create … mom yes dist gaussian``, which also sets the kinetic
    temperature to T exactly). The paper starts its runs from the inherent structures themselves
    (Sec. III C): hand in an inherent structure to do so, or the liquid it underlies.

    Args:
        configuration: where every run starts, or the path of its file.
        model: the model.
        temperature: T (k_B = 1).
        duration: length of a run [time]; the paper takes τ_α/10.
        n_runs: number of runs; the paper takes 20.
        ratio: of successive times of the frames; the end of the run is one of them.
        seed: of the velocities; run r draws from the stream r of this seed.
        thermal_start: ``"minimum"``, the paper's way: velocities at T on the configuration as it is, which leaves runs
            from a minimum cold for some ten coupling times of the thermostat; ``"doubled"`` or ``"thermalised"``:
            :func:`~lmpmeso.protocols.heating.heated` before each run, which then is at T from its start.
        folder: for the runs, made if need be; runs that are there are not done again, and a larger
            ``n_runs`` adds to them. A temporary one when None.
        execution: how they run; ``progress`` is told of runs.

    Raises:
        ProtocolError: an argument is not possible.
        FolderError: the folder holds other runs, or is in use.
        ConfigurationError: the configuration does not fit the model, or a file is damaged.
        LammpsError: LAMMPS stopped.
        ProcessError: a worker process died.

    Warns:
        EnsembleTemperatureWarning: after a tenth of the runs they are off T by more than 5 %.
    """
    model = get_model(model)
    if thermal_start not in THERMAL_STARTS:
        raise ProtocolError(f"thermal_start must be one of {THERMAL_STARTS}, got {thermal_start!r}")
    if n_runs < 1:
        raise ProtocolError(f"an ensemble needs at least one run, got n_runs = {n_runs}")
    configuration = as_configuration(configuration, model)
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
            "particles": particles_digest(start.species, start.box_c, start.diameters),
        }
        if thermal_start != "minimum":
            parameters["thermal_start"] = thermal_start
        claim(work, parameters, "ensemble", products=(SHARDS,), added=("particles",))
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
                thermal_start,
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
        sums = Checksums(work)
        # Runs whose file was deleted are in another one by now.
        sums.keep_up(work.glob(SHARDS), sums.missing())
        found = _read(work, model)
    chosen = [found[run] for run in range(n_runs)]
    runs = IsoconfigurationalRuns(
        start=start,
        positions_rtnc=np.stack([run.positions_tnc for run in chosen]),
        steps=chosen[0].steps,
        time_step=model.time_step_at(temperature),
        temperature=float(temperature),
        seeds=np.array([velocity_seed(seed, run) for run in range(n_runs)], dtype=np.int64),
        kinetic_temperature_rt=np.stack([run.temperature_t for run in chosen]),
        thermal_start=thermal_start,
    )
    _warn_of_temperature(runs)
    return runs


def _warn_of_temperature(runs: IsoconfigurationalRuns) -> None:
    """Tell where the runs are off T, beyond what their number leaves open."""
    table = runs.kinetic_temperature()
    late = table[table["t"] >= LATE * runs.times[-1]]
    off = (late["kinetic_temperature"] - runs.temperature).abs()
    wrong = late[(off > TOLERANCE * runs.temperature) & ~(off < SIGNIFICANT * late["error"])]
    if len(wrong) == 0:
        return
    worst = wrong.loc[off[wrong.index].idxmax()]
    warnings.warn(
        f"{runs.start.source}: runs that are meant to be at T = {runs.temperature:g} have a kinetic temperature of "
        f"{worst['kinetic_temperature']:.3g} at t = {worst['t']:.3g} of {runs.times[-1]:.3g}: "
        + _reason(runs, float(worst["kinetic_temperature"])),
        EnsembleTemperatureWarning,
        stacklevel=3,
    )


def _reason(runs: IsoconfigurationalRuns, kinetic_temperature: float) -> str:
    """Why runs are off T, and what helps."""
    if runs.thermal_start != "minimum" or kinetic_temperature > runs.temperature:
        return "the configuration is none of that temperature, or relaxes"
    return (
        "velocities at T on a minimum are cold; with --thermal-start (thermal_start=) "
        '"thermalised" or "doubled" they are at T from the beginning'
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
    thermal_start: ThermalStart


def _do_runs(task: _RunTask) -> None:
    """Run and write; the file holds the frames of one run after those of the other."""
    frames, numbers = [], []
    temperatures: list[float] = []
    for number, seed in task.runs:
        start: Configuration = task.start
        velocities: int | None = seed
        if task.thermal_start != "minimum":
            about = (task.model, task.temperature, task.thermal_start, seed, task.execution)
            start, velocities = heated(task.start, *about), None
        run = run_trajectory(
            start,
            task.model,
            task.temperature,
            block_duration=task.duration,
            n_blocks=1,
            ratio=task.ratio,
            seed=velocities,
            execution=replace(task.execution, record_every=0),
        )
        trajectory = run.trajectory
        at_step = dict(zip(run.record["step"], run.record["temperature"], strict=True))
        temperatures += [float(at_step[step]) for step in trajectory.steps]
        frames += [trajectory.configuration(k) for k in range(trajectory.n_frames)]
        numbers += [number] * trajectory.n_frames
    path = task.folder / f"runs-{numbers[0]:06d}-{numbers[-1]:06d}.nc"
    write_configurations(
        path, frames, per_frame={"run": numbers, "kinetic_temperature": temperatures}
    )


@dataclass(frozen=True, eq=False)
class _Run:
    """Positions, steps and kinetic temperature at the frames of a run."""

    positions_tnc: FloatArray
    steps: IntArray
    temperature_t: FloatArray


def _read(folder: Path, model: GlassModel) -> dict[int, _Run]:
    """The runs that are there, by number."""
    found = {}
    sums = Checksums(folder)
    for path in sorted(folder.glob(SHARDS)):
        sums.check(path)
        fields = read_netcdf_fields(path)
        run_of_frame = fields["run"].astype(np.int64)
        temperature = fields.get("kinetic_temperature", np.full(len(run_of_frame), np.nan))
        frames = list(iter_configurations(path, model))
        for run in np.unique(run_of_frame).tolist():
            own = [frames[k] for k in np.flatnonzero(run_of_frame == run)]
            steps = np.array([frame.step for frame in own], dtype=np.int64)
            positions_tnc = np.stack([frame.unwrapped_positions() for frame in own])
            found[run] = _Run(positions_tnc, steps, temperature[run_of_frame == run])
    return found


def _batches(runs: Sequence[int]) -> list[Sequence[int]]:
    return [runs[k : k + SHARD_RUNS] for k in range(0, len(runs), SHARD_RUNS)]
