"""LAMMPS text dumps in float64, read and written.

https://docs.lammps.org/dump.html describes the format. Array suffixes: n particle, c Cartesian.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lmpmeso.arrays import FloatArray
from lmpmeso.configurations import compression
from lmpmeso.configurations.configuration import Configuration, Trajectory, as_frames
from lmpmeso.configurations.cut_frames import CutFrameError, without_rubble
from lmpmeso.configurations.frame_texts import FrameText, frame_text, frame_texts
from lmpmeso.configurations.lammps_box import bounds, box_of_bounds, box_of_vectors
from lmpmeso.configurations.particle_table import (
    ROUNDED,
    SIZES,
    ParticleTable,
    has_few_digits,
    is_single,
    labels_in,
    parse_columns,
)
from lmpmeso.errors import ConfigurationError
from lmpmeso.files.atomic import replacing
from lmpmeso.files.words import begin_of, real, shown, whole

START = b"ITEM: TIMESTEP"
"""How each frame of a text dump begins."""
_ATOMS = b"ITEM: ATOMS"
_STEP_WITHIN = 200
"""Bytes of a frame in which its step is."""
_TIME = re.compile(rb"ITEM: TIME\r?\n\s*(\S+)\s*\Z")
_OTHERS = {"NUMBER OF ENTRIES": "bonds or other entries", "GRID SIZE": "a grid"}
"""What a dump without particles holds, by an item of its header."""

_LOOKED_AT = 4096
"""Characters in which `has_few_digits` sees all that it looks at."""
_USED = {
    *("id", "type"),
    *(a + style for a in "xyz" for style in ("", "s", "u", "su")),
    *(f"i{a}" for a in "xyz"),
    *(f"v{a}" for a in "xyz"),
    *SIZES,
}


def dump_frames(path: str | Path) -> Iterator[FrameText]:
    """The frames of a text dump from the first to the last, one in memory at a time.

    Raises:
        ConfigurationError: there is none, or the compressed file is damaged.
    """
    return frame_texts(path, START)


def dump_frame(path: str | Path, index: int) -> FrameText:
    """Frame ``index`` of a text dump; negative ones count from the end.

    Raises:
        ConfigurationError: there is no such frame, or the compressed file is damaged.
    """
    return frame_text(path, index, START)


def dump_step(frame: FrameText) -> int:
    """The time step of a frame.

    Raises:
        ConfigurationError: there is no whole number.
        CutFrameError: the frame ends before.
    """
    if frame.text.count(b"\n", 0, _STEP_WITHIN) < 2:
        raise _cut_in_header(frame, None)
    lines = frame.text[:_STEP_WITHIN].splitlines()[1:2]
    return _integer(
        {"TIMESTEP": [b"".join(lines).decode(errors="replace")]}, "TIMESTEP", frame.where
    )


def parse_dump_frame(frame: FrameText, *, with_velocities: bool = True) -> ParticleTable:
    """The particles of a frame, as the file gives them.

    Raises:
        CutFrameError: the frame is truncated.
        ConfigurationError: it is malformed, its box is triclinic or not periodic, or a number of a column
            that is used is not a finite number.
    """
    head_end = frame.text.find(_ATOMS)
    body_begin = frame.text.find(b"\n", head_end) + 1
    if head_end < 0 or body_begin == 0:
        raise _without_particles(frame)
    sections = _sections(frame.text[:head_end])
    step = _integer(sections, "TIMESTEP", frame.where)
    where = f"{frame.where} (step {step})"
    flags, *rows = sections.get("BOX BOUNDS", [""])
    time = _TIME.search(frame.lead)
    head = FrameHead(
        step=step,
        n=_integer(sections, "NUMBER OF ATOMS", where),
        bounds=[row.split() for row in rows],
        flags=flags.split(),
        names=frame.text[head_end + len(_ATOMS) : body_begin].decode(errors="replace").split(),
        time=time.group(1).decode(errors="replace") if time else None,
    )
    body_end = frame.text.find(b"ITEM:", body_begin)
    body = without_rubble(frame.text[body_begin : body_end if body_end >= 0 else None], START)
    if not body[-2:].strip():  # blank lines at the end, as editors leave them
        body = body.rstrip() + b"\n"
    n_head_lines = frame.text.count(b"\n", 0, body_begin)
    return head.table(
        body, where, lambda row: frame.first_line() + n_head_lines + row, with_velocities
    )


@dataclass(frozen=True)
class FrameHead:
    """What the header of a frame says, in the words of the file.

    ``bounds`` are the rows of the box, ``flags`` what stands beside ``BOX BOUNDS``, ``names`` the columns.
    """

    step: int
    n: int
    bounds: list[list[str]]
    flags: list[str]
    names: list[str]
    time: str | None

    def table(
        self, body: bytes, where: str, line_of_row: Callable[[int], int], with_velocities: bool
    ) -> ParticleTable:
        """The particles of this frame, a line of ``body`` each.

        Raises:
            ConfigurationError: as ``parse_dump_frame``.
        """
        names = self.names
        if self.n < 1:
            raise ConfigurationError(f"{where}: the frame holds no particles")
        general = self.flags[:2] == ["abc", "origin"]
        lower, lengths = (box_of_vectors if general else box_of_bounds)(self.bounds, where)
        _refuse_incomplete(body, self.n, where, line_of_row, self.step)
        told = begin_of(" ".join(names))
        used = [name for name in names if name in _USED]
        if not with_velocities:
            used = [name for name in used if name not in ("vx", "vy", "vz")]
        if len(set(names)) < len(names):
            raise ConfigurationError(f"{where}: a column name occurs twice: {told}")
        if not used:
            raise ConfigurationError(f"{where}: no column of use: {told}")
        return ParticleTable(
            where=where,
            columns=parse_columns(body, names, used, where, line_of_row),
            lower=lower,
            lengths=lengths,
            open_axes=self._open_axes(),
            line_of_row=line_of_row,
            step=self.step,
            time=self._time(where),
            few_digits=has_few_digits(body, names),
            labels=labels_in(body, names),
        )

    def _open_axes(self) -> str:
        """Axes that are not periodic; none when the dump, as old ones do, does not tell."""
        flags = [word for word in self.flags if word not in ("xy", "xz", "yz", "abc", "origin")]
        return "".join(axis for axis, flag in zip("xyz", flags, strict=False) if flag != "pp")

    def _time(self, where: str) -> float | None:
        if self.time is None:
            return None
        try:
            return real(self.time)
        except ValueError as error:
            raise ConfigurationError(f"{where}: the time {error}") from None


def _without_particles(frame: FrameText) -> ConfigurationError:
    """Why a frame has no particles: it holds something else, or it is cut."""
    sections = _sections(frame.text)
    for item, content in _OTHERS.items():
        if item in sections:
            return ConfigurationError(
                f"{frame.where}, line {frame.first_line()}: a dump of {content}, not of particles; dump atoms: "
                "dump … custom … id type x y z"
            )
    return _cut_in_header(frame, dump_step(frame))


def _cut_in_header(frame: FrameText, step: int | None) -> CutFrameError:
    told = "" if step is None else f" (step {step})"
    return CutFrameError(
        f"{frame.where}{told}, line {frame.first_line()}: truncated: the frame ends in its header",
        step,
    )


def _sections(header: bytes) -> dict[str, list[str]]:
    """Lines under each ``ITEM:`` of the header."""
    sections: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in header.decode(errors="replace").splitlines():
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
        return whole(lines[0])
    except (IndexError, ValueError):
        raise ConfigurationError(
            f"{where}: ITEM: {item} must be followed by a whole number, got "
            f"{shown(lines[0]) if lines else 'nothing'}"
        ) from None


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
    configurations: Configuration | Trajectory | Sequence[Configuration],
    per_particle: Mapping[str, ArrayLike] | None = None,
) -> None:
    """Write a LAMMPS text dump that gives back every number exactly, in as few digits as that takes.

    Columns: id, type, positions (``x y z ix iy iz``; ``xu yu zu`` where all image flags are 0;
    ``x y z`` where there are none), velocities and diameters if there are, then the columns given. In 2D z is 0. Positions
    that are rounded have a column ``rounded`` where their digits do not tell it. A name that ends in ``.gz`` or ``.zst`` compresses the file; it appears only when complete.

    Args:
        path: the file.
        configurations: one frame, several, or a trajectory; a frame without a time step gets 0.
        per_particle: further columns by name, each of shape (N,), or (T, N) for T frames.

    Raises:
        ConfigurationError: a column has another shape, or a name that a dump cannot hold.
    """
    frames = as_frames(configurations)
    extra = _extra_columns(frames, per_particle or {})
    with replacing(path) as temporary, compression.writing(temporary) as stream:
        for k, frame in enumerate(frames):
            stream.write(_frame_text(frame, {name: a[k] for name, a in extra.items()}).encode())


def _extra_columns(
    frames: Sequence[Configuration], per_particle: Mapping[str, ArrayLike]
) -> dict[str, FloatArray]:
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
        if name in _USED or name == ROUNDED or len(name.split()) != 1:
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
            columns.append(np.asarray(values_nc)[:, c] if c < d else np.zeros(n, dtype=int))

    unwrapped = frame.images_nc is not None and not frame.images_nc.any()
    add(["xu", "yu", "zu"] if unwrapped else ["x", "y", "z"], frame.positions_nc, "%r")
    if frame.images_nc is not None and not unwrapped:
        add(["ix", "iy", "iz"], frame.images_nc, "%d")
    if frame.velocities_nc is not None:
        add(["vx", "vy", "vz"], frame.velocities_nc, "%r")
    if frame.diameters is not None:
        add(["diameter"], frame.diameters[:, np.newaxis], "%r")
    for name, values in extra.items():
        add([name], values[:, np.newaxis], "%r")
    row = " ".join(formats) + "\n"
    in_rows = zip(*(column.tolist() for column in columns), strict=True)
    rows = (row * n) % tuple(chain.from_iterable(in_rows))
    if frame.single_precision and not (
        has_few_digits(rows[:_LOOKED_AT].encode(), names) or is_single(frame.positions_nc)
    ):
        return _frame_text(frame, {**extra, ROUNDED: np.ones(n, dtype=int)})
    header = [
        "ITEM: TIMESTEP",
        str(frame.step or 0),
        "ITEM: NUMBER OF ATOMS",
        str(n),
        "ITEM: BOX BOUNDS pp pp pp",
        *map(" ".join, bounds(frame)),
        f"ITEM: ATOMS {' '.join(names)}",
    ]
    return "\n".join(header) + "\n" + rows
