"""``lmpmeso dynamics``: F_s, MSD, τ_α and D of a trajectory."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lmpmeso.cli.arguments import (
    UsageError,
    add_frame_range,
    add_json,
    add_text,
    add_value,
    fraction,
    writable_or_none,
)
from lmpmeso.cli.chosen_model import add_input, chosen_model
from lmpmeso.cli.console import aligned, say
from lmpmeso.errors import StatisticsError
from lmpmeso.files.plain_json import json_text

if TYPE_CHECKING:
    import pandas as pd

    from lmpmeso.configurations import Trajectory
    from lmpmeso.models import GlassModel
    from lmpmeso.models.units import UnitsStyle

TIME_UNITS = {"t": "time", "msd": "σ²"}
DISPLACEMENT_UNITS = {"t": "time", "r": "σ", "P": "σ^-1"}
NAMES = {"alpha2": "α2", "chi4": "χ4"}
STRUCTURE_FRAMES = 10
"""Frames, evenly spread, behind g(r) and S(q)."""

SUMMARY = "F_s, MSD, relaxation time, diffusion and heterogeneity from a trajectory"
DESCRIPTION = """\
The self-intermediate scattering function F_s(q, t), the mean squared displacement, the non-Gaussian
parameter α2, the overlap Q and its susceptibility χ4, the relaxation time τ_α (where F_s falls to the
threshold) and the diffusion coefficient D of a trajectory, for the model's largest species unless told
otherwise. Frames may lie at any times (log-spaced ones too): the recorded steps count. Positions must
be unwrapped (xu yu zu, xsu ysu zsu), or wrapped (x y z, xs ys zs) with image flags (ix iy iz).

  lmpmeso dynamics run.dump --model ipl -o analysis
  lmpmeso dynamics run.dump --model ipl --temperature 0.7 --json
  lmpmeso dynamics dump.*.lammpstrj --model ka --steps 20000:
  lmpmeso dynamics run.dump --model ka --time-step 0.004 --q 7.25 -o dynamics.csv

