"""Extended XYZ with a lattice: written for OVITO and ASE, read in float64.

https://github.com/libAtoms/extxyz describes the format. Array suffixes: n particle, c Cartesian.
"""

from __future__ import annotations

import re
from collections import deque
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
from lmpmeso.configurations.cut_frames import CutFrameError
from lmpmeso.configurations.lammps_box import refuse_tilt
from lmpmeso.configurations.limits import refuse_more_than_fits
from lmpmeso.configurations.model_fit import check_fits_model
from lmpmeso.configurations.particle_table import (
    ROUNDED,
    ParticleTable,
    has_few_digits,
    is_single,
    labels_in,
    parse_columns,
)
from lmpmeso.errors import ConfigurationError
from lmpmeso.files.atomic import replacing
from lmpmeso.files.words import begin_of, real, shown, whole
from lmpmeso.models import GlassModel, get_model

_KEY = re.compile(
    r"""(?<!\S)("[^"]*"|[^\s="'\[\]{}]+)\s*=\s*"""  # the name
    r"""("(?:[^"\\]|\\.)*"|'[^']*'|\{[^}]*\}|\[(?:[^\[\]]|\[[^\[\]]*\])*\]|\S+)"""
)
"""A key of the comment line and its value: in quotes, braces or brackets, or a bare word."""
_BETWEEN = re.compile(r"[\s,\[\]{}\"']+")
"""What stands between the numbers of a value."""
_TRUE, _FALSE = ("t", "true", "1", "pp"), ("f", "false", "0")
_CHECKED_EACH = 10**5
"""Lines, between two looks at the memory."""
_LONGEST_COMMENT = 10**5
"""Bytes of the second line of a frame."""
_WIDEST = 10**4
"""Columns of a property."""
_LEAST_BYTES = 8
"""Of the line of a particle: a name and three numbers."""
_LOOKED_AT = 4096
"""Characters in which `has_few_digits` sees all that it looks at."""
# Property of the format → columns of a ParticleTable.
_COLUMNS = {
    "pos": ["x", "y", "z"],
    "positions": ["x", "y", "z"],
    "map_shift": ["ix", "iy", "iz"],
    "velo": ["vx", "vy", "vz"],
    "velocities": ["vx", "vy", "vz"],
    "vel": ["vx", "vy", "vz"],
    "id": ["id"],
    "species": ["species"],
    "type": ["type"],
    "radius": ["radius"],
    "diameter": ["diameter"],
}

ELEMENTS = frozenset(
    "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb "  # noqa: SIM905
    "Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au "
    "Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts "
    "Og".split()
)
"""Chemical symbols."""


def looks_like_extended_xyz(head: str) -> bool:
    """Whether the first lines are those of an XYZ file with a lattice."""
    lines = head.split("\n", 2)
    if len(lines) < 2 or re.search(r"\bLattice\"?\s*=", lines[1], re.IGNORECASE) is None:
        return False
    return lines[0].strip()[:1].isdigit() and len(lines[0].split()) == 1


def write_extxyz(
    path: str | Path,
    configurations: Configuration | Trajectory | Sequence[Configuration],
    model: GlassModel | str,
    per_particle: Mapping[str, ArrayLike] | None = None,
) -> None:
    """Write an extended XYZ file that gives back every number exactly, in as few digits as that takes.

    Properties: species (the model's names; ``type`` where they are no chemical symbols), pos, id, map_shift (image flags), velo and radius where there are,
    then the columns given; ``rounded=T`` where positions are and their digits do not tell. In 2D z is 0. The file appears only when complete; ``.gz`` and ``.zst``
    compress it.

    Args:
        path: the file.
        configurations: one frame, several, or a trajectory.
        model: gives the names of the species.
        per_particle: further columns by name, each of shape (N,), or (T, N) for T frames.

    Raises:
        ConfigurationError: no frame, one that is not of the model, or a column has another shape.
    """
    model = get_model(model)
    frames = as_frames(configurations)
    extra = {name: np.asarray(a, dtype=np.float64) for name, a in (per_particle or {}).items()}
    for name, array in extra.items():
        if len(frames) == 1 and array.ndim == 1:
            extra[name] = array = array[np.newaxis]
        if array.shape != (shape := (len(frames), frames[0].n_particles)):
            raise ConfigurationError(f"column {name!r} must have shape {shape}, got {array.shape}")
        if name in _COLUMNS or not name.isidentifier():
            raise ConfigurationError(f"{name!r} cannot be the name of a further column")
    with replacing(path) as temporary, compression.writing(temporary) as stream:
        for k, frame in enumerate(frames):
            text = _frame_text(frame, model, {name: array[k] for name, array in extra.items()})
            stream.write(text.encode())


