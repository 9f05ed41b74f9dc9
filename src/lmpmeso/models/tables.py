"""Potential files for LAMMPS: tables for ``pair_style table``, Stillinger-Weber parameters, embedded atoms.

A table is spaced evenly in r² (``RSQ``) and is to be used with exactly its own number of points, so
that LAMMPS takes the values as they are and does not interpolate twice.
"""

from __future__ import annotations

import os
from pathlib import Path
from shutil import copyfile

import numpy as np

from lmpmeso.errors import ModelError
from lmpmeso.files.atomic import replacing
from lmpmeso.files.plain_paths import as_comment, plain_name
from lmpmeso.models.glass_model import GlassModel
from lmpmeso.models.potentials import PairPotential, StillingerWeberPair
from lmpmeso.models.tabulated import TabulatedPotential

TABLE_POINTS = 2000
"""Points of each table; docs/models.md has the accuracy and the speed behind the number."""
INNER_END = 0.5
"""Inner end of a table in units of λ_ij or σ_ij. Pairs of a liquid never come that close, and
particles pushed apart from random positions do not stop at LAMMPS's "Pair distance < table inner
cutoff"."""
SOFT_INNER_END = 1e-3
"""Inner end of the table of a potential that is bounded, so that particles may overlap."""
SPLINED = 0.05
"""Down to here LAMMPS's spline, which is one in r², follows a potential that is bounded [diameters]: nearer to 0 its force
is off by more than the force itself."""
BOUNDED = 20.0
"""A potential is bounded whose value at the soft inner end is below this, in units of that at the other."""


def write_potential(
    model: GlassModel, path: str | os.PathLike[str], n_points: int = TABLE_POINTS
) -> Path:
    """Write the model's potential as LAMMPS reads it: a table, a ``.sw`` file, or a copy of its ``eam`` file.

    Args:
        model: the model.
        path: file to write, or a folder, in which the file is called :func:`potential_file_name`.
        n_points: points of each table; used for tables only.

    Returns:
        The path of the file written.

    Raises:
        ModelError: fewer than 2 points, or the ``eam`` file has changed.
    """
    target = Path(path)
    if target.is_dir():
        target = target / potential_file_name(model)
    if model.embedding is not None:
        with replacing(target) as temporary:
            copyfile(model.embedding.require_unchanged_file(), temporary)
        return target
    text = table_text(model, n_points) if model.three_body is None else sw_text(model)
    with replacing(target) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return target


def potential_file_name(model: GlassModel) -> str:
    """Name of the model's potential file, e.g. ``ipl.table``: the same for ``ipl`` and ``ipl2d``.

    That of embedded atoms keeps the name it has, as far as LAMMPS takes it.
    """
    if model.embedding is not None:
        return plain_name(model.embedding.path.name)
    return plain_name(f"{model.interaction}.{'table' if model.three_body is None else 'sw'}")


def table_section(model: GlassModel, a: int, b: int) -> str:
    """Keyword of a pair of species in the table, e.g. ``SMALL_LARGE``; by type where LAMMPS takes no such name."""
    keyword = f"{model.species[a].name}_{model.species[b].name}".upper()
    return keyword if plain_name(keyword) == keyword else f"TYPE{a + 1}_TYPE{b + 1}"


def table_text(model: GlassModel, n_points: int = TABLE_POINTS) -> str:
    """The model's pair potentials as a LAMMPS table, one section a pair of species.

    Raises:
        ModelError: the model has a three-body term, or n_points < 2.
    """
    if model.three_body is not None:
        raise ModelError(f"model {model.name!r} has a three-body term: no table can hold it")
    if model.sizes is not None:
        raise ModelError(
            f"model {model.name!r} has particles of sizes of their own: no table can hold it"
        )
    if n_points < 2:
        raise ModelError(f"a table needs at least 2 points, got {n_points}")
    usage = "".join(
        f"#   pair_coeff {a + 1} {b + 1} FILE {table_section(model, a, b)}\n"
        for a, b, _ in model.species_pairs()
    )
    header = (
        f"# UNITS: {model.units}  Pair potentials {model.interaction!r} of lmpmeso: "
        f"{type(model.pair_potentials[0][0]).__name__}\n"
        f"{as_comment(model.reference)}\n"
        "# Columns: index, r, energy, force = -d(energy)/dr. Evenly spaced in r squared; use with\n"
        f"#   pair_style table spline {n_points}\n{usage}"
    )
    return header + "".join(
        f"\n{table_section(model, a, b)}\n{_section_text(potential, n_points)}"
        for a, b, potential in model.species_pairs()
    )


def _section_text(potential: PairPotential, n_points: int) -> str:
    """Parameter line and rows of one section."""
    inner, outer = closest_distance(potential), potential.cutoff
    r = np.sqrt(inner**2 + (outer**2 - inner**2) * np.arange(n_points) / (n_points - 1))
    # A square root may round to less than where a table of the user's own begins. The last row is the
    # limit from inside: potentials are zero at the cut-off itself.
    r[0] = inner
    r[-1] = np.nextafter(outer, 0.0)
    energy, slope, curvature = potential.derivatives(r, 2)
    parameters = (
        f"N {n_points} RSQ {inner:.17g} {outer:.17g} "
        f"FPRIME {-curvature[0]:.17g} {-curvature[-1]:.17g}\n\n"
    )
    rows = zip(r.tolist(), energy.tolist(), (-slope).tolist(), strict=True)
    return parameters + "".join(
        f"{k} {x:.15g} {e:.17g} {f:.17g}\n" for k, (x, e, f) in enumerate(rows, start=1)
    )


def closest_distance(potential: PairPotential) -> float:
    """Where LAMMPS's table of a potential begins [length]."""
    ends = np.array([SOFT_INNER_END, INNER_END]) * potential.diameter
    if isinstance(potential, TabulatedPotential):
        return float(max(ends[1], potential.begins))
    with np.errstate(all="ignore"):
        soft, hard = np.abs(potential.derivatives(ends, 0)[0])
    return float(ends[0] if soft < BOUNDED * hard else ends[1])


def sw_text(model: GlassModel) -> str:
    """The model's Stillinger-Weber parameters as LAMMPS ``pair_style sw`` reads them.

    Raises:
        ModelError: the model is not a Stillinger-Weber model of one species, or its two-body and
            three-body terms differ in ε, σ or a, which LAMMPS's format cannot express.
    """
    three, (pair, *others) = model.three_body, model.pair_potentials[0]
    if three is None or others or not isinstance(pair, StillingerWeberPair):
        raise ModelError(f"model {model.name!r} is not a Stillinger-Weber model of one species")
    if (pair.epsilon, pair.sigma, pair.a) != (three.epsilon, three.sigma, three.a):
        raise ModelError(f"model {model.name!r}: two-body and three-body ε, σ, a must be equal")
    name = plain_name(model.species[0].name)
    numbers = (
        *(pair.epsilon, pair.sigma, pair.a, three.strength, three.gamma, three.cos_theta0),
        *(pair.A, pair.B, pair.p, pair.q),
    )
    return (
        f"# UNITS: lj  Stillinger-Weber parameters {model.interaction!r} of lmpmeso\n"
        f"{as_comment(model.reference)}\n"
        "# three elements, epsilon, sigma, a, lambda, gamma, cos(theta0), A, B, p, q, tol; use with\n"
        f"#   pair_style sw\n#   pair_coeff * * FILE {name}\n"
        f"{name} {name} {name} {' '.join(f'{x:.17g}' for x in numbers)} 0.0\n"
    )
