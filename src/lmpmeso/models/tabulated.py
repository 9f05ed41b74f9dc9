"""A pair potential that is given as a table: a spline through it is the exact potential.

The format is that of LAMMPS's ``pair_style table``: a keyword, a line of parameters (``N`` and perhaps
``R``, ``RSQ``, ``FPRIME``), a blank line, and rows of index, r, energy and force.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from lmpmeso.arrays import FloatArray
from lmpmeso.errors import ModelError
from lmpmeso.files.given import given_text
from lmpmeso.files.words import is_number, real, whole
from lmpmeso.models.cutoff import (
    Shift,
    end_polynomial,
    refuse_impossible_lengths,
    with_polynomial,
)
from lmpmeso.models.potentials import TruncatedPotential

DEGREE = 5
"""Of the spline: its fourth derivative is continuous, as a mode's anharmonicity needs."""
LARGEST, CLOSEST = 1e30, 1e-12
"""Number of a table, and distance between its rows over its range: the spline's derivatives of others overflow."""
STANDS_FOR = {"identity": False}
"""Marks the numbers of a table, which its digest stands for."""
FORCE_MISMATCH = 0.02
"""Largest difference between the forces of a table and the slope of its energies, in parts of their size."""
DAMAGE, NEARBY = 0.5, 5
"""The same of a row in the core that must be damaged, in parts of the largest force of so many rows around it."""


@dataclass(frozen=True)
class TabulatedPotential(TruncatedPotential):
    """φ(r) = a quintic spline through the energies of a table, plus what its ``shift`` adds.

    Attributes:
        digest: SHA-256 of the table's numbers, which stands for them in a model's identity.
        cutoff: distance from which φ is zero [length]; the end of the table, or less.
        diameter: the particles' size [length].
        r: distances [length], increasing.
        energy: φ there [energy].
        end_slopes: φ′ and φ″ at both ends, shape (4,).
        shift: what happens at the cut-off; see :data:`lmpmeso.models.cutoff.SHIFTS`.
    """

    digest: str
    cutoff: float
    diameter: float
    r: FloatArray = field(repr=False, compare=False, metadata=STANDS_FOR)
    energy: FloatArray = field(repr=False, compare=False, metadata=STANDS_FOR)
    end_slopes: FloatArray = field(repr=False, compare=False, metadata=STANDS_FOR)
    shift: Shift = "none"

    @property
    def begins(self) -> float:
        """The shortest distance at which it is known [length]."""
        return float(self.r[0])

    def _inside(self, r: FloatArray, order: int) -> FloatArray:
        return with_polynomial(self._spline_values(r, order), r, self.cutoff, self._end)

    @cached_property
    def _end(self) -> dict[int, float]:
        """What is added to the spline."""
        values = self._spline_values(np.array([self.cutoff]), 3)[:, 0]
        return end_polynomial(self.shift, values, self.cutoff)

    @cached_property
    def _splines(self) -> list[Any]:
        """The spline and its four derivatives."""
        from scipy.interpolate import make_interp_spline

        low, low_curvature, high, high_curvature = self.end_slopes
        ends: Any = ([(1, low), (2, low_curvature)], [(1, high), (2, high_curvature)])
        spline = make_interp_spline(self.r, self.energy, k=DEGREE, bc_type=ends)
        return [spline, *(spline.derivative(k) for k in range(1, 5))]

    def _spline_values(self, r: FloatArray, order: int) -> FloatArray:
        """The spline's derivatives at r, shape (order + 1, P).

        Raises:
            ModelError: two particles are closer than the table begins.
        """
        if r.size and r.min() < self.begins:
            raise ModelError(
                f"two particles are {r.min():.6g} apart, but the potential's table begins at "
                f"{self.begins:.6g}: give a table that begins at a shorter distance"
            )
        return np.array([spline(r) for spline in self._splines[: order + 1]])


def read_table(
    path: str | os.PathLike[str],
    section: str | None = None,
    *,
    cutoff: float | None = None,
    diameter: float | None = None,
    shift: Shift = "none",
) -> TabulatedPotential:
    """A potential from a LAMMPS table.

    Args:
        path: the file.
        section: its keyword; may be left out where the file holds one section.
        cutoff: where the potential ends [length]; default: where the table does.
        diameter: the particles' size [length]; default: where φ changes its sign last.
        shift: what happens at the cut-off.

    Raises:
        ModelError: the file or the section is not there or damaged, energies and forces do not belong
            together, the table ends before the cut-off, or the diameter is not to be found.
    """
    file = Path(path)
    if not file.is_file():
        raise ModelError(f"there is no table {file}")
    sections = dict(_sections(file))
    if not sections:
        raise ModelError(f"{file} holds no table of LAMMPS's pair_style table")
    if section is None and len(sections) == 1:
        section = next(iter(sections))
    if section not in sections:
        raise ModelError(f"{file} has no section {section!r}; it has {', '.join(sections)}")
    where = f"{file}, section {section}"
    r, energy, force, slopes = _columns(where, *sections[section])
    end = r[-1] if cutoff is None else cutoff
    if end > r[-1] * (1 + 1e-9):
        raise ModelError(f"{where} ends at {r[-1]:.6g}, before the cut-off {end:.6g}")
    diameter = diameter or _diameter(where, r, energy)
    try:
        refuse_impossible_lengths(end, diameter)
    except ModelError as error:
        raise ModelError(f"{where}: {error}") from error
    numbers = np.concatenate([r, energy, slopes])
    potential = TabulatedPotential(
        digest=hashlib.sha256(numbers.tobytes()).hexdigest(),
        cutoff=float(min(end, r[-1])),
        diameter=diameter,
        shift=shift,
        r=r,
        energy=energy,
        end_slopes=slopes,
    )
    _refuse_other_forces(where, potential, force)
    return potential


