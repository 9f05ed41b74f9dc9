"""What has become of an attempt at a step, and of all steps of a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Kind = Literal["made", "kept", "busy", "failed", "no time", "no space"]


@dataclass(frozen=True)
class Outcome:
    """What has become of one attempt.

    Attributes:
        kind: ``made``; ``kept``, because it was there; ``busy``, another process is making it;
            ``failed``; ``no time`` left in this worker's job; ``no space`` left on the disk.
        reason: why it was not made, in one line.
        messages: the end of what the step wrote to the terminal.
        worker: address of the worker where its time is over.
    """

    target: str
    kind: Kind
    reason: str = ""
    messages: str = ""
    worker: str = ""


@dataclass(frozen=True)
class Failure:
    """Why a step failed, in one line; the log with the rest may lack where the disk or the folder is at fault."""

    reason: str
    log: Path


@dataclass
class RunOutcome:
    """What has become of every step; targets are relative to the campaign's folder.

    Attributes:
        made: in the course of this run, by it or by another program beside it. Which of the two is
            not told: a worker that dies takes its last answers with it, and its targets stay.
        kept: there before.
        failed: with reason and log.
        blocked: not begun, because something that they need failed.
        waiting: not begun or not finished, because the run was stopped.
        stopped: why, or None.
        damaged: finished, with a file that is gone since.
    """

    made: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    failed: dict[str, Failure] = field(default_factory=dict)
    blocked: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    stopped: str | None = None
    damaged: dict[str, str] = field(default_factory=dict)

    def count_made(self, before: RunOutcome) -> None:
        """Count what was made in an earlier part of this run as made, not as kept."""
        self.made = [*dict.fromkeys([*before.made, *self.made])]
        made = set(self.made)
        self.kept = [target for target in self.kept if target not in made]

    @property
    def complete(self) -> bool:
        """Every target is there, and all that belongs to it."""
        return not (self.failed or self.blocked or self.waiting or self.damaged)

    @property
    def in_words(self) -> str:
        """The outcome in short."""
        if self.complete and not self.made:
            return f"nothing to do, all {len(self.kept)} tasks were done before"
        counts = (
            (len(self.made), "tasks done"),
            (len(self.kept), "done before"),
            (len(self.failed), "failed"),
            (len(self.blocked), "not begun because of those"),
            (len(self.waiting), "waiting"),
            (len(self.damaged), "of those done with files that are gone"),
        )
        return ", ".join(f"{n} {words}" for n, words in counts if n)
