"""``lmpmeso movie``: an inherent-structure trajectory as MP4 or GIF."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lmpmeso.cli.arguments import (
    UsageError,
    add_json,
    add_model,
    add_output,
    add_value,
    positive_integer,
    writable,
)
from lmpmeso.cli.console import Progress, say
from lmpmeso.files.plain_json import json_text

if TYPE_CHECKING:
    from lmpmeso.configurations import Configuration
    from lmpmeso.models import GlassModel

SUMMARY = "an inherent-structure trajectory as a movie, particles and U_IHS"
DESCRIPTION = """\
Draw the structures of a trajectory one after the other: particles that moved since the frame before light up, and
beside them U_IHS runs along, as in the paper's supplementary movies. FILE is what `lmpmeso landscape` or a campaign
left: a folder with `structures-*.nc`, a NetCDF file of inherent structures, or any trajectory (then particles only).

  lmpmeso movie landscape-ss/trajectory-000/structures --model ss -o ss.mp4
  lmpmeso movie run.dump --model ipl2d -o run.gif

MP4 needs imageio-ffmpeg (pip install 'lmpmeso[movies]'), which brings its own ffmpeg; GIF needs nothing.
"""
SHARDS = "structures-*.nc"
MOST_FRAMES = 400


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    command.add_argument("file", metavar="FILE", help="folder or file with the structures")
    add_model(command)
    add_output(command, "OUT", "name.mp4 or name.gif")
    add_value(
        command,
        "--temperature",
        "T",
        "of the liquid [ε]; energies are then over T and times over t_ballistic = 0.1 t0",
        told="what the file says",
    )
    add_value(command, "--frames-per-second", "K", "", 10, kind=positive_integer)
    what = "at most so many, evenly spread"
    add_value(command, "--frames", "N", what, MOST_FRAMES, kind=positive_integer)
    add_json(command)


def run(arguments: argparse.Namespace) -> str:
    """Read, draw, encode."""
    from lmpmeso.figures.movies import write_movie
    from lmpmeso.models import get_model

    model = get_model(arguments.model)
    path = writable(arguments.output, arguments.file)
    frames, steps, energies = _frames(Path(arguments.file), model)
    chosen = range(0, len(frames), -(-len(frames) // arguments.frames))
    frames = [frames[k] for k in chosen]
    temperature = arguments.temperature or frames[0].parent_temperature
    time_step = _time_step(Path(arguments.file))
    time, time_label = _times([steps[k] for k in chosen], model, temperature, time_step)
    energy_label = r"$U_{\rm IHS}$  $[\epsilon]$"
    if energies is not None:
        energies = [energies[k] for k in chosen]
        if temperature is not None:
            thermal = model.thermal_energy(temperature)
            energies, energy_label = [e / thermal for e in energies], r"$U_{\rm IHS}/k_{\rm B}T$"
    title = model.name if temperature is None else f"{model.name}, T = {temperature:g}"
    with Progress() as bars:
        write_movie(
            path,
            frames,
            model,
            time,
            energies,
            time_label=time_label,
            energy_label=energy_label,
            title=title,
            frames_per_second=arguments.frames_per_second,
            progress=lambda done, total: bars.update("frames", done, total),
        )
    say(f"wrote {path}")
    report: dict[str, Any] = {
        "output": str(path),
        "n_frames": len(frames),
        "n_particles": frames[0].n_particles,
        "seconds": len(frames) / arguments.frames_per_second,
    }
    if arguments.json:
        return json_text(report)
    return f"{report['n_frames']} frames of {report['n_particles']} particles, {report['seconds']:g} s\n"


def _frames(
    path: Path, model: GlassModel
) -> tuple[list[Configuration], list[int], list[float] | None]:
    """Structures in order of time, their MD steps, and their energies where they are known."""
    from lmpmeso.configurations import all_configurations, read_inherent_structures
    from lmpmeso.configurations.formats import file_format
    from lmpmeso.configurations.stored_netcdf import read_netcdf

    shards = sorted(path.glob(SHARDS)) if path.is_dir() else [path]
    if path.is_dir() and not shards:
        raise UsageError(f"{path} holds no {SHARDS}: name a folder of `lmpmeso landscape`")
    if all(
        file_format(shard) == "netcdf" and "energy" in read_netcdf(shard).arrays for shard in shards
    ):
        found = [s for shard in shards for s in read_inherent_structures(shard, model)]
        found.sort(key=lambda structure: structure.step or 0)
        steps = [k if s.step is None else s.step for k, s in enumerate(found)]
        return list(found), steps, [s.energy for s in found]
    frames = all_configurations(path, model)
    return frames, [k if f.step is None else f.step for k, f in enumerate(frames)], None


def _time_step(path: Path) -> float | None:
    """The MD time step that a folder of structures names."""
    from lmpmeso.files.plain_json import read_json

    parameters = path / "parameters.json"
    return read_json(parameters).get("time_step") if parameters.is_file() else None


def _times(
    steps: list[int], model: GlassModel, temperature: float | None, time_step: float | None
) -> tuple[list[float], str]:
    """Times since the first frame, in t_ballistic where T is known, else in MD steps."""
    from lmpmeso.landscape.rate import BALLISTIC_TIME

    since = [step - steps[0] for step in steps]
    if temperature is None:
        return [float(step) for step in since], "MD steps"
    time_step = time_step or model.time_step_at(temperature)
    unit = BALLISTIC_TIME * model.t0(temperature) / time_step
    return [step / unit for step in since], r"$t/t_{\rm ballistic}$"
