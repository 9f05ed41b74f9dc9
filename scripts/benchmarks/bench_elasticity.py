"""Time a dipole stiffness κ_ij by one factorisation against scipy's conjugate gradients.

Both sides start from the same Hessian, in one run and on one thread, and end with κ_ij: ours with
the ordering, the factor and blocks of right-hand sides (or the selected inverse, for all pairs),
scipy with one ``cg`` call a pair at rtol 1e-8. The stiffnesses are compared.

    python scripts/benchmarks/bench_elasticity.py                  # makes an IPL glass, N = 8000: minutes
    python scripts/benchmarks/bench_elasticity.py --glass FILE     # takes one from a LAMMPS dump
"""

from __future__ import annotations

import argparse
import os
import time

# One thread each, so that the ratio does not depend on how many cores are idle.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from scipy.sparse.linalg import cg

from lmpmeso.configurations import InherentStructure, read_configuration
from lmpmeso.elasticity import dipole_stiffness, factorise, newton_polish, shear_modulus
from lmpmeso.hessians import Hessian, hessian
from lmpmeso.models import GlassModel, get_model

RELATIVE_TOLERANCE = 1e-8


def make_glass(model: GlassModel, n_particles: int, seed: int) -> InherentStructure:
    """A glass quenched from random positions."""
    from lmpmeso.protocols import quench, random_start

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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--glass", help="dump or data file of a quenched configuration")
    parser.add_argument("--model", default="ipl")
    parser.add_argument("--n-particles", type=int, default=8000)
    parser.add_argument("--samples", type=int, nargs="+", default=[200, 2000])
    parser.add_argument("--cg-pairs", type=int, default=12, help="pairs timed with scipy")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
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
