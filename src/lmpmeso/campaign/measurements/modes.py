"""The soft spots: pseudo-harmonic modes of some glasses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from lmpmeso.campaign.cost import Cost, Expected
from lmpmeso.campaign.measurement import WHERE, Measurement, Table
from lmpmeso.campaign.measurements.glasses import glasses_of, shards_with
from lmpmeso.campaign.own_models import model_of_step
from lmpmeso.campaign.state_point import StatePoint
from lmpmeso.configurations import Configuration
from lmpmeso.elasticity import (
    HessianFactor,
    SoftModes,
    factorise,
    planar_displacements,
    soft_modes,
    write_modes,
)
from lmpmeso.elasticity.dipole_response import response_like
from lmpmeso.elasticity.soft_mode_search import MODE_UNITS
from lmpmeso.engine.records import noted_warnings, read_record, write_record, write_tables
from lmpmeso.engine.stage import seed_of
from lmpmeso.engine.step import Step, Workplace
from lmpmeso.errors import CampaignError
from lmpmeso.files.toml_rules import all_or_number, integer, setting
from lmpmeso.hessians import Hessian, hessian

SHARE_OF_A_START = 250
"""One start towards a soft mode costs so many times the share of a pair in all κ_ij: 140 in two
dimensions, 370 in three (docs/soft-modes.md)."""
UNITS = {name: unit for name, unit in MODE_UNITS.items() if name != "cost"}
"""Of the tables of a campaign, where a cost may be something else."""


@dataclass(frozen=True)
class SoftSpots(Measurement):
    """Soft quasilocalised (pseudo-harmonic) modes."""

    name = "modes"
    version = 2
    after = ("glasses",)
    optional = True
    taken = "glasses"
    tables = (
        Table(
            "modes",
            "{stem}.csv",
            title="Softest modes",
            shown=(
                ("glass", "glass"),
                ("stiffness [ε/σ²]", "stiffness"),
                ("participation ratio", "participation_ratio"),
                ("cost [ε²/σ⁴]", "cost"),
                ("starts that led there", "n_starts"),
            ),
        ),
    )
    units = UNITS

    glasses: int = setting(integer(), "inherent structures of each state point", 1)
    starts: str | int = setting(
        all_or_number(), "dipole responses to start from: all, or so many drawn", 200
    )
    softest: int = setting(integer(), "modes that are kept of each structure", 12)
    temperatures: str = setting(WHERE, "at which temperatures of each liquid", "coldest")

    def n_glasses(self, point: StatePoint, replica: int) -> int:
        """The share of a replica."""
        return point.share(self.glasses, replica)

    def stage_parameters(self, point: StatePoint, replica: int) -> dict[str, Any]:
        """Depends on the glasses."""
        seed = point.seed(replica, "modes")
        return {"starts": self.starts, "softest": self.softest, "seed": seed}

    def steps(self, point: StatePoint, replica: int) -> Iterator[Step]:
        """One a glass."""
        stage = point.stage(self.name, replica)
        for number in range(self.n_glasses(point, replica)):
            told, file = stage.parameters | {"number": number}, f"{number:05d}.json"
            needs = {"glasses": shards_with(point, replica, number, number)}
            yield point.step(stage, file, find_modes, told, needs)

    def results(self, point: StatePoint) -> tuple[str, ...]:
        """The modes of each glass."""
        return tuple(target for k in point.replicas for target in point.targets(self.name, k))

    def cost(self, expected: Expected) -> Cost:
        """Starts, and the factor."""
        price = expected.price
        starts = price.bonds if self.starts == "all" else float(self.starts)
        one = price.elasticity * (1.0 + SHARE_OF_A_START * starts / price.bonds)
        return Cost(self.glasses * one)


def find_modes(
    work: Workplace, *, model: str, number: int, starts: str | int, softest: int, seed: int
) -> None:
    """The softest pseudo-harmonic modes of a glass; the shard of ``glasses`` that holds it is needed.

    Raises:
        CampaignError: the quench of that glass failed.
    """
    glass_model = model_of_step(work, model)
    structure = glasses_of(work.needs["glasses"], glass_model).get(number)
    if structure is None:
        failures = read_record(work.need("glasses"), "glasses")["failures"]
        raise CampaignError(f"glass {number} could not be quenched: {failures.get(str(number))}")
    own_seed = seed_of(seed, "starts", number)

    with noted_warnings() as notes:
        hess = hessian(structure, glass_model)
        factor = factorise(hess)
        modes = soft_modes(
            hess,
            factor=factor,
            starts=starts,
            seed=own_seed,
            work_file=work.folder / "modes.npz",
            progress=work.progress,
        )
    kept = modes.softest(softest)
    fields = work.target.with_name(f"{number:05d}.nc")
    write_modes(fields, kept, structure)
    tables = {f"{number:05d}.csv": kept.table.assign(glass=number)}
    if structure.dimension == 2 and modes.n_modes:
        tables[arrows_file(number)] = _arrows(structure, hess, factor, modes)
    write_record(
        work,
        "modes",
        [fields, *write_tables(work, tables, MODE_UNITS)],
        glass=number,
        seed=own_seed,
        n_modes_found=modes.n_modes,
        n_starts=modes.table.attrs["n_starts"],
        n_failed=modes.table.attrs["n_failed"],
        warnings=notes,
    )


def arrows_file(number: int) -> str:
    """Name of the table of the softest mode of a 2D glass and the dipole response most like it."""
    return f"{number:05d}-arrows.csv"


def _arrows(
    structure: Configuration, hess: Hessian, factor: HessianFactor, modes: SoftModes
) -> pd.DataFrame:
    """The softest mode of a 2D glass and the dipole response most like it, a row a particle (Fig. 1)."""
    mode_nc = modes.vectors_mnc[0]
    response_nc, force_nc = response_like(mode_nc, hess, factor)
    table = planar_displacements(structure, mode_nc)
    response = planar_displacements(structure, response_nc)
    return table.assign(
        response_x=response["u_x"],
        response_y=response["u_y"],
        force_x=force_nc[:, 0],
        force_y=force_nc[:, 1],
    )
