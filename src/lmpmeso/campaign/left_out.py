"""What a campaign has left out of what its file asks for, and why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lmpmeso.campaign.measurements.dynamics import known_exclusion
from lmpmeso.campaign.settings import Campaign
from lmpmeso.campaign.state_point import StatePoint
from lmpmeso.campaign.study import state_points
from lmpmeso.engine.records import read_record
from lmpmeso.engine.step import Step
from lmpmeso.errors import CampaignError


def left_out(root: Path, campaign: Campaign) -> list[str]:
    """A line a measurement and state point of which glasses are missing, and a line a replica that does not count."""
    return [words for point in state_points(campaign) for words in _of_point(root, point)]


def _of_point(root: Path, point: StatePoint) -> Iterator[str]:
    for name in point.measurements:
        yield from _failures(root, point.steps_of(name))
    for replica in point.replicas:
        try:
            reason = known_exclusion(root, point, replica)
        except CampaignError as error:
            reason = f"its analysis cannot be read: {error}"
        if reason is not None:
            n_glasses = point.n_glasses(replica)
            yield f"{point.label}: replica {replica} with its {n_glasses} glasses is left out of means and fits: {reason}"


def _failures(root: Path, steps: tuple[Step, ...]) -> Iterator[str]:
    """The glasses that a measurement has left out."""
    failures: dict[str, str] = {}
    for step in steps:
        path = root / step.target
        if not path.is_file():
            continue
        try:
            failures |= read_record(path).content.get("failures", {})
        except CampaignError as error:
            yield f"{step.group}: cannot be read: {error}"
    if failures:
        first, reason = next(iter(failures.items()))
        glasses = "glass is" if len(failures) == 1 else "glasses are"
        yield f"{steps[0].group}: {len(failures)} {glasses} left out; the first, glass {first}: {reason}"
