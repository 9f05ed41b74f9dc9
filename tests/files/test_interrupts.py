"""Signals that come at a bad moment."""

from __future__ import annotations

import os
import signal
import sys
import time

import pytest

from lmpmeso.files.interrupts import (
    Terminated,
    swallowed_interrupts_repeated,
    termination_interrupts,
)

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals")


class InterruptedAtItsEnd:
    """A signal arrives while its destructor runs."""

    def __init__(self, number: int):
        self.number = number

    def __del__(self) -> None:
        signal.raise_signal(self.number)


def abandoned_generator(number: int) -> None:
    """A signal arrives while a generator that nobody wants any more is closed."""

    def generator():
        try:
            yield
        finally:
            signal.raise_signal(number)

    next(generator())


@pytest.mark.parametrize("end_of_life", [InterruptedAtItsEnd, abandoned_generator])
@pytest.mark.parametrize(
    ("number", "exception"),
    [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, Terminated)],
)
def test_an_interrupt_within_a_destructor_is_not_lost(end_of_life, number, exception):
    def stopped_late():
        with termination_interrupts(), swallowed_interrupts_repeated():
            end_of_life(number)
            time.sleep(60)
            raise AssertionError("the interrupt was lost")

    before = sys.unraisablehook
    with pytest.raises(exception):
        stopped_late()
    assert sys.unraisablehook is before
    assert signal.getsignal(signal.SIGALRM) is signal.SIG_DFL


def test_an_interrupt_within_the_last_destructor_is_raised_at_the_end():
    with pytest.raises(KeyboardInterrupt), swallowed_interrupts_repeated():
        InterruptedAtItsEnd(signal.SIGINT)


def test_an_error_within_a_destructor_is_reported_as_ever(monkeypatch):
    class Faulty:
        def __del__(self) -> None:
            raise ValueError("in a destructor")

    reported = []
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: reported.append(unraisable))
    with swallowed_interrupts_repeated():
        Faulty()
    assert [str(unraisable.exc_value) for unraisable in reported] == ["in a destructor"]


def test_an_alarm_of_somebody_else_is_left_alone():
    def theirs(_number, _frame):
        pass

    signal.signal(signal.SIGALRM, theirs)
    try:
        with swallowed_interrupts_repeated():
            assert signal.getsignal(signal.SIGALRM) is theirs
    finally:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
