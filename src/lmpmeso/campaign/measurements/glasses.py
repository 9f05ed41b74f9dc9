"""The glasses: configurations of the production run, quenched in shards.

A glass is named by its number, that of the block of the production run which it ends. A quench or an
analysis that fails is recorded and left out; a shard in which too many fail is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lmpmeso.campaign.cost import Cost, Expected
from lmpmeso.campaign.measurement import MINIMIZER, Measurement
from lmpmeso.campaign.measurements.production import ProductionRun, segments_with
from lmpmeso.campaign.own_models import model_of_step
from lmpmeso.campaign.state_point import StatePoint
from lmpmeso.configurations import (
    InherentStructure,
    read_inherent_structures,
    write_inherent_structures,
)
from lmpmeso.engine.records import noted_warnings, read_record, write_record
from lmpmeso.engine.stage import seed_of
from lmpmeso.engine.step import Step, Workplace
from lmpmeso.errors import CampaignError, ConvergenceError, UnstableStructureError
from lmpmeso.execution import Execution
from lmpmeso.files.plain_json import read_json, write_json
from lmpmeso.files.toml_rules import integer, real, setting
from lmpmeso.models import GlassModel
from lmpmeso.protocols import quench
from lmpmeso.protocols.steepest_descent import PATH_TOLERANCE, path_parameters

GLASS_BYTES = 36
"""A particle of an inherent structure in its file: positions, images, type, κ_i."""
MAX_FAILED = 0.2
"""Largest part of a shard that may fail: beyond it, what is left is no fair sample."""

OUTCOME = ".outcome"
"""Ends the name of the file that says that a glass of a shard is done, and whether it failed."""


@dataclass(frozen=True)
class Glasses(Measurement):
    """The quenches."""

    name = "glasses"
    after = ("production",)
    work = "quenches"

    number: int = setting(integer(), "inherent structures of each temperature", 20)
    per_shard: int = setting(integer(), "quenches in one file, and in one task", 20)
    minimizer: str = setting(MINIMIZER, "LAMMPS's minimiser, or true steepest descent", "cg")
    tolerance: float = setting(
        real(above=0), "largest force that is left on a particle [ε/σ]", 1e-10
    )

    def n_glasses(self, point: StatePoint, replica: int) -> int:
        """The share of a replica."""
        return point.share(point.liquid.glasses_at(point.temperature), replica)

    def stage_parameters(self, point: StatePoint, replica: int) -> dict[str, Any]:
        """Depends on the production run; not on how many there are, which may grow."""
        return {
            "minimizer": self.minimizer,
            "tolerance": self.tolerance,
            "seed": point.seed(replica, "glasses"),
            **path_parameters(self.minimizer),
        }

    def steps(self, point: StatePoint, replica: int) -> Iterator[Step]:
        """The shards of each replica."""
        stage, production = point.stage(self.name, replica), point.stage("production", replica)
        told = stage.parameters | {"temperature": point.temperature}
        told |= {"accelerator": point.campaign.resources.accelerator}
        for first, last in shards(point, replica):
            own = told | {"first": first, "last": last}
            needs = {"production": segments_with(production, first, last)}
            yield point.step(stage, shard_file(first, last), quench_shard, own, needs)

    def cost(self, expected: Expected) -> Cost:
        """Quenches; a shard is one task."""
        seconds = expected.n_glasses * expected.price.quench
        disk = expected.n_glasses * GLASS_BYTES * expected.liquid.n_particles
        return Cost(seconds, disk, chain=seconds / expected.n_shards)


def shards(point: StatePoint, replica: int) -> Iterator[tuple[int, int]]:
    """First and last glass of each shard of a replica."""
    n_glasses, per_shard = point.n_glasses(replica), point.campaign.glasses.per_shard
    for first in range(0, n_glasses, per_shard):
        yield first, min(first + per_shard, n_glasses) - 1


def shards_with(point: StatePoint, replica: int, first: int, last: int) -> tuple[str, ...]:
    """Targets of the shards that hold the glasses from one number to another."""
    stage = point.stage("glasses", replica)
    return tuple(
        stage.file(shard_file(begin, end))
        for begin, end in shards(point, replica)
        if begin <= last and end >= first
    )


def shard_name(first: int, last: int) -> str:
    """Stem of the files of the glasses from one number to another, both included."""
    return f"{first:05d}-{last:05d}"


def shard_file(first: int, last: int) -> str:
    """Name of their record."""
    return f"{shard_name(first, last)}.json"


def quench_shard(
    work: Workplace,
    *,
    model: str,
    temperature: float,
    first: int,
    last: int,
    minimizer: str,
    tolerance: float,
    seed: int,
    accelerator: str,
    path_tolerance: float = PATH_TOLERANCE,
) -> None:
    """Quench the configurations after some blocks of a ``production`` run.

    The record lists ``glasses`` (the numbers of the frames of the NetCDF file) and ``failures``.
    """
    glass_model = model_of_step(work, model)
    run = ProductionRun(work.needs["production"], glass_model, temperature)
    numbers = range(first, last + 1)

    def make(number: int, path: Path) -> None:
        structure = quench(
            run.configuration(number),
            glass_model,
            minimizer,
            tolerance=tolerance,
            seed=seed_of(seed, "quench", number),
            path_tolerance=path_tolerance,
            execution=Execution(accelerator),
        )
        write_inherent_structures(path, [structure])

    made = each_glass(work, numbers, ".nc", make, "quenches")
    done = made.glasses
    structures = [read_inherent_structures(part_of(work, n, ".nc"), glass_model)[0] for n in done]
    path = work.target.with_name(f"{shard_name(first, last)}.nc")
    write_inherent_structures(path, structures, per_frame={"glass": done})
    seeds = {str(n): seed_of(seed, "quench", n) for n in done}
    write_record(work, "glasses", [path], **made.entries, seeds=seeds)


def glasses_of(paths: Iterable[Path], model: GlassModel) -> dict[int, InherentStructure]:
    """The inherent structures of some shards, by number.

    Raises:
        CampaignError: a file is damaged, of a newer format, or of another program.
    """
    found: dict[int, InherentStructure] = {}
    for path in paths:
        record = read_record(path, "glasses")
        if record["glasses"]:
            structures = read_inherent_structures(record.data(f"{path.stem}.nc"), model)
            found |= dict(zip(record["glasses"], structures, strict=True))
    return found


@dataclass(frozen=True)
class MadeGlasses:
    """What became of the glasses of a shard: which are made, why others failed, and the warnings."""

    glasses: list[int]
    failures: dict[int, str]
    warnings: list[str]

    @property
    def entries(self) -> dict[str, Any]:
        """The same as entries of a record."""
        return vars(self) | {"failures": {str(n): reason for n, reason in self.failures.items()}}


def each_glass(
    work: Workplace,
    numbers: Iterable[int],
    suffix: str,
    make: Callable[[int, Path], None],
    what: str,
) -> MadeGlasses:
    """Make the part of each glass that is not there yet, a checkpoint after each.

    Raises:
        CampaignError: too many failed.
    """
    todo = list(numbers)
    failures: dict[int, str] = {}
    notes: list[str] = []
    work.progress(0, len(todo))
    for done, number in enumerate(todo, start=1):
        outcome = part_of(work, number, OUTCOME)
        if not outcome.is_file():
            error = None
            with noted_warnings() as heard:
                try:
                    make(number, part_of(work, number, suffix))
                except (ConvergenceError, UnstableStructureError) as failure:
                    error = str(failure)
            write_json(outcome, {"error": error, "warnings": heard})
            work.checkpoint()
        found = read_json(outcome)
        if found["error"] is not None:
            failures[number] = found["error"]
        notes += found["warnings"]
        work.progress(done, len(todo))
    if len(failures) > max(1, MAX_FAILED * len(todo)) or len(failures) == len(todo):
        first, reason = next(iter(failures.items()))
        raise CampaignError(
            f"{len(failures)} of {len(todo)} {what} failed, too many to leave out; the first, of "
            f"glass {first}: {reason}"
        )
    made = [number for number in todo if number not in failures]
    return MadeGlasses(made, failures, list(dict.fromkeys(notes)))


def part_of(work: Workplace, number: int, suffix: str) -> Path:
    """A file of one glass in the work folder."""
    return work.folder / f"{number:05d}{suffix}"
