"""The keys of a model file: what each may be, what it means, and what it is if it is left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lmpmeso.files.toml_rules import (
    RefusedValueError,
    Rule,
    choice,
    integer,
    real,
    setting,
    several,
    text,
)
from lmpmeso.models.cutoff import SHIFTS
from lmpmeso.models.units import UNITS_STYLES

NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*"
"""What a model or a species may be called: it becomes part of folder names and of LAMMPS's files."""


def number_or_formula() -> Rule:
    """A rule for a positive number, or a formula of constants."""
    expects = "a number above 0 or a formula of constants"

    def rule(value: Any) -> float | str:
        if isinstance(value, str) and value.strip():
            return value
        try:
            return float(real(above=0)(value))
        except RefusedValueError:
            raise RefusedValueError(f"{expects} is needed, {value!r} was given") from None

    rule.__doc__ = expects
    return rule


def name_rule() -> Rule:
    """A rule for a name."""
    return text(NAME, "a name of letters, digits, dots, hyphens and underscores")


@dataclass(frozen=True)
class ModelKeys:
    """The top of a model file."""

    density: float = setting(real(above=0), "number density N/V [length^-d]")
    title: str = setting(
        text(), "one line that a physicist recognises; default: the file's name", ""
    )
    reference: str = setting(text(), "where the parameters come from", "")
    dimension: int = setting(integer(2), "2 or 3", 3)
    units: str = setting(choice(*UNITS_STYLES), "LAMMPS's units style of all numbers", "lj")
    n_particles: int = setting(integer(2), "particles where no number is asked for", 1000)
    tracer: str | None = setting(
        text(), "the species that F_s and the MSD refer to; default: the largest", None
    )
    time_step: float = setting(
        real(above=0), "integration step [time]; default: LAMMPS's own of the units style", 0.0
    )
    thermostat_time: float = setting(
        real(above=0), "coupling time of the thermostat [time]; default: 100 time steps", 0.0
    )
    temperature_range: tuple[float, ...] | None = setting(
        several(real(above=0)), "lowest and highest temperature of interest", None
    )


@dataclass(frozen=True)
class SpeciesKeys:
    """One ``[[species]]``; LAMMPS's types are numbered in their order."""

    name: str = setting(name_rule(), "name of the species")
    fraction: float = setting(real(above=0), "number fraction; default: an equal share", 0.0)
    mass: float | None = setting(
        real(above=0),
        "mass of a particle [mass]; default: 1 in units lj, an embedded atom's own",
        None,
    )
    charge: float = setting(real(), "charge of a particle [charge]", 0.0)
    q_max: float | None = setting(
        real(above=0), "first peak of its structure factor [length^-1], where F_s is taken", None
    )


@dataclass(frozen=True)
class SizesKeys:
    """``[sizes]``: a diameter of its own for each particle; the r of ``[pair]`` is then r/σ_ij."""

    smallest: float = setting(real(above=0), "smallest diameter [length]")
    largest: float = setting(real(above=0), "largest diameter [length]")
    exponent: float = setting(
        real(), "diameters are drawn from p(σ) ∝ σ^exponent; 0: all alike, -3: many small ones", 0.0
    )
    nonadditivity: float = setting(
        real(), "ε of σ_ij = ½(σ_i + σ_j)(1 - ε|σ_i - σ_j|) [length^-1]", 0.0
    )


@dataclass(frozen=True)
class LammpsKeys:
    """``[lammps]``: interactions as LAMMPS commands, in place of ``[pair]``."""

    commands: tuple[str, ...] = setting(
        several(text(), or_one=True),
        "pair_style, pair_coeff, … as they stand in a LAMMPS script; files beside this one",
    )
    reach: float | None = setting(
        real(above=0),
        "largest distance of two particles in one term [length]; default: LAMMPS's",
        None,
    )
    data_file: str | None = setting(
        text(), "the LAMMPS data file that lists bonds and angles; needed with bond_style", None
    )


@dataclass(frozen=True)
class PairKeys:
    """``[pair]``, and ``[pair.between.A-B]`` for what is different between two species."""

    phi: str | None = setting(text(), "φ(r): a formula of r and the constants", None)
    table: str | None = setting(
        text(), "or a file in the format of LAMMPS's pair_style table", None
    )
    section: str | None = setting(text(), "the table's keyword; default: A_B of the species", None)
    cutoff: float | str | None = setting(
        number_or_formula(), "where φ ends [length]; default of a table: its end", None
    )
    shift: str = setting(choice(*SHIFTS), "what happens at the cut-off", "none")
    diameter: float | str | None = setting(
        number_or_formula(),
        "size of the particles [length]; default: where φ changes its sign",
        None,
    )
