"""LAMMPS text dumps in float64: finding frames, reading and writing them.

https://docs.lammps.org/dump.html describes the format. Array suffixes: n particle, c Cartesian.
"""

from __future__ import annotations

import mmap
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lmpmeso.arrays import FloatArray
from lmpmeso.configurations import compression
from lmpmeso.configurations.configuration import Configuration
from lmpmeso.configurations.lammps_box import bounds, edge_length
from lmpmeso.configurations.particle_table import ParticleTable, has_few_digits, parse_columns
from lmpmeso.errors import ConfigurationError
from lmpmeso.files.atomic import replacing

_START = b"ITEM: TIMESTEP"
_ATOMS = b"ITEM: ATOMS"
_CHUNK = 1 << 20
# ITEM: UNITS and ITEM: TIME stand before the ITEM: TIMESTEP of their frame.
_LEAD = 200
_TIME = re.compile(rb"ITEM: TIME\r?\n\s*(\S+)\s*\Z")

_USED = {
    *("id", "type"),
    *(a + style for a in "xyz" for style in ("", "s", "u", "su")),
    *(f"i{a}" for a in "xyz"),
    *(f"v{a}" for a in "xyz"),
}


class CutFrameError(ConfigurationError):
    """A frame ends before its last number: its writer was killed, or still writes.

    Attributes:
        step: time step of the frame, or None where it ends before that.
    """

    def __init__(self, message: str, step: int | None):
        super().__init__(message)
        self.step = step


@dataclass(frozen=True)
class DumpFrame:
    """The text of one frame, up to the next ``ITEM: TIMESTEP``, and the ``lead`` just before it.

    ``where`` names file and frame in messages; ``first_line`` counts, only when asked, the line of the
    file where the text begins; ``cut`` says why the compressed file ends with this frame, if it ends early.
    """

    where: str
    text: bytes
    lead: bytes
    first_line: Callable[[], int]
    cut: str = ""

    def step(self) -> int:
        """The time step.

        Raises:
            ConfigurationError: there is no whole number.
            CutFrameError: the frame ends before.
        """
        if self.text.count(b"\n", 0, _LEAD) < 2:
            raise _cut_in_header(self, None)
        lines = self.text[:_LEAD].splitlines()[1:2]
        return _integer(
            {"TIMESTEP": [b"".join(lines).decode(errors="replace")]}, "TIMESTEP", self.where
        )


def dump_frames(path: str | Path) -> Iterator[DumpFrame]:
    """The frames of a dump from the first to the last, one in memory at a time.

    Raises:
        ConfigurationError: there is none, or the compressed file is damaged.
    """
    number = 0
    with compression.reading(path) as stream:
        available = compression.Available(stream)
        for number, (lead, text, line) in enumerate(_split(available.read), start=1):
            yield DumpFrame(
                f"{path}: frame {number - 1}", text, lead, partial(int, line), available.cut
            )
    if number == 0:
        raise ConfigurationError(f"{path}: not a LAMMPS text dump: it has no line 'ITEM: TIMESTEP'")


def dump_frame(path: str | Path, index: int) -> DumpFrame:
    """Frame ``index`` of a dump; negative ones count from the end, where a plain file is searched.

    Raises:
        ConfigurationError: there is no such frame, or the file is not a dump.
    """
    if compression.is_compressed(path):
        return _frame_of_stream(path, index)
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        begin = _find_frame(data, index, str(path))
        end = data.find(_START, begin + len(_START))
        text = data[begin:end] if end >= 0 else data[begin:]
        lead = data[max(0, begin - _LEAD) : begin]
    return DumpFrame(f"{path}: frame {index}", text, lead, lambda: _line_at(path, begin))


