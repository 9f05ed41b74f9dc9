"""The steps of one liquid: start, equilibration, trajectory, dynamics; each from file to file."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import t as student_t

from lmpmeso.arrays import IntArray
from lmpmeso.configurations import (
    Configuration,
    read_configuration,
    read_trajectory,
    write_data,
    write_dump,
)
from lmpmeso.dynamics import (
    check_equilibration,
    mean_squared_displacement,
    relaxation_time,
    self_intermediate,
)
from lmpmeso.errors import StatisticsError
from lmpmeso.execution import Execution
from lmpmeso.files.atomic import replacing
from lmpmeso.files.plain_json import write_json
from lmpmeso.protocols import TrajectoryRun, equilibrate, random_start, run_trajectory
from lmpmeso.protocols.frame_schedule import frame_steps
from lmpmeso.quickstart.layout import LiquidFiles
from lmpmeso.quickstart.parameters import QuickstartParameters
from lmpmeso.quickstart.workers import Progress

FRAME_RATIO = 1.35
"""Ratio of successive times within a block of frames."""
CHUNKS = 30
"""Checkpoints of a run: what a kill can cost at most, and how often the progress bar moves."""
SHORTEST_CHUNK = 500
RECORD_EVERY = 50
"""MD steps between records of temperature, energy and pressure."""
THRESHOLD = 0.2
"""F_s(τ_α)."""


def make_liquid(
    root: Path, parameters: QuickstartParameters, temperature: float, progress: Progress
) -> None:
    """Make the files of a liquid that are not there yet."""
    files = LiquidFiles.of(root, temperature)
    files.folder.mkdir(exist_ok=True)
    before = parameters.equilibration_steps(temperature)
    production = parameters.production_steps(temperature)
    total = before + production
    if not files.start.is_file():
        make_start(files, parameters, temperature)
    if not files.equilibrated.is_file():
        make_equilibrated(files, parameters, temperature, lambda done, _: progress(done, total))
    if not files.trajectory.is_file():
        make_trajectory(
            files, parameters, temperature, lambda done, _: progress(before + done, total)
        )
    if not files.dynamics.is_file():
        make_dynamics(files, parameters, temperature)
    progress(total, total)


def make_start(files: LiquidFiles, parameters: QuickstartParameters, temperature: float) -> None:
    """Random positions, pushed apart."""
    start = random_start(
        parameters.model, parameters.n_particles, parameters.liquid_seed(temperature)
    )
    write_data(files.start, start, parameters.model)


def make_equilibrated(
    files: LiquidFiles, parameters: QuickstartParameters, temperature: float, progress: Progress
) -> None:
    """Equilibrate at constant temperature."""
    model = parameters.model
    steps = parameters.equilibration_steps(temperature)
    work = files.folder / "equilibration"
    run = equilibrate(
        model,
        temperature,
        seed=parameters.liquid_seed(temperature),
        duration=steps * model.time_step_at(temperature),
        start=read_configuration(files.start, model),
        folder=work,
        execution=Execution(
            record_every=RECORD_EVERY,
            chunk_steps=max(SHORTEST_CHUNK, steps // CHUNKS),
            progress=progress,
        ),
    )
    write_data(files.equilibrated, run.configuration, model)
    shutil.rmtree(work)


def make_trajectory(
    files: LiquidFiles, parameters: QuickstartParameters, temperature: float, progress: Progress
) -> None:
    """The production run, and the configurations that will be quenched."""
    model = parameters.model
    steps = parameters.block_steps(temperature)
    work = files.folder / "production"
    run = run_trajectory(
        read_configuration(files.equilibrated, model),
        model,
        temperature,
        block_duration=steps * model.time_step_at(temperature),
        n_blocks=parameters.glasses_of(temperature),
        ratio=FRAME_RATIO,
        output=work / files.trajectory.name,
        folder=work,
        execution=Execution(
            record_every=RECORD_EVERY,
            chunk_steps=max(SHORTEST_CHUNK, parameters.production_steps(temperature) // CHUNKS),
            progress=progress,
        ),
    )
    _write_csv(files.record, run.record)
    for number in range(parameters.glasses_of(temperature)):
        write_dump(files.liquid(number), end_of_block(run, steps, number))
    (work / files.trajectory.name).replace(files.trajectory)
    shutil.rmtree(work)


def end_of_block(run: TrajectoryRun, block_steps: int, number: int) -> Configuration:
    """The liquid at the end of a block."""
    step = block_steps * (number + 1)
    frame = int(np.flatnonzero(run.trajectory.steps == step)[0])
    return replace(
        run.configuration.with_positions(run.trajectory.positions_tnc[frame]),
        images_nc=None,
        velocities_nc=None,
        step=step,
    )


def make_dynamics(files: LiquidFiles, parameters: QuickstartParameters, temperature: float) -> None:
    """F_s, MSD, τ_α, and whether the run was in equilibrium."""
    model = parameters.model
    time_step = model.time_step_at(temperature)
    trajectory = read_trajectory(files.trajectory, model, time_step=time_step)
    block = parameters.block_steps(temperature)
    lags = well_averaged_lags(block, parameters.glasses_of(temperature))
    fs = self_intermediate(trajectory, model=model, lags=lags)
    msd = mean_squared_displacement(trajectory, model=model, lags=lags)
    table = _with_limits(fs, parameters.level).assign(msd=msd["msd"], msd_error=msd["error"])
    _write_csv(files.scattering, table)
    verdict = check_equilibration(trajectory, model, pd.read_csv(files.record))
    production = parameters.production_steps(temperature)
    t0 = model.t0(temperature)
    tau, low, high = _relaxation_time(fs, parameters.level)
    write_json(
        files.dynamics,
        {
            "time_step": time_step,
            "equilibration_steps": parameters.equilibration_steps(temperature),
            "production_steps": production,
            "block_steps": block,
            "tau_alpha": tau,
            "tau_alpha_over_t0": tau / t0,
            "tau_alpha_over_t0_low": low / t0,
            "tau_alpha_over_t0_high": high / t0,
            "production_over_tau": production * time_step / tau,
            "spacing_over_tau": block * time_step / tau,
            "equilibrated": verdict.equilibrated,
            "equilibration_reason": verdict.reason,
        },
    )


def well_averaged_lags(block_steps: int, n_blocks: int) -> IntArray:
    """Lags that at least half of the blocks contribute to: within a block, then whole blocks."""
    within = frame_steps(block_steps, 1, FRAME_RATIO)[1:]
    whole = np.unique(np.geomspace(1, max(1, n_blocks // 2), 8).astype(np.int64)) * block_steps
    return np.union1d(within, whole)


def _with_limits(fs: pd.DataFrame, level: float) -> pd.DataFrame:
    """F_s with the limits of its interval, from the blocks of time origins."""
    factor = student_t.ppf(0.5 + level / 2, np.maximum(fs["n_blocks"] - 1, 1))
    table = fs[["t", "Fs", "n_origins", "n_blocks"]]
    return table.assign(
        Fs_low=fs["Fs"] - factor * fs["error"], Fs_high=fs["Fs"] + factor * fs["error"]
    )


def _relaxation_time(fs: pd.DataFrame, level: float) -> tuple[float, float, float]:
    """τ_α and its interval; NaN where the run does not reach it."""
    try:
        tau = relaxation_time(fs, THRESHOLD, level=level)
    except StatisticsError:
        return float("nan"), float("nan"), float("nan")
    return tau.value, tau.low, tau.high


def _write_csv(path: Path, table: pd.DataFrame) -> None:
    """A table with every digit."""
    with replacing(path) as temporary:
        table.to_csv(temporary, index=False, float_format="%.17g")
