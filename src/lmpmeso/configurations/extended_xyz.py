"""Extended XYZ with a lattice: written for OVITO and ASE, read in float64.

https://github.com/libAtoms/extxyz describes the format. Array suffixes: n particle, c Cartesian.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lmpmeso.arrays import FloatArray
from lmpmeso.configurations import compression
from lmpmeso.configurations.configuration import Configuration
from lmpmeso.configurations.model_fit import check_fits_model
from lmpmeso.configurations.particle_table import (
    ParticleTable,
    has_few_digits,
    parse_columns,
    species_types,
)
from lmpmeso.errors import ConfigurationError
from lmpmeso.files.atomic import replacing
from lmpmeso.models import GlassModel

_KEY = re.compile(r'(\w+)=("[^"]*"|\S+)')
# Property of the format → columns of a ParticleTable.
_COLUMNS = {
    "pos": ["x", "y", "z"],
    "positions": ["x", "y", "z"],
    "map_shift": ["ix", "iy", "iz"],
    "velo": ["vx", "vy", "vz"],
    "velocities": ["vx", "vy", "vz"],
    "id": ["id"],
    "species": ["species"],
    "type": ["type"],
}


def looks_like_extended_xyz(head: str) -> bool:
    """Whether the first lines are those of an XYZ file with a lattice."""
    lines = head.splitlines()
    return len(lines) > 1 and lines[0].strip().isdigit() and "Lattice=" in lines[1]


def write_extxyz(
    path: str | Path,
    configurations: Configuration | Sequence[Configuration],
    model: GlassModel,
    per_particle: Mapping[str, ArrayLike] | None = None,
) -> None:
    """Write an extended XYZ file that gives back every number exactly; OVITO opens it.

    Properties: species (the model's names), pos, id, map_shift (image flags) and velo where there are,
    then the columns given. In 2D z is 0. The file appears only when complete; ``.gz`` and ``.zst``
    compress it.

    Args:
        path: the file.
        configurations: one frame or several.
        model: gives the names of the species.
        per_particle: further columns by name, each of shape (N,), or (T, N) for T frames.

    Raises:
        ConfigurationError: no frame, one that is not of the model, or a column has another shape.
    """
    frames = [configurations] if isinstance(configurations, Configuration) else [*configurations]
    if not frames:
        raise ConfigurationError("there is no frame to write")
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
    properties = ["species:S:1"]
    formats = ["%s"]
    columns: list[list[Any]] = [names[configuration.species].tolist()]

    def add(name: str, kind: str, values_nc: NDArray[Any], width: int) -> None:
        properties.append(f"{name}:{kind}:{width}")
        formats.extend(["%d" if kind == "I" else "%.17g"] * width)
        columns.extend(values_nc.T.tolist())
        columns.extend([[0] * n] * (width - values_nc.shape[1]))

    add("pos", "R", configuration.positions_nc, 3)
    add("id", "I", configuration.ids[:, np.newaxis], 1)
    if configuration.images_nc is not None:
        add("map_shift", "I", configuration.images_nc, 3)
    if configuration.velocities_nc is not None:
        add("velo", "R", configuration.velocities_nc, 3)
    for name, values_n in extra.items():
        add(name, "R", values_n[:, np.newaxis], 1)

    edges = [*configuration.box_c.tolist(), *[1.0] * (3 - d)]
    origin = [*configuration.origin_c.tolist(), *[0.0] * (3 - d)]
    lattice = " ".join(map(repr, np.diag(edges).ravel().tolist()))
    step = f" step={configuration.step}" if configuration.step is not None else ""
    head = (
        f'{n}\nLattice="{lattice}" Origin="{" ".join(map(repr, origin))}" pbc="T T T" '
        f"Properties={':'.join(properties)}{step}\n"
    )
    rows = (" ".join(formats) + "\n") * n
    return head + rows % tuple(chain.from_iterable(zip(*columns, strict=True)))


def parse_extended_xyz(path: str | Path, index: int, model: GlassModel) -> ParticleTable:
    """The particles of frame ``index``.

    Raises:
        ConfigurationError: the frame is missing, truncated or malformed, or its lattice triclinic.
    """
    with compression.reading(path) as stream:
        starts = _frame_lines(stream, path)
        if not -len(starts) <= index < len(starts):
            raise ConfigurationError(f"{path}: no frame {index}: the file has {len(starts)}")
        begin, n = starts[index]
    with compression.reading(path) as stream:
        lines = list(islice(stream, begin, begin + n + 2))
    where = f"{path}: frame {index}"
    comment = lines[1].decode(errors="replace")
    keys = {key: value.strip('"') for key, value in _KEY.findall(comment)}
    lower, lengths, open_axes = _lattice(keys, f"{where}, line {begin + 2}")
    names = _column_names(keys, f"{where}, line {begin + 2}")

    def line_of_row(row: int) -> int:
        return begin + 3 + row

    body = b"".join(lines[2:])
    if len(lines) < n + 2 or not body.endswith(b"\n"):
        raise ConfigurationError(
            f"{where}, line {begin + len(lines)}: truncated: {n} particles expected"
        )
    known = set(chain.from_iterable(_COLUMNS.values())) - {"species"}
    wanted = [name for name in names if name in known]
    columns = parse_columns(body, names, wanted, where, line_of_row)
    if "type" not in columns:
        columns["type"] = _types(body, names, model, where, line_of_row)
    columns.setdefault("id", np.arange(1.0, n + 1.0))
    step = keys.get("step", "")
    return ParticleTable(
        where=where,
        columns=columns,
        lower=lower,
        lengths=lengths,
        line_of_row=line_of_row,
        open_axes=open_axes,
        step=int(step) if step.isdigit() else None,
        few_digits=has_few_digits(body, names),
    )


def _frame_lines(stream: BinaryIO, path: str | Path) -> list[tuple[int, int]]:
    """(lines before it, number of particles) for each frame."""
    starts = []
    lines = iter(stream)
    passed = 0
    for first in lines:
        if not first.strip():
            passed += 1
            continue
        if not first.strip().isdigit() or int(first) < 1:
            raise ConfigurationError(
                f"{path}, line {passed + 1}: expected a number of particles, got {first[:40]!r}"
            )
        n = int(first)
        starts.append((passed, n))
        passed += 1 + sum(1 for _ in islice(lines, n + 1))
    return starts


def _lattice(
    keys: Mapping[str, str], where: str
) -> tuple[tuple[float, ...], tuple[float, ...], str]:
    """Lower corner and edge lengths [length], and the axes that are not periodic."""
    try:
        lattice = np.array(keys["Lattice"].split(), dtype=float).reshape(3, 3)
        lower = np.array(keys.get("Origin", "0 0 0").split(), dtype=float).reshape(3)
    except (KeyError, ValueError):
        raise ConfigurationError(
            f'{where}: needs Lattice="…" of nine numbers and an Origin of three, if any'
        ) from None
    if np.any(lattice != np.diag(np.diag(lattice))):
        raise ConfigurationError(
            f"{where}: the lattice is triclinic; only orthogonal boxes along x, y, z are supported"
        )
    flags = keys.get("pbc", "T T T").split()
    open_axes = "".join(a for a, flag in zip("xyz", flags, strict=False) if flag[:1] not in "T1")
    return tuple(lower.tolist()), tuple(np.diag(lattice).tolist()), open_axes


def _column_names(keys: Mapping[str, str], where: str) -> list[str]:
    words = keys.get("Properties", "species:S:1:pos:R:3").split(":")
    names: list[str] = []
    try:
        for name, width in zip(words[::3], map(int, words[2::3]), strict=True):
            own = _COLUMNS.get(name, [])
            names += own if len(own) == width else [f"{name}_{k}" for k in range(width)]
    except ValueError:
        raise ConfigurationError(f"{where}: cannot read Properties={':'.join(words)}") from None
    return names


def _types(
    body: bytes,
    names: Sequence[str],
    model: GlassModel,
    where: str,
    line_of_row: Callable[[int], int],
) -> FloatArray:
    """LAMMPS types from the names of the species."""
    if "species" not in names:
        raise ConfigurationError(f"{where}: Properties need species or type; found {names}")
    column = list(names).index("species")
    labels = [line.split()[column].decode(errors="replace") for line in body.splitlines()]
    return species_types(labels, model, where, line_of_row)
