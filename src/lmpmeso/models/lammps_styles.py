"""The LAMMPS commands that set up a model's interactions.

Three ways, by ``style``: ``"native"`` is a pair style that LAMMPS has for exactly this potential
(mblj: ``lj/smooth/linear``, ka: ``lj/cut`` shifted, sw: ``sw``, embedded atoms: ``eam/alloy`` and its like); ``"table"`` interpolates a table
(ipl, ss, and all other pair models); ``"lepton"`` evaluates the formula itself, exact and slow, which
is what the other two are tested against. ``"auto"`` takes the native style where there is one and
the table otherwise. Particles with sizes of their own have ``lepton/sphere`` alone, exact as well.
"""

from __future__ import annotations

import math
import os
from typing import Literal

from lmpmeso.errors import ModelError
from lmpmeso.files.package_data import potential_file
from lmpmeso.files.plain_paths import as_one_word, plain_name
from lmpmeso.models.embedded_atom import EmbeddedAtom
from lmpmeso.models.formula import DISTANCE, FormulaPotential
from lmpmeso.models.glass_model import GlassModel
from lmpmeso.models.potentials import (
    LENNARD_JONES,
    REDUCED_MINIMUM,
    CutLennardJones,
    PairPotential,
    ShiftedForceLennardJones,
    ShiftedLennardJones,
    SmoothInversePowerLaw,
    StickySphere,
    StillingerWeberPair,
)
from lmpmeso.models.registry import get_model
from lmpmeso.models.sizes import Sizes
from lmpmeso.models.tables import TABLE_POINTS, potential_file_name, table_section

Style = Literal["auto", "native", "table", "lepton"]
Interpolation = Literal["spline", "linear"]
NATIVE = {
    ShiftedForceLennardJones: "lj/smooth/linear",
    ShiftedLennardJones: "lj/cut",
    StillingerWeberPair: "sw",
}
"""LAMMPS pair styles that hold a potential exactly."""
REDUCED = "r_over_cutoff"
"""What r/r_c is called in an expression, where the user's own constants may have any shorter name."""
PAIR_SIZE = "size_of_pair"
"""What σ_ij is called in an expression."""
PACKAGED = {"ipl": "ipl", "ss": "ss", "sw": "sw"}
"""Interactions whose potential file comes with the package, with a model that has it."""


def lammps_pair_style(model: GlassModel, style: Style = "auto") -> str:
    """Name of the LAMMPS pair style that :func:`lammps_pair_commands` uses, e.g. ``"table"``.

    Raises:
        ModelError: the model cannot be expressed in that way.
    """
    if model.lammps is not None:
        if style in ("table", "lepton"):
            raise ModelError(
                f"model {model.name!r} is given as LAMMPS commands: {style} cannot hold it"
            )
        return model.lammps.pair_style
    if model.sizes is not None:
        if style in ("table", "native"):
            raise ModelError(
                f"model {model.name!r} has particles of sizes of their own: only lepton/sphere holds it"
            )
        return "lepton/sphere"
    native = NATIVE.get(type(model.pair_potentials[0][0]))
    if model.embedding is not None:
        native = model.embedding.style
    if style == "native" and native is None:
        raise ModelError(f"LAMMPS has no pair style of its own for model {model.name!r}")
    if style in ("table", "lepton"):
        for term, what in ((model.three_body, "a three-body term"), (model.embedding, "embedding")):
            if term is not None:
                raise ModelError(f"model {model.name!r} has {what}: {style} cannot hold it")
    if style == "lepton":
        for _, _, potential in model.species_pairs():
            lepton_expression(potential)
    if style in ("auto", "native") and native is not None:
        return native
    if style in ("auto", "table", "lepton"):
        return "lepton" if style == "lepton" else "table"
    raise ModelError(f"unknown style {style!r}; known: auto, native, table, lepton")


def lammps_pair_commands(
    model: GlassModel,
    table_path: str | os.PathLike[str] | None = None,
    *,
    style: Style = "auto",
    interpolation: Interpolation = "spline",
    n_points: int = TABLE_POINTS,
) -> list[str]:
    """``pair_style``, ``pair_coeff`` and ``pair_modify`` commands for a model.

    Args:
        model: the model; LAMMPS type = species + 1.
        table_path: potential file (table, ``.sw``, or the ``eam`` styles'); None takes the one that comes with the
            package. Of a model given as LAMMPS commands, the folder of its files; None leaves them where
            they are.
        style: ``auto | native | table | lepton``.
        interpolation: ``spline`` or ``linear``, of a table.
        n_points: the table's number of points: the file's own, or LAMMPS interpolates twice.

    Returns:
        LAMMPS commands, ready for ``LammpsSession.commands``.

    Raises:
        ModelError: the model cannot be expressed in that way, or no packaged file fits it.
    """
    name = lammps_pair_style(model, style)
    if model.lammps is not None:
        if table_path is None:
            return model.lammps.commands_with_paths()
        return model.lammps.commands_in(os.fspath(table_path))
    if name == "table":
        path = _potential_path(model, table_path)
        return [f"pair_style table {interpolation} {n_points}"] + [
            f"pair_coeff {a + 1} {b + 1} {path} {table_section(model, a, b)}"
            for a, b, _ in model.species_pairs()
        ]
    if name == "lepton":
        return [f"pair_style lepton {model.max_cutoff!r}"] + [
            f'pair_coeff {a + 1} {b + 1} "{lepton_expression(potential)}" {potential.cutoff!r}'
            for a, b, potential in model.species_pairs()
        ]
    if model.sizes is not None:
        return [f"pair_style {name} {model.max_cutoff!r}"] + [
            f'pair_coeff {a + 1} {b + 1} "{_lepton_of_sizes(potential, model.sizes)}" '
            f"{potential.cutoff * model.sizes.largest!r}"
            for a, b, potential in model.species_pairs()
        ]
    if model.embedding is not None:
        return _embedded_atom_commands(model, model.embedding, table_path)
    if name == "sw":
        path = _potential_path(model, table_path)
        return ["pair_style sw", f"pair_coeff * * {path} {plain_name(model.species[0].name)}"]
    return (
        [f"pair_style {name} {model.max_cutoff!r}"]
        + [
            f"pair_coeff {a + 1} {b + 1} {p.epsilon!r} {p.sigma!r} {p.cutoff!r}"
            for a, b, p in model.species_pairs()
            if isinstance(p, CutLennardJones)
        ]
        + (["pair_modify shift yes"] if name == "lj/cut" else [])
    )


