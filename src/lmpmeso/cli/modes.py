"""``lmpmeso modes``: soft quasilocalised excitations of one glass."""

from __future__ import annotations

import argparse
import time
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
    add_value,
    picture_or_none,
    positive_integer,
    writable_or_none,
)
from lmpmeso.cli.chosen_model import add_input, chosen_model
from lmpmeso.cli.console import Progress, aligned, say
from lmpmeso.cli.minimum import at_minimum
from lmpmeso.files.plain_json import json_text

if TYPE_CHECKING:
    import pandas as pd

    from lmpmeso.configurations import Configuration
    from lmpmeso.elasticity import HessianFactor, SoftModes
    from lmpmeso.hessians import Hessian
    from lmpmeso.models import GlassModel

SUMMARY = "soft quasilocalised excitations of one glass"
DESCRIPTION = """\
The soft spots of one glass as pseudo-harmonic modes (Appendix B): the response to the force dipole of every
interacting pair, or of a random sample, is followed downhill in a cost function whose minima are soft and
localised. A configuration that is not at a minimum of the energy is quenched first, and that is said.

  lmpmeso modes glass.dump --model ipl2d --json
  lmpmeso modes glass.dump --model ipl --starts 1000 -o modes.nc
  lmpmeso modes glass.dump --model ipl2d --map modes.png --arrows softest.png

Standard output: the softest modes with stiffness λ [ε/σ²], participation ratio, core position [σ], cubic and
quartic coefficient of the energy along the mode (U = λ s²/2 + τ s³/6 + χ s⁴/24) and the number of starts that
led there, and below them the lowest harmonic modes, to compare.
OUT: CSV, a row a mode, all modes; or NetCDF (.nc) or LAMMPS dump (.dump) with the displacements of the softest,
a frame a mode. With -o, a search that was killed goes on where it was when the command is repeated.
MAP: PNG, the cores of the softest modes over the κ-field; in 3D over a slice through its middle.
ARROWS: PNG, the softest mode of a 2D glass beside the response to the dipole that it stretches most, shifted so that
its core lies in the middle of the box.
"""
OUTPUT_ENDINGS = (".csv", ".nc", ".dump", ".dump.gz", ".dump.zst")
MODE_UNITS = {
    "stiffness": "energy/length^2",
    "cost": "energy^2/length^4",
    "cubic": "energy/length^3",
    "quartic": "energy/length^4",
    **dict.fromkeys("xyz", "length"),
}


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_input(command, "LAMMPS dump or data file with the configuration")
    what = "dipole responses to start from: of all interacting pairs, or of N drawn at random"
    add_all_or_number(command, "--starts", what)
    what = "modes to print, draw, and write with their displacements"
    add_value(command, "--softest", "N", what, 12, kind=positive_integer)
    add_text(command, "-o --output", "OUT", "file for the modes")
    add_text(command, "--map", "MAP", "picture of the softest over the κ-field")
    add_text(command, "--arrows", "ARROWS", "picture of the softest (2D only)")
    add_choice(
        command,
        "--descent",
        ("gradient", "mapping"),
        "preconditioned conjugate gradients, or the fixed-point mapping, which reaches the "
        "same modes in more steps",
    )
    add_seed(command, "seed of the random sample of starts")
    add_minimizer(command)
    add_threads(command)
    add_frame(command)
    add_json(command)


def run(arguments: argparse.Namespace) -> str:
    """Search, write, report."""
    from lmpmeso.backend import blas_threads
    from lmpmeso.configurations import read_configuration

    model = chosen_model(arguments)
    output = writable_or_none(arguments.output, arguments.file)
    if output is not None and not output.name.endswith(OUTPUT_ENDINGS):
        raise UsageError(f"{output}: modes are written to files in {', '.join(OUTPUT_ENDINGS)}")
    picture = picture_or_none(arguments.map, arguments.file, arguments.output)
    arrows = picture_or_none(arguments.arrows, arguments.file, arguments.output, arguments.map)
    if arrows is not None and model.dimension != 2:
        raise UsageError(f"--arrows draws two-dimensional glasses; {model.name} is not one")
    configuration = read_configuration(arguments.file, model, frame=arguments.frame)
    start = time.perf_counter()
    with blas_threads(arguments.threads):
        from lmpmeso.elasticity import energy_along_modes
        from lmpmeso.elasticity.modes import stiffness_along

        structure, found, preparation = at_minimum(configuration, model, arguments, device="cpu")
        hess, factor = found.hessian, found.factor
        modes = _search(hess, factor, arguments, output)
        expansion = energy_along_modes(structure, model, modes.vectors_mnc)
        table = modes.table.assign(cubic=expansion["cubic"], quartic=expansion["quartic"])
        n_harmonic = min(arguments.softest, hess.matrix.shape[0] - hess.dimension - 1)
        harmonic = found.modes(n_harmonic)
        seconds = time.perf_counter() - start
        if picture is not None:
            _draw_map(picture, structure, model, found.bonds, table.head(arguments.softest))
        if arrows is not None:
            _draw_arrows(arrows, structure, hess, factor, modes)
    if output is not None:
        units = model.units_style.of_bare_columns(MODE_UNITS)
        _write(output, structure, modes, table, arguments.softest, units)
        _work_file(output).unlink(missing_ok=True)
    search = table.attrs
    report = {
        "model": model.name,
        "units": model.units,
        "n_particles": hess.n_particles,
        "energy_per_particle": hess.energy / hess.n_particles,
        "max_force": hess.max_force,
        "quenched": preparation == "quenched",
        "polished": preparation == "polished",
        "n_starts": search["n_starts"],
        "n_pairs_total": search["n_pairs_total"],
        "n_failed": search["n_failed"],
        "n_modes": modes.n_modes,
        "iterations": search["iterations"],
        "modes": table.head(arguments.softest).to_dict("records"),
        "harmonic": {
            "stiffness": stiffness_along(harmonic, hess),
            "participation_ratio": harmonic.participation_ratios,
            "angular_frequency": harmonic.frequencies,
        },
        "descent": arguments.descent,
        "seed": arguments.seed,
        "seconds": seconds,
    }
    return (
        json_text(report)
        if arguments.json
        else model.units_style.named(_in_words(report, hess.dimension))
    )