def _split(read: Callable[[int], bytes]) -> Iterator[tuple[bytes, bytes, int]]:
    """(text before, text of the frame, its first line) for each frame of a stream."""
    buffer = bytearray()
    lead, line, begun, searched = b"", 1, False, 0
    while True:
        found = buffer.find(_START, searched)
        if found < 0:
            chunk = read(_CHUNK)
            if not chunk:
                break
            searched = max(len(_START) if begun else 0, len(buffer) - len(_START))
            buffer += chunk
            continue
        text = bytes(buffer[:found])
        if begun:
            yield lead, text, line
        begun, lead, searched = True, text[-_LEAD:], len(_START)
        line += text.count(b"\n")
        del buffer[:found]
    if begun:
        yield lead, bytes(buffer), line


def _frame_of_stream(path: str | Path, index: int) -> DumpFrame:
    if index >= 0:
        for number, frame in enumerate(dump_frames(path)):
            if number == index:
                return _whole(frame, path)
        raise ConfigurationError(f"{path}: no frame {index}: the dump has {number + 1}")
    last = deque(dump_frames(path), maxlen=-index)
    if len(last) < -index:
        raise ConfigurationError(f"{path}: no frame {index}: the dump has {len(last)}")
    return _whole(last[0], path)


def _whole(frame: DumpFrame, path: str | Path) -> DumpFrame:
    """The frame, refused where the compressed file ends with it too early."""
    if frame.cut:
        raise ConfigurationError(compression.damaged(path, frame.cut))
    return frame


def _find_frame(data: mmap.mmap, index: int, path: str) -> int:
    """Offset of the frame's first byte."""
    offset, n_found = -1, 0
    forwards = index >= 0
    for n_found in range(index + 1 if forwards else -index):
        after, before = offset + 1, offset if n_found else len(data)
        offset = data.find(_START, after) if forwards else data.rfind(_START, 0, before)
        if offset < 0:
            break
    else:
        return offset
    if n_found == 0:
        raise ConfigurationError(f"{path}: not a LAMMPS text dump: it has no line 'ITEM: TIMESTEP'")
    raise ConfigurationError(f"{path}: no frame {index}: the dump has {n_found}")


def _line_at(path: str | Path, offset: int) -> int:
    with open(path, "rb") as file:
        return 1 + file.read(offset).count(b"\n")


def parse_dump_frame(frame: DumpFrame, *, with_velocities: bool = True) -> ParticleTable:
    """The particles of a frame, as the file gives them.

    Raises:
        CutFrameError: the frame is truncated.
        ConfigurationError: it is malformed, its box is triclinic or not periodic, or a number of a column
            that is used is not a finite number.
    """
    head_end = frame.text.find(_ATOMS)
    body_begin = frame.text.find(b"\n", head_end) + 1
    if head_end < 0 or body_begin == 0:
        raise _cut_in_header(frame, frame.step())
    head = _sections(frame)
    step = _integer(head, "TIMESTEP", frame.where)
    where = f"{frame.where} (step {step})"
    n = _integer(head, "NUMBER OF ATOMS", where)
    if n < 1:
        raise ConfigurationError(f"{where}: the frame holds no particles")
    lower, lengths = _box(head, where)

    names = frame.text[head_end + len(_ATOMS) : body_begin].decode(errors="replace").split()
    body_end = frame.text.find(b"ITEM:", body_begin)
    body = _without_rubble(frame.text[body_begin : body_end if body_end >= 0 else None])
    if not body[-2:].strip():  # blank lines at the end, as editors leave them
        body = body.rstrip() + b"\n"
    n_head_lines = frame.text.count(b"\n", 0, body_begin)

    def line_of_row(row: int) -> int:
        return frame.first_line() + n_head_lines + row

    _refuse_incomplete(body, n, where, line_of_row, step)
    used = [name for name in names if name in _USED]
    if not with_velocities:
        used = [name for name in used if name not in ("vx", "vy", "vz")]
    if len(set(names)) < len(names):
        raise ConfigurationError(f"{where}: a column name occurs twice: {' '.join(names)}")
    if not used:
        raise ConfigurationError(f"{where}: no column of use: {' '.join(names)}")
    time = _TIME.search(frame.lead)
    return ParticleTable(
        where=where,
        columns=parse_columns(body, names, used, where, line_of_row),
        lower=lower,
        lengths=lengths,
        open_axes=_open_axes(head),
        line_of_row=line_of_row,
        step=step,
        time=float(time.group(1)) if time else None,
        few_digits=has_few_digits(body, names),
    )


