"""Making one target, in whatever process the engine chose: kept if it is there, made once if not."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from lmpmeso.engine.deadline import CheckpointClock, may_begin, worker_deadline
from lmpmeso.engine.outcome import Outcome
from lmpmeso.engine.step import Step, WallTimeReached, Workplace
from lmpmeso.engine.step_files import (
    Attempt,
    StepFiles,
    Worker,
    one_line,
    signs_of_life,
    write_worker,
)
from lmpmeso.errors import CampaignError
from lmpmeso.files.atomic import replacing
from lmpmeso.files.locks import passing_lock
from lmpmeso.lammps.paths import LOG_FOLDER_VARIABLE

ATTEMPTS = 3
"""A step whose process died so often in one run, without a checkpoint in between, has failed."""
MESSAGES = "messages.txt"
PROGRESS_INTERVAL = 1.0
"""Least time between two words on how far a step is [s]."""
LACKS_OF_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""A full disk, a quota, and the limit that `ulimit -f` sets: no fault of a step."""
TAIL = 4000
"""Characters of a step's messages that are handed on."""


@dataclass(frozen=True)
class Run:
    """One run of the program over a campaign.

    Attributes:
        name: tells this run from all others.
        began: when it began, by the clock of the campaign's file system [s since 1970].
        deadline: when it has to end [s since 1970]; infinite without a limit.
        wall_time: of a worker's job [s], None without a limit.
        captures: what a step writes to the terminal goes to a file, and its last words are found
            there when its process dies. Only for processes that do nothing else.
    """

    name: str
    began: float
    deadline: float
    wall_time: float | None
    captures: bool


def make(root: Path, step: Step, run: Run) -> Outcome:
    """Make the target of a step, unless it is there or another process is at it.

    Never raises for what a step does: its error is kept in the failures' folder.
    """
    files = StepFiles(root, step.target)
    try:
        return _make(root, step, files, run)
    except OSError as error:
        if _is_lack_of_space(error):
            return _no_space(step, error)
        return Outcome(step.target, "failed", f"{type(error).__name__}: {error}")
    except CampaignError as error:
        return Outcome(step.target, "failed", str(error))


def tidy_up(files: StepFiles) -> None:
    """Tidy up after a step that was killed when its target was already there, unless a process is at it."""
    with suppress(_BusyError), passing_lock(files.lock, _BusyError()):
        files.tidy()


class _BusyError(CampaignError):
    """Another process holds the lock."""


def _make(root: Path, step: Step, files: StepFiles, run: Run) -> Outcome:
    if files.is_done() and not files.was_begun():
        return Outcome(step.target, "kept")
    if not may_begin(worker_deadline(run.deadline), run.wall_time):
        return Outcome(step.target, "no time", "the time of the job is over")
    files.make_folders()
    try:
        with passing_lock(files.lock, _BusyError()) as descriptor:
            return _make_locked(root, step, files, run, descriptor)
    except _BusyError:
        return Outcome(step.target, "busy")


def _make_locked(root: Path, step: Step, files: StepFiles, run: Run, descriptor: int) -> Outcome:
    if files.is_done():
        files.tidy()
        return Outcome(step.target, "kept")
    reason = files.failure_since(run.began) or _spent_attempts(files, run)
    if reason is not None:
        return Outcome(step.target, "failed", reason)
    if files.was_begun():
        files.remove_temporaries(step.alone)
    place = f"{socket.gethostname()} process {os.getpid()}"
    deadline = worker_deadline(run.deadline)
    files.note_attempt(Attempt(run.name, deadline, place))
    with _traces(files, run) as messages, signs_of_life(descriptor):
        outcome = _attempt(root, step, files, Reporter(files, descriptor, place, deadline))
    if outcome.kind != "failed":
        text = _tail(messages)
        if outcome.kind == "made":
            files.tidy()
        return Outcome(step.target, outcome.kind, outcome.reason, text)
    return outcome


def _attempt(root: Path, step: Step, files: StepFiles, reporter: Reporter) -> Outcome:
    """Call the function of a step; whatever way it ends by itself, it has not died."""
    try:
        missing = [need for need in step.needed if not StepFiles(root, need).is_done()]
        if missing:
            raise CampaignError(f"what it needs is gone meanwhile: {', '.join(missing)}")
        with replacing(files.target) as temporary:
            place = Workplace(
                temporary,
                {name: [root / need for need in needs] for name, needs in step.needs.items()},
                files.work,
                reporter.progress,
                reporter.checkpoint,
                step.identity,
                root,
                str(step.parameters.get("accelerator", "auto")),
            )
            step.function(place, **step.parameters)
            if not temporary.is_file() or temporary.stat().st_size == 0:
                raise CampaignError(
                    f"{step.function.__qualname__} has returned without writing its target"
                )
    except WallTimeReached:
        files.strike_out_attempts()
        return Outcome(step.target, "no time", "stopped at a checkpoint: the job's time is over")
    except Exception as error:
        files.strike_out_attempts()
        if _is_lack_of_space(error):
            return _no_space(step, error)
        return _failed(step, files, f"{type(error).__name__}: {error}", traceback.format_exc())
    return Outcome(step.target, "made")


