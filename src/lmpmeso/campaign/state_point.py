"""One liquid at one temperature, all its replicas together: its stages and steps."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from lmpmeso.campaign.settings import Campaign, Liquid
from lmpmeso.engine.stage import Stage, seed_of
from lmpmeso.engine.step import Step

START_SPACING_TAU = 2.0
"""Least time between initial configurations of the landscape and of the propensity [τ_α], whose
intervals take them as independent."""


@dataclass(frozen=True, eq=False)
class StatePoint:
    """One liquid at one temperature; its liquids start from the ends of those of the ``hotter`` one."""

    campaign: Campaign
    liquid: Liquid
    temperature: float
    hotter: StatePoint | None = None
    _stages: dict[tuple[str, int | None], Stage] = field(default_factory=dict, repr=False)
    _steps: dict[tuple[str, int | None], tuple[Step, ...]] = field(default_factory=dict, repr=False)

    @property
    def label(self) -> str:
        """The state point for people."""
        return f"{self.liquid.model} T={self.temperature:g}"

    @property
    def keys(self) -> dict[str, Any]:
        """What names it in every table."""
        return self.liquid.keys | {"temperature": self.temperature}

    @property
    def replicas(self) -> range:
        """Numbers of its independent liquids."""
        return range(self.liquid.replicas)

    @cached_property
    def measurements(self) -> dict[str, Any]:
        """The measurements that are made here, by name."""
        return {
            measurement.name: measurement
            for measurement in self.campaign.sections.values()
            if measurement is not None and measurement.applies(self.liquid, self.temperature)
        }

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps, each after those that it needs."""
        return tuple(step for name in self.measurements for step in self.steps_of(name))

    def steps_of(self, name: str) -> tuple[Step, ...]:
        """The steps of a measurement, of its replicas and then of all together; none where it is not made here."""
        return tuple(step for k in (*self.replicas, None) for step in self._steps_of(name, k))

    def targets(self, name: str, replica: int | None = None) -> tuple[str, ...]:
        """Targets of the steps of a replica, or of the one that reduces all; none where not made here."""
        return tuple(step.target for step in self._steps_of(name, replica))

    def _steps_of(self, name: str, replica: int | None) -> tuple[Step, ...]:
        key = name, replica
        if key not in self._steps:
            one = self.measurements.get(name)
            if one is None:
                self._steps[key] = ()
            elif replica is None:
                reducing = one.reducing_step(self)
                self._steps[key] = () if reducing is None else (reducing,)
            else:
                self._steps[key] = tuple(one.steps(self, replica))
        return self._steps[key]

    def stage(self, name: str, replica: int | None = None) -> Stage:
        """The stage of a measurement that is made here: of a replica, or of all together."""
        key = name, replica
        if key not in self._stages:
            one = self.measurements[name]
            self._stages[key] = one.reduction(self) if replica is None else one.stage(self, replica)
        return self._stages[key]

    def stages_of_replicas(self, *names: str) -> dict[str, Stage]:
        """Stages of all replicas, as ``NAME r0``, …, for what reduces them."""
        return {f"{name} r{k}": self.stage(name, k) for k in self.replicas for name in names}

    def targets_of_replicas(self, *names: str) -> dict[str, tuple[str, ...]]:
        """Their targets, by the same names."""
        return {f"{name} r{k}": self.targets(name, k) for k in self.replicas for name in names}

    def new_stage(
        self,
        replica: int | None,
        name: str,
        version: int,
        parameters: dict[str, Any],
        needs: Mapping[str, Stage],
    ) -> Stage:
        """A stage in the folder of this state point, or of a replica of it."""
        place = f"{self.liquid.model}/N{self.liquid.n_particles}/T{self.temperature!r}"
        if replica is not None:
            place = f"{place}/r{replica}"
        return Stage(place, name, version, parameters, needs)

    def step(
        self,
        stage: Stage,
        file: str,
        function: Callable[..., None],
        parameters: Mapping[str, Any],
        needs: Mapping[str, tuple[str, ...]],
        *,
        alone: bool = False,
        gpu: bool = False,
    ) -> Step:
        """A step that makes a file of a stage; its function is told the model, too."""
        gpu = gpu or ("accelerator" in parameters and self.campaign.resources.lammps_on_gpu)
        told, group = {"model": self.liquid.model, **parameters}, f"{self.label} {stage.name}"
        return Step(stage.file(file), function, told, needs, group, gpu, alone, stage.identity)

    def seed(self, replica: int, purpose: str) -> int:
        """Seed of a replica for one purpose."""
        return seed_of(self.campaign.seed, *self.keys.values(), replica, purpose)

    def intervals(self, purpose: str) -> dict[str, Any]:
        """How a reduction of all replicas makes its intervals: their level, and its seed."""
        seed = seed_of(self.campaign.seed, *self.keys.values(), purpose)
        return {"level": self.campaign.statistics.level, "seed": seed}

    def share(self, number: int, replica: int) -> int:
        """How many of a number of things a replica contributes: the first ones take what is left over."""
        n_replicas = self.liquid.replicas
        return number // n_replicas + (replica < number % n_replicas)

    @property
    def blocks_between_starts(self) -> int:
        """Blocks of the production run from one initial configuration of further runs to the next."""
        return math.ceil(START_SPACING_TAU / self.campaign.production.spacing_tau - 1e-9)

    def starts(self, number: int, replica: int) -> list[int]:
        """Which blocks a replica's share of a number of initial configurations ends."""
        return [k * self.blocks_between_starts for k in range(self.share(number, replica))]

    def n_glasses(self, replica: int) -> int:
        """Inherent structures of a replica: as many as its measurements need."""
        return max(one.n_glasses(self, replica) for one in self.measurements.values())

    def n_blocks(self, replica: int) -> int:
        """Blocks of the production run of a replica: as many as its measurements need."""
        needed = max(one.n_blocks(self, replica) for one in self.measurements.values())
        return max(needed, self.n_glasses(replica))