def _sections(path: Path) -> Iterator[tuple[str, tuple[list[str], list[list[str]]]]]:
    """Keyword, parameters and rows of each section."""
    lines = [
        line.split("#")[0].split()
        for line in given_text(path, ModelError, errors="replace").splitlines()
    ]
    rows: list[list[str]] = []
    head: list[list[str]] = []
    for words in [*lines, ["end"]]:
        if not words:
            continue
        if not is_number(words[0]) and (len(head) != 1):
            if head:
                yield head[0][0], (head[1], rows)
            head, rows = [words], []
        elif len(head) == 1:
            head.append(words)
        elif head:
            rows.append(words)


def _columns(
    where: str, parameters: Sequence[str], rows: Sequence[Sequence[str]]
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """r, energy, force, and φ′ and φ″ at both ends."""
    try:
        numbers = np.array([[real(word) for word in row[:4]] for row in rows])
        options = list(parameters)
        expected = whole(options[options.index("N") + 1])
        if numbers.shape != (expected, 4):
            raise ValueError(f"{len(rows)} rows of 4 numbers where N = {expected}")
        r, energy, force = numbers[:, 1], numbers[:, 2], numbers[:, 3]
        if "R" in options or "RSQ" in options:
            r = _spacing(options, expected)
        small = (np.abs(numbers) <= LARGEST).all() and (np.abs(r) <= LARGEST).all()
        if expected < DEGREE + 3 or not small or not (np.diff(r) > CLOSEST * r[-1]).all():
            raise ModelError(
                f"{where}: a table needs at least {DEGREE + 3} rows of numbers up to {LARGEST:g}, r increasing"
            )
        if "FPRIME" in options:
            k = options.index("FPRIME")
            low, high = -real(options[k + 1]), -real(options[k + 2])
        else:
            gradient = np.gradient(force, r, edge_order=2)
            low, high = -gradient[0], -gradient[-1]
    except ModelError:
        raise
    except (ValueError, IndexError, OverflowError) as error:
        raise ModelError(f"{where} is no table of LAMMPS: {error}") from error
    return r, energy, force, np.array([-force[0], low, -force[-1], high])


def _spacing(options: list[str], n: int) -> FloatArray:
    """The distances of a table that says how they are spaced."""
    name = "R" if "R" in options else "RSQ"
    k = options.index(name)
    low, high = real(options[k + 1]), real(options[k + 2])
    if not 0 <= low < high <= LARGEST:
        raise ValueError(f"distances from {low:g} to {high:g}")
    if name == "R":
        return np.linspace(low, high, n)
    return np.sqrt(np.linspace(low**2, high**2, n))


def _diameter(where: str, r: FloatArray, energy: FloatArray) -> float:
    """Where the energy changes its sign last."""
    # What is rounding at the end of a repulsion is no change of sign.
    energy = np.where(np.abs(energy) > 1e-9 * np.median(np.abs(energy)), energy, 0.0)
    changes = np.flatnonzero((energy[:-1] > 0) & (energy[1:] <= 0))
    if not len(changes) or energy[changes[-1] + 1] == 0:
        raise ModelError(
            f"{where}: its energies do not change their sign: say how large the particles are (diameter)"
        )
    return float(r[changes[-1]])


def _refuse_other_forces(where: str, potential: TabulatedPotential, force: FloatArray) -> None:
    """Refuse a table whose forces are not those of its energies, and one that has a damaged row in its core."""
    accessible = potential.r >= 0.8 * potential.diameter
    slope = potential._spline_values(potential.r, 1)[1]
    size = float(np.abs(force[accessible]).max())
    mismatch = np.abs(slope + force) / size
    if mismatch[accessible].max() > FORCE_MISMATCH:
        k = int(np.where(accessible, mismatch, 0.0).argmax())
        raise ModelError(
            f"{where}: at r = {potential.r[k]:.6g} the force is {force[k]:.6g}, but the energies have the "
            f"slope {slope[k]:.6g}: force must be -d(energy)/dr (a wrong sign, or too coarse a table?)"
        )
    from scipy.ndimage import maximum_filter1d

    # Cores that are cut off or capped agree nowhere with their forces; a damaged row is alone.
    nearby = maximum_filter1d(np.abs(force), NEARBY)
    in_core = (np.abs(slope + force) / np.maximum(nearby, size))[~accessible]
    if len(in_core) and np.median(in_core) < FORCE_MISMATCH and in_core.max() > DAMAGE:
        k = int(in_core.argmax())
        raise ModelError(
            f"{where}: about r = {potential.r[k]:.6g} the force is {force[k]:.6g}, but the energies have the slope "
            f"{slope[k]:.6g}, where other rows agree: is a row damaged?"
        )
