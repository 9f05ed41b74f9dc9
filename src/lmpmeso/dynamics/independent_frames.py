"""Which frames of a file count as independent configurations of a liquid.

Array suffixes: n particle, c Cartesian component, t frame.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lmpmeso.arrays import FloatArray
from lmpmeso.configurations import Configuration, all_configurations, read_trajectory
from lmpmeso.configurations.frame_choice import Frames, Steps
from lmpmeso.dynamics.observables import isotropic_scattering
from lmpmeso.errors import ConfigurationError
from lmpmeso.models import GlassModel

UNEVEN = 1.5
"""Frames whose distances differ by more than this factor were recorded for dynamics."""


def last_frames(
    path: str | Path,
    model: GlassModel,
    number: int | None = None,
    spacing: float | None = None,
    *,
    frames: Frames = None,
    steps: Steps = None,
) -> list[Configuration]:
    """The last ``number`` of frames (None: all) of a file that are a time apart, the last one first.

    In this order a larger number of them adds to a folder of results. ``spacing`` [time] is the least
    between two of them; 2 τ_α or more makes them independent, None takes every frame. ``frames`` and ``steps``
    choose among the frames first, as for `read_trajectory`.

    Raises:
        ConfigurationError: a malformed file, or unevenly spaced frames and no spacing.
    """
    if spacing is None:
        every = all_configurations(path, model, frames, steps)
        _refuse_uneven(path, [frame.step for frame in every if frame.step is not None])
        return every[::-1][:number]
    # Only the frames count here, not what lies between them.
    trajectory = read_trajectory(path, model, frames=frames, steps=steps, force=True)
    return [trajectory.configuration(k) for k in _spaced(trajectory.times, spacing)[:number]]


def scattering_between(frames: Sequence[Configuration], species: int, q: float) -> float:
    """F_s(q) of a species from each frame to the next, their mean; the drift of the species is taken out.

    Raises:
        ConfigurationError: frames without image flags.
    """
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


def _spaced(times: FloatArray, spacing: float) -> list[int]:
    """Indices of times that are at least ``spacing`` apart, from the last one back."""
    chosen = [len(times) - 1]
    for k in range(len(times) - 2, -1, -1):
        # A block's length that is not a whole number of steps is rounded.
        if times[chosen[-1]] - times[k] >= 0.999 * spacing:
            chosen.append(k)
    return chosen


def _refuse_uneven(path: str | Path, steps: Sequence[int]) -> None:
    """Refuse frames at times that are spaced logarithmically: most are no new configuration."""
    apart = [later - earlier for earlier, later in itertools.pairwise(steps)]
    if apart and min(apart) > 0 and max(apart) > UNEVEN * min(apart):
        raise ConfigurationError(
            f"frames of {path} are {min(apart)} to {max(apart)} MD steps apart, as recorded "
            "for dynamics: most are no independent configurations; give --spacing TIME, 2 τ_α or more"
        )
