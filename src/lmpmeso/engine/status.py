"""How far a campaign is, read from its files alone, from any shell and at any time."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from lmpmeso.engine.step import Step
from lmpmeso.engine.step_files import (
    ENGINE_FOLDER,
    FAILURES_FOLDER,
    LOCK_SUFFIX,
    LOG_SUFFIX,
    SILENT,
    StepFiles,
    Worker,
    is_finished,
)
from lmpmeso.engine.step_graph import StepGraph
from lmpmeso.engine.whole import GONE, Listing, missing_files
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
    """A step whose last attempt failed: why, in one line, and the log with the rest.

    ``damaged`` is one that was finished, and of which a file is gone since.
    """

    target: str
    group: str
    reason: str
    log: Path
    damaged: bool = False

    def last_lines(self, number: int) -> list[str]:
        """The end of the log; nothing where there is none."""
        if not self.log.is_file():
            return []
        return self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-number:]


@dataclass(frozen=True)
class RunningStep:
    """A step that a process is at; ``worker`` is None in its first moments.

    ``silence`` is the time since its last sign of life [s]; from :data:`SILENT` on it is ``silent``.
    """

    target: str
    group: str
    worker: Worker | None
    silence: float = 0.0

    @property
    def silent(self) -> bool:
        """Whether it is stopped, hangs, or waits for a file system."""
        return self.silence >= SILENT


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
    look = _Look(folder)
    states = {target: look.state(target, step.group) for target, step in graph.steps.items()}
    done = [target for target, state in states.items() if state == "done"]
    for target, file in missing_files(look.listing, done).items():
        states[target] = "failed"
        look.note_missing(target, graph.steps[target].group, file)
    # Groups as the caller lists them, whatever waits for what.
    groups = {step.group: GroupStatus(step.group) for step in given}
    broken: set[str] = set()
    for target, step in graph.steps.items():
        group, state = groups[step.group], states[target]
        if state == "waiting" and not broken.isdisjoint(graph.needs(target)):
            state = "blocked"
        if state in ("failed", "blocked"):
            broken.add(target)
        setattr(group, state, getattr(group, state) + 1)
    return CampaignStatus(list(groups.values()), look.failed, look.running)


class _Look:
    """A look at the files of a campaign; what runs and what failed is noted on the way."""

    def __init__(self, root: Path):
        self.listing = Listing(root)
        self.failed: list[FailedStep] = []
        self.running: list[RunningStep] = []
        self._root = root

    def state(self, target: str, group: str) -> State:
        """State of one step by itself."""
        if target in self.listing:
            try:
                if is_finished(f"{self._root}/{target}"):
                    return "done"
            except CampaignError as error:
                return self._note_failed(target, group, str(error))
        if f"{ENGINE_FOLDER}/{target}{LOCK_SUFFIX}" in self.listing:
            files = StepFiles(self._root, target)
            if is_locked(files.lock):
                silence = max(0.0, time.time() - files.last_sign())
                self.running.append(RunningStep(target, group, files.worker(), silence))
                return "running"
        if f"{FAILURES_FOLDER}/{target}{LOG_SUFFIX}" in self.listing:
            reason = StepFiles(self._root, target).failure_reason()
            if reason is not None:
                return self._note_failed(target, group, reason)
        return "waiting"

    def note_missing(self, target: str, group: str, file: str) -> None:
        """A finished step has lost a file."""
        self._note_failed(target, group, f"{file} {GONE}", damaged=True)

    def _note_failed(self, target: str, group: str, reason: str, damaged: bool = False) -> State:
        log = StepFiles(self._root, target).failure
        self.failed.append(FailedStep(target, group, reason, log, damaged))
        return "failed"
