"""Ctrl-C, and SIGTERM, only where they do no harm."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import resource_tracker
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

SOON = 1e-3
"""After which an interrupt that was swallowed is repeated [s]."""


@contextmanager
def interrupts_held_back() -> Iterator[None]:
    """Keep Ctrl-C from processes and threads that are started in the block.

    Ctrl-C reaches the whole process group. What is started in the block never sees it: the main
    process decides what to do about it.
    """
    # Python starts this helper with the first process that it spawns, and lets Ctrl-C in again as it does so.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def interrupt_handler_kept() -> Iterator[None]:
    """Undo what the block does to the handler of Ctrl-C; in the main thread only."""
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def interrupts_deferred() -> Iterator[Sequence[int]]:
    """Let a Ctrl-C or SIGTERM that arrives in the block take effect at its end.

    For what must not be left half done: a folder that is made but not yet known to whoever removes it.
    Unlike a mask of signals this also holds where other threads would take the signal. Outside the main
    thread, where signals never arrive, the block runs as it is.

    Yields:
        The signals that have arrived: a long block may look, and end early.
    """
    arrived: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield arrived
        return

    def note(number: int, _frame: FrameType | None) -> None:
        arrived.append(number)

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number, handler in before.items():
        if callable(handler):
            signal.signal(number, note)
    try:
        yield arrived
    finally:
        for number, handler in before.items():
            if callable(handler):
                signal.signal(number, handler)
        for first in arrived[:1]:
            signal.raise_signal(first)


class Terminated(KeyboardInterrupt):
    """SIGTERM: by ``kill``, a batch system, a shutdown."""


@contextmanager
def termination_interrupts() -> Iterator[None]:
    """Let SIGTERM end the block as Ctrl-C does, with everything tidied up, instead of at once.

    Outside the main thread, and where somebody else handles SIGTERM, the block runs as it is.

    Raises:
        Terminated: SIGTERM has arrived.
    """
    main_thread = threading.current_thread() is threading.main_thread()
    if not main_thread or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise Terminated

    signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


@contextmanager
def swallowed_interrupts_repeated() -> Iterator[None]:
    """Repeat a Ctrl-C or SIGTERM of which Python swallowed the exception.

    What a handler raises while a destructor runs, or the callback of a weak reference, or the end of
    an abandoned generator, has no caller to go to: Python reports it as ignored and goes on as if
    nobody had asked it to stop. In the block the signal comes once more, a moment later.

    Outside the main thread, and where somebody else uses SIGALRM, the block runs as it is.
    """
    main_thread = threading.current_thread() is threading.main_thread()
    if not main_thread or signal.getsignal(signal.SIGALRM) is not signal.SIG_DFL:
        yield
        return
    swallowed: list[int] = []
    report = sys.unraisablehook

    def note(unraisable: UnraisableHookArgs) -> None:
        if not isinstance(unraisable.exc_value, KeyboardInterrupt):
            report(unraisable)
            return
        terminated = isinstance(unraisable.exc_value, Terminated)
        swallowed.append(signal.SIGTERM if terminated else signal.SIGINT)
        signal.setitimer(signal.ITIMER_REAL, SOON)

    def repeat(_number: int, _frame: FrameType | None) -> None:
        if swallowed:
            signal.raise_signal(swallowed.pop())

    sys.unraisablehook = note
    signal.signal(signal.SIGALRM, repeat)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        sys.unraisablehook = report
    if swallowed:
        signal.raise_signal(swallowed.pop())
