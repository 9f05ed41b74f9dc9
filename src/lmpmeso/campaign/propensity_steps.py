"""Steps of the propensity: isoconfigurational runs from inherent structures, against their κ-field."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lmpmeso.campaign.dynamics_steps import equilibrium_parts
from lmpmeso.campaign.landscape_steps import Checkpoints
from lmpmeso.configurations import (
    InherentStructure,
    read_inherent_structures,
    read_netcdf_fields,
    write_inherent_structures,
)
from lmpmeso.engine.records import noted_warnings, read_record, write_record, write_table
from lmpmeso.engine.stage import seed_of
from lmpmeso.engine.step import Workplace
from lmpmeso.errors import CampaignError
from lmpmeso.hessians import interacting_pairs
from lmpmeso.models import get_model
from lmpmeso.propensity import LocalField, PropensityStudy, propensity, stiffness_and_mobility
from lmpmeso.propensity.study import PROPENSITY_UNITS

PROPENSITY_VERSION = 2
CORRELATIONS_VERSION = 3
CONFIGURATIONS_PER_SHARD = 5
CORRELATIONS_FILE = "local-correlations.json"
CORRELATIONS_FILES = {
    "spearman": "spearman.csv",
    "kappa_ranks": "rank-distribution.csv",
    "particles": "particles.csv",
    "kappa_populations": "kappa-by-population.csv",
    "representative": "representative.csv",
}
"""File of a state point by the name of its table."""


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

    ``work.needs`` are the equilibration, which knows τ_α, and the shards of glasses that hold them.
    Glasses whose quench failed are left out.
    """
    glass_model = get_model(model)
    tau = read_record(work.needs[0], "equilibration")["tau_alpha"]
    found: dict[int, InherentStructure] = {}
    for path in work.needs[1:]:
        record = read_record(path, "glasses")
        structures = read_inherent_structures(record.data(f"{path.stem}.nc"), glass_model)
        found |= dict(zip(record["glasses"], structures, strict=True))
    first, last = numbers[0], numbers[-1]
    there = [number for number in numbers if number in found]
    if not there:
        raise CampaignError(f"none of the glasses {', '.join(map(str, numbers))} could be quenched")
    study = PropensityStudy(
        glass_model, temperature, duration=time_tau * tau, n_runs=runs, accelerator=accelerator
    )
    with noted_warnings() as notes:
        for part, number in enumerate(there):
            done = work.folder / f"{number:05d}.nc"
            if done.is_file():
                continue
            structure = found[number]
            folder = work.folder / f"runs-{number:05d}"
            ensemble = study.ensemble(
                structure,
                seed_of(seed, "velocities", number),
                folder,
                Checkpoints(work, part, len(there)),
            )
            mobility = propensity(ensemble)
            relative = propensity(ensemble, neighbours=interacting_pairs(structure, glass_model))
            write_inherent_structures(
                done,
                [structure],
                per_frame={"glass": [number], "reliability": [mobility.reliability]},
                per_particle={
                    "kappa": study.local_stiffness(structure, device="cpu"),
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
        time=study.duration,
        runs=runs,
        warnings=notes,
    )


def correlate(
    work: Workplace,
    *,
    model: str,
    shares: Sequence[int],
    level: float,
    seed: int,
    identity: Mapping[str, Any],
) -> None:
    """C_s, ranks and populations of mobile and immobile particles.

    ``work.needs`` are, of each replica, its dynamics and as many shards as ``shares`` says. A replica
    that was no equilibrium liquid is left out, as in :func:`~lmpmeso.campaign.summary_steps.summarise`.
    """
    glass_model = get_model(model)
    fields: list[LocalField] = []
    parts = equilibrium_parts(work.needs, shares)
    for need in parts.paths:
        path = read_record(need, "propensity").data(f"{need.stem}.nc")
        found = read_netcdf_fields(path)
        fields += [
            LocalField(structure, kappa, mobility, reliability)
            for structure, kappa, mobility, reliability in zip(
                read_inherent_structures(path, glass_model),
                found["kappa"],
                found["propensity"],
                found["reliability"].tolist(),
                strict=True,
            )
        ]
    result = stiffness_and_mobility(fields, glass_model, level=level, seed=seed)
    summary, tables = result.summary(), result.tables()
    particles = tables["particles"]
    tables["particles"] = particles[particles["population"] != ""]
    folder = work.target.parent
    files = {
        (file := CORRELATIONS_FILES[name]): write_table(folder / file, table, PROPENSITY_UNITS)
        for name, table in tables.items()
    }
    write_record(
        work,
        "local correlations",
        identity,
        files,
        summary=summary
        | {
            "caveat": "; ".join(filter(None, (summary["caveat"], parts.left_out, parts.excluded))),
            "excluded": parts.excluded,
        },
        seed=seed,
    )
