"""What a measurement of a campaign is: a dataclass whose fields are the keys of its section.

One file in :mod:`lmpmeso.campaign.measurements` is one measurement: what a person may set, what it
needs and makes, the functions that make it, its tables, their units, and what it costs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self

import pandas as pd

from lmpmeso.campaign.cost import Cost, Expected
from lmpmeso.campaign.settings import Campaign, Liquid
from lmpmeso.campaign.state_point import StatePoint
from lmpmeso.engine.records import Record, read_record
from lmpmeso.engine.stage import Stage
from lmpmeso.engine.step import Step
from lmpmeso.files.toml_rules import choice

WHERE = choice("coldest", "all")
"""What ``temperatures`` of an optional section may be."""
MINIMIZER = choice("cg", "fire", "steepest")
"""What ``minimizer`` of a section may be."""


@dataclass(frozen=True)
class Table:
    """A table of a campaign, to which each state point contributes rows.

    Attributes:
        name: of the table; with ``-`` for ``_`` of its file.
        file: data file of a record that holds the rows, ``{stem}`` for the record's own name; None: the
            summary of the record is the row.
        units: of columns, besides those of its measurement.
        with_excluded: rows of state points that were no equilibrium liquids count, too.
        optional: not every record has the file.
        title: heading on the page; empty: not shown there.
        shown: title and name of its columns on the page; ``name_*`` stands for all that begin so.
    """

    name: str
    file: str | None = None
    units: Mapping[str, str] = field(default_factory=dict)
    with_excluded: bool = False
    optional: bool = False
    title: str = ""
    shown: tuple[tuple[str, str], ...] = ()

    def shown_columns(self, found: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Title and name of each column on the page, of those found for names with ``*``."""
        columns = tuple(found)
        for title, name in self.shown:
            beginning, star, _ = name.partition("*")
            if not star:
                yield title, name
                continue
            for column in columns:
                if column.startswith(beginning) and not column.endswith(("_low", "_high")):
                    yield title + column.removeprefix(beginning), column

    def of_record(self, record: Record) -> pd.DataFrame | None:
        """The rows of a record, None where they do not count."""
        if self.file is None:
            return pd.DataFrame([known_numbers(record)])
        if not self.with_excluded and record.content.get("summary", {}).get("excluded"):
            return None
        file = self.file.format(stem=record.path.stem)
        if self.optional and file not in record["files"]:
            return None
        return record.table(file)


