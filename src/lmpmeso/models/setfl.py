"""Files of embedded-atom potentials: setfl (``eam/alloy``, ``eam/fs``) and funcfl (``eam``).

What is in such a file and in which order: LAMMPS, https://docs.lammps.org/pair_eam.html.

Array suffixes: e f element, m node.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lmpmeso.arrays import FloatArray
from lmpmeso.errors import ModelError
from lmpmeso.files.given import LONGEST_TEXT, refuse_streams
from lmpmeso.files.words import real, whole
from lmpmeso.models.node_spline import FEWEST_NODES

FORMATS = {".alloy": "eam/alloy", ".fs": "eam/fs", ".eam": "eam"}
"""LAMMPS's pair style by the ending of a file's name."""
HARTREE_BOHR = 27.2 * 0.529
"""e²/(4π ε₀) [eV Å] in LAMMPS's digits: φ(r) = HARTREE_BOHR Z(r)²/r in a funcfl file."""
NEIGHBOUR_DISTANCES = {"fcc": 0.5**0.5, "bcc": 0.75**0.5, "hcp": 1.0, "sc": 1.0, "dia": 0.1875**0.5}
"""Distance of nearest neighbours over the lattice constant."""


@dataclass(frozen=True)
class Element:
    """One element of a file: name, mass [mass], distance of nearest neighbours in its crystal [length].

    The distance is NaN where the file does not say it.
    """

    name: str
    mass: float
    neighbour_distance: float


@dataclass(frozen=True, eq=False)
class PotentialTables:
    """The functions of an embedded-atom potential at evenly spaced nodes.

    Attributes:
        path: where the file lies.
        style: LAMMPS's pair style: ``eam``, ``eam/alloy`` or ``eam/fs``.
        units: LAMMPS's name of the units, where the file says them, or None.
        sha256: of the file's content, hexadecimal.
        elements: the elements, in the file's order.
        density_spacing: Δρ between nodes of F.
        largest_density: from it on F is a straight line: the last node that the file has.
        distance_spacing: Δr between nodes of the others [length].
        cutoff: distance beyond which nothing interacts [length].
        embedding_em: F(ρ) [energy].
        density_efm: density that an atom e brings to the place of an atom f.
        pair_efm: r φ(r) [energy length], symmetric in e and f.
    """

    path: Path
    style: str
    units: str | None
    sha256: str
    elements: tuple[Element, ...]
    density_spacing: float
    largest_density: float
    distance_spacing: float
    cutoff: float
    embedding_em: FloatArray
    density_efm: FloatArray
    pair_efm: FloatArray

    def index(self, name: str) -> int:
        """Place of an element in the file.

        Raises:
            ModelError: it is not there.
        """
        names = [element.name for element in self.elements]
        if name not in names:
            raise ModelError(
                f"{self.path}: there is no element {name!r}; the file has {', '.join(names)}"
            )
        return names.index(name)


def read_potential_tables(
    path: str | os.PathLike[str], style: str | None = None
) -> PotentialTables:
    """Read a setfl or funcfl file.

    Args:
        path: the file.
        style: ``eam``, ``eam/alloy`` or ``eam/fs``; None tells it by the ending of the file's name.

    Raises:
        ModelError: the file is not there, of no such format, cut short, or not what its head says.
    """
    place = Path(path).absolute()
    style = style or _style_of(place)
    if style not in FORMATS.values():
        raise ModelError(
            f"no such format: {style!r}; known are {', '.join(sorted(FORMATS.values()))}"
        )
    try:
        refuse_streams(place, ModelError)
        if place.stat().st_size > LONGEST_TEXT:
            raise ModelError(f"{place}: longer than any potential file ({LONGEST_TEXT} bytes)")
        content = place.read_bytes()
    except OSError as error:
        raise ModelError(f"the potential file {place} cannot be read: {error.strerror}") from None
    reader = _Reader(place, content.decode("utf-8", errors="replace"))
    found = _funcfl(reader) if style == "eam" else _setfl(reader, by_pair=style == "eam/fs")
    _check(place, found)
    units = re.search(r"UNITS:\s*(\w+)", reader.head)
    return PotentialTables(
        path=place,
        style=style,
        units=units[1] if units else None,
        sha256=hashlib.sha256(content).hexdigest(),
        **found,
    )


def _style_of(path: Path) -> str:
    """The format by the ending of the name."""
    if path.suffix not in FORMATS:
        raise ModelError(
            f"{path}: the name does not say the format; name the file *.eam.alloy, *.eam.fs or *.eam, or "
            "give the pair style"
        )
    return FORMATS[path.suffix]


class _Reader:
    """The lines of a file, one after another."""

    def __init__(self, path: Path, text: str):
        self.path, self.lines, self.at = path, text.splitlines(), 0
        self.head = self.lines[0] if self.lines else ""
        self.n_words = len(text.split())

    def words(self, what: str, at_least: int) -> list[str]:
        """The words of the next line that has any."""
        while self.at < len(self.lines):
            words = self.lines[self.at].partition("#")[0].split()
            self.at += 1
            if words:
                if len(words) < at_least:
                    raise self.fault(f"{what}: {at_least} words are needed, there are {len(words)}")
                return words
        raise ModelError(
            f"{self.path}: the file ends before {what}; it was cut short, copy it again"
        )

    def number(self, word: str, kind: Callable[[str], Any] = real) -> Any:
        """A word of the line just read as a number."""
        try:
            return kind(word)
        except ValueError as error:
            raise self.fault(str(error)) from None

    def values(self, n: int, what: str) -> FloatArray:
        """The next n numbers; they end at the end of a line."""
        found: list[float] = []
        while len(found) < n:
            words = self.words(f"value {len(found) + 1} of {n} of {what}", 1)
            found += [self.number(word) for word in words]
        if len(found) > n:
            raise self.fault(f"{what} has {n} values by the head of the file, there are more")
        return np.array(found)

    def fault(self, what: str) -> ModelError:
        """An error that names the line just read."""
        return ModelError(f"{self.path}, line {self.at}: {what}")


