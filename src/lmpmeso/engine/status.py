"""How far a campaign is, read from its files alone, from any shell and at any time."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from lmpmeso.engine.step import Step
from lmpmeso.engine.step_files import StepFiles, Worker
from lmpmeso.engine.step_graph import StepGraph
from lmpmeso.errors import CampaignError
from lmpmeso.files.locks import is_locked

State = Literal["done", "running", "waiting", "failed", "blocked"]


@dataclass
class GroupStatus:
    """How many steps of a group are in which state; blocked are those that need something that failed."""

    group: str
    done: int = 0
    running: int = 0
    waiting: int = 0
    failed: int = 0
    blocked: int = 0

    @property
    def total(self) -> int:
        """All steps of the group."""
        return self.done + self.running + self.waiting + self.failed + self.blocked


@dataclass(frozen=True)
class FailedStep:
    """A step whose last attempt failed: why, in one line, and the log with the rest."""

    target: str
    group: str
    reason: str
    log: Path

    def last_lines(self, number: int) -> list[str]:
        """The end of the log; nothing where there is none."""
        if not self.log.is_file():
            return []
        return self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-number:]


@dataclass(frozen=True)
class RunningStep:
    """A step that a process is at; ``worker`` is None in its first moments."""

    target: str
    group: str
    worker: Worker | None


@dataclass
class CampaignStatus:
    """The groups in the order of the steps, what failed, and what runs."""

    groups: list[GroupStatus] = field(default_factory=list)
    failed: list[FailedStep] = field(default_factory=list)
    running: list[RunningStep] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Every target is there."""
        return all(group.done == group.total for group in self.groups)


def status_of(root: str | os.PathLike[str], steps: Iterable[Step]) -> CampaignStatus:
    """The state of every step, counted by group.

    Raises:
        CampaignError: the steps contradict one another.
    """
    folder = Path(root).absolute()
    given = list(steps)
    graph = StepGraph(folder, given)
    status = CampaignStatus()
    # Groups as the caller lists them, whatever waits for what.
    groups = {step.group: GroupStatus(step.group) for step in given}
    broken: set[str] = set()
    for target, step in graph.steps.items():
        group = groups[step.group]
        state = _state(folder, target, group.group, status)
        if state == "waiting" and not broken.isdisjoint(graph.needs(target)):
            state = "blocked"
        if state in ("failed", "blocked"):
            broken.add(target)
        setattr(group, state, getattr(group, state) + 1)
    status.groups = list(groups.values())
    return status


def _state(root: Path, target: str, group: str, status: CampaignStatus) -> State:
    """State of one step by itself; what runs and what failed is noted in ``status``."""
    files = StepFiles(root, target)
    try:
        if files.is_done():
            return "done"
    except CampaignError as error:
        status.failed.append(FailedStep(target, group, str(error), files.failure))
        return "failed"
    if is_locked(files.lock):
        status.running.append(RunningStep(target, group, files.worker()))
        return "running"
    reason = files.failure_reason()
    if reason is not None:
        status.failed.append(FailedStep(target, group, reason, files.failure))
        return "failed"
    return "waiting"
