"""The frames of a text file as their bytes: from the first on, or one found from either end of the file."""

from __future__ import annotations

import mmap
import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lmpmeso.configurations import compression
from lmpmeso.configurations.limits import LONGEST_LINE, refuse_more_than_fits
from lmpmeso.errors import ConfigurationError

_CHUNK = 1 << 20
# ITEM: UNITS and ITEM: TIME stand before the ITEM: TIMESTEP of their frame.
_LEAD = 200
_COUNT = re.compile(rb"(?:ITEM: NUMBER OF ATOMS\s+|natoms: +)([0-9]{1,18})\s")
_MOST_BYTES = 2**14
"""Of the text of one particle, whatever columns it has."""


@dataclass(frozen=True)
class FrameText:
    """The text of one frame, up to the begin of the next, and the ``lead`` just before it.

    ``where`` names file and frame in messages; ``first_line`` counts, only when asked, the line of the
    file where the text begins; ``cut`` says why the compressed file ends with this frame, if it ends early.
    """

    where: str
    text: bytes
    lead: bytes
    first_line: Callable[[], int]
    cut: str = ""


def frame_texts(path: str | Path, start: bytes) -> Iterator[FrameText]:
    """The frames of a dump from the first to the last, one in memory at a time; each begins with ``start``.

    Raises:
        ConfigurationError: there is none, or the compressed file is damaged.
    """
    number = 0
    with compression.reading(path) as stream:
        available = compression.Available(stream)
        frames = _split(available.read, start, str(path))
        for number, (lead, text, line) in enumerate(frames, start=1):
            yield FrameText(
                f"{path}: frame {number - 1}", text, lead, partial(int, line), available.cut
            )
    if number == 0:
        raise _no_frame(path, start)


def _no_frame(path: str | Path, start: bytes) -> ConfigurationError:
    return ConfigurationError(f"{path}: not a LAMMPS dump: it has no line {start.decode()!r}")


def frame_text(path: str | Path, index: int, start: bytes) -> FrameText:
    """Frame ``index`` of a dump; negative ones count from the end, where a plain file is searched.

    Raises:
        ConfigurationError: there is no such frame, or the file is not a dump.
    """
    if compression.is_compressed(path):
        return _frame_of_stream(path, index, start)
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        begin = _find_frame(data, index, str(path), start)
        end = data.find(start, begin + len(start))
        end = end if end >= 0 else len(data)
        refuse_more_than_fits(end - begin, f"{path}: frame {index}")
        text = data[begin:end]
        lead = data[max(0, begin - _LEAD) : begin]
    return FrameText(f"{path}: frame {index}", text, lead, lambda: _line_at(path, begin))


def _split(
    read: Callable[[int], bytes], start: bytes, path: str
) -> Iterator[tuple[bytes, bytes, int]]:
    """(text before, text of the frame, its first line) for each frame of a stream."""
    gathered = _Gathered(path)
    buffer = gathered.buffer
    lead, line, begun, searched = b"", 1, False, 0
    while True:
        found = buffer.find(start, searched)
        if found < 0:
            chunk = read(_CHUNK)
            if not chunk:
                break
            searched = max(len(start) if begun else 0, len(buffer) - len(start))
            gathered.add(chunk)
            continue
        text = bytes(buffer[:found])
        if begun:
            yield lead, text, line
        begun, lead, searched = True, text[-_LEAD:], len(start)
        line += text.count(b"\n")
        del buffer[:found]
    if begun:
        yield lead, bytes(buffer), line


class _Gathered:
    """The bytes of a frame as they come; what cannot be one is refused before it fills the memory."""

    def __init__(self, path: str):
        self.buffer = bytearray()
        self._path = path
        self._line_bytes = 0
        self._ended = False

    def add(self, chunk: bytes) -> None:
        """Take the next bytes of the file.

        Raises:
            ConfigurationError: a line or a frame is without end, or NULs stand between two frames.
            ResourceError: the memory does not hold the frame.
        """
        buffer = self.buffer
        if not chunk.strip(b"\0"):  # what a dying machine leaves at the end may be long
            self._ended = True
            return
        if self._ended:
            raise ConfigurationError(f"{self._path}: NULs before other text: damaged")
        last = chunk.rfind(b"\n")
        self._line_bytes = len(chunk) - last - 1 + (self._line_bytes if last < 0 else 0)
        if self._line_bytes > LONGEST_LINE:
            raise compression.endless_line(self._path)
        buffer += chunk
        if len(buffer) // _CHUNK == (len(buffer) - len(chunk)) // _CHUNK:
            return
        refuse_more_than_fits(len(buffer), f"{self._path}: a frame")
        count = _COUNT.search(buffer, 0, _CHUNK)
        if count and len(buffer) > _MOST_BYTES * int(count[1]) + 2 * _CHUNK:
            raise ConfigurationError(
                f"{self._path}: a frame has {len(buffer)} bytes and more, but says that it holds "
                f"{int(count[1])} particles"
            )


def _frame_of_stream(path: str | Path, index: int, start: bytes) -> FrameText:
    if index >= 0:
        found = None
        # Read to the end: only there is the checksum that tells damaged data.
        for number, frame in enumerate(frame_texts(path, start)):
            found = frame if number == index else found
        if found is None:
            raise ConfigurationError(f"{path}: no frame {index}: the dump has {number + 1}")
        return _whole(found, path)
    last: deque[FrameText] = deque(maxlen=-index)
    for frame in frame_texts(path, start):
        last.append(frame)
        refuse_more_than_fits(len(last) * len(frame.text), f"{path}: its last {len(last)} frames")
    if len(last) < -index:
        raise ConfigurationError(f"{path}: no frame {index}: the dump has {len(last)}")
    return _whole(last[0], path)


def _whole(frame: FrameText, path: str | Path) -> FrameText:
    """The frame, refused where the compressed file ends with it too early."""
    if frame.cut:
        raise ConfigurationError(compression.damaged(path, frame.cut))
    return frame


def _find_frame(data: mmap.mmap, index: int, path: str, start: bytes) -> int:
    """Offset of the frame's first byte."""
    offset, n_found = -1, 0
    forwards = index >= 0
    for n_found in range(index + 1 if forwards else -index):
        after, before = offset + 1, offset if n_found else len(data)
        offset = data.find(start, after) if forwards else data.rfind(start, 0, before)
        if offset < 0:
            break
    else:
        return offset
    if n_found == 0:
        raise _no_frame(path, start)
    raise ConfigurationError(f"{path}: no frame {index}: the dump has {n_found}")


def _line_at(path: str | Path, offset: int) -> int:
    with open(path, "rb") as file:
        return 1 + file.read(offset).count(b"\n")
