"""What the parts of a campaign cost on one core, from a table of measured rates.

``scripts/benchmarks/measure_campaign_costs.py`` measured the table; another machine differs by a factor of a few.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from lmpmeso.campaign.settings import Campaign, Liquid
from lmpmeso.lammps.forces import with_reach
from lmpmeso.models import GlassModel, get_model

TABLE = "costs.csv"
HOUR, GIB = 3600.0, 2.0**30
STEP_WITH_SWAPS = 1.3
"""What a step costs with 4 N attempts to swap every 50 steps, in steps without; `poly-swap`, N = 500."""
PROCESS_GIB = 0.3
"""A worker with LAMMPS and the analysis loaded."""


@dataclass(frozen=True)
class Costs:
    """What a system of one model and size costs.

    Attributes:
        step: an MD step [s].
        quench: a quench with its polish [s].
        elasticity: all κ_ij and G of one glass [s].
        memory: of the κ-field of one glass [GiB].
        bonds: interacting pairs of one glass.
    """

    step: float
    quench: float
    elasticity: float
    memory: float
    bonds: float


def costs(model: GlassModel, n_particles: int) -> Costs:
    """What N particles of a model cost: a power law in N through two measured sizes.

    Models that were not measured are taken for the measured one of the same family, and where there is
    none for one of another; the work grows with the number of neighbours within the cut-off, also within a family, whose
    members differ in density. Where the Hessian of such a model comes from LAMMPS's forces, these are added.
    """
    table = _table()
    known = measured_relative(model)
    yardstick = known or (MANY_BODY if model.lammps and model.lammps.files else YARDSTICK)
    itself = known == model.name
    scale = 1.0 if itself else _neighbours(model) / _neighbours(get_model(yardstick))
    (small, at_small), (large, at_large) = table[yardstick]
    exponent = math.log(n_particles / small) / math.log(large / small)
    price = Costs(
        **{
            name: scale * value * (vars(at_large)[name] / value) ** exponent
            for name, value in vars(at_small).items()
        }
    )
    if model.lammps is None or itself:
        return price
    differences = force_calls(model, n_particles) * price.step
    return replace(
        price, quench=price.quench + differences, elasticity=price.elasticity + differences
    )


def force_calls(model: GlassModel, n_particles: int) -> float:
    """About how many sets of forces a Hessian by coloured differences takes; docs/benchmarks.md has measured ones."""
    unit = math.pi if model.dimension == 2 else 4.0 * math.pi / 3.0
    colours = min(COLOURS * unit * _neighbours(model), n_particles)
    return 2.0 * model.dimension * colours


def measured_relative(model: GlassModel) -> str | None:
    """The model whose measured costs stand for a model's: itself or one of its family; None where there is none."""
    names = [model.name, model.interaction.partition("-")[0]]
    return next((name for name in names if name in _table()), None)


def _neighbours(model: GlassModel) -> float:
    """Particles within the largest cut-off, up to a factor that all models share."""
    return model.density * with_reach(model).max_cutoff ** model.dimension


@dataclass(frozen=True)
class Expected:
    """What a state point is planned with: its τ_α, and what its systems cost."""

    campaign: Campaign
    liquid: Liquid
    temperature: float
    tau_over_t0: float
    price: Costs

    @property
    def steps_per_t0(self) -> float:
        """MD steps in a time t0."""
        model = self.liquid.glass_model
        return model.t0(self.temperature) / model.time_step_at(self.temperature)

    @property
    def step_seconds(self) -> float:
        """A step of the liquid, with swaps where they are part of its runs [s]."""
        swapped = self.liquid.swapped(self.temperature)
        return self.price.step * (STEP_WITH_SWAPS if swapped else 1.0)

    @property
    def n_glasses(self) -> int:
        """Inherent structures of the state point."""
        return self.liquid.glasses_at(self.temperature)

    @property
    def n_shards(self) -> int:
        """Files that they come in, if one replica had them all."""
        return math.ceil(self.n_glasses / self.campaign.glasses.per_shard)


@dataclass(frozen=True)
class Cost:
    """What a measurement takes at a state point.

    Attributes:
        seconds: of one core.
        disk: results [bytes].
        memory: of one worker, beside the programs [GiB].
        chain: of its tasks that must follow one another [s].
    """

    seconds: float
    disk: float = 0.0
    memory: float = 0.0
    chain: float = 0.0


YARDSTICK, MANY_BODY = "ipl", "sw"
"""The models that others, never measured, are compared with: most of them, and those whose forces need a file of LAMMPS."""
COLOURS = 4.0
"""Colours of a Hessian by differences, in units of the number of neighbours within the cut-off."""


@cache
def _table() -> dict[str, list[tuple[int, Costs]]]:
    """Measured costs by model: two sizes each, the smaller first."""
    text = files("lmpmeso.campaign").joinpath(TABLE).read_text(encoding="utf-8")
    found: dict[str, list[tuple[int, Costs]]] = {}
    for row in csv.DictReader(text.splitlines()):
        measured = Costs(
            step=1.0 / float(row["md_steps_per_second"]),
            quench=float(row["quench_seconds"]),
            elasticity=float(row["elasticity_seconds"]),
            memory=float(row["elasticity_gib"]),
            bonds=float(row["bonds"]),
        )
        found.setdefault(row["model"], []).append((int(row["n_particles"]), measured))
    return {name: sorted(rows, key=lambda row: row[0]) for name, rows in found.items()}