def _frame_text(
    configuration: Configuration, model: GlassModel, extra: Mapping[str, FloatArray]
) -> str:
    """One frame."""
    check_fits_model(configuration, model, warn=False)
    d, n = configuration.dimension, configuration.n_particles
    names = np.array([species.name for species in model.species])
    # ASE takes what is called species for chemical symbols, and nothing else; OVITO takes both.
    properties = ["species:S:1" if ELEMENTS.issuperset(names) else "type:S:1"]
    formats = ["%s"]
    columns: list[list[Any]] = [names[configuration.species].tolist()]

    def add(name: str, kind: str, values_nc: NDArray[Any], width: int) -> None:
        properties.append(f"{name}:{kind}:{width}")
        formats.extend(["%d" if kind == "I" else "%r"] * width)
        columns.extend(values_nc.T.tolist())
        columns.extend([[0] * n] * (width - values_nc.shape[1]))

    add("pos", "R", configuration.positions_nc, 3)
    add("id", "I", configuration.ids[:, np.newaxis], 1)
    if configuration.images_nc is not None:
        add("map_shift", "I", configuration.images_nc, 3)
    if configuration.velocities_nc is not None:
        add("velo", "R", configuration.velocities_nc, 3)
    if configuration.diameters is not None:
        add("radius", "R", 0.5 * configuration.diameters[:, np.newaxis], 1)
    for name, values_n in extra.items():
        add(name, "R", values_n[:, np.newaxis], 1)

    edges = [*configuration.box_c.tolist(), *[1.0] * (3 - d)]
    origin = [*configuration.origin_c.tolist(), *[0.0] * (3 - d)]
    lattice = " ".join(map(repr, np.diag(edges).ravel().tolist()))
    step = f" step={configuration.step}" if configuration.step is not None else ""
    rows = (" ".join(formats) + "\n") * n % tuple(chain.from_iterable(zip(*columns, strict=True)))
    told = has_few_digits(rows[:_LOOKED_AT].encode(), ["species", "x", "y", "z", "id"])
    if configuration.single_precision and not (told or is_single(configuration.positions_nc)):
        step += f" {ROUNDED}=T"
    return (
        f'{n}\nLattice="{lattice}" Origin="{" ".join(map(repr, origin))}" pbc="T T T" '
        f"Properties={':'.join(properties)}{step}\n{rows}"
    )


@dataclass(frozen=True)
class XyzFrame:
    """The lines of one frame; ``where`` names file and frame, ``begin`` counts the lines before it.

    ``cut`` says why the compressed file ends with this frame, if it ends early.
    """

    where: str
    begin: int
    n: int
    lines: list[bytes]
    cut: str = ""


def extended_xyz_frames(path: str | Path) -> Iterator[XyzFrame]:
    """The frames of a file from the first to the last, one in memory at a time.

    Raises:
        ConfigurationError: a frame does not begin with a number of particles, or a compressed file is damaged.
    """
    return _frames(path, lambda number: True)


def extended_xyz_frame(path: str | Path, index: int) -> XyzFrame:
    """Frame ``index`` of a file; negative ones count from the end.

    Raises:
        ConfigurationError: as ``extended_xyz_frames``, or there is no such frame.
    """
    n_frames = 0
    if index < 0:
        n_frames = sum(1 for _ in _frames(path, lambda number: False))
        wanted = index + n_frames
    else:
        wanted = index
    last: deque[XyzFrame] = deque(maxlen=1)
    for number, frame in enumerate(_frames(path, lambda number: number == wanted)):
        n_frames = number + 1
        if number == wanted:
            last.append(frame)
    if not last:
        raise ConfigurationError(f"{path}: no frame {index}: the file has {n_frames}")
    found = last[0]
    return XyzFrame(f"{path}: frame {index}", found.begin, found.n, found.lines)


def _frames(path: str | Path, is_wanted: Callable[[int], bool]) -> Iterator[XyzFrame]:
    """All frames; those that are not wanted without their lines."""
    passed = number = 0
    with compression.reading(path) as stream:
        lines = compression.lines_of(stream, path)
        for first in lines:
            if not first.strip():
                passed += 1
                continue
            n = _particles(first, f"{path}, line {passed + 1}")
            kept, size, gathered = is_wanted(number), 0, [first]
            count = 0
            for line in lines:
                count += 1
                if kept:
                    gathered.append(line)
                    size += len(line)
                    if not count % _CHECKED_EACH:
                        refuse_more_than_fits(size, f"{path}: frame {number}")
                if count == n + 1:
                    break
            yield XyzFrame(f"{path}: frame {number}", passed, n, gathered)
            passed += 1 + count
            number += 1
    if number == 0:
        raise ConfigurationError(f"{path}: there is no frame in it")


def _particles(line: bytes, where: str) -> int:
    """The number of particles that the first line of a frame says."""
    word = line.removeprefix(compression.BYTE_ORDER_MARK).decode(errors="replace").strip()
    try:
        n = whole(word)
    except ValueError:
        n = 0
    if n < 1:
        raise ConfigurationError(f"{where}: expected a number of particles, got {shown(word)}")
    refuse_more_than_fits(_LEAST_BYTES * n, where)
    return n


