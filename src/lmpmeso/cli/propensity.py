"""``lmpmeso propensity``: the mobility of particles, and what the κ-field says about it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from lmpmeso.cli.arguments import (
    UsageError,
    add_choice,
    add_json,
    add_minimizer,
    add_output,
    add_processes,
    add_seed,
    add_temperature,
    add_text,
    add_threads,
    add_value,
    positive_integer,
    positive_number,
    result_folder,
)
from lmpmeso.cli.chosen_model import add_input, chosen_model, warn_of_temperature
from lmpmeso.cli.console import Progress, aligned, interval_in_words, say
from lmpmeso.cli.independent_frames import add_spacing, claim_arguments, last_frames
from lmpmeso.files.plain_json import json_text, write_json

if TYPE_CHECKING:
    from lmpmeso.elasticity import LocalStiffness
    from lmpmeso.propensity import Propensity, PropensityStudy, StiffnessAndMobility

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
displacements are then taken from the inherent structure unless --from-start is given. DIR holds the tables of a
campaign, which `lmpmeso figures DIR` draws: local-correlations.csv (C_s), kappa-populations.csv, kappa-ranks.csv and
representative.csv; besides particles.csv (κ_i, mobility and ranks of every particle), spearman.csv (C_s of every
configuration), propensity.json, propensity.png, and all runs and structures. The same command goes on where it was
stopped, and a larger --runs adds to the runs that are there.
"""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_input(command, "liquid configurations, one a frame: LAMMPS dump or data file, NetCDF")
    add_temperature(command)
    what = "time of the displacement [σ √(m/ε)]; the paper takes τ_α/10"
    add_text(command, "--time", "TIME", what, type=positive_number, required=True)
    add_output(command, "DIR", "folder of the results")
    what = "runs from each configuration"
    add_value(command, "--runs", "R", what, 20, kind=positive_integer)
    what = "take the last K frames of FILE"
    add_value(command, "--configurations", "K", what, told="all", kind=positive_integer)
    add_spacing(command)
    what = "where runs start: the inherent structures, as in the paper, or the frames of FILE"
    add_choice(command, "--start", ("inherent", "liquid"), what)
    what = (
        "how runs get their temperature: velocities at T on the inherent structure, as in the paper, which are cold at "
        "first; velocities at 2T; or a short run with Langevin forces"
    )
    add_choice(command, "--thermal-start", ("minimum", "doubled", "thermalised"), what)
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
    command.add_argument(
        "--local-stiffness",
        nargs="+",
        default=[],
        metavar="NAME",
        help="compare C_s of further definitions of local stiffness: geometric, harmonic, softest, debye-waller, or all "
        "(the arithmetic mean of κ_ij, the paper's, is there always)",
    )
    add_seed(command, "of the velocities")
    add_processes(command)
    add_minimizer(command)
    add_threads(command)
    add_json(command)


def run(arguments: argparse.Namespace) -> str:
    """Quench, run, correlate, report."""
    import pandas as pd

    from lmpmeso.backend import blas_threads
    from lmpmeso.campaign.tables.files import write_study_tables
    from lmpmeso.figures import draw_local_correlations, save_figure
    from lmpmeso.propensity import PropensityStudy, stiffness_and_mobility

    model = chosen_model(arguments)
    warn_of_temperature(model, arguments.temperature)
    folder = result_folder(arguments.output)
    if arguments.from_start and arguments.start == "inherent":
        raise UsageError(
            "--from-start needs --start liquid: inherent structures are the start else"
        )
    definitions = _definitions(arguments.local_stiffness)
    if arguments.thermal_start == "doubled" and arguments.start == "liquid":
        raise UsageError("--thermal-start doubled needs --start inherent")
    frames = last_frames(arguments, model, arguments.configurations)
    claim_arguments(folder, arguments, "model", "temperature", "time", "seed", "spacing", "start")
    study = PropensityStudy(
        model,
        arguments.temperature,
        arguments.time,
        arguments.runs,
        arguments.start,
        arguments.from_start,
        arguments.neighbour_relative,
        arguments.minimizer,
        arguments.accelerator,
        arguments.processes,
        arguments.threads,
        definitions,
        arguments.thermal_start,
    )
    fields, mobilities = [], []
    with blas_threads(arguments.threads), Progress() as bars:
        for field, mobility in study.mobilities(frames, arguments.seed, folder):
            fields.append(field)
            mobilities.append(mobility)
            bars.update("configurations", len(fields), len(frames))
    found = stiffness_and_mobility(fields, model, seed=arguments.seed)
    report = _report(study, found, mobilities)
    row, tables = pd.DataFrame([found.summary()]), found.tables()
    write_study_tables(
        folder,
        {name: report[name] for name in ("model", "n_particles", "temperature")},
        {"local_correlations": row} | tables,
        style=model.units_style,
    )
    write_json(folder / "propensity.json", report)
    figure = draw_local_correlations(tables["kappa_populations"], tables["kappa_ranks"], row)
    save_figure(figure, folder / "propensity.png")
    if arguments.json:
        return json_text(report)
    say(f"wrote {folder}")
    return _in_words(report)


