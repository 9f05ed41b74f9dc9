"""Is a run in equilibrium? Successive stretches must agree within their errors.

Array suffixes: b block of time origins (those of the first stretch, then those of the second),
q compared quantity, h shape of a change, o order of the blocks.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import scipy

from lmpmeso.arrays import FloatArray, IntArray
from lmpmeso.configurations import Trajectory, TrajectoryLike, trajectory_and_model
from lmpmeso.dynamics.correlators import mean_squared_displacement, self_intermediate
from lmpmeso.dynamics.lags import LagTable, lag_table
from lmpmeso.dynamics.relaxation import RelaxationTime, relaxation_time
from lmpmeso.errors import StatisticsError
from lmpmeso.models import GlassModel, get_model
from lmpmeso.printing import Printed

BLOCKS = 6
"""Blocks of a stretch, whose scatter is the error."""
SHAPES = {
    "step": np.repeat([0.0, 1.0], BLOCKS),
    "drift": np.arange(2.0 * BLOCKS),
    "decay": np.exp(-np.arange(2.0 * BLOCKS)),
}
"""How the blocks of two stretches change when a liquid ages: from one stretch to the next, steadily,
or in the beginning only."""
ORDERS = 4999
"""Random orders of the blocks that tell how large a change comes by chance."""
ORDER_SEED = 0
"""Their seed."""
LAGS_PER_DECADE = 3
"""Few lags: neighbouring ones tell the same."""
SHORTEST_LAG = 0.01
"""Shortest lag that is compared, in τ_α: before, particles only rattle in their cages."""
ENERGY_COLUMNS = ("potential_energy", "pressure")
"""Columns of the energies that are compared, where present."""
ROUND_OFF = 1e-12
"""Splits whose statistic agrees to this relative precision are ties."""


@dataclass(frozen=True, eq=False, repr=False)
class EquilibrationVerdict(Printed):
    """What was decided about a run, and on which evidence.

    Attributes:
        equilibrated: no difference between successive stretches is significant, and each stretch
            is long enough for that to mean something.
        reason: the decision in words.
        relaxation_times: τ_α of each stretch; empty when it could not be measured.
        comparisons: a row a comparison: ``quantity``, ``t`` [time] (NaN for energies), ``stretch``
            (compared with the next), ``first``, ``first_error``, ``second``, ``second_error``,
            ``change`` (the shape that fits best: step, drift or decay) and ``p_value`` (of this
            shape alone, by Student's t).
        p_value: probability that stretches in equilibrium differ as much anywhere; NaN when the
            run was too short to judge.
        significance: probability to reject a run that is in equilibrium.
    """

    equilibrated: bool
    reason: str
    relaxation_times: tuple[RelaxationTime, ...]
    comparisons: pd.DataFrame
    p_value: float
    significance: float


def check_equilibration(
    trajectory: TrajectoryLike,
    model: GlassModel | str,
    energies: pd.DataFrame | None = None,
    *,
    q: float | None = None,
    threshold: float = 0.2,
    n_stretches: int = 2,
    min_stretch: float = 3.0,
    significance: float = 0.01,
) -> EquilibrationVerdict:
    """Compare F_s, MSD, energy and pressure of successive stretches of a run.

    The run is cut into stretches of equal time, which `compare_stretches` compares. A run that is
    too short to judge is not called equilibrated.

    Args:
        trajectory: unwrapped positions, or the path of their file.
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
    model = get_model(model)
    trajectory, _ = trajectory_and_model(trajectory, model)
    if n_stretches < 2:
        raise StatisticsError(f"at least two stretches can be compared, got {n_stretches}")
    steps = np.asarray(trajectory.steps, dtype=np.int64)
    edges = steps[0] + (steps[-1] - steps[0]) * np.arange(n_stretches + 1) / n_stretches
    return compare_stretches(
        [_frames(trajectory, *edges[k : k + 2]) for k in range(n_stretches)],
        model,
        None
        if energies is None
        else [_rows(energies, *edges[k : k + 2]) for k in range(n_stretches)],
        q=q,
        threshold=threshold,
        min_stretch=min_stretch,
        significance=significance,
    )


def compare_stretches(
    stretches: Sequence[Trajectory],
    model: GlassModel,
    energies: Sequence[pd.DataFrame] | None = None,
    *,
    q: float | None = None,
    threshold: float = 0.2,
    min_stretch: float = 3.0,
    significance: float = 0.01,
    relaxation_times: Sequence[RelaxationTime] | None = None,
) -> EquilibrationVerdict:
    """Do successive stretches of a run differ by more than their errors?

    Each stretch is cut into six blocks of time origins. F_s(q, t) and the MSD of the largest
    species at a few lags of at most one block, and the means of the energies, make one row of
    numbers a block. Along the twelve blocks of two neighbours each number is correlated with three
    shapes of change: a step between the stretches, a steady drift, and a decay. The largest
    correlation of all decides. How large it gets by chance is counted, not assumed: the blocks are
    put into random orders, which keeps whatever correlations the numbers have with one another.

    Args:
        stretches: trajectories that follow one another, at least two.
        model: names the largest species and its q_max.
        energies: for each stretch a table with ``step`` and ``potential_energy`` or ``pressure`` or
            both, every few steps.
        q: wave number of F_s [length⁻¹]; None: q_max of the model.
        threshold: F_s(τ_α).
        min_stretch: each stretch must be at least so many τ_α long. Blocks of a stretch of six τ_α are one
            τ_α long; those of much shorter stretches are correlated, and rejections more frequent than stated.
        significance: probability to reject a run that is in equilibrium.
        relaxation_times: τ_α of the stretches where it is known already, else None.

    Raises:
        ConfigurationError: a trajectory is malformed.
        ModelError: q_max is not known.
        StatisticsError: fewer than two stretches, or tables of energies without the columns.
    """
    if len(stretches) < 2:
        raise StatisticsError(f"at least two stretches can be compared, got {len(stretches)}")
    energy_blocks = None if energies is None else [_energy_blocks(table) for table in energies]
    taus: list[RelaxationTime] = [] if relaxation_times is None else [*relaxation_times]
    rows: list[dict[str, Any]] = []
    p_values: list[float] = []
    try:
        for stretch in stretches[len(taus) :]:
            fs = self_intermediate(stretch, q, model=model)
            taus.append(relaxation_time(fs, threshold, min_run=min_stretch, pool=False))
        for k, pair in enumerate(itertools.pairwise(stretches)):
            blocks = _dynamics_blocks(pair, model, q, taus[k].value)
            if energy_blocks is not None:
                both = pd.concat(energy_blocks[k : k + 2], ignore_index=True)
                blocks = pd.concat([blocks, both], axis=1)
            rows += _comparisons(blocks, k)
            p_values.append(change_p_value(blocks.to_numpy()))
    except StatisticsError as error:
        reason = f"too short to judge in {len(stretches)} stretches: {error}"
        return EquilibrationVerdict(
            False, reason, tuple(taus), pd.DataFrame(rows), float("nan"), significance
        )
    p_value = min(1.0, min(p_values) * len(p_values))
    equilibrated = p_value >= significance
    reason = _reason(rows, p_value, equilibrated, taus)
    return EquilibrationVerdict(
        equilibrated, reason, tuple(taus), pd.DataFrame(rows), p_value, significance
    )


def change_p_value(values_bq: FloatArray) -> float:
    """How often blocks in random order show as large a change as in their own order.

    Args:
        values_bq: the blocks of two stretches in order of time, shape (2 · BLOCKS, Q).

    Returns:
        (1 + the number of random orders whose largest correlation with a shape of change is at
        least that of the given order) / (1 + the number of random orders).
    """
    given = np.abs(_correlations(values_bq)).max()
    # Shuffling the shapes instead of the blocks is one matrix product.
    chance = np.abs(_shuffled_shapes() @ _standardised(values_bq)).reshape(ORDERS, -1).max(axis=1)
    return float((1 + np.count_nonzero(chance >= given * (1.0 - ROUND_OFF))) / (1 + ORDERS))


@cache
def _shuffled_shapes() -> FloatArray:
    """The shapes of change in random orders of the blocks, shape (O · H, B)."""
    generator = np.random.default_rng(ORDER_SEED)
    orders_ob = generator.permuted(np.tile(np.arange(2 * BLOCKS), (ORDERS, 1)), axis=1)
    shapes_hb = _standardised(np.array([*SHAPES.values()]).T).T
    return np.swapaxes(shapes_hb[:, orders_ob], 0, 1).reshape(-1, 2 * BLOCKS)


def _correlations(values_bq: FloatArray) -> FloatArray:
    """Correlation of each quantity with each shape of change, shape (H, Q)."""
    return _standardised(np.array([*SHAPES.values()]).T).T @ _standardised(values_bq)


def _standardised(values_bq: FloatArray) -> FloatArray:
    """Mean 0 and sum of squares 1 in each column; 0 where all values agree but for round-off."""
    centred_bq = values_bq - values_bq.mean(axis=0)
    norm_q = np.sqrt((centred_bq**2).sum(axis=0))
    constant_q = norm_q <= ROUND_OFF * np.abs(values_bq).max(axis=0)
    return np.where(constant_q, 0.0, centred_bq / np.where(constant_q, 1.0, norm_q))


def _reason(
    rows: list[dict[str, Any]],
    p_value: float,
    equilibrated: bool,
    relaxation_times: list[RelaxationTime],
) -> str:
    """The decision in words, by the most significant difference."""
    worst = min(rows, key=lambda row: row["p_value"])
    where = "" if np.isnan(worst["t"]) else f" at t = {worst['t']:.4g}"
    taus = ", ".join(f"{tau.value:.4g} [{tau.low:.4g}, {tau.high:.4g}]" for tau in relaxation_times)
    first = "the first" if len(relaxation_times) == 2 else f"number {worst['stretch'] + 1}"
    evidence = (
        f"{worst['quantity']}{where} is {worst['first']:.5g} ± {worst['first_error']:.1g} in "
        f"{first} of the stretches compared and {worst['second']:.5g} ± {worst['second_error']:.1g} "
        f"in the next (shape of the change: {worst['change']}; p = {p_value:.2g} for all {len(rows)} "
        f"comparisons together); τ_α of the stretches: {taus}"
    )
    found = "no significant change; the largest" if equilibrated else "still changing"
    return f"{found}: {evidence}"


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


def _rows(energies: pd.DataFrame, start: float, stop: float) -> pd.DataFrame:
    """The rows of a table between two time steps."""
    if "step" not in energies.columns:
        raise StatisticsError(
            f"the table of energies has no column step, but {[*energies.columns]}"
        )
    return energies[(energies["step"] > start) & (energies["step"] <= stop)]


def _dynamics_blocks(
    pair: tuple[Trajectory, Trajectory], model: GlassModel, q: float | None, tau: float
) -> pd.DataFrame:
    """F_s and MSD at a few lags: a row a block, columns (quantity, t)."""
    blocks = [_origins_by_block(stretch.steps) for stretch in pair]
    lags = [
        lag
        for lag in lag_table(pair[0].steps, per_decade=LAGS_PER_DECADE).lags.tolist()
        if SHORTEST_LAG * tau <= lag * pair[0].time_step
        and all(
            _occurs(lag, stretch.steps, origins)
            for stretch, by_block in zip(pair, blocks, strict=True)
            for origins in by_block
        )
    ]
    if not lags:
        raise StatisticsError(
            f"no lag between {SHORTEST_LAG * tau:.3g} and the {BLOCKS}th part of a stretch occurs in every "
            "block of time origins; record more frames at regular intervals"
        )
    rows = []
    for stretch, by_block in zip(pair, blocks, strict=True):
        for origins in by_block:
            part = _frames(
                stretch, stretch.steps[origins[0]], stretch.steps[origins[-1]] + lags[-1]
            )
            is_origin = np.arange(part.n_frames) < len(origins)
            table = LagTable(part.steps, np.array(lags), is_origin)
            fs = self_intermediate(part, q, model=model, lags=table)
            msd = mean_squared_displacement(part, model=model, lags=table)
            row = {("Fs", t): value for t, value in zip(fs["t"], fs["Fs"], strict=True)}
            row |= {("msd", t): value for t, value in zip(msd["t"], msd["msd"], strict=True)}
            rows.append(row)
    return pd.DataFrame(rows)


def _origins_by_block(steps: IntArray) -> list[IntArray]:
    """Indices of the frames in each of the equal blocks of a stretch."""
    block = (steps - steps[0]) * BLOCKS // (steps[-1] - steps[0] + 1)
    return [np.flatnonzero(block == k) for k in range(BLOCKS)]


def _occurs(lag: int, steps: IntArray, origins: IntArray) -> bool:
    """Whether a frame lies exactly so many steps after one of the origins."""
    return bool(lag * BLOCKS <= steps[-1] - steps[0] and np.isin(steps[origins] + lag, steps).any())


def _energy_blocks(energies: pd.DataFrame) -> pd.DataFrame:
    """Means of energy and pressure: a row a block, columns (quantity, NaN)."""
    present = [name for name in ENERGY_COLUMNS if name in energies.columns]
    if "step" not in energies.columns or not present:
        raise StatisticsError(
            f"the table of energies needs a column step and one of {list(ENERGY_COLUMNS)}; "
            f"it has {list(energies.columns)}"
        )
    if len(energies) < 2 * BLOCKS:
        raise StatisticsError(
            f"{len(energies)} values of {present[0]} in a stretch; at least {2 * BLOCKS} are needed: "
            "print energies more often"
        )
    parts = np.array_split(energies[present].to_numpy(dtype=np.float64), BLOCKS)
    columns = pd.MultiIndex.from_tuples([(name, float("nan")) for name in present])
    return pd.DataFrame([part.mean(axis=0) for part in parts], columns=columns)


def _comparisons(blocks: pd.DataFrame, stretch: int) -> list[dict[str, Any]]:
    """Each quantity of two stretches with its error, and the change that fits it best."""
    values_bq = blocks.to_numpy()
    correlations_hq = _correlations(values_bq)
    rows = []
    columns: list[Any] = blocks.columns.to_list()
    for number, (quantity, t) in enumerate(columns):
        first_b, second_b = values_bq[:BLOCKS, number], values_bq[BLOCKS:, number]
        best = int(np.abs(correlations_hq[:, number]).argmax())
        rows.append(
            {
                "quantity": quantity,
                "t": t,
                "stretch": stretch,
                "first": float(first_b.mean()),
                "first_error": float(first_b.std(ddof=1) / np.sqrt(BLOCKS)),
                "second": float(second_b.mean()),
                "second_error": float(second_b.std(ddof=1) / np.sqrt(BLOCKS)),
                "change": [*SHAPES][best],
                "p_value": _student_p_value(float(correlations_hq[best, number])),
            }
        )
    return rows


def _student_p_value(correlation: float) -> float:
    """Probability of a larger |correlation| between a fixed shape and independent normal blocks."""
    freedom = 2 * BLOCKS - 2
    t = abs(correlation) * np.sqrt(freedom / max(1.0 - correlation**2, np.finfo(float).tiny))
    return float(2.0 * scipy.special.stdtr(freedom, -t))
