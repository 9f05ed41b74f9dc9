"""The elasticity of the inherent structures: κ_ij, the κ-field, G and K of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from lmpmeso.campaign.cost import Cost, Expected
from lmpmeso.campaign.measurement import Measurement
from lmpmeso.campaign.measurements.glasses import (
    each_glass,
    glasses_of,
    part_of,
    shard_file,
    shard_name,
    shards,
)
from lmpmeso.campaign.own_models import model_of_step
from lmpmeso.campaign.settings import Campaign
from lmpmeso.campaign.state_point import StatePoint
from lmpmeso.campaign.stiffness_file import read_stiffness, write_stiffness
from lmpmeso.configurations import InherentStructure, write_inherent_structures
from lmpmeso.dynamics.bond_order import MOST_NEIGHBOURS
from lmpmeso.dynamics.structural_order import crystalline_fraction, largest_void
from lmpmeso.elasticity import GlassAnalysis, analyse, kappa_field
from lmpmeso.engine.records import write_record
from lmpmeso.engine.stage import seed_of
from lmpmeso.engine.step import Step, Workplace
from lmpmeso.files.plain_json import read_json, write_json
from lmpmeso.files.tables import write_table
from lmpmeso.files.toml_rules import all_or_number, boolean, setting

BOND_BYTES = 56
"""A κ_ij in its file: i, j, distance, κ, compliance, and the stretch by two kinds of waves."""

GLASS_UNITS = {
    "temperature": "energy",
    "energy_per_particle": "energy",
    "max_force": "energy/length",
    "kappa_mean": "energy/length^2",
    **{
        f"{modulus}{part}": "energy/length^d"
        for modulus in ("shear_modulus", "bulk_modulus")
        for part in ("", "_born", "_affine", "_nonaffine", "_xy", "_xz", "_yz")
    },
    "pressure": "energy/length^d",
}


@dataclass(frozen=True)
class Elasticity(Measurement):
    """Which stiffnesses are computed of each inherent structure, besides G."""

    name = "elasticity"
    after = ("glasses",)
    units = GLASS_UNITS
    structures = (
        "glasses",
        "all inherent structures of a state point and replica, a frame a glass; column kappa: "
        "κ_i [energy/length^2], the mean κ_ij over the pairs of a particle.",
    )

    pairs: str | int = setting(
        all_or_number(), "dipole stiffness of all interacting pairs, or of so many drawn", "all"
    )
    field: bool = setting(
        boolean(), "keep κ_i of each particle beside its structure; needs all pairs", True
    )

    @classmethod
    def from_keys(cls, keys: Mapping[str, Any]) -> Self:
        """There is no κ-field where pairs are drawn."""
        return cls(**keys) if keys.get("pairs", "all") == "all" else cls(keys["pairs"], False)

    def faults(self, campaign: Campaign, given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """The κ-field exists only where all pairs are computed; asking for both is a fault."""
        if self.pairs != "all" and given.get("field"):
            yield "field", 'κ_i is the mean over all pairs of a particle: it needs pairs = "all"'

    def stage_parameters(self, point: StatePoint, replica: int) -> dict[str, Any]:
        """Depends on the glasses."""
        return {
            "pairs": self.pairs,
            "field": self.field,
            # All pairs leave nothing to draw.
            "seed": None if self.pairs == "all" else point.seed(replica, "pairs"),
        }

    def steps(self, point: StatePoint, replica: int) -> Iterator[Step]:
        """One a shard of glasses."""
        on_gpu = point.campaign.resources.gpus > 0
        stage, glasses = point.stage(self.name, replica), point.stage("glasses", replica)
        told = stage.parameters | {"temperature": point.temperature}
        told |= {"device": "auto" if on_gpu else "cpu"}
        for first, last in shards(point, replica):
            own, name = told | {"first": first, "last": last}, shard_file(first, last)
            needs = {"glasses": (glasses.file(name),)}
            yield point.step(stage, name, analyse_shard, own, needs, gpu=on_gpu)

    def cost(self, expected: Expected) -> Cost:
        """A sample of pairs takes the factor, a ninth of it all, and its solutions."""
        price, n_glasses = expected.price, expected.n_glasses
        kept = price.bonds if self.pairs == "all" else min(float(self.pairs), price.bonds)
        part = 1.0 if self.pairs == "all" else min(1.0, 0.2 + float(self.pairs) / price.bonds)
        seconds = n_glasses * price.elasticity * part
        disk = n_glasses * BOND_BYTES * kept
        return Cost(seconds, disk, price.memory, chain=seconds / expected.n_shards)


def analyse_shard(
    work: Workplace,
    *,
    model: str,
    temperature: float,
    first: int,
    last: int,
    pairs: str | int,
    field: bool,
    seed: int,
    device: str,
) -> None:
    """κ_ij, G and K of the inherent structures of a shard (``glasses``)."""
    glass_model = model_of_step(work, model)
    shard = shard_name(first, last)
    by_number = glasses_of(work.needs["glasses"], glass_model)

    def make(number: int, path: Path) -> None:
        found = analyse(
            by_number[number],
            glass_model,
            pairs=pairs,
            seed=seed_of(seed, "pairs", number),
            device=device,  # type: ignore[arg-type]
            threads=1,
        )
        write_stiffness(path.with_suffix(".npz"), {number: found.bonds})
        numbers = _numbers(by_number[number], found)
        write_json(path, {"glass": number, "temperature": temperature, **numbers})

    made = each_glass(work, list(by_number), ".json", make, "analyses")
    done = made.glasses
    bonds = {n: read_stiffness(part_of(work, n, ".npz"))[n] for n in done}
    glasses = pd.DataFrame([read_json(part_of(work, n, ".json")) for n in done])
    folder = work.target.parent
    files = [
        write_stiffness(folder / f"{shard}.npz", bonds),
        write_table(folder / f"{shard}.csv", glasses, GLASS_UNITS),
    ]
    if field and pairs == "all":
        files.append(folder / f"{shard}.nc")
        kappa = [kappa_field(bonds[n], by_number[n].n_particles) for n in done]
        write_inherent_structures(
            files[-1],
            [by_number[n] for n in done],
            per_frame={"glass": done} | {n: glasses[n] for n in ("shear_modulus", "kappa_mean")},
            per_particle={"kappa": np.stack(kappa)},
        )
    write_record(work, "elasticity", files, **made.entries)


def _structure(structure: InherentStructure) -> dict[str, float]:
    """Whether a quench has met a void [a0] or a crystal; nothing where there are too few particles to tell."""
    if structure.n_particles <= MOST_NEIGHBOURS[structure.dimension] + 1:
        return {}
    return {
        "void_radius": largest_void(structure) * structure.density ** (1.0 / structure.dimension),
        "crystalline_fraction": crystalline_fraction(structure),
    }


def _numbers(structure: InherentStructure, found: GlassAnalysis) -> dict[str, Any]:
    """The numbers of a glass by name."""
    shear, bulk = found.shear, found.bulk
    return {
        "energy_per_particle": structure.energy / structure.n_particles,
        "max_force": structure.max_force,
        "iterations": structure.iterations,
        "newton_iterations": structure.newton_iterations,
        "pressure": bulk.pressure,
        **_structure(structure),
        "n_pairs": len(found.bonds),
        "kappa_mean": float(found.bonds["kappa"].mean()),
        "shear_modulus": shear.value,
        "shear_modulus_born": shear.born,
        "shear_modulus_nonaffine": shear.nonaffine,
        **{f"shear_modulus_{plane}": value for plane, value in shear.planes.items()},
        "bulk_modulus": bulk.value,
        "bulk_modulus_affine": bulk.affine,
        "bulk_modulus_nonaffine": bulk.nonaffine,
    }
