"""The command lines that repeat each step of a campaign on the files it left."""

from __future__ import annotations

import shlex
from pathlib import Path

import numpy as np

from lmpmeso.campaign.liquid_steps import (
    END_FILE,
    EQUILIBRATION_FILE,
    SEGMENT_BLOCKS,
    frames_file,
    segment_file,
)
from lmpmeso.campaign.settings import Campaign
from lmpmeso.campaign.study import StatePoint, state_points
from lmpmeso.campaign.summary_steps import SUMMARY_FILE
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
        (point, hotter)
        for point, hotter in _with_hotter(campaign)
        if (root / point.summary.file(SUMMARY_FILE)).is_file()
    ]
    if not finished:
        return ""
    point, hotter = min(finished, key=lambda pair: pair[0].temperature)
    return "mkdir -p again\n\n" + "\n\n".join(
        f"# {words}\n{command}"
        for words, command in (
            (
                "the liquid, run until it is in equilibrium",
                _equilibrate(root, campaign, point, hotter),
            ),
            ("the first segment of the production run", _trajectory(root, campaign, point)),
            (
                "F_s, the relaxation time and the diffusion coefficient of the whole run",
                _dynamics(campaign, point),
            ),
            ("the first configuration to its inherent structure", _quench(root, campaign, point)),
            ("κ of all its pairs, and G", _elasticity(root, point)),
            ("the model and its potential", f"lmpmeso models {point.liquid.model}"),
        )
    )


def _with_hotter(campaign: Campaign) -> list[tuple[StatePoint, StatePoint | None]]:
    """Each state point, and the one of the same liquid that it starts from."""
    points = list(state_points(campaign))
    return [
        (point, before if before is not None and before.liquid is point.liquid else None)
        for before, point in zip([None, *points], points, strict=False)
    ]


def _command(*words: object) -> str:
    """A command line, folded behind the words that are no option."""
    lines, line = [], "lmpmeso"
    for word in map(str, words):
        if word.startswith("-") and len(line) > 72:
            lines.append(line)
            line = "   "
        line += f" {word if '?' in word else shlex.quote(word)}"
    return " \\\n".join([*lines, line])


def _liquid(point: StatePoint) -> tuple[object, ...]:
    """The model and the temperature."""
    return "--model", point.liquid.model, "--temperature", point.temperature


def _end(point: StatePoint) -> str:
    """The liquid at the end of its equilibration."""
    return point.replicas[0].equilibration.file(END_FILE)


def _equilibrate(
    root: Path, campaign: Campaign, point: StatePoint, hotter: StatePoint | None
) -> str:
    record = read_record(root / point.replicas[0].equilibration.file(EQUILIBRATION_FILE))
    start = ("-n", point.liquid.n_particles) if hotter is None else ("--from", _end(hotter))
    return _command(
        *("equilibrate", *_liquid(point), *start, "--seed", record["seed"]),
        *("--stretch", f"{campaign.equilibration.stretch_tau:g}"),
        *("--q", point.liquid.wave_number, "-o", "again/liquid"),
    )


def _segment(root: Path, point: StatePoint) -> Record:
    """The record of the first segment of the production run."""
    return read_record(root / point.replicas[0].production.file(segment_file(0)))


def _trajectory(root: Path, campaign: Campaign, point: StatePoint) -> str:
    segment = _segment(root, point)
    block = segment["block_steps"] * segment["time_step"]
    return _command(
        *("trajectory", _end(point), *_liquid(point), "--block", f"{block:.12g}"),
        *("--duration", f"{SEGMENT_BLOCKS * block:.12g}"),
        *("--ratio", f"{campaign.production.ratio:g}", "-o", "again/run"),
    )


def _dynamics(campaign: Campaign, point: StatePoint) -> str:
    production = point.replicas[0].production
    n_segments = sum(step.target.startswith(production.file("")) for step in point.steps)
    files = [production.file(frames_file(segment)) for segment in range(n_segments)]
    if len(files) > SEGMENTS_NAMED:
        files = [production.file("????.nc")]
    return _command(
        *("dynamics", *files, *_liquid(point), "--q", point.liquid.wave_number),
        *("--threshold", f"{campaign.dynamics.threshold:g}"),
    )


def _quench(root: Path, campaign: Campaign, point: StatePoint) -> str:
    segment = _segment(root, point)
    name = point.replicas[0].production.file(frames_file(0))
    steps = np.asarray(read_trajectory(root / name, point.liquid.glass_model).steps)
    frame = int(np.flatnonzero(steps == segment["block_steps"])[0])
    return _command(
        *("quench", name, "--model", point.liquid.model, "--frame", frame),
        *("--minimizer", campaign.glasses.minimizer, "-o", "again/glass.dump"),
    )


def _elasticity(root: Path, point: StatePoint) -> str:
    glasses = point.replicas[0].glasses
    shards = sorted((root / glasses.file("")).glob("00000-*.nc"))
    name = glasses.file(shards[-1].name)
    return _command("elasticity", name, "--model", point.liquid.model, "--frame", 0, "--json")
