"""Time a dipole stiffness κ_ij by one factorisation against scipy's conjugate gradients.

Both sides start from the same Hessian, in one run and on one thread, and end with κ_ij: ours with
the ordering, the factor and blocks of right-hand sides (or the selected inverse, for all pairs),
scipy with one ``cg`` call a pair at rtol 1e-8. The stiffnesses are compared.

    python scripts/benchmarks/bench_elasticity.py                  # makes an IPL glass, N = 8000: minutes
    python scripts/benchmarks/bench_elasticity.py --glass FILE     # takes one from a LAMMPS dump
    python scripts/benchmarks/bench_elasticity.py --journey        # from a liquid to κ_ij, G and K

The journey is timed twice in turn, in processor time: quench and analysis, and quench and three separate
calls. It begins at a glass of scripts/benchmarks/glasses whose particles are displaced at random.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

# One thread each, so that the ratio does not depend on how many cores are idle.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from scipy.sparse.linalg import cg

from lmpmeso.configurations import (
    Configuration,
    InherentStructure,
    configuration_from_arrays,
    read_configuration,
)
from lmpmeso.elasticity import (
    analyse,
    bulk_modulus,
    dipole_stiffness,
    factorise,
    newton_polish,
    shear_modulus,
)
from lmpmeso.execution import Execution
from lmpmeso.hessians import Hessian, hessian
from lmpmeso.models import GlassModel, get_model
from lmpmeso.protocols import quench

RELATIVE_TOLERANCE = 1e-8
GLASSES = Path(__file__).resolve().parent / "glasses"
SHAKEN = 0.05
"""Displacement of each coordinate at the start of the journey, in units of a0."""


def make_glass(model: GlassModel, n_particles: int, seed: int) -> InherentStructure:
    """A glass quenched from random positions."""
    from lmpmeso.protocols import random_start

    return quench(random_start(model, n_particles, seed), model)


def stiffness_by_scipy(h: Hessian, table: pd.DataFrame) -> np.ndarray:
    """κ_ij of the pairs of a table by scipy's conjugate gradients, one after the other."""
    matrix = h.matrix.tocsr()
    keys = h.pairs.i * h.n_particles + h.pairs.j
    chosen = np.searchsorted(keys, table["i"].to_numpy() * h.n_particles + table["j"].to_numpy())
    result = []
    for pair in chosen:
        dipole = np.zeros((h.n_particles, h.dimension))
        direction = h.pairs.vectors_pc[pair] / h.pairs.distances_p[pair]
        dipole[h.pairs.j[pair]] = direction / np.sqrt(2)
        dipole[h.pairs.i[pair]] = -dipole[h.pairs.j[pair]]
        force = dipole.ravel()
        response, failed = cg(matrix, force, rtol=RELATIVE_TOLERANCE, maxiter=100_000)
        if failed:
            raise SystemExit(f"scipy's cg did not converge for pair {pair}")
        result.append(force @ response / (response @ response))
    return np.array(result)


def timed(action, repeats: int = 1):
    """(best seconds, result) of a function without arguments."""
    best, result = np.inf, None
    for _ in range(repeats):
        start = time.perf_counter()
        result = action()
        best = min(best, time.perf_counter() - start)
    return best, result


def shaken_glass(model: GlassModel) -> Configuration:
    """A glass of N = 2000 with its particles displaced at random."""
    with np.load(GLASSES / f"{model.name}-2000.npz") as arrays:
        positions_nc = arrays["fraction_nc"] / 2.0**32 * arrays["box_c"]
        shift_nc = np.random.default_rng(1).normal(0.0, SHAKEN * model.a0, positions_nc.shape)
        return configuration_from_arrays(
            positions_nc + shift_nc, arrays["species"].astype(np.int64), arrays["box_c"]
        )


