"""Minimisers that others use, from LAMMPS and SciPy, in the same frames as steepest descent.

Liquids of N = 400 at temperatures where they are viscous, from the reference liquids of the tests; frames a tenth of
a run apart. Each frame is quenched by every method; the true basin is that of steepest descent at the finest
tolerance. Rows go to DIR/frames.csv, a frame at a time.
"""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from lmpmeso.configurations import Configuration, read_configuration, write_data
from lmpmeso.execution import Execution
from lmpmeso.files.package_data import lmp_input
from lmpmeso.hessians import CompiledForces, evaluate
from lmpmeso.lammps.inputs import script_variables
from lmpmeso.lammps.session import LammpsSession
from lmpmeso.landscape import short_run
from lmpmeso.models import GlassModel, get_model
from lmpmeso.models.lammps_styles import lammps_pair_style
from lmpmeso.protocols.steepest_descent import DescentSettings, steepest_descent

TEMPERATURES = {"ipl": 0.7, "mblj": 0.7, "ss": 1.0, "ss-0.70": 2.0, "ss-0.95": 8.0, "sw": 0.03}
REFERENCES = Path(__file__).resolve().parents[2] / "tests" / "data"
SETTLING, APART = 4000, 400
"""MD steps before the first frame and between frames."""
FORCE_RATIO = 1e-7
"""Largest force at which the others stop, in units of the rms contact force."""
TOLERANCES = (0.03, 0.01, 0.003, 3e-4, 1e-4)
FINEST = f"steepest {min(TOLERANCES):g}"
LAMMPS_STYLES = (
    *(("cg", 0.1), ("cg", 0.01), ("fire", 0.1), ("fire", 0.01), ("sd", 0.1), ("sd", 0.01)),
    *(("hftn", 0.1), ("quickmin", 0.1), ("quickmin", 0.01)),
)
"""LAMMPS's min_style and the dmax of min_modify [σ]."""


@dataclass(frozen=True)
class End:
    """Where a method ended, and what it took; seconds are of the processor."""

    positions_nc: np.ndarray
    evaluations: int
    seconds: float


def frames(name: str, number: int, folder: Path) -> list[Configuration]:
    """Frames of a run of a reference liquid."""
    model, temperature = get_model(name), TEMPERATURES[name]
    start = read_configuration(REFERENCES / f"{name}.liquid.dump.gz", model)
    step = model.time_step_at(temperature)
    run = short_run(
        start,
        model,
        temperature,
        duration=(SETTLING + APART * number) * step,
        interval_steps=APART,
        seed=1,
        folder=folder / "runs" / name,
        execution=Execution("none"),
    )
    first = SETTLING // APART
    return [run.configuration(first + k) for k in range(number)]


def by_lammps(frame: Configuration, model: GlassModel, style: str, dmax: float) -> End:
    """A minimiser of LAMMPS."""
    force = FORCE_RATIO * evaluate(frame, model).contact_force_rms
    norm = "max"
    if style == "hftn":  # which knows the norm of all forces only
        norm, force = "two", force * np.sqrt(frame.n_particles) / 3
    with (
        tempfile.TemporaryDirectory() as folder,
        LammpsSession("none", 1, [lammps_pair_style(model)]) as lmp,
    ):
        data = Path(folder) / "frame.data"
        write_data(data, frame, model)
        lmp.run_file(
            lmp_input("in.forces"), {**script_variables(model, Path(folder)), "data": data}
        )
        lmp.commands(
            [
                f"timestep {model.time_step}",
                "thermo 100000",
                f"min_style {style}",
                f"min_modify norm {norm} dmax {dmax}",
            ]
        )
        began = time.process_time()
        lmp.command(f"minimize 0.0 {force} 200000 400000")
        seconds = time.process_time() - began
        (counts,) = re.findall(r"Iterations, force evaluations = \d+ (\d+)", lmp.log_text())
        moved = lmp.get_configuration(frame)
        return End(moved.unwrapped_positions(), int(counts), seconds)


def by_lbfgs(frame: Configuration, model: GlassModel) -> End:
    """SciPy's L-BFGS-B with its own settings."""
    force = FORCE_RATIO * evaluate(frame, model).contact_force_rms
    surface, shape = CompiledForces(frame, model), frame.positions_nc.shape

    def cost(x: np.ndarray) -> tuple[float, np.ndarray]:
        energy, forces_nc = surface(x.reshape(shape))
        return energy, -forces_nc.ravel()

    options = {"maxiter": 20000, "maxfun": 40000, "ftol": 0.0, "gtol": force}
    began = time.process_time()
    found = minimize(cost, frame.positions_nc.ravel(), jac=True, method="L-BFGS-B", options=options)
    seconds = time.process_time() - began
    return End(found.x.reshape(shape) + frame.images_nc * frame.box_c, int(found.nfev), seconds)


def by_steepest_descent(frame: Configuration, model: GlassModel, tolerance: float) -> End:
    """Ours, polish included."""
    began = time.process_time()
    end = steepest_descent(frame, model, DescentSettings(tolerance))[0]
    seconds = time.process_time() - began
    return End(end.unwrapped_positions(), end.descent.force_evaluations, seconds)


def methods(model: GlassModel) -> dict[str, Callable[[Configuration], End]]:
    """All of them by name, the finest steepest descent first."""
    found: dict[str, Callable[[Configuration], End]] = {
        f"steepest {tolerance:g}": lambda frame, t=tolerance: by_steepest_descent(frame, model, t)
        for tolerance in sorted(TOLERANCES)
    }
    for style, dmax in LAMMPS_STYLES:
        found[f"{style} {dmax:g}"] = lambda frame, s=style, d=dmax: by_lammps(frame, model, s, d)
    found["l-bfgs"] = lambda frame: by_lbfgs(frame, model)
    return found


def apart(first_nc: np.ndarray, second_nc: np.ndarray) -> float:
    """Largest displacement of a particle, without a common translation."""
    moved_nc = second_nc - first_nc
    moved_nc -= moved_nc.mean(axis=0)
    return float(np.sqrt((moved_nc**2).sum(axis=1).max()))


def quench_by_methods(
    folder: Path, names: list[str], number: int, until: str, chosen: list[str]
) -> None:
    """Quench frame after frame, the liquids in turn, until all is done or the clock says so."""
    path = folder / "frames.csv"
    done = pd.read_csv(path) if path.is_file() else pd.DataFrame()
    there = set() if done.empty else set(zip(done["model"], done["frame"], strict=True))
    liquids = {name: frames(name, number, folder) for name in names}
    for name in names:
        by_steepest_descent(liquids[name][0], get_model(name), 0.1)  # compiles
    for k in range(number):
        for name in names:
            if (name, k) in there:
                continue
            if time.strftime("%H:%M") >= until:
                return
            model, frame = get_model(name), liquids[name][k]
            ends = {
                method: find(frame)
                for method, find in methods(model).items()
                if not chosen or method in {*chosen, FINEST}
            }
            rows = pd.DataFrame(
                {
                    "model": name,
                    "frame": k,
                    "method": method,
                    "evaluations": end.evaluations,
                    "seconds": end.seconds,
                    "energy": evaluate(frame.with_positions(end.positions_nc), model).energy,
                    "displacement": apart(ends[FINEST].positions_nc, end.positions_nc),
                }
                for method, end in ends.items()
            )
            done = pd.concat([done, rows], ignore_index=True)
            done.to_csv(path, index=False, float_format="%.17g")
