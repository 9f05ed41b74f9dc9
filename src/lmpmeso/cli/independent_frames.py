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
    import numpy as np
    from numpy.typing import NDArray

    from lmpmeso.configurations import Configuration
    from lmpmeso.models import GlassModel

UNEVEN = 1.5
"""Frames whose distances differ by more than this factor were recorded for dynamics."""


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
    return chosen


def claim(folder: Path, arguments: argparse.Namespace, *names: str) -> None:
    """Write down the arguments that the results in a folder depend on, or make sure that they agree.

    Raises:
        ProtocolError: they differ; the message names the argument.
    """
    from lmpmeso.simulation.folder_identity import claim_folder

    folder.mkdir(parents=True, exist_ok=True)
    claim_folder(folder, {name: getattr(arguments, name) for name in names}, ())


def spaced(times: NDArray[np.float64], spacing: float) -> list[int]:
    """Indices of times that are at least ``spacing`` apart, from the last one back."""
    chosen = [len(times) - 1]
    for k in range(len(times) - 2, -1, -1):
        # A block's length that is not a whole number of steps is rounded.
        if times[chosen[-1]] - times[k] >= 0.999 * spacing:
            chosen.append(k)
    return chosen


def _refuse_uneven(file: str, steps: Sequence[int]) -> None:
    """Refuse frames at times that are spaced logarithmically: most are no new configuration."""
    apart = [later - earlier for earlier, later in itertools.pairwise(steps)]
    if apart and min(apart) > 0 and max(apart) > UNEVEN * min(apart):
        raise UsageError(
            f"frames of {file} are {min(apart)} to {max(apart)} MD steps apart, as recorded for "
            "dynamics: most are no independent configurations; give --spacing TIME, 2 τ_α or more"
        )