def parse_extended_xyz(frame: XyzFrame, *, with_velocities: bool = True) -> ParticleTable:
    """The particles of a frame, as the file gives them.

    Raises:
        CutFrameError: the frame is truncated.
        ConfigurationError: it is malformed, or its lattice triclinic.
    """
    n, lines, where = frame.n, frame.lines, frame.where
    head = f"{where}, line {frame.begin + 2}"
    keys = _keys(frame)
    step = xyz_step(frame)
    lower, lengths = _lattice(keys, head)
    names = _column_names(keys, head)

    def line_of_row(row: int) -> int:
        return frame.begin + 3 + row

    body = b"".join(lines[2:])
    if len(lines) < n + 2 or not body.endswith(b"\n"):
        raise CutFrameError(
            f"{where}, line {frame.begin + len(lines)}: truncated: {n} particles expected", step
        )
    known = set(chain.from_iterable(_COLUMNS.values())) - {"species"}
    if not with_velocities:
        known -= {"vx", "vy", "vz"}
    columns = parse_columns(
        body, names, [name for name in names if name in known], where, line_of_row
    )
    if "type" not in names and "species" not in names:
        raise ConfigurationError(
            f"{head}: Properties need species or type; found {begin_of(', '.join(names))}"
        )
    columns.setdefault("id", np.arange(1.0, n + 1.0))
    return ParticleTable(
        where=where,
        columns=columns,
        lower=lower,
        lengths=lengths,
        line_of_row=line_of_row,
        open_axes=_open_axes(keys, head),
        step=step,
        time=_number(keys, ("time",), real, head),
        few_digits=has_few_digits(body, names) or ROUNDED in keys,
        labels=labels_in(body, names),
    )


def _keys(frame: XyzFrame) -> dict[str, str]:
    """What the comment line says, by names in small letters."""
    if len(frame.lines) < 2 or not frame.lines[1].endswith(b"\n"):
        raise CutFrameError(
            f"{frame.where}, line {frame.begin + 2}: truncated: the frame ends in its header", None
        )
    if len(frame.lines[1]) > _LONGEST_COMMENT:
        raise ConfigurationError(
            f"{frame.where}, line {frame.begin + 2}: a comment of {len(frame.lines[1])} bytes: damaged"
        )
    comment = frame.lines[1].decode(errors="replace")
    return {key.strip('"').lower(): value.strip("\"'") for key, value in _KEY.findall(comment)}


def xyz_step(frame: XyzFrame) -> int | None:
    """The time step of a frame; None where it does not tell.

    Raises:
        ConfigurationError: it is no whole number.
        CutFrameError: the frame ends before.
    """
    head = f"{frame.where}, line {frame.begin + 2}"
    step: int | None = _number(_keys(frame), ("step", "timestep"), whole, head)
    return step


def _number(
    keys: Mapping[str, str], names: Sequence[str], read: Callable[[str], Any], where: str
) -> Any:
    """A number that the comment line says under one of some names; None where it does not."""
    for name in names:
        if name in keys:
            try:
                return read(keys[name])
            except ValueError as error:
                raise ConfigurationError(f"{where}: {name}: {error}") from None
    return None


def _numbers(text: str) -> FloatArray:
    return np.array([real(word) for word in _BETWEEN.split(text) if word])


def _lattice(keys: Mapping[str, str], where: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Lower corner and edge lengths [length]."""
    try:
        lattice = _numbers(keys["lattice"]).reshape(3, 3)
        lower = _numbers(keys.get("origin", "0 0 0")).reshape(3)
    except (KeyError, ValueError):
        raise ConfigurationError(
            f'{where}: needs Lattice="…" of nine numbers and an Origin of three, if any'
        ) from None
    lengths = np.diag(lattice)
    refuse_tilt(lattice - np.diag(lengths), lengths, where)
    return tuple(lower.tolist()), tuple(lengths.tolist())


def _open_axes(keys: Mapping[str, str], where: str) -> str:
    """The axes that are not periodic."""
    flags = [word.lower() for word in _BETWEEN.split(keys.get("pbc", "T T T")) if word]
    if len(flags) == 1:
        flags *= 3
    if len(flags) != 3 or not {*flags} <= {*_TRUE, *_FALSE}:
        raise ConfigurationError(f"{where}: pbc must be three of T and F, got {shown(keys['pbc'])}")
    return "".join(axis for axis, flag in zip("xyz", flags, strict=True) if flag in _FALSE)


def _column_names(keys: Mapping[str, str], where: str) -> list[str]:
    """The columns under the names of a ParticleTable; types that are names count before species, which may be X."""
    words = keys.get("properties", "species:S:1:pos:R:3").split(":")
    named_types = any(words[k : k + 3] == ["type", "S", "1"] for k in range(0, len(words), 3))
    own_columns = _COLUMNS | ({"type": ["species"], "species": []} if named_types else {})
    names: list[str] = []
    try:
        for name, width in zip(words[::3], map(whole, words[2::3]), strict=True):
            if not 0 < width <= _WIDEST:
                raise ValueError(f"{width} columns")
            own = own_columns.get(name, [])
            names += own if len(own) == width else [f"{name}_{k}" for k in range(width)]
    except ValueError:
        raise ConfigurationError(
            f"{where}: cannot read Properties={shown(':'.join(words), 100)}"
        ) from None
    if len({*names}) < len(names):
        raise ConfigurationError(
            f"{where}: Properties name a column twice: {begin_of(' '.join(names))}"
        )
    return names
