"""LAMMPS steps per second of each model and accelerator of the build at hand.

    python scripts/bench_lammps.py [MODEL ...]

Each row is the best of three runs of the same liquid; NVT as in lmp_inputs/in.equilibrate.
"""

import argparse
import re
import tempfile
from pathlib import Path

from lmpmeso.configurations import write_data
from lmpmeso.data_files import lmp_input
from lmpmeso.models import get_model, model_names
from lmpmeso.models.lammps_styles import lammps_pair_style
from lmpmeso.simulation import LammpsSession, equilibrate, lammps_build
from lmpmeso.simulation.inputs import script_variables

TEMPERATURES = {"sw": 0.05, "ss": 1.0, "ss-0.70": 1.0, "ss-0.95": 1.0}
SETTINGS = (("none", 1), ("opt", 1), ("omp", 1), ("omp", 2), ("kokkos", 1), ("gpu", 1))


def steps_per_second(model, temperature, configuration, accelerator, threads, n_steps):
    """The best of three."""
    best = 0.0
    for _ in range(3):
        with (
            tempfile.TemporaryDirectory() as folder,
            LammpsSession(accelerator, threads, [lammps_pair_style(model)]) as lmp,
        ):
            work = Path(folder)
            found = script_variables(model, work)
            write_data(work / "start.data", configuration, model)
            lmp.run_file(
                lmp_input("in.equilibrate"),
                {
                    "model": found.model,
                    "inputs": found.inputs,
                    "potentials": found.potentials,
                    "data": work / "start.data",
                    "velocity_seed": 0,
                    "temperature": temperature,
                    "last_step": n_steps,
                    "save_restart": work / "end.restart",
                    "write_data": "no",
                },
            )
            seconds = float(re.findall(r"Loop time of (\S+)", lmp.log_text())[-1])
        best = max(best, n_steps / seconds)
    return best


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", default=model_names())
    parser.add_argument("-n", type=int, default=2000, help="number of particles")
    parser.add_argument("--steps", type=int, default=500)
    options = parser.parse_args()
    build = lammps_build()
    print("| model | N | T | accelerator | threads | steps/s |")
    print("|---|---|---|---|---|---|")
    for name in options.models:
        model = get_model(name)
        temperature = TEMPERATURES.get(name, 0.8)
        duration = 500 * model.time_step_at(temperature)
        liquid = equilibrate(model, temperature, options.n, duration=duration).configuration
        for accelerator, threads in SETTINGS:
            if build.obstacle(accelerator, [lammps_pair_style(model)]) is None:
                rate = steps_per_second(
                    model, temperature, liquid, accelerator, threads, options.steps
                )
                print(
                    f"| {name} | {options.n} | {temperature:g} | {accelerator} | {threads} | {rate:.0f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
