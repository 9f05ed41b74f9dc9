"""Transitions between inherent structures: when, how far, how many particles, up or down.

Array suffixes: f frame, m move (pair of neighbouring frames), n particle, c Cartesian component.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd

from lmpmeso.arrays import FloatArray
from lmpmeso.errors import ProtocolError, StatisticsError
from lmpmeso.files.tables import with_units
from lmpmeso.landscape.inherent_structures import (
    LANDSCAPE_UNITS,
    SAME_DISPLACEMENT,
    InherentStructureTrajectory,
)
from lmpmeso.landscape.recognition import REMEMBERED

Criterion = Literal["displacement", "energy"]

SAME_ENERGY = 1e-6
"""Two structures are one when their U_IHS differ by less [k_B T], where that is the criterion."""
ABOVE_NOISE = 10.0
"""A threshold below so many times the measured noise of the quench is refused."""


@dataclass(frozen=True)
class QuenchNoise:
    """How far apart two quenches end that lead to one structure, and to different ones.

    Attributes:
        displacement: largest particle displacement between two frames that were polished by
            themselves and fell into one structure [length]; NaN where there are none.
        energy: largest |ΔU_IHS| of two such frames [energy]; NaN likewise.
        smallest_displacement: least displacement of a transition [length]; NaN without transitions.
        smallest_energy: least |ΔU_IHS| of a transition [energy]; NaN likewise.
        n_same: pairs of frames polished by themselves and within one structure.
        n_different: pairs of neighbouring frames in different ones.
    """

    displacement: float
    energy: float
    smallest_displacement: float
    smallest_energy: float
    n_same: int
    n_different: int


def moves(trajectory: InherentStructureTrajectory) -> pd.DataFrame:
    """From each frame's inherent structure to the next frame's.

    Returns:
        A row a pair of neighbouring frames: ``step`` (the later frame's), ``t`` [time],
        ``energy_step`` (ΔU_IHS) [energy], ``largest_displacement`` [length],
        ``squared_displacement`` (Σ u_n²) [length²], ``participation`` (number of particles that
        take part, (Σ u_n²)²/Σ u_n⁴; NaN where nothing moved). A common translation of all
        particles does not count.
    """
    before_m, after_m = trajectory.quench_f[:-1], trajectory.quench_f[1:]
    squares = np.zeros((len(before_m), 3))
    for m, (a, b) in enumerate(zip(before_m, after_m, strict=True)):
        if a != b:
            squares[m] = _squares(trajectory.positions_qnc[a], trajectory.positions_qnc[b])
    largest, second, fourth = squares.T
    table = pd.DataFrame(
        {
            "step": trajectory.steps_f[1:],
            "t": trajectory.steps_f[1:] * trajectory.time_step,
            "energy_step": np.diff(trajectory.energies_f),
            "largest_displacement": np.sqrt(largest),
            "squared_displacement": second,
            "participation": np.divide(
                second**2, fourth, out=np.full(len(second), np.nan), where=fourth > 0
            ),
        }
    )
    return with_units(table, LANDSCAPE_UNITS)


def transitions(
    trajectory: InherentStructureTrajectory,
    criterion: Criterion = "displacement",
    threshold: float | None = None,
    *,
    temperature: float | None = None,
) -> pd.DataFrame:
    """The moves that lead from one inherent structure to another.

    Args:
        trajectory: inherent structures of successive frames.
        criterion: ``"displacement"``: a particle moves by the threshold or more; ``"energy"``:
            U_IHS changes by the threshold or more.
        threshold: 1e-5 [length], or 1e-6 k_B T [energy], when None.
        temperature: k_B T [energy], for the default threshold in energy.

    Returns:
        The rows of :func:`moves` that are transitions.

    Raises:
        ProtocolError: no such criterion, a threshold that is not positive, or a criterion in energy
            without threshold and temperature.
        StatisticsError: the threshold is not well above the noise of the quench, or below that of
            the bisection.
    """
    limit = threshold_of(trajectory, criterion, threshold, temperature)
    lowest = smallest_threshold(trajectory, criterion)
    if limit < lowest:
        raise StatisticsError(
            f"{trajectory.source}: the threshold {limit:.2g} in {criterion} is below "
            f"{lowest:.2g}, {ABOVE_NOISE:g} times what quenches into one structure differ by (or what "
            "the bisection looked at): quench to smaller forces (tolerance) or raise the threshold"
        )
    table = moves(trajectory)
    return table[_size(table, criterion) >= limit].reset_index(drop=True)


def quench_noise(trajectory: InherentStructureTrajectory) -> QuenchNoise:
    """The noise of the quench against the smallest transition.

    Each frame that was polished by itself is compared with the last few before it that were.
    """
    table = moves(trajectory)
    jumps = table[table["largest_displacement"] >= SAME_DISPLACEMENT]
    apart = []
    polished = np.flatnonzero(~trajectory.recognised_q)
    for number, later in enumerate(polished):
        for earlier in polished[max(0, number - REMEMBERED) : number]:
            moved = math.sqrt(
                _squares(trajectory.positions_qnc[earlier], trajectory.positions_qnc[later])[0]
            )
            energies = trajectory.energies_q[[earlier, later]]
            if moved < SAME_DISPLACEMENT:
                apart.append((moved, abs(float(np.diff(energies)[0]))))
    displacement, energy = np.max(apart, axis=0) if apart else (np.nan, np.nan)
    return QuenchNoise(
        displacement=float(displacement),
        energy=float(energy),
        smallest_displacement=float(jumps["largest_displacement"].min()),
        smallest_energy=float(jumps["energy_step"].abs().min()),
        n_same=len(apart),
        n_different=len(jumps),
    )


def threshold_of(
    trajectory: InherentStructureTrajectory,
    criterion: Criterion,
    threshold: float | None,
    temperature: float | None,
) -> float:
    """The threshold in use, after a look at what was asked for."""
    if criterion not in get_args(Criterion):
        raise ProtocolError(f"criterion must be one of {get_args(Criterion)}, got {criterion!r}")
    if threshold is None and criterion == "energy":
        if temperature is None:
            raise ProtocolError("a criterion in energy needs a threshold, or the temperature")
        threshold = SAME_ENERGY * temperature
    limit = SAME_DISPLACEMENT if threshold is None else threshold
    if not limit > 0:
        raise ProtocolError(f"the threshold must be positive, got {limit}")
    return limit


def smallest_threshold(trajectory: InherentStructureTrajectory, criterion: Criterion) -> float:
    """The least threshold that tells a transition from noise; 0 where no noise was measured."""
    noise = quench_noise(trajectory)
    measured = noise.displacement if criterion == "displacement" else noise.energy
    lowest = 0.0 if np.isnan(measured) else ABOVE_NOISE * measured
    bisected = trajectory.search == "bisection" and criterion == "displacement"
    return max(lowest, trajectory.same_displacement) if bisected else lowest


def _size(table: pd.DataFrame, criterion: Criterion) -> pd.Series:
    """What is compared with the threshold."""
    if criterion == "displacement":
        return table["largest_displacement"]
    return table["energy_step"].abs()


def _squares(first_nc: FloatArray, second_nc: FloatArray) -> tuple[float, float, float]:
    """Largest u_n², Σ u_n² and Σ u_n⁴ without a common translation."""
    moved_nc = second_nc - first_nc
    moved_nc -= moved_nc.mean(axis=0)
    square_n = (moved_nc**2).sum(axis=1)
    return float(square_n.max()), float(square_n.sum()), float((square_n**2).sum())
