"""``lmpmeso landscape``: inherent structures along short runs, and how often they change."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lmpmeso.cli.arguments import (
    add_input,
    add_json,
    add_minimizer,
    add_processes,
    positive_integer,
    positive_number,
    result_folder,
)
from lmpmeso.cli.console import Progress, aligned, say
from lmpmeso.cli.independent_frames import add_spacing, claim_arguments, last_frames
from lmpmeso.files.plain_json import json_text, write_json

if TYPE_CHECKING:
    import pandas as pd

    from lmpmeso.configurations import Configuration, Trajectory
    from lmpmeso.landscape import InherentStructureTrajectory
    from lmpmeso.models import GlassModel

NAME = "landscape"
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

Ten independent frames are what the paper takes. DIR holds energies.csv (U_IHS of every frame), transitions.csv (size
and energy step of each transition), rate.csv (Γ against sampling interval and threshold), landscape.json, landscape.png
(U_IHS of a trajectory with about the mean number of transitions), and the quenched structures; the same command goes
on where it was stopped, and a longer --duration extends what is there.
"""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_input(command, "liquid configurations, one a frame: LAMMPS dump or data file, NetCDF")
    command.add_argument(
        "--temperature", required=True, type=positive_number, metavar="T", help="k_B T [ε]"
    )
    command.add_argument(
        "-o", "--output", required=True, metavar="DIR", help="folder of the results"
    )
    command.add_argument(
        "--trajectories",
        type=positive_integer,
        default=10,
        metavar="K",
        help="start from the last K frames of FILE (default: 10, or all there are)",
    )
    add_spacing(command)
    command.add_argument(
        "--duration",
        type=positive_number,
        default=1.0,
        metavar="TIME",
        help="length of each run in units of t_ballistic = 0.1 t0 (default: 1)",
    )
    command.add_argument(
        "--interval",
        type=positive_integer,
        default=1,
        metavar="STEPS",
        help="MD steps from frame to frame (default: 1)",
    )
    command.add_argument(
        "--time-step",
        type=positive_number,
        metavar="DT",
        help="MD time step (default: the model's); a shorter one looks closer at fast transitions",
    )
    command.add_argument(
        "--search",
        choices=("exhaustive", "bisection"),
        default="exhaustive",
        help="quench every frame, or halve intervals whose ends differ (default: exhaustive)",
    )
    command.add_argument(
        "--threshold",
        type=positive_number,
        default=1e-5,
        metavar="D",
        help="displacement of a particle that makes a transition [σ] (default: 1e-5)",
    )
    command.add_argument("--seed", type=int, default=0, help="of the velocities (default: 0)")
    add_processes(command)
    add_minimizer(command)
    add_json(command)


def run(arguments: argparse.Namespace) -> str:
    """Run, quench, compare, report."""
    from lmpmeso.landscape import inherent_structure_trajectories
    from lmpmeso.models import get_model

    model = get_model(arguments.model)
    folder = result_folder(arguments.output)
    starts = last_frames(arguments, model, arguments.trajectories)
    claim_arguments(folder, arguments, "model", "temperature", "seed", "spacing")
    folders = [folder / f"trajectory-{k:03d}" for k in range(len(starts))]
    with Progress() as bars:
        runs = []
        for k, (start, work) in enumerate(zip(starts, folders, strict=True)):
            runs.append(_short_run(arguments, start, model, work / "run", arguments.seed + k))
            bars.update("runs", k + 1, len(starts))
        found = inherent_structure_trajectories(
            runs,
            model,
            folders=[work / "structures" for work in folders],
            search=arguments.search,
            same_displacement=arguments.threshold,
            minimizer=arguments.minimizer,
            accelerator=arguments.accelerator,
            processes=arguments.processes,
            progress=lambda done, total: bars.update("quenches", done, max(total, 1)),
        )
    report = _report(arguments, model, found, folder)
    if arguments.json:
        return json_text(report)
    say(f"wrote {folder}")
    return _in_words(report)


def _short_run(
    arguments: argparse.Namespace, start: Configuration, model: GlassModel, work: Path, seed: int
) -> Trajectory:
    from lmpmeso.landscape import short_run
    from lmpmeso.landscape.rate import BALLISTIC_TIME

    return short_run(
        start,
        model,
        arguments.temperature,
        duration=arguments.duration * BALLISTIC_TIME * model.t0(arguments.temperature),
        interval_steps=arguments.interval,
        seed=seed,
        time_step=arguments.time_step,
        folder=work,
        accelerator=arguments.accelerator,
    )


