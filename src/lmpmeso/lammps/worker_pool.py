"""Many calls of one function over worker processes, one LAMMPS and one BLAS thread each."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from typing import Any, TypeVar

from threadpoolctl import threadpool_limits

from lmpmeso.errors import LammpsError, ProtocolError

Result = TypeVar("Result")


def run_in_workers(
    function: Callable[..., Result], jobs: Sequence[tuple[Any, ...]], processes: int = 1
) -> Iterator[tuple[int, Result]]:
    """``function(*job)`` for many jobs; results come as they are ready.

    The processes are spawned: a script must call this under ``if __name__ == "__main__":``. When
    the caller stops or dies, however it does, they end.

    Args:
        function: a function of a module; arguments and results must be picklable.
        jobs: its arguments, call by call.
        processes: number of worker processes; 1 calls it in this process.

    Yields:
        Number of the job and its result.

    Raises:
        ProtocolError: fewer than one process.
        LammpsError: a worker process died.
    """
    if processes < 1:
        raise ProtocolError(f"processes must be at least 1, got {processes}")
    if processes == 1 or len(jobs) < 2:
        for number, job in enumerate(jobs):
            yield number, function(*job)
        return
    pool = ProcessPoolExecutor(
        min(processes, len(jobs)), mp_context=get_context("spawn"), initializer=_begin_worker
    )
    try:
        pending = {pool.submit(function, *job): number for number, job in enumerate(jobs)}
        while pending:
            done, _ = wait(pending, return_when=FIRST_COMPLETED)
            for future in done:
                yield pending.pop(future), future.result()
    except BrokenProcessPool as error:
        raise LammpsError(
            "a worker process died (killed, out of memory, or LAMMPS aborted it): run the same again "
            "to go on from what is finished"
        ) from error
    except BaseException:
        # What Python 3.14 has as ProcessPoolExecutor.terminate_workers().
        for process in list(pool._processes.values()):
            process.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def end_with_parent() -> None:
    """End this process as soon as the one that started it is gone, however it went."""
    threading.Thread(target=_wait_for_parent, daemon=True).start()


def _begin_worker() -> None:
    """Prepare a fresh worker process."""
    # SciPy brings a BLAS of its own, which must be there to be limited.
    import scipy.linalg  # noqa: F401

    threadpool_limits(1)
    end_with_parent()


def _wait_for_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
