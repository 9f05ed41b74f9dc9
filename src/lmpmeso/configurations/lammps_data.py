"""Reading LAMMPS data files (``read_data``, ``write_data``) in float64.

https://docs.lammps.org/read_data.html describes the format. Array suffixes: n particle, c Cartesian.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise
from pathlib import Path
from typing import BinaryIO

import numpy as np

from lmpmeso.arrays import FloatArray
from lmpmeso.configurations import compression
from lmpmeso.configurations.lammps_box import box_of_bounds, box_of_vectors
from lmpmeso.configurations.limits import refuse_more_than_fits
from lmpmeso.configurations.particle_table import (
    ROUNDED,
    ParticleTable,
    has_few_digits,
    parse_columns,
)
from lmpmeso.errors import AssumedAtomStyleWarning, ConfigurationError, ModelMismatchWarning
from lmpmeso.files.words import is_number, real, shown, whole
from lmpmeso.models import GlassModel

ATOM_STYLES: dict[str, str] = {
    "amoeba": "id molecule type q x y z",
    "angle": "id molecule type x y z",
    "atomic": "id type x y z",
    "body": "id type bodyflag mass x y z",
    "bond": "id molecule type x y z",
    "bpm/sphere": "id molecule type diameter density x y z",
    "charge": "id type q x y z",
    "dielectric": "id type q x y z normx normy normz area ed em epsilon curvature",
    "dipole": "id type q x y z mux muy muz",
    "dpd": "id type theta x y z",
    "edpd": "id type temperature cv x y z",
    "electron": "id type q espin eradius x y z",
    "ellipsoid": "id type ellipsoid density x y z",
    "full": "id molecule type q x y z",
    "hybrid": "id type x y z",
    "line": "id molecule type line density x y z",
    "mdpd": "id type rho x y z",
    "molecular": "id molecule type x y z",
    "peri": "id type volume density x y z",
    "rheo": "id type status rho x y z",
    "rheo/thermal": "id type status rho energy x y z",
    "smd": "id type molecule volume mass kradius cradius x0 y0 z0 x y z",
    "sph": "id type rho esph cv x y z",
    "sphere": "id type diameter density x y z",
    "spin": "id type x y z spx spy spz sp",
    "tdpd": "id type x y z",
    "template": "id type molecule template_index template_atom x y z",
    "tri": "id molecule type triangle density x y z",
    "wavepacket": "id type q espin eradius etag cs_re cs_im x y z",
}
"""Columns of the section Atoms by atom style: https://docs.lammps.org/read_data.html."""
_OPEN_ENDED = ("hybrid", "tdpd")
"""Styles with further columns whose number the file does not tell: image flags behind them are not known."""
_AXES = "xyz"
_IMAGES = ["ix", "iy", "iz"]
SAME_MASS = 1e-3
"""Masses that differ by less, in parts of themselves, are those of one table or another."""
DEFAULT_EDGE = ("-0.5", "0.5")
"""What LAMMPS takes where the header does not say an edge."""
_COUNT = re.compile(r"\s*([0-9]+)\s+(atoms|atom types)\s*$")
_EDGE = re.compile(r"\s*(\S+)\s+(\S+)\s+([xyz])lo\s+[xyz]hi\s*$")
_TILT = re.compile(r"\s*(\S+)\s+(\S+)\s+(\S+)\s+xy\s+xz\s+yz\s*$")
_VECTOR = re.compile(r"\s*(\S+)\s+(\S+)\s+(\S+)\s+([abc]vec|abc\s+origin)\s*$")
_SECTION = re.compile(r"[A-Z][A-Za-z/]*( [A-Z][A-Za-z/]*)*$")
_STEP = re.compile(r"timestep = ([0-9]{1,18})(?![0-9])")
_LABELS = "Atom Type Labels"
_LEAST_BYTES = 10
"""Of the line of a particle: two whole numbers and three others."""
_CHECKED_EACH = 10**4
"""Lines, between two looks at the memory."""
_LISTS = ("Bonds", "Angles", "Dihedrals", "Impropers")
"""Sections that join particles."""
_READ = ("Atoms", "Velocities", "Masses", _LABELS)
"""Sections that are read; all others are passed over."""


@dataclass
class _Section:
    """Lines of a section, and the line of the file where each stands."""

    hint: str
    lines: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)

    def text(self) -> bytes:
        return "".join(f"{line}\n" for line in self.lines).encode()


@dataclass
class _DataFile:
    """First line, header lines with their numbers, and the sections that are read."""

    first: str
    header: list[tuple[int, str]]
    sections: dict[str, _Section]


def looks_like_data_file(head: str) -> bool:
    """Whether the first lines of a file are the header of a LAMMPS data file."""
    return any(_COUNT.match(line.partition("#")[0]) for line in head.splitlines()[1:])


