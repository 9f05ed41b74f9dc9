"""Telling a person how far a campaign is: to the terminal, and in plain lines to a log file."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, Self

from lmpmeso.engine.outcome import Outcome, RunOutcome
from lmpmeso.engine.step_files import SILENT, StepFiles, Worker
from lmpmeso.engine.step_graph import StepGraph

LOG_FILE = "campaign.log"
LOG_INTERVAL = 60.0
"""Least time between two progress lines of one group in the log [s]."""
LARGEST_PART = 0.99
"""Of a step that is not done, however far it says it is: an equilibration may have to go on."""


class ProgressSink(Protocol):
    """Shows a person what happens."""

    def update(self, group: str, done: float, total: float) -> None:
        """A group has come to ``done`` of ``total`` steps; a step half done counts half."""

    def message(self, text: str) -> None:
        """One line."""


@dataclass(frozen=True)
class Silence:
    """The last sign of life of a worker, since when it is known to be the last, and from which silence on to tell it [s]."""

    sign: float
    since: float
    told_at: float


class ProgressReport:
    """Counts steps by group, and tells the sink and the log."""

    def __init__(self, root: Path, graph: StepGraph, sink: ProgressSink):
        self._root = root
        self._groups = {target: step.group for target, step in graph.steps.items()}
        self._totals = Counter(self._groups.values())
        self._sink = sink
        self._log_is_broken = False
        self._done: Counter[str] = Counter()
        self._first: dict[str, tuple[float, float]] = {}
        self._logged: dict[str, float] = {}
        self._shown: dict[str, float] = {}
        self._silences: dict[str, Silence] = {}

    def __enter__(self) -> Self:
        # Several programs may write into it: every line goes out at once, at the end of the file.
        self._log = open(self._root / LOG_FILE, "ab", buffering=0)
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if error is not None:
            self._write(f"ended by {type(error).__name__}: {error}")
        self._log.close()

    def _write(self, line: str) -> None:
        """A line into the log; where that cannot be written, say so once and go on without."""
        try:
            self._log.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')}  {line}\n".encode())
        except OSError as error:
            if not self._log_is_broken:
                self._sink.message(f"{LOG_FILE} is incomplete from here on: {error.strerror}")
            self._log_is_broken = True

    def say(self, text: str) -> None:
        """A line for the terminal and for the log."""
        self._write(text)
        self._sink.message(text)

    def begin(self, kept: Iterable[str]) -> None:
        """The run begins with so much there, or begins again."""
        self._done = Counter(self._groups[target] for target in kept)
        n_steps = self._totals.total()
        self._write(f"{n_steps} tasks, {self._done.total()} of them done before")
        for group in self._totals:
            self._show(group, self._done[group])

    def done(self, target: str) -> None:
        """A step is done."""
        group = self._groups[target]
        self._done[group] += 1
        if self._done[group] == self._totals[group]:
            self._show(group, self._done[group])
            self._write(f"{group}: all {self._totals[group]} done")

    def failed(self, target: str, reason: str, log: Path) -> None:
        """A step has failed."""
        self.say(f"failed: {target}: {reason}; see {log}")

    def messages(self, outcome: Outcome) -> None:
        """What a step has written to its terminal, into the log."""
        for line in outcome.messages.splitlines():
            self._write(f"{outcome.target}: {line}")

    def look(self, running: Collection[str]) -> None:
        """Look how far the steps are that somebody is at."""
        now = time.monotonic()
        partly: dict[str, float] = {}
        for target in running:
            files = StepFiles(self._root, target)
            worker = files.worker()
            if worker is not None:
                self._tell_silence(target, worker, files.last_sign(), now)
                group = self._groups[target]
                partly[group] = partly.get(group, 0.0) + min(worker.fraction, LARGEST_PART)
        for group, total in self._totals.items():
            done = self._done[group] + partly.get(group, 0.0)
            shown = self._shown.get(group)
            if done != shown:
                if shown is not None and done < shown:
                    # A step found that it has to go on for longer: the rate so far says nothing.
                    self._first.pop(group, None)
                self._show(group, min(done, total))
                self._log_rate(group, done, now)

    def _tell_silence(self, target: str, worker: Worker, sign: float, now: float) -> None:
        """Name a worker that gives no sign of life; again when its silence has doubled.

        By the clock of this program, whatever those of others are set to.
        """
        known = self._silences.get(target)
        if known is None or known.sign != sign:
            self._silences[target] = Silence(sign, now, SILENT)
        elif now - known.since >= known.told_at:
            self._silences[target] = replace(known, told_at=2.0 * (now - known.since))
            self.say(
                f"silent for {duration(now - known.since)}: {target}, {worker.place}; it is stopped, hangs, or waits "
                f"for a file system. `{worker.kill_command}` there ends it, and the task goes on from its last "
                "checkpoint"
            )

    def end(self, outcome: RunOutcome) -> None:
        """The run has ended."""
        for group in self._totals:
            if self._shown.get(group) != self._done[group]:
                self._show(group, self._done[group])
        self._write(f"ended: {outcome.in_words}")

    def _show(self, group: str, done: float) -> None:
        self._shown[group] = done
        self._sink.update(group, done, self._totals[group])

    def _log_rate(self, group: str, done: float, now: float) -> None:
        """Now and then, a line with the rate and the time that is left."""
        begin, before = self._first.setdefault(group, (now, done))
        if now - self._logged.setdefault(group, now) < LOG_INTERVAL or done <= before:
            return
        self._logged[group] = now
        rate = (done - before) / (now - begin)
        total = self._totals[group]
        self._write(
            f"{group}: {done:.1f} of {total}, {3600 * rate:.3g} an hour, "
            f"{duration((total - done) / rate)} left"
        )


def duration(seconds: float) -> str:
    """A time in words, as exact as an estimate deserves."""
    for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} seconds"
