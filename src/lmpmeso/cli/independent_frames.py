"""Frames of a file that count as independent configurations, and whose results a folder holds."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lmpmeso.cli.arguments import add_frame_range, add_value
from lmpmeso.cli.console import say

if TYPE_CHECKING:
    from lmpmeso.configurations import Configuration
    from lmpmeso.models import GlassModel

RELAXED = 0.2
"""F_s(τ_α): frames between which it falls to less are taken to be independent."""


def add_spacing(command: argparse.ArgumentParser) -> None:
    """--spacing, --frames and --steps."""
    add_frame_range(command)
    what = (
        "take frames at least TIME apart; intervals hold for independent ones, 2 τ_α apart or more"
    )
    told = "take each frame; needed where FILE's are unevenly spaced"
    add_value(command, "--spacing", "TIME", what, told=told)


def last_frames(
    arguments: argparse.Namespace, model: GlassModel, number: int | None
) -> list[Configuration]:
    """The last frames of FILE that are --spacing apart, the last one first; says what is to be known of them.

    Raises:
        ConfigurationError: a malformed FILE, or unevenly spaced frames and no --spacing.
    """
    from lmpmeso.dynamics import independent_frames

    frames = independent_frames.last_frames(
        arguments.file,
        model,
        number,
        arguments.spacing,
        frames=arguments.frames,
        steps=arguments.steps,
    )
    if arguments.spacing is not None or len(frames) < (number or 1):
        say(f"{arguments.file}: taking {len(frames)} of its frames")
    _warn_of_dependence(arguments.file, frames, model)
    return frames


def claim_arguments(folder: Path, arguments: argparse.Namespace, *names: str) -> None:
    """Write down the arguments that the results in a folder depend on, or make sure that they agree.

    Raises:
        FolderError: they differ; the message names the argument.
    """
    from lmpmeso.files.run_folder import claim

    folder.mkdir(parents=True, exist_ok=True)
    told = {name: getattr(arguments, name) for name in names}
    chosen = {name: getattr(arguments, name) for name in ("frames", "steps")}
    told |= {name: value for name, value in chosen.items() if value is not None}
    if arguments.lammps is not None:
        told["model"] = arguments.lammps
    claim(folder, told, "study")


def _warn_of_dependence(file: str, frames: Sequence[Configuration], model: GlassModel) -> None:
    """Say so where neighbouring frames are less than τ_α apart, as far as the file tells displacements."""
    from lmpmeso.dynamics.independent_frames import scattering_between

    q_max = model.species[model.largest_species].q_max
    if len(frames) < 2 or q_max is None or len({frame.n_particles for frame in frames}) > 1:
        return
    if any(frame.images_nc is None for frame in frames):
        say(f"{file} has no image flags: whether its frames are independent cannot be told")
        return
    remaining = scattering_between(frames, model.largest_species, q_max)
    if remaining > RELAXED:
        say(
            f"warning: the frames taken of {file} are not independent: F_s from one to the next is "
            f"{remaining:.2f} on average, above {RELAXED:g} of τ_α; intervals and p come out too small. "
            "Give --spacing TIME, 2 τ_α or more"
        )
