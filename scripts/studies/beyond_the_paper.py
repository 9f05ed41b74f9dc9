"""Melts of models beyond the paper, cooled in steps, and their glasses; tables by beyond_tables.py.

    python scripts/studies/beyond_the_paper.py cuzr silica --folder DIR   # may be stopped and goes on

A melt is made at random at the highest temperature and cooled in steps; at each temperature it runs on, and its
last configuration is quenched. Glasses of one temperature come from melts of their own, so that they are independent.
DIR/MODEL/MELT-TEMPERATURE.json holds F_s, κ, G and K, and files beside it the glass and every κ_ij.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import lmpmeso
from lmpmeso.configurations import Configuration
from lmpmeso.errors import ConvergenceError, UnstableStructureError
from lmpmeso.files.plain_json import read_json, write_json
from lmpmeso.models import GlassModel, get_model


@dataclass(frozen=True)
class Step:
    """One temperature of a ladder: T [K], time before the trajectory and of it [ps]."""

    temperature: float
    before: float
    observed: float


@dataclass(frozen=True)
class Ladder:
    """How the melts of a model are cooled.

    Attributes:
        n_particles: N.
        steps: from the hottest on.
    """

    n_particles: int
    steps: tuple[Step, ...]


LADDERS = {
    "cuzr": Ladder(
        256,
        (
            Step(2000.0, 0.8, 1.0),
            Step(1600.0, 1.5, 1.5),
            Step(1300.0, 3.0, 3.0),
            Step(1000.0, 1.5, 1.5),
            Step(700.0, 1.0, 1.0),
        ),
    ),
    "silica": Ladder(
        324,
        (
            Step(5000.0, 0.4, 0.6),
            Step(4000.0, 1.2, 1.3),
            Step(3500.0, 4.0, 4.0),
            Step(2500.0, 1.0, 1.0),
        ),
    ),
}
N_MELTS = 10


def seed_of(melt: int, step: int) -> int:
    """Of the random start (step 0) and of the velocities of every step."""
    return 100 * melt + step + 1


def melt(name: str, number: int, folder: Path, until: float) -> None:
    """Cool one melt, and quench it at each temperature; what is there already is kept."""
    model, ladder = get_model(name), LADDERS[name]
    liquid: Configuration | None = None
    for at, step in enumerate(ladder.steps):
        stem = folder / name / f"{number:02d}-{step.temperature:g}"
        stem.parent.mkdir(parents=True, exist_ok=True)
        kept = stem.with_suffix(".liquid.dump")
        if not stem.with_suffix(".json").is_file():
            if time.monotonic() > until:
                return
            settled = lmpmeso.equilibrate(
                model,
                step.temperature,
                ladder.n_particles if liquid is None else None,
                seed_of(number, at),
                duration=step.before,
                start=liquid,
            )
            run = lmpmeso.run_trajectory(
                settled.configuration,
                model,
                step.temperature,
                block_duration=step.observed,
                n_blocks=1,
                ratio=1.3,
            )
            lmpmeso.write_dump(kept, run.configuration)
            fs = lmpmeso.self_intermediate(run.trajectory)
            told: dict[str, Any] = {
                "model": name,
                "melt": number,
                "seed": seed_of(number, at),
                "n_particles": ladder.n_particles,
                "temperature": step.temperature,
                "before": step.before,
                "observed": step.observed,
                "q": fs.attrs["q"],
                "t": fs["t"].tolist(),
                "Fs": fs["Fs"].tolist(),
                **glass_of(run.configuration, model, stem),
            }
            write_json(stem.with_suffix(".json"), told)
            print(f"{stem.name}: {time.process_time():.0f} s of processor time so far", flush=True)
        liquid = lmpmeso.read_configuration(kept, model)


def glass_of(liquid: Configuration, model: GlassModel, stem: Path) -> dict[str, Any]:
    """The inherent structure below a configuration, and everything elastic about it; κ_ij go into a file."""
    try:
        glass = lmpmeso.quench(liquid, model)
    except (UnstableStructureError, ConvergenceError) as error:
        return {"failed": str(error)}
    lmpmeso.write_dump(stem.with_suffix(".glass.dump"), glass)
    return {"energy": float(glass.energy / glass.n_particles), **elasticity_of(glass, model, stem)}


def elasticity_of(glass: Configuration, model: GlassModel, stem: Path) -> dict[str, float]:
    """κ, κ of an infinite glass, G, K and pressure; every κ_ij goes into a file."""
    found = lmpmeso.analyse(glass, model)
    bonds = found.bonds
    np.savez(
        stem.with_suffix(".npz"),
        kappa_p=bonds["kappa"].to_numpy(),
        i_p=bonds["i"].to_numpy(),
        j_p=bonds["j"].to_numpy(),
        species_n=glass.species,
    )
    return {
        "kappa": float(bonds["kappa"].mean()),
        "kappa_infinity": found.kappa_size_corrected,
        "kappa_error": found.kappa_error,
        "shear_modulus": float(found.shear.value),
        "born": float(found.shear.born),
        "bulk_modulus": float(found.bulk.value),
        "pressure": float(found.bulk.pressure),
    }


def measure_again(name: str, folder: Path) -> None:
    """κ, G and K of all glasses that are there, by this version of the package."""
    model = get_model(name)
    for path in sorted((folder / name).glob("*.glass.dump")):
        stem = path.with_name(path.name.removesuffix(".glass.dump"))
        glass = lmpmeso.read_configuration(path, model)
        kept = stem.with_suffix(".json")
        write_json(kept, read_json(kept) | elasticity_of(glass, model, stem))


def main() -> None:
    """Cool all melts that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", default=list(LADDERS))
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=np.inf, help="begin nothing after these")
    parser.add_argument("--again", action="store_true", help="only measure the glasses anew")
    arguments = parser.parse_args()
    if arguments.again:
        for name in arguments.models:
            measure_again(name, arguments.folder)
        return
    until = time.monotonic() + 60.0 * arguments.minutes
    for number in range(N_MELTS):
        for name in arguments.models:
            melt(name, number, arguments.folder, until)


if __name__ == "__main__":
    main()
