"""The command lines that repeat each step of a campaign on the files it left."""

from __future__ import annotations

import shlex
from pathlib import Path

import numpy as np

from lmpmeso.campaign.folder import REPETITION_FOLDER
from lmpmeso.campaign.measurements.equilibration import END_FILE, EQUILIBRATION_FILE
from lmpmeso.campaign.measurements.production import (
    SEGMENT_BLOCKS,
    block_file,
    frames_file,
    segment_file,
)
from lmpmeso.campaign.measurements.summary import SUMMARY_FILE
from lmpmeso.campaign.own_models import MODELS_FOLDER
from lmpmeso.campaign.settings import Campaign
from lmpmeso.campaign.state_point import StatePoint
from lmpmeso.campaign.study import state_points
from lmpmeso.configurations import read_trajectory
from lmpmeso.engine.records import Record, read_record

SEGMENTS_NAMED = 3
"""More files of a run than these are named by a pattern."""


def step_commands(root: Path, campaign: Campaign) -> str:
    """What to type, in the folder of a campaign, for its coldest finished liquid and the first glass of that.

    Empty where no state point is finished.

    Raises:
        CampaignError: a record is damaged.
    """
    finished = [
        point
        for point in state_points(campaign)
        if (root / point.stage("summary").file(SUMMARY_FILE)).is_file()
    ]
    if not finished:
        return ""
    point = min(finished, key=lambda point: point.temperature)
    dynamics = (
        ("the first segment of the production run", _trajectory(root, point)),
        (
            "F_s, the relaxation time and the diffusion coefficient of the whole run",
            _dynamics(point),
        ),
    )
    steps = (
        ("the liquid, run until it is in equilibrium", _equilibrate(root, point)),
        *(() if _swapped(point) else dynamics),
        ("the first configuration to its inherent structure", _quench(root, point)),
        ("κ of all its pairs, and G", _elasticity(root, point)),
        ("the model and its potential", _command("models", _model(point))),
    )
    told = "\n\n".join(f"# {words}\n{command}" for words, command in steps)
    return f"mkdir -p {REPETITION_FOLDER}\n\n{told}"


def _command(*words: object) -> str:
    """A command line, folded behind the words that are no option."""
    lines, line = [], "lmpmeso"
    for word in map(str, words):
        if word.startswith("-") and len(line) > 72:
            lines.append(line)
            line = "   "
        line += f" {word if '?' in word else shlex.quote(word)}"
    return " \\\n".join([*lines, line])


def _model(point: StatePoint) -> str:
    """What a command in the folder of the campaign calls the model: a name, or the file that the folder keeps."""
    own = point.liquid.own_model
    return point.liquid.model if own is None else f"{MODELS_FOLDER}/{own.path.name}"


def _liquid(point: StatePoint) -> tuple[object, ...]:
    """The model and the temperature."""
    return "--model", _model(point), "--temperature", point.temperature


def _swapped(point: StatePoint) -> bool:
    """Whether swaps are part of its runs, which then tell no dynamics."""
    return point.liquid.swapped(point.temperature)


def _file(point: StatePoint, stage: str, name: str) -> str:
    """A file of a stage of the first replica."""
    return point.stage(stage, 0).file(name)


def _again(name: str) -> str:
    """Where the result of a command goes."""
    return f"{REPETITION_FOLDER}/{name}"


def _equilibrate(root: Path, point: StatePoint) -> str:
    record = read_record(root / _file(point, "equilibration", EQUILIBRATION_FILE))
    start: tuple[object, ...] = ("-n", point.liquid.n_particles)
    if point.hotter is not None:
        start = ("--from", _file(point.hotter, "equilibration", END_FILE))
    return _command(
        *("equilibrate", *_liquid(point), *start, "--seed", record["seed"]),
        *("--stretch", f"{point.campaign.equilibration.stretch_tau:g}"),
        *("--q", point.liquid.wave_number, *(["--swap"] if _swapped(point) else [])),
        *("-o", _again("liquid")),
    )


def _segment(root: Path, point: StatePoint) -> Record:
    """The record of the first segment of the production run."""
    return read_record(root / _file(point, "production", segment_file(0)))


def _trajectory(root: Path, point: StatePoint) -> str:
    segment = _segment(root, point)
    block = segment["block_steps"] * segment["time_step"]
    return _command(
        *("trajectory", _file(point, "equilibration", END_FILE), *_liquid(point)),
        *("--block", f"{block:.12g}", "--duration", f"{SEGMENT_BLOCKS * block:.12g}"),
        *("--ratio", f"{point.campaign.production.ratio:g}", "-o", _again("run")),
    )


def _dynamics(point: StatePoint) -> str:
    n_segments = len(point.targets("production", 0))
    names = [frames_file(segment) for segment in range(n_segments)]
    if n_segments > SEGMENTS_NAMED:
        names = ["????.nc"]
    return _command(
        *("dynamics", *(_file(point, "production", name) for name in names), *_liquid(point)),
        *("--q", point.liquid.wave_number),
        *("--threshold", f"{point.campaign.dynamics.threshold:g}"),
    )


def _quench(root: Path, point: StatePoint) -> str:
    how = ("--minimizer", point.campaign.glasses.minimizer, "-o", _again("glass.dump"))
    if _swapped(point):
        liquid = _file(point, "production", block_file(0))
        return _command("quench", liquid, "--model", _model(point), *how)
    segment = _segment(root, point)
    name = _file(point, "production", frames_file(0))
    steps = np.asarray(read_trajectory(root / name, point.liquid.glass_model, force=True).steps)
    frame = int(np.flatnonzero(steps == segment["block_steps"])[0])
    return _command("quench", name, "--model", _model(point), "--frame", frame, *how)


def _elasticity(root: Path, point: StatePoint) -> str:
    folder = root / _file(point, "glasses", "")
    name = _file(point, "glasses", sorted(folder.glob("00000-*.nc"))[-1].name)
    return _command("elasticity", name, "--model", _model(point), "--frame", 0, "--json")
