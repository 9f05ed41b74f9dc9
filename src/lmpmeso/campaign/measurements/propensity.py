"""The propensity: isoconfigurational runs from inherent structures, against their κ-field."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lmpmeso.campaign.cost import Cost, Expected
from lmpmeso.campaign.measurement import WHERE, Measurement, Table
from lmpmeso.campaign.measurements.dynamics import equilibrium_parts
from lmpmeso.campaign.measurements.glasses import glasses_of, shard_file, shards_with
from lmpmeso.campaign.measurements.landscape import Checkpoints
from lmpmeso.campaign.settings import Campaign
from lmpmeso.campaign.state_point import StatePoint
from lmpmeso.configurations import (
    read_inherent_structures,
    read_netcdf_fields,
    write_inherent_structures,
)
from lmpmeso.elasticity import dipole_stiffness, kappa_field
from lmpmeso.engine.records import noted_warnings, read_record, write_record, write_table
from lmpmeso.engine.stage import Stage, seed_of
from lmpmeso.engine.step import Step, Workplace
from lmpmeso.errors import CampaignError
from lmpmeso.files.toml_rules import integer, real, setting
from lmpmeso.hessians import interacting_pairs
from lmpmeso.models import get_model
from lmpmeso.propensity import LocalField, local_correlations
from lmpmeso.propensity.figure_tables import kappa_by_population, representative_slice
from lmpmeso.propensity.mobility import propensity
from lmpmeso.protocols.isoconfigurational import isoconfigurational_runs

PROPENSITY_VERSION = 2
CORRELATIONS_VERSION = 3
CONFIGURATIONS_PER_SHARD = 5
CORRELATIONS_FILE = "local-correlations.json"
SPEARMAN_FILE = "spearman.csv"
RANKS_FILE = "rank-distribution.csv"
PARTICLES_FILE = "particles.csv"
POPULATIONS_FILE = "kappa-by-population.csv"
REPRESENTATIVE_FILE = "representative.csv"

PARTICLE_UNITS = {
    "kappa": "energy/length^2",
    **dict.fromkeys(("mobility", "x", "y", "z", "diameter"), "length"),
}


@dataclass(frozen=True)
class Isoconfigurational(Measurement):
    """Runs from one configuration with fresh velocities, and the propensity from them."""

    name = "propensity"
    section = "isoconfigurational"
    work = "isoconfigurational"
    content = "local correlations"
    optional = True
    taken = "configurations"
    tables = (
        Table(
            "local_correlations",
            title="Mobility against local stiffness",
            shown=(
                ("C_s, mean of species", "spearman"),
                ("C_s, ", "spearman_*"),
                ("p", "p_value"),
                ("configurations", "n_configurations"),
                ("reliability of the mobility", "reliability"),
                ("caveat", "caveat"),
            ),
        ),
        Table("kappa_populations", POPULATIONS_FILE),
        Table("kappa_ranks", RANKS_FILE),
        Table("representative", REPRESENTATIVE_FILE),
    )
    units = PARTICLE_UNITS | dict.fromkeys(("box_x", "box_y"), "length")
    structures = (
        "propensity",
        "inherent structures that isoconfigurational runs started from; columns kappa, "
        "propensity and its error, neighbour_relative [length].",
    )

    configurations: int = setting(
        integer(),
        "inherent structures of each state point that runs begin from, 2 τ_α apart or more",
        240,
    )
    runs: int = setting(integer(2), "runs from each", 20)
    time_tau: float = setting(real(above=0), "length of each run [τ_α]", 0.1)
    temperatures: str = setting(WHERE, "at which temperatures of each liquid", "coldest")

    def faults(self, campaign: Campaign, given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """It needs the κ-field."""
        yield from super().faults(campaign, given)
        if not campaign.elasticity.field:
            yield "", "propensities are compared with κ_i: elasticity.field must be true"

    def n_glasses(self, point: StatePoint, replica: int) -> int:
        """Up to the last that runs begin from."""
        return max(point.starts(self.configurations, replica), default=-1) + 1

    def stage(self, point: StatePoint, replica: int) -> Stage:
        """The runs of a replica."""
        parameters = {
            "blocks_apart": point.blocks_between_starts,
            "runs": self.runs,
            "time_tau": self.time_tau,
            "seed": point.seed(replica, "propensity"),
        }
        needs = {name: point.stage(name, replica) for name in ("equilibration", "glasses")}
        return point.new_stage(replica, self.name, PROPENSITY_VERSION, parameters, needs)

    def reduction(self, point: StatePoint) -> Stage:
        """The correlations of all of them."""
        parameters = {"configurations": self.configurations, **point.intervals("correlations")}
        needs = point.stages_of_replicas("dynamics", "propensity")
        return point.new_stage(None, "correlations", CORRELATIONS_VERSION, parameters, needs)

    def steps(self, point: StatePoint, replica: int) -> Iterator[Step]:
        """One a few glasses."""
        stage = point.stage(self.name, replica)
        starts = point.starts(self.configurations, replica)
        for begin in range(0, len(starts), CONFIGURATIONS_PER_SHARD):
            numbers = starts[begin : begin + CONFIGURATIONS_PER_SHARD]
            parameters = {
                "temperature": point.temperature,
                "numbers": numbers,
                "runs": self.runs,
                "time_tau": self.time_tau,
                "seed": stage.parameters["seed"],
                "accelerator": point.campaign.resources.accelerator,
            }
            needs = {
                "equilibration": point.targets("equilibration", replica),
                "glasses": shards_with(point, replica, numbers[0], numbers[-1]),
            }
            file = shard_file(numbers[0], numbers[-1])
            yield point.step(stage, file, propensity_shard, parameters, needs)

    def reducing_step(self, point: StatePoint) -> Step:
        """The correlations."""
        needs = point.targets_of_replicas("dynamics", "propensity")
        parameters, stage = point.intervals("correlations"), point.stage(self.name)
        return point.step(stage, CORRELATIONS_FILE, correlate, parameters, needs, alone=True)

    def cost(self, expected: Expected) -> Cost:
        """MD steps."""
        n_steps = self.time_tau * expected.tau_over_t0 * expected.steps_per_t0
        return Cost(self.configurations * self.runs * n_steps * expected.price.step)


def propensity_shard(
    work: Workplace,
    *,
    model: str,
    temperature: float,
    numbers: Sequence[int],
    runs: int,
    time_tau: float,
    seed: int,
    accelerator: str,
    identity: Mapping[str, Any],
) -> None:
    """Runs from the inherent structures of some glasses, their propensity and their κ-field.

    It needs the ``equilibration``, which knows τ_α, and the shards of ``glasses`` that hold them.
    Glasses whose quench failed are left out.
    """
    glass_model = get_model(model)
    tau = read_record(work.need("equilibration"), "equilibration")["tau_alpha"]
    found = glasses_of(work.needs["glasses"], glass_model)
    first, last = numbers[0], numbers[-1]
    there = [number for number in numbers if number in found]
    if not there:
        raise CampaignError(f"none of the glasses {', '.join(map(str, numbers))} could be quenched")
    with noted_warnings() as notes:
        for part, number in enumerate(there):
            done = work.folder / f"{number:05d}.nc"
            if done.is_file():
                continue
            structure = found[number]
            folder = work.folder / f"runs-{number:05d}"
            ensemble = isoconfigurational_runs(
                structure,
                glass_model,
                temperature,
                duration=time_tau * tau,
                n_runs=runs,
                seed=seed_of(seed, "velocities", number),
                folder=folder,
                accelerator=accelerator,
                progress=Checkpoints(work, part, len(there)),
            )
            mobility = propensity(ensemble)
            relative = propensity(ensemble, neighbours=interacting_pairs(structure, glass_model))
            bonds = dipole_stiffness(structure, glass_model, device="cpu", threads=1)
            write_inherent_structures(
                done,
                [structure],
                per_frame={"glass": [number], "reliability": [mobility.reliability]},
                per_particle={
                    "kappa": kappa_field(bonds, structure.n_particles),
                    "propensity": mobility.mean_n,
                    "propensity_error": mobility.error_n,
                    "neighbour_relative": relative.mean_n,
                },
            )
            shutil.rmtree(folder)
            work.checkpoint()
    parts = [read_netcdf_fields(work.folder / f"{number:05d}.nc") for number in there]
    path = work.target.with_name(f"{first:05d}-{last:05d}.nc")
    write_inherent_structures(
        path,
        [found[number] for number in there],
        per_frame={
            name: np.concatenate([p[name] for p in parts]) for name in ("glass", "reliability")
        },
        per_particle={
            name: np.concatenate([p[name] for p in parts])
            for name in ("kappa", "propensity", "propensity_error", "neighbour_relative")
        },
    )
    write_record(
        work,
        "propensity",
        identity,
        {path.name: path},
        glasses=there,
        seeds={str(n): seed_of(seed, "velocities", n) for n in there},
        time=time_tau * tau,
        runs=runs,
        warnings=notes,
    )


def correlate(
    work: Workplace,
    *,
    model: str,
    level: float,
    seed: int,
    identity: Mapping[str, Any],
) -> None:
    """C_s, ranks and populations of mobile and immobile particles.

    It needs ``dynamics r0``, … and ``propensity r0``, …, the shards of each replica. One that was no
    equilibrium liquid is left out, as in :func:`~lmpmeso.campaign.measurements.summary.summarise`.
    """
    glass_model = get_model(model)
    fields: list[LocalField] = []
    reliability: list[float] = []
    parts = equilibrium_parts(work.needs, "propensity")
    for need in parts.paths:
        path = read_record(need, "propensity").data(f"{need.stem}.nc")
        found = read_netcdf_fields(path)
        reliability += found["reliability"].tolist()
        fields += [
            LocalField(structure, kappa, mobility)
            for structure, kappa, mobility in zip(
                read_inherent_structures(path, glass_model),
                found["kappa"],
                found["propensity"],
                strict=True,
            )
        ]
    result = local_correlations(fields, glass_model, level=level, seed=seed)
    extremes = result.particles[result.particles["population"] != ""]
    folder = work.target.parent
    tables: dict[str, pd.DataFrame] = {
        SPEARMAN_FILE: result.spearman,
        RANKS_FILE: result.rank_distribution,
        PARTICLES_FILE: extremes,
        POPULATIONS_FILE: kappa_by_population(result.particles),
        REPRESENTATIVE_FILE: representative_slice(result, fields, glass_model),
    }
    files = {n: write_table(folder / n, table, PARTICLE_UNITS) for n, table in tables.items()}
    average = result.average
    by_species: dict[str, float] = {}
    for name, estimate in result.by_species.items():
        by_species |= estimate.columns(f"spearman_{name}")
    write_record(
        work,
        "local correlations",
        identity,
        files,
        summary={
            **average.columns("spearman"),
            **by_species,
            "p_value": result.p_value,
            "n_configurations": len(fields),
            "reliability": float(np.mean(reliability)),
            "caveat": "; ".join(filter(None, (average.caveat, parts.left_out, parts.excluded))),
            "excluded": parts.excluded,
        },
        seed=seed,
    )
