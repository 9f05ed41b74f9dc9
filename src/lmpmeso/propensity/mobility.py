"""Propensity: how far particles move on average over runs from one configuration.

Array suffixes: r run, n particle, p pair, c Cartesian component.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lmpmeso.arrays import FloatArray
from lmpmeso.configurations import Configuration
from lmpmeso.dynamics.cage_relative import less_neighbours
from lmpmeso.errors import StatisticsError
from lmpmeso.hessians import InteractingPairs
from lmpmeso.printing import Printed
from lmpmeso.protocols import IsoconfigurationalRuns


@dataclass(frozen=True, eq=False, repr=False)
class Propensity(Printed):
    """Mean displacement of each particle over the isoconfigurational ensemble.

    Attributes:
        mean_n: ⟨|u_n|⟩ over runs [length], shape (N,).
        error_n: its standard error by runs [length], shape (N,); NaN for a single run.
        squared_n: ⟨u_n²⟩ over runs [length²], shape (N,).
        reliability: part of the variance between particles that is not due to the finite number of
            runs; a correlation with another field is at most its square root. NaN for a single run.
        n_runs: number of runs.
        time: after which the displacement was taken [time]; NaN where it is not known.
    """

    mean_n: FloatArray
    error_n: FloatArray
    squared_n: FloatArray
    reliability: float
    n_runs: int
    time: float = float("nan")


def propensity(
    runs: IsoconfigurationalRuns,
    time: float | None = None,
    *,
    reference: Configuration | None = None,
    neighbours: InteractingPairs | None = None,
    fix_center_of_mass: bool = True,
) -> Propensity:
    """Propensity of an isoconfigurational ensemble after a time; see :func:`mean_displacement`.

    Args:
        runs: the ensemble.
        time: one of ``runs.times`` [time]; the last when None.
        reference: configuration that displacements are taken from; None: ``runs.start``.
            The other choice is the inherent structure of a liquid configuration.
        neighbours: for the neighbour-relative displacement, e.g.
            ``lmpmeso.hessians.interacting_pairs(structure, model)``.
        fix_center_of_mass: subtract the drift of the whole system.

    Raises:
        StatisticsError: there is no frame at that time, or the reference has other particles.
    """
    times = runs.times
    frame = len(times) - 1 if time is None else int(np.abs(times - time).argmin())
    if time is not None and abs(times[frame] - time) > 0.5 * runs.time_step:
        raise StatisticsError(
            f"no frame at time {time:g}; there are frames at {', '.join(f'{t:g}' for t in times)}"
        )
    start_nc = runs.positions_rtnc[0, 0]
    if reference is None and runs.thermal_start != "minimum":
        reference = runs.start
    if reference is None:
        reference_nc = start_nc
    elif reference.positions_nc.shape != start_nc.shape:
        raise StatisticsError(
            f"{reference.source}: positions of shape {reference.positions_nc.shape} cannot be the "
            f"reference of runs of shape {start_nc.shape}"
        )
    else:
        reference_nc = _nearest_images(reference, start_nc)
    return mean_displacement(
        runs.positions_rtnc[:, frame],
        reference_nc,
        neighbours=neighbours,
        fix_center_of_mass=fix_center_of_mass,
        time=float(times[frame]),
    )


def mean_displacement(
    positions_rnc: FloatArray,
    reference_nc: FloatArray,
    *,
    neighbours: InteractingPairs | None = None,
    fix_center_of_mass: bool = True,
    time: float = float("nan"),
) -> Propensity:
    """Average the displacement of each particle over runs that began in one configuration.

    Widmer-Cooper, Harrowell and Fynewever, Phys. Rev. Lett. 93, 135701 (2004),
    https://doi.org/10.1103/PhysRevLett.93.135701.

    Args:
        positions_rnc: unwrapped positions at one time in each run [length], shape (R, N, d).
        reference_nc: unwrapped positions that displacements are taken from, shape (N, d) [length]:
            the initial configuration, or the inherent structure below it. The paper starts its runs
            from inherent structures, where both are the same.
        neighbours: with pairs of neighbours in the reference, the neighbour-relative displacement
            u_n − ⟨u_m⟩ over the neighbours m of n is averaged instead (Fig. 2); a particle without
            neighbours keeps its own.
        fix_center_of_mass: subtract the drift of the whole system.
        time: of the positions, for the record [time].

    Raises:
        StatisticsError: no run, shapes that do not fit, or a position that is not finite.
    """
    positions_rnc = np.asarray(positions_rnc, dtype=np.float64)
    reference_nc = np.asarray(reference_nc, dtype=np.float64)
    if positions_rnc.ndim != 3 or positions_rnc.shape[1:] != reference_nc.shape:
        raise StatisticsError(
            "positions of runs must have shape (R, N, d) and the reference (N, d), got "
            f"{positions_rnc.shape} and {reference_nc.shape}"
        )
    n_runs = len(positions_rnc)
    if n_runs == 0:
        raise StatisticsError("a propensity needs at least one run")
    for run, x_nc in enumerate(positions_rnc):
        if not np.isfinite(x_nc).all():
            raise StatisticsError(f"run {run} holds positions that are not finite")
    moved_rnc = positions_rnc - reference_nc
    if fix_center_of_mass:
        moved_rnc -= moved_rnc.mean(axis=1, keepdims=True)
    if neighbours is not None:
        moved_rnc = _relative_to_neighbours(moved_rnc, neighbours)
    square_rn = (moved_rnc**2).sum(axis=2)
    distance_rn = np.sqrt(square_rn)
    mean_n = distance_rn.mean(axis=0)
    error_n, reliability = np.full(len(mean_n), np.nan), float("nan")
    if n_runs > 1:
        error_n = distance_rn.std(axis=0, ddof=1) / np.sqrt(n_runs)
        between = float(mean_n.var(ddof=1)) if len(mean_n) > 1 else 0.0
        if between > 0:
            reliability = max(0.0, 1.0 - float((error_n**2).mean()) / between)
    return Propensity(mean_n, error_n, square_rn.mean(axis=0), reliability, n_runs, time)


def _nearest_images(configuration: Configuration, near_nc: FloatArray) -> FloatArray:
    """Its particles in the periodic images that are nearest to the same particles elsewhere."""
    moved_nc = configuration.positions_nc - near_nc
    return configuration.positions_nc - configuration.box_c * np.rint(
        moved_nc / configuration.box_c
    )


def _relative_to_neighbours(moved_rnc: FloatArray, neighbours: InteractingPairs) -> FloatArray:
    """u_n − mean of u_m over the neighbours m of n."""
    n_runs, n, d = moved_rnc.shape
    if neighbours.n_pairs and max(int(neighbours.i.max()), int(neighbours.j.max())) >= n:
        raise StatisticsError(f"the neighbours name particles beyond the {n} of the runs")
    # One product for all runs: their columns beside one another.
    columns = moved_rnc.transpose(1, 0, 2).reshape(n, n_runs * d)
    relative = less_neighbours(neighbours.i, neighbours.j, n) @ columns
    return relative.reshape(n, n_runs, d).transpose(1, 0, 2)
