"""The propensity: isoconfigurational runs from inherent structures, against their κ-field."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from lmpmeso.arrays import FloatArray
from lmpmeso.campaign.cost import Cost, Expected
from lmpmeso.campaign.measurement import WHERE, Measurement, Table
from lmpmeso.campaign.measurements.dynamics import SCATTERING_FILE, equilibrium_parts
from lmpmeso.campaign.measurements.glasses import glasses_of, shard_file, shards_with
from lmpmeso.campaign.measurements.landscape import Checkpoints
from lmpmeso.campaign.own_models import model_with_reach
from lmpmeso.campaign.settings import Campaign
from lmpmeso.campaign.state_point import StatePoint
from lmpmeso.configurations import (
    read_inherent_structures,
    read_netcdf_fields,
    write_inherent_structures,
)
from lmpmeso.dynamics import relaxation_time
from lmpmeso.elasticity import LOCAL_STIFFNESSES, LocalStiffness, analyse, local_stiffness
from lmpmeso.engine.records import (
    Record,
    noted_warnings,
    read_record,
    write_record,
    write_tables,
)
from lmpmeso.engine.stage import Stage, seed_of
from lmpmeso.engine.step import Step, Workplace
from lmpmeso.errors import CampaignError
from lmpmeso.files.atomic import replacing
from lmpmeso.files.plain_json import read_json, write_json
from lmpmeso.files.toml_rules import choice, integer, real, setting, several
from lmpmeso.hessians import interacting_pairs
from lmpmeso.models import GlassModel
from lmpmeso.propensity import LocalField, PropensityStudy, propensity, stiffness_and_mobility
from lmpmeso.propensity.stiffness_comparison import PAPERS
from lmpmeso.propensity.study import PROPENSITY_UNITS
from lmpmeso.protocols.heating import THERMAL_STARTS, ThermalStart

CONFIGURATIONS_PER_SHARD = 5
CORRELATIONS_FILE = "local-correlations.json"
CORRELATIONS_FILES = {
    "spearman": "spearman.csv",
    "kappa_ranks": "rank-distribution.csv",
    "particles": "particles.csv",
    "kappa_populations": "kappa-by-population.csv",
    "representative": "representative.csv",
    "local_stiffness": "local-stiffness.csv",
    "ensemble_temperature": "ensemble-temperature.csv",
}
"""File of a state point by the name of its table."""


@dataclass(frozen=True)
class Isoconfigurational(Measurement):
    """Runs from one configuration with fresh velocities, and the propensity from them."""

    name = "propensity"
    version = 2
    after = ("equilibration", "glasses")
    reduction_version = 3
    reduces = ("dynamics", "propensity")
    section = "isoconfigurational"
    work = "isoconfigurational"
    content = "local correlations"
    optional = True
    follows_particles = True
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
        Table("kappa_populations", CORRELATIONS_FILES["kappa_populations"]),
        Table("kappa_ranks", CORRELATIONS_FILES["kappa_ranks"]),
        Table("representative", CORRELATIONS_FILES["representative"]),
        Table(
            "local_stiffness",
            CORRELATIONS_FILES["local_stiffness"],
            optional=True,
            title="C_s by the definition of local stiffness",
            shown=(
                ("local stiffness", "local_stiffness"),
                ("C_s, mean of species", "spearman"),
                ("C_s, ", "spearman_*"),
                ("difference to the arithmetic mean", "difference"),
                ("configurations", "n_configurations"),
            ),
        ),
        Table(
            "ensemble_temperature",
            CORRELATIONS_FILES["ensemble_temperature"],
            optional=True,
            title="Kinetic temperature of the isoconfigurational runs",
            shown=(
                ("t", "t"),
                ("T_kin", "kinetic_temperature"),
                ("lowest", "lowest"),
                ("highest", "highest"),
                ("configurations", "n_configurations"),
            ),
        ),
    )
    units: ClassVar[Mapping[str, str]] = {
        **PROPENSITY_UNITS,
        **dict.fromkeys(("box_x", "box_y"), "length"),
    }
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
    local_stiffness: tuple[LocalStiffness, ...] = setting(
        several(choice(*LOCAL_STIFFNESSES)),
        "whose C_s are compared; the arithmetic mean is there always, and is what the other tables and figures hold",
        (PAPERS,),
    )
    thermal_start: str = setting(
        choice(*THERMAL_STARTS),
        "how runs get their temperature: velocities at T on the inherent structure, as in the paper, which are cold at "
        "first; velocities at 2T; or a short run with Langevin forces",
        "minimum",
    )
    time_from: str = setting(
        choice("equilibration", "production"),
        "whose τ_α `time_tau` counts; that of the production run is known better",
        "equilibration",
    )

    def faults(self, campaign: Campaign, given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """It needs the κ-field."""
        yield from super().faults(campaign, given)
        for liquid in campaign.liquids:
            if not any(self.applies(liquid, t) for t in liquid.temperatures):
                yield (
                    "",
                    f"runs are parts of a τ_α long, and all liquids of {liquid.model} are equilibrated by swaps, without one",
                )
        if not campaign.elasticity.field:
            yield "", "propensities are compared with κ_i: elasticity.field must be true"

    def n_glasses(self, point: StatePoint, replica: int) -> int:
        """Up to the last that runs begin from."""
        return max(point.starts(self.configurations, replica), default=-1) + 1

    def stage_parameters(self, point: StatePoint, replica: int) -> dict[str, Any]:
        """The runs of a replica."""
        told: dict[str, Any] = {
            "blocks_apart": point.blocks_between_starts,
            "runs": self.runs,
            "time_tau": self.time_tau,
            "seed": point.seed(replica, "propensity"),
        }
        if self.thermal_start != "minimum":
            told["thermal_start"] = self.thermal_start
        if self.time_from == "production":
            told["threshold"] = point.campaign.dynamics.threshold
        return told

    def stage(self, point: StatePoint, replica: int) -> Stage:
        """The runs depend on the dynamics only where these tell their time."""
        after = (*self.after, "dynamics") if self.time_from == "production" else self.after
        needs = {name: point.stage(name, replica) for name in after}
        told = self.stage_parameters(point, replica)
        return point.new_stage(replica, self.name, self.version, told, needs)

    def reduction(self, point: StatePoint) -> Stage:
        """The correlations of all of them."""
        told = {"configurations": self.configurations, **point.intervals("correlations")}
        if further := [name for name in self.local_stiffness if name != PAPERS]:
            told["further_stiffness"] = sorted(further, key=LOCAL_STIFFNESSES.index)
        needs = point.stages_of_replicas(*self.reduces)
        return point.new_stage(None, "correlations", self.reduction_version, told, needs)

    def steps(self, point: StatePoint, replica: int) -> Iterator[Step]:
        """One a few glasses."""
        stage = point.stage(self.name, replica)
        starts = point.starts(self.configurations, replica)
        keys = ("runs", "time_tau", "seed", "thermal_start", "threshold")
        told = {key: stage.parameters[key] for key in keys if key in stage.parameters}
        told |= {"temperature": point.temperature}
        told |= {"accelerator": point.campaign.resources.accelerator}
        for begin in range(0, len(starts), CONFIGURATIONS_PER_SHARD):
            numbers = starts[begin : begin + CONFIGURATIONS_PER_SHARD]
            needs = {
                "equilibration": point.targets("equilibration", replica),
                "glasses": shards_with(point, replica, numbers[0], numbers[-1]),
            }
            if self.time_from == "production":
                needs["dynamics"] = point.targets("dynamics", replica)
            own, file = told | {"numbers": numbers}, shard_file(numbers[0], numbers[-1])
            yield point.step(stage, file, propensity_shard, own, needs)

    def reducing_step(self, point: StatePoint) -> Step:
        """The correlations."""
        stage = point.stage(self.name)
        more = [key for key in ("further_stiffness",) if key in stage.parameters]
        return self.reduced_by(point, CORRELATIONS_FILE, correlate, "level", "seed", *more)

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
    thermal_start: ThermalStart = "minimum",
    threshold: float | None = None,
) -> None:
    """Runs from the inherent structures of some glasses, their propensity and their κ-field.

    It needs the ``equilibration``, which knows τ_α, and the shards of ``glasses`` that hold them; with a ``threshold``
    of F_s also the ``dynamics``, whose τ_α then counts. Glasses whose quench failed are left out.
    """
    glass_model = model_with_reach(work, model)
    tau = read_record(work.need("equilibration"), "equilibration")["tau_alpha"]
    if threshold is not None:
        tau = _production_tau(read_record(work.need("dynamics"), "dynamics"), threshold)
    found = glasses_of(work.needs["glasses"], glass_model)
    first, last = numbers[0], numbers[-1]
    there = [number for number in numbers if number in found]
    if not there:
        raise CampaignError(f"none of the glasses {', '.join(map(str, numbers))} could be quenched")
    study = PropensityStudy(
        glass_model,
        temperature,
        duration=time_tau * tau,
        n_runs=runs,
        accelerator=accelerator,
        thermal_start=thermal_start,
    )
    for part, number in enumerate(there):
        done = work.folder / f"{number:05d}.nc"
        if done.is_file():
            continue
        structure = found[number]
        folder = work.folder / f"runs-{number:05d}"
        with noted_warnings() as notes:
            ensemble = study.ensemble(
                structure,
                seed_of(seed, "velocities", number),
                folder,
                Checkpoints(work, part, len(there)),
            )
            mobility = propensity(ensemble)
            relative = propensity(ensemble, neighbours=interacting_pairs(structure, glass_model))
            kappa = study.stiffness_fields(structure, device="cpu")[PAPERS]
        temperatures = ensemble.kinetic_temperature()
        columns = {str(name): values.tolist() for name, values in temperatures.items()}
        told = {"kinetic_temperature": columns, "warnings": notes}
        write_json(done.with_suffix(".json"), told)
        write_inherent_structures(
            done,
            [structure],
            per_frame={"glass": [number], "reliability": [mobility.reliability]},
            per_particle={
                "kappa": kappa,
                "propensity": mobility.mean_n,
                "propensity_error": mobility.error_n,
                "neighbour_relative": relative.mean_n,
            },
        )
        shutil.rmtree(folder)
        work.checkpoint()
    parts = [read_netcdf_fields(work.folder / f"{number:05d}.nc") for number in there]
    told_of = [read_json(work.folder / f"{number:05d}.json") for number in there]

    def joined(*names: str) -> dict[str, FloatArray]:
        return {name: np.concatenate([part[name] for part in parts]) for name in names}

    path = work.target.with_name(f"{first:05d}-{last:05d}.nc")
    write_inherent_structures(
        path,
        [found[number] for number in there],
        per_frame=joined("glass", "reliability"),
        per_particle=joined("kappa", "propensity", "propensity_error", "neighbour_relative"),
    )
    write_record(
        work,
        "propensity",
        [path],
        glasses=there,
        seeds={str(n): seed_of(seed, "velocities", n) for n in there},
        time=study.duration,
        runs=runs,
        kinetic_temperatures=[part["kinetic_temperature"] for part in told_of],
        warnings=[warning for part in told_of for warning in part["warnings"]],
    )


def _production_tau(dynamics: Record, threshold: float) -> float:
    """τ_α of the production run, from its F_s."""
    fs = dynamics.table(SCATTERING_FILE).rename(columns={"Fs_error": "error"})
    fs.attrs["run_time"] = dynamics["run_time"]
    return relaxation_time(fs, threshold).value


def correlate(
    work: Workplace,
    *,
    model: str,
    level: float,
    seed: int,
    further_stiffness: Sequence[LocalStiffness] = (),
) -> None:
    """C_s, ranks and populations of mobile and immobile particles; C_s of further local stiffnesses.

    It needs ``dynamics r0``, … and ``propensity r0``, …, the shards of each replica. One that was no
    equilibrium liquid is left out, as in :func:`~lmpmeso.campaign.measurements.summary.summarise_replicas`.
    """
    glass_model = model_with_reach(work, model)
    parts = equilibrium_parts(work.needs, "propensity")
    fields = local_fields(parts.paths, glass_model)
    if further_stiffness:
        others = _further_stiffness(work, fields, glass_model, further_stiffness)
        fields = [replace(f, others=own) for f, own in zip(fields, others, strict=True)]
    result = stiffness_and_mobility(fields, glass_model, level=level, seed=seed)
    tables = {CORRELATIONS_FILES[name]: table for name, table in result.tables().items()}
    particles = tables[CORRELATIONS_FILES["particles"]]
    tables[CORRELATIONS_FILES["particles"]] = particles[particles["population"] != ""]
    files = write_tables(work, tables, PROPENSITY_UNITS)
    summary = parts.noted(result.summary())
    write_record(work, "local correlations", files, summary=summary, seed=seed)


def local_fields(paths: Iterable[Path], model: GlassModel) -> list[LocalField]:
    """κ_i and mobility of all configurations in records of ``propensity``."""
    fields: list[LocalField] = []
    for path in paths:
        record = read_record(path, "propensity")
        data = record.data(f"{path.stem}.nc")
        found = read_netcdf_fields(data)
        structures = list(read_inherent_structures(data, model))
        unknown: list[dict[str, Any]] = [{}] * len(structures)
        fields += [
            LocalField(structure, kappa, mobility, reliability, temperatures=pd.DataFrame(known))
            for structure, kappa, mobility, reliability, known in zip(
                structures,
                found["kappa"],
                found["propensity"],
                found["reliability"].tolist(),
                record.content.get("kinetic_temperatures", unknown),
                strict=True,
            )
        ]
    return fields


def _further_stiffness(
    work: Workplace,
    fields: Sequence[LocalField],
    model: GlassModel,
    definitions: Sequence[LocalStiffness],
) -> list[dict[str, FloatArray]]:
    """Further local stiffnesses of each configuration; what is computed is kept in the step's folder."""
    found = []
    for k, field in enumerate(fields):
        kept = work.folder / f"stiffness-{k:05d}.npz"
        if not kept.is_file():
            analysis = analyse(field.structure, model, device="cpu", threads=1)
            made = local_stiffness(analysis, definitions)
            with replacing(kept) as temporary, open(temporary, "wb") as file:
                np.savez(file, **made)  # type: ignore[arg-type]
            work.progress(k + 1, len(fields))
            work.checkpoint()
        with np.load(kept) as arrays:
            found.append({str(name): arrays[name] for name in definitions})
    return found