def _definitions(names: list[str]) -> tuple[LocalStiffness, ...]:
    """The definitions of local stiffness that were asked for."""
    from lmpmeso.elasticity import LOCAL_STIFFNESSES

    if "all" in names:
        return LOCAL_STIFFNESSES
    if unknown := [name for name in names if name not in LOCAL_STIFFNESSES]:
        raise UsageError(
            f"--local-stiffness: {unknown[0]!r} is none of {', '.join(LOCAL_STIFFNESSES)}, all"
        )
    return tuple(name for name in LOCAL_STIFFNESSES if name in names)


def _report(
    study: PropensityStudy, found: StiffnessAndMobility, mobilities: list[Propensity]
) -> dict[str, Any]:
    """C_s and what it rests on."""
    import numpy as np
    import pandas as pd

    fields, result = found.fields, found.correlations
    temperatures = found.tables().get("ensemble_temperature", pd.DataFrame())
    species = {
        name: {"spearman": estimate.mean, "low": estimate.low, "high": estimate.high}
        for name, estimate in result.by_species.items()
    }
    return {
        "model": study.model.name,
        "temperature": study.temperature,
        "time": mobilities[0].time,
        "n_particles": fields[0].structure.n_particles,
        "n_configurations": len(fields),
        "n_runs": study.n_runs,
        "start": study.start,
        "displacement_from": "start" if study.from_start else "inherent structure",
        "neighbour_relative": study.neighbour_relative,
        "mean_propensity": float(np.mean([m.mean_n.mean() for m in mobilities])),
        "relative_error": float(np.mean([(m.error_n / m.mean_n).mean() for m in mobilities])),
        "reliability": float(np.mean([m.reliability for m in mobilities])),
        "kappa_mean": float(np.mean([f.kappa_n.mean() for f in fields])),
        "spearman": result.average.mean,
        "spearman_low": result.average.low,
        "spearman_high": result.average.high,
        "spearman_caveat": result.average.caveat,
        "spearman_by_species": species,
        "local_stiffness": found.stiffnesses.to_dict("records"),
        "thermal_start": study.thermal_start,
        "kinetic_temperature": temperatures.to_dict("records"),
        "p_value": result.p_value,
        "permutations": result.permutations,
        "seed": result.seed,
    }


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
    interval = interval_in_words(low, high, ".3f", report["spearman_caveat"])
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
    if late := [row for row in report["kinetic_temperature"] if row["t"] >= 0.1 * report["time"]]:
        low, high = (end(row["kinetic_temperature"] for row in late) for end in (min, max))
        words = f"{low:.4g} to {high:.4g} after a tenth of the runs, which are meant to be at {report['temperature']:g}"
        rows.append(("kinetic T", words))
    rows += [
        (f"C_s, {name}", f"{values['spearman']:.3f}")
        for name, values in report["spearman_by_species"].items()
    ]
    rows += [
        (
            f"C_s, {row['local_stiffness']}",
            f"{row['spearman']:.3f}{interval_in_words(row['spearman_low'], row['spearman_high'], '.3f', '')}; "
            f"{row['difference']:+.3f} to the arithmetic mean",
        )
        for row in report["local_stiffness"][1:]
    ]
    return aligned(rows)
