"""The landscape: short runs quenched frame by frame, and the rate of transitions Γ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lmpmeso.campaign.cost import Cost, Expected
from lmpmeso.campaign.measurement import MINIMIZER, WHERE, Measurement, Table
from lmpmeso.campaign.measurements.dynamics import equilibrium_parts
from lmpmeso.campaign.measurements.production import ProductionRun, segments_with
from lmpmeso.campaign.own_models import model_of_step
from lmpmeso.campaign.state_point import StatePoint
from lmpmeso.configurations import read_trajectory, write_trajectory
from lmpmeso.engine.records import Record, noted_warnings, read_record, write_record, write_tables
from lmpmeso.engine.stage import seed_of
from lmpmeso.engine.step import Step, Workplace
from lmpmeso.files.tables import write_table
from lmpmeso.files.toml_rules import integer, real, setting
from lmpmeso.landscape import InherentStructureTrajectory, LandscapeStudy
from lmpmeso.landscape.inherent_structures import LANDSCAPE_UNITS
from lmpmeso.models import GlassModel
from lmpmeso.protocols.steepest_descent import PATH_TOLERANCE, path_parameters

RATE_FILE = "landscape.json"
LANDSCAPE_FILES = {
    "landscape_energies": "energies.csv",
    "landscape_intervals": "by-interval.csv",
    "landscape_thresholds": "by-threshold.csv",
}
"""File of a state point by the name of its table."""


@dataclass(frozen=True)
class Transitions(Measurement):
    """Inherent-structure trajectories and the rate of transitions Γ."""

    name = "landscape"
    after = ("production",)
    reduction_version = 3
    reduces = ("dynamics", "landscape")
    optional = True
    taken = "trajectories"
    tables = (
        Table(
            "landscape",
            title="Transitions between inherent structures",
            shown=(
                ("Γ t_ballistic N0/N", "transition_rate_reduced"),
                ("Γ by bisection, as the paper", "transition_rate_bisection"),
                ("search", "search"),
                ("minimiser", "minimizer"),
                ("trajectories", "n_trajectories"),
                ("transitions", "n_transitions"),
                ("interval [time]", "interval"),
                ("convergence", "convergence"),
                ("caveat", "caveat"),
            ),
        ),
        Table("landscape_energies", LANDSCAPE_FILES["landscape_energies"]),
        Table("landscape_intervals", LANDSCAPE_FILES["landscape_intervals"]),
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
    minimizer: str | None = setting(
        MINIMIZER,
        "of these frames, where it is not that of `[glasses]`; only `steepest` finds the structures below them",
        None,
    )

    def n_blocks(self, point: StatePoint, replica: int) -> int:
        """Up to the last initial configuration."""
        return max(point.starts(self.trajectories, replica), default=-1) + 1

    def stage_parameters(self, point: StatePoint, replica: int) -> dict[str, Any]:
        """The trajectories of a replica."""
        minimizer = self._minimizer(point)
        return {
            "frames": self.frames,
            "interval_steps": self.interval_steps,
            "minimizer": minimizer,
            "tolerance": point.campaign.glasses.tolerance,
            "seed": point.seed(replica, "landscape"),
            **path_parameters(minimizer),
        }

    def _minimizer(self, point: StatePoint) -> str:
        """Of the frames of a state point."""
        return self.minimizer or point.campaign.glasses.minimizer

    def reduction_parameters(self, point: StatePoint) -> dict[str, Any]:
        """The rate of all of them."""
        renewed = {}
        if point.liquid.glass_model.units_style.boltzmann != 1.0:
            # Reduced energies were once in units of the number T, which is k_B T where k_B is 1.
            renewed["energy"] = "k_B T"
        if self._minimizer(point) != "cg":
            # The table once named CG whatever the minimiser was.
            renewed["minimizer"] = self._minimizer(point)
        return renewed | {
            "shares": [point.share(self.trajectories, replica) for replica in point.replicas],
            "blocks_apart": point.blocks_between_starts,
            "threshold": self.threshold,
            **point.intervals("landscape"),
        }

    def steps(self, point: StatePoint, replica: int) -> Iterator[Step]:
        """One a trajectory."""
        stage, production = point.stage(self.name, replica), point.stage("production", replica)
        told = stage.parameters | {"temperature": point.temperature}
        told |= {"accelerator": point.campaign.resources.accelerator}
        for number in point.starts(self.trajectories, replica):
            own, file = told | {"number": number}, f"{number:04d}.json"
            needs = {"production": segments_with(production, number, number)}
            yield point.step(stage, file, quench_trajectory, own, needs)

    def reducing_step(self, point: StatePoint) -> Step:
        """The rate."""
        keys = ("threshold", "level", "seed")
        return self.reduced_by(point, RATE_FILE, measure_rate, *keys, temperature=point.temperature)

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
    path_tolerance: float = PATH_TOLERANCE,
) -> None:
    """Run from the configuration after a block of the production run, and quench every frame.

    The frames lie in ``NNNN.nc``, the structures in shards in the folder ``NNNN``.
    """
    glass_model = model_of_step(work, model)
    folder = work.target.parent
    with noted_warnings() as notes:
        study = LandscapeStudy(
            glass_model,
            temperature,
            interval_steps,
            minimizer=minimizer,
            tolerance=tolerance,
            path_tolerance=path_tolerance,
            accelerator=accelerator,
        )
        start = ProductionRun(work.needs["production"], glass_model, temperature).configuration(
            number
        )
        duration = (frames - 1) * (interval_steps * glass_model.time_step_at(temperature))
        path = folder / f"{number:04d}.nc"
        write_trajectory(
            path, study.run(start, duration, seed_of(seed, "velocities", number), work.folder)
        )
        (structures,) = study.structures(
            [read_trajectory(path, glass_model, force=True)],
            [path.with_suffix("")],
            Checkpoints(work),
        )
    table = write_table(folder / f"{number:04d}.csv", structures.table(), LANDSCAPE_UNITS)
    write_record(
        work,
        "inherent-structure trajectory",
        [path, table],
        number=number,
        seed=seed_of(seed, "velocities", number),
        minimizer=minimizer,
        tolerance=tolerance,
        **path_parameters(minimizer, path_tolerance),
        warnings=notes,
    )


def measure_rate(
    work: Workplace, *, model: str, temperature: float, threshold: float, level: float, seed: int
) -> None:
    """Γ of the quenched trajectories, whether it has converged, and U_IHS(t).

    It needs ``dynamics r0``, … and ``landscape r0``, …, the trajectories of each replica. One that was no
    equilibrium liquid is left out, as in :func:`~lmpmeso.campaign.measurements.summary.summarise_replicas`.
    """
    glass_model = model_of_step(work, model)
    parts = equilibrium_parts(work.needs, "landscape")
    records = [read_record(path, "inherent-structure trajectory") for path in parts.paths]
    (minimizer,) = {record["minimizer"] for record in records}
    study = LandscapeStudy(glass_model, temperature, threshold=threshold, minimizer=minimizer)
    landscape = study.measure(
        [_reread(record, glass_model, temperature) for record in records],
        level=level,
        seed=seed,
        numbers=[record["number"] for record in records],
    )
    tables = {LANDSCAPE_FILES[name]: table for name, table in landscape.tables().items()}
    files = write_tables(work, tables, LANDSCAPE_UNITS)
    write_record(work, "landscape", files, summary=parts.noted(landscape.summary()))


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


def _reread(record: Record, model: GlassModel, temperature: float) -> InherentStructureTrajectory:
    """The structures of a finished trajectory."""
    path = record.data(f"{record['number']:04d}.nc")
    study = LandscapeStudy(
        model,
        temperature,
        minimizer=record["minimizer"],
        tolerance=record["tolerance"],
        path_tolerance=record.content.get("path_tolerance", PATH_TOLERANCE),
    )
    return study.structures([read_trajectory(path, model, force=True)], [path.with_suffix("")])[0]
