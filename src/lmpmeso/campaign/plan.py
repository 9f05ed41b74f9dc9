"""What a campaign will take, before anything runs: core-hours, disk and memory of its state points.

The estimates rest on expected relaxation times and on measured costs; they are good to a factor of
two where τ_α has been measured, and to an order of magnitude where it has not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from lmpmeso.campaign.cost import (
    BOND_BYTES,
    FRAME_BYTES,
    GLASS_BYTES,
    PROCESS_GIB,
    Costs,
    costs,
)
from lmpmeso.campaign.expected_relaxation import ExpectedRelaxation, expected_relaxation
from lmpmeso.campaign.settings import Campaign, Liquid
from lmpmeso.protocols.frame_schedule import frame_steps
from lmpmeso.statistics.bootstrap import FEWEST_GLASSES

HOUR = 3600.0
GIB = 2.0**30
LEAST_EQUILIBRATION_T0 = 200.0
"""First stretches of an equilibration, whose τ_α is not known yet [t0]."""
STRETCHES = 3.5
"""Stretches of full length that an equilibration takes, with the shorter ones before."""
LONGEST_BLOCK = 10**15
"""Frames are counted up to so many MD steps; nobody runs a liquid whose τ_α is longer."""
ASSUMED = "assumed"
SHARE_OF_A_START = 250
"""One start towards a soft mode costs so many times the share of a pair in all κ_ij: 140 in two
dimensions, 370 in three (docs/soft-modes.md)."""


@dataclass(frozen=True)
class StatePointPlan:
    """What one state point is expected to take.

    Attributes:
        liquid: the liquid.
        temperature: T.
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
    return Plan(campaign, tuple(_state_point(campaign, *p) for p in campaign.state_points()))


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
        low, high = point.liquid.glass_model.temperature_range
        if not low <= point.temperature <= high:
            notes.append(
                f"{where} is outside {low:g} to {high:g}, where the model has been studied"
            )
    words = {
        "extrapolated": "τ_α extrapolated; colder liquids are slower than that",
        "order of magnitude": "τ_α known to an order of magnitude",
        ASSUMED: "τ_α unknown; planned as if equilibration took all it may",
    }
    for origin, text in words.items():
        if origin in by_origin:
            notes.append(f"{text}: {', '.join(by_origin[origin])}")
    return notes


def _state_point(campaign: Campaign, liquid: Liquid, temperature: float) -> StatePointPlan:
    model = liquid.glass_model
    price = costs(model, liquid.n_particles)
    expected = expected_relaxation(liquid.model, temperature)
    if expected is None:
        limit = campaign.longest_equilibration(liquid, temperature) / model.t0(temperature)
        tau = limit / (STRETCHES * campaign.equilibration.stretch_tau)
        expected = ExpectedRelaxation(tau, ASSUMED)
    tau = expected.tau_over_t0
    steps_per_t0 = model.t0(temperature) / model.time_step_at(temperature)
    glasses = liquid.glasses_at(temperature)
    production = campaign.production

    equilibration = min(
        max(LEAST_EQUILIBRATION_T0, STRETCHES * campaign.equilibration.stretch_tau * tau),
        campaign.longest_equilibration(liquid, temperature) / model.t0(temperature),
    )
    block = max(production.spacing_tau * tau, production.shortest_spacing_t0)
    blocks = max(
        math.ceil(production.length_tau * tau / block), math.ceil(glasses / liquid.replicas)
    )
    run = blocks * block * steps_per_t0 * price.step / HOUR
    relax = equilibration * steps_per_t0 * price.step / HOUR
    hours = {
        "equilibration": relax * liquid.replicas,
        "production": run * liquid.replicas,
        "quenches": glasses * price.quench / HOUR,
        "elasticity": glasses * _elasticity_seconds(campaign, price) / HOUR,
        **_optional_hours(campaign, liquid, temperature, price, tau * steps_per_t0),
    }
    block_steps = max(1, round(min(block * steps_per_t0, LONGEST_BLOCK)))
    frames = len(frame_steps(block_steps, 1, production.ratio))
    bonds = campaign.elasticity.pairs
    kept = price.bonds if bonds == "all" else min(float(bonds), price.bonds)
    run_bytes = frames * blocks * FRAME_BYTES * liquid.n_particles
    disk = liquid.replicas * run_bytes + glasses * (
        GLASS_BYTES * liquid.n_particles + BOND_BYTES * kept
    )
    shards = math.ceil(glasses / campaign.glasses.per_shard)
    shard_hours = (hours["quenches"] + hours["elasticity"]) / shards
    return StatePointPlan(
        liquid=liquid,
        temperature=temperature,
        expected=expected,
        core_hours=hours,
        disk=disk / GIB,
        memory=PROCESS_GIB + max(price.memory, run_bytes / GIB),
        critical_hours=run + shard_hours,
        equilibration_hours=relax,
    )


def _elasticity_seconds(campaign: Campaign, price: Costs) -> float:
    """One glass; a sample of pairs takes the factor, a ninth of it all, and its solutions."""
    pairs = campaign.elasticity.pairs
    if pairs == "all":
        return price.elasticity
    return price.elasticity * min(1.0, 0.2 + float(pairs) / price.bonds)


def _optional_hours(
    campaign: Campaign, liquid: Liquid, temperature: float, price: Costs, tau_steps: float
) -> dict[str, float]:
    """The parts that a campaign need not have."""
    hours = {}

    def wanted(where: str) -> bool:
        return where == "all" or temperature == liquid.temperatures[-1]

    if (landscape := campaign.landscape) and wanted(landscape.temperatures):
        quenches = landscape.trajectories * landscape.frames
        hours["landscape"] = quenches * price.quench / HOUR
    if (ensemble := campaign.isoconfigurational) and wanted(ensemble.temperatures):
        runs = ensemble.configurations * ensemble.runs
        hours["isoconfigurational"] = runs * ensemble.time_tau * tau_steps * price.step / HOUR
    if (modes := campaign.modes) and wanted(modes.temperatures):
        starts = price.bonds if modes.starts == "all" else float(modes.starts)
        one = price.elasticity * (1.0 + SHARE_OF_A_START * starts / price.bonds)
        hours["modes"] = modes.glasses * one / HOUR
    return hours
