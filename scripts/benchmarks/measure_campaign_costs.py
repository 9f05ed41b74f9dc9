"""What steps cost on one core, for the plan of a campaign: rows of campaign/costs.csv.

    python scripts/benchmarks/measure_campaign_costs.py ipl ss mblj sw ipl2d ka
    python scripts/benchmarks/measure_campaign_costs.py --sizes 300 1000 --particle-steps 5e5 harmonic harmonic-2d wca \
        poly-swap lj-poly cuzr silica si-tersoff

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
MD_REPEATS = 2
HEADER = (
    "model,n_particles,md_steps_per_second,quench_seconds,elasticity_seconds,elasticity_gib,bonds"
)


def measure(name: str, n_particles: int, particle_steps: float) -> str:
    model = get_model(name)
    temperature = float(np.sqrt(np.prod(model.temperature_range)))
    steps = round(particle_steps / n_particles)
    duration = steps * model.time_step_at(temperature)
    liquid = equilibrate(model, temperature, n_particles, 1, duration=duration).configuration
    rates = []
    for k in range(MD_REPEATS):
        started = time.process_time()
        liquid = equilibrate(
            model, temperature, seed=2 + k, duration=duration, start=liquid
        ).configuration
        rates.append(steps / (time.process_time() - started))
    quench(liquid, model)  # loads and compiles
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
    arguments.add_argument("--sizes", type=int, nargs=2, default=SIZES)
    arguments.add_argument("--particle-steps", type=float, default=4e6, help="of each run of MD")
    options = arguments.parse_args()
    print(HEADER, flush=True)
    for name in options.models:
        for n_particles in options.sizes:
            print(measure(name, n_particles, options.particle_steps), flush=True)


if __name__ == "__main__":
    main()
