"""``lmpmeso elasticity``: dipole stiffnesses κ_ij and shear modulus G of one glass."""

from __future__ import annotations

import argparse
import math
import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lmpmeso.cli.arguments import (
    UsageError,
    add_all_or_number,
    add_choice,
    add_frame,
    add_json,
    add_minimizer,
    add_seed,
    add_text,
    add_threads,
    picture_or_none,
    writable_or_none,
)
from lmpmeso.cli.chosen_model import add_input, chosen_model
from lmpmeso.cli.console import aligned, say
from lmpmeso.cli.minimum import at_minimum
from lmpmeso.errors import UnstableShearWarning
from lmpmeso.files.plain_json import json_text

if TYPE_CHECKING:
    import pandas as pd

    from lmpmeso.arrays import FloatArray
    from lmpmeso.configurations import Configuration
    from lmpmeso.models import GlassModel

SUMMARY = "dipole stiffnesses κ_ij and shear modulus G of one glass"
DESCRIPTION = """\
The athermal elasticity of one glass: the stiffness κ_ij of its response to a local force dipole on the
interacting pair ij (Eq. A4), for all pairs or a random sample, and the shear modulus G (Eq. A1). A
configuration that is not at a minimum of the energy is quenched first, and that is said.

  lmpmeso elasticity glass.dump --model ipl --pairs all --json
  lmpmeso elasticity liquid.dump --model ss --pairs 200 --seed 1
  lmpmeso elasticity glass.dump --model ipl --pairs all -o bonds.csv --field kappa.dump
  lmpmeso elasticity glass.dump --model ipl2d --map kappa.png

Standard output: mean κ [ε/σ²], G and its planes [ε/σ³; in 2D ε/σ²], energy per particle, largest force.
OUT: CSV, a row a pair: i, j (0-based positions in id order), distance [σ], kappa [ε/σ²], …, every digit kept; or,
for a name in .dump, LAMMPS's `dump local` format, which OVITO reads as bonds.
FIELD: LAMMPS dump (or extended XYZ, for a name in .xyz or .extxyz) with the column kappa, the mean of κ_ij
over the pairs of each particle; OVITO reads both.
MAP: PNG. In 2D every bond, coloured by κ_ij; in 3D a slice through the middle, particles coloured by κ_i.
"""
EXTENDED_XYZ = {".xyz", ".extxyz"}
DUMPS = {".dump", ".lammpstrj"}
BONDS = (".dump",)
"""Endings of bonds as OVITO reads them."""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_input(command, "LAMMPS dump or data file with the configuration")
    add_all_or_number(command, "--pairs", "all interacting pairs, or N drawn at random")
    add_text(command, "-o --output", "OUT", "file for the table of κ_ij")
    add_text(command, "--field", "FIELD", "file for the κ-field (needs --pairs all)")
    add_text(command, "--map", "MAP", "picture of it (needs --pairs all)")
    add_seed(command, "seed of the random sample of pairs")
    add_choice(
        command,
        "--method",
        ("auto", "selected", "dense", "solve", "cg"),
        "how κ_ij is computed: selected inversion, dense inverse, one solve a pair, or "
        "conjugate gradients",
        "auto, the fastest that fits into the memory",
    )
    told = "auto, a GPU when there is one and CuPy is installed"
    add_choice(command, "--device", ("auto", "cpu", "cuda"), "where", told)
    add_minimizer(command)
    add_threads(command)
    add_frame(command)
    add_json(command)


