"""Frames that end before their last number, as a run leaves them that was killed or still writes."""

from __future__ import annotations

from lmpmeso.errors import ConfigurationError


class CutFrameError(ConfigurationError):
    """A frame ends before its last number: its writer was killed, or still writes.

    Attributes:
        step: time step of the frame, or None where it ends before that.
    """

    def __init__(self, message: str, step: int | None):
        super().__init__(message)
        self.step = step


def without_rubble(body: bytes, start: bytes) -> bytes:
    """Lines of particles without what a dying machine leaves behind them: NULs, the begin of a header."""
    body = body.rstrip(b"\0")
    lines, newline, tail = body.rpartition(b"\n")
    return lines + newline if start.startswith(tail) else body
