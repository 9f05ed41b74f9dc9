"""``lmpmeso propensity``: the mobility of particles, and what the κ-field says about it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lmpmeso.cli.arguments import (
    UsageError,
    add_input,
    add_json,
    add_minimizer,
    add_processes,
    add_threads,
    positive_integer,
    positive_number,
    result_folder,
)
from lmpmeso.cli.console import Progress, aligned, say
from lmpmeso.cli.independent_frames import add_spacing, claim_arguments, last_frames
from lmpmeso.files.plain_json import json_text, write_json

if TYPE_CHECKING:
    import pandas as pd

    from lmpmeso.configurations import Configuration, InherentStructure
    from lmpmeso.models import GlassModel
    from lmpmeso.propensity import LocalCorrelations, LocalField
    from lmpmeso.propensity.mobility import Propensity

NAME = "propensity"
SUMMARY = "mobility over the isoconfigurational ensemble, and its correlation with local stiffness"
RESUMES = True
DESCRIPTION = """\
The propensity of motion: each particle's displacement after a time, averaged over runs that start from
one configuration with fresh velocities. It is compared with the local dipole stiffness κ_i of the
inherent structure (Figs. 6 and 7 of the paper): C_s is Spearman's rank correlation of 1/κ_i with the mobility, averaged
over species and over the frames of FILE.

  lmpmeso propensity liquids.dump --model ss-0.95 --temperature 6.7 --time 2.0 -o propensity-0.95
  lmpmeso propensity run/trajectory.nc --spacing 40 --model ss-0.95 --temperature 6.7 --time 2.0 -o propensity-0.95

