"""What a campaign will take, before anything runs: core-hours, disk and memory of its state points.

The estimates rest on expected relaxation times and on measured costs; they are good to a factor of
two where τ_α has been measured, and to an order of magnitude where it has not.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from lmpmeso.campaign.cost import GIB, HOUR, PROCESS_GIB, Expected, costs, measured_relative
from lmpmeso.campaign.expected_relaxation import ExpectedRelaxation, relaxation_of
from lmpmeso.campaign.settings import Campaign, Liquid
from lmpmeso.campaign.state_point import StatePoint
from lmpmeso.campaign.study import state_points
from lmpmeso.statistics.bootstrap import FEWEST_GLASSES

ASSUMED = "assumed"
START, CONCLUSION = 3.0, 15.0
"""Processor time to start a process, and that of tables, figures and page at the end [s]."""


@dataclass(frozen=True)
class StatePointPlan:
    """What one state point is expected to take.

    Attributes:
        expected: τ_α that this rests on.
        core_hours: of each kind of work [hours].
        disk: results [GiB].
        memory: largest of one worker [GiB].
        critical_hours: of the longest chain of tasks that must follow one another [hours]; the
            equilibration is counted in ``equilibration_hours`` of each replica.
        equilibration_hours: equilibration of one replica [hours].
    """

    liquid: Liquid
    temperature: float
    expected: ExpectedRelaxation
    core_hours: dict[str, float]
    disk: float
    memory: float
    critical_hours: float
    equilibration_hours: float


@dataclass(frozen=True)
class Plan:
    """What a campaign is expected to take."""

    campaign: Campaign
    state_points: tuple[StatePointPlan, ...]

    @property
    def core_hours(self) -> float:
        """All work [hours of one core]."""
        return sum(sum(point.core_hours.values()) for point in self.state_points)

    @property
    def disk(self) -> float:
        """All results [GiB]."""
        return sum(point.disk for point in self.state_points)

    @property
    def memory(self) -> float:
        """Largest of one worker [GiB]."""
        return max(point.memory for point in self.state_points)

    @property
    def longest_chain(self) -> float:
        """Hours that no number of workers shortens."""
        longest = 0.0
        for liquid in self.campaign.liquids:
            elapsed = 0.0
            for point in self.state_points:
                if point.liquid is liquid:
                    elapsed += point.equilibration_hours
                    longest = max(longest, elapsed + point.critical_hours)
        return longest

    def hours_with(self, workers: int) -> float:
        """Expected duration with so many workers [hours]."""
        return max(self.core_hours / workers, self.longest_chain)

    def besides(self, workers: int) -> float:
        """What is not counted in the core-hours: the start of the processes and the end of the campaign [hours]."""
        return (START * (workers + 1) + CONCLUSION) / HOUR

    def table(self) -> pd.DataFrame:
        """A row a state point."""
        kinds = list(dict.fromkeys(k for point in self.state_points for k in point.core_hours))
        return pd.DataFrame(
            {
                "model": point.liquid.model,
                "n_particles": point.liquid.n_particles,
                "temperature": point.temperature,
                "replicas": point.liquid.replicas,
                "glasses": point.liquid.glasses_at(point.temperature),
                "tau_alpha_over_t0": point.expected.tau_over_t0,
                "tau_alpha_is": point.expected.origin,
                **{f"{kind} [core hours]": point.core_hours.get(kind, 0.0) for kind in kinds},
                "disk [GiB]": point.disk,
                "memory [GiB]": point.memory,
            }
            for point in self.state_points
        )


def plan_campaign(campaign: Campaign) -> Plan:
    """Estimate what every state point of a campaign takes."""
    return Plan(campaign, tuple(map(_planned, state_points(campaign))))


def caveats(plan: Plan) -> list[str]:
    """What a person should know before starting it."""
    notes = []
    by_origin: dict[str, list[str]] = {}
    for point in plan.state_points:
        where = f"{point.liquid.model} T = {point.temperature:g}"
        by_origin.setdefault(point.expected.origin, []).append(where)
        glasses = point.liquid.glasses_at(point.temperature)
        if glasses < FEWEST_GLASSES:
            notes.append(f"{where}: {glasses} glasses give no interval")
        interval = point.liquid.glass_model.temperature_range
        if interval is not None and not interval[0] <= point.temperature <= interval[1]:
            low, high = interval
            notes.append(
                f"{where} is outside {low:g} to {high:g}, where the model has been studied"
            )
    guessed = {
        p.liquid.model for p in plan.state_points if not measured_relative(p.liquid.glass_model)
    }
    if guessed:
        notes.append(
            f"costs of {', '.join(sorted(guessed))} are a guess from the number of neighbours"
        )
    swapped = [
        f"{p.liquid.model} T = {p.temperature:g}"
        for p in plan.state_points
        if p.liquid.swapped(p.temperature)
    ]
    if swapped:
        notes.append(
            f"equilibrated by swaps, so that τ is that of the dynamics with swaps, and no τ_α is measured: {', '.join(swapped)}"
        )
    words = {
        "extrapolated": "τ_α extrapolated, and mostly too small: by half where it is a decade beyond what was measured",
        "order of magnitude": "τ_α known to an order of magnitude",
        ASSUMED: "τ_α unknown; planned as if equilibration took all it may",
    }
    for origin, text in words.items():
        if origin in by_origin:
            notes.append(f"{text}: {', '.join(by_origin[origin])}")
    return notes


def _planned(point: StatePoint) -> StatePointPlan:
    campaign, liquid, temperature = point.campaign, point.liquid, point.temperature
    known = relaxation_of(liquid, temperature)
    if known is None:
        tau = campaign.equilibration.slowest_tau(liquid, temperature)
        known = ExpectedRelaxation(tau, ASSUMED)
    price = costs(liquid.glass_model, liquid.n_particles)
    expected = Expected(campaign, liquid, temperature, known.tau_over_t0, price)
    found = {
        measurement.work: cost
        for measurement in point.measurements.values()
        if (cost := measurement.cost(expected)) is not None
    }
    equilibration = found["equilibration"].chain
    return StatePointPlan(
        liquid=liquid,
        temperature=temperature,
        expected=known,
        core_hours={work: cost.seconds / HOUR for work, cost in found.items()},
        disk=sum(cost.disk for cost in found.values()) / GIB,
        memory=PROCESS_GIB + max(cost.memory for cost in found.values()),
        critical_hours=(sum(cost.chain for cost in found.values()) - equilibration) / HOUR,
        equilibration_hours=equilibration / HOUR,
    )
