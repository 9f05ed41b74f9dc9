"""What the engine asks of whatever runs the steps; and the simplest that does: this process."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import Protocol

from lmpmeso.engine.make import Run, make
from lmpmeso.engine.outcome import Outcome
from lmpmeso.engine.step import Step


class Workers(Protocol):
    """Processes that make targets."""

    description: str
    """In words, with the address of a dashboard where there is one."""
    replaced_in_time: bool
    """A worker whose time is over is replaced by another."""

    def has_room_for(self, step: Step) -> bool:
        """Whether to hand in a step of this kind now, rather than to keep it."""

    def submit(self, step: Step, priority: int) -> None:
        """Hand in a step; of those that wait, higher priorities go first."""

    def completed(self, patience: float) -> list[Outcome]:
        """What has ended since the last call, after waiting at most so long for the first [s].

        Raises:
            CampaignError: there are no workers, and there will be none.
        """


class SerialWorkers:
    """This very process, one step after the other: for debugging, and where nothing else works."""

    description = "one process"
    replaced_in_time = False

    def __init__(self, root: Path, run: Run):
        self._root = root
        self._run = run
        self._waiting: deque[Step] = deque()

    def has_room_for(self, step: Step) -> bool:
        """One at a time."""
        return not self._waiting

    def submit(self, step: Step, priority: int) -> None:
        """Keep the step."""
        self._waiting.append(step)

    def completed(self, patience: float) -> list[Outcome]:
        """Run the step."""
        return [make(self._root, self._waiting.popleft(), self._run)] if self._waiting else []
