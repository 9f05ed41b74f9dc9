"""Time quenches: LAMMPS and then Newton steps, against LAMMPS's minimisers alone to the same force.

    python scripts/benchmarks/bench_landscape.py               # N = 2000, all models: some minutes
    python scripts/benchmarks/bench_landscape.py --models ss   # one of them

Every quench starts from the same short run of the liquid, on one core without an accelerator; times
are processor time. LAMMPS alone minimises in the potential it simulates with, where the force goes
to 1e-10; the last column is what is left of it in the exact potential. Then: neighbouring frames that
share their structure, each polished by itself or recognised.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

# One thread, so that the times are those of one core.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from lmpmeso.configurations import Configuration, write_data
from lmpmeso.execution import Execution
from lmpmeso.files.package_data import lmp_input
from lmpmeso.hessians import evaluate
from lmpmeso.lammps import LammpsSession
from lmpmeso.lammps.box import with_consecutive_ids
from lmpmeso.lammps.inputs import script_variables
from lmpmeso.landscape.recognition import FrameQuencher, QuenchSettings
from lmpmeso.models import GlassModel, get_model
from lmpmeso.models.lammps_styles import lammps_pair_style
from lmpmeso.protocols import equilibrate, quench

T = TypeVar("T")

TEMPERATURES = {"ipl": 0.66, "mblj": 0.55, "ss": 1.0, "sw": 0.0222}
FORCE = 1e-10
STEPS = 400
MOST_ITERATIONS = 100_000
SCATTER = 1e-3
"""Displacement of frames about one structure, in units of a0."""


def lammps_alone(
    liquid: Configuration, model: GlassModel, minimizer: str
) -> tuple[Configuration, str, int]:
    """The end of one minimisation, why it stopped, and its iterations."""
    with (
        tempfile.TemporaryDirectory() as folder,
        LammpsSession("none", 1, [lammps_pair_style(model)]) as lmp,
    ):
        work = Path(folder)
        write_data(work / "liquid.data", with_consecutive_ids(liquid), model)
        variables = {
            **script_variables(model, work),
            "data": work / "liquid.data",
            "minimizer": minimizer,
            "force_tolerance": FORCE,
            "max_iterations": MOST_ITERATIONS,
            "write_output": "no",
        }
        lmp.run_file(lmp_input("in.quench"), variables)
        end = lmp.get_configuration(liquid, velocities_nc=None)
        return end, lmp.stopping_criterion(), lmp.minimizer_iterations()


def timed(function: Callable[[], T]) -> tuple[float, T]:
    """Processor time and result."""
    begin = time.process_time()
    result = function()
    return time.process_time() - begin, result


def quenches(model: GlassModel, liquid: Configuration, minimizers: list[str]) -> None:
    ours, structure = timed(
        lambda: quench(liquid, model, execution=Execution("none"), tolerance=FORCE)
    )
    steps = f"{structure.iterations} + {structure.newton_iterations} Newton"
    row(model.name, "LAMMPS CG, then Newton", ours, ours, steps, "tolerance", structure.max_force)
    for minimizer in minimizers:
        if minimizer != "cg":
            seconds, structure = timed(
                lambda minimizer=minimizer: quench(
                    liquid, model, minimizer, execution=Execution("none"), tolerance=FORCE
                )
            )
            steps = f"{structure.iterations} + {structure.newton_iterations} Newton"
            name = f"LAMMPS {minimizer.upper()}, then Newton"
            row(model.name, name, seconds, ours, steps, "tolerance", structure.max_force)
        seconds, (end, why, iterations) = timed(
            lambda minimizer=minimizer: lammps_alone(liquid, model, minimizer)
        )
        left = evaluate(end, model).max_force
        name = f"LAMMPS {minimizer.upper()} alone"
        row(model.name, name, seconds, ours, str(iterations), why, left)


def recognition(model: GlassModel, liquid: Configuration) -> None:
    structure = quench(liquid, model, execution=Execution("none"))
    generator = np.random.default_rng(1)
    frames = [
        structure.with_positions(
            structure.positions_nc
            + generator.normal(0.0, SCATTER * model.a0, structure.positions_nc.shape)
        )
        for _ in range(4)
    ]
    seconds = {}
    for recognise in (False, True):
        quencher = FrameQuencher(
            QuenchSettings(model, execution=Execution("none"), recognise=recognise)
        )
        quencher.quench(frames[0])
        quencher.quench(frames[1])  # makes the factor
        seconds[recognise], _ = timed(lambda q=quencher: [q.quench(f) for f in frames[2:]])
    print(
        f"| {model.name} | frame of a structure met before | {seconds[True] / 2:.2f} | "
        f"{seconds[False] / seconds[True]:.1f} times as fast as polished by itself | | | |",
        flush=True,
    )


def row(
    name: str, what: str, seconds: float, ours: float, steps: str, why: str, force: float
) -> None:
    print(
        f"| {name} | {what} | {seconds:.2f} | {1 / seconds:.2f} | {seconds / ours:.1f} | "
        f"{steps} ({why}) | {force:.1g} |",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", default=",".join(TEMPERATURES))
    parser.add_argument("--particles", type=int, default=2000)
    parser.add_argument("--minimizers", default="cg,fire")
    arguments = parser.parse_args()
    print(
        "| model | quench | CPU s | per second and core | time, ours = 1 | iterations | force left |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name in arguments.models.split(","):
        model, temperature = get_model(name), TEMPERATURES[name]
        duration = STEPS * model.time_step_at(temperature)
        liquid = equilibrate(
            model,
            temperature,
            arguments.particles,
            seed=1,
            duration=duration,
            execution=Execution("none"),
        ).configuration
        quenches(model, liquid, arguments.minimizers.split(","))
        recognition(model, liquid)


if __name__ == "__main__":
    main()
