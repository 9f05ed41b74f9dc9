"""Embedded-atom potentials: U = Σ_pairs φ(r) + Σ_i F_i(ρ_i), ρ_i = Σ_j ρ_{j→i}(r_ij).

Functions are LAMMPS's own interpolation of a setfl or funcfl file, so that the potential is exactly the
one that LAMMPS simulates with ``pair_style eam/alloy``, ``eam/fs`` or ``eam`` (Daw and Baskes, Phys. Rev.
B 29, 6443 (1984), https://doi.org/10.1103/PhysRevB.29.6443; densities that depend on both elements:
Finnis and Sinclair, Philos. Mag. A 50, 45 (1984), https://doi.org/10.1080/01418618408244210).

Array suffixes: n particle, p pair; k order of the derivative.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from lmpmeso.arrays import FloatArray, IntArray
from lmpmeso.errors import ModelError
from lmpmeso.models.lammps_interaction import LammpsInteraction
from lmpmeso.models.node_spline import NodeSpline
from lmpmeso.models.potential_files import find_potential_file
from lmpmeso.models.potentials import TruncatedPotential
from lmpmeso.models.setfl import PotentialTables, read_potential_tables

COMMANDS_OF_ONE_FILE = re.compile(
    r"pair_style\s+(?P<style>eam(?:/alloy|/fs)?)(?:/opt|/omp|/kk|/gpu)?\n"
    r"""pair_coeff\s+(?P<types>\* \*|1 1)\s+(?P<file>\"[^\"]*\"|'[^']*'|\S+)(?P<elements>(?:\s+[A-Za-z]\w*)*)"""
)
"""LAMMPS commands that are a single file of embedded atoms."""
TYPICAL_REACH = 2.5
"""Cut-off over the distance of nearest neighbours, for elements whose crystal a file does not say."""


@dataclass(frozen=True)
class EmbeddedAtomPair(TruncatedPotential):
    """φ(r) of two elements, without what the embedding adds.

    Attributes:
        style: LAMMPS's pair style.
        elements: the two elements.
        sha256: of the file's content.
        tables: the file's functions; no part of the identity, which ``sha256`` is.
    """

    style: str
    elements: tuple[str, str]
    sha256: str
    tables: PotentialTables = field(compare=False, repr=False, metadata={"identity": False})

    @property
    def cutoff(self) -> float:
        """Distance from which the file's atoms do not interact [length]."""
        return self.tables.cutoff

    @property
    def node_spacing(self) -> float:
        """Between the nodes of the table; φ″ jumps at each [length]."""
        return self.tables.distance_spacing

    @cached_property
    def diameter(self) -> float:
        """Mean distance of nearest neighbours in the crystals of both elements [length]."""
        distances = [
            self.tables.elements[self.tables.index(name)].neighbour_distance
            for name in self.elements
        ]
        known = [distance for distance in distances if np.isfinite(distance)]
        return float(np.mean(known)) if known else self.cutoff / TYPICAL_REACH

    @cached_property
    def _spline(self) -> NodeSpline:
        """The function r φ(r)."""
        a, b = (self.tables.index(name) for name in self.elements)
        return NodeSpline(self.tables.pair_efm[a, b], self.tables.distance_spacing)

    def _inside(self, r: FloatArray, order: int) -> FloatArray:
        """φ = z/r, so that φ⁽ᵏ⁾ = (z⁽ᵏ⁾ - k φ⁽ᵏ⁻¹⁾)/r."""
        result = self._spline.derivatives(r, order)
        inverse = 1.0 / r
        result[0] *= inverse
        for k in range(1, order + 1):
            result[k] = (result[k] - k * result[k - 1]) * inverse
        return result


