"""Steps of the landscape: short runs quenched frame by frame, and the rate of transitions Γ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from lmpmeso.campaign.dynamics_steps import equilibrium_parts
from lmpmeso.campaign.liquid_steps import ProductionRun
from lmpmeso.configurations import read_trajectory, write_trajectory
from lmpmeso.engine.records import Record, noted_warnings, read_record, write_record
from lmpmeso.engine.stage import seed_of
from lmpmeso.engine.step import Workplace
from lmpmeso.execution import Execution
from lmpmeso.files.tables import write_table
from lmpmeso.landscape import (
    InherentStructureTrajectory,
    inherent_structure_trajectory,
    rate_convergence,
    short_run,
    transition_rate,
)
from lmpmeso.landscape.rate import BALLISTIC_TIME, REFERENCE_SIZE
from lmpmeso.models import GlassModel, get_model

TRAJECTORY_VERSION = 1
RATE_VERSION = 3
RATE_FILE = "landscape.json"
ENERGIES_FILE = "energies.csv"
INTERVALS_FILE = "by-interval.csv"
THRESHOLDS_FILE = "by-threshold.csv"

LANDSCAPE_UNITS = {"t": "time", "energy": "energy", "interval": "time", "threshold": "length"}


def quench_trajectory(
    work: Workplace,
    *,
    model: str,
    temperature: float,
    number: int,
    frames: int,
    interval_steps: int,
    minimizer: str,
    tolerance: float,
    seed: int,
    accelerator: str,
    identity: Mapping[str, Any],
) -> None:
    """Run from the configuration after a block of the production run, and quench every frame.

    The frames lie in ``NNNN.nc``, the structures in shards in the folder ``NNNN``.
    """
    glass_model = get_model(model)
    folder = work.target.parent
    with noted_warnings() as notes:
        start = ProductionRun(work.needs, glass_model, temperature).configuration(number)
        interval = interval_steps * glass_model.time_step_at(temperature)
        run = short_run(
            start,
            glass_model,
            temperature,
            duration=(frames - 1) * interval,
            interval_steps=interval_steps,
            seed=seed_of(seed, "velocities", number),
            folder=work.folder,
            execution=Execution(accelerator),
        )
        path = folder / f"{number:04d}.nc"
        write_trajectory(path, run)
        structures = _structures(
            path,
            glass_model,
            minimizer,
            tolerance,
            execution=Execution(accelerator, progress=Checkpoints(work)),
        )
    table = write_table(folder / f"{number:04d}.csv", structures.table(), LANDSCAPE_UNITS)
    write_record(
        work,
        "inherent-structure trajectory",
        identity,
        {path.name: path, table.name: table},
        number=number,
        seed=seed_of(seed, "velocities", number),
        minimizer=minimizer,
        tolerance=tolerance,
        warnings=notes,
    )


def measure_rate(
    work: Workplace,
    *,
    model: str,
    temperature: float,
    shares: Sequence[int],
    threshold: float,
    level: float,
    seed: int,
    identity: Mapping[str, Any],
) -> None:
    """Γ of the quenched trajectories, whether it has converged, and U_IHS(t).

    ``work.needs`` are, of each replica, its dynamics and as many trajectories as ``shares`` says. A
    replica that was no equilibrium liquid is left out, as in :func:`~lmpmeso.campaign.summary_steps.summarise`.
    """
    glass_model = get_model(model)
    parts = equilibrium_parts(work.needs, shares)
    records = [read_record(path, "inherent-structure trajectory") for path in parts.paths]
    every = [_reread(record, glass_model) for record in records]
    options: dict[str, Any] = {"threshold": threshold, "level": level, "seed": seed}
    rate = transition_rate(every, glass_model, temperature, **options)
    convergence = rate_convergence(every, glass_model, temperature, **options)
    ballistic_time = BALLISTIC_TIME * glass_model.t0(temperature)
    relative_size = every[0].n_particles / REFERENCE_SIZE
    energies = [
        t.table().assign(
            trajectory=record["number"],
            reduced_time=lambda table: table["t"] / ballistic_time * relative_size,
            reduced_energy=lambda table: table["energy"] / temperature,
        )
        for record, t in zip(records, every, strict=True)
    ]
    by_interval = convergence.by_interval.assign(
        highest=lambda table: 1.0 / (relative_size * table["interval_over_ballistic_time"])
    )
    folder = work.target.parent
    files = {
        name: write_table(folder / name, table, LANDSCAPE_UNITS)
        for name, table in (
            (ENERGIES_FILE, pd.concat(energies, ignore_index=True)),
            (INTERVALS_FILE, by_interval),
            (THRESHOLDS_FILE, convergence.by_threshold),
        )
    }
    write_record(
        work,
        "landscape",
        identity,
        files,
        summary={
            **rate.reduced.columns("transition_rate_reduced"),
            "n_trajectories": len(every),
            "n_transitions": int(rate.counts_k.sum()),
            "interval": rate.interval,
            "threshold": rate.threshold,
            "search": rate.search,
            "convergence": convergence.statement,
            "caveat": "; ".join(
                filter(None, (rate.reduced.caveat, parts.left_out, parts.excluded))
            ),
            "excluded": parts.excluded,
        },
    )


class Checkpoints:
    """Tells the engine of progress that is on the disk, as ``progress(done, total)``.

    Args:
        work: the step's place.
        part: which of ``parts`` equal parts of the step this is, from 0.
        parts: number of them.
    """

    def __init__(self, work: Workplace, part: int = 0, parts: int = 1):
        self._work, self._part, self._parts = work, part, parts
        self._known: float | None = None

    def __call__(self, done: float, total: float) -> None:
        """Hand progress on; a checkpoint where something was finished since the last call."""
        self._work.progress(self._part * total + done, self._parts * total)
        if self._known is not None and done > self._known:
            self._work.checkpoint()
        self._known = done


def _structures(
    path: Path, model: GlassModel, minimizer: str, tolerance: float, **options: Any
) -> InherentStructureTrajectory:
    """The structures below the frames of a file, quenched where they are not there yet."""
    return inherent_structure_trajectory(
        read_trajectory(path, model),
        model,
        folder=path.with_suffix(""),
        minimizer=minimizer,
        tolerance=tolerance,
        **options,
    )


def _reread(record: Record, model: GlassModel) -> InherentStructureTrajectory:
    """The structures of a finished trajectory."""
    path = record.data(f"{record['number']:04d}.nc")
    return _structures(path, model, record["minimizer"], record["tolerance"])
