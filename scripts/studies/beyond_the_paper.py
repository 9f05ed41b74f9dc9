"""Melts of models beyond the paper, cooled in steps, and their glasses.

    python scripts/studies/beyond_the_paper.py cuzr silica --folder DIR   # may be stopped and goes on

A melt is made at random at the highest temperature and cooled in steps; at each temperature it runs on, and its
last configuration is quenched. Glasses of one temperature come from melts of their own, so that they are independent.
DIR/MODEL/MELT-TEMPERATURE.json holds F_s, κ, G and K, and files beside it the glass and every κ_ij.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import lmpmeso
from lmpmeso.configurations import Configuration
from lmpmeso.errors import ConvergenceError, UnstableStructureError
from lmpmeso.files.atomic import replacing
from lmpmeso.models import GlassModel, get_model


@dataclass(frozen=True)
class Ladder:
    """How the melts of a model are cooled.

    Attributes:
        n_particles: N.
        steps: (temperature, time before, time of the trajectory) [K, ps, ps].
        q: wave number of F_s [1/Å] of the model's tracer.
    """

    n_particles: int
    steps: tuple[tuple[float, float, float], ...]
    q: float


LADDERS = {
    "cuzr": Ladder(216, ((2000.0, 1.0, 1.5), (1600.0, 2.0, 2.0), (1300.0, 4.0, 4.0)), 2.7),
    "silica": Ladder(
        216, ((2000.0, 0.6, 0.6), (1200.0, 2.0, 2.5), (900.0, 4.0, 4.0), (700.0, 4.0, 4.0)), 1.7
    ),
}
N_MELTS = 10


def melt(name: str, number: int, folder: Path) -> None:
    """Cool one melt, and quench it at each temperature; what is there already is kept."""
    model, ladder = get_model(name), LADDERS[name]
    liquid: Configuration | None = None
    for temperature, before, observed in ladder.steps:
        stem = folder / name / f"{number:02d}-{temperature:g}"
        stem.parent.mkdir(parents=True, exist_ok=True)
        kept = stem.with_suffix(".liquid.dump")
        if not stem.with_suffix(".json").is_file():
            settled = lmpmeso.equilibrate(
                model,
                temperature,
                ladder.n_particles if liquid is None else None,
                100 * number + 1,
                duration=before,
                start=liquid,
            )
            run = lmpmeso.run_trajectory(
                settled.configuration,
                model,
                temperature,
                block_duration=observed,
                n_blocks=1,
                ratio=1.3,
            )
            lmpmeso.write_dump(kept, run.configuration)
            fs = lmpmeso.self_intermediate(run.trajectory, q=ladder.q)
            told: dict[str, Any] = {
                "model": name,
                "melt": number,
                "temperature": temperature,
                "fs": [[float(t), float(v)] for t, v in zip(fs["t"], fs["Fs"], strict=True)],
                **glass_of(run.configuration, model, stem),
            }
            with replacing(stem.with_suffix(".json")) as temporary:
                temporary.write_text(json.dumps(told))
            print(name, number, temperature, told["kappa"], told["shear_modulus"], flush=True)
        liquid = lmpmeso.read_configuration(kept, model)


def glass_of(liquid: Configuration, model: GlassModel, stem: Path) -> dict[str, Any]:
    """The inherent structure below a configuration, and everything elastic about it; κ_ij go into a file."""
    try:
        glass = lmpmeso.quench(liquid, model)
    except (UnstableStructureError, ConvergenceError) as error:
        return {"failed": str(error), "kappa": None, "shear_modulus": None}
    lmpmeso.write_dump(stem.with_suffix(".glass.dump"), glass)
    found = lmpmeso.analyse(glass, model)
    bonds = found.bonds
    np.savez(
        stem.with_suffix(".npz"),
        kappa_p=bonds["kappa"].to_numpy(),
        i_p=bonds["i"].to_numpy(),
        j_p=bonds["j"].to_numpy(),
        distance_p=bonds["distance"].to_numpy(),
        species_n=glass.species,
        field_n=found.field,
    )
    return {
        "kappa": float(bonds["kappa"].mean()),
        "kappa_error": float(bonds.attrs["kappa_error"]),
        "shear_modulus": float(found.shear.value),
        "born": float(found.shear.born),
        "bulk_modulus": float(found.bulk.value),
        "pressure": float(found.bulk.pressure),
        "energy_per_particle": float(glass.energy / glass.n_particles),
    }


def main() -> None:
    """Cool all melts that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", default=list(LADDERS))
    parser.add_argument("--folder", type=Path, required=True)
    arguments = parser.parse_args()
    for number in range(N_MELTS):
        for name in arguments.models:
            melt(name, number, arguments.folder)


if __name__ == "__main__":
    main()