def _work_file(output: Path) -> Path:
    """Where intermediate results are kept, beside the output."""
    return output.with_name(output.name + ".work.npz")


def _search(
    hess: Hessian, factor: HessianFactor, arguments: argparse.Namespace, output: Path | None
) -> SoftModes:
    """The modes, with progress; one process at a time when there is a work file."""
    from lmpmeso.elasticity import soft_modes
    from lmpmeso.files.locks import passing_lock

    def search(work_file: Path | None) -> SoftModes:
        with Progress() as progress:
            return soft_modes(
                hess,
                starts=arguments.starts,
                descent=arguments.descent,
                seed=arguments.seed,
                factor=factor,
                work_file=work_file,
                progress=lambda done, total: progress.update("descents", done, total),
            )

    if output is None:
        return search(None)
    work_file = _work_file(output)
    refusal = UsageError(f"another process is searching modes for {output}")
    with passing_lock(work_file.with_suffix(".lock"), refusal):
        if work_file.exists():
            say(f"going on from {work_file}")
        return search(work_file)


def _write(
    path: Path,
    structure: Configuration,
    modes: SoftModes,
    table: pd.DataFrame,
    n_softest: int,
    units: Mapping[str, str],
) -> None:
    """All numbers as CSV, or the softest modes with their displacements."""
    from lmpmeso.elasticity import write_modes

    if path.suffix == ".csv":
        write_modes(path, modes, structure, table, units)
    else:
        write_modes(path, modes.softest(n_softest), structure, table.head(n_softest), units)
    say(f"wrote {path}")


def _draw_map(
    path: Path,
    structure: Configuration,
    model: GlassModel,
    bonds: pd.DataFrame,
    cores: pd.DataFrame,
) -> None:
    """Cores over the κ-field; in 3D those within a circle's radius of the slice."""
    from lmpmeso.elasticity import planar_bonds, slice_of_field
    from lmpmeso.figures import draw_modes, label_units, save_figure
    from lmpmeso.figures.soft_modes import CIRCLE_DIAMETER

    box = (float(structure.box_c[0]), float(structure.box_c[1]))
    if structure.dimension == 2:
        field = planar_bonds(structure, bonds)
    else:
        field = slice_of_field(structure, model, bonds)
        near = (cores["z"] - structure.box_c[2] / 2).abs() <= CIRCLE_DIAMETER / 2
        cores = cores[near]
        say(f"{len(cores)} of the {len(near)} softest modes have their core near the slice drawn")
    save_figure(label_units(draw_modes(field, cores, box), model.units_style), path)
    say(f"wrote {path}")


def _draw_arrows(
    path: Path, structure: Configuration, hess: Hessian, factor: HessianFactor, modes: SoftModes
) -> None:
    """The softest mode beside the response to the dipole of the pair that it stretches most."""
    from lmpmeso.elasticity import planar_displacements
    from lmpmeso.elasticity.dipole_response import response_like
    from lmpmeso.figures import arrow_map, save_figure

    mode_nc = modes.vectors_mnc[0]
    response_nc, dipole_nc = response_like(mode_nc, hess, factor)
    forces = planar_displacements(structure, dipole_nc)
    figure = arrow_map(
        {
            "soft mode": planar_displacements(structure, mode_nc),
            "dipole response": planar_displacements(structure, response_nc),
        },
        (float(structure.box_c[0]), float(structure.box_c[1])),
        dipole=forces[(forces["u_x"] != 0.0) | (forces["u_y"] != 0.0)],
        centre=(float(modes.table["x"].iloc[0]), float(modes.table["y"].iloc[0])),
    )
    save_figure(figure, path)
    say(f"wrote {path}")


def _in_words(report: dict[str, Any], dimension: int) -> str:
    """The numbers for a person."""
    axes = "xyz"[:dimension]
    rows = [
        ["mode", "λ [ε/σ²]", "e", "τ [ε/σ³]", "χ [ε/σ⁴]", *(f"{a} [σ]" for a in axes), "starts"]
    ]
    for number, mode in enumerate(report["modes"], start=1):
        rows.append(
            [
                f"{number}",
                f"{mode['stiffness']:.5g}",
                f"{mode['participation_ratio']:.4f}",
                f"{mode['cubic']:.4g}",
                f"{mode['quartic']:.4g}",
                *(f"{mode[axis]:.2f}" for axis in axes),
                f"{mode['n_starts']}",
            ]
        )
    harmonic = report["harmonic"]
    lowest = list(zip(harmonic["stiffness"], harmonic["participation_ratio"], strict=True))
    failed = f", {report['n_failed']} without an end" if report["n_failed"] else ""
    return (
        aligned(
            [
                ("particles", f"{report['n_particles']}"),
                ("starts", f"{report['n_starts']} of {report['n_pairs_total']} pairs{failed}"),
                ("distinct modes", f"{report['n_modes']}"),
                (
                    "time",
                    f"{report['seconds']:.1f} s, {report['iterations']:.1f} solutions a start",
                ),
            ]
        )
        + "\nsoft modes (e: participation ratio)\n"
        + aligned(rows)
        + "\nharmonic modes, λ [ε/σ²] (e): "
        + ", ".join(f"{value:.5g} ({ratio:.3f})" for value, ratio in lowest)
        + "\n"
    )
