"""``lmpmeso landscape``: inherent structures along short runs, and how often they change."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lmpmeso.cli.arguments import (
    add_choice,
    add_json,
    add_minimizer,
    add_output,
    add_processes,
    add_seed,
    add_temperature,
    add_text,
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
    import pandas as pd

    from lmpmeso.configurations import Configuration
    from lmpmeso.landscape import Landscape, LandscapeStudy

SUMMARY = "inherent structures along short runs, and the rate of transitions between them"
RESUMES = True
NEAR_BOUND = 0.5
"""Γ above this part of what the sampling interval lets one see is called not resolved."""
DESCRIPTION = """\
How granular is the energy landscape? A short run at constant temperature starts from each frame of FILE, its
frames are quenched down to single MD steps, and neighbouring inherent structures are compared (Fig. 5
of the paper). Γ is reported as Γ t_ballistic N0/N, with t_ballistic = 0.1 t0 and N0 = 1000: the
transitions of 1000 particles in one ballistic time.

  lmpmeso landscape liquid.dump --model ss --temperature 1.0 -o landscape-ss
  lmpmeso landscape run/trajectory.nc --spacing 80 --model ss --temperature 1.0 -o landscape-ss
  lmpmeso landscape liquid.dump --model ipl --temperature 0.66 --duration 10 --search bisection -o landscape-ipl

  lmpmeso landscape liquid.dump --model mblj --temperature 0.7 --compare cg,fire,steepest -o landscape-mblj

