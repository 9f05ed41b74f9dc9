"""Steps of the glasses: shards of quenches, and the elasticity of their inherent structures.

A glass is named by its number, that of the block of the production run which it ends. A quench or an
analysis that fails is recorded and left out; a shard in which too many fail is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lmpmeso.campaign.liquid_steps import ProductionRun
from lmpmeso.campaign.stiffness_file import read_stiffness, write_stiffness
from lmpmeso.configurations import (
    InherentStructure,
    read_inherent_structures,
    write_inherent_structures,
)
from lmpmeso.elasticity import GlassAnalysis, analyse, kappa_field
from lmpmeso.engine.records import noted_warnings, read_record, write_record
from lmpmeso.engine.stage import seed_of
from lmpmeso.engine.step import Workplace
from lmpmeso.errors import (
    CampaignError,
    ConvergenceError,
    UnstableStructureError,
)
from lmpmeso.execution import Execution
from lmpmeso.files.plain_json import read_json, write_json
from lmpmeso.files.tables import write_table
from lmpmeso.models import get_model
from lmpmeso.protocols import quench

QUENCH_VERSION = 1
ELASTICITY_VERSION = 1
MAX_FAILED = 0.2
"""Largest part of a shard that may fail: beyond it, what is left is no fair sample."""

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

OUTCOME = ".outcome"
"""Ends the name of the file that says that a glass of a shard is done, and whether it failed."""


def shard_name(first: int, last: int) -> str:
    """Stem of the files of the glasses from one number to another, both included."""
    return f"{first:05d}-{last:05d}"


def quench_shard(
    work: Workplace,
    *,
    model: str,
    temperature: float,
    first: int,
    last: int,
    minimizer: str,
    tolerance: float,
    seed: int,
    accelerator: str,
    identity: Mapping[str, Any],
) -> None:
    """Quench the configurations after some blocks of a production run; its segments are needed.

    The record lists ``glasses`` (the numbers of the frames of the NetCDF file) and ``failures``.
    """
    glass_model = get_model(model)
    run = ProductionRun(work.needs, glass_model, temperature)
    numbers = range(first, last + 1)

    def make(number: int, path: Path) -> None:
        structure = quench(
            run.configuration(number),
            glass_model,
            minimizer,
            tolerance=tolerance,
            seed=seed_of(seed, "quench", number),
            execution=Execution(accelerator),
        )
        write_inherent_structures(path, [structure])

    failures, notes = _each(work, numbers, ".nc", make, "quenches")
    done = [n for n in numbers if n not in failures]
    structures = [read_inherent_structures(_part(work, n, ".nc"), glass_model)[0] for n in done]
    name = f"{shard_name(first, last)}.nc"
    path = work.target.with_name(name)
    write_inherent_structures(path, structures, per_frame={"glass": done})
    write_record(
        work,
        "glasses",
        identity,
        {name: path},
        glasses=done,
        failures=_as_text(failures),
        seeds={str(n): seed_of(seed, "quench", n) for n in done},
        warnings=notes,
    )


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
    """κ_ij, G and K of the inherent structures of a shard (``work.needs[0]``)."""
    glass_model = get_model(model)
    shard = shard_name(first, last)
    record = read_record(work.needs[0], "glasses")
    by_number: dict[int, InherentStructure] = dict(
        zip(
            record["glasses"],
            read_inherent_structures(record.data(f"{shard}.nc"), glass_model),
            strict=True,
        )
    )

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

    failures, notes = _each(work, list(by_number), ".json", make, "analyses")
    done = [n for n in by_number if n not in failures]
    bonds = {n: read_stiffness(_part(work, n, ".npz"))[n] for n in done}
    glasses = pd.DataFrame([read_json(_part(work, n, ".json")) for n in done])
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
        failures=_as_text(failures),
        warnings=notes,
    )


def _numbers(structure: InherentStructure, found: GlassAnalysis) -> dict[str, Any]:
    """The numbers of a glass by name."""
    shear, bulk = found.shear, found.bulk
    return {
        "energy_per_particle": structure.energy / structure.n_particles,
        "max_force": structure.max_force,
        "iterations": structure.iterations,
        "newton_iterations": structure.newton_iterations,
        "pressure": bulk.pressure,
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


def _each(
    work: Workplace,
    numbers: Iterable[int],
    suffix: str,
    make: Callable[[int, Path], None],
    what: str,
) -> tuple[dict[int, str], list[str]]:
    """Make the part of each glass that is not there yet, a checkpoint after each.

    Returns:
        Why some failed, by number; and the warnings.

    Raises:
        CampaignError: too many failed.
    """
    todo = list(numbers)
    failures: dict[int, str] = {}
    notes: list[str] = []
    work.progress(0, len(todo))
    for done, number in enumerate(todo, start=1):
        outcome = _part(work, number, OUTCOME)
        if not outcome.is_file():
            error = None
            with noted_warnings() as heard:
                try:
                    make(number, _part(work, number, suffix))
                except (ConvergenceError, UnstableStructureError) as failure:
                    error = str(failure)
            write_json(outcome, {"error": error, "warnings": heard})
            work.checkpoint()
        found = read_json(outcome)
        if found["error"] is not None:
            failures[number] = found["error"]
        notes += found["warnings"]
        work.progress(done, len(todo))
    if len(failures) > max(1, MAX_FAILED * len(todo)) or len(failures) == len(todo):
        first, reason = next(iter(failures.items()))
        raise CampaignError(
            f"{len(failures)} of {len(todo)} {what} failed, too many to leave out; the first, of "
            f"glass {first}: {reason}"
        )
    return failures, list(dict.fromkeys(notes))


def _part(work: Workplace, number: int, suffix: str) -> Path:
    """A file of one glass in the work folder."""
    return work.folder / f"{number:05d}{suffix}"


def _as_text(failures: Mapping[int, str]) -> dict[str, str]:
    """Failures with the keys of JSON."""
    return {str(number): reason for number, reason in failures.items()}