def parse_data_file(path: str | Path, model: GlassModel) -> ParticleTable:
    """The particles of a data file, with a warning where its masses are not the model's.

    The atom style is read from ``Atoms # style``; without that hint the number of columns must be that of
    ``atomic`` (5, or 8 with image flags). An edge of z that the header does not give is LAMMPS's own in two
    dimensions.

    Raises:
        ConfigurationError: a section is missing or has the wrong number of lines, the atom style is
            unknown, the box is triclinic, or a word is not a finite number.

    Warns:
        AssumedAtomStyleWarning: eight columns without a style are taken for image flags.
    """
    where = str(path)
    file = _read(path)
    n, lower, lengths = _header(file.header, where, model.dimension)
    labels = _labels(file.sections.get(_LABELS), where)
    atoms = _section(file.sections, "Atoms", n, where)
    columns, few_digits = _atoms_columns(atoms, labels, where)
    if "Velocities" in file.sections:
        velocities = _section(file.sections, "Velocities", n, where)
        columns |= _velocities(velocities, columns["id"], where)
    if "Masses" in file.sections:
        _warn_of_masses(file.sections["Masses"], labels, where, model)
    if model.topology is None and (lists := [name for name in _LISTS if name in file.sections]):
        warnings.warn(
            f"{where} lists {' and '.join(lists)}, but model {model.name!r} has none: its particles are free. Give the "
            "LAMMPS commands with the bond_style",
            ModelMismatchWarning,
            stacklevel=3,
        )
    step = _STEP.search(file.first)
    return ParticleTable(
        where=where,
        columns=columns,
        lower=lower,
        lengths=lengths,
        line_of_row=lambda row: atoms.numbers[row],
        step=int(step[1]) if step else None,
        few_digits=few_digits or ROUNDED in file.first.split(", "),
    )


def _read(path: str | Path) -> _DataFile:
    """The file, without the lines of sections that are not read."""
    found = _DataFile("", [], {})
    size, most, current, name = 0, 0, None, ""
    with compression.reading(path) as stream:
        lines = ("" if k == 0 else line for k, line in enumerate(_lines(stream, path, found)))
        for number, (before, line, after) in enumerate(_with_neighbours(lines), start=1):
            if not line:
                continue
            plain, _, hint = line.partition("#")
            plain = plain.strip()
            if _is_heading(plain, before, after):
                name = plain
                current = found.sections.setdefault(name, _Section(hint.strip()))
                most = max(map(_stated_atoms, found.header), default=0)
            elif current is None:
                found.header.append((number, plain))
            elif name in _READ:
                current.lines.append(plain)
                current.numbers.append(number)
                if len(current.lines) > most + _CHECKED_EACH:
                    raise ConfigurationError(
                        f"{path}, line {number}: section {name} has more lines than the header says atoms"
                    )
            size += len(line)
            if not number % _CHECKED_EACH:
                refuse_more_than_fits(size, str(path))
    return found


def _stated_atoms(line: tuple[int, str]) -> int:
    """The number of atoms, where a line of the header says it."""
    count = _COUNT.match(line[1])
    return int(count[1]) if count and count[2] == "atoms" and len(count[1]) < 19 else 0


def _lines(stream: BinaryIO, path: str | Path, found: _DataFile) -> Iterator[str]:
    """Stripped lines, empty where there is a comment only; the first, which is one, is kept."""
    for number, line in enumerate(compression.lines_of(stream, path)):
        text = line.decode(errors="replace").strip()
        if number == 0:
            found.first = text
        yield "" if text.startswith("#") else text


def _with_neighbours(lines: Iterator[str]) -> Iterator[tuple[str, str, str]]:
    """Each line with those before and after it; empty ones at the ends."""
    before = ""
    for line, after in pairwise(chain(lines, [""])):
        yield before, line, after
        before = line


def _is_heading(line: str, before: str, after: str) -> bool:
    """Whether a line is the name of a section: LAMMPS's own, or of a fix, which stands alone."""
    if _SECTION.match(line):
        return True
    alone = not before and not after
    return alone and line[:1].isalpha() and not is_number(line.split()[-1])


def _header(
    header: Sequence[tuple[int, str]], where: str, dimension: int
) -> tuple[int, tuple[float, ...], tuple[float, ...]]:
    """Number of particles, lower corner and edge lengths [length]."""
    n, last = 0, 1
    edges: dict[str, list[str]] = {}
    tilts: list[str] = []
    vectors: dict[str, list[str]] = {}
    for number, line in header:
        if (count := _COUNT.match(line)) and count[2] == "atoms":
            n = _count(count[1], f"{where}, line {number}")
        elif edge := _EDGE.match(line):
            edges[edge[3]], last = [edge[1], edge[2]], number
        elif tilt := _TILT.match(line):
            tilts, last = [*tilt.groups()], number
        elif vector := _VECTOR.match(line):
            vectors[vector[4].split()[-1]] = [*vector.groups()[:3]]
    if n < 1:
        raise ConfigurationError(f"{where}: the header has no line '<N> atoms' with N > 0")
    if vectors:
        rows = [vectors.get(name, []) for name in ("avec", "bvec", "cvec")]
        origin = vectors.get("origin", [])
        box = box_of_vectors([[*row, *origin[k : k + 1]] for k, row in enumerate(rows)], where)
        return n, *box
    if dimension == 2:
        edges.setdefault("z", [*DEFAULT_EDGE])
    missing = [f"{a}lo {a}hi" for a in _AXES if a not in edges]
    if missing:
        raise ConfigurationError(f"{where}: the header has no line with {' and '.join(missing)}")
    rows = [[*edges[a], *tilts[k : k + 1]] for k, a in enumerate(_AXES)]
    return n, *box_of_bounds(rows, f"{where}, line {last}")


