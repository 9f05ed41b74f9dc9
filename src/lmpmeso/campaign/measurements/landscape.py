"""The landscape: short runs quenched frame by frame, and the rate of transitions Γ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from lmpmeso.campaign.cost import Cost, Expected
from lmpmeso.campaign.measurement import WHERE, Measurement, Table
from lmpmeso.campaign.measurements.dynamics import equilibrium_parts
from lmpmeso.campaign.measurements.production import ProductionRun, segments_with
from lmpmeso.campaign.state_point import StatePoint
from lmpmeso.configurations import read_trajectory, write_trajectory
from lmpmeso.engine.records import Record, noted_warnings, read_record, write_record, write_table
from lmpmeso.engine.stage import Stage, seed_of
from lmpmeso.engine.step import Step, Workplace
from lmpmeso.files.toml_rules import integer, real, setting
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


@dataclass(frozen=True)
class Landscape(Measurement):
    """Inherent-structure trajectories and the rate of transitions Γ."""

    name = "landscape"
    optional = True
    taken = "trajectories"
    tables = (
        Table(
            "landscape",
            title="Transitions between inherent structures",
            shown=(
                ("Γ t_ballistic N0/N", "transition_rate_reduced"),
                ("trajectories", "n_trajectories"),
                ("transitions", "n_transitions"),
                ("interval [time]", "interval"),
                ("convergence", "convergence"),
                ("caveat", "caveat"),
            ),
        ),
        Table("landscape_energies", ENERGIES_FILE),
        Table("landscape_intervals", INTERVALS_FILE),
    )
    units = LANDSCAPE_UNITS

    trajectories: int = setting(
        integer(), "initial configurations of each state point, 2 τ_α apart or more", 10
    )
    frames: int = setting(integer(2), "frames of each that are quenched", 200)
    interval_steps: int = setting(integer(), "MD steps from one to the next", 1)
    threshold: float = setting(
        real(above=0), "largest displacement of a particle that counts as none [σ]", 1e-5
    )
    temperatures: str = setting(WHERE, "at which temperatures of each liquid", "coldest")

    def n_blocks(self, point: StatePoint, replica: int) -> int:
        """Up to the last initial configuration."""
        return max(point.starts(self.trajectories, replica), default=-1) + 1

    def stage(self, point: StatePoint, replica: int) -> Stage:
        """The trajectories of a replica."""
        parameters = {
            "frames": self.frames,
            "interval_steps": self.interval_steps,
            "minimizer": point.campaign.glasses.minimizer,
            "tolerance": point.campaign.glasses.tolerance,
            "seed": point.seed(replica, "landscape"),
        }
        needs = {"production": point.stage("production", replica)}
        return point.new_stage(replica, self.name, TRAJECTORY_VERSION, parameters, needs)

    def reduction(self, point: StatePoint) -> Stage:
        """The rate of all of them."""
        parameters = {
            "shares": [point.share(self.trajectories, replica) for replica in point.replicas],
            "blocks_apart": point.blocks_between_starts,
            "threshold": self.threshold,
            **point.intervals("landscape"),
        }
        needs = point.stages_of_replicas("dynamics", "landscape")
        return point.new_stage(None, self.name, RATE_VERSION, parameters, needs)

    def steps(self, point: StatePoint, replica: int) -> Iterator[Step]:
        """One a trajectory."""
        stage, production = point.stage(self.name, replica), point.stage("production", replica)
        for number in point.starts(self.trajectories, replica):
            parameters = {
                "temperature": point.temperature,
                "number": number,
                **stage.parameters,
                "accelerator": point.campaign.resources.accelerator,
            }
            needs = {"production": segments_with(production, number, number)}
            yield point.step(stage, f"{number:04d}.json", quench_trajectory, parameters, needs)

    def reducing_step(self, point: StatePoint) -> Step:
        """The rate."""
        parameters = {
            "temperature": point.temperature,
            "threshold": self.threshold,
            **point.intervals("landscape"),
        }
        needs = point.targets_of_replicas("dynamics", "landscape")
        stage = point.stage(self.name)
        return point.step(stage, RATE_FILE, measure_rate, parameters, needs, alone=True)

    def cost(self, expected: Expected) -> Cost:
        """Quenches."""
        return Cost(self.trajectories * self.frames * expected.price.quench)


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
        start = ProductionRun(work.needs["production"], glass_model, temperature).configuration(
            number
        )
        interval = interval_steps * glass_model.time_step_at(temperature)
        run = short_run(
            start,
            glass_model,
            temperature,
            duration=(frames - 1) * interval,
            interval_steps=interval_steps,
            seed=seed_of(seed, "velocities", number),
            folder=work.folder,
            accelerator=accelerator,
        )
        path = folder / f"{number:04d}.nc"
        write_trajectory(path, run)
        structures = _structures(
            path,
            glass_model,
            minimizer,
            tolerance,
            accelerator=accelerator,
            progress=Checkpoints(work),
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
    threshold: float,
    level: float,
    seed: int,
    identity: Mapping[str, Any],
) -> None:
    """Γ of the quenched trajectories, whether it has converged, and U_IHS(t).

    It needs ``dynamics r0``, … and ``landscape r0``, …, the trajectories of each replica. One that was no
    equilibrium liquid is left out, as in :func:`~lmpmeso.campaign.measurements.summary.summarise`.
    """
    glass_model = get_model(model)
    parts = equilibrium_parts(work.needs, "landscape")
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
        self._known: int | None = None

    def __call__(self, done: int, total: int) -> None:
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
