"""The formulas of potentials as a physicist writes them, with their numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from lmpmeso.models.cutoff import SHIFTS
from lmpmeso.models.embedded_atom import EmbeddedAtomPair
from lmpmeso.models.formula import FormulaPotential
from lmpmeso.models.potentials import (
    PairPotential,
    ShiftedForceLennardJones,
    ShiftedLennardJones,
    SmoothInversePowerLaw,
    StickySphere,
    StillingerWeberPair,
    StillingerWeberThreeBody,
)
from lmpmeso.models.tabulated import TabulatedPotential
from lmpmeso.models.units import UnitsStyle

_LENNARD_JONES = "4 ε ((σ/r)^12 - (σ/r)^6)"
_ENDS = dict(
    zip(
        SHIFTS,
        (
            "cut there as it is",
            "less its value at the cut-off: φ vanishes there",
            "less its value and slope at the cut-off: φ and φ′ vanish there",
            "φ, φ′ and φ″ vanish at the cut-off",
            "φ to φ‴ vanish at the cut-off",
        ),
        strict=True,
    )
)
"""What each shift does to a function."""


def pair_formula(potential: PairPotential) -> str:
    """φ(r) of a pair of species, its constants by name; "" where nobody has written it down here."""
    for kind, text in _FORMULAS.items():
        if isinstance(potential, kind):
            return text(potential)
    return ""


def pair_numbers(potential: PairPotential, length: str, style: UnitsStyle) -> str:
    """The constants of that formula, and where it ends.

    Args:
        potential: of a pair of species.
        length: the unit of its distances.
        style: of its energies.
    """
    # Of the Lennard-Jones system the unit of energy is called as the constant is.
    energy = "" if style.name == "lj" else f" {style.energy_unit}"
    told: list[str] = []
    if isinstance(potential, FormulaPotential):
        told = [f"{name} = {value:g}" for name, value in potential.constants]
    elif isinstance(potential, SmoothInversePowerLaw | StickySphere):
        told = [f"ε = {potential.energy:g}{energy}", f"λ = {potential.size:g} {length}"]
    elif isinstance(
        potential, ShiftedForceLennardJones | ShiftedLennardJones | StillingerWeberPair
    ):
        told = [f"ε = {potential.epsilon:g}{energy}", f"σ = {potential.sigma:g} {length}"]
    return ", ".join([*told, f"cut-off {potential.cutoff:.6g} {length}"])


def three_body_text(term: StillingerWeberThreeBody, style: UnitsStyle) -> str:
    """Formula and constants of a three-body term."""
    length = style.length_unit
    energy = "" if style.name == "lj" else f" {style.energy_unit}"
    return (
        "Σ λ ε (cos θ_jik - cos θ0)^2 exp(γσ/(r_ij - aσ)) exp(γσ/(r_ik - aσ)); "
        f"λ = {term.strength:g}, ε = {term.epsilon:g}{energy}, σ = {term.sigma:g} {length}, a = {term.a:g}, "
        f"γ = {term.gamma:g}, cos θ0 = {term.cos_theta0:.6g}, cut-off {term.cutoff:.6g} {length}"
    )


def _ipl(potential: SmoothInversePowerLaw) -> str:
    return (
        f"ε (x^-10 + {_polynomial(potential.coefficients, 'x')}), x = r/λ < {potential.reduced_cutoff:g}; "
        f"{_ENDS['smooth-3']}: {_coefficients(potential.coefficients)}"
    )


def _sticky(potential: StickySphere) -> str:
    c = potential.coefficients
    tail = {power: value for power, value in c.items() if power >= 0}
    return (
        f"4 ε (x^-12 - x^-6) to the minimum, x = r/λ = 2^(1/6); ε (a x^-12 - b x^-6 + {_polynomial(tail, 'x')}) from there to "
        f"{potential.relative_cutoff:g} times the minimum; φ, φ′ and φ″ are continuous there and vanish at the cut-off: "
        f"a = {c[-12]:.6g}, b = {-c[-6]:.6g}, {_coefficients(tail)}"
    )


def _stillinger_weber(potential: StillingerWeberPair) -> str:
    return (
        "A ε (B (σ/r)^p - (σ/r)^q) exp(σ/(r - aσ)); "
        f"A = {potential.A:.7g}, B = {potential.B:.7g}, p = {potential.p}, q = {potential.q}, a = {potential.a:g}; "
        "φ and all its derivatives vanish at the cut-off, aσ"
    )


def _own_formula(potential: FormulaPotential) -> str:
    text = as_written(potential.formula)
    if not potential.shift.startswith("smooth"):
        return f"{text}, {_ENDS[potential.shift]}"
    added = potential.added
    return (
        f"{text} + {_polynomial(added, 'x')}, x = r/cut-off; {_ENDS[potential.shift]}"
        f": {_coefficients(added)}"
    )


def _table(potential: TabulatedPotential) -> str:
    return (
        f"a quintic spline through the {len(potential.r)} energies of the table, from {potential.begins:.6g} on, "
        f"{_ENDS[potential.shift]}"
    )


_FORMULAS: Mapping[type, Callable[[Any], str]] = {
    SmoothInversePowerLaw: _ipl,
    StickySphere: _sticky,
    ShiftedForceLennardJones: lambda _: f"{_LENNARD_JONES}, {_ENDS['force']}",
    ShiftedLennardJones: lambda _: f"{_LENNARD_JONES}, {_ENDS['energy']}",
    StillingerWeberPair: _stillinger_weber,
    FormulaPotential: _own_formula,
    TabulatedPotential: _table,
    EmbeddedAtomPair: lambda _: "the file's table, between its nodes as LAMMPS interpolates",
}
"""How each kind of potential is written."""


def as_written(formula: str) -> str:
    """A formula of Python as people write it: ``4*eps*((sig/r)^12 - (sig/r)^6)``."""
    text = re.sub(r" ?\*\* ?", "^", formula)
    text = re.sub(r"\^\((-?[\d.]+)\)", r"^\1", text)
    return text.replace(" / ", "/").replace(" * ", "*")


def _polynomial(coefficients: Mapping[int, float], variable: str) -> str:
    """Of even powers, for instance: c0 + c2 x^2."""
    return " + ".join(f"c{n} {variable}^{n}" if n else "c0" for n in coefficients)


def _coefficients(coefficients: Mapping[int, float]) -> str:
    """Their values."""
    return ", ".join(f"c{n} = {value:.6g}" for n, value in coefficients.items())