def _report(
    arguments: argparse.Namespace,
    model: GlassModel,
    found: list[InherentStructureTrajectory],
    folder: Path,
) -> dict[str, Any]:
    """Γ and what it rests on; the tables and the figure are written on the way."""
    import pandas as pd

    from lmpmeso.landscape import quench_noise, rate_convergence, transition_rate, transitions
    from lmpmeso.landscape.rate import BALLISTIC_TIME, REFERENCE_SIZE

    temperature = arguments.temperature
    options = {"threshold": arguments.threshold, "seed": arguments.seed}
    rate = transition_rate(found, model, temperature, **options)
    by_energy = transition_rate(found, model, temperature, criterion="energy")
    convergence = rate_convergence(found, model, temperature, **options)
    jumps = _numbered([transitions(t, threshold=arguments.threshold) for t in found])
    energies = _numbered([t.table() for t in found])
    ballistic_time = BALLISTIC_TIME * model.t0(temperature)
    noise = [quench_noise(t) for t in found]
    rates = pd.concat([convergence.by_interval, convergence.by_threshold], ignore_index=True)
    energies = energies.assign(
        reduced_time=energies["t"] / ballistic_time * found[0].n_particles / REFERENCE_SIZE,
        reduced_energy=energies["energy"] / temperature,
    )
    for name, table in (("energies", energies), ("transitions", jumps), ("rate", rates)):
        _write(folder / f"{name}.csv", table)
    report = {
        "model": model.name,
        "temperature": temperature,
        "n_particles": rate.n_particles,
        "n_trajectories": len(found),
        "duration": float(rate.durations_k.mean()),
        "time_step": found[0].time_step,
        "interval": rate.interval,
        "interval_over_ballistic_time": rate.interval / ballistic_time,
        "search": rate.search,
        "minimizer": arguments.minimizer,
        "threshold": rate.threshold,
        "n_quenches": sum(t.n_quenches for t in found),
        "n_transitions": int(rate.counts_k.sum()),
        "n_transitions_by_energy": int(by_energy.counts_k.sum()),
        "rate": rate.reduced.mean,
        "rate_low": rate.reduced.low,
        "rate_high": rate.reduced.high,
        "rate_caveat": rate.reduced.caveat,
        "rate_bound": REFERENCE_SIZE / rate.n_particles / (rate.interval / ballistic_time),
        "interval_converged": convergence.interval_converged,
        "threshold_converged": convergence.threshold_converged,
        "convergence": convergence.statement,
        "quench_noise_displacement": max((n.displacement for n in noise if n.n_same), default=None),
        "quench_noise_energy": max((n.energy for n in noise if n.n_same), default=None),
        "smallest_displacement": min(
            (n.smallest_displacement for n in noise if n.n_different), default=None
        ),
        "participation_median": float(jumps["participation"].median()),
        "energy_step_rms": float((jumps["energy_step"] ** 2).mean() ** 0.5),
        "seed": arguments.seed,
    }
    write_json(folder / "landscape.json", report)
    typical = int(abs(rate.counts_k - rate.counts_k.mean()).argmin())
    shown = energies[energies["trajectory"] == typical]
    _draw(folder / "landscape.png", report, shown, convergence.by_interval)
    return report


def _numbered(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Tables under one another, with the number of the trajectory first."""
    import pandas as pd

    named = [table.assign(trajectory=k) for k, table in enumerate(tables)]
    whole = pd.concat(named, ignore_index=True)
    return whole[["trajectory", *(name for name in whole.columns if name != "trajectory")]]


def _write(path: Path, table: pd.DataFrame) -> None:
    from lmpmeso.files.atomic import replacing

    with replacing(path) as temporary:
        table.to_csv(temporary, index=False, float_format="%.17g")


def _draw(
    path: Path, report: dict[str, Any], energies: pd.DataFrame, by_interval: pd.DataFrame
) -> None:
    """U_IHS(t) of one trajectory, Γ, and Γ against the sampling interval."""
    import pandas as pd

    from lmpmeso.figures import landscape, save_figure
    from lmpmeso.landscape.rate import REFERENCE_SIZE

    label = f"{report['model']}, T = {report['temperature']:g}"
    curve = energies.assign(reduced_energy=energies["energy"] / report["temperature"], label=label)
    rate = {
        name: report[f"rate{end}"]
        for name, end in (("rate", ""), ("low", "_low"), ("high", "_high"))
    }
    highest = REFERENCE_SIZE / report["n_particles"] / by_interval["interval_over_ballistic_time"]
    intervals = by_interval.assign(label=label, highest=highest)
    figure = landscape(curve, pd.DataFrame([{"label": label} | rate]), intervals)
    save_figure(figure, path)


def _in_words(report: dict[str, Any]) -> str:
    """The report for a person."""
    low, high = report["rate_low"], report["rate_high"]
    interval = (
        f" [{low:.3g}, {high:.3g}] (90 %)"
        if low == low
        else f" (no interval: {report['rate_caveat']})"
    )
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
            ("Γ t_ballistic N0/N", f"{report['rate']:.4g}{interval}"),
            ("bound of the interval", bound_in_words(report)),
            ("convergence", report["convergence"]),
        ]
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
