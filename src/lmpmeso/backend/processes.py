"""Many calls of one function over processes of their own, which are spawned and end with this one.

Spawned, not forked: a fork would copy the state of BLAS threads, of CUDA and of LAMMPS. A script that
comes here needs the usual ``if __name__ == "__main__":``. Ctrl-C is for this process alone, which
then ends the others; when it dies, however it does, they end themselves.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from multiprocessing import get_context, parent_process
from typing import Any, ParamSpec, TypeVar

from threadpoolctl import threadpool_limits

from lmpmeso.errors import ProcessError, ProtocolError
from lmpmeso.files.interrupts import interrupts_held_back

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

JOBS_AHEAD = 2
"""Jobs that wait, or whose results wait, for each process."""


def run_in_processes(
    function: Callable[..., Result],
    jobs: Iterable[tuple[Any, ...]],
    processes: int = 1,
    *,
    in_order: bool = False,
) -> Iterator[tuple[int, Result]]:
    """Number and result of ``function(*job)`` for many jobs, which are taken only as they are needed.

    Each process has one BLAS thread; with one process the calls are made in this one. Function, jobs and
    results must be picklable. Results come as they are ready, or ``in_order`` of the jobs.

    Raises:
        ProtocolError: fewer than one process.
        ProcessError: a process died.
    """
    if processes < 1:
        raise ProtocolError(f"processes must be at least 1, got {processes}")
    waiting = enumerate(jobs)
    if processes == 1 or (isinstance(jobs, Sequence) and len(jobs) < 2):
        yield from ((number, function(*job)) for number, job in waiting)
        return
    pending: dict[Future[Result], int] = {}
    with process_pool(processes, _one_blas_thread) as pool:
        room = JOBS_AHEAD * processes
        while True:
            for number, job in islice(waiting, room - len(pending)):
                pending[submit(pool, function, *job)] = number
            if not pending:
                return
            awaited = list(pending)[:1] if in_order else list(pending)
            done, _ = wait(awaited, return_when=FIRST_COMPLETED)
            ready = [(pending.pop(future), future.result()) for future in done]
            yield from ready


@contextmanager
def process_pool(
    processes: int, prepare: Callable[..., None], *arguments: Any
) -> Iterator[ProcessPoolExecutor]:
    """Processes that end with the block, at once if it is left by an exception.

    Each calls ``prepare(*arguments)`` before its first job; the arguments must be picklable.

    Raises:
        ProcessError: a process died.
    """
    pool = ProcessPoolExecutor(
        processes,
        mp_context=get_context("spawn"),
        initializer=_begin,
        initargs=(prepare, arguments),
    )
    try:
        yield pool
    except BrokenProcessPool as error:
        raise ProcessError(
            "a worker process died (killed, out of memory, or a library aborted it): run the same again "
            "to go on from what is finished"
        ) from error
    except BaseException:
        # What Python 3.14 has as ProcessPoolExecutor.terminate_workers().
        for process in list(pool._processes.values()):
            process.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def submit(
    pool: ProcessPoolExecutor,
    function: Callable[Parameters, Result],
    *arguments: Parameters.args,
    **options: Parameters.kwargs,
) -> Future[Result]:
    """Hand in a call; a process that is started for it never sees a Ctrl-C."""
    with interrupts_held_back():
        return pool.submit(function, *arguments, **options)


def end_with_parent() -> None:
    """End this process as soon as the one that started it is gone, however it went."""
    threading.Thread(target=_wait_for_parent, daemon=True).start()


def _begin(prepare: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    """Prepare a fresh process."""
    end_with_parent()
    prepare(*arguments)


def _one_blas_thread() -> None:
    # SciPy brings a BLAS of its own, which must be there to be limited.
    import scipy.linalg  # noqa: F401

    threadpool_limits(1)


def _wait_for_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
