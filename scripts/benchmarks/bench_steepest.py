"""Time steepest descent against conjugate gradients, both with their polish to the same force.

    python scripts/benchmarks/bench_steepest.py --sizes 1000 2000
    python scripts/benchmarks/bench_steepest.py --sizes 400 --implicit

Processor time of one core, the methods in turn, summed over ``--liquids`` liquids of each model; a row a method with its
force evaluations and factorisations, and how many of its ends are those of the finest path. ``--implicit`` adds two
implicit methods: SciPy's BDF with SuperLU, and a Rosenbrock method of third order with the package's own factor.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy.integrate import BDF

from lmpmeso.backend import NotPositiveDefiniteError, get_backend
from lmpmeso.configurations import Configuration, InherentStructure, read_configuration
from lmpmeso.elasticity import HessianFactor, HessianPlan, newton_polish
from lmpmeso.elasticity.multifrontal import factorise_blocks
from lmpmeso.execution import Execution
from lmpmeso.hessians import CompiledForces, evaluate, hessian
from lmpmeso.models import GlassModel, get_model
from lmpmeso.protocols import equilibrate, quench
from lmpmeso.protocols.gradient_flow import longest
from lmpmeso.protocols.steepest_descent import (
    PATH_TOLERANCE,
    DescentSettings,
    steepest_descent,
)

TEMPERATURES = {"ipl": 0.7, "mblj": 0.7, "ss": 1.0, "ss-0.70": 2.0, "ss-0.95": 8.0, "sw": 0.03}
FORCE = 1e-10
CG, FINEST = "CG and Newton", "RKC2, a tenth of the tolerance"
STEPS = 2000
"""MD steps from the random start: a liquid, which is enough to time a quench."""
REFERENCES = Path(__file__).resolve().parents[2] / "tests" / "data"


@dataclass(frozen=True)
class Made:
    """A structure, the force evaluations of its minimiser (CG: its iterations), and factorisations where counted."""

    structure: InherentStructure
    evaluations: int
    factorisations: int | None = None


def liquid_of(name: str, n: int, number: int = 0) -> Configuration:
    """A liquid: the first of N = 400 is the reference of the tests."""
    model = get_model(name)
    if n == 400 and number == 0:
        return read_configuration(REFERENCES / f"{name}.liquid.dump.gz", model)
    temperature = TEMPERATURES[name]
    step = model.time_step_at(temperature)
    return equilibrate(
        model,
        temperature,
        n,
        seed=1 + number,
        duration=STEPS * step,
        execution=Execution("none"),
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


GAMMA = 0.7886751345948129
"""ROS3P: J. Lang and J. Verwer, BIT 41, 731 (2001), https://doi.org/10.1023/A:1021900219772."""
REACHED = 1.267949192431123
COUPLED = (-1.607695154586736, (-3.464101615137755, -1.732050807568877))
WEIGHTS = (2.0, 0.5773502691896258, 0.4226497308103742)
LOWER_ORDER = (2.113248654051871, 1.0, 0.4226497308103742)


def by_rosenbrock(liquid: Configuration, model: GlassModel) -> Made:
    """ROS3P with the exact Hessian and the package's factor of M + σ·1, at our tolerance, then the polish."""
    forces, n_factors, evaluations = CompiledForces(liquid, model), 0, 1
    spacing = model.a0
    x_nc, scale = liquid.positions_nc, evaluate(liquid, model).contact_force_rms
    force_nc, h = forces(x_nc)[1], 1e-3
    while longest(force_nc) > 1e-5 * scale:
        here = hessian(liquid.with_positions(x_nc), model)
        plan = HessianPlan(here)
        while True:
            n_factors += 1
            try:
                u = _stages(forces, x_nc, force_nc, h, plan)
            except NotPositiveDefiniteError:
                h *= 0.3
                continue
            evaluations += 1
            gap_nc = sum((a - b) * s for a, b, s in zip(WEIGHTS, LOWER_ORDER, u, strict=True))
            end_nc = x_nc + sum(a * s for a, s in zip(WEIGHTS, u, strict=True))
            error = longest(gap_nc) / (PATH_TOLERANCE * spacing)
            factor = min(max(0.8 * max(error, 1e-9) ** (-1 / 3), 0.1), 5.0)
            if error <= 1.0:
                break
            h *= factor
        x_nc, h = end_nc, h * factor
        force_nc = forces(x_nc)[1]
        evaluations += 1
    return Made(newton_polish(liquid.with_positions(x_nc), model, FORCE), evaluations, n_factors)


