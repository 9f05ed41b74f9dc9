"""``lmpmeso equilibrate``: run a liquid until it is in equilibrium."""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lmpmeso.cli.arguments import (
    add_json,
    add_lammps,
    add_model,
    add_output,
    add_seed,
    add_temperature,
    add_value,
    positive_integer,
)
from lmpmeso.cli.chosen_model import add_force, known_to_lammps, warn_of_temperature
from lmpmeso.cli.console import Progress, aligned, following, say, say_next
from lmpmeso.errors import NotEquilibratedWarning, StatisticsError
from lmpmeso.files.plain_json import json_text
from lmpmeso.swaps import Swaps

if TYPE_CHECKING:
    from lmpmeso.equilibrium import EquilibratedLiquid
    from lmpmeso.models import GlassModel
    from lmpmeso.models.units import UnitsStyle

SUMMARY = "run a liquid until it is in equilibrium"
RESUMES = True
DESCRIPTION = """\
Run a liquid at constant temperature, at the model's state point, until it is in equilibrium: until F_s, mean squared
displacement, energy and pressure of two successive stretches of the run, each several τ_α long, agree
within their errors. Stretches grow by themselves until they are long enough.

  lmpmeso equilibrate --model ipl --temperature 0.7 -n 2000 -o liquid-0.70
  lmpmeso equilibrate --model ipl --temperature 0.65 --from liquid-0.70/liquid.data -o liquid-0.65
  lmpmeso equilibrate --model poly-swap --temperature 0.09 --swap -o liquid-0.09

With --swap particles exchange their sizes, or their species, between segments of MD: a polydisperse liquid is in
equilibrium far sooner. τ_α is then that of this dynamics.

DIR holds liquid.data (the end, with velocities), equilibrium.json (what was decided, on which evidence),
equilibrium.png (F_s of the stretches), and a folder a stretch. Interrupted or killed, the same command
goes on where it was. A run that --max-duration ends before equilibrium, and a liquid that crystallised
or cavitated, is an error (exit status 1), with the evidence in DIR.
"""
HISTORY_UNITS = {
    "from": "time",
    "length": "time",
    "τ_α": "time",
    "U/N": "energy",
    "p": "energy/length^3",
}


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_model(command)
    add_temperature(command)
    add_output(command, "DIR", "folder of the run")
    told = "the model's"
    what = "particles of a random start"
    add_value(command, "-n --particles", "N", what, told=told, kind=positive_integer)
    command.add_argument(
        "--from",
        dest="start",
        metavar="FILE",
        help="configuration to start from, e.g. of a higher temperature (default: a random one)",
    )
    add_force(command)
    add_seed(command, "of random start and velocities")
    what = "begin no stretch that would end later than this"
    add_value(command, "--max-duration", "TIME", what, told="no limit")
    what = "length of the stretches that are compared, in τ_α"
    add_value(command, "--stretch", "K", what, 6.0)
    what = "how often a liquid in equilibrium may be rejected, and run on"
    add_value(command, "--significance", "P", what, 0.05)
    command.add_argument(
        "--swap", action="store_true", help="swap Monte Carlo between segments of MD"
    )
    what = "MD steps between swaps"
    add_value(command, "--swap-every", "STEPS", what, Swaps.every, kind=positive_integer)
    what = "attempts to swap each time, in units of the number of particles"
    add_value(command, "--swaps", "NUMBER", what, Swaps.per_particle)
    add_value(command, "--q", "Q", "wave number [σ^-1]", told="q_max")
    add_lammps(command)
    add_json(command)


def run(arguments: argparse.Namespace) -> str:
    """Equilibrate, write, report."""
    from lmpmeso.configurations import read_configuration, write_data
    from lmpmeso.equilibrium import Criterion, equilibrate_liquid
    from lmpmeso.execution import Execution
    from lmpmeso.models import get_model

    model = known_to_lammps(get_model(arguments.model))
    warn_of_temperature(model, arguments.temperature)
    start = None if arguments.start is None else read_configuration(arguments.start, model)
    time_step = model.time_step_at(arguments.temperature)
    n_particles = start.n_particles if start else arguments.particles or model.n_particles
    swaps = _swaps(arguments)
    say(_task(model, n_particles, arguments, swaps))
    with Progress() as bars, warnings.catch_warnings():
        # What it tells is the error below.
        warnings.simplefilter("ignore", NotEquilibratedWarning)
        liquid = equilibrate_liquid(
            model,
            arguments.temperature,
            arguments.particles,
            arguments.seed,
            start=start,
            folder=arguments.output,
            max_duration=arguments.max_duration,
            criterion=Criterion(arguments.stretch, arguments.significance, q=arguments.q),
            swaps=swaps,
            execution=Execution(
                arguments.accelerator,
                arguments.threads,
                progress=lambda done, planned: bars.update(
                    f"equilibration until t = {planned * time_step:.4g}", done, planned
                ),
            ),
        )
    _draw(liquid, model)
    if not liquid.equilibrated:
        raise StatisticsError(
            f"not in equilibrium: {liquid.reason}; the evidence is in "
            f"{Path(arguments.output) / 'equilibrium.json'}"
        )
    path = Path(arguments.output) / "liquid.data"
    write_data(path, liquid.configuration, model)
    report = _report(liquid, model, path)
    if arguments.json:
        return json_text(report)
    say(f"wrote {path}")
    say_next(next_command(arguments, path, report["tau_alpha"]))
    return _in_words(report, liquid, model.units_style)


