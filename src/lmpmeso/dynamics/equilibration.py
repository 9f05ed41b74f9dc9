"""Is a run in equilibrium? Successive stretches must agree within their errors."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import ttest_ind_from_stats

from lmpmeso.configurations import Trajectory
from lmpmeso.dynamics.correlators import mean_squared_displacement, self_intermediate
from lmpmeso.dynamics.lags import lag_table
from lmpmeso.dynamics.relaxation import RelaxationTime, relaxation_time
from lmpmeso.errors import StatisticsError
from lmpmeso.models import GlassModel

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Comparison = dict[str, Any]
Mean = tuple[float, float, int]
"""Mean, standard error, degrees of freedom of the error + 1."""

LAGS_PER_DECADE = 3
"""Few lags: neighbouring ones tell the same, and each comparison costs significance."""
MIN_BLOCKS = 3
"""Lags with fewer blocks of time origins in a stretch are not compared."""
ENERGY_BLOCKS = 10
"""Blocks of each stretch behind the error of a mean energy or pressure."""
ENERGY_COLUMNS = ("potential_energy", "pressure")
"""Columns of the energies that are compared, where present."""


@dataclass(frozen=True, eq=False)
class EquilibrationVerdict:
    """What was decided about a run, and on which evidence.

    Attributes:
        equilibrated: no difference between successive stretches is significant, and each stretch
            is long enough for that to mean something.
        reason: the decision in words.
        relaxation_times: τ_α of each stretch; empty when it could not be measured.
        comparisons: a row a comparison: ``quantity``, ``t`` [time] (NaN for energies), ``stretch``
            (compared with the next), ``first``, ``first_error``, ``second``, ``second_error``,
            ``p_value`` (Welch's t test).
        significance: probability to reject a run that is in equilibrium.
    """

    equilibrated: bool
    reason: str
    relaxation_times: tuple[RelaxationTime, ...]
    comparisons: pd.DataFrame
    significance: float


def check_equilibration(
    trajectory: Trajectory,
    model: GlassModel,
    energies: pd.DataFrame | None = None,
    *,
    q: float | None = None,
    threshold: float = 0.2,
    n_stretches: int = 2,
    min_stretch: float = 3.0,
    significance: float = 0.01,
) -> EquilibrationVerdict:
    """Compare F_s, MSD, energy and pressure of successive stretches of a run.

    The run is cut into stretches of equal time. F_s(q, t) and the MSD of the largest species at
    a few lags, and the means of the energies, are compared between neighbours by Welch's t test
    with errors from blocks; the smallest p-value, times the number of comparisons (Bonferroni),
    decides. A run that is too short to judge is not called equilibrated.

    Args:
        trajectory: unwrapped positions.
        model: names the largest species and its q_max.
        energies: a table with ``step`` and ``potential_energy`` or ``pressure`` or both, every
            few steps of the same run.
        q: wave number of F_s [length⁻¹]; None: q_max of the model.
        threshold: F_s(τ_α).
        n_stretches: number of stretches.
        min_stretch: each must be at least so many τ_α long.
        significance: probability to reject a run that is in equilibrium.

    Raises:
        ConfigurationError: the trajectory is malformed.
        ModelError: q_max is not known.
        StatisticsError: bad arguments, or a table of energies without the columns.
    """
    if n_stretches < 2:
        raise StatisticsError(f"at least two stretches can be compared, got {n_stretches}")
    steps = np.asarray(trajectory.steps, dtype=np.int64)
    edges = steps[0] + (steps[-1] - steps[0]) * np.arange(n_stretches + 1) / n_stretches
    comparisons = [] if energies is None else _compare_energies(energies, edges)
    stretches = [_frames(trajectory, *edges[k : k + 2]) for k in range(n_stretches)]
    relaxation_times: list[RelaxationTime] = []
    try:
        for stretch in stretches:
            fs = self_intermediate(stretch, q, model=model)
            relaxation_times.append(relaxation_time(fs, threshold, min_run=min_stretch))
        comparisons += _compare_dynamics(stretches, model, q)
    except StatisticsError as error:
        equilibrated, reason = False, f"too short to judge in {n_stretches} stretches: {error}"
    else:
        equilibrated, reason = _judge(comparisons, relaxation_times, significance)
    return EquilibrationVerdict(
        equilibrated, reason, tuple(relaxation_times), pd.DataFrame(comparisons), significance
    )


def _judge(
    comparisons: list[Comparison], relaxation_times: list[RelaxationTime], significance: float
) -> tuple[bool, str]:
    """The decision by the most significant difference, and its reason."""
    worst = min(comparisons, key=lambda row: row["p_value"])
    p_value = min(1.0, worst["p_value"] * len(comparisons))
    where = "" if np.isnan(worst["t"]) else f" at t = {worst['t']:.4g}"
    taus = ", ".join(f"{tau.value:.4g} [{tau.low:.4g}, {tau.high:.4g}]" for tau in relaxation_times)
    evidence = (
        f"{worst['quantity']}{where} is {worst['first']:.5g} ± {worst['first_error']:.1g} in "
        f"stretch {worst['stretch'] + 1} and {worst['second']:.5g} ± {worst['second_error']:.1g} "
        f"in the next (p = {p_value:.2g} after {len(comparisons)} comparisons); "
        f"τ_α of the stretches: {taus}"
    )
    if p_value < significance:
        return False, f"still changing: {evidence}"
    return True, f"no significant change; the largest: {evidence}"


def _frames(trajectory: Trajectory, start: float, stop: float) -> Trajectory:
    """The frames from one time step to another, both included."""
    inside = (trajectory.steps >= start) & (trajectory.steps <= stop)
    if inside.sum() < 2:
        raise StatisticsError(
            f"{trajectory.source}: {int(inside.sum())} frames between the steps {start:.0f} and "
            f"{stop:.0f}; the frames must cover the whole run to compare its stretches"
        )
    return replace(
        trajectory,
        positions_tnc=trajectory.positions_tnc[inside],
        steps=np.asarray(trajectory.steps)[inside],
    )


def _compare_dynamics(
    stretches: list[Trajectory], model: GlassModel, q: float | None
) -> list[Comparison]:
    """F_s and MSD of neighbouring stretches at the lags that both hold."""
    comparisons = []
    for k, pair in enumerate(itertools.pairwise(stretches)):
        lags = lag_table(pair[0].steps, per_decade=LAGS_PER_DECADE, min_origins=MIN_BLOCKS).lags
        common = [lag for lag in lags.tolist() if _occurs(lag, pair[1].steps)]
        tables = {
            "Fs": [self_intermediate(s, q, model=model, lags=common) for s in pair],
            "msd": [mean_squared_displacement(s, model=model, lags=common) for s in pair],
        }
        for quantity, (first, second) in tables.items():
            resolved = (first["n_blocks"] >= MIN_BLOCKS) & (second["n_blocks"] >= MIN_BLOCKS)
            for a, b in zip(
                first[resolved].to_dict("records"), second[resolved].to_dict("records"), strict=True
            ):
                comparisons.append(
                    _welch(
                        quantity,
                        a["t"],
                        k,
                        (a[quantity], a["error"], a["n_blocks"]),
                        (b[quantity], b["error"], b["n_blocks"]),
                    )
                )
    if not comparisons:
        raise StatisticsError(
            f"no lag has {MIN_BLOCKS} independent blocks of time origins in neighbouring stretches; "
            "record more frames at regular intervals"
        )
    return comparisons


def _occurs(lag: int, steps: IntArray) -> bool:
    """Whether two frames are exactly so many steps apart."""
    return bool(np.isin(steps + lag, steps).any())


def _compare_energies(energies: pd.DataFrame, edges: FloatArray) -> list[Comparison]:
    """Means of energy and pressure in neighbouring stretches."""
    present = [name for name in ENERGY_COLUMNS if name in energies.columns]
    if "step" not in energies.columns or not present:
        raise StatisticsError(
            f"the table of energies needs a column step and one of {list(ENERGY_COLUMNS)}; "
            f"it has {list(energies.columns)}"
        )
    comparisons = []
    for name in present:
        means = [_blocked_mean(energies, name, *edges[k : k + 2]) for k in range(len(edges) - 1)]
        for k, (first, second) in enumerate(itertools.pairwise(means)):
            comparisons.append(_welch(name, float("nan"), k, first, second))
    return comparisons


def _blocked_mean(energies: pd.DataFrame, name: str, start: float, stop: float) -> Mean:
    """Mean of a column between two time steps, its standard error, and degrees of freedom + 1.

    The error is that of block means about a straight line, so that a drift does not hide in it.
    """
    inside = (energies["step"] > start) & (energies["step"] <= stop)
    values = energies.loc[inside, name].to_numpy(dtype=np.float64)
    if len(values) < ENERGY_BLOCKS:
        raise StatisticsError(
            f"{len(values)} values of {name} between the steps {start:.0f} and {stop:.0f}; at least "
            f"{ENERGY_BLOCKS} are needed: print energies more often"
        )
    blocks = np.array([block.mean() for block in np.array_split(values, ENERGY_BLOCKS)])
    number = np.arange(ENERGY_BLOCKS)
    residuals = blocks - np.polyval(np.polyfit(number, blocks, 1), number)
    # Two parameters of the line cost two degrees of freedom, one more than a mean.
    variance = np.sum(residuals**2) / (ENERGY_BLOCKS - 2)
    return float(values.mean()), float(np.sqrt(variance / ENERGY_BLOCKS)), ENERGY_BLOCKS - 1


def _welch(quantity: str, t: float, stretch: int, first: Mean, second: Mean) -> Comparison:
    """Welch's t test of two means with their standard errors."""
    (mean_1, error_1, n_1), (mean_2, error_2, n_2) = first, second
    if error_1 == error_2 == 0.0:
        p_value = 1.0 if mean_1 == mean_2 else 0.0
    else:
        deviations = error_1 * np.sqrt(n_1), error_2 * np.sqrt(n_2)
        p_value = ttest_ind_from_stats(
            mean_1, deviations[0], n_1, mean_2, deviations[1], n_2, equal_var=False
        ).pvalue
    return {
        "quantity": quantity,
        "t": t,
        "stretch": stretch,
        "first": mean_1,
        "first_error": error_1,
        "second": mean_2,
        "second_error": error_2,
        "p_value": float(p_value),
    }
