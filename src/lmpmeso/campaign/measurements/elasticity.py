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
    failures_as_text,
    glasses_of,
    part_of,
    shard_file,
    shard_name,
    shards,
)
from lmpmeso.campaign.settings import Campaign
from lmpmeso.campaign.state_point import StatePoint
from lmpmeso.campaign.stiffness_file import read_stiffness, write_stiffness
from lmpmeso.configurations import InherentStructure, write_inherent_structures
from lmpmeso.elasticity import (
    bulk_modulus,
    dipole_stiffness,
    factorise,
    kappa_field,
    shear_modulus,
)
from lmpmeso.engine.records import write_record, write_table
from lmpmeso.engine.stage import Stage, seed_of
from lmpmeso.engine.step import Step, Workplace
from lmpmeso.files.plain_json import read_json, write_json
from lmpmeso.files.toml_rules import all_or_number, boolean, setting
from lmpmeso.hessians import hessian
from lmpmeso.models import GlassModel, get_model

VERSION = 1
BOND_BYTES = 32
"""A κ_ij in its file: i, j, distance, κ."""

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

    def stage(self, point: StatePoint, replica: int) -> Stage:
        """Depends on the glasses."""
        parameters = {
            "pairs": self.pairs,
            "field": self.field,
            # All pairs leave nothing to draw.
            "seed": None if self.pairs == "all" else point.seed(replica, "pairs"),
        }
        needs = {"glasses": point.stage("glasses", replica)}
        return point.new_stage(replica, self.name, VERSION, parameters, needs)

    def steps(self, point: StatePoint, replica: int) -> Iterator[Step]:
        """One a shard of glasses."""
        on_gpu = point.campaign.resources.gpus > 0
        stage, glasses = point.stage(self.name, replica), point.stage("glasses", replica)
        for first, last in shards(point, replica):
            parameters = {
                "temperature": point.temperature,
                "first": first,
                "last": last,
                **stage.parameters,
                "device": "auto" if on_gpu else "cpu",
            }
            name = shard_file(first, last)
            needs = {"glasses": (glasses.file(name),)}
            yield point.step(stage, name, analyse_shard, parameters, needs, gpu=on_gpu)

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
    identity: Mapping[str, Any],
) -> None:
    """κ_ij, G and K of the inherent structures of a shard (``glasses``)."""
    glass_model = get_model(model)
    shard = shard_name(first, last)
    by_number = glasses_of(work.needs["glasses"], glass_model)

    def make(number: int, path: Path) -> None:
        bonds, numbers = analyse(
            by_number[number],
            glass_model,
            pairs,
            seed_of(seed, "pairs", number),
            device,
        )
        write_stiffness(path.with_suffix(".npz"), {number: bonds})
        write_json(path, {"glass": number, "temperature": temperature, **numbers})

    failures, notes = each_glass(work, list(by_number), ".json", make, "analyses")
    done = [n for n in by_number if n not in failures]
    bonds = {n: read_stiffness(part_of(work, n, ".npz"))[n] for n in done}
    glasses = pd.DataFrame([read_json(part_of(work, n, ".json")) for n in done])
    folder = work.target.parent
    files = {
        f"{shard}.npz": write_stiffness(folder / f"{shard}.npz", bonds),
        f"{shard}.csv": write_table(folder / f"{shard}.csv", glasses, GLASS_UNITS),
    }
    if field and pairs == "all":
        files[f"{shard}.nc"] = folder / f"{shard}.nc"
        write_inherent_structures(
            folder / f"{shard}.nc",
            [by_number[n] for n in done],
            per_frame={
                "glass": done,
                "shear_modulus": glasses["shear_modulus"],
                "kappa_mean": glasses["kappa_mean"],
            },
            per_particle={
                "kappa": np.stack([kappa_field(bonds[n], by_number[n].n_particles) for n in done])
            },
        )
    write_record(
        work,
        "elasticity",
        identity,
        files,
        glasses=done,
        failures=failures_as_text(failures),
        warnings=notes,
    )


def analyse(
    structure: InherentStructure, model: GlassModel, pairs: str | int, seed: int, device: str
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The bonds of an inherent structure with their κ_ij, and its numbers by name."""
    here = hessian(structure, model)
    bonds = dipole_stiffness(here, pairs=pairs, seed=seed, device=device, threads=1)  # type: ignore[arg-type]
    factor = factorise(here)
    shear = shear_modulus(here, factor=factor)
    bulk = bulk_modulus(here, factor=factor)
    return bonds, {
        "energy_per_particle": structure.energy / structure.n_particles,
        "max_force": structure.max_force,
        "iterations": structure.iterations,
        "newton_iterations": structure.newton_iterations,
        "pressure": bulk.pressure,
        "n_pairs": len(bonds),
        "kappa_mean": float(bonds["kappa"].mean()),
        "shear_modulus": shear.value,
        "shear_modulus_born": shear.born,
        "shear_modulus_nonaffine": shear.nonaffine,
        **{f"shear_modulus_{plane}": value for plane, value in shear.planes.items()},
        "bulk_modulus": bulk.value,
        "bulk_modulus_affine": bulk.affine,
        "bulk_modulus_nonaffine": bulk.nonaffine,
    }