def next_command(arguments: argparse.Namespace, path: Path, tau: float) -> str:
    """A run of 20 τ_α; after swaps a quench, because MD alone may relax far later than that."""
    folder, model = path.parent, ("--model", arguments.model)
    if arguments.swap:
        return following("quench", path, *model, "-o", folder / "glass.dump")
    run = ("--temperature", f"{arguments.temperature:.12g}", "--duration", f"{20 * tau:.3g}")
    return following("trajectory", path, *model, *run, "-o", folder.with_name(f"{folder.name}-run"))


def _task(
    model: GlassModel, n_particles: int, arguments: argparse.Namespace, swaps: Swaps | None
) -> str:
    """What is about to be done."""
    unit = "" if model.units == "lj" else f" {model.units_style.temperature_unit}"
    mixed = ""
    if swaps is not None:
        attempts = round(swaps.per_particle * n_particles)
        mixed = f" with {attempts} attempts to swap every {swaps.every} steps"
    return (
        f"{model.name}, N = {n_particles}, T = {arguments.temperature:g}{unit}: MD{mixed}, from "
        f"{arguments.start or 'a random start'}, until it is in equilibrium"
    )


def _swaps(arguments: argparse.Namespace) -> Swaps | None:
    """The swaps asked for."""
    if not arguments.swap:
        return None
    return Swaps(arguments.swap_every, arguments.swaps, arguments.seed)


def _draw(liquid: EquilibratedLiquid, model: GlassModel) -> None:
    """F_s of the stretches and their energies, as equilibrium.png."""
    import pandas as pd

    from lmpmeso.figures import equilibration, label_units, save_figure

    t0 = model.t0(liquid.temperature)
    numbers = range(1, len(liquid.history) + 1)
    curves = pd.concat(liquid.dynamics(), keys=numbers, names=["stretch"]).reset_index("stretch")
    energies = liquid.history.assign(
        stretch=numbers,
        begin_over_t0=liquid.history["begin"] / t0,
        duration_over_t0=liquid.history["duration"] / t0,
    )
    title = f"{model.name}, $T$ = {liquid.temperature:g}"
    figure = equilibration(curves.assign(t_over_t0=curves["t"] / t0), energies, title=title)
    save_figure(label_units(figure, model.units_style), liquid.folder / "equilibrium.png")


def _report(liquid: EquilibratedLiquid, model: GlassModel, path: Path) -> dict[str, Any]:
    """The decision as plain data."""
    last, t0, tau = liquid.history.iloc[-1], model.t0(liquid.temperature), liquid.relaxation_time
    assert tau is not None  # equilibrated
    return {
        "equilibrated": liquid.equilibrated,
        "reason": liquid.reason,
        "n_particles": liquid.configuration.n_particles,
        "temperature": liquid.temperature,
        "duration": liquid.duration,
        "n_stretches": len(liquid.history),
        "tau_alpha": tau.value,
        "tau_alpha_low": tau.low,
        "tau_alpha_high": tau.high,
        "tau_alpha_over_t0": tau.value / t0,
        "t0": t0,
        **{name: last[name] for name in ("potential_energy", "potential_energy_error")},
        **{name: last[name] for name in ("pressure", "pressure_error", "p_value")},
        **_acceptance(liquid),
        "crystallised": liquid.structure.crystallised,
        "cavitated": liquid.structure.cavitated,
        "configuration": str(path),
        "trajectories": [str(trajectory) for trajectory in liquid.trajectories],
    }


def _acceptance(liquid: EquilibratedLiquid) -> dict[str, float]:
    """Part of the attempts that succeeded, of a run with swaps."""
    from lmpmeso.protocols.swap_run import acceptance

    if "swaps_attempted" not in liquid.record:
        return {}
    return {"swap_acceptance": acceptance(liquid.record)}


def _in_words(report: dict[str, Any], liquid: EquilibratedLiquid, style: UnitsStyle) -> str:
    """The decision for a person, stretch by stretch."""
    units = style.of_bare_columns(HISTORY_UNITS)
    titles = (f"{name} [{units[name]}]" if name in units else name for name in HISTORY_UNITS)
    rows = [("stretch", *titles, "verdict")]
    for number, row in enumerate(liquid.history.to_dict("records"), start=1):
        rows.append(
            (
                str(number),
                *(f"{row[name]:.4g}" for name in ("begin", "duration", "tau_alpha")),
                *(f"{row[name]:.5g}" for name in ("potential_energy", "pressure")),
                # The first has none to be compared with, however long it is.
                "the first" if (number, row["verdict"]) == (1, "too short") else row["verdict"],
            )
        )
    time = f" {style.time_unit}" if units else ""
    return aligned(rows) + (
        f"in equilibrium after {report['duration']:.6g}{time}: τ_α = {report['tau_alpha']:.4g} "
        f"[{report['tau_alpha_low']:.4g}, {report['tau_alpha_high']:.4g}]{time} (90 %), "
        f"τ_α/t0 = {report['tau_alpha_over_t0']:.4g}\n{report['reason']}\n"
        + (
            f"swaps: {report['swap_acceptance']:.3g} of the attempts accepted; τ_α is that with swaps, and longer without them\n"
            if "swap_acceptance" in report
            else ""
        )
    )
