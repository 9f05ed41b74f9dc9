"""Make scripts/benchmarks/glasses: inherent structures to time the κ-field on.

A short run of the liquid, then a quench. Positions are stored as 32-bit fractions of the box edge,
which leaves forces of some 10⁻⁷ of the contact forces: enough for timing, half the size of doubles.

    python scripts/benchmarks/make_benchmark_glasses.py [MODEL-N ...]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from lmpmeso.files.atomic import replacing
from lmpmeso.models import get_model
from lmpmeso.protocols import equilibrate, quench

FOLDER = Path(__file__).resolve().parent / "glasses"
TEMPERATURES = {"ipl": 0.8, "ipl2d": 0.5, "mblj": 0.7, "ss": 1.0, "sw": 0.035}
DURATION_IN_T0 = 20.0
NAMES = [
    "ipl-2000",
    "ipl-8000",
    "ipl-32000",
    "ipl2d-2000",
    "mblj-2000",
    "ss-2000",
    "sw-2000",
    "sw-8000",
]


def make(name: str, seed: int = 1) -> None:
    """Equilibrate for a short while, quench, store."""
    model_name, number = name.rsplit("-", 1)
    model, n_particles = get_model(model_name), int(number)
    temperature = TEMPERATURES[model_name]
    duration = DURATION_IN_T0 * model.t0(temperature)
    liquid = equilibrate(model, temperature, n_particles, seed, duration=duration).configuration
    glass = quench(liquid, model, tolerance=1e-8, polish=False)
    fraction_nc = glass.wrapped_positions() / glass.box_c
    stored = np.round(fraction_nc * 2.0**32).astype(np.uint64).astype(np.uint32)
    with replacing(FOLDER / f"{name}.npz") as path:
        np.savez_compressed(
            path, fraction_nc=stored, species=glass.species.astype(np.int8), box_c=glass.box_c
        )
    print(f"{name}: largest force {glass.max_force:.1e}, {glass.stopping_criterion}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("names", nargs="*", default=NAMES, metavar="MODEL-N")
    FOLDER.mkdir(exist_ok=True)
    for glass_name in parser.parse_args().names:
        make(glass_name)
