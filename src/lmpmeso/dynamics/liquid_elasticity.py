"""Elasticity of the liquid: G∞ and the mean squared displacement in the cage.

Both enter rivals of κ as the number that sets the barrier of relaxation: the shoving model
(Dyre, Olsen and Christensen, Phys. Rev. B 53, 2171 (1996), doi:10.1103/PhysRevB.53.2171) takes G∞,
others ⟨u²⟩ (Larini et al., Nat. Phys. 4, 42 (2008), doi:10.1038/nphys788).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy

from lmpmeso.arrays import FloatArray
from lmpmeso.dynamics.diffusion import local_slope
from lmpmeso.dynamics.lags import MAX_BLOCKS
from lmpmeso.dynamics.snapshots import Snapshots, snapshots
from lmpmeso.elasticity.moduli import PLANES
from lmpmeso.errors import ModelError, StatisticsError
from lmpmeso.hessians import born_term
from lmpmeso.hessians.force_jumps import ForceJump, force_jumps
from lmpmeso.models import GlassModel, get_model

LARGEST_FORCE_JUMP = 1e-5
"""A pair force that jumps by more than this, in units of k_B T/a0, adds what the Born term leaves out."""
PLATEAU_SLOPE = 0.6
"""Above this log-log slope of the MSD at its flattest there is no cage."""
SAME_SLOPE = 1e-9
"""Log-log slopes closer than this differ by rounding only."""


@dataclass(frozen=True)
class InstantaneousShearModulus:
    """G∞ = ρT + ⟨∂²U/∂γ²⟩/V of a liquid.

    Attributes:
        value: mean over planes and frames [energy/length^d].
        low: lower end of its interval; NaN with fewer than two blocks of frames.
        high: upper end of its interval.
        level: confidence level of the interval.
        kinetic: ρT, part of ``value`` [energy/length^d].
        planes: mean of each plane, the kinetic part included.
        n_frames: number of frames.
    """

    value: float
    low: float
    high: float
    level: float
    kinetic: float
    planes: Mapping[str, float]
    n_frames: int


@dataclass(frozen=True)
class CageDisplacement:
    """⟨u²⟩: the mean squared displacement where the particles are held in their cages.

    Attributes:
        value: MSD at the flattest point of its log-log curve, all d components [length²].
        low: lower end of its interval; NaN when the MSD has no error there.
        high: upper end of its interval.
        level: confidence level of the interval.
        t: that time [time].
        slope: d ln MSD/d ln t there.
    """

    value: float
    low: float
    high: float
    level: float
    t: float
    slope: float


def instantaneous_shear_modulus(
    configurations: Snapshots, model: GlassModel | str, temperature: float, level: float = 0.9
) -> InstantaneousShearModulus:
    """G∞ of a liquid: its response to a shear so fast that no particle leaves its affine path.

    The second derivative of the energy under x → (1 + γ ê_a ⊗ ê_b) x holds the stress term. The
    kinetic part ρT is included, so that G∞ = V⟨σ_ab²⟩/T in equilibrium, σ with its kinetic part,
    and G∞ = ρT for an ideal gas. For pair potentials it is the formula of Zwanzig and Mountain,
    J. Chem. Phys. 43, 4464 (1965), doi:10.1063/1.1696718.

    Args:
        configurations: the liquid; best frames some τ_α apart, because the interval is that of
            blocks of successive frames (ten at most).
        model: its potential.
        temperature: T [energy].
        level: confidence level of the interval.

    Raises:
        ModelError: a pair force of the model jumps (``ka``, and ``lj/cut`` of LAMMPS).
        ConfigurationError: a configuration does not fit the model.
        StatisticsError: no configurations, or T is not positive.
    """
    model = get_model(model)
    if not temperature > 0:
        raise StatisticsError(f"the temperature must be positive, got {temperature}")
    _refuse_jumping_forces(model, LARGEST_FORCE_JUMP * model.thermal_energy(temperature) / model.a0)
    frames = snapshots(configurations)
    directions = PLANES[frames[0].dimension]
    kinetic = frames[0].density * model.thermal_energy(temperature)
    values_fp = np.empty((len(frames), len(directions)))
    for row, frame in zip(values_fp, frames, strict=True):
        born_cccc = born_term(frame, model)
        row[:] = [born_cccc[a, b, a, b] / frame.volume + kinetic for a, b in directions.values()]
    value, half = _mean_with_half_width(values_fp.mean(axis=1), level)
    planes = dict(zip(directions, map(float, values_fp.mean(axis=0)), strict=True))
    return InstantaneousShearModulus(
        value, value - half, value + half, level, kinetic, planes, len(frames)
    )


def cage_displacement(
    msd: pd.DataFrame, level: float = 0.9, largest_slope: float = PLATEAU_SLOPE
) -> CageDisplacement:
    """⟨u²⟩ at the time where the log-log MSD is flattest, between ballistic and diffusive motion.

    The slope d ln MSD/d ln t at each lag is that of a line through the lags within a factor of two.
    Neighbours with the same lags in their windows have the same slope: the earliest of them counts.

    Args:
        msd: table with ``t`` and ``msd``, and ``error`` and ``n_blocks`` for an interval, as
            `mean_squared_displacement` returns it.
        level: confidence level of the interval.
        largest_slope: at the flattest point the slope must be below it.

    Raises:
        StatisticsError: columns are missing, the MSD has no plateau, or it is not seen to rise again
            after its flattest point.
    """
    missing = {"t", "msd"} - set(msd.columns)
    if missing:
        raise StatisticsError(f"the table of the MSD lacks the columns {sorted(missing)}")
    used = msd[(msd["t"] > 0) & (msd["msd"] > 0)].sort_values("t")
    t = used["t"].to_numpy(dtype=np.float64)
    if len(t) < 5:
        raise StatisticsError(f"{len(t)} lags are too few to find the plateau of the MSD")
    squared = used["msd"].to_numpy(dtype=np.float64)
    slope = local_slope(np.log(t), np.log(squared))
    k = int(np.argmax(slope <= slope.min() + SAME_SLOPE))
    if slope[k] > largest_slope:
        raise StatisticsError(
            f"the MSD has no plateau: its log-log slope is nowhere below {slope[k]:.2f} "
            f"(t = {t[k]:.4g}), {largest_slope:g} is needed; the liquid is too hot for a cage"
        )
    if slope[k:].max() < slope[k] + 0.5 * (1.0 - slope[k]) or slope[:k].size == 0:
        raise StatisticsError(
            f"the MSD is flattest at t = {t[k]:.4g}, too near the end of what was recorded "
            f"({t[0]:.4g} to {t[-1]:.4g}): it is not seen to come out of the ballistic regime and to "
            "rise again; record shorter lags or run longer"
        )
    half = float("nan")
    if {"error", "n_blocks"} <= set(used.columns) and used["n_blocks"].iloc[k] > 1:
        freedom = float(used["n_blocks"].iloc[k]) - 1.0
        half = float(scipy.special.stdtrit(freedom, 0.5 + level / 2.0) * used["error"].iloc[k])
    value = float(squared[k])
    return CageDisplacement(value, value - half, value + half, level, float(t[k]), float(slope[k]))


def _refuse_jumping_forces(model: GlassModel, largest: float) -> None:
    """Refuse a potential whose second derivative holds a δ function, where a force jumps by more than allowed."""
    for jump in _force_jumps(model):
        if jump.size > largest:
            names = [model.species[k].name for k in (jump.first, jump.second)]
            raise ModelError(
                f"the force between the species {names[0]!r} and {names[1]!r} of model {model.name!r} jumps by "
                f"{jump.size:.3g} at r = {jump.distance:.6g}: the second derivative that G∞ averages "
                "is not defined there; use a model with a continuous force, such as "
                + ('"mblj"' if model.lammps is None else "pair_style lj/smooth/linear")
            )


def _force_jumps(model: GlassModel) -> Iterator[ForceJump]:
    """The jump of the force at the cut-off of each two species; wherever it is, of LAMMPS commands."""
    if model.lammps is not None:
        yield from force_jumps(model)
    for a, b, potential in model.species_pairs():
        inside = potential.derivatives(potential.cutoff * np.array([1.0 - 1e-13]), 1)[1]
        yield ForceJump(a, b, abs(float(inside[0])), potential.cutoff)


def _mean_with_half_width(values_f: FloatArray, level: float) -> tuple[float, float]:
    """Mean over frames and half of its interval by blocks of frames; NaN for a single frame."""
    n_blocks = min(MAX_BLOCKS, len(values_f))
    if n_blocks < 2:
        return float(values_f.mean()), float("nan")
    means = np.array([block.mean() for block in np.array_split(values_f, n_blocks)])
    error = means.std(ddof=1) / np.sqrt(n_blocks)
    return float(values_f.mean()), float(
        scipy.special.stdtrit(n_blocks - 1, 0.5 + level / 2.0) * error
    )
