"""Time steepest descent against conjugate gradients, both with their polish to the same force.

    python scripts/benchmarks/bench_steepest.py --sizes 1000 2000
    python scripts/benchmarks/bench_steepest.py --sizes 400 --implicit

Processor time of one core, the methods in turn, least of ``--repeats``; a row a method with its force evaluations,
factorisations, and how far its end is from that of the finest path. ``--implicit`` adds SciPy's BDF with SuperLU.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.integrate import BDF

from lmpmeso.configurations import Configuration, InherentStructure, read_configuration
from lmpmeso.elasticity.polish import newton_polish
from lmpmeso.execution import Execution
from lmpmeso.hessians import evaluate, hessian
from lmpmeso.models import GlassModel, get_model
from lmpmeso.protocols import equilibrate, quench
from lmpmeso.protocols.steepest_descent import DescentSettings, steepest_descent

TEMPERATURES = {"ipl": 0.7, "mblj": 0.7, "ss": 1.0, "ss-0.70": 2.0, "ss-0.95": 8.0, "sw": 0.03}
FORCE = 1e-10
STEPS = 2000
"""MD steps from the random start: a liquid, which is enough to time a quench."""
REFERENCES = Path(__file__).resolve().parents[2] / "tests" / "data"


@dataclass(frozen=True)
class Made:
    """A structure, the force evaluations of its minimiser (CG: its iterations), and factorisations where counted."""

    structure: InherentStructure
    evaluations: int
    factorisations: int | None = None


def liquid_of(name: str, n: int) -> Configuration:
    """A liquid: of N = 400 the reference of the tests."""
    model = get_model(name)
    if n == 400:
        return read_configuration(REFERENCES / f"{name}.liquid.dump.gz", model)
    temperature = TEMPERATURES[name]
    step = model.time_step_at(temperature)
    return equilibrate(
        model, temperature, n, seed=1, duration=STEPS * step, execution=Execution("none")
    ).configuration


def by_cg(liquid: Configuration, model: GlassModel) -> Made:
    """LAMMPS's conjugate gradients."""
    end = quench(liquid, model, "cg", tolerance=FORCE, execution=Execution("none"))
    return Made(end, end.iterations)


def by_steepest(liquid: Configuration, model: GlassModel, **settings: object) -> Made:
    """RKC2."""
    end = steepest_descent(liquid, model, DescentSettings(tolerance=FORCE, **settings))[0]
    return Made(end, end.descent.force_evaluations)


def by_bdf(liquid: Configuration, model: GlassModel) -> Made:
    """SciPy's BDF with the exact Hessian and SuperLU, then the polish."""
    shape = liquid.positions_nc.shape
    scale = evaluate(liquid, model).contact_force_rms

    def force(_: float, x: np.ndarray) -> np.ndarray:
        return evaluate(liquid.with_positions(x.reshape(shape)), model).forces_nc.ravel()

    def jacobian(_: float, x: np.ndarray) -> object:
        return -hessian(liquid.with_positions(x.reshape(shape)), model).matrix.tocsc()

    solver = BDF(
        force, 0.0, liquid.positions_nc.ravel(), np.inf, rtol=1e-4, atol=1e-4, jac=jacobian
    )
    while np.abs(force(0.0, solver.y)).max() > 1e-5 * scale:
        solver.step()
    end = newton_polish(liquid.with_positions(solver.y.reshape(shape)), model, FORCE)
    return Made(end, solver.nfev, solver.nlu)


def methods(implicit: bool) -> dict[str, Callable[[Configuration, GlassModel], Made]]:
    """By name."""
    found: dict[str, Callable[[Configuration, GlassModel], Made]] = {
        "CG and Newton": by_cg,
        "RKC2, compiled forces": by_steepest,
        "RKC2, LAMMPS's forces": lambda c, m: by_steepest(c, m, forces="lammps"),
        "RKC2, ten times the tolerance": lambda c, m: by_steepest(c, m, path_tolerance=1e-2),
        "RKC2, a tenth of the tolerance": lambda c, m: by_steepest(c, m, path_tolerance=1e-4),
    }
    return found | ({"BDF and SuperLU": by_bdf} if implicit else {})


def apart(first: Configuration, second: Configuration) -> float:
    """Largest displacement of a particle [length]."""
    moved_nc = first.positions_nc - second.positions_nc
    moved_nc -= first.box_c * np.rint(moved_nc / first.box_c)
    moved_nc -= moved_nc.mean(axis=0)
    return float(np.sqrt((moved_nc**2).sum(axis=1).max()))


def compare(name: str, n: int, implicit: bool, repeats: int) -> None:
    """Print the rows of one liquid."""
    model, liquid = get_model(name), liquid_of(name, n)
    every = methods(implicit)
    made: dict[str, Made] = {}
    seconds = dict.fromkeys(every, np.inf)
    steepest_descent(liquid, model, DescentSettings(path_tolerance=0.05))  # compiles
    for _ in range(repeats):
        for method, find in every.items():
            began = time.process_time()
            made[method] = find(liquid, model)
            seconds[method] = min(seconds[method], time.process_time() - began)
    true = made["RKC2, a tenth of the tolerance"].structure
    for method, result in made.items():
        print(
            f"| {name}-{n} | {method} | {result.evaluations} | {result.factorisations or ''} | "
            f"{seconds[method]:.2f} | {seconds[method] / seconds['CG and Newton']:.2f} | "
            f"{apart(result.structure, true):.1g} |",
            flush=True,
        )


def main() -> None:
    """Arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", nargs="+", default=["ipl", "mblj", "ss", "sw"])
    parser.add_argument("--sizes", nargs="+", type=int, default=[1000, 2000])
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--implicit", action="store_true")
    arguments = parser.parse_args()
    print(
        "| model-N | method | force evaluations | factorisations | time [s] | CG = 1 | from the true end [σ] |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for n in arguments.sizes:
        for name in arguments.models:
            compare(name, n, arguments.implicit, arguments.repeats)


if __name__ == "__main__":
    main()