def _grid(reader: _Reader) -> tuple[int, float, int, float, float]:
    """N_ρ, Δρ, N_r, Δr and the cut-off."""
    words = reader.words("the numbers of nodes, their spacings and the cut-off", 5)
    n_rho, n_r = reader.number(words[0], whole), reader.number(words[2], whole)
    d_rho, d_r, cutoff = (reader.number(words[k]) for k in (1, 3, 4))
    if min(n_rho, n_r) < FEWEST_NODES or not min(d_rho, d_r, cutoff) > 0:
        raise reader.fault(
            f"at least {FEWEST_NODES} nodes and positive spacings and cut-off are needed, got "
            f"{' '.join(words[:5])}; is this the right format?"
        )
    if max(n_rho, n_r) > reader.n_words:
        raise reader.fault(
            f"{max(n_rho, n_r)} nodes by the head of the file, which has {reader.n_words} words"
        )
    return n_rho, d_rho, n_r, d_r, cutoff


def _element(reader: _Reader, name: str) -> Element:
    """The line of an element: atomic number, mass, lattice constant, structure."""
    words = reader.words(f"the line of element {name}", 2)
    mass = reader.number(words[1])
    if not mass > 0:
        raise reader.fault(f"the mass of {name} is {mass:g}; is this the right format?")
    distance = float("nan")
    if len(words) > 3 and words[3].lower() in NEIGHBOUR_DISTANCES:
        distance = reader.number(words[2]) * NEIGHBOUR_DISTANCES[words[3].lower()]
    return Element(name, mass, distance if distance > 0 else float("nan"))


def _setfl(reader: _Reader, *, by_pair: bool) -> dict[str, Any]:
    """A file of several elements; ``by_pair``: densities of each pair of elements (Finnis–Sinclair)."""
    reader.at = 3
    words = reader.words("the names of the elements", 2)
    n, names = reader.number(words[0], whole), words[1:]
    if n != len(names):
        raise reader.fault(f"{n} elements are announced, {len(names)} are named: {' '.join(names)}")
    n_rho, d_rho, n_r, d_r, cutoff = _grid(reader)
    elements = []
    embedding_em, density_efm, pair_efm = (
        np.empty((n, n_rho)),
        np.empty((n, n, n_r)),
        np.empty((n, n, n_r)),
    )
    for e, name in enumerate(names):
        elements.append(_element(reader, name))
        embedding_em[e] = reader.values(n_rho, f"F of {name}")
        if by_pair:
            for f, other in enumerate(names):
                density_efm[e, f] = reader.values(n_r, f"the density of {name} at {other}")
        else:
            density_efm[e] = reader.values(n_r, f"the density of {name}")
    for e, name in enumerate(names):
        for f, other in enumerate(names[: e + 1]):
            pair_efm[e, f] = pair_efm[f, e] = reader.values(n_r, f"r φ of {name} and {other}")
    if any(line.split() for line in reader.lines[reader.at :]):
        raise reader.fault(
            "the file goes on after its last table: it is no file of "
            f"{'eam/fs' if by_pair else 'eam/alloy'}, try {'eam/alloy' if by_pair else 'eam/fs'}"
        )
    return {
        "elements": tuple(elements),
        "density_spacing": d_rho,
        "largest_density": (n_rho - 1) * d_rho,
        "distance_spacing": d_r,
        "cutoff": cutoff,
        "embedding_em": embedding_em,
        "density_efm": density_efm,
        "pair_efm": pair_efm,
    }


def _funcfl(reader: _Reader) -> dict[str, Any]:
    """A file of one element, without its name: that of the file up to the first dot or underscore."""
    reader.at = 1
    element = _element(reader, re.split(r"[._]", reader.path.name)[0])
    n_rho, d_rho, n_r, d_r, cutoff = _grid(reader)
    embedding = reader.values(n_rho, "F")
    charge = reader.values(n_r, "Z")
    density = reader.values(n_r, "the density")
    # LAMMPS brings the tables of several files onto one grid, whose last node is the last but one.
    return {
        "elements": (element,),
        "density_spacing": d_rho,
        "largest_density": (n_rho - 1) * d_rho,
        "distance_spacing": d_r,
        "cutoff": cutoff,
        "embedding_em": embedding[None, :-1],
        "density_efm": density[None, None, :-1],
        "pair_efm": (HARTREE_BOHR * charge * charge)[None, None, :-1],
    }


def _check(path: Path, tables: dict[str, Any]) -> None:
    """Refuse a table with a number that is none."""
    for name in ("embedding_em", "density_efm", "pair_efm"):
        if not np.isfinite(tables[name]).all():
            raise ModelError(f"{path}: a table holds a number that is not finite")