def _count(word: str, where: str) -> int:
    try:
        n = whole(word)
    except ValueError as error:
        raise ConfigurationError(f"{where}: the number of atoms: {error}") from None
    refuse_more_than_fits(_LEAST_BYTES * n, where)
    return n


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


def _labels(section: _Section | None, where: str) -> dict[str, str]:
    """LAMMPS types by their labels, where the file has any."""
    if section is None:
        return {}
    labels: dict[str, str] = {}
    for number, line in zip(section.numbers, section.lines, strict=True):
        words = line.split()
        try:
            labels[words[1]] = str(whole(words[0]))
        except (IndexError, ValueError):
            raise ConfigurationError(
                f"{where}, line {number}: {_LABELS} must hold 'type label', got {shown(line)}"
            ) from None
    return labels


def _style(section: _Section, n_words: int, where: str) -> str:
    """The atom style: what the section's hint begins with, else ``atomic``."""
    hint = (section.hint.split() or [""])[0].lower().removesuffix("/kk")
    if hint in ATOM_STYLES:
        return hint
    line = f"{where}, line {section.numbers[0]}"
    if n_words not in (5, 8) or re.fullmatch(r"[a-z]+(/[a-z]+)*", section.hint):
        raise ConfigurationError(
            f"{line}: the columns of Atoms are not known: "
            + (f"{section.hint!r} is no atom style of LAMMPS" if hint else f"{n_words} words")
            + f"; name the style in the file, 'Atoms # style': {', '.join(ATOM_STYLES)}"
        )
    if n_words == 8:
        warnings.warn(
            f"{line}: Atoms names no style; its 8 columns are taken for id, type, x, y, z and image flags. "
            "Write 'Atoms # atomic' where that is so, else the style that it is",
            AssumedAtomStyleWarning,
            stacklevel=5,
        )
    return "atomic"


def _atoms_columns(
    section: _Section, labels: Mapping[str, str], where: str
) -> tuple[dict[str, FloatArray], bool]:
    """The columns in use, and whether the positions are rounded."""
    n_words = len(section.lines[0].split())
    style = _style(section, n_words, where)
    names = ATOM_STYLES[style].split()
    if style in _OPEN_ENDED and n_words >= len(names):
        names += [f"further_{k}" for k in range(n_words - len(names))]
    elif n_words == len(names) + len(_IMAGES):
        names += _IMAGES
    elif n_words != len(names):
        raise ConfigurationError(
            f"{where}, line {section.numbers[0]}: {n_words} words, but atom style {style!r} has "
            f"{len(names)} columns, or {len(names) + 3} with image flags"
        )
    used = [name for name in names if name in ("id", "type", "diameter", *_AXES, *_IMAGES)]
    if labels:
        section = _with_numbers(section, names.index("type"), labels)
    body = section.text()
    columns = parse_columns(body, names, used, where, lambda row: section.numbers[row])
    return columns, has_few_digits(body, names)


def _with_numbers(section: _Section, column: int, labels: Mapping[str, str]) -> _Section:
    """The section with types in the place of their labels."""
    rows = [line.split() for line in section.lines]
    for words in rows:
        if len(words) > column:
            words[column] = labels.get(words[column], words[column])
    return _Section(section.hint, [" ".join(words) for words in rows], section.numbers)


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


def _warn_of_masses(
    section: _Section, labels: Mapping[str, str], where: str, model: GlassModel
) -> None:
    masses = {str(number): mass for number, mass in enumerate(model.masses.tolist(), start=1)}
    for number, line in zip(section.numbers, section.lines, strict=True):
        words = line.split()
        try:
            expected = masses.get(labels.get(words[0], words[0]), 1.0)
            differs = abs(real(words[1]) / expected - 1.0) > SAME_MASS
        except (IndexError, ValueError):
            raise ConfigurationError(
                f"{where}, line {number}: Masses must hold 'type mass', got {shown(line)}"
            ) from None
        if differs:
            warnings.warn(
                f"{where}, line {number}: mass {words[1]}, but {model.name} has mass {expected:g}: "
                "velocities and times of this file are those of another dynamics",
                ModelMismatchWarning,
                stacklevel=4,
            )
