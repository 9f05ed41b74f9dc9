"""Which frames of a trajectory are taken: ``A:B[:STEP]`` by number, ``A:B`` by MD step."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np

from lmpmeso.arrays import IntArray
from lmpmeso.errors import ConfigurationError

Frames = slice | str | None
"""A slice, or its text ``A:B[:STEP]``; None: all frames."""
Steps = tuple[int | None, int | None] | str | None
"""First and last MD step, both included, or their text ``A:B``; None: all steps."""

_RANGE = re.compile(r"\s*([+-]?[0-9]{1,18})?\s*")


@dataclass(frozen=True)
class FrameChoice:
    """Frames of a slice whose MD step lies between two, both included; None where there is no bound.

    Attributes:
        begin: number of the first frame, from 0; negative counts from the end.
        end: number of the first frame that is not taken any more.
        every: take every so-manieth.
        first_step: least MD step.
        last_step: greatest MD step.
    """

    begin: int = 0
    end: int | None = None
    every: int = 1
    first_step: int | None = None
    last_step: int | None = None

    @classmethod
    def of(cls, frames: Frames, steps: Steps) -> FrameChoice:
        """What a caller asks for.

        Raises:
            ConfigurationError: it is no range, or one that goes backwards.
        """
        if isinstance(frames, str):
            frames = slice(*_numbers(frames, 3))
        chosen = slice(None) if frames is None else frames
        if not isinstance(chosen, slice):
            raise ConfigurationError(
                f"frames are a slice, or its text A:B[:STEP], got {frames!r}; a single one is slice(A, A + 1)"
            )
        every = 1 if chosen.step is None else chosen.step
        if every < 1:
            raise ConfigurationError(
                f"frames are taken forwards, every STEP-th with a STEP of 1 or more, got {every}"
            )
        first, last = _numbers(steps, 2) if isinstance(steps, str) else steps or (None, None)
        if first is not None and last is not None and last < first:
            raise ConfigurationError(f"the last MD step, {last}, is before the first, {first}")
        return cls(chosen.start or 0, chosen.stop, every, first, last)

    @property
    def counts_from_the_end(self) -> bool:
        """Whether the number of frames must be known first."""
        return self.begin < 0 or (self.end is not None and self.end < 0)

    @property
    def asks_for_steps(self) -> bool:
        """Whether MD steps decide."""
        return (self.first_step, self.last_step) != (None, None)

    def of_total(self, n_frames: int) -> FrameChoice:
        """The same, counted from the first of so many frames."""
        begin, end, _ = slice(self.begin, self.end).indices(n_frames)
        return replace(self, begin=begin, end=end)

    def takes_number(self, number: int) -> bool:
        """Whether the frame of this number, from 0, may be among them."""
        after = number - self.begin
        return after >= 0 and not self.is_past(number) and after % self.every == 0

    def is_past(self, number: int) -> bool:
        """Whether no frame from this number on is among them."""
        return self.end is not None and number >= self.end

    def takes_step(self, step: int) -> bool:
        """Whether frames of this MD step are among them."""
        after = self.first_step is None or step >= self.first_step
        return after and (self.last_step is None or step <= self.last_step)

    def indices(self, steps: IntArray) -> IntArray:
        """Numbers of the frames taken of those with these MD steps."""
        numbers = np.arange(len(steps))[self.begin : self.end : self.every]
        return numbers[[self.takes_step(int(step)) for step in steps[numbers]]]


def _numbers(text: str, at_most: int) -> tuple[int | None, ...]:
    """The numbers between colons; None where there is none."""
    found = [_RANGE.fullmatch(part) for part in text.split(":")]
    form = "A:B[:STEP]" if at_most == 3 else "A:B"
    if not 2 <= len(found) <= at_most or None in found:
        raise ConfigurationError(
            f"a range is written {form}, whole numbers that may be left out, e.g. 100: or :200, got {text!r}"
        )
    return tuple(int(match[1]) if match and match[1] else None for match in found)
