"""Single configurations, sequences of them and trajectories as what structure is averaged over."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np

from lmpmeso.configurations import Configuration, Trajectory, require_configuration
from lmpmeso.errors import ConfigurationError, StatisticsError
from lmpmeso.models import GlassModel, get_model

Snapshots = Configuration | Sequence[Configuration] | Trajectory
"""Where structure is measured: one configuration, several of one system, or a trajectory."""


def snapshots(source: Snapshots, n_frames: int | None = None) -> list[Configuration]:
    """The configurations of a source in order, at most ``n_frames`` evenly spread, checked to be of one system.

    Raises:
        ConfigurationError: a position is not finite, or the configurations differ in dimension,
            box or species.
        StatisticsError: there is no configuration, or ``n_frames`` is not positive.
    """
    if n_frames is not None and n_frames < 1:
        raise StatisticsError(f"at least one frame is needed, got n_frames = {n_frames}")
    if isinstance(source, str | os.PathLike):
        raise ConfigurationError(
            f"{os.fspath(source)}: read it first, with lmpmeso.read_trajectory(path, model), or one frame of it "
            "with lmpmeso.read_configuration(path, model)"
        )
    if isinstance(source, Configuration):
        frames = [source]
    elif isinstance(source, Trajectory):
        frames = [source.configuration(k) for k in _spread(source.n_frames, n_frames)]
    else:
        frames = [require_configuration(source[k]) for k in _spread(len(source), n_frames)]
    if not frames:
        raise StatisticsError("there is no configuration to measure structure in")
    first = frames[0]
    for frame in frames:
        if (
            frame.positions_nc.shape != first.positions_nc.shape
            or not np.allclose(frame.box_c, first.box_c, rtol=1e-12, atol=0.0)
            or not np.array_equal(frame.species, first.species)
        ):
            raise ConfigurationError(
                f"{frame.source} is not of the same system as {first.source}: box "
                f"{frame.box_c.tolist()} and {first.box_c.tolist()}, {frame.n_particles} and "
                f"{first.n_particles} particles, or other species"
            )
        finite = np.isfinite(frame.positions_nc).all(axis=1)
        if not finite.all():
            raise ConfigurationError(
                f"{frame.source}: particle {frame.ids[int(finite.argmin())]} has a position that is "
                "not finite"
            )
    return frames


def model_of(source: Snapshots, model: GlassModel | str | None) -> GlassModel | None:
    """The model given; else that with which a trajectory was read, where it is one."""
    if model is None:
        return source.model if isinstance(source, Trajectory) else None
    return get_model(model)


def _spread(available: int, wanted: int | None) -> list[int]:
    """Indices of evenly spread frames, the last one included."""
    if wanted is None or wanted >= available:
        return list(range(available))
    return np.unique(np.linspace(available - 1, 0, wanted).round().astype(int)).tolist()