As in the paper the runs start from the inherent structures; --start liquid starts them from the frames themselves, and
displacements are then taken from the inherent structure unless --from-start is given. DIR holds particles.csv (κ_i,
mobility and ranks of every particle), spearman.csv, ranks.csv, populations.csv, propensity.json, propensity.png, and all
runs and structures; the same command goes on where it was stopped, and a larger --runs adds to the runs that are there.
"""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_input(command, "liquid configurations, one a frame: LAMMPS dump or data file, NetCDF")
    command.add_argument(
        "--temperature", required=True, type=positive_number, metavar="T", help="k_B T [ε]"
    )
    command.add_argument(
        "--time",
        required=True,
        type=positive_number,
        metavar="TIME",
        help="time of the displacement [σ √(m/ε)]; the paper takes τ_α/10",
    )
    command.add_argument(
        "-o", "--output", required=True, metavar="DIR", help="folder of the results"
    )
    command.add_argument(
        "--runs",
        type=positive_integer,
        default=20,
        metavar="R",
        help="runs from each configuration (default: 20)",
    )
    command.add_argument(
        "--configurations",
        type=positive_integer,
        metavar="K",
        help="take the last K frames of FILE (default: all)",
    )
    add_spacing(command)
    command.add_argument(
        "--start",
        choices=("inherent", "liquid"),
        default="inherent",
        help="where runs start: the inherent structures, as in the paper, or the frames of FILE "
        "(default: inherent)",
    )
    command.add_argument(
        "--from-start",
        action="store_true",
        help="with --start liquid: displacements from the frame, not from its inherent structure",
    )
    command.add_argument(
        "--neighbour-relative",
        action="store_true",
        help="displacement relative to the mean of the interacting neighbours (Fig. 2)",
    )
    command.add_argument("--seed", type=int, default=0, help="of the velocities (default: 0)")
    add_processes(command)
    add_minimizer(command)
    add_threads(command)
    add_json(command)


def run(arguments: argparse.Namespace) -> str:
    """Quench, run, correlate, report."""
    from lmpmeso.backend import blas_threads
    from lmpmeso.models import get_model
    from lmpmeso.propensity import extreme_particles, local_correlations
    from lmpmeso.propensity.figure_tables import representative_slice

    model = get_model(arguments.model)
    folder = result_folder(arguments.output)
    if arguments.from_start and arguments.start == "inherent":
        raise UsageError(
            "--from-start needs --start liquid: inherent structures are the start else"
        )
    frames = last_frames(arguments, model, arguments.configurations)
    claim_arguments(folder, arguments, "model", "temperature", "time", "seed", "spacing", "start")
    fields, mobilities = [], []
    with blas_threads(arguments.threads), Progress() as bars:
        for k, frame in enumerate(frames):
            work = folder / f"configuration-{k:03d}"
            field, mobility = _field(arguments, frame, model, work, arguments.seed + k)
            # A system too small for its extremes is refused now, not after the last configuration.
            extreme_particles(field.structure, model, field.mobility_n)
            fields.append(field)
            mobilities.append(mobility)
            bars.update("configurations", k + 1, len(frames))
    result = local_correlations(fields, model, seed=arguments.seed)
    report = _report(arguments, model, fields, mobilities, result)
    _write(folder, result, report, representative_slice(result, fields, model))
    if arguments.json:
        return json_text(report)
    say(f"wrote {folder}")
    return _in_words(report)


def _field(
    arguments: argparse.Namespace, frame: Configuration, model: GlassModel, work: Path, seed: int
) -> tuple[LocalField, Propensity]:
    """κ_i and mobility of one configuration."""
    from lmpmeso.hessians import interacting_pairs
    from lmpmeso.propensity import LocalField
    from lmpmeso.propensity.mobility import propensity
    from lmpmeso.protocols import isoconfigurational_runs

    structure, kappa_n = _glass(arguments, frame, model, work)
    runs = isoconfigurational_runs(
        structure if arguments.start == "inherent" else frame,
        model,
        arguments.temperature,
        duration=arguments.time,
        n_runs=arguments.runs,
        seed=seed,
        folder=work / "runs",
        accelerator=arguments.accelerator,
        processes=arguments.processes,
    )
    mobility = propensity(
        runs,
        reference=None if arguments.from_start else structure,
        neighbours=interacting_pairs(structure, model) if arguments.neighbour_relative else None,
    )
    return LocalField(structure, kappa_n, mobility.mean_n), mobility


def _glass(
    arguments: argparse.Namespace, frame: Configuration, model: GlassModel, work: Path
) -> tuple[InherentStructure, Any]:
    """The inherent structure and its κ_i, kept in a file that belongs to this very frame."""
    from lmpmeso.configurations import (
        read_inherent_structures,
        read_netcdf_fields,
        write_inherent_structures,
    )
    from lmpmeso.elasticity import dipole_stiffness, kappa_field
    from lmpmeso.files.run_folder import claim, digest
    from lmpmeso.protocols import quench

    work.mkdir(parents=True, exist_ok=True)
    identity = {
        "model": model.signature(),
        "minimizer": arguments.minimizer,
        "frame": digest(frame.positions_nc),
    }
    path = work / "glass.nc"
    claim(work, identity, "glass", products=(path.name,))
    if not path.is_file():
        structure = quench(frame, model, arguments.minimizer, accelerator=arguments.accelerator)
        bonds = dipole_stiffness(structure, model, pairs="all", threads=arguments.threads)
        field = kappa_field(bonds, structure.n_particles)
        write_inherent_structures(path, [structure], per_particle={"kappa": field})
    (structure,) = read_inherent_structures(path, model)
    return structure, read_netcdf_fields(path)["kappa"][0]


def _report(
    arguments: argparse.Namespace,
    model: GlassModel,
    fields: list[LocalField],
    mobilities: list[Propensity],
    result: LocalCorrelations,
) -> dict[str, Any]:
    """C_s and what it rests on."""
    import numpy as np

    species = {
        name: {"spearman": estimate.mean, "low": estimate.low, "high": estimate.high}
        for name, estimate in result.by_species.items()
    }
    return {
        "model": model.name,
        "temperature": arguments.temperature,
        "time": mobilities[0].time,
        "n_particles": fields[0].structure.n_particles,
        "n_configurations": len(fields),
        "n_runs": arguments.runs,
        "start": arguments.start,
        "displacement_from": "start" if arguments.from_start else "inherent structure",
        "neighbour_relative": arguments.neighbour_relative,
        "mean_propensity": float(np.mean([m.mean_n.mean() for m in mobilities])),
        "relative_error": float(np.mean([(m.error_n / m.mean_n).mean() for m in mobilities])),
        "reliability": float(np.mean([m.reliability for m in mobilities])),
        "kappa_mean": float(np.mean([f.kappa_n.mean() for f in fields])),
        "spearman": result.average.mean,
        "spearman_low": result.average.low,
        "spearman_high": result.average.high,
        "spearman_caveat": result.average.caveat,
        "spearman_by_species": species,
        "p_value": result.p_value,
        "permutations": result.permutations,
        "seed": arguments.seed,
    }


def _write(
    folder: Path, result: LocalCorrelations, report: dict[str, Any], representative: pd.DataFrame
) -> None:
    """Tables, report and figure."""
    import pandas as pd

    from lmpmeso.figures import local_correlations, save_figure
    from lmpmeso.files.atomic import replacing
    from lmpmeso.propensity.figure_tables import kappa_by_population

    tables = {
        "particles": result.particles,
        "spearman": result.spearman,
        "ranks": result.rank_distribution,
        "populations": kappa_by_population(result.particles),
        "representative": representative,
    }
    for name, table in tables.items():
        with replacing(folder / f"{name}.csv") as temporary:
            table.to_csv(temporary, index=False, float_format="%.17g")
    write_json(folder / "propensity.json", report)
    coefficient = {
        "spearman": report["spearman"],
        "low": report["spearman_low"],
        "high": report["spearman_high"],
    }
    figure = local_correlations(tables["populations"], tables["ranks"], pd.DataFrame([coefficient]))
    save_figure(figure, folder / "propensity.png")


def _chance(p_value: float, permutations: int) -> str:
    """How often shuffled mobilities correlate as strongly; none of those tried may have."""
    sign = "≤" if p_value <= 1.0 / (permutations + 1) else "="
    return f"p {sign} {p_value:.2g} by shuffling"


def _error_in_words(report: dict[str, Any]) -> str:
    """How well the propensity of each particle is known; two runs at least tell that."""
    if report["n_runs"] < 2:
        return "error and reliability not known from one run: repeat with a larger --runs"
    return (
        f"each particle's to {100 * report['relative_error']:.2g} %; "
        f"reliability {report['reliability']:.2f}"
    )


def _in_words(report: dict[str, Any]) -> str:
    """The report for a person."""
    low, high = report["spearman_low"], report["spearman_high"]
    caveat = report["spearman_caveat"]
    interval = f" [{low:.3f}, {high:.3f}] (90 %)" if low == low else f" (no interval: {caveat})"
    rows = [
        (
            "ensemble",
            f"{report['n_configurations']} configurations of {report['n_particles']} particles, "
            f"{report['n_runs']} runs each, from the {report['start']} ones",
        ),
        (
            "propensity",
            f"{report['mean_propensity']:.4g} σ after {report['time']:.4g}, {_error_in_words(report)}",
        ),
        (
            "C_s",
            f"{report['spearman']:.3f}{interval}; {_chance(report['p_value'], report['permutations'])}",
        ),
    ]
    rows += [
        (f"C_s, {name}", f"{values['spearman']:.3f}")
        for name, values in report["spearman_by_species"].items()
    ]
    return aligned(rows)
