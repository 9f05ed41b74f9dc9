"""LAMMPS steps per second of each model with every accelerator of the build at hand, and of lj/cut.

    python scripts/benchmarks/bench_lammps.py [MODEL ...]

NVT as in lmp_inputs/in.equilibrate, from one liquid a model. "lj/cut" is the same liquid with plain
Lennard-Jones forces of the same cut-offs and diameters. Steps per second of CPU time and thread (loop time × the CPU
use that LAMMPS reports), best of several rounds in turn, so that other work on the machine matters little.
"""

import argparse
import re
import tempfile
from dataclasses import replace
from pathlib import Path

from lmpmeso.configurations import write_data
from lmpmeso.files.package_data import lmp_input
from lmpmeso.lammps import LammpsSession, lammps_build, run_in_worker
from lmpmeso.lammps.inputs import script_variables, write_includes
from lmpmeso.models import get_model, model_names
from lmpmeso.models.lammps_styles import lammps_pair_style
from lmpmeso.protocols import equilibrate

TEMPERATURES = {"sw": 0.05, "ss": 1.0, "ss-0.70": 1.5, "ss-0.95": 5.0}
SETTINGS = (("none", 1), ("opt", 1), ("omp", 1), ("omp", 2), ("kokkos", 1), ("gpu", 1))
ROUNDS = 3
PLAIN = "lj/cut"


def lj_include(model):
    """``pair.NAME`` of Lennard-Jones particles with the model's cut-offs and diameters."""
    lines = [f"pair_style {PLAIN} {model.max_cutoff}"]
    for a, b, potential in model.species_pairs():
        diameter = getattr(potential, "diameter", 1.0)
        lines.append(f"pair_coeff {a + 1} {b + 1} 1.0 {diameter} {potential.cutoff}")
    return "\n".join(lines) + "\n"


def steps_per_second(model, temperature, configuration, style, accelerator, threads, n_steps):
    """Steps per second of CPU time and thread; style is the model's own, or lj/cut."""
    with (
        tempfile.TemporaryDirectory() as folder,
        LammpsSession(accelerator, threads, [style]) as lmp,
    ):
        work = Path(folder)
        found = script_variables(model, work)
        inputs = found["inputs"]
        if style != lammps_pair_style(model):
            inputs = work / "plain"
            inputs.mkdir()
            # Lennard-Jones forces are harder than those of sw: they need a shorter step.
            short = min(model.time_step, 0.005)
            write_includes(
                replace(model, time_step=short, high_temperature_time_step=short), inputs
            )
            (inputs / f"pair.{model.name}").write_text(lj_include(model))
        write_data(work / "start.data", configuration, model)
        lmp.run_file(
            lmp_input("in.equilibrate"),
            {
                "model": found["model"],
                "inputs": inputs,
                "potentials": found["potentials"],
                "data": work / "start.data",
                "velocity_seed": 0,
                "temperature": temperature,
                "last_step": n_steps,
                "save_restart": work / "end.restart",
                "write_data": "no",
            },
        )
        log = lmp.log_text()
    seconds = float(re.findall(r"Loop time of (\S+)", log)[-1])
    use = float(re.findall(r"([\d.]+)% CPU use", log)[-1]) / 100.0
    return n_steps * threads / (seconds * use)


def _here(function, *arguments):
    """Call it in this process."""
    return function(*arguments)


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", default=model_names())
    parser.add_argument("-n", type=int, default=2000, help="number of particles")
    parser.add_argument("--steps", type=int, default=200)
    options = parser.parse_args()
    build = lammps_build()
    names = [f"{name} {threads}" if name == "omp" else name for name, threads in SETTINGS]
    print(f"LAMMPS {build.version}, N = {options.n}, steps/s of CPU time and thread")
    print(f"| model (pair style) | T | {' | '.join(names)} | auto | {PLAIN} | auto / {PLAIN} |")
    print("|---" * (len(names) + 5) + "|")
    for name in options.models:
        model = get_model(name)
        style, temperature = lammps_pair_style(model), TEMPERATURES.get(name, 0.8)
        duration = 500 * model.time_step_at(temperature)
        liquid = equilibrate(model, temperature, options.n, duration=duration).configuration
        runs = [(style, *s) for s in SETTINGS if build.obstacle(s[0], [style]) is None]
        best = dict.fromkeys([*runs, (style, "auto", 1), (PLAIN, "auto", 1)], 0.0)
        for _ in range(ROUNDS):
            for run in best:
                # Idle OpenMP threads spin and would be counted with the runs that follow.
                alone = run_in_worker if run[2] > 1 else _here
                rate = alone(steps_per_second, model, temperature, liquid, *run, options.steps)
                best[run] = max(best[run], rate)
        cells = [f"{best[style, *s]:.0f}" if (style, *s) in best else "–" for s in SETTINGS]
        auto, plain = best[style, "auto", 1], best[PLAIN, "auto", 1]
        print(
            f"| {name} (`{style}`) | {temperature:g} | {' | '.join(cells)} | {auto:.0f} | {plain:.0f} "
            f"| {auto / plain:.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
