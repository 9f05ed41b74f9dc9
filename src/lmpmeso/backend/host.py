"""What this machine has for us: cores, memory, and threads of its BLAS."""

from __future__ import annotations

import os
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

_THREADS: ContextVar[int] = ContextVar("blas_threads", default=1)
"""BLAS threads of the enclosing :func:`blas_threads`."""


@contextmanager
def blas_threads(n_threads: int | None) -> Iterator[None]:
    """Hold every BLAS of this process to n_threads inside the block.

    NumPy and SciPy bring a BLAS each, and their threads get in each other's way on all but the largest
    fronts: without a number it is one thread, or that of an enclosing block.
    """
    threads = chosen_threads(n_threads)
    token = _THREADS.set(threads)
    _LIMITS.enter(threads)
    try:
        yield
    finally:
        _LIMITS.leave()
        _THREADS.reset(token)


class _Limits:
    """The limit that is in force: the least that a thread of the process asks for, as there is one for all of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: dict[int, list[int]] = {}
        self._first: Any = None
        self._now: int | None = None

    def enter(self, threads: int) -> None:
        """This thread wants so many."""
        with self._lock:
            self._asked.setdefault(threading.get_ident(), []).append(threads)
            self._apply()

    def leave(self) -> None:
        """This thread is as before."""
        with self._lock:
            stack = self._asked[threading.get_ident()]
            stack.pop()
            if not stack:
                del self._asked[threading.get_ident()]
            self._apply()

    def _apply(self) -> None:
        wanted = min((stack[-1] for stack in self._asked.values()), default=None)
        if wanted == self._now:
            return
        if wanted is None:
            self._first.restore_original_limits()
        else:
            limiter = _threadpools().limit(limits=wanted, user_api="blas")
            self._first = limiter if self._now is None else self._first
        self._now = wanted


_LIMITS = _Limits()


def chosen_threads(n_threads: int | None) -> int:
    """The number that is given; without one, that of the enclosing :func:`blas_threads`, or one.

    Raises:
        ValueError: it is no positive whole number.
    """
    if n_threads is None:
        return _THREADS.get()
    if n_threads != int(n_threads) or n_threads < 1:
        raise ValueError(f"threads must be a positive whole number, got {n_threads}")
    return int(n_threads)


@cache
def _threadpools() -> Any:
    """The BLAS libraries of this process; looked up once, because that takes milliseconds."""
    # SciPy brings a BLAS of its own, which must be there to be limited.
    import scipy.linalg  # noqa: F401
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def available_cores() -> int:
    """Cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def available_host_memory() -> int:
    """Free memory of the machine, or of the control group or the process (``ulimit -v``) if that is less [bytes]."""
    meminfo = Path("/proc/meminfo")
    if meminfo.is_file():
        fields = dict(line.split(":", 1) for line in meminfo.read_text().splitlines())
        free = int(fields["MemAvailable"].split()[0]) * 1024
    else:
        free = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    limit, used = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")
    if limit.is_file() and used.is_file() and (value := limit.read_text().strip()) != "max":
        free = min(free, int(value) - int(used.read_text()))
    allowed, _ = resource.getrlimit(resource.RLIMIT_AS)
    size = Path("/proc/self/statm")
    if allowed != resource.RLIM_INFINITY and size.is_file():
        taken = int(size.read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        free = min(free, allowed - taken)
    return max(free, 0)
