"""What the records of a campaign say of themselves: verdicts, seeds, versions, warnings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from lmpmeso.campaign.measurements.dynamics import DYNAMICS_FILE, exclusion
from lmpmeso.campaign.measurements.equilibration import EQUILIBRATION_FILE, VERDICT_FILE
from lmpmeso.campaign.settings import Campaign
from lmpmeso.campaign.state_point import StatePoint
from lmpmeso.campaign.study import state_points
from lmpmeso.engine.records import Record, read_record
from lmpmeso.engine.step import Step
from lmpmeso.errors import CampaignError
from lmpmeso.files.plain_json import read_json

StatePointKey: TypeAlias = tuple[str, int, float]


@dataclass(frozen=True)
class Verdict:
    """How one liquid at one temperature was judged: whether it is in equilibrium, None if not known yet, and why."""

    model: str
    n_particles: int
    temperature: float
    replica: int
    good: bool | None
    word: str
    equilibration: str
    production: str
    structure: str


@dataclass(frozen=True)
class Evidence:
    """What stands in the records of what is finished.

    Attributes:
        verdicts: one a replica of a state point.
        versions: of the packages that made the data, and how many records name each.
        seeds: of each group of tasks that draws random numbers.
        warnings: group of tasks, text, and how many records of the group hold it.
        n_records: records that were read.
        progress: tasks done and all tasks of each state point, by model, N and T.
    """

    verdicts: tuple[Verdict, ...]
    versions: tuple[tuple[str, str, int], ...]
    seeds: tuple[tuple[str, tuple[int, ...]], ...]
    warnings: tuple[tuple[str, str, int], ...]
    n_records: int
    progress: Mapping[StatePointKey, tuple[int, int]]

    def made_with(self) -> dict[str, list[str]]:
        """The versions of each package, and how many records name each, in words."""
        found: dict[str, list[str]] = {}
        for name, version, count in self.versions:
            found.setdefault(name, []).append(f"{version} ({count} records)")
        return found


def read_evidence(
    root: Path, campaign: Campaign, steps: Iterable[Step], damaged: Iterable[str] = ()
) -> Evidence:
    """Read all records but those of ``damaged`` targets; others that cannot be read are told as warnings.

    Raises:
        CampaignError: a record of a verdict is damaged, of a newer format, or of another program.
    """
    unread = set(damaged)
    versions: Counter[tuple[str, str]] = Counter()
    notes: Counter[tuple[str, str]] = Counter()
    seeds: dict[str, dict[int, None]] = {}
    n_records = 0
    for step in steps:
        seed = step.parameters.get("seed")
        if isinstance(seed, int):
            seeds.setdefault(step.group, {})[seed] = None
        path = root / step.target
        if step.target in unread or not path.is_file():
            continue
        try:
            record = read_record(path).content
        except CampaignError as error:
            notes[step.group, str(error)] += 1
            continue
        n_records += 1
        versions.update((name, str(found)) for name, found in record.get("versions", {}).items())
        notes.update((step.group, text) for text in record.get("warnings", ()))
    return Evidence(
        verdicts=tuple(verdicts(root, campaign)),
        versions=tuple((*key, count) for key, count in sorted(versions.items())),
        seeds=tuple((group, tuple(found)) for group, found in seeds.items()),
        warnings=tuple((*key, count) for key, count in notes.items()),
        n_records=n_records,
        progress={
            (point.liquid.model, point.liquid.n_particles, point.temperature): (
                sum((root / step.target).is_file() for step in point.steps),
                len(point.steps),
            )
            for point in state_points(campaign)
        },
    )


def verdicts(root: Path, campaign: Campaign) -> Iterator[Verdict]:
    """How each replica of each state point was judged, from hot to cold."""
    for point in state_points(campaign):
        for replica in point.replicas:
            yield _verdict(root, point, replica)


def _verdict(root: Path, point: StatePoint, replica: int) -> Verdict:
    """How one replica was judged."""
    good, word, equilibration, production, structure = None, "waiting", "", "", ""
    equilibrated = point.stage("equilibration", replica)
    record = root / equilibrated.file(EQUILIBRATION_FILE)
    refusal = root / equilibrated.file(VERDICT_FILE)
    if record.is_file():
        found = read_record(record, "equilibration").content
        good, word = True, "equilibrium"
    elif refusal.is_file():
        found = read_json(refusal)
        good, word = False, "not equilibrated"
    else:
        found = {}
    if found:
        t0 = point.liquid.glass_model.t0(point.temperature)
        equilibration = f"after {found['duration'] / t0:.4g} t0: {found['reason']}"
        structure = found["structure"]
    dynamics = root / point.stage("dynamics", replica).file(DYNAMICS_FILE)
    if dynamics.is_file():
        run = read_record(dynamics, "dynamics")
        production = f"{_length(run)}: {run['equilibrium']}"
        structure = run["structure"]
        if exclusion(run) is not None:
            good, word = False, "excluded"
    return Verdict(
        point.liquid.model,
        point.liquid.n_particles,
        point.temperature,
        replica,
        good,
        word,
        equilibration,
        production,
        structure,
    )


def _length(run: Record) -> str:
    """How long a production run is."""
    return f"{run['n_blocks']} blocks of {run['block_time']:.4g} time units"
