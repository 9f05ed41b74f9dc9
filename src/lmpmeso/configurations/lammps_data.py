"""LAMMPS data files (``read_data``, ``write_data``) in float64.

https://docs.lammps.org/read_data.html describes the format. Array suffixes: n particle, c Cartesian.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmpmeso.arrays import FloatArray
from lmpmeso.configurations import compression
from lmpmeso.configurations.configuration import Configuration
from lmpmeso.configurations.lammps_box import bounds, edge_length
from lmpmeso.configurations.model_fit import check_fits_model
from lmpmeso.configurations.particle_table import ParticleTable, has_few_digits, parse_columns
from lmpmeso.errors import ConfigurationError, ModelMismatchWarning
from lmpmeso.files.atomic import replacing
from lmpmeso.models import GlassModel

_ATOM_STYLES: dict[str, str] = {
    "atomic": "id type x y z",
    "angle": "id molecule type x y z",
    "bond": "id molecule type x y z",
    "charge": "id type q x y z",
    "dipole": "id type q x y z mux muy muz",
    "ellipsoid": "id type ellipsoid density x y z",
    "full": "id molecule type q x y z",
    "molecular": "id molecule type x y z",
    "sphere": "id type diameter density x y z",
}
SAME_MASS = 1e-3
"""Masses that differ by less, in parts of themselves, are those of one table or another."""
_COUNT = re.compile(r"\s*(\d+)\s+(atoms|atom types)\s*$")
_EDGE = re.compile(r"\s*(\S+)\s+(\S+)\s+([xyz])lo\s+[xyz]hi\s*$")
_TILT = re.compile(r"\s*(\S+)\s+(\S+)\s+(\S+)\s+xy\s+xz\s+yz\s*$")
_SECTION = re.compile(r"[A-Z][A-Za-z/]*( [A-Z][A-Za-z/]*)*\s*(#.*)?$")


@dataclass
class _Section:
    """Lines of a section, and the line of the file where each stands."""

    hint: str
    lines: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)

    def text(self) -> bytes:
        return "".join(f"{line.partition('#')[0]}\n" for line in self.lines).encode()


def looks_like_data_file(head: str) -> bool:
    """Whether the first lines of a file are the header of a LAMMPS data file."""
    return any(_COUNT.match(line.partition("#")[0]) for line in head.splitlines()[1:])


def parse_data_file(path: str | Path, model: GlassModel) -> ParticleTable:
    """The particles of a data file, with a warning where its masses are not the model's.

    The atom style is read from ``Atoms # style``; without that hint the number of columns must be that of
    ``atomic`` (5, or 8 with image flags).

    Raises:
        ConfigurationError: a section is missing or has the wrong number of lines, the atom style is
            unknown, the box is triclinic, or a word is not a finite number.
    """
    where = str(path)
    with compression.reading(path) as stream:
        lines = stream.read().decode(errors="replace").splitlines()
    header, sections = _sections(lines)
    n, lower, lengths = _header(header, where)
    atoms = _section(sections, "Atoms", n, where)
    columns, few_digits = _atoms_columns(atoms, where)
    if "Velocities" in sections:
        columns |= _velocities(_section(sections, "Velocities", n, where), columns["id"], where)
    if "Masses" in sections:
        _warn_of_masses(sections["Masses"], where, model)
    return ParticleTable(
        where=where,
        columns=columns,
        lower=lower,
        lengths=lengths,
        line_of_row=lambda row: atoms.numbers[row],
        step=_step(lines[0]),
        few_digits=few_digits,
    )


def _sections(lines: Sequence[str]) -> tuple[list[tuple[int, str]], dict[str, _Section]]:
    """Header lines with their numbers, and the sections by name."""
    header: list[tuple[int, str]] = []
    sections: dict[str, _Section] = {}
    current: _Section | None = None
    for number, line in enumerate(lines[1:], start=2):
        stripped = line.strip()
        if not stripped.partition("#")[0].strip():
            continue
        if _SECTION.match(stripped):
            name, _, hint = stripped.partition("#")
            current = sections.setdefault(name.strip(), _Section(hint.strip()))
        elif current is None:
            header.append((number, stripped.partition("#")[0]))
        else:
            current.lines.append(stripped)
            current.numbers.append(number)
    return header, sections


def _header(
    header: Sequence[tuple[int, str]], where: str
) -> tuple[int, tuple[float, ...], tuple[float, ...]]:
    """Number of particles, lower corner and edge lengths [length]."""
    n, lower, lengths = 0, {}, {}
    for number, line in header:
        if (count := _COUNT.match(line)) and count.group(2) == "atoms":
            n = int(count.group(1))
        elif edge := _EDGE.match(line):
            try:
                lower[edge.group(3)] = float(edge.group(1))
                lengths[edge.group(3)] = edge_length(edge.group(1), edge.group(2))
            except (ValueError, ArithmeticError):
                raise ConfigurationError(
                    f"{where}, line {number}: box edges must be two numbers, got {line.strip()!r}"
                ) from None
        elif (tilt := _TILT.match(line)) and any(float(word) != 0 for word in tilt.groups()):
            raise ConfigurationError(
                f"{where}, line {number}: the box is triclinic (xy xz yz = "
                f"{' '.join(tilt.groups())}); only orthogonal boxes are supported"
            )
        elif re.search(r"\b[abc]vec\b", line):
            raise ConfigurationError(
                f"{where}, line {number}: general triclinic boxes are not supported"
            )
    if n < 1:
        raise ConfigurationError(f"{where}: the header has no line '<N> atoms' with N > 0")
    missing = [f"{a}lo {a}hi" for a in "xyz" if a not in lengths]
    if missing:
        raise ConfigurationError(f"{where}: the header has no line with {' and '.join(missing)}")
    return n, tuple(lower[a] for a in "xyz"), tuple(lengths[a] for a in "xyz")


def _section(sections: Mapping[str, _Section], name: str, n: int, where: str) -> _Section:
    if name not in sections:
        raise ConfigurationError(
            f"{where}: no section {name}; found {', '.join(sections) or 'no section at all'}"
        )
    section = sections[name]
    if len(section.lines) != n:
        last = section.numbers[-1] if section.numbers else 0
        raise ConfigurationError(
            f"{where}, line {last}: section {name} has {len(section.lines)} lines, but the header "
            f"says {n} atoms: truncated?"
        )
    return section


def _atoms_columns(section: _Section, where: str) -> tuple[dict[str, FloatArray], bool]:
    """The columns in use, and whether the positions are rounded."""
    n_words = len(section.lines[0].partition("#")[0].split())
    style = section.hint or "atomic"
    if style not in _ATOM_STYLES:
        raise ConfigurationError(
            f"{where}: Atoms of style {style!r} cannot be read; known: {', '.join(_ATOM_STYLES)}. In "
            "LAMMPS: write_data of a run with atom_style atomic, or a dump"
        )
    names = _ATOM_STYLES[style].split()
    if n_words == len(names) + 3:
        names += ["ix", "iy", "iz"]
    elif n_words != len(names):
        raise ConfigurationError(
            f"{where}, line {section.numbers[0]}: {n_words} words, but atom style {style!r} has "
            f"{len(names)} columns, or {len(names) + 3} with image flags"
            + ("" if section.hint else "; name the style in the file: 'Atoms # style'")
        )
    used = [name for name in names if name in ("id", "type") or name[-1] in "xyz"]
    used = [name for name in used if not name.startswith("mu")]
    body = section.text()
    columns = parse_columns(body, names, used, where, lambda row: section.numbers[row])
    return columns, has_few_digits(body, names)


def _velocities(section: _Section, ids: FloatArray, where: str) -> dict[str, FloatArray]:
    """Velocity columns [length/time] in the order of ``ids``, each of shape (N,)."""
    names = ["id", "vx", "vy", "vz"]
    n_words = len(section.lines[0].split())
    words = names + [f"further_{k}" for k in range(n_words - len(names))]
    rows = parse_columns(section.text(), words, names, where, lambda row: section.numbers[row])
    order, wanted = np.argsort(rows["id"]), np.argsort(np.argsort(ids))
    if not np.array_equal(rows["id"][order][wanted], ids):
        raise ConfigurationError(f"{where}: the ids in Velocities are not those in Atoms")
    return {name: rows[name][order][wanted] for name in names[1:]}


def _warn_of_masses(section: _Section, where: str, model: GlassModel) -> None:
    masses = {str(number): mass for number, mass in enumerate(model.masses.tolist(), start=1)}
    for number, line in zip(section.numbers, section.lines, strict=True):
        words = line.split()
        try:
            expected = masses.get(words[0], 1.0)
            differs = abs(float(words[1]) / expected - 1.0) > SAME_MASS
        except (IndexError, ValueError):
            raise ConfigurationError(
                f"{where}, line {number}: Masses must hold 'type mass', got {line!r}"
            ) from None
        if differs:
            warnings.warn(
                f"{where}, line {number}: mass {words[1]}, but {model.name} has mass {expected:g}: "
                "velocities and times of this file are those of another dynamics",
                ModelMismatchWarning,
                stacklevel=4,
            )


def _step(first_line: str) -> int | None:
    found = re.search(r"timestep = (\d+)", first_line)
    return int(found.group(1)) if found else None


def write_data(path: str | Path, configuration: Configuration, model: GlassModel) -> None:
    """Write a LAMMPS data file that gives back every number exactly.

    The atom style is ``atomic``, or ``charge`` where the model has charges. Image flags and velocities are
    written where the configuration has them; in 2D z is 0. Masses are the model's. The file appears
    only when complete; ``.gz`` and ``.zst`` compress it.

    Raises:
        ConfigurationError: the configuration is not one of the model.
    """
    check_fits_model(configuration, model, warn=False)
    d, n = configuration.dimension, configuration.n_particles

    def three(values_nc: NDArray[Any]) -> list[list[float]]:
        """Columns x, y, z."""
        return [*values_nc.T.tolist(), *[[0] * n] * (3 - d)]

    step = f", timestep = {configuration.step}" if configuration.step is not None else ""
    head = [
        f"LAMMPS data file of model {model.name}{step}",
        "",
        f"{n} atoms",
        f"{model.n_species} atom types",
        "",
        *(
            f"{low} {high} {a}lo {a}hi"
            for (low, high), a in zip(bounds(configuration), "xyz", strict=True)
        ),
        "",
        "Masses",
        "",
        *(f"{k} {species.mass:.17g}" for k, species in enumerate(model.species, start=1)),
    ]
    ids = configuration.ids.tolist()
    columns = [ids, (configuration.species + 1).tolist()]
    row = "%d %d"
    if model.atom_style == "charge":
        charges = np.array([species.charge for species in model.species])
        columns.append(charges[configuration.species].tolist())
        row += " %.17g"
    columns += three(configuration.positions_nc)
    row += " %.17g %.17g %.17g"
    if configuration.images_nc is not None:
        columns += three(configuration.images_nc)
        row += " %d %d %d"
    text = "\n".join(head) + f"\n\nAtoms # {model.atom_style}\n\n" + _rows(row, columns)
    if configuration.velocities_nc is not None:
        velocities = [ids, *three(configuration.velocities_nc)]
        text += "\nVelocities\n\n" + _rows("%d %.17g %.17g %.17g", velocities)
    with replacing(path) as temporary, compression.writing(temporary) as stream:
        stream.write(text.encode())


def _rows(row: str, columns: Sequence[Sequence[float]]) -> str:
    values = tuple(chain.from_iterable(zip(*columns, strict=True)))
    return (row + "\n") * len(columns[0]) % values