def run(arguments: argparse.Namespace) -> str:
    """Compute, write, report."""
    from lmpmeso.backend import blas_threads
    from lmpmeso.configurations import read_configuration
    from lmpmeso.elasticity.system_size import SIZE_CORRECTED
    from lmpmeso.files.tables import refuse_other_endings
    from lmpmeso.hessians.dipole_pairs import about_pairs

    model = chosen_model(arguments)
    output = writable_or_none(arguments.output, arguments.file)
    if output is not None:
        refuse_other_endings(output, *BONDS)
    field = writable_or_none(arguments.field, arguments.file, arguments.output)
    if field is not None and not (DUMPS | EXTENDED_XYZ).intersection(field.suffixes):
        raise UsageError(
            f"{field}: the field is written to files in .dump or .xyz, also .gz and .zst"
        )
    picture = picture_or_none(arguments.map, arguments.file, arguments.output, arguments.field)
    if arguments.pairs != "all" and (field is not None or picture is not None):
        raise UsageError(
            "--field and --map need --pairs all: a sample of pairs leaves particles without κ"
        )
    configuration = read_configuration(arguments.file, model, frame=arguments.frame)
    start = time.perf_counter()
    with blas_threads(arguments.threads):
        structure, found, preparation = at_minimum(
            configuration,
            model,
            arguments,
            pairs=arguments.pairs,
            method=arguments.method,
            seed=arguments.seed,
            device=arguments.device,
        )
        hess, bonds, shear = found.hessian, found.bonds, found.shear
    seconds = time.perf_counter() - start
    warn_of_unstable_planes(shear.planes)
    if output is not None:
        _write_bonds(output, structure, model, bonds)
    if field is not None:
        _write_field(field, structure, model, found.field)
    if picture is not None:
        _draw_field(picture, structure, model, bonds)
    report = {
        "model": model.name,
        "units": model.units,
        "n_particles": hess.n_particles,
        "energy_per_particle": hess.energy / hess.n_particles,
        "max_force": hess.max_force,
        "quenched": preparation == "quenched",
        "polished": preparation == "polished",
        "n_pairs": len(bonds),
        "n_pairs_total": bonds.attrs["n_pairs_total"],
        "kappa_mean": float(bonds["kappa"].mean()),
        "kappa_mean_error": sampling_error(bonds["kappa"].to_numpy(), bonds.attrs["n_pairs_total"]),
        **_by_bond(bonds),
        SIZE_CORRECTED[hess.dimension]: found.kappa_size_corrected,
        "shear_modulus": shear.value,
        **_in_gigapascals(shear.value, model),
        "shear_modulus_planes": shear.planes,
        "shear_modulus_born": shear.born,
        "shear_modulus_nonaffine": shear.nonaffine,
        **about_pairs(hess.pairs, model),
        "hessian_error": hess.error,
        "kappa_error": found.kappa_error,
        "method": bonds.attrs["method"],
        "seed": arguments.seed,
        "seconds": seconds,
        "device": bonds.attrs["device"],
    }
    return (
        json_text(report)
        if arguments.json
        else model.units_style.named(_in_words(report, hess.dimension))
    )


def warn_of_unstable_planes(planes: Mapping[str, float]) -> None:
    """Tell where G of a plane is negative.

    Warns:
        UnstableShearWarning: with the planes.
    """
    from lmpmeso.elasticity.moduli import unstable_to_shear

    unstable = [plane for plane, negative in unstable_to_shear(planes).items() if negative]
    if unstable:
        warnings.warn(
            f"the glass is unstable to shear: G < 0 in {' and '.join(unstable)}. The box alone holds it, and its κ and "
            "G are no sample of a larger glass: leave it out of means, or take more particles",
            UnstableShearWarning,
            stacklevel=2,
        )


def _in_gigapascals(modulus: float, model: GlassModel) -> dict[str, float]:
    """A modulus in GPa too, where the model's units tell how much that is."""
    unit = model.units_style.gigapascals
    return {} if unit is None or model.dimension == 2 else {"shear_modulus_GPa": modulus * unit}


def sampling_error(kappa_p: FloatArray, n_total: int) -> float:
    """Standard error of a mean over pairs drawn without repetition, as estimate of that over all pairs.

    0 where all pairs were taken, NaN for a single one. Another glass differs by more.
    """
    n = len(kappa_p)
    if n == n_total:
        return 0.0
    if n < 2:
        return math.nan
    return float(kappa_p.std(ddof=1)) * math.sqrt((1.0 / n) * (1.0 - n / n_total))


def _by_bond(bonds: pd.DataFrame) -> dict[str, float | None]:
    """Mean κ of the pairs that a bond joins, and of the others, where the model has bonds; null where none is."""
    if "bonded" not in bonds:
        return {}
    kappa = bonds.groupby("bonded")["kappa"].mean()
    return {
        "n_pairs_bonded": int(bonds["bonded"].sum()),
        **{f"kappa_mean_{name}": kappa.get(k) for k, name in ((True, "bonded"), (False, "free"))},
    }


def _write_bonds(
    path: Path, structure: Configuration, model: GlassModel, bonds: pd.DataFrame
) -> None:
    """κ_ij as CSV or Parquet, or as bonds for OVITO where the name says so; every digit kept."""
    from lmpmeso.elasticity import write_bonds
    from lmpmeso.elasticity.dipoles import BOND_UNITS
    from lmpmeso.files.tables import write_table

    if path.suffix in BONDS:
        write_bonds(path, bonds, structure)
    else:
        write_table(path, bonds, model.units_style.of_bare_columns(BOND_UNITS))
    say(f"wrote {path}")