def _cut_in_header(frame: DumpFrame, step: int | None) -> CutFrameError:
    told = "" if step is None else f" (step {step})"
    return CutFrameError(
        f"{frame.where}{told}, line {frame.first_line()}: truncated: the frame ends in its header",
        step,
    )


def _without_rubble(body: bytes) -> bytes:
    """Lines of particles without what a dying machine leaves behind them: NULs, the begin of a header."""
    body = body.rstrip(b"\0")
    lines, newline, tail = body.rpartition(b"\n")
    return lines + newline if _START.startswith(tail) else body


def _sections(frame: DumpFrame) -> dict[str, list[str]]:
    """Lines under each ``ITEM:`` of the header."""
    sections: dict[str, list[str]] = {}
    for line in frame.text[: frame.text.find(_ATOMS)].decode(errors="replace").splitlines():
        if line.startswith("ITEM:"):
            name = line[5:].strip()
            lines = sections.setdefault("BOX BOUNDS" if name.startswith("BOX BOUNDS") else name, [])
            if name.startswith("BOX BOUNDS"):
                lines.append(name[len("BOX BOUNDS") :])
        else:
            lines.append(line)
    return sections


def _integer(head: Mapping[str, list[str]], item: str, where: str) -> int:
    lines = head.get(item, [])
    try:
        return int(lines[0])
    except (IndexError, ValueError):
        raise ConfigurationError(
            f"{where}: ITEM: {item} must be followed by a whole number, got {lines[:1]}"
        ) from None


