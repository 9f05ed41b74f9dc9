"""The whole study of a campaign as steps from files to files.

The steps follow from the campaign file alone. How long a run must be follows from τ_α, which the
equilibration measures while the campaign runs; how many blocks, shards and runs there are does not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from lmpmeso.campaign.dynamics_steps import (
    DYNAMICS_FILE,
    DYNAMICS_VERSION,
    STRUCTURE_FRAMES,
    analyse_production,
)
from lmpmeso.campaign.glass_steps import (
    ELASTICITY_VERSION,
    QUENCH_VERSION,
    analyse_shard,
    quench_shard,
    shard_name,
)
from lmpmeso.campaign.landscape_steps import (
    RATE_FILE,
    RATE_VERSION,
    TRAJECTORY_VERSION,
    measure_rate,
    quench_trajectory,
)
from lmpmeso.campaign.liquid_steps import (
    EQUILIBRATION_FILE,
    EQUILIBRATION_VERSION,
    PRODUCTION_VERSION,
    SEGMENT_BLOCKS,
    equilibrate,
    run_segment,
    segment_file,
    segments_of,
)
from lmpmeso.campaign.mode_steps import MODES_VERSION, find_modes
from lmpmeso.campaign.propensity_steps import (
    CONFIGURATIONS_PER_SHARD,
    CORRELATIONS_FILE,
    CORRELATIONS_VERSION,
    PROPENSITY_VERSION,
    correlate,
    propensity_shard,
)
from lmpmeso.campaign.settings import Campaign, Liquid
from lmpmeso.campaign.structure_steps import (
    STRUCTURE_RECORD,
    STRUCTURE_VERSION,
    measure_structure,
)
from lmpmeso.campaign.summary_steps import SUMMARY_FILE, SUMMARY_VERSION, summarise
from lmpmeso.engine.stage import Stage, seed_of
from lmpmeso.engine.step import JSON, Step

START_SPACING_TAU = 2.0
"""Least time between initial configurations of the landscape and of the propensity [τ_α], whose
intervals take them as independent."""


@dataclass(frozen=True)
class ReplicaStages:
    """The stages of one liquid at one temperature."""

    equilibration: Stage
    production: Stage
    dynamics: Stage
    glasses: Stage
    elasticity: Stage


@dataclass(frozen=True)
class StatePoint:
    """One liquid at one temperature, all its replicas together.

    Attributes:
        liquid: the liquid.
        temperature: T.
        replicas: the stages of each replica.
        summary: the stage that reduces them.
        reductions: targets of what else is reduced here, by name: ``structure``, ``landscape`` and
            ``local correlations`` one each, ``modes`` one a glass.
        steps: all steps of the state point, each after those that it needs.
    """

    liquid: Liquid
    temperature: float
    replicas: tuple[ReplicaStages, ...]
    summary: Stage
    reductions: Mapping[str, tuple[str, ...]]
    steps: tuple[Step, ...]


def study_steps(campaign: Campaign) -> list[Step]:
    """All steps of a campaign, each after those that it needs.

    Raises:
        CampaignError: it cannot be said how long a liquid may take to equilibrate.
    """
    steps = {step.target: step for point in state_points(campaign) for step in point.steps}
    return list(steps.values())


def state_points(campaign: Campaign) -> Iterator[StatePoint]:
    """The state points of a campaign, from hot to cold in each liquid.

    Raises:
        CampaignError: as :func:`study_steps`.
    """
    for liquid in campaign.liquids:
        hotter: tuple[ReplicaStages, ...] = ()
        for temperature in liquid.temperatures:
            point = _StatePointPlan(campaign, liquid, temperature, hotter).state_point()
            hotter = point.replicas
            yield point


def shares(number: int, replicas: int) -> list[int]:
    """How many of a number of things each replica contributes: the first ones take what is left over."""
    return [number // replicas + (r < number % replicas) for r in range(replicas)]


@dataclass(frozen=True)
class _StatePointPlan:
    """Makes the steps of a state point."""

    campaign: Campaign
    liquid: Liquid
    temperature: float
    hotter: tuple[ReplicaStages, ...]

    @property
    def label(self) -> str:
        """The state point for people."""
        return f"{self.liquid.model} T={self.temperature:g}"

    @property
    def accelerator(self) -> str:
        """LAMMPS's accelerator; no part of any identity, as little as the machine is."""
        return self.campaign.resources.accelerator

    @property
    def place(self) -> str:
        """Folder of the state point."""
        return f"{self.liquid.model}/N{self.liquid.n_particles}/T{self.temperature!r}"

    def state_point(self) -> StatePoint:
        """The state point with all its steps."""
        replicas: list[ReplicaStages] = []
        steps: list[Step] = []
        for replica in range(self.liquid.replicas):
            stages = self.stages(replica)
            replicas.append(stages)
            steps += self.replica_steps(replica, stages)
        summary = self.summary(replicas)
        steps.append(self.summary_step(summary, replicas))
        reductions: dict[str, tuple[str, ...]] = {}
        for name, extra in (
            ("structure", [self.structure_step(replicas[0])]),
            ("landscape", self.landscape_steps(replicas)),
            ("local correlations", self.propensity_steps(replicas)),
            ("modes", self.mode_steps(replicas)),
        ):
            mine = list(extra)
            steps += mine
            if mine:
                reductions[name] = tuple(
                    step.target for step in (mine if name == "modes" else mine[-1:])
                )
        return StatePoint(
            self.liquid, self.temperature, tuple(replicas), summary, reductions, tuple(steps)
        )

    def is_chosen(self, where: str) -> bool:
        """Whether an optional section applies to this temperature."""
        return where == "all" or self.temperature == min(self.liquid.temperatures)

    def share(self, number: int, replica: int) -> int:
        """How many of a number of things a replica contributes."""
        return shares(number, self.liquid.replicas)[replica]

    def n_glasses(self, replica: int) -> int:
        """Inherent structures of a replica: as many as the campaign's sections need."""
        numbers = [self.share(self.liquid.glasses_at(self.temperature), replica)]
        ensembles, modes = self.campaign.isoconfigurational, self.campaign.modes
        if ensembles is not None and self.is_chosen(ensembles.temperatures):
            last = self.share(ensembles.configurations, replica) - 1
            numbers.append(last * self.blocks_between_starts + 1)
        if modes is not None and self.is_chosen(modes.temperatures):
            numbers.append(self.share(modes.glasses, replica))
        return max(numbers)

    @property
    def blocks_between_starts(self) -> int:
        """Blocks of the production run from one initial configuration of further runs to the next."""
        return math.ceil(START_SPACING_TAU / self.campaign.production.spacing_tau - 1e-9)

    def n_segments(self, replica: int) -> int:
        """Segments of the production run of a replica: as many as the campaign's sections need."""
        production, landscape = self.campaign.production, self.campaign.landscape
        blocks = [
            math.ceil(production.length_tau / production.spacing_tau - 1e-9),
            self.n_glasses(replica),
        ]
        if landscape is not None and self.is_chosen(landscape.temperatures):
            last = self.share(landscape.trajectories, replica) - 1
            blocks.append(last * self.blocks_between_starts + 1)
        return math.ceil(max(blocks) / SEGMENT_BLOCKS)

    def seed(self, replica: int, purpose: str) -> int:
        """Seed of a replica for one purpose."""
        where = (self.liquid.model, self.liquid.n_particles, self.temperature, replica)
        return seed_of(self.campaign.seed, *where, purpose)

    def stages(self, replica: int) -> ReplicaStages:
        """What each stage of a replica depends on."""
        c, place = self.campaign, f"{self.place}/r{replica}"
        physics = {
            "q": self.liquid.wave_number,
            "threshold": c.dynamics.threshold,
        }
        equilibration = Stage(
            place,
            "equilibration",
            EQUILIBRATION_VERSION,
            {
                "model": self.liquid.model,
                "potential": self.liquid.glass_model.digest(),
                "n_particles": self.liquid.n_particles,
                "temperature": self.temperature,
                "replica": replica,
                "seed": self.seed(replica, "liquid"),
                "stretch_tau": c.equilibration.stretch_tau,
                **physics,
            },
            {"hotter": self.hotter[replica].equilibration} if self.hotter else {},
        )
        production = Stage(
            place,
            "production",
            PRODUCTION_VERSION,
            {
                "spacing_tau": c.production.spacing_tau,
                "shortest_spacing_t0": c.production.shortest_spacing_t0,
                "ratio": c.production.ratio,
                "segment_blocks": SEGMENT_BLOCKS,
            },
            {"equilibration": equilibration},
        )
        dynamics = Stage(
            place,
            "dynamics",
            DYNAMICS_VERSION,
            {"segments": self.n_segments(replica), **physics},
            {"production": production},
        )
        glasses = Stage(
            place,
            "glasses",
            QUENCH_VERSION,
            {
                "minimizer": c.glasses.minimizer,
                "tolerance": c.glasses.tolerance,
                "seed": self.seed(replica, "glasses"),
            },
            {"production": production},
        )
        elasticity = Stage(
            place,
            "elasticity",
            ELASTICITY_VERSION,
            {
                "pairs": c.elasticity.pairs,
                "field": c.elasticity.field,
                # All pairs leave nothing to draw.
                "seed": None if c.elasticity.pairs == "all" else self.seed(replica, "pairs"),
            },
            {"glasses": glasses},
        )
        return ReplicaStages(equilibration, production, dynamics, glasses, elasticity)

    def replica_steps(self, replica: int, stages: ReplicaStages) -> Iterator[Step]:
        """The steps of a replica."""
        yield self.equilibration_step(stages.equilibration, replica)
        yield from self.segment_steps(stages, self.n_segments(replica))
        yield self.dynamics_step(stages, self.n_segments(replica))
        for first, last in self.shards(replica):
            yield self.quench_step(stages, first, last)
            yield self.elasticity_step(stages, first, last)

    def equilibration_step(self, stage: Stage, replica: int) -> Step:
        """Equilibrate, from the end of the hotter liquid where there is one."""
        keys = ("model", "temperature", "n_particles", "seed", "stretch_tau", "q", "threshold")
        parameters = {key: stage.parameters[key] for key in keys}
        # No part of the identity: a liquid that was given up may go on.
        limit = self.campaign.longest_equilibration(self.liquid, self.temperature)
        needs = tuple(hot.file(EQUILIBRATION_FILE) for hot in stage.needs.values())
        return Step(
            stage.file(EQUILIBRATION_FILE),
            equilibrate,
            parameters
            | {
                "max_duration": limit,
                "accelerator": self.accelerator,
                "identity": stage.identity,
            },
            needs,
            f"{self.label} equilibration",
            alone=True,
        )

    def segment_steps(self, stages: ReplicaStages, n_segments: int) -> Iterator[Step]:
        """Run the production in segments, one after the other."""
        stage = stages.production
        before = stages.equilibration.file(EQUILIBRATION_FILE)
        for segment in range(n_segments):
            needs = (before,) if segment == 0 else (before, stage.file(segment_file(segment - 1)))
            yield Step(
                stage.file(segment_file(segment)),
                run_segment,
                {
                    "model": self.liquid.model,
                    "temperature": self.temperature,
                    "segment": segment,
                    "spacing_tau": stage.parameters["spacing_tau"],
                    "shortest_spacing_t0": stage.parameters["shortest_spacing_t0"],
                    "ratio": stage.parameters["ratio"],
                    "accelerator": self.accelerator,
                    "identity": stage.identity,
                },
                needs,
                f"{self.label} production",
            )

    def dynamics_step(self, stages: ReplicaStages, n_segments: int) -> Step:
        """Analyse the production."""
        stage = stages.dynamics
        return Step(
            stage.file(DYNAMICS_FILE),
            analyse_production,
            {
                "model": self.liquid.model,
                "temperature": self.temperature,
                "q": stage.parameters["q"],
                "threshold": stage.parameters["threshold"],
                "identity": stage.identity,
            },
            tuple(stages.production.file(segment_file(s)) for s in range(n_segments)),
            f"{self.label} dynamics",
            alone=True,
        )

    def shards(self, replica: int) -> Iterator[tuple[int, int]]:
        """First and last glass of each shard of a replica."""
        n_glasses, per_shard = self.n_glasses(replica), self.campaign.glasses.per_shard
        for first in range(0, n_glasses, per_shard):
            yield first, min(first + per_shard, n_glasses) - 1

    def quench_step(self, stages: ReplicaStages, first: int, last: int) -> Step:
        """Quench a shard."""
        stage = stages.glasses
        segments = segments_of(first, last)
        return Step(
            stage.file(f"{shard_name(first, last)}.json"),
            quench_shard,
            {
                "model": self.liquid.model,
                "temperature": self.temperature,
                "first": first,
                "last": last,
                **stage.parameters,
                "accelerator": self.accelerator,
                "identity": stage.identity,
            },
            tuple(stages.production.file(segment_file(s)) for s in segments),
            f"{self.label} glasses",
        )

    def elasticity_step(self, stages: ReplicaStages, first: int, last: int) -> Step:
        """Analyse a shard."""
        stage = stages.elasticity
        on_gpu = self.campaign.resources.gpus > 0
        return Step(
            stage.file(f"{shard_name(first, last)}.json"),
            analyse_shard,
            {
                "model": self.liquid.model,
                "temperature": self.temperature,
                "first": first,
                "last": last,
                **stage.parameters,
                "device": "auto" if on_gpu else "cpu",
                "identity": stage.identity,
            },
            (stages.glasses.file(f"{shard_name(first, last)}.json"),),
            f"{self.label} elasticity",
            gpu=on_gpu,
        )

    def summary(self, replicas: list[ReplicaStages]) -> Stage:
        """What the reduction of all replicas depends on."""
        statistics = self.campaign.statistics
        needs: dict[str, Stage] = {}
        for replica, stages in enumerate(replicas):
            needs |= {f"dynamics r{replica}": stages.dynamics}
            needs |= {f"elasticity r{replica}": stages.elasticity}
        return Stage(
            self.place,
            "summary",
            SUMMARY_VERSION,
            {
                "glasses": [self.n_glasses(replica) for replica in range(len(replicas))],
                "level": statistics.level,
                "resamples": statistics.resamples,
                "threshold": self.campaign.dynamics.threshold,
                "seed": seed_of(
                    self.campaign.seed, self.liquid.model, self.temperature, "statistics"
                ),
            },
            needs,
        )

    def summary_step(self, stage: Stage, replicas: list[ReplicaStages]) -> Step:
        """Reduce all replicas."""
        needs: list[str] = []
        shards = []
        for replica, stages in enumerate(replicas):
            names = [f"{shard_name(*ends)}.json" for ends in self.shards(replica)]
            needs += [stages.dynamics.file(DYNAMICS_FILE)]
            needs += [stages.elasticity.file(name) for name in names]
            shards.append(len(names))
        keys = ("level", "resamples", "threshold", "seed")
        return Step(
            stage.file(SUMMARY_FILE),
            summarise,
            {
                "model": self.liquid.model,
                "n_particles": self.liquid.n_particles,
                "temperature": self.temperature,
                "shards": shards,
                **{key: stage.parameters[key] for key in keys},
                "identity": stage.identity,
            },
            tuple(needs),
            f"{self.label} summary",
            alone=True,
        )

    def structure_step(self, stages: ReplicaStages) -> Step:
        """Look at the first replica and its glasses from nearby."""
        n_segments = self.n_segments(0)
        shards = [ends for ends in self.shards(0) if ends[0] < STRUCTURE_FRAMES]
        stage = Stage(
            self.place,
            "structure",
            STRUCTURE_VERSION,
            {
                "segments": n_segments,
                "shards": [list(ends) for ends in shards],
                "level": self.campaign.statistics.level,
            },
            {"production": stages.production, "glasses": stages.glasses},
        )
        return Step(
            stage.file(STRUCTURE_RECORD),
            measure_structure,
            {
                "model": self.liquid.model,
                "temperature": self.temperature,
                "segments": n_segments,
                "level": self.campaign.statistics.level,
                "identity": stage.identity,
            },
            (
                stages.equilibration.file(EQUILIBRATION_FILE),
                *(stages.production.file(segment_file(s)) for s in range(n_segments)),
                *(stages.glasses.file(f"{shard_name(*ends)}.json") for ends in shards),
            ),
            f"{self.label} structure",
            alone=True,
        )

    def landscape_steps(self, replicas: list[ReplicaStages]) -> Iterator[Step]:
        """Quench short runs frame by frame, and measure Γ of all of them."""
        settings = self.campaign.landscape
        if settings is None or not self.is_chosen(settings.temperatures):
            return
        sources: dict[str, Stage] = {}
        made: list[str] = []
        for replica, stages in enumerate(replicas):
            stage = Stage(
                f"{self.place}/r{replica}",
                "landscape",
                TRAJECTORY_VERSION,
                {
                    "frames": settings.frames,
                    "interval_steps": settings.interval_steps,
                    "minimizer": self.campaign.glasses.minimizer,
                    "tolerance": self.campaign.glasses.tolerance,
                    "seed": self.seed(replica, "landscape"),
                },
                {"production": stages.production},
            )
            sources |= {f"dynamics r{replica}": stages.dynamics, f"landscape r{replica}": stage}
            made.append(stages.dynamics.file(DYNAMICS_FILE))
            for k in range(self.share(settings.trajectories, replica)):
                number = k * self.blocks_between_starts
                made.append(stage.file(f"{number:04d}.json"))
                (segment,) = segments_of(number, number)
                yield Step(
                    made[-1],
                    quench_trajectory,
                    {
                        "model": self.liquid.model,
                        "temperature": self.temperature,
                        "number": number,
                        **stage.parameters,
                        "accelerator": self.accelerator,
                        "identity": stage.identity,
                    },
                    (stages.production.file(segment_file(segment)),),
                    f"{self.label} landscape",
                )
        rate = Stage(
            self.place,
            "landscape",
            RATE_VERSION,
            {
                "shares": shares(settings.trajectories, self.liquid.replicas),
                "blocks_apart": self.blocks_between_starts,
                "threshold": settings.threshold,
                **self.interval_settings("landscape"),
            },
            sources,
        )
        yield self.reduction_step(
            rate, RATE_FILE, measure_rate, made, {"temperature": self.temperature}
        )

    def propensity_steps(self, replicas: list[ReplicaStages]) -> Iterator[Step]:
        """Run from inherent structures, and correlate mobility with local stiffness."""
        settings = self.campaign.isoconfigurational
        if settings is None or not self.is_chosen(settings.temperatures):
            return
        sources: dict[str, Stage] = {}
        made: list[str] = []
        for replica, stages in enumerate(replicas):
            stage = Stage(
                f"{self.place}/r{replica}",
                "propensity",
                PROPENSITY_VERSION,
                {
                    "blocks_apart": self.blocks_between_starts,
                    "runs": settings.runs,
                    "time_tau": settings.time_tau,
                    "seed": self.seed(replica, "propensity"),
                },
                {"equilibration": stages.equilibration, "glasses": stages.glasses},
            )
            sources |= {f"dynamics r{replica}": stages.dynamics, f"propensity r{replica}": stage}
            made.append(stages.dynamics.file(DYNAMICS_FILE))
            starts = [
                k * self.blocks_between_starts
                for k in range(self.share(settings.configurations, replica))
            ]
            own = {key: value for key, value in stage.parameters.items() if key != "blocks_apart"}
            for begin in range(0, len(starts), CONFIGURATIONS_PER_SHARD):
                numbers = starts[begin : begin + CONFIGURATIONS_PER_SHARD]
                made.append(stage.file(f"{shard_name(numbers[0], numbers[-1])}.json"))
                shards = self.shards_with(stages.glasses, replica, numbers[0], numbers[-1])
                yield Step(
                    made[-1],
                    propensity_shard,
                    {
                        "model": self.liquid.model,
                        "temperature": self.temperature,
                        "numbers": numbers,
                        **own,
                        "accelerator": self.accelerator,
                        "identity": stage.identity,
                    },
                    (stages.equilibration.file(EQUILIBRATION_FILE), *shards),
                    f"{self.label} propensity",
                )
        correlations = Stage(
            self.place,
            "correlations",
            CORRELATIONS_VERSION,
            {
                "configurations": settings.configurations,
                **self.interval_settings("correlations"),
            },
            sources,
        )
        n_shards = [
            math.ceil(share / CONFIGURATIONS_PER_SHARD)
            for share in shares(settings.configurations, self.liquid.replicas)
        ]
        yield self.reduction_step(
            correlations, CORRELATIONS_FILE, correlate, made, {"shares": n_shards}
        )

    def mode_steps(self, replicas: list[ReplicaStages]) -> Iterator[Step]:
        """Find the soft spots of some glasses."""
        settings = self.campaign.modes
        if settings is None or not self.is_chosen(settings.temperatures):
            return
        for replica, stages in enumerate(replicas):
            stage = Stage(
                f"{self.place}/r{replica}",
                "modes",
                MODES_VERSION,
                {
                    "starts": settings.starts,
                    "softest": settings.softest,
                    "seed": self.seed(replica, "modes"),
                },
                {"glasses": stages.glasses},
            )
            for number in range(self.share(settings.glasses, replica)):
                shards = self.shards_with(stages.glasses, replica, number, number)
                yield Step(
                    stage.file(f"{number:05d}.json"),
                    find_modes,
                    {
                        "model": self.liquid.model,
                        "number": number,
                        **stage.parameters,
                        "identity": stage.identity,
                    },
                    shards,
                    f"{self.label} modes",
                )

    def interval_settings(self, purpose: str) -> dict[str, JSON]:
        """How a reduction makes its intervals."""
        model, size = self.liquid.model, self.liquid.n_particles
        return {
            "level": self.campaign.statistics.level,
            "seed": seed_of(self.campaign.seed, model, size, self.temperature, purpose),
        }

    def reduction_step(
        self,
        stage: Stage,
        name: str,
        function: Callable[..., None],
        needs: list[str],
        further: Mapping[str, JSON],
    ) -> Step:
        """A step that reduces all replicas."""
        counts = ("configurations", "blocks_apart")
        own = {key: value for key, value in stage.parameters.items() if key not in counts}
        return Step(
            stage.file(name),
            function,
            {"model": self.liquid.model, **further, **own, "identity": stage.identity},
            tuple(needs),
            f"{self.label} {stage.name}",
            alone=True,
        )

    def shards_with(self, stage: Stage, replica: int, first: int, last: int) -> tuple[str, ...]:
        """Targets of the shards that hold the glasses from one number to another."""
        return tuple(
            stage.file(f"{shard_name(begin, end)}.json")
            for begin, end in self.shards(replica)
            if begin <= last and end >= first
        )