def _is_lack_of_space(error: Exception) -> bool:
    """Whether it is one, which LAMMPS says in words only."""
    if isinstance(error, OSError) and error.errno in LACKS_OF_SPACE:
        return True
    return any(os.strerror(number) in str(error) for number in LACKS_OF_SPACE)


def _no_space(step: Step, error: Exception) -> Outcome:
    return Outcome(step.target, "no space", f"{step.target}: {one_line(str(error))}")


def _spent_attempts(files: StepFiles, run: Run) -> str | None:
    """Why a step that died too often in this run has failed; None while it may try again."""
    attempts = files.attempts(run.name)
    if len(attempts) < ATTEMPTS:
        return None
    timed_out = sum(attempt.deadline < time.time() for attempt in attempts)
    if timed_out:
        reason = (
            f"{timed_out} of its {len(attempts)} attempts were cut off by the end of their job; "
            "raise the wall time"
        )
    else:
        reason = (
            f"the process died {len(attempts)} times without coming to a checkpoint (killed, out "
            "of memory, or aborted by LAMMPS)"
        )
    details = "attempts:\n" + "\n".join(attempt.place for attempt in attempts)
    files.write_failure(reason, f"{details}\n\n{_last_words(files)}")
    return reason


def _failed(step: Step, files: StepFiles, reason: str, trace: str) -> Outcome:
    details = (
        f"target: {step.target}\nfunction: {step.function.__module__}."
        f"{step.function.__qualname__}\nparameters: {dict(step.parameters)}\n"
        f"where: {socket.gethostname()} process {os.getpid()}\n\n{trace}"
    )
    files.write_failure(reason, f"{details}\n{_last_words(files)}")
    return Outcome(step.target, "failed", one_line(reason))


class Reporter:
    """Tells those who look on how far a step is, and the step when to stop."""

    def __init__(self, files: StepFiles, descriptor: int, place: str, deadline: float):
        self._files = files
        self._descriptor = descriptor
        self._place = place
        self._since = time.time()
        self._clock = CheckpointClock(deadline)
        self._told = -PROGRESS_INTERVAL
        self.progress(0.0, 1.0)

    def progress(self, done: float, total: float) -> None:
        """The step is at ``done`` of ``total``."""
        now = time.monotonic()
        if now - self._told < PROGRESS_INTERVAL:
            return
        self._told = now
        fraction = min(max(done / total, 0.0), 1.0) if total > 0 else 0.0
        write_worker(self._descriptor, Worker(self._place, self._since, fraction))

    def checkpoint(self) -> None:
        """The step has a checkpoint."""
        self._files.strike_out_attempts()
        if not self._clock.may_go_on():
            raise WallTimeReached


@contextmanager
def _traces(files: StepFiles, run: Run) -> Iterator[Path]:
    """Keep LAMMPS's logs, other temporary files, and with ``captures`` the messages of an attempt."""
    if files.attempt.exists():
        shutil.rmtree(files.attempt)
    files.attempt.mkdir()
    messages = files.attempt / MESSAGES
    before = os.environ.get(LOG_FOLDER_VARIABLE), tempfile.tempdir
    os.environ[LOG_FOLDER_VARIABLE] = str(files.attempt)
    tempfile.tempdir = str(files.attempt)
    try:
        if run.captures:
            with _captured(messages):
                yield messages
        else:
            yield messages
    finally:
        tempfile.tempdir = before[1]
        if before[0] is None:
            del os.environ[LOG_FOLDER_VARIABLE]
        else:
            os.environ[LOG_FOLDER_VARIABLE] = before[0]


@contextmanager
def _captured(path: Path) -> Iterator[None]:
    """Send what this process writes to the terminal, also from C, to a file."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(1), os.dup(2)
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for descriptor, stream in zip(kept, (1, 2), strict=True):
            os.dup2(descriptor, stream)
            os.close(descriptor)


def _tail(messages: Path) -> str:
    """The end of what a step has written to the terminal."""
    if not messages.is_file():
        return ""
    return messages.read_text(encoding="utf-8", errors="replace")[-TAIL:].strip()


def _last_words(files: StepFiles) -> str:
    """What the last attempt has left: its messages, and the end of its LAMMPS log."""
    parts = []
    if words := _tail(files.attempt / MESSAGES):
        parts.append(f"it wrote to the terminal:\n{words}")
    logs = sorted(files.attempt.glob("*.log"), key=lambda path: path.stat().st_mtime)
    if logs and (log := _tail(logs[-1])):
        parts.append(f"the end of its LAMMPS log:\n{log}")
    return "\n\n".join(parts)