def _box(head: Mapping[str, list[str]], where: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Lower corner and edge lengths [length], three of each."""
    flags, *rows = head.get("BOX BOUNDS", [""])
    words = flags.split()
    bounds = [row.split() for row in rows]
    if words[:1] == ["abc"]:
        raise ConfigurationError(f"{where}: general triclinic boxes (abc origin) are not supported")
    try:
        numbers = np.array(bounds, dtype=float)
        lower = tuple(float(b[0]) for b in bounds)
        lengths = tuple(edge_length(b[0], b[1]) for b in bounds)
    except (ValueError, ArithmeticError, IndexError):
        numbers, lower, lengths = np.empty(0), (), ()
    if numbers.shape not in ((3, 2), (3, 3)) or not np.isfinite(numbers).all():
        raise ConfigurationError(
            f"{where}: ITEM: BOX BOUNDS must be followed by three lines 'lower upper', got {rows}"
        )
    if numbers.shape == (3, 3) and numbers[:, 2].any():
        raise ConfigurationError(
            f"{where}: the box is triclinic (xy xz yz = {numbers[:, 2]}); only orthogonal boxes are "
            "supported"
        )
    return lower, lengths


def _open_axes(head: Mapping[str, list[str]]) -> str:
    """Axes that are not periodic; none when the dump, as old ones do, does not tell."""
    flags = [word for word in head["BOX BOUNDS"][0].split() if word not in ("xy", "xz", "yz")]
    return "".join(axis for axis, flag in zip("xyz", flags, strict=False) if flag != "pp")


def _refuse_incomplete(
    body: bytes, n: int, where: str, line_of_row: Callable[[int], int], step: int
) -> None:
    n_lines = body.count(b"\n")
    complete = body.endswith(b"\n") or not body
    if n_lines > n:
        raise ConfigurationError(
            f"{where}, line {line_of_row(n)}: more lines than the {n} particles of ITEM: NUMBER OF ATOMS"
        )
    if n_lines < n or not complete:
        hint = " and the last is not ended" if not complete else ""
        raise CutFrameError(
            f"{where}, line {line_of_row(n_lines)}: truncated: {n_lines} of {n} particles are "
            f"complete{hint}",
            step,
        )


def write_dump(
    path: str | Path,
    configurations: Configuration | Sequence[Configuration],
    per_particle: Mapping[str, ArrayLike] | None = None,
) -> None:
    """Write a LAMMPS text dump that gives back every number exactly (``%.17g``).

    Columns: id, type, positions (``x y z ix iy iz``; ``xu yu zu`` where all image flags are 0;
    ``x y z`` where there are none), velocities if there are, then the columns given. In 2D z is 0.
    A name that ends in ``.gz`` or ``.zst`` compresses the file; it appears only when complete.

    Args:
        path: the file.
        configurations: one frame or several; a frame without a time step gets 0.
        per_particle: further columns by name, each of shape (N,), or (T, N) for T frames.

    Raises:
        ConfigurationError: a column has another shape, or a name that a dump cannot hold.
    """
    frames = [configurations] if isinstance(configurations, Configuration) else [*configurations]
    extra = _extra_columns(frames, per_particle or {})
    with replacing(path) as temporary, compression.writing(temporary) as stream:
        for k, frame in enumerate(frames):
            stream.write(_frame_text(frame, {name: a[k] for name, a in extra.items()}).encode())


def _extra_columns(
    frames: Sequence[Configuration], per_particle: Mapping[str, ArrayLike]
) -> dict[str, FloatArray]:
    if not frames:
        raise ConfigurationError("there is no frame to write")
    n = frames[0].n_particles
    columns = {}
    for name, values in per_particle.items():
        array = np.asarray(values, dtype=np.float64)
        if len(frames) == 1 and array.shape == (n,):
            array = array[np.newaxis]
        if array.shape != (len(frames), n):
            raise ConfigurationError(
                f"column {name!r} must have shape {(len(frames), n)}, got {array.shape}"
            )
        if name in _USED or len(name.split()) != 1:
            raise ConfigurationError(f"{name!r} cannot be the name of a further column of a dump")
        columns[name] = array
    return columns


def _frame_text(frame: Configuration, extra: Mapping[str, FloatArray]) -> str:
    d, n = frame.dimension, frame.n_particles
    names, formats = ["id", "type"], ["%d", "%d"]
    columns: list[NDArray[Any]] = [frame.ids, frame.species + 1]

    def add(labels: Sequence[str], values_nc: ArrayLike, form: str) -> None:
        for c, label in enumerate(labels):
            names.append(label)
            formats.append(form)
            columns.append(np.asarray(values_nc)[:, c] if c < d else np.zeros(n))

    unwrapped = frame.images_nc is not None and not frame.images_nc.any()
    add(["xu", "yu", "zu"] if unwrapped else ["x", "y", "z"], frame.positions_nc, "%.17g")
    if frame.images_nc is not None and not unwrapped:
        add(["ix", "iy", "iz"], frame.images_nc, "%d")
    if frame.velocities_nc is not None:
        add(["vx", "vy", "vz"], frame.velocities_nc, "%.17g")
    for name, values in extra.items():
        add([name], values[:, np.newaxis], "%.17g")

    header = [
        "ITEM: TIMESTEP",
        str(frame.step or 0),
        "ITEM: NUMBER OF ATOMS",
        str(n),
        "ITEM: BOX BOUNDS pp pp pp",
        *map(" ".join, bounds(frame)),
        f"ITEM: ATOMS {' '.join(names)}",
    ]
    row = " ".join(formats) + "\n"
    in_rows = zip(*(column.tolist() for column in columns), strict=True)
    return "\n".join(header) + "\n" + (row * n) % tuple(chain.from_iterable(in_rows))