--compare quenches the same frames by several minimisers and tells which of them find the true basin, the one where
steepest descent ends: landscape-minimizers.csv and .png. A folder that version 0.1.0 began has structures by
conjugate gradients, and goes on with --minimizer cg. Ten independent frames are what the paper takes. DIR holds the tables of a campaign, which `lmpmeso figures DIR` draws:
landscape.csv (Γ), landscape-energies.csv (U_IHS of every frame), landscape-intervals.csv and landscape-thresholds.csv (Γ
against both), landscape-transitions.csv (size and energy step of each transition); besides landscape.json, landscape.png
(U_IHS of a trajectory with about the mean number of transitions), and the quenched structures. The same command goes
on where it was stopped, and a longer --duration extends what is there.
"""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_input(command, "liquid configurations, one a frame: LAMMPS dump or data file, NetCDF")
    add_temperature(command)
    add_output(command, "DIR", "folder of the results")
    what, told = "start from the last K frames of FILE", "10, or all there are"
    add_value(command, "--trajectories", "K", what, 10, told, positive_integer)
    add_spacing(command)
    what = "length of each run in units of t_ballistic = 0.1 t0"
    add_value(command, "--duration", "TIME", what, 1.0)
    what = "MD steps from frame to frame"
    add_value(command, "--interval", "STEPS", what, 1, kind=positive_integer)
    told = "the model's); a shorter one looks closer at fast transitions"
    add_text(command, "--time-step", "DT", f"MD time step (default: {told}", type=positive_number)
    what = "quench every frame, or halve intervals whose ends differ"
    add_choice(command, "--search", ("exhaustive", "bisection"), what)
    what = "displacement of a particle that makes a transition [σ]"
    add_value(command, "--threshold", "D", what, 1e-5, "1e-5")
    add_seed(command, "of the velocities")
    add_processes(command)
    add_minimizer(command, "steepest")
    what = "also quench the same frames by these, with commas between them, steepest among them"
    add_text(command, "--compare", "M,M,…", what)
    add_json(command)


def run(arguments: argparse.Namespace) -> str:
    """Run, quench, compare, report."""
    import pandas as pd

    from lmpmeso.campaign.tables.files import write_study_tables
    from lmpmeso.landscape import LandscapeStudy
    from lmpmeso.landscape.comparison import COMPARISON_UNITS, refuse_comparison

    model = chosen_model(arguments)
    warn_of_temperature(model, arguments.temperature)
    folder = result_folder(arguments.output)
    starts = last_frames(arguments, model, arguments.trajectories)
    study = LandscapeStudy(
        model,
        arguments.temperature,
        arguments.interval,
        arguments.time_step,
        arguments.search,
        arguments.threshold,
        arguments.minimizer,
        accelerator=arguments.accelerator,
        processes=arguments.processes,
    )
    if arguments.compare is not None:
        refuse_comparison(study, arguments.compare.split(","))
    claim_arguments(folder, arguments, "model", "temperature", "seed", "spacing")
    duration = arguments.duration * study.ballistic_time
    with Progress() as bars:
        found = study.quenched_runs(starts, duration, arguments.seed, folder, bars.update)
        comparison = _compared(arguments, study, starts, folder, bars)
    measured = study.measure(found, seed=arguments.seed)
    report = _report(measured) | {"seed": arguments.seed}
    if comparison is not None:
        report["minimizers"] = comparison.to_dict("records")
    tables = measured.tables()
    write_study_tables(
        folder,
        {name: report[name] for name in ("model", "n_particles", "temperature")},
        {"landscape": pd.DataFrame([measured.summary()])}
        | tables
        | {"landscape_transitions": measured.transitions()}
        | ({} if comparison is None else {"landscape_minimizers": comparison}),
        COMPARISON_UNITS,
        model.units_style,
    )
    write_json(folder / "landscape.json", report)
    _draw(folder / "landscape.png", measured, tables)
    if comparison is not None:
        _draw_comparison(folder / "landscape-minimizers.png", measured, comparison)
    if arguments.json:
        return json_text(report)
    say(f"wrote {folder}")
    return _in_words(report)


def _compared(
    arguments: argparse.Namespace,
    study: LandscapeStudy,
    starts: Sequence[Configuration],
    folder: Path,
    bars: Progress,
) -> pd.DataFrame | None:
    """The table of the minimisers that are to be compared; None without ``--compare``."""
    from lmpmeso.landscape import compare_minimizers

    if arguments.compare is None:
        return None
    duration = arguments.duration * study.ballistic_time
    names = arguments.compare.split(",")
    found = compare_minimizers(study, names, starts, duration, arguments.seed, folder, bars.update)
    return found.table(seed=arguments.seed)


def _report(measured: Landscape) -> dict[str, Any]:
    """Γ and what it rests on."""
    study, rate, convergence = measured.study, measured.rate, measured.convergence
    return {
        "model": study.model.name,
        "temperature": study.temperature,
        "n_particles": rate.n_particles,
        "n_trajectories": len(measured.trajectories),
        "duration": float(rate.durations_k.mean()),
        "time_step": measured.trajectories[0].time_step,
        "interval": rate.interval,
        "interval_over_ballistic_time": measured.interval_over_ballistic_time,
        "search": rate.search,
        "minimizer": study.minimizer,
        "rate_bisection": measured.bisection.mean,
        "rate_bisection_low": measured.bisection.low,
        "rate_bisection_high": measured.bisection.high,
        "threshold": rate.threshold,
        "n_transitions": int(rate.counts_k.sum()),
        **measured.evidence(),
        "rate": rate.reduced.mean,
        "rate_low": rate.reduced.low,
        "rate_high": rate.reduced.high,
        "rate_caveat": rate.reduced.caveat,
        "rate_bound": measured.bound,
        "interval_converged": convergence.interval_converged,
        "threshold_converged": convergence.threshold_converged,
        "convergence": convergence.statement,
    }


def _draw(path: Path, measured: Landscape, tables: Mapping[str, pd.DataFrame]) -> None:
    """U_IHS(t) of one trajectory, Γ, and Γ against the sampling interval."""
    import pandas as pd

    from lmpmeso.figures import landscape, save_figure

    energies = tables["landscape_energies"]
    label = f"{measured.study.model.name}, T = {measured.study.temperature:g}"
    curve, rates, intervals = (
        table.assign(label=label)
        for table in (
            energies[energies["trajectory"] == measured.typical],
            pd.DataFrame([measured.summary()]),
            tables["landscape_intervals"],
        )
    )
    save_figure(landscape(curve, rates, intervals), path)


def _draw_comparison(path: Path, measured: Landscape, comparison: pd.DataFrame) -> None:
    """What each minimiser finds in the same frames."""
    from lmpmeso.figures import save_figure
    from lmpmeso.figures.minimizers import minimizers

    label = f"{measured.study.model.name}, T = {measured.study.temperature:g}"
    save_figure(minimizers(comparison.assign(label=label)), path)


def _in_words(report: dict[str, Any]) -> str:
    """The report for a person."""
    low, high = report["rate_low"], report["rate_high"]
    interval = interval_in_words(low, high, ".3g", report["rate_caveat"])
    return aligned(
        [
            (
                "trajectories",
                f"{report['n_trajectories']} of {report['n_particles']} particles, "
                f"{report['duration']:.4g} time units each, a frame every {report['interval']:.4g}",
            ),
            ("quenches", f"{report['n_quenches']} ({report['search']}, {report['minimizer']})"),
            (
                "transitions",
                f"{report['n_transitions']} by displacement, "
                f"{report['n_transitions_by_energy']} by energy",
            ),
            ("noise of the quench", _noise_in_words(report)),
            (
                "Γ t_ballistic N0/N",
                f"{report['rate']:.4g}{interval}, by {_search_in_words(report)}",
            ),
            (
                "the paper's search",
                f"{report['rate_bisection']:.4g}, by bisection between ends of blocks",
            ),
            ("bound of the interval", bound_in_words(report)),
            ("convergence", report["convergence"]),
            *(
                (f"by {row['minimizer']}", _row_in_words(row))
                for row in report.get("minimizers", ())
            ),
        ]
    )


def _search_in_words(report: dict[str, Any]) -> str:
    """How the transitions were found."""
    found = "every frame" if report["search"] == "exhaustive" else "bisection"
    return f"{found}, {report['interval']:.3g} apart, {report['minimizer']}"


def _row_in_words(row: dict[str, Any]) -> str:
    """What one minimiser finds."""
    interval = interval_in_words(
        row["share_true_low"], row["share_true_high"], ".2f", "all trajectories alike"
    )
    return (
        f"{row['n_true']} of {row['n_frames']} frames in their true basin ({row['share_true']:.2f}{interval}); "
        f"{row['n_changes']} changes, {row['n_new']} to new structures"
    )


def bound_in_words(report: dict[str, Any]) -> str:
    """The largest Γ that the sampling interval lets one see, and whether Γ is near it."""
    bound = f"{report['rate_bound']:.4g}"
    if report["rate"] < NEAR_BOUND * report["rate_bound"]:
        return bound
    return (
        f"{bound}; {report['rate'] / report['rate_bound']:.0%} of neighbouring frames differ: Γ is a "
        "lower bound, not resolved; take a shorter --time-step"
    )


def _noise_in_words(report: dict[str, Any]) -> str:
    """How far quenches into one structure end apart, and how far structures are apart."""
    noise, step = report["quench_noise_displacement"], report["smallest_displacement"]
    measured = (
        "not measured: no two frames polished by themselves fell into one structure"
        if noise is None
        else f"displacement {noise:.1g}, energy {report['quench_noise_energy']:.1g}"
    )
    return measured + ("" if step is None else f"; smallest transition: displacement {step:.2g}")
