"""What the engine keeps beside a target: who works at it, which attempts died, why it failed.

The campaign's folder holds, for a target ``a/b.nc``::

    a/b.nc                     the target
    a/b.nc.work/               checkpoints, until the target is there
    failures/a/b.nc.log        why the last attempt to make it failed
    .engine/a/b.nc.lock        there and locked while somebody works at it; says who, and how far
    .engine/a/b.nc.attempts    the attempts since the last checkpoint, a line each
    .engine/a/b.nc.attempt/    what the last attempt wrote to the terminal, and its LAMMPS logs
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from lmpmeso.engine.step import work_folder
from lmpmeso.errors import CampaignError
from lmpmeso.files.atomic import leftovers, replacing

ENGINE_FOLDER = ".engine"
FAILURES_FOLDER = "failures"
ATTEMPTS_SUFFIX, LOCK_SUFFIX, LOG_SUFFIX = ".attempts", ".lock", ".log"


HEARTBEAT = 5.0
"""Time between two signs of life of who works at a step [s]."""
SILENT = 60.0
"""Who has given none for so long is stopped, hangs, or waits for a file system [s]."""


@dataclass(frozen=True)
class Attempt:
    """An attempt of a run to make a target, by a host and process whose job was to end then [s since 1970]."""

    run: str
    deadline: float
    place: str


@dataclass(frozen=True)
class Worker:
    """Who works at a step: host and process, since when [s since 1970], and how far it is, 0 to 1."""

    place: str
    since: float
    fraction: float

    @property
    def kill_command(self) -> str:
        """What ends it, on its machine."""
        return f"kill -9 {self.place.rpartition(' ')[2]}"


class StepFiles:
    """The files of one target, whose path is relative to the campaign's folder."""

    def __init__(self, root: Path, target: str):
        self.target = root / target
        self.work = work_folder(self.target)
        self.failure = root / FAILURES_FOLDER / f"{target}{LOG_SUFFIX}"
        self._own = root / ENGINE_FOLDER / target
        self.lock = self._beside(LOCK_SUFFIX)
        self.attempt = self._beside(".attempt")
        self._attempts = self._beside(ATTEMPTS_SUFFIX)

    def _beside(self, suffix: str) -> Path:
        return self._own.with_name(self._own.name + suffix)

    def make_folders(self) -> None:
        """Make the folders of the target and of what is kept beside it."""
        self.target.parent.mkdir(parents=True, exist_ok=True)
        self._own.parent.mkdir(parents=True, exist_ok=True)

    def is_done(self) -> bool:
        """Whether the target is there; CampaignError as :func:`is_finished`."""
        return is_finished(self.target)

    # --- attempts --------------------------------------------------------------------------------

    def attempts(self, run: str) -> list[Attempt]:
        """The attempts of a run that have begun since the last checkpoint and have not ended."""
        try:
            lines = self._attempts.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        # A line that a full disk cut off names no run.
        words = [line.split(" ", 2) for line in lines]
        return [Attempt(w[0], float(w[1]), w[2]) for w in words if len(w) == 3 and w[0] == run]

    def was_begun(self) -> bool:
        """Whether an attempt has died, or died before it had tidied up."""
        return self._attempts.exists()

    def note_attempt(self, attempt: Attempt) -> None:
        """Note an attempt before it begins."""
        with open(self._attempts, "a", encoding="utf-8") as file:
            file.write(f"{attempt.run} {attempt.deadline:.0f} {attempt.place}\n")

    def strike_out_attempts(self) -> None:
        """Forget the attempts so far; that there was one stays known."""
        os.truncate(self._attempts, 0)

    # --- failures --------------------------------------------------------------------------------

    def write_failure(self, reason: str, details: str) -> None:
        """Keep why the step failed; the first line says it in short."""
        self.failure.parent.mkdir(parents=True, exist_ok=True)
        with replacing(self.failure) as temporary:
            temporary.write_text(f"{one_line(reason)}\n\n{details.strip()}\n", encoding="utf-8")

    def failure_reason(self) -> str | None:
        """Why the last attempt failed, in one line; None when none did."""
        try:
            text = self.failure.read_text(encoding="utf-8", errors="replace")
        except (FileNotFoundError, NotADirectoryError):
            return None
        return text.partition("\n")[0]

    def failure_since(self, time: float) -> str | None:
        """Why the step failed, if it did so after that time [s since 1970]."""
        try:
            failed = self.failure.stat().st_mtime > time
        except (FileNotFoundError, NotADirectoryError):
            return None
        return self.failure_reason() if failed else None

    # --- whoever works at it ---------------------------------------------------------------------

    def worker(self) -> Worker | None:
        """What the one who holds the lock has written into it; None while it has not."""
        try:
            text = self.lock.read_text(encoding="utf-8")
            return Worker(**json.loads(text))
        except (FileNotFoundError, json.JSONDecodeError):
            return None

    def last_sign(self) -> float:
        """When the one who holds the lock has last given a sign of life, by the clock of the file system."""
        try:
            return self.lock.stat().st_mtime
        except FileNotFoundError:
            return time.time()

    # --- tidying up ------------------------------------------------------------------------------

    def remove_temporaries(self, alone: bool) -> None:
        """Remove half-written files of attempts that died: all in the folder of a target that is alone there.

        Of another target: itself, and what begins with its name.
        """
        stem = self.target.stem
        own = ["*"] if alone else [self.target.name, f"{stem}.*", f"{stem}-*"]
        for path in leftovers(self.target.parent, own):
            path.unlink()

    def tidy(self) -> None:
        """Remove all that is needed no more once the target is there; the attempts come last."""
        for folder in (self.work, self.attempt):
            if folder.exists():
                shutil.rmtree(folder)
        self.failure.unlink(missing_ok=True)
        self._attempts.unlink(missing_ok=True)


