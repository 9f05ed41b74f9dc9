"""Which particles bonds and angles join: the lists of a LAMMPS data file.

https://docs.lammps.org/read_data.html describes the format. Array suffixes: n particle, b bond, a angle.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from lmpmeso.arrays import IntArray
from lmpmeso.errors import ModelError
from lmpmeso.files.given import given_text
from lmpmeso.files.words import shown

LISTS = {"Bonds": 2, "Angles": 3}
"""Sections that are read, and how many particles a line of each joins."""
UNSUPPORTED = ("dihedrals", "impropers", "ellipsoids", "lines", "triangles", "bodies")
"""Counts of a header that must be 0."""
COUNT = re.compile(r"\s*(\d+)\s+((?:bond |angle )?[a-z]+)\s*$")
HEADING = re.compile(r"[A-Z][A-Za-z/]*( [A-Z][A-Za-z/]*)*")


@dataclass(frozen=True, eq=False)
class Topology:
    """Bonds and angles between particles, which are counted from 0 in the order of their ids.

    Attributes:
        path: the data file that lists them.
        n_particles: number of particles N.
        bonds_b3: type (from 1) and the two particles of each bond, shape (B, 3).
        angles_a4: type (from 1) and the three particles of each angle, shape (A, 4).
        bond_types, angle_types: how many types there are of each.
    """

    path: Path
    n_particles: int
    bonds_b3: IntArray
    angles_a4: IntArray
    bond_types: int
    angle_types: int

    def joined_pairs(self) -> IntArray:
        """Each two particles i < j of one bond or angle, once, sorted; shape (P, 2)."""
        angle = self.angles_a4[:, 1:]
        pairs = np.concatenate([self.bonds_b3[:, 1:], angle[:, :2], angle[:, 1:], angle[:, ::2]])
        return np.unique(np.sort(pairs, axis=1), axis=0)

    def bonded_pairs(self) -> IntArray:
        """Each two particles i < j that a bond joins, once, sorted; shape (P, 2)."""
        return np.unique(np.sort(self.bonds_b3[:, 1:], axis=1), axis=0)

    def joins_as(self, other: Topology) -> bool:
        """Whether the same particles are joined by the same types, in whatever order they are listed."""
        return all(
            np.array_equal(_in_order(mine), _in_order(others))
            for mine, others in (
                (self.bonds_b3, other.bonds_b3),
                (self.angles_a4, other.angles_a4),
            )
        )

    def molecules(self) -> IntArray:
        """Number of the molecule of each particle, from 1: those that bonds join; shape (N,)."""
        i, j = self.bonds_b3[:, 1:].T
        n = self.n_particles
        # Here, because SciPy takes a while to load, and few models have bonds.
        from scipy import sparse
        from scipy.sparse.csgraph import connected_components

        graph = sparse.csr_array((np.ones(len(i), dtype=np.int8), (i, j)), shape=(n, n))
        return connected_components(graph, directed=False)[1].astype(np.int64) + 1


def _in_order(table: IntArray) -> IntArray:
    """A list of bonds or angles, each begun at its lower end, sorted."""
    backwards = table[:, 1] > table[:, -1]
    table = np.where(backwards[:, None], table[:, [0, *range(table.shape[1] - 1, 0, -1)]], table)
    return table[np.lexsort(table.T)]


def read_topology(path: str | os.PathLike[str]) -> Topology:
    """The bonds and angles that a LAMMPS data file lists; read again only where the file has changed.

    Raises:
        ModelError: there is no such file, it lists no bonds, it lists dihedrals, impropers or bodies, or a list is
            not what the header says.
    """
    try:
        found = os.stat(path)
    except OSError as error:
        raise ModelError(f"the data file {path} cannot be read: {error.strerror}") from error
    return _read_state(Path(path).absolute(), found.st_mtime_ns, found.st_size)


def lists_bonds(path: str | os.PathLike[str]) -> bool:
    """Whether a file is a LAMMPS data file that says that there are bonds."""
    try:
        with open(path, "rb") as file:
            head = file.read(8192).decode(errors="replace")
    except OSError:
        return False
    return any(
        count is not None and count[2] == "bonds" and int(count[1]) > 0
        for count in map(COUNT.match, _plain_lines(head))
    )


@lru_cache
def _read_state(path: Path, _changed: int, _size: int) -> Topology:
    lines = _plain_lines(given_text(path, ModelError, errors="replace"))
    counts: dict[str, int] = {}
    sections: dict[str, list[list[str]]] = {}
    current = None
    for line in lines[1:]:
        if HEADING.fullmatch(line):
            current = sections.setdefault(line, [])
        elif line and current is not None:
            current.append(line.split())
        elif count := COUNT.match(line):
            counts[count[2]] = int(count[1])
    for name in UNSUPPORTED:
        if counts.get(name):
            raise ModelError(
                f"{path} lists {counts[name]} {name}: bonds and angles are all that is supported between "
                "listed particles"
            )
    n = counts.get("atoms", 0)
    if not counts.get("bonds"):
        raise ModelError(
            f"{path} lists no bonds: a LAMMPS data file is needed with a section Bonds, as `write_data` writes it"
        )
    bonds_b3, angles_a4 = (
        _list(path, name, sections.get(name, []), counts.get(name.lower(), 0), n) for name in LISTS
    )
    types = {
        kind: max(counts.get(f"{kind} types", 0), int(rows[:, 0].max(initial=0)))
        for kind, rows in (("bond", bonds_b3), ("angle", angles_a4))
    }
    return Topology(path, n, bonds_b3, angles_a4, types["bond"], types["angle"])


def _plain_lines(text: str) -> list[str]:
    """Lines without comments."""
    return [line.partition("#")[0].strip() for line in text.splitlines()]


def _list(path: Path, name: str, rows: Sequence[Sequence[str]], stated: int, n: int) -> IntArray:
    """Type and particles of each line of a section, shape (lines, 1 + particles)."""
    width = 2 + LISTS[name]
    if len(rows) != stated:
        raise ModelError(
            f"{path}: section {name} has {len(rows)} lines, but the header says {stated}: truncated?"
        )
    for row in rows:
        if len(row) != width or not all(word.isdecimal() for word in row):
            raise ModelError(
                f"{path}: section {name}: {shown(' '.join(row))} is no line of {width} whole numbers"
            )
    table = np.array([row[1:] for row in rows], dtype=np.int64).reshape(-1, width - 1)
    particles = table[:, 1:]
    if ((particles < 1) | (particles > n)).any():
        raise ModelError(f"{path}: section {name} names a particle beyond the ids 1 to {n}")
    if (np.diff(np.sort(particles, axis=1), axis=1) == 0).any():
        raise ModelError(f"{path}: section {name} joins a particle to itself")
    table[:, 1:] -= 1
    return table
