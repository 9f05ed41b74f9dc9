"""Ctrl-C only where it does no harm."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def interrupts_held_back() -> Iterator[None]:
    """Keep Ctrl-C from processes and threads that are started in the block.

    Ctrl-C reaches the whole process group. What is started in the block never sees it: the main
    process decides what to do about it.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def interrupts_deferred() -> Iterator[None]:
    """Let a Ctrl-C that arrives in the block take effect at its end.

    For what must not be left half done: a folder that is made but not yet known to whoever removes it.
    Unlike a mask of signals this also holds where other threads would take the signal. Outside the main
    thread, where Ctrl-C never arrives, the block runs as it is.
    """
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or before is None:
        yield
        return
    arrived = False

    def note(_signal: int, _frame: FrameType | None) -> None:
        nonlocal arrived
        arrived = True

    signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if arrived:
            signal.raise_signal(signal.SIGINT)