class Measurement:
    """Base of all measurements; a subclass is a frozen dataclass.

    Attributes:
        name: of its stage, and of its steps for people.
        section: of the campaign file.
        optional: computed only where the file has the section.
        content: what the records behind its tables say that they are of.
        work: its column in the plan.
        version: of what makes its results of a replica; raised when they change.
        after: measurements that its results of a replica need.
        reduction_version: of what makes its results of all replicas together.
        reduces: measurements of the replicas that these need.
        taken: the key that says how many quenched configurations of a state point it begins from.
        tables: to which it contributes.
        units: of columns of its tables, by name without the ends of an interval; a column that has none is a number.
        structures: name and meaning of the files of its inherent structures in an export.
        follows_particles: over a τ_α of plain MD, so that liquids that ran with swaps have none of it.
    """

    name: ClassVar[str]
    section: ClassVar[str]
    optional: ClassVar[bool] = False
    content: ClassVar[str]
    work: ClassVar[str]
    version: ClassVar[int] = 1
    after: ClassVar[tuple[str, ...]] = ()
    reduction_version: ClassVar[int] = 1
    reduces: ClassVar[tuple[str, ...]] = ()
    taken: ClassVar[str | None] = None
    tables: ClassVar[tuple[Table, ...]] = ()
    units: ClassVar[Mapping[str, str]] = {}
    structures: ClassVar[tuple[str, str] | None] = None
    follows_particles: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        for attribute in ("section", "content", "work"):
            if attribute not in vars(cls):
                setattr(cls, attribute, cls.name)

    @classmethod
    def from_keys(cls, keys: Mapping[str, Any]) -> Self:
        """The measurement of the keys that a file gives."""
        return cls(**keys)

    def faults(self, campaign: Campaign, given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Key and words of what is wrong with it in this campaign, whose file gives some keys."""
        if self.taken is None or (demanded := getattr(self, self.taken)) == "all":
            return
        for liquid in campaign.liquids:
            where = [t for t in liquid.temperatures if self.applies(liquid, t)]
            there = min(map(liquid.glasses_at, where), default=demanded)
            if demanded > there:
                yield (
                    self.taken,
                    f"{demanded} of {liquid.model} are taken from its quenched configurations, of "
                    f"which there are {there}: raise glasses.number",
                )
                return

    def applies(self, liquid: Liquid, temperature: float) -> bool:
        """Whether it is computed at a temperature."""
        possible = [
            t for t in liquid.temperatures if not (self.follows_particles and liquid.swapped(t))
        ]
        everywhere = getattr(self, "temperatures", "all") == "all"
        return temperature in (possible if everywhere else possible and [min(possible)])

    def n_glasses(self, point: StatePoint, replica: int) -> int:
        """Glasses of a replica that it needs."""
        return 0

    def n_blocks(self, point: StatePoint, replica: int) -> int:
        """Blocks of the production run of a replica that it needs, beside those of the glasses."""
        return 0

    def stage(self, point: StatePoint, replica: int) -> Stage:
        """What its results of a replica depend on."""
        needs = {name: point.stage(name, replica) for name in self.after}
        told = self.stage_parameters(point, replica)
        return point.new_stage(replica, self.name, self.version, told, needs)

    def stage_parameters(self, point: StatePoint, replica: int) -> dict[str, Any]:
        """All that they depend on besides the measurements that they need."""
        raise NotImplementedError(f"{self.name} is not made replica by replica")

    def reduction(self, point: StatePoint) -> Stage:
        """What its results of all replicas together depend on."""
        needs = point.stages_of_replicas(*self.reduces)
        told = self.reduction_parameters(point)
        return point.new_stage(None, self.name, self.reduction_version, told, needs)

    def reduction_parameters(self, point: StatePoint) -> dict[str, Any]:
        """All that they depend on besides the results of the replicas."""
        raise NotImplementedError(f"{self.name} reduces no replicas")

    def steps(self, point: StatePoint, replica: int) -> Iterable[Step]:
        """Its steps of a replica, each after those that it needs."""
        return ()

    def reducing_step(self, point: StatePoint) -> Step | None:
        """Its step that reduces all replicas of a state point."""
        return None

    def reduced_by(
        self, point: StatePoint, file: str, function: Callable[..., None], *keys: str, **more: Any
    ) -> Step:
        """The step whose function reduces all replicas; it is told some parameters of the stage, and more."""
        stage = point.stage(self.name)
        told = {key: stage.parameters[key] for key in keys} | more
        needs = point.targets_of_replicas(*self.reduces)
        return point.step(stage, file, function, told, needs, alone=True)

    def results(self, point: StatePoint) -> tuple[str, ...]:
        """Targets of the records behind its tables."""
        return point.targets(self.name)

    def records(self, root: Path, point: StatePoint) -> Iterator[Record]:
        """The records behind its tables that are there.

        Raises:
            CampaignError: one is damaged, of a newer format, or of another program.
        """
        for target in self.results(point):
            if (root / target).is_file():
                yield read_record(root / target, self.content)

    def rows(self, root: Path, point: StatePoint) -> Iterator[tuple[str, pd.DataFrame]]:
        """Name of a table, and what a state point contributes to it, as far as it is.

        Raises:
            CampaignError: as :meth:`records`.
        """
        for record in self.records(root, point) if self.tables else ():
            for table in self.tables:
                if (rows := table.of_record(record)) is not None:
                    yield table.name, rows

    def cost(self, expected: Expected) -> Cost | None:
        """What it takes at a state point; None: too little to count."""
        return None


def known_numbers(record: Record) -> dict[str, Any]:
    """The summary of a record; what is not known is NaN."""
    return {k: math.nan if v is None else v for k, v in record["summary"].items()}