def _embedded_atom_commands(
    model: GlassModel, term: EmbeddedAtom, given: str | os.PathLike[str] | None
) -> list[str]:
    """The commands of an ``eam`` style; LAMMPS takes masses from the file, the model's own follow."""
    path = as_one_word(term.require_unchanged_file() if given is None else given)
    if term.style == "eam":
        coefficients = [f"pair_coeff {a + 1} {a + 1} {path}" for a in range(model.n_species)]
    else:
        coefficients = [f"pair_coeff * * {path} {' '.join(term.elements)}"]
    masses = [f"mass {a + 1} {species.mass!r}" for a, species in enumerate(model.species)]
    return [f"pair_style {term.style}", *coefficients, *masses]


def lepton_expression(potential: PairPotential) -> str:
    """φ(r) inside the cut-off in the language of LAMMPS ``pair_style lepton``.

    Raises:
        ModelError: there is no expression for this kind of potential.
    """
    match potential:
        case SmoothInversePowerLaw(size=size, energy=energy):
            phi = _polynomial({-10: 1.0, **potential.coefficients})
            return f"{energy!r}*({phi}); x=r/{size!r}"
        case StickySphere(size=size, energy=energy):
            core, tail = _polynomial(LENNARD_JONES), _polynomial(potential.coefficients)
            return (
                f"{energy!r}*(inside*({core}) + (1-inside)*({tail})); "
                f"inside=step({REDUCED_MINIMUM!r}-x); x=r/{size!r}"
            )
        case ShiftedForceLennardJones(epsilon=epsilon, sigma=sigma, cutoff=cutoff):
            value, slope = potential.at_cutoff
            return (
                f"{epsilon!r}*({_polynomial(LENNARD_JONES)}) - ({value!r}) "
                f"- (r-{cutoff!r})*({slope!r}); x=r/{sigma!r}"
            )
        case ShiftedLennardJones(epsilon=epsilon, sigma=sigma):
            return (
                f"{epsilon!r}*({_polynomial(LENNARD_JONES)}) - ({potential.value_at_cutoff!r}); "
                f"x=r/{sigma!r}"
            )
        case FormulaPotential():
            return _lepton_formula(potential)
    raise ModelError(f"no lepton expression for {type(potential).__name__}")


def _lepton_of_sizes(potential: PairPotential, sizes: Sizes) -> str:
    """φ(r/σ_ij) for ``pair_style lepton/sphere``, which knows the radii of both particles.

    Raises:
        ModelError: a constant of the formula has a name that this style gives a meaning.
    """
    names = {name for name, _ in getattr(potential, "constants", ())}
    taken = names & {"radi", "radj", PAIR_SIZE}
    if taken:
        raise ModelError(
            f"no constant can be called {taken.pop()}, which LAMMPS's lepton/sphere has for sizes"
        )
    energy, *definitions = lepton_expression(potential).split("; ")
    spread = f"*(1-{2.0 * sizes.nonadditivity!r}*abs(radi-radj))" if sizes.nonadditivity else ""
    parts = [
        f"step({potential.cutoff!r}-{DISTANCE})*({energy})",
        *definitions,
        f"{DISTANCE}={DISTANCE}/{PAIR_SIZE}",
        f"{PAIR_SIZE}=(radi+radj){spread}",
    ]
    return "; ".join(parts)


def _lepton_formula(potential: FormulaPotential) -> str:
    """A formula of the user's own; Lepton knows all its functions but the one that joins pieces."""
    if "where" in potential.formula:
        raise ModelError(f"no lepton expression for the pieces of {potential.formula!r}")
    terms = [f"({potential.formula.replace('**', '^').replace(' ', '')})"]
    if potential.added:
        terms.append(f"({_polynomial(potential.added, REDUCED)})")
    values = {REDUCED: f"r/{potential.cutoff!r}", "pi": repr(math.pi)}
    values |= {name: repr(value) for name, value in potential.constants}
    return "; ".join(["+".join(terms), *(f"{name}={value}" for name, value in values.items())])


def _polynomial(coefficients: dict[int, float], x: str = "x") -> str:
    """Σ c_n x^n."""
    return " + ".join(f"({c!r})*{x}^({n})" for n, c in coefficients.items())


def _potential_path(model: GlassModel, given: str | os.PathLike[str] | None) -> str:
    """The given potential file, or the one of the package if it fits, as LAMMPS reads a word."""
    if given is not None:
        return as_one_word(given)
    packaged = PACKAGED.get(model.interaction)
    if packaged is not None:
        original = get_model(packaged)
        if (model.pair_potentials, model.three_body) == (
            original.pair_potentials,
            original.three_body,
        ):
            return as_one_word(potential_file(potential_file_name(model)))
    raise ModelError(
        f"no potential file for model {model.name!r} comes with the package: write one with "
        "write_potential(model, path) and give its path as table_path"
    )