def _stages(
    forces: CompiledForces, x_nc: np.ndarray, force_nc: np.ndarray, h: float, plan: HessianPlan
) -> tuple[np.ndarray, ...]:
    """The three stages of a step."""
    data, shift = plan.hessian.matrix.data, 1.0 / (GAMMA * h)
    made = factorise_blocks(plan.symbolic, get_backend("cpu"), data, None, shift)
    factor, shape = HessianFactor(plan, made, None), x_nc.shape

    def solve(b_nc: np.ndarray) -> np.ndarray:
        return factor.solve_with_spring(b_nc.ravel()).reshape(shape)

    first = solve(force_nc)
    there_nc = forces(x_nc + REACHED * first)[1]
    second = solve(there_nc + COUPLED[0] / h * first)
    third = solve(there_nc + (COUPLED[1][0] * first + COUPLED[1][1] * second) / h)
    return first, second, third


def methods(implicit: bool) -> dict[str, Callable[[Configuration, GlassModel], Made]]:
    """By name."""
    found: dict[str, Callable[[Configuration, GlassModel], Made]] = {
        CG: by_cg,
        "RKC2, compiled forces": by_steepest,
        "RKC2, LAMMPS's forces": lambda c, m: by_steepest(c, m, forces="lammps"),
        "RKC2, ten times the tolerance": lambda c, m: by_steepest(c, m, path_tolerance=1e-2),
        FINEST: lambda c, m: by_steepest(c, m, path_tolerance=1e-4),
    }
    others = {"BDF and SuperLU": by_bdf, "ROS3P and our factor": by_rosenbrock}
    return found | (others if implicit else {})


def apart(first: Configuration, second: Configuration) -> float:
    """Largest displacement of a particle [length]."""
    moved_nc = first.positions_nc - second.positions_nc
    moved_nc -= first.box_c * np.rint(moved_nc / first.box_c)
    moved_nc -= moved_nc.mean(axis=0)
    return float(np.sqrt((moved_nc**2).sum(axis=1).max()))


@dataclass
class Sum:
    """What a method took for all liquids, and in how many it ended where the finest path ends."""

    seconds: list[float] = field(default_factory=list)
    evaluations: int = 0
    factorisations: int | None = None
    true: int = 0


def compare(name: str, n: int, implicit: bool, liquids: int) -> None:
    """Print the rows of one model."""
    model, every = get_model(name), methods(implicit)
    sums = {method: Sum() for method in every}
    for number in range(liquids):
        liquid = liquid_of(name, n, number)
        if number == 0:
            steepest_descent(liquid, model, DescentSettings(path_tolerance=0.05))  # compiles
        made: dict[str, Made] = {}
        for method, find in every.items():
            began = time.process_time()
            made[method] = find(liquid, model)
            sums[method].seconds.append(time.process_time() - began)
        for method, result in made.items():
            own = sums[method]
            own.evaluations += result.evaluations
            if result.factorisations is not None:
                own.factorisations = (own.factorisations or 0) + result.factorisations
            own.true += apart(result.structure, made[FINEST].structure) < 1e-3 * model.a0
    by_cg_seconds = np.array(sums[CG].seconds)
    for method, own in sums.items():
        ratios = np.array(own.seconds) / by_cg_seconds
        whole = sum(own.seconds) / by_cg_seconds.sum()
        factors = "" if own.factorisations is None else f"{own.factorisations / liquids:.0f}"
        print(
            f"| {name}, {n} | {method} | {own.evaluations / liquids:.0f} | {factors} | "
            f"{sum(own.seconds) / liquids:.2f} | {whole:.2f} ({ratios.min():.2f} to {ratios.max():.2f}) | "
            f"{own.true} of {liquids} |",
            flush=True,
        )


def main() -> None:
    """Arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", nargs="+", default=["ipl", "mblj", "ss", "sw"])
    parser.add_argument("--sizes", nargs="+", type=int, default=[1000, 2000])
    parser.add_argument("--liquids", type=int, default=3)
    parser.add_argument("--implicit", action="store_true")
    arguments = parser.parse_args()
    print(
        "| model, N | method | force evaluations | factorisations | time [s] | CG = 1 | in the true basin |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for n in arguments.sizes:
        for name in arguments.models:
            compare(name, n, arguments.implicit, arguments.liquids)


if __name__ == "__main__":
    main()
