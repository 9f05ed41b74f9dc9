"""Which frames of a file count as independent configurations of a liquid, and whose results a folder holds."""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lmpmeso.cli.arguments import UsageError, positive_number
from lmpmeso.cli.console import say

if TYPE_CHECKING:
    from lmpmeso.arrays import FloatArray
    from lmpmeso.configurations import Configuration
    from lmpmeso.models import GlassModel

UNEVEN = 1.5
"""Frames whose distances differ by more than this factor were recorded for dynamics."""
RELAXED = 0.2
"""F_s(τ_α): frames between which it falls to less are taken to be independent."""


def add_spacing(command: argparse.ArgumentParser) -> None:
    """--spacing."""
    command.add_argument(
        "--spacing",
        type=positive_number,
        metavar="TIME",
        help="take frames at least TIME apart; intervals hold for independent ones, 2 τ_α apart or more "
        "(default: take each frame; needed where FILE's are unevenly spaced)",
    )


def last_frames(
    arguments: argparse.Namespace, model: GlassModel, number: int | None
) -> list[Configuration]:
    """The last frames of FILE that are --spacing apart, the last one first.

    In this order a larger number of them adds to a folder of results.

    Args:
        arguments: ``file`` and ``spacing``.
        model: of the frames.
        number: how many; None for all.

    Raises:
        UsageError: unevenly spaced frames and no --spacing.
    """
    from lmpmeso.configurations import iter_configurations, read_trajectory

    if arguments.spacing is None:
        frames = list(iter_configurations(arguments.file, model))
        _refuse_uneven(arguments.file, [f.step for f in frames if f.step is not None])
        chosen = frames[::-1][:number]
        n_frames = len(frames)
    else:
        trajectory = read_trajectory(arguments.file, model)
        indices = spaced(trajectory.times, arguments.spacing)[:number]
        chosen = [trajectory.configuration(k) for k in indices]
        n_frames = trajectory.n_frames
    if len(chosen) < (number or n_frames):
        say(f"{arguments.file}: taking {len(chosen)} of its frames, {n_frames} in all")
    _warn_of_dependence(arguments.file, chosen, model)
    return chosen


def claim_arguments(folder: Path, arguments: argparse.Namespace, *names: str) -> None:
    """Write down the arguments that the results in a folder depend on, or make sure that they agree.

    Raises:
        FolderError: they differ; the message names the argument.
    """
    from lmpmeso.files.run_folder import claim

    folder.mkdir(parents=True, exist_ok=True)
    claim(folder, {name: getattr(arguments, name) for name in names}, "study")


def spaced(times: FloatArray, spacing: float) -> list[int]:
    """Indices of times that are at least ``spacing`` apart, from the last one back."""
    chosen = [len(times) - 1]
    for k in range(len(times) - 2, -1, -1):
        # A block's length that is not a whole number of steps is rounded.
        if times[chosen[-1]] - times[k] >= 0.999 * spacing:
            chosen.append(k)
    return chosen


def scattering_between(frames: Sequence[Configuration], species: int, q: float) -> float:
    """F_s(q) of a species from each frame to the next, their mean; the drift of the species is taken out.

    Raises:
        ConfigurationError: frames without image flags.
    """
    import numpy as np

    from lmpmeso.dynamics.observables import isotropic_scattering

    scattering = isotropic_scattering(q)
    values = []
    for one, other in itertools.pairwise(frames):
        chosen = one.species == species
        moved_nc = (other.unwrapped_positions() - one.unwrapped_positions())[chosen]
        moved_nc -= moved_nc.mean(axis=0)
        pair_tcn = np.ascontiguousarray([np.zeros_like(moved_nc.T), moved_nc.T])
        total = scattering(pair_tcn, np.array([0]), np.array([1]))
        values.append(float(total[0, 0]) / len(moved_nc))
    return float(np.mean(values))


def _warn_of_dependence(file: str, frames: Sequence[Configuration], model: GlassModel) -> None:
    """Say so where neighbouring frames are less than τ_α apart, as far as the file tells displacements."""
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


def _refuse_uneven(file: str, steps: Sequence[int]) -> None:
    """Refuse frames at times that are spaced logarithmically: most are no new configuration."""
    apart = [later - earlier for earlier, later in itertools.pairwise(steps)]
    if apart and min(apart) > 0 and max(apart) > UNEVEN * min(apart):
        raise UsageError(
            f"frames of {file} are {min(apart)} to {max(apart)} MD steps apart, as recorded for "
            "dynamics: most are no independent configurations; give --spacing TIME, 2 τ_α or more"
        )