@dataclass(frozen=True)
class EmbeddedAtom:
    """The energy Σ_i F_i(ρ_i) of atoms in the density of their neighbours.

    Attributes:
        style: LAMMPS's pair style: ``eam``, ``eam/alloy`` or ``eam/fs``.
        elements: the element of each species.
        sha256: of the file's content.
        tables: the file's functions; no part of the identity, which ``sha256`` is.
    """

    style: str
    elements: tuple[str, ...]
    sha256: str
    tables: PotentialTables = field(compare=False, repr=False, metadata={"identity": False})

    @property
    def path(self) -> Path:
        """The file."""
        return self.tables.path

    @property
    def cutoff(self) -> float:
        """Distance from which the file's atoms do not interact [length]."""
        return self.tables.cutoff

    @property
    def text(self) -> str:
        """In one line: file, elements, where the density ends."""
        return (
            f"{self.style} of {self.path.name} (SHA-256 {self.sha256[:8]}…), elements "
            f"{' '.join(self.elements)}, density up to {self.density_cutoff:.4g}"
        )

    @property
    def masses(self) -> tuple[float, ...]:
        """Mass of each species by the file [mass]."""
        return tuple(self.tables.elements[e].mass for e in self._places)

    @cached_property
    def density_cutoff(self) -> float:
        """Distance from which no atom adds to the density of another [length]."""
        reach = max(spline.support for row in self._densities for spline in row)
        return min(reach, self.tables.cutoff)

    def energies(self, rho_n: FloatArray, species_n: IntArray, order: int) -> FloatArray:
        """F, F′, … up to ``order`` at the densities of particles, shape (order + 1, N) [energy/density^k].

        Above the largest density of the file F goes on as a straight line, as it does in LAMMPS.
        """
        result = np.empty((order + 1, len(rho_n)))
        for species, spline in enumerate(self._embeddings):
            chosen = np.flatnonzero(species_n == species)
            rho = rho_n[chosen]
            values = spline.derivatives(rho, max(order, 1))
            values[0] += values[1] * np.maximum(rho - self.tables.largest_density, 0.0)
            result[:, chosen] = values[: order + 1]
        return result

    def densities(
        self, r_p: FloatArray, source_p: IntArray, target_p: IntArray, order: int
    ) -> FloatArray:
        """ρ(r) that a particle of species ``source`` brings to one of species ``target``.

        Args:
            r_p: distances below :attr:`density_cutoff` [length], shape (P,).
            source_p: species of the particles that bring it, shape (P,).
            target_p: species of the particles that feel it, shape (P,).
            order: highest derivative.

        Returns:
            ρ, ρ′, …, shape (order + 1, P) [density/length^k].
        """
        n_species = len(self.elements)
        if n_species == 1:
            return self._densities[0][0].derivatives(r_p, order)
        result = np.empty((order + 1, len(r_p)))
        code = source_p * n_species + target_p
        for source, row in enumerate(self._densities):
            for target, spline in enumerate(row):
                chosen = np.flatnonzero(code == source * n_species + target)
                result[:, chosen] = spline.derivatives(r_p[chosen], order)
        return result

    def require_fit(self, model: str, n_species: int, units: str) -> None:
        """Refuse a model, named in the message, of other species or units.

        Raises:
            ModelError: it has more or fewer species than there are elements here, or other units.
        """
        if len(self.elements) != n_species:
            raise ModelError(
                f"{model} has {n_species} species, its embedding {len(self.elements)} elements: "
                f"{', '.join(self.elements)}"
            )
        if self.tables.units not in (None, units):
            raise ModelError(
                f"{model} is in units {units}, {self.path.name} in units {self.tables.units}: give the "
                f'model units = "{self.tables.units}" and all its numbers in them'
            )

    def require_unchanged_file(self) -> Path:
        """The file, which LAMMPS will read.

        Raises:
            ModelError: it is not there any more, or not what it was.
        """
        if read_tables(self.path, self.style).sha256 != self.sha256:
            raise ModelError(
                f"{self.path} has changed since the model was read from it: read the model again, or put "
                "the old file back"
            )
        return self.path

    @property
    def _places(self) -> list[int]:
        """Place of each species' element in the file."""
        return [self.tables.index(name) for name in self.elements]

    @cached_property
    def _embeddings(self) -> list[NodeSpline]:
        """F of each species."""
        spacing = self.tables.density_spacing
        return [NodeSpline(self.tables.embedding_em[e], spacing) for e in self._places]

    @cached_property
    def _densities(self) -> list[list[NodeSpline]]:
        """ρ by species of source and target."""
        tables = self.tables
        return [
            [NodeSpline(tables.density_efm[e, f], tables.distance_spacing) for f in self._places]
            for e in self._places
        ]


def embedded_atom(
    file: str | os.PathLike[str],
    elements: Sequence[str],
    style: str | None = None,
    beside: str | os.PathLike[str] | None = None,
) -> tuple[tuple[tuple[EmbeddedAtomPair, ...], ...], EmbeddedAtom]:
    """Pair potentials and embedding of a model, from a potential file.

    Args:
        file: name or path, see :func:`~lmpmeso.models.potential_files.find_potential_file`.
        elements: the element of each species, as the file names them.
        style: ``eam``, ``eam/alloy`` or ``eam/fs``; None tells it by the file's name.
        beside: a file or folder beside which the potential file is sought first.

    Returns:
        What :class:`~lmpmeso.models.GlassModel` takes as ``pair_potentials`` and ``embedding``.

    Raises:
        ModelError: the file is not found, not readable, or has not these elements.
    """
    tables = read_tables(find_potential_file(file, beside), style)
    names = tuple(elements)
    for name in names:
        tables.index(name)
    # φ knows no order of its elements: one object, with one spline, for both.
    pair = {
        (a, b): EmbeddedAtomPair(tables.style, (a, b), tables.sha256, tables)
        for a in names
        for b in names
        if a <= b
    }
    pairs = tuple(tuple(pair[min(a, b), max(a, b)] for b in names) for a in names)
    return pairs, EmbeddedAtom(tables.style, names, tables.sha256, tables)


def embedded_atom_of(
    interaction: LammpsInteraction, n_species: int
) -> tuple[tuple[tuple[EmbeddedAtomPair, ...], ...], EmbeddedAtom] | None:
    """:func:`embedded_atom` of LAMMPS commands that say no more than that, so that the closed form serves them.

    These are ``pair_style eam/alloy`` or ``eam/fs``, an accelerator's suffix included, and
    ``pair_coeff * * FILE ELEMENT …`` with an element for each species; or ``pair_style eam`` and
    ``pair_coeff * * FILE``, or 1 1, of one species.

    Returns:
        None where the commands are others.

    Raises:
        ModelError: the file is not readable, or has not these elements.
    """
    found = COMMANDS_OF_ONE_FILE.fullmatch("\n".join(interaction.commands))
    if found is None or found["file"] not in dict(interaction.files):
        return None
    path, elements = dict(interaction.files)[found["file"]], found["elements"].split()
    if found["style"] == "eam" and n_species == 1 and not elements:
        elements = [read_tables(Path(path), "eam").elements[0].name]
    elif found["style"] == "eam" or found["types"] != "* *" or len(elements) != n_species:
        return None
    return None if "NULL" in elements else embedded_atom(path, elements, found["style"])


def read_tables(path: Path, style: str | None) -> PotentialTables:
    """:func:`read_potential_tables`, once a process as long as the file does not change."""
    try:
        state = path.stat()
    except OSError as error:
        raise ModelError(f"the potential file {path} cannot be read: {error.strerror}") from None
    return _read(path, style, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=8)
def _read(path: Path, style: str | None, modified: int, size: int) -> PotentialTables:
    """The tables of a file in the state that its time and size tell."""
    return read_potential_tables(path, style)
