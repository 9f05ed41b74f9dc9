"""The rate of transitions between inherent structures, Γ, in the paper's reduced units.

Array suffixes: k trajectory.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from lmpmeso.arrays import FloatArray, IntArray
from lmpmeso.errors import StatisticsError
from lmpmeso.landscape.bisection import bisected_labels, structure_labels
from lmpmeso.landscape.inherent_structures import InherentStructureTrajectory
from lmpmeso.landscape.transitions import Criterion, smallest_threshold, threshold_of, transitions
from lmpmeso.models import GlassModel, get_model
from lmpmeso.printing import Printed
from lmpmeso.statistics import Estimate, bootstrap_mean

BALLISTIC_TIME = 0.1
"""Duration of the ballistic regime, t_ballistic [t0] (App. D 1)."""
REFERENCE_SIZE = 1000
"""N0 of the reduced rate."""
THRESHOLD_FACTORS = (0.1, 1.0, 10.0, 100.0, 1000.0)
"""Thresholds that are tried beside the chosen one, in units of it."""
FEWEST_MOVES = 8
"""A sampling interval that leaves fewer moves a trajectory is not looked at."""
CONVERGED = 0.1
"""Relative change of the rate below which it counts as converged."""


@dataclass(frozen=True, eq=False, repr=False)
class TransitionRate(Printed):
    """How often a liquid changes its inherent structure.

    Attributes:
        reduced: Γ t_ballistic N0/N with t_ballistic = 0.1 t0 and N0 = 1000: transitions of 1000
            particles in one ballistic time (Fig. 5b, d).
        counts_k: transitions of each trajectory, shape (K,).
        durations_k: its length [time], shape (K,).
        n_particles: N.
        interval: time between frames [time].
        criterion: ``"displacement"`` or ``"energy"``.
        threshold: of the criterion [length or energy].
        search: ``"exhaustive"`` or ``"bisection"``.
        unit: 1 / (t_ballistic N0/N) [1/time]: Γ = reduced · unit.
    """

    reduced: Estimate
    counts_k: IntArray
    durations_k: FloatArray
    n_particles: int
    interval: float
    criterion: Criterion
    threshold: float
    search: str
    unit: float


@dataclass(frozen=True, eq=False, repr=False)
class RateConvergence(Printed):
    """Γ as a function of the sampling interval and of the threshold.

    Attributes:
        by_interval: ``interval`` [time], ``interval_over_ballistic_time``, ``rate``, ``low``,
            ``high`` (reduced, as :attr:`TransitionRate.reduced`), from short to long.
        by_threshold: ``threshold`` [length or energy], ``rate``, ``low``, ``high``.
        interval_converged: the rate grows by less than a tenth when the interval is halved to the
            shortest one; None where that cannot be said.
        threshold_converged: the rate changes by less than a tenth when the threshold is ten times
            larger or smaller, as far as the noise of the quench allows; None likewise.
        statement: both in words.
    """

    by_interval: pd.DataFrame
    by_threshold: pd.DataFrame
    interval_converged: bool | None
    threshold_converged: bool | None
    statement: str


def transition_rate(
    trajectories: Iterable[InherentStructureTrajectory],
    model: GlassModel | str,
    temperature: float,
    *,
    criterion: Criterion = "displacement",
    threshold: float | None = None,
    level: float = 0.9,
    seed: int = 0,
) -> TransitionRate:
    """Γ t_ballistic N0/N, the mean over trajectories, with its bootstrap interval.

    Two frames in different structures count as one transition: what happens between frames is
    hidden, so that Γ is a lower bound at any sampling interval (:func:`rate_convergence`).

    Args:
        trajectories: of independent initial configurations, with the same interval.
        model: the model; gives a0.
        temperature: T.
        criterion: what makes two structures different, see :func:`transitions`.
        threshold: see :func:`transitions`.
        level: confidence level of the interval.
        seed: of the bootstrap, which resamples trajectories.

    Raises:
        StatisticsError: no trajectory, trajectories of different kind, or a threshold within the
            noise of the quench.
        ProtocolError: see :func:`transitions`.
    """
    model = get_model(model)
    every = list(trajectories)
    first = _alike(every)
    thermal = model.thermal_energy(temperature)
    counts_k = np.array(
        [len(transitions(t, criterion, threshold, temperature=thermal)) for t in every]
    )
    durations_k = np.array([t.duration for t in every])
    unit = first.n_particles / (REFERENCE_SIZE * BALLISTIC_TIME * model.t0(temperature))
    reduced = bootstrap_mean(
        counts_k / durations_k / unit,
        level=level,
        seed=seed,
        samples=("trajectory", "trajectories"),
    )
    if reduced.low < 0:
        # Student's interval of a few trajectories does not know that rates are positive.
        reduced = replace(reduced, low=0.0)
    if not reduced.has_interval and counts_k.sum() == 0 and len(every) > 1:
        # No event in a time τ: the rate is below -ln(1 - level)/τ at that level of confidence.
        highest = -math.log1p(-level) / float(durations_k.sum()) / unit
        reduced = replace(
            reduced, low=0.0, high=highest, method="parametric", caveat="no event: Poisson limit"
        )
    return TransitionRate(
        reduced=reduced,
        counts_k=counts_k,
        durations_k=durations_k,
        n_particles=first.n_particles,
        interval=_interval(first),
        criterion=criterion,
        threshold=threshold_of(first, criterion, threshold, thermal),
        search=first.search,
        unit=unit,
    )


def bisection_rate(
    trajectories: Iterable[InherentStructureTrajectory],
    model: GlassModel,
    temperature: float,
    *,
    threshold: float | None = None,
    level: float = 0.9,
    seed: int = 0,
) -> Estimate:
    """Γ t_ballistic N0/N as the authors search, from frames that were all quenched, or by bisection at once.

    Moves there and back between two frames in one structure stay hidden, so that it is at most
    :func:`transition_rate` of every frame. Arguments and errors as there.
    """
    every = list(trajectories)
    first = _alike(every)
    if first.search == "bisection":
        return transition_rate(
            every, model, temperature, threshold=threshold, level=level, seed=seed
        ).reduced
    limit = threshold_of(first, "displacement", threshold, model.thermal_energy(temperature))
    counts_k = [
        np.count_nonzero(np.diff(bisected_labels(structure_labels(t, limit)))) for t in every
    ]
    unit = first.n_particles / (REFERENCE_SIZE * BALLISTIC_TIME * model.t0(temperature))
    rates = np.array(counts_k) / np.array([t.duration for t in every]) / unit
    estimate = bootstrap_mean(rates, level=level, seed=seed, samples=("trajectory", "trajectories"))
    return replace(estimate, low=max(estimate.low, 0.0)) if estimate.has_interval else estimate


def rate_convergence(
    trajectories: Iterable[InherentStructureTrajectory],
    model: GlassModel | str,
    temperature: float,
    *,
    criterion: Criterion = "displacement",
    threshold: float | None = None,
    level: float = 0.9,
    seed: int = 0,
) -> RateConvergence:
    """Γ for longer sampling intervals and for other thresholds, and whether it has converged.

    Arguments and errors as for :func:`transition_rate`.
    """
    model = get_model(model)
    every = list(trajectories)
    first = _alike(every)
    limit = threshold_of(first, criterion, threshold, model.thermal_energy(temperature))
    ballistic_time = BALLISTIC_TIME * model.t0(temperature)

    def rate(stride: int, at: float) -> dict[str, float]:
        seen = [t.every(stride) for t in every]
        found = transition_rate(
            seen, model, temperature, criterion=criterion, threshold=at, level=level, seed=seed
        )
        return {
            "interval": found.interval,
            "interval_over_ballistic_time": found.interval / ballistic_time,
            "threshold": at,
            "rate": found.reduced.mean,
            "low": found.reduced.low,
            "high": found.reduced.high,
        }

    fewest = min(t.n_frames - 1 for t in every)
    strides = [2**p for p in range(fewest.bit_length()) if fewest // 2**p >= FEWEST_MOVES] or [1]
    by_interval = pd.DataFrame([rate(stride, limit) for stride in strides])
    allowed = max(smallest_threshold(t, criterion) for t in every)
    thresholds = [f * limit for f in THRESHOLD_FACTORS if f * limit >= allowed or f == 1.0]
    by_threshold = pd.DataFrame([rate(1, at) for at in thresholds])
    interval_converged = _agree(by_interval["rate"].to_numpy()[:2])
    near = by_threshold["threshold"].between(0.05 * limit, 20.0 * limit)
    threshold_converged = _agree(by_threshold["rate"][near].to_numpy())
    statement = (
        f"{_judgement(interval_converged)} in the sampling interval "
        f"({by_interval['interval_over_ballistic_time'].iloc[0]:.3g} t_ballistic at the shortest), "
        f"{_judgement(threshold_converged)} in the threshold ({limit:.1g})"
    )
    return RateConvergence(
        by_interval.drop(columns="threshold"),
        by_threshold[["threshold", "rate", "low", "high"]],
        interval_converged,
        threshold_converged,
        statement,
    )


def _alike(trajectories: Sequence[InherentStructureTrajectory]) -> InherentStructureTrajectory:
    """The first of trajectories that may be averaged."""
    if not trajectories:
        raise StatisticsError("no trajectory to take a rate of")
    first = trajectories[0]
    for other in trajectories:
        steps = np.unique(np.diff(other.steps_f))
        if len(steps) > 1:
            raise StatisticsError(
                f"{other.source}: frames are {steps[0]} to {steps[-1]} steps apart; a rate needs "
                "evenly spaced ones"
            )
        if (other.n_particles, other.search) != (first.n_particles, first.search) or not (
            math.isclose(_interval(other), _interval(first))
        ):
            raise StatisticsError(
                f"{other.source} and {first.source} differ in N, sampling interval or search: their "
                "rates cannot be averaged"
            )
    return first


def _interval(trajectory: InherentStructureTrajectory) -> float:
    """Time from frame to frame [time]."""
    return float(trajectory.steps_f[1] - trajectory.steps_f[0]) * trajectory.time_step


def _agree(rates: FloatArray) -> bool | None:
    """Whether rates are equal to a tenth; None for a single one or no transition."""
    if len(rates) < 2 or not rates.max() > 0:
        return None
    return bool(np.ptp(rates) <= CONVERGED * rates.max())


def _judgement(converged: bool | None) -> str:
    return {True: "converged", False: "not converged", None: "undecided"}[converged]
