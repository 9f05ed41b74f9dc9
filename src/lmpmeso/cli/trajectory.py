"""``lmpmeso trajectory``: run a liquid and record frames for its dynamics."""

from __future__ import annotations

import argparse
import math
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lmpmeso.cli.arguments import (
    UsageError,
    add_choice,
    add_json,
    add_lammps,
    add_output,
    add_temperature,
    add_text,
    add_value,
    positive_integer,
    positive_number,
    result_folder,
)
from lmpmeso.cli.chosen_model import add_input, chosen_model, model_option, warn_of_temperature
from lmpmeso.cli.console import Progress, aligned, following, say, say_next
from lmpmeso.execution import Execution
from lmpmeso.files.plain_json import json_text, read_json, write_json

if TYPE_CHECKING:
    from lmpmeso.models.units import UnitsStyle
    from lmpmeso.protocols import EnergyConservation

SUMMARY = "run a liquid and record frames for its dynamics"
RESUMES = True
DESCRIPTION = """\
Run a liquid at constant temperature and record unwrapped positions in double precision, at times that
are spaced logarithmically in blocks: every block is a new time origin.

  lmpmeso trajectory liquid.data --model ipl --temperature 0.7 --duration 800 -o run-0.70
  lmpmeso trajectory liquid.data --model ipl --temperature 0.7 --block 40 --duration 800 -o run-0.70
  lmpmeso dynamics run-0.70/trajectory.nc --model ipl --temperature 0.7

DIR holds trajectory.nc (or trajectory.dump, a LAMMPS dump, with --format dump), record.csv (temperature,
energies, pressure), end.data, and trajectory.json. Interrupted or killed, the same command goes on where
it was.
"""
BLOCKS = 10
"""Blocks of a run when only its duration is given."""
DONE = "trajectory.json"
IDENTITY = ("model", "temperature", "duration", "block", "ratio", "seed", "record_every", "format")
"""Arguments that make a run another one."""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_input(command, "configuration to start from: LAMMPS data file or dump, NetCDF")
    add_temperature(command)
    add_output(command, "DIR", "folder of the run")
    what = "length of the run"
    add_text(command, "--duration", "TIME", what, type=positive_number, required=True)
    what = "time from one origin to the next"
    add_value(command, "--block", "TIME", what, told=f"a {BLOCKS}th of the duration")
    add_value(command, "--ratio", "R", "of successive times within a block", 1.2)
    what = "of fresh velocities (default: keep those of FILE)"
    command.add_argument("--seed", type=int, help=what)
    what = "between rows of record.csv"
    add_value(command, "--record-every", "STEPS", what, 100, kind=positive_integer)
    add_choice(command, "--format", ("nc", "dump"), "NetCDF, or a LAMMPS text dump", "nc")
    add_lammps(command)
    add_json(command)


def run(arguments: argparse.Namespace) -> str:
    """Run, write, report."""
    from lmpmeso.models.units import units_style

    folder = result_folder(arguments.output)
    parameters = {name: getattr(arguments, name) for name in IDENTITY} | {
        "start": str(Path(arguments.file).absolute())
    }
    done = folder / DONE
    if done.is_file():
        report = read_json(done)
        if report["parameters"] != parameters:
            raise UsageError(f"{folder} holds another trajectory, see {done}; name another folder")
        say(f"{folder} is finished already")
    else:
        report = _run(arguments, folder, parameters)
    if arguments.json:
        return json_text(report)
    say_next(
        f"{following('dynamics', report['trajectory'])} {model_option(arguments)} "
        f"--temperature {arguments.temperature:.12g}"
    )
    return _in_words(report, units_style(report.get("units", "lj")))


def _run(arguments: argparse.Namespace, folder: Path, parameters: dict[str, Any]) -> dict[str, Any]:
    """Run what is not yet done, and write the files; the report last."""
    from lmpmeso.campaign.measurements.equilibration import RECORD_UNITS
    from lmpmeso.configurations import read_configuration, write_data
    from lmpmeso.files.tables import write_table
    from lmpmeso.protocols import run_trajectory

    model = chosen_model(arguments)
    warn_of_temperature(model, arguments.temperature)
    start = read_configuration(arguments.file, model)
    block = arguments.block or arguments.duration / BLOCKS
    if block > arguments.duration:
        raise UsageError(
            f"a block of {block:g} is longer than the run of {arguments.duration:g}; shorten --block or "
            "lengthen --duration"
        )
    n_blocks = max(1, math.ceil(arguments.duration / block - 1e-9))
    work = folder / "run"
    with Progress() as bars:
        run = run_trajectory(
            start,
            model,
            arguments.temperature,
            block_duration=block,
            n_blocks=n_blocks,
            ratio=arguments.ratio,
            seed=arguments.seed,
            output=folder / f"trajectory.{arguments.format}",
            folder=work,
            execution=Execution(
                arguments.accelerator,
                arguments.threads,
                record_every=arguments.record_every,
                progress=lambda done, total: bars.update("trajectory", done, total),
            ),
        )
    units = model.units_style.of_bare_columns(RECORD_UNITS)
    write_table(folder / "record.csv", run.record, units)
    write_data(folder / "end.data", run.configuration, model)
    report = {
        "trajectory": str(run.path),
        "n_particles": run.configuration.n_particles,
        "n_frames": run.trajectory.n_frames,
        "steps": int(run.trajectory.steps[-1]),
        "time_step": run.time_step,
        "duration": float(run.trajectory.times[-1]),
        "n_blocks": n_blocks,
        "mean_temperature": float(run.record["temperature"].mean()),
        "potential_energy": float(run.record["potential_energy"].mean()),
        "pressure": float(run.record["pressure"].mean()),
        "energy_drift": run.conservation.drift,
        "energy_conserved": _verdict(run.conservation),
        "parameters": parameters,
        **({} if model.units == "lj" else {"units": model.units}),
    }
    write_json(folder / DONE, report)
    shutil.rmtree(work)
    return read_json(folder / DONE)


def _verdict(conservation: EnergyConservation) -> bool | None:
    """Whether the conserved quantity is conserved; None where the run is too short to tell."""
    unknown = conservation.conserved and math.isnan(conservation.drift)
    return None if unknown else conservation.conserved


def _in_words(report: dict[str, Any], style: UnitsStyle) -> str:
    """The report for a person."""
    is_lj = style.name == "lj"
    time = "time units" if is_lj else style.time_unit
    units = ["", "", ""]
    if not is_lj:
        energy, length = style.energy_unit, style.length_unit
        units = [f" {style.temperature_unit}", f" {energy}", f" {energy}/{length}³"]
    drift = report["energy_drift"]
    return aligned(
        [
            ("trajectory", report["trajectory"]),
            (
                "frames",
                f"{report['n_frames']} of {report['n_particles']} particles, over "
                f"{report['duration']:.6g} {time}, time origins: {report['n_blocks']}",
            ),
            ("temperature", f"{report['mean_temperature']:.5g}{units[0]}"),
            (
                "U/N, p",
                f"{report['potential_energy']:.6g}{units[1]}, {report['pressure']:.6g}{units[2]}",
            ),
            (
                "energy drift",
                "not measurable on so short a run"
                if drift is None
                else f"{drift:.2g} per particle and t0",
            ),
        ]
    )
