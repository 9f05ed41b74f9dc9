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
class StageStatus:
    """How many steps of a stage are in which state.

    Attributes:
        stage: name of the stage.
        done: their targets are there.
        running: a process is at them.
        failed: their last attempt failed.
        blocked: they need something that failed.
        waiting: all others.
    """

    stage: str
    done: int = 0
    running: int = 0
    waiting: int = 0
    failed: int = 0
    blocked: int = 0

    @property
    def total(self) -> int:
        """All steps of the stage."""
        return self.done + self.running + self.waiting + self.failed + self.blocked


@dataclass(frozen=True)
class FailedStep:
    """A step whose last attempt failed: why, in one line, and the log with the rest."""

    target: str
    stage: str
    reason: str
    log: Path


@dataclass(frozen=True)
class RunningStep:
    """A step that a process is at; ``worker`` is None in its first moments."""

    target: str
    stage: str
    worker: Worker | None


@dataclass
class CampaignStatus:
    """The stages in the order of the steps, what failed, and what runs."""

    stages: list[StageStatus] = field(default_factory=list)
    failed: list[FailedStep] = field(default_factory=list)
    running: list[RunningStep] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Every target is there."""
        return all(stage.done == stage.total for stage in self.stages)


def status_of(root: str | os.PathLike[str], steps: Iterable[Step]) -> CampaignStatus:
    """The state of every step, counted by stage.

    Raises:
        CampaignError: the steps contradict one another.
    """
    folder = Path(root).absolute()
    given = list(steps)
    graph = StepGraph(folder, given)
    status = CampaignStatus()
    # Stages as the caller lists them, whatever waits for what.
    stages = {step.stage or "steps": StageStatus(step.stage or "steps") for step in given}
    broken: set[str] = set()
    for target, step in graph.steps.items():
        stage = stages[step.stage or "steps"]
        state = _state(folder, target, stage.stage, status)
        if state == "waiting" and not broken.isdisjoint(graph.needs(target)):
            state = "blocked"
        if state in ("failed", "blocked"):
            broken.add(target)
        setattr(stage, state, getattr(stage, state) + 1)
    status.stages = list(stages.values())
    return status


def _state(root: Path, target: str, stage: str, status: CampaignStatus) -> State:
    """State of one step by itself; what runs and what failed is noted in ``status``."""
    files = StepFiles(root, target)
    try:
        if files.is_done():
            return "done"
    except CampaignError as error:
        status.failed.append(FailedStep(target, stage, str(error), files.failure))
        return "failed"
    if is_locked(files.lock):
        status.running.append(RunningStep(target, stage, files.worker()))
        return "running"
    reason = files.failure_reason()
    if reason is not None:
        status.failed.append(FailedStep(target, stage, reason, files.failure))
        return "failed"
    return "waiting"
