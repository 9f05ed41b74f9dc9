"""Liquids in equilibrium: from random positions, or from the end of the hotter liquid."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from lmpmeso.campaign.cost import Cost, Expected
from lmpmeso.campaign.expected_relaxation import relaxation_of
from lmpmeso.campaign.measurement import Measurement
from lmpmeso.campaign.own_models import model_of_step
from lmpmeso.campaign.settings import Liquid
from lmpmeso.campaign.state_point import StatePoint
from lmpmeso.campaign.swapped_run import SCHEDULE
from lmpmeso.configurations import read_configuration, write_configurations
from lmpmeso.engine.records import Record, noted_warnings, read_record, write_record
from lmpmeso.engine.stage import Stage
from lmpmeso.engine.step import Step, Workplace
from lmpmeso.equilibrium import Criterion, EquilibratedLiquid, equilibrate_liquid
from lmpmeso.equilibrium.plan import expected_duration
from lmpmeso.equilibrium.stretch import HISTORY_UNITS
from lmpmeso.errors import CampaignError
from lmpmeso.execution import Execution
from lmpmeso.files.plain_json import write_json
from lmpmeso.files.tables import write_table
from lmpmeso.files.toml_rules import real, setting
from lmpmeso.protocols.chunked_run import RECORD_UNITS
from lmpmeso.protocols.swap_run import SUM_UNITS, acceptance
from lmpmeso.swaps import Swaps

EQUILIBRATION_FILE = "equilibration.json"
VERDICT_FILE = "not-equilibrated.json"
"""What is left of an equilibration that did not succeed, for the tables and the report."""
END_FILE = "end.nc"
RECORD_FILE = "record.csv"
HISTORY_FILE = "history.csv"
SHORTEST_LIMIT_T0 = 2000.0
"""No equilibration is given up sooner [t0], however short τ_α is."""
TAU_WITH_SWAPS = "tau_with_swaps"
STRETCHES = 5.0
"""An equilibration takes about so many stretches of full length in all, the shorter ones before counted in."""


@dataclass(frozen=True)
class EquilibrationRun(Measurement):
    """How long a liquid runs before it is called equilibrated, and when that is given up."""

    name = "equilibration"

    stretch_tau: float = setting(
        real(above=0), "length of each of the successive stretches that are compared [τ_α]", 5.0
    )
    max_tau: float = setting(
        real(above=0),
        "give up after so many τ_α, by the τ_α that the plan expects, and not before 2000 t0; the "
        "state point is then flagged and left out",
        100.0,
    )
    max_t0: float | None = setting(
        real(above=0), "give up after this time [t0], whatever τ_α is; overrides `max_tau`", None
    )

    def stage(self, point: StatePoint, replica: int) -> Stage:
        """Depends on the hotter liquid, where there is one."""
        told = self.stage_parameters(point, replica)
        hotter = {} if point.hotter is None else {"hotter": point.hotter.stage(self.name, replica)}
        return point.new_stage(replica, self.name, self.version, told, hotter)

    def stage_parameters(self, point: StatePoint, replica: int) -> dict[str, Any]:
        """The liquid, and what is asked of it."""
        liquid = point.liquid
        return {
            "model": liquid.model,
            "potential": liquid.glass_model.digest(),
            "n_particles": liquid.n_particles,
            "temperature": point.temperature,
            "replica": replica,
            "seed": point.seed(replica, "liquid"),
            "stretch_tau": self.stretch_tau,
            "q": liquid.wave_number,
            "threshold": point.campaign.dynamics.threshold,
            **({"swap": True, **SCHEDULE} if liquid.swapped(point.temperature) else {}),
        }

    def steps(self, point: StatePoint, replica: int) -> Iterator[Step]:
        """One a replica."""
        stage = point.stage(self.name, replica)
        keys = ("temperature", "n_particles", "seed", "stretch_tau", "q", "threshold")
        told = {
            key: stage.parameters[key] for key in (*keys, "swap") if key in stage.parameters
        } | {
            # No part of the identity: a liquid that was given up may go on.
            "max_duration": self.longest(point.liquid, point.temperature),
            "accelerator": point.campaign.resources.accelerator,
        }
        needs = {name: (hot.file(EQUILIBRATION_FILE),) for name, hot in stage.needs.items()}
        yield point.step(stage, EQUILIBRATION_FILE, equilibrate_replica, told, needs, alone=True)

    def longest(self, liquid: Liquid, temperature: float) -> float:
        """Time after which the equilibration of a state point is given up [time].

        Raises:
            CampaignError: it cannot be said, because no relaxation time is known to reckon with.
        """
        limit = self.max_t0
        if limit is None:
            expected = relaxation_of(liquid, temperature)
            if expected is None:
                raise CampaignError(
                    f"no relaxation time of {liquid.model} is known to plan with: give max_t0 under "
                    "[equilibration]"
                )
            limit = max(SHORTEST_LIMIT_T0, self.max_tau * expected.tau_over_t0)
        return limit * liquid.glass_model.t0(temperature)

    def slowest_tau(self, liquid: Liquid, temperature: float) -> float:
        """τ_α/t0 of a liquid that takes all the time that it may."""
        longest = self.longest(liquid, temperature) / liquid.glass_model.t0(temperature)
        return longest / (STRETCHES * self.stretch_tau)

    def cost(self, expected: Expected) -> Cost:
        """MD steps; each temperature waits for the hotter one."""
        liquid, temperature = expected.liquid, expected.temperature
        duration = min(
            expected_duration(expected.tau_over_t0, self.stretch_tau),
            self.longest(liquid, temperature) / liquid.glass_model.t0(temperature),
        )
        one = duration * expected.steps_per_t0 * expected.step_seconds
        return Cost(one * liquid.replicas, chain=one)


def equilibrate_replica(
    work: Workplace,
    *,
    model: str,
    temperature: float,
    n_particles: int,
    seed: int,
    stretch_tau: float,
    max_duration: float,
    q: float,
    threshold: float,
    accelerator: str,
    swap: bool = False,
) -> None:
    """Equilibrate a liquid, from random positions or from the end of a hotter one (``hotter``); with swaps where asked.

    Raises:
        CampaignError: it did not come to equilibrium, or is no liquid; what was found is in
            ``not-equilibrated.json``, and the run goes on when it may take longer.
    """
    glass_model = model_of_step(work, model)
    start = None
    if "hotter" in work.needs:
        hotter = read_record(work.need("hotter"), "equilibration")
        start = read_configuration(hotter.data(END_FILE), glass_model)
    with noted_warnings() as notes:
        liquid = equilibrate_liquid(
            glass_model,
            temperature,
            None if start is not None else n_particles,
            seed,
            start=start,
            folder=work.folder,
            max_duration=max_duration,
            criterion=Criterion(stretch_tau, q=q, threshold=threshold),
            execution=Execution(
                accelerator, progress=Halving(work.progress), on_checkpoint=work.checkpoint
            ),
            swaps=Swaps(seed=seed) if swap else None,
        )
    verdict = _verdict(liquid, temperature, seed, swap) | {"warnings": notes}
    folder = work.target.parent
    tau = liquid.relaxation_time
    if not liquid.equilibrated or tau is None:
        write_json(folder / VERDICT_FILE, verdict)
        raise CampaignError(
            f"{model} at T = {temperature:g} is not in equilibrium and is left out: {liquid.reason}. "
            "If it only needs longer, raise max_tau (or max_t0) under [equilibration] and run again: "
            "it goes on from where it is"
        )
    write_configurations(folder / END_FILE, [liquid.configuration])
    files = (
        folder / END_FILE,
        write_table(folder / RECORD_FILE, liquid.record, RECORD_UNITS | SUM_UNITS),
        write_table(folder / HISTORY_FILE, liquid.history, HISTORY_UNITS),
    )
    (folder / VERDICT_FILE).unlink(missing_ok=True)
    write_record(work, "equilibration", files, **verdict)


class Halving:
    """How far an equilibration is: nobody knows how many stretches it takes, and each is half of what was left.

    Args:
        tell: told of the part that is done, and of 1.
    """

    def __init__(self, tell: Callable[[float, float], None]):
        self._tell = tell
        self._ends: list[float] = []

    def __call__(self, done: float, planned: float) -> None:
        """So many MD steps are done of those until the end of the stretch that runs."""
        if not self._ends or planned > self._ends[-1]:
            self._ends.append(planned)
        begin = self._ends[-2] if len(self._ends) > 1 else 0.0
        stretches = len(self._ends) - 1 + (done - begin) / (planned - begin)
        self._tell(1.0 - 0.5**stretches, 1.0)


def _verdict(
    liquid: EquilibratedLiquid, temperature: float, seed: int, swap: bool
) -> dict[str, Any]:
    """What an equilibration found; τ of the dynamics with swaps is no τ_α, and has a name of its own."""
    tau = liquid.relaxation_time
    value = None if tau is None else tau.value
    times: dict[str, Any] = {"tau_alpha": value}
    if swap:
        times = {"tau_alpha": None, TAU_WITH_SWAPS: value}
        times |= {"swap_acceptance": acceptance(liquid.record)}
    return {
        "temperature": temperature,
        "seed": seed,
        "equilibrated": liquid.equilibrated,
        "reason": liquid.reason,
        "crystallised": liquid.structure.crystallised,
        "cavitated": liquid.structure.cavitated,
        "structure": liquid.structure.reason,
        "duration": liquid.duration,
        **times,
    }


def time_scale(equilibration: Record) -> float:
    """The τ by which runs of a liquid are long: its τ_α, or that of its dynamics with swaps [time]."""
    return float(equilibration.content.get(TAU_WITH_SWAPS) or equilibration["tau_alpha"])