OUT is a folder, made if need be: dynamics.png and .pdf with F_s, MSD, the non-Gaussian parameter α2, χ4,
g(r) and S(q), and the tables behind them as CSV. A name that ends in .csv gets the table of time
correlations alone. In two dimensions τ_α and D are also given of displacements relative to the neighbours, which long waves
do not touch. With --temperature τ_α and D come in reduced units too (t0 = a0/√T). A τ_α that the
trajectory is too short for is reported as missing, never extrapolated. Long trajectories are not held
in memory. A last frame that is cut is left out; where a run was continued from an earlier restart, the later run
counts; both are said. Displacements that no motion explains (wrapped coordinates called unwrapped, a particle
that jumps, frames of another run) are refused, unless --force is given.
"""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_input(
        command,
        "LAMMPS dump with several frames (plain, .gz, .zst, .bz2, .xz), or trajectory.nc; or the files of "
        "one run, in any order, with one frame each or many",
        several=True,
    )
    add_frame_range(command)
    add_text(command, "-o --output", "OUT", "folder for tables and figure, or a .csv file")
    told = "what the file records, else the model's"
    add_value(command, "--time-step", "DT", "MD time step", told=told, kind=float)
    what = "temperature, for reduced units and a bound on displacements"
    add_value(command, "--temperature", "T", what, kind=float)
    add_value(command, "--q", "Q", "wave number [σ^-1]", told="the model's q_max", kind=float)
    add_text(command, "--species", "S", "name or index of the species (default: the largest)")
    add_value(command, "--threshold", "F", "F_s(τ_α)", 0.2, kind=fraction)
    add_json(command)


def run(arguments: argparse.Namespace) -> str:
    """Correlate, write, report."""
    from lmpmeso.configurations import read_trajectory
    from lmpmeso.dynamics import (
        cage_relative_correlations,
        diffusion_coefficient,
        one_correlation,
        relaxation_time,
        self_correlations,
    )
    from lmpmeso.files.tables import write_table

    model = chosen_model(arguments)
    output = _checked_output(arguments.output, arguments.file)
    species = _species(arguments.species)
    trajectory = read_trajectory(
        arguments.file,
        model,
        time_step=arguments.time_step,
        frames=arguments.frames,
        steps=arguments.steps,
        temperature=arguments.temperature,
        force=arguments.force,
    )
    curves = self_correlations(trajectory, species, model=model, q=arguments.q)
    fs, msd = one_correlation(curves, "Fs"), one_correlation(curves, "msd")
    report = {
        "n_particles": trajectory.n_particles,
        "n_frames": trajectory.n_frames,
        "species": curves.attrs["species"],
        "q": curves.attrs["q"],
        "time_step": trajectory.time_step,
        "time_step_assumed": trajectory.time_step_assumed,
        "run_time": curves.attrs["run_time"],
        "threshold": arguments.threshold,
        **_estimate(
            "tau_alpha",
            "relaxation time",
            lambda: relaxation_time(fs, threshold=arguments.threshold),
            "caveat",
        ),
        **_estimate(
            "diffusion",
            "diffusion coefficient",
            lambda: diffusion_coefficient(msd),
            "offset",
            "caveat",
        ),
        **_peak(curves, "alpha2"),
        **_peak(curves, "chi4"),
        "overlap_distance": curves.attrs["distance"],
    }
    relative = None
    if model.dimension == 2:
        relative = cage_relative_correlations(trajectory, species, model=model, q=arguments.q)
        report |= _cage_relative(relative, arguments.threshold)
    report |= _reduced(report, model, arguments.temperature)
    if output is not None and output.suffix.lower() == ".csv":
        write_table(output, curves)
        say(f"wrote {output}")
    elif output is not None:
        _write_folder(output, trajectory, model, species, curves, report)
        if relative is not None:
            write_table(
                output / "cage_relative_correlations.csv",
                relative,
                model.units_style.of_columns(TIME_UNITS),
            )
        say(f"wrote {output / 'dynamics.png'}, dynamics.pdf and the tables beside them")
    if arguments.json:
        names = ("t", "Fs", "msd", "alpha2", "Q", "chi4")
        found = report | {name: curves[name] for name in names}
        if relative is not None:
            found |= {f"cage_relative_{name}": relative[name] for name in ("Fs", "msd")}
        return json_text(found)
    return _in_words(report, model.units_style)


def _checked_output(path: str | None, files: list[str]) -> Path | None:
    """Where the results go: a .csv file, or a folder."""
    if path is None or path.lower().endswith(".csv"):
        return writable_or_none(path, *files)
    folder = Path(path)
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{path} is a file; name a folder, or a file that ends in .csv")
    if not folder.absolute().parent.is_dir():
        raise UsageError(f"the folder {folder.absolute().parent} does not exist; make it")
    return folder


def _species(text: str | None) -> int | str | None:
    """A species by index or by name."""
    return int(text) if text is not None and text.isdecimal() and text.isascii() else text


def _write_folder(
    folder: Path,
    trajectory: Trajectory,
    model: GlassModel,
    species: int | str | None,
    curves: pd.DataFrame,
    report: dict[str, Any],
) -> None:
    """The tables, and the figure of them."""
    from lmpmeso.dynamics import displacement_distribution, radial_distribution, structure_factor
    from lmpmeso.dynamics.snapshots import snapshots
    from lmpmeso.figures import dynamics, label_units
    from lmpmeso.figures.style import save_in_formats
    from lmpmeso.files.tables import write_table

    units = model.units_style.of_columns
    folder.mkdir(exist_ok=True)
    frames = snapshots(trajectory, min(STRUCTURE_FRAMES, trajectory.n_frames))
    radial = radial_distribution(frames, model=model)
    structure = structure_factor(frames, model=model).table
    write_table(folder / "time_correlations.csv", curves, units(TIME_UNITS))
    write_table(folder / "radial_distribution.csv", radial, units({"r": "σ"}))
    write_table(folder / "structure_factor.csv", structure, units({"q": "σ^-1"}))
    if report["tau_alpha"] is not None:
        try:
            moved = displacement_distribution(
                trajectory, report["tau_alpha"] / 10.0, species, model=model
            )
        except StatisticsError as error:
            say(f"no distribution of displacements after τ_α/10: {error}")
        else:
            moved.insert(0, "t", moved.attrs["t"])
            write_table(
                folder / "displacements.csv",
                moved,
                units(DISPLACEMENT_UNITS | {"Gs": f"σ^-{model.dimension}"}),
            )
    figure = dynamics(
        curves,
        radial,
        structure,
        q=report["q"],
        threshold=report["threshold"],
        tau_alpha=report["tau_alpha"],
        diffusion=report["diffusion"],
        offset=report["diffusion_offset"] or 0.0,
        dimension=model.dimension,
    )
    label_units(figure, model.units_style)
    save_in_formats(figure, (folder / f"dynamics.{ending}" for ending in ("png", "pdf")))


def _peak(curves: pd.DataFrame, name: str) -> dict[str, Any]:
    """The maximum of α₂ or χ₄ and its time."""
    from lmpmeso.dynamics import correlation_peak, one_correlation

    curve = one_correlation(curves, name)
    what = f"maximum of {NAMES[name]}"
    return _estimate(f"{name}_max", what, lambda: correlation_peak(curve, name), "t")


def _cage_relative(relative: pd.DataFrame, threshold: float) -> dict[str, Any]:
    """τ_α and D of displacements relative to the cage."""
    from lmpmeso.dynamics import diffusion_coefficient, one_correlation, relaxation_time

    fs, msd = one_correlation(relative, "Fs"), one_correlation(relative, "msd")
    return _estimate(
        "cage_relative_tau_alpha",
        "cage-relative relaxation time",
        lambda: relaxation_time(fs, threshold=threshold),
    ) | _estimate(
        "cage_relative_diffusion",
        "cage-relative diffusion coefficient",
        lambda: diffusion_coefficient(msd),
        "caveat",
    )


def _estimate(name: str, what: str, measure: Callable[[], Any], *more: str) -> dict[str, Any]:
    """An estimate, its interval and more of it by name, or nothing where the trajectory does not allow it."""
    keys = {name: "value", f"{name}_low": "low", f"{name}_high": "high"}
    keys |= {f"{name}_{attribute}": attribute for attribute in more}
    try:
        found = measure()
    except StatisticsError as error:
        say(f"no {what}: {error}")
        return dict.fromkeys(keys)
    return {key: getattr(found, attribute) for key, attribute in keys.items()}


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


def _in_words(report: dict[str, Any], style: UnitsStyle) -> str:
    """The numbers for a person."""
    is_lj = style.name == "lj"
    time, diffusion = (
        ("time units", "σ² per time") if is_lj else (style.time_unit, f"σ²/{style.time_unit}")
    )
    rows = [
        (
            "frames",
            f"{report['n_frames']}, over {report['run_time']:.6g} {time} "
            f"(time step {report['time_step']:g}"
            + (", assumed: the model's; no file tells it)" if report["time_step_assumed"] else ")"),
        ),
        ("particles", f"{report['n_particles']}; species {report['species']}"),
        ("q", f"{report['q']:g} σ^-1"),
        (
            "τ_α",
            _with_interval(
                report,
                "tau_alpha",
                f"{'' if is_lj else f'{time} '}where F_s = {report['threshold']:g}",
            ),
        ),
        *([("", report["tau_alpha_caveat"])] if report["tau_alpha_caveat"] else []),
        ("D", _with_interval(report, "diffusion", diffusion)),
    ]
    if report["diffusion_caveat"]:
        rows.append(("", report["diffusion_caveat"]))
    for key, name in NAMES.items():
        if report[f"{key}_max"] is not None:
            rows.append(
                (
                    f"max {name}",
                    _with_interval(report, f"{key}_max", f"at t = {report[f'{key}_max_t']:.4g}"),
                )
            )
    if "cage_relative_tau_alpha" in report:
        told = "of displacements relative to the neighbours"
        rows.append(("cage τ_α", _with_interval(report, "cage_relative_tau_alpha", told)))
        rows.append(("cage D", _with_interval(report, "cage_relative_diffusion", told)))
    if "t0" in report:
        for key, name in (("tau_alpha_over_t0", "τ_α/t0"), ("diffusion_reduced", "D t0/a0²")):
            value = report[key]
            rows.append((name, "-" if value is None else f"{value:.4g}"))
    return style.named(aligned(rows))


def _with_interval(report: dict[str, Any], name: str, what: str) -> str:
    """A value and its 90 % interval."""
    value, low, high = (report[f"{name}{end}"] for end in ("", "_low", "_high"))
    if value is None:
        return "not measurable on this trajectory"
    interval = "" if math.isnan(low) else f" [{low:.4g}, {high:.4g}] (90 %)"
    return f"{value:.4g}{interval} {what}"
