"""What steps cost on one core, for the plan of a campaign: rows of campaign/costs.csv.

    python scripts/benchmarks/measure_campaign_costs.py ipl ss mblj sw ipl2d ka

Processor seconds at two sizes (a power law serves in between and beyond): MD steps per second, one
quench with its polish, all κ_ij and G of one glass, and the memory that the κ-field is estimated to
take. Liquids come from a short run at the middle of the model's temperature range.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from lmpmeso.elasticity import dipole_stiffness, shear_modulus
from lmpmeso.hessians import hessian
from lmpmeso.models import get_model
from lmpmeso.protocols import equilibrate, quench

SIZES = (1000, 4000)
PARTICLE_STEPS = 4e6
MD_REPEATS = 2
HEADER = (
    "model,n_particles,md_steps_per_second,quench_seconds,elasticity_seconds,elasticity_gib,bonds"
)


def measure(name: str, n_particles: int) -> str:
    model = get_model(name)
    temperature = float(np.sqrt(np.prod(model.temperature_range)))
    steps = round(PARTICLE_STEPS / n_particles)
    duration = steps * model.time_step_at(temperature)
    liquid = equilibrate(model, temperature, n_particles, 1, duration=duration).configuration
    rates = []
    for k in range(MD_REPEATS):
        started = time.process_time()
        liquid = equilibrate(
            model, temperature, seed=2 + k, duration=duration, start=liquid
        ).configuration
        rates.append(steps / (time.process_time() - started))
    started = time.process_time()
    glass = quench(liquid, model)
    quenched = time.process_time() - started
    started = time.process_time()
    matrix = hessian(glass, model)
    bonds = dipole_stiffness(matrix, pairs="all", threads=1)
    shear_modulus(matrix)
    analysed = time.process_time() - started
    memory = bonds.attrs["memory_bytes"] / 2**30
    return f"{name},{n_particles},{max(rates):.3g},{quenched:.3g},{analysed:.3g},{memory:.3g},{len(bonds)}"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("models", nargs="+")
    print(HEADER, flush=True)
    for name in arguments.parse_args().models:
        for n_particles in SIZES:
            print(measure(name, n_particles), flush=True)


if __name__ == "__main__":
    main()
