"""A trajectory whose inherent structures are known: frames scattered closely about two glasses."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from lmpmeso.configurations import InherentStructure, Trajectory, read_configuration
from lmpmeso.models import get_model
from lmpmeso.protocols import quench

MODEL = get_model("ipl2d")
GLASS = Path(__file__).resolve().parents[1] / "data" / "ipl2d.glass.dump.gz"
SCATTER = 2e-3
"""Thermal displacement of the frames [length]: far less than the way from one well to the other."""


@cache
def wells() -> tuple[InherentStructure, InherentStructure]:
    """Two minima: a glass, and what it becomes when a small and a large neighbour change places."""
    first = quench(read_configuration(GLASS, MODEL), MODEL)
    x_nc = first.positions_nc.copy()
    small = int(np.flatnonzero(first.species == 0)[0])
    large_n = np.flatnonzero(first.species == 1)
    large = int(large_n[((x_nc[large_n] - x_nc[small]) ** 2).sum(axis=1).argmin()])
    x_nc[[small, large]] = x_nc[[large, small]]
    second = quench(first.with_positions(x_nc), MODEL)
    assert abs(second.energy - first.energy) > 0.1
    return first, second


def trajectory(wells_visited: str, drift: float = 0.0) -> Trajectory:
    """Frames in the wells of a word such as ``"AABBA"``, a step apart."""
    a, b = (well.unwrapped_positions() for well in wells())
    generator = np.random.default_rng(3)
    frames = []
    for k, name in enumerate(wells_visited):
        scattered = {"A": a, "B": b}[name] + generator.normal(0.0, SCATTER, a.shape)
        # The minimiser keeps the centre of mass: all frames share one, but for the drift.
        frames.append(scattered - scattered.mean(axis=0) + a.mean(axis=0) + drift * k)
    first = wells()[0]
    return Trajectory(
        positions_tnc=np.array(frames),
        steps=np.arange(len(frames), dtype=np.int64),
        time_step=0.005,
        species=first.species,
        box_c=first.box_c,
        ids=first.ids,
    )
