"""``lmpmeso dynamics``: F_s, MSD, τ_α and D of a trajectory."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lmpmeso.cli.arguments import add_input, add_json, writable_or_none
from lmpmeso.cli.console import aligned, say
from lmpmeso.errors import StatisticsError
from lmpmeso.plain_json import json_text

if TYPE_CHECKING:
    import pandas as pd

    from lmpmeso.models import GlassModel

NAME = "dynamics"
SUMMARY = "F_s, MSD, relaxation time and diffusion from a trajectory"
DESCRIPTION = """\
The self-intermediate scattering function F_s(q, t), the mean squared displacement, the relaxation time
τ_α (where F_s falls to the threshold) and the diffusion coefficient D of a trajectory, for the model's largest
species unless told otherwise. Frames may lie at any times (log-spaced ones too): the recorded steps
count. Positions must be unwrapped (xu yu zu), or wrapped with image flags (ix iy iz).

  lmpmeso dynamics run.dump --model ipl --temperature 0.7
  lmpmeso dynamics run.dump --model ka --time-step 0.004 --q 7.25 -o dynamics.csv

OUT is a CSV table: t [time], Fs, Fs_error, n_origins, n_blocks, msd [σ²], msd_error. With --temperature τ_α and D come in
reduced units too (t0 = a0/√T). A τ_α that the trajectory is too short for is reported as missing, never
extrapolated.
"""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_input(command, "LAMMPS dump with several frames")
    command.add_argument(
        "-o", "--output", metavar="OUT", help="CSV file for the table of F_s and MSD against time"
    )
    command.add_argument(
        "--time-step",
        type=float,
        metavar="DT",
        help="MD time step (default: what the file records, else the model's)",
    )
    command.add_argument(
        "--temperature", type=float, metavar="T", help="temperature, for reduced units"
    )
    command.add_argument(
        "--q", type=float, metavar="Q", help="wave number [σ^-1] (default: the model's q_max)"
    )
    command.add_argument(
        "--species", metavar="S", help="name or index of the species (default: the largest)"
    )
    command.add_argument(
        "--threshold", type=float, default=0.2, help="F_s(τ_α) (default: 0.2)", metavar="F"
    )
    add_json(command)


def run(arguments: argparse.Namespace) -> str:
    """Correlate, write, report."""
    from lmpmeso.configurations import read_trajectory
    from lmpmeso.dynamics import mean_squared_displacement, self_intermediate
    from lmpmeso.models import get_model

    model = get_model(arguments.model)
    output = writable_or_none(arguments.output, arguments.file)
    species = _species(arguments.species)
    trajectory = read_trajectory(arguments.file, model, time_step=arguments.time_step)
    fs = self_intermediate(trajectory, q=arguments.q, species=species, model=model)
    msd = mean_squared_displacement(trajectory, species=species, model=model)
    if output is not None:
        _write_table(output, fs, msd)
        say(f"wrote {output}")
    report = {
        "n_particles": trajectory.n_particles,
        "n_frames": trajectory.n_frames,
        "species": fs.attrs["species"],
        "q": fs.attrs["q"],
        "time_step": trajectory.time_step,
        "run_time": fs.attrs["run_time"],
        **_relaxation(fs, arguments.threshold),
        **_diffusion(msd),
    }
    report |= _reduced(report, model, arguments.temperature)
    if arguments.json:
        curves = {"t": fs["t"], "Fs": fs["Fs"], "msd": msd["msd"]}
        return json_text(report | curves)
    return _in_words(report)


def _species(text: str | None) -> int | str | None:
    """A species by index or by name."""
    return int(text) if text is not None and text.isdigit() else text


def _write_table(path: Path, fs: pd.DataFrame, msd: pd.DataFrame) -> None:
    """F_s and MSD against time as CSV, every digit kept."""
    table = fs[["t", "Fs", "error", "n_origins", "n_blocks"]].rename(columns={"error": "Fs_error"})
    table = table.assign(msd=msd["msd"], msd_error=msd["error"])
    from lmpmeso.atomic_files import replacing

    with replacing(path) as temporary:
        table.to_csv(temporary, index=False, float_format="%.17g")


def _relaxation(fs: pd.DataFrame, threshold: float) -> dict[str, Any]:
    """τ_α and its interval, or nothing where the trajectory does not allow it."""
    from lmpmeso.dynamics import relaxation_time

    keys = ("tau_alpha", "tau_alpha_low", "tau_alpha_high")
    try:
        tau = relaxation_time(fs, threshold=threshold)
    except StatisticsError as error:
        say(f"no relaxation time: {error}")
        return {"threshold": threshold, **dict.fromkeys(keys)}
    return {"threshold": threshold, **dict(zip(keys, (tau.value, tau.low, tau.high), strict=True))}


def _diffusion(msd: pd.DataFrame) -> dict[str, Any]:
    """D and its interval, or nothing where the trajectory does not allow it."""
    from lmpmeso.dynamics import diffusion_coefficient

    keys = ("diffusion", "diffusion_low", "diffusion_high")
    try:
        found = diffusion_coefficient(msd)
    except StatisticsError as error:
        say(f"no diffusion coefficient: {error}")
        return dict.fromkeys(keys)
    return dict(zip(keys, (found.value, found.low, found.high), strict=True))


def _reduced(
    report: dict[str, Any], model: GlassModel, temperature: float | None
) -> dict[str, Any]:
    """τ_α/t0 and D t0/a0², where the temperature is known."""
    if temperature is None:
        return {}
    t0 = model.t0(temperature)
    tau, diffusion = report["tau_alpha"], report["diffusion"]
    return {
        "temperature": temperature,
        "t0": t0,
        "tau_alpha_over_t0": None if tau is None else tau / t0,
        "diffusion_reduced": None if diffusion is None else diffusion * t0 / model.a0**2,
    }


def _in_words(report: dict[str, Any]) -> str:
    """The numbers for a person."""
    rows = [
        (
            "frames",
            f"{report['n_frames']}, over {report['run_time']:.6g} time units "
            f"(time step {report['time_step']:g})",
        ),
        ("particles", f"{report['n_particles']}; species {report['species']}"),
        ("q", f"{report['q']:g} σ^-1"),
        ("τ_α", _with_interval(report, "tau_alpha", f"where F_s = {report['threshold']:g}")),
        ("D", _with_interval(report, "diffusion", "σ² per time")),
    ]
    if "t0" in report:
        for key, name in (("tau_alpha_over_t0", "τ_α/t0"), ("diffusion_reduced", "D t0/a0²")):
            value = report[key]
            rows.append((name, "-" if value is None else f"{value:.4g}"))
    return aligned(rows)


def _with_interval(report: dict[str, Any], name: str, what: str) -> str:
    """A value and its 90 % interval."""
    value, low, high = (report[f"{name}{end}"] for end in ("", "_low", "_high"))
    if value is None:
        return "not measurable on this trajectory"
    interval = "" if math.isnan(low) else f" [{low:.4g}, {high:.4g}]"
    return f"{value:.4g}{interval} {what}"