def is_finished(target: str | os.PathLike[str]) -> bool:
    """Whether a target is there.

    An empty file is not: the engine makes none, so that something else went wrong with it.

    Raises:
        CampaignError: something that is no file stands in the target's place.
    """
    try:
        status = os.stat(target)
    except (FileNotFoundError, NotADirectoryError):
        return False
    if not stat.S_ISREG(status.st_mode):
        raise CampaignError(
            f"{os.fspath(target)} is to be a file, and is something else; move it away"
        )
    return status.st_size > 0


def write_worker(descriptor: int, worker: Worker) -> None:
    """Say in an open lock file who works there."""
    text = json.dumps(vars(worker)).encode()
    os.pwrite(descriptor, text, 0)
    os.ftruncate(descriptor, len(text))


@contextmanager
def signs_of_life(descriptor: int) -> Iterator[None]:
    """Touch an open lock file now and then, as long as this process runs at all."""
    over = threading.Event()

    def touch() -> None:
        while not over.wait(HEARTBEAT):
            os.utime(descriptor)

    thread = threading.Thread(target=touch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def begun_targets(root: Path) -> set[str]:
    """Targets, relative to the root, of which an attempt has not tidied up, or has left its lock file behind."""
    engine = root / ENGINE_FOLDER
    return {
        path.relative_to(engine).as_posix().removesuffix(suffix)
        for suffix in (ATTEMPTS_SUFFIX, LOCK_SUFFIX)
        for path in engine.rglob(f"*{suffix}")
    }


def date_failures_back(root: Path, time: float) -> None:
    """Let no failure be of later than that [s since 1970]: the clock was set back, and it would count as of this run."""
    for path in (root / FAILURES_FOLDER).rglob(f"*{LOG_SUFFIX}"):
        with suppress(FileNotFoundError):  # another program has succeeded with it
            if path.stat().st_mtime > time:
                os.utime(path, (time, time))


def one_line(text: str) -> str:
    """The first line that says something."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")