def journey(names: list[str], repeats: int) -> None:
    """Processor time from a liquid to all κ_ij, G and K: one analysis against separate calls."""
    print(
        "| model | quench [s] | κ_ij, G, K [s] | the same by separate calls [s] | ratio | whole |"
    )
    print("| --- | --- | --- | --- | --- | --- |")
    for name in names:
        model = get_model(name)
        liquid = shaken_glass(model)
        together, apart = [], []
        for _ in range(repeats):
            times = [time.process_time()]
            glass = quench(liquid, model, execution=Execution("none"))
            times.append(time.process_time())
            found = analyse(glass, model, device="cpu")
            _ = found.bonds, found.shear, found.bulk
            times.append(time.process_time())
            dipole_stiffness(glass, model, device="cpu")
            shear_modulus(glass, model)
            bulk_modulus(glass, model)
            times.append(time.process_time())
            quench_seconds, analysis, calls = np.diff(times)
            together.append((quench_seconds, analysis))
            apart.append(calls)
        quenching, analysis = np.min(together, axis=0)
        calls = min(apart)
        print(
            f"| {name} | {quenching:.2f} | {analysis:.2f} | {calls:.2f} | {calls / analysis:.2f} | "
            f"{(quenching + calls) / (quenching + analysis):.2f} |",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--glass", help="dump or data file of a quenched configuration")
    parser.add_argument("--model", default="ipl")
    parser.add_argument("--n-particles", type=int, default=8000)
    parser.add_argument("--samples", type=int, nargs="+", default=[200, 2000])
    parser.add_argument("--cg-pairs", type=int, default=12, help="pairs timed with scipy")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--journey", nargs="*", metavar="MODEL", help="only time the journey")
    options = parser.parse_args()
    if options.journey is not None:
        journey(options.journey or ["ipl", "ss", "mblj", "sw"], repeats=3)
        return
    model = get_model(options.model)
    if options.glass:
        glass = newton_polish(read_configuration(options.glass, model), model)
    else:
        glass = make_glass(model, options.n_particles, options.seed)
    build_seconds, h = timed(lambda: hessian(glass, model), repeats=3)

    def stiffness(pairs, method):
        return dipole_stiffness(h, pairs=pairs, method=method, seed=7, device="cpu", threads=1)

    reference = dipole_stiffness(
        h, pairs=options.cg_pairs, method="solve", seed=11, device="cpu", threads=1
    )
    cg_seconds, by_cg = timed(lambda: stiffness_by_scipy(h, reference))
    per_cg = cg_seconds / options.cg_pairs
    difference = np.abs(reference["kappa"].to_numpy() / by_cg - 1).max()

    print(
        f"{options.model}, N = {h.n_particles}, {h.pairs.n_pairs} interacting pairs, one thread\n"
    )
    print("| κ_ij of | method | seconds | seconds per κ_ij | faster than scipy CG |")
    print("| --- | --- | --- | --- | --- |")
    print(f"| {options.cg_pairs} pairs | scipy CG | {cg_seconds:.2f} | {per_cg:.3g} | 1 |")
    runs = [(n, "solve", f"{n} random pairs") for n in options.samples]
    runs.append(("all", "selected", f"all {h.pairs.n_pairs} pairs"))
    for pairs, method, label in runs:
        seconds, table = timed(lambda pairs=pairs, method=method: stiffness(pairs, method))
        per_pair = seconds / len(table)
        row = f"| {label} | {method} | {seconds:.2f} | {per_pair:.3g} | {per_cg / per_pair:.0f} |"
        print(row, flush=True)
    factor_seconds, factor = timed(lambda: factorise(h, threads=1))
    shear_seconds, shear = timed(lambda: shear_modulus(h, factor=factor))
    print(
        f"\nHessian {build_seconds:.3f} s; factor {factor_seconds:.2f} s; G in three planes from the "
        f"factor {shear_seconds:.2f} s (G = {shear.value:.4f})."
    )
    print(f"Largest relative difference of κ_ij from scipy CG: {difference:.1e}.")


if __name__ == "__main__":
    main()
