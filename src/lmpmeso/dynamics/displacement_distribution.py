"""How far particles have moved after a given time: the self part of the van Hove function."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lmpmeso.arrays import FloatArray, IntArray
from lmpmeso.configurations import TrajectoryLike, trajectory_and_model
from lmpmeso.dynamics.displacements import Displacements, displacements
from lmpmeso.dynamics.frame_pairs import distance_blocks
from lmpmeso.dynamics.lags import lag_table
from lmpmeso.dynamics.origin_averages import n_blocks_of
from lmpmeso.dynamics.structure_factor import error_of_mean
from lmpmeso.errors import StatisticsError
from lmpmeso.files.tables import with_units
from lmpmeso.models import GlassModel

TIME_TOLERANCE = 0.2
"""A recorded lag within this part of the time asked for will do."""


def displacement_distribution(
    trajectory: TrajectoryLike,
    t: float,
    species: int | str | None = None,
    *,
    model: GlassModel | str | None = None,
    bins: int | Sequence[float] | FloatArray = 100,
    fix_center_of_mass: bool = True,
) -> pd.DataFrame:
    """P(r, t) of the distances r that particles moved in a time t, and G_s(r, t).

    ∫ P dr = 1; the self part of the van Hove function is G_s = P/(4π r²) in three dimensions and
    P/(2π r) in two, here averaged over the shell of each bin (L. Van Hove, Phys. Rev. 95, 249 (1954),
    doi:10.1103/PhysRev.95.249).

    Args:
        trajectory: unwrapped positions at true MD steps, in any time pattern; or the path of their file.
        t: the time [time]; the recorded lag next to it is taken, within 20 %.
        species: index or (with ``model``) name; ``"all"`` for all particles. None: the model's
            largest species, or all particles without a model.
        model: names the species and knows their masses; None: that with which the trajectory was read.
        bins: number of equal bins from 0 to the largest displacement, or their edges [length].
        fix_center_of_mass: relative to the centre of mass of the whole system.

    Returns:
        A row a bin: ``r_low``, ``r_high`` [length], ``P`` [length⁻¹], ``P_error`` (standard error by
        blocks of time origins; NaN where fewer than two fit), ``Gs`` [length^-d], ``Gs_error``;
        ``attrs["t"]`` is the lag that was taken [time].

    Raises:
        ConfigurationError: the trajectory is malformed.
        ModelError: no such species.
        StatisticsError: no recorded lag near t, no such particles, or bins that do not increase from
            0 or more.
    """
    trajectory, model = trajectory_and_model(trajectory, model)
    moved = displacements(trajectory, species, model, fix_center_of_mass)
    lag = _recorded_lag(moved, t)
    origins, ends = lag_table(moved.steps, [lag]).pairs(lag)
    edges = _edges(moved, origins, ends, bins)
    counts_br, pairs_b = _histograms(moved, lag, origins, ends, edges)

    width_r = np.diff(edges)
    density_r = counts_br.sum(axis=0) / (pairs_b.sum() * moved.n_particles * width_r)
    error_r = error_of_mean(counts_br / (pairs_b[:, None] * moved.n_particles * width_r))
    d = moved.dimension
    shell_r = np.diff({2: np.pi, 3: 4.0 * np.pi / 3.0}[d] * edges**d)
    table = pd.DataFrame({"r_low": edges[:-1], "r_high": edges[1:], "P": density_r})
    table["P_error"] = error_r
    table["Gs"] = density_r * width_r / shell_r
    table["Gs_error"] = error_r * width_r / shell_r
    table.attrs.update(
        moved.description,
        t=lag * trajectory.time_step,
        n_origins=len(origins),
        n_blocks=len(pairs_b),
    )
    units = {"r_low": "length", "r_high": "length", "P": "1/length", "Gs": f"1/length^{d}"}
    return with_units(table, units)


def _recorded_lag(moved: Displacements, t: float) -> int:
    """The step difference that occurs and lies next to a time."""
    if not t > 0:
        raise StatisticsError(f"the time of the displacements must be positive, got {t}")
    wanted = t / moved.trajectory.time_step
    recorded = lag_table(moved.steps, per_decade=50).lags
    exact = round(wanted)
    if exact > 0 and np.isin(moved.steps + exact, moved.steps).any():
        return exact
    lag = int(recorded[np.argmin(np.abs(np.log(recorded / wanted)))])
    if abs(lag / wanted - 1.0) > TIME_TOLERANCE:
        raise StatisticsError(
            f"{moved.trajectory.source}: no two frames are {t:.4g} apart; the nearest are "
            f"{lag * moved.trajectory.time_step:.4g} apart: record frames at that interval"
        )
    return lag


def _edges(
    moved: Displacements,
    origins: IntArray,
    ends: IntArray,
    bins: int | Sequence[float] | FloatArray,
) -> FloatArray:
    """Edges of the bins [length]."""
    if np.ndim(bins) == 1:
        edges = np.asarray(bins, dtype=np.float64)
        if len(edges) < 2 or edges[0] < 0 or not np.all(np.diff(edges) > 0):
            raise StatisticsError(
                f"the edges of the bins must increase from 0 or more, got {edges}"
            )
        return edges
    n_bins = int(bins)  # type: ignore[arg-type]
    if n_bins < 1:
        raise StatisticsError(f"at least one bin is needed, got {n_bins}")
    largest = 0.0
    for from_first_tcn in moved.particle_blocks():
        for _, distance_pn in distance_blocks(from_first_tcn, origins, ends):
            largest = max(largest, float(distance_pn.max()))
    if largest == 0.0:
        raise StatisticsError(f"{moved.trajectory.source}: no particle moved in that time")
    # Half-open bins hold the largest, too.
    return np.linspace(0.0, largest * (1.0 + 1e-12), n_bins + 1)


def _histograms(
    moved: Displacements, lag: int, origins: IntArray, ends: IntArray, edges: FloatArray
) -> tuple[IntArray, IntArray]:
    """Displacements in each bin and pairs of frames, for each block of time origins."""
    n_blocks = n_blocks_of(moved.steps[origins], lag)
    cuts = len(origins) * np.arange(n_blocks + 1) // n_blocks
    counts_br = np.zeros((n_blocks, len(edges) - 1), dtype=np.int64)
    for from_first_tcn in moved.particle_blocks():
        for b in range(n_blocks):
            block = slice(cuts[b], cuts[b + 1])
            for _, distance_pn in distance_blocks(from_first_tcn, origins[block], ends[block]):
                counts_br[b] += np.histogram(distance_pn, edges)[0]
    return counts_br, np.diff(cuts)