def _write_field(
    path: Path, structure: Configuration, model: GlassModel, field: FloatArray
) -> None:
    """The κ-field as a column of a dump, or of an extended XYZ file where the name says so."""
    from lmpmeso.configurations import write_dump, write_extxyz

    columns = {"kappa": field}
    if EXTENDED_XYZ.intersection(path.suffixes):
        write_extxyz(path, structure, model, columns)
    else:
        write_dump(path, structure, columns)
    say(f"wrote {path}")


def _draw_field(
    path: Path, structure: Configuration, model: GlassModel, bonds: pd.DataFrame
) -> None:
    """The map of the κ-field."""
    from lmpmeso.elasticity import planar_bonds, slice_of_field
    from lmpmeso.figures import bond_map, label_units, particle_map, save_figure

    box = (float(structure.box_c[0]), float(structure.box_c[1]))
    if structure.dimension == 2:
        figure = bond_map(planar_bonds(structure, bonds), box)
    else:
        figure = particle_map(slice_of_field(structure, model, bonds), box)
    save_figure(label_units(figure, model.units_style), path)
    say(f"wrote {path}")


LARGER = {
    2: "among 10 000 particles, by the sound waves that this box lacks",
    3: "in an infinite glass, by the sound waves that this box lacks",
}
"""Which κ the size-corrected one is, by dimension."""


def larger_in_words(kappa: float, corrected: float, dimension: int) -> str:
    """κ of the larger glass, and a word of caution where the step to it is no small one."""
    from lmpmeso.elasticity.system_size import TOO_LARGE, is_too_large

    words = f"{corrected:.4g} ε/σ² {LARGER[dimension]}"
    if is_too_large(kappa, corrected):
        words += f"; {TOO_LARGE}: see docs/kappa-size.md"
    return words


def _in_words(report: dict[str, Any], dimension: int) -> str:
    """The numbers for a person."""
    from lmpmeso.elasticity.system_size import SIZE_CORRECTED
    from lmpmeso.hessians.neighbours import INTERACTION

    modulus_unit = "ε/σ³" if dimension == 3 else "ε/σ²"
    planes = ", ".join(
        f"{plane} {value:.6g}" for plane, value in report["shear_modulus_planes"].items()
    )
    is_sample = report["n_pairs"] < report["n_pairs_total"]
    of_all = f" of {report['n_pairs_total']}" if is_sample else ""
    error = f" ± {report['kappa_mean_error']:.2g}" if is_sample else ""
    gigapascals = report.get("shear_modulus_GPa")
    cutoffs = ", ".join(f"{pair} {r:.4g}" for pair, r in report["pair_cutoffs"].items())
    which = ("pairs closer than", f"{cutoffs} σ: {report['pair_cutoffs_from']}")
    measured = (
        "error",
        f"{report['hessian_error']:.2g} ε/σ² of an element of the Hessian, by differences of LAMMPS's "
        f"forces; {report['kappa_error']:.2g} ε/σ² of κ",
    )
    return aligned(
        [
            ("particles", f"{report['n_particles']}"),
            ("energy per particle", f"{report['energy_per_particle']:.12g} ε"),
            ("largest force", f"{report['max_force']:.3g} ε/σ"),
            (
                "mean κ",
                f"{report['kappa_mean']:.6g}{error} ε/σ² ({report['n_pairs']}{of_all} pairs)",
            ),
            (
                "",
                larger_in_words(report["kappa_mean"], report[SIZE_CORRECTED[dimension]], dimension),
            ),
            *_by_bond_in_words(report),
            ("shear modulus G", f"{report['shear_modulus']:.6g} {modulus_unit} ({planes})"),
            (
                "",
                f"= {report['shear_modulus_born']:.6g} (affine) "
                f"- {report['shear_modulus_nonaffine']:.6g} (non-affine)",
            ),
            *([("", f"= {gigapascals:.6g} GPa")] if gigapascals is not None else []),
            *([which] if report["pair_cutoffs_from"] != INTERACTION else []),
            *([measured] if report["hessian_error"] else []),
            ("time", f"{report['seconds']:.2f} s, {report['method']} on {report['device']}"),
        ]
    )


def _by_bond_in_words(report: dict[str, Any]) -> list[tuple[str, str]]:
    """Mean κ of bonded and of other pairs, where the model has bonds."""
    if "n_pairs_bonded" not in report:
        return []
    bonded, free = (
        "none" if kappa is None else f"{kappa:.6g} ε/σ²"
        for kappa in (report["kappa_mean_bonded"], report["kappa_mean_free"])
    )
    return [("", f"{bonded} of pairs that a bond joins, {free} of others")]
