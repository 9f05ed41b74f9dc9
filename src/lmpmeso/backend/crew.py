"""Threads that share the work on one glass.

Work is cut into jobs in the same way for any number of threads, and jobs of one batch write to different places:
the numbers are the same to the last bit. A job may have jobs of its own. A thread that waits for its batch helps
with what belongs to that batch, and with nothing else, so that never more jobs are under way than there are threads.
Ctrl-C ends a batch between two jobs, where it harms nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from lmpmeso.files.interrupts import interrupts_deferred

Job = Callable[[], None]


class _AbandonedError(Exception):
    """A job ends, because the batch that it belongs to has failed."""


class _Batch:
    """Jobs that were handed in together, from within a job of the batch ``above``."""

    def __init__(self, jobs: Sequence[Job], above: _Batch | None):
        self.waiting = list(reversed(jobs))
        self.running = 0
        self.above = above
        self.error: BaseException | None = None

    @property
    def done(self) -> bool:
        """Whether nothing of it is left to do."""
        return not self.waiting and not self.running

    def belongs_to(self, other: _Batch) -> bool:
        """Whether it was handed in for another one's sake, or is that one."""
        batch: _Batch | None = self
        while batch is not None and batch is not other:
            batch = batch.above
        return batch is other

    @property
    def failed(self) -> bool:
        """Whether it, or one that it belongs to, has failed."""
        batch: _Batch | None = self
        while batch is not None and batch.error is None:
            batch = batch.above
        return batch is not None


class Crew:
    """``n_threads`` threads, this one among them: a context, at whose end the others have ended.

    Threads beside the first compute in parallel only where they release the interpreter.
    """

    def __init__(self, n_threads: int = 1):
        self.n_threads = n_threads
        self._others: list[threading.Thread] = []
        self._changed = threading.Condition()
        self._deferral = ExitStack()
        self._interrupts: Sequence[int] = ()
        self._open: list[_Batch] = []
        self._closed = False
        self._local = threading.local()

    def __enter__(self) -> Crew:
        """Start the other threads."""
        if self.n_threads == 1:
            return self
        self._interrupts = self._deferral.enter_context(interrupts_deferred())
        try:
            for _ in range(self.n_threads - 1):
                thread = threading.Thread(target=self._work, name="lmpmeso-crew", daemon=True)
                thread.start()
                self._others.append(thread)
        except BaseException:  # the system has no more threads
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """End the other threads."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._others:
            thread.join()
        self._others.clear()
        self._deferral.close()

    def each(self, jobs: Sequence[Job]) -> None:
        """Do all jobs, and return when they are done; the first error of one is raised, others are left out then."""
        if not self._others or len(jobs) < 2:
            for job in jobs:
                job()
            return
        batch = _Batch(jobs, getattr(self._local, "batch", None))
        if batch.failed:
            raise _AbandonedError
        with self._changed:
            self._open.append(batch)
            self._changed.notify_all()
        try:
            self._work(batch)
        finally:
            with self._changed:
                self._open.remove(batch)
        if batch.error is not None:
            raise batch.error

    def _work(self, own: _Batch | None = None) -> None:
        """Do jobs until the batch is done; without one, until the crew ends."""
        while (taken := self._next(own)) is not None:
            batch, job = taken
            before, self._local.batch = getattr(self._local, "batch", None), batch
            try:
                if self._interrupts:
                    raise KeyboardInterrupt
                job()
            except BaseException as error:
                self._fail(batch, error)
            finally:
                self._local.batch = before
                with self._changed:
                    batch.running -= 1
                    if batch.done:
                        self._changed.notify_all()

    def _next(self, own: _Batch | None) -> tuple[_Batch, Job] | None:
        """A job, as soon as there is one; None when there will be none."""
        with self._changed:
            while True:
                if self._closed if own is None else own.done:
                    return None
                # Its own jobs first, others from the oldest batch on, which has the largest ones.
                for batch in self._open if own is None or not own.waiting else [own]:
                    if batch.waiting and (own is None or batch.belongs_to(own)):
                        batch.running += 1
                        return batch, batch.waiting.pop()
                self._changed.wait()

    def _fail(self, batch: _Batch, error: BaseException) -> None:
        """Note the first error of a batch, and drop what has not begun."""
        with self._changed:
            batch.error = batch.error or error
            batch.waiting.clear()
