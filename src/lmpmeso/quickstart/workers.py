"""Steps in worker processes: one LAMMPS and one BLAS thread each, progress and errors sent back."""

from __future__ import annotations

import queue
import tempfile
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any, Self

from threadpoolctl import threadpool_limits

from lmpmeso.backend.processes import end_with_parent
from lmpmeso.errors import LammpsError
from lmpmeso.files.interrupts import interrupts_held_back

Progress = Callable[[float, float], None]
"""Called by a step with (done, total)."""
ProgressSink = Callable[[str, float, float], None]
"""Called in the main process with (stage, done, total)."""

POLL = 0.2
"""Time between two looks at the progress queue [s]."""

_messages: Queue[tuple[str, float, float]] | None = None
"""In a worker: the way back to the main process."""


class WorkerPool:
    """Worker processes that run steps and tell of their progress.

    A step is a function of a module whose keyword arguments can be pickled; one with a stage is
    called with ``progress`` besides. Ctrl-C ends the workers at once; when the main process dies,
    however it does, they end themselves.

    Args:
        n_workers: number of processes.
        sink: is told of the progress of all steps.
        scratch: folder for their temporary files, which a killed worker cannot remove itself.
    """

    def __init__(self, n_workers: int, sink: ProgressSink, scratch: Path):
        context = get_context("spawn")
        self._sink = sink
        self._queue: Queue[tuple[str, float, float]] = context.Queue()
        self._pool = ProcessPoolExecutor(
            n_workers,
            mp_context=context,
            initializer=_begin_worker,
            initargs=(self._queue, str(scratch)),
        )
        self._pending: dict[Future[None], Callable[[], None]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            # What Python 3.14 has as ProcessPoolExecutor.terminate_workers().
            for process in list(self._pool._processes.values()):
                process.terminate()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._queue.close()
        self._queue.cancel_join_thread()

    def submit(
        self,
        function: Callable[..., None],
        arguments: dict[str, Any],
        then: Callable[[], None],
        stage: str | None = None,
    ) -> None:
        """Run a step as soon as a worker is free, and ``then`` in the main process after it."""
        with interrupts_held_back():
            future = self._pool.submit(_run, function, arguments, stage)
        self._pending[future] = then

    def run(self) -> None:
        """Wait for all steps, also for those that others have submitted meanwhile.

        Raises:
            LammpsError: a worker process died.
            Exception: what a step raised.
        """
        while self._pending:
            done, _ = wait(self._pending, timeout=POLL, return_when=FIRST_COMPLETED)
            self._relay()
            for future in done:
                then = self._pending.pop(future)
                try:
                    future.result()
                except BrokenProcessPool as error:
                    raise LammpsError(
                        "a worker process died (killed, out of memory, or LAMMPS aborted it); "
                        "run the same command again to go on from what is finished"
                    ) from error
                then()
        self._relay()

    def _relay(self) -> None:
        """Hand progress on to the sink."""
        while True:
            try:
                self._sink(*self._queue.get_nowait())
            except queue.Empty:
                return


def _begin_worker(messages: Queue[tuple[str, float, float]], scratch: str) -> None:
    """Prepare a fresh worker process."""
    global _messages
    _messages = messages
    tempfile.tempdir = scratch
    # Several glasses run side by side, one thread each. SciPy brings a BLAS of its own.
    import scipy.linalg  # noqa: F401

    threadpool_limits(1)
    end_with_parent()


def _run(function: Callable[..., None], arguments: dict[str, Any], stage: str | None) -> None:
    """One step, in the worker."""
    if stage is None:
        function(**arguments)
        return
    messages = _messages
    assert messages is not None

    def progress(done: float, total: float) -> None:
        messages.put((stage, done, total))

    function(progress=progress, **arguments)
