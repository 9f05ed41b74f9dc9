"""Time the search for soft modes against SciPy minimising the same cost function from the same starts.

Both start from the same dipole responses, which are not timed, with the factor and the cost function
ready. SciPy's L-BFGS-B and CG get the logarithm of C and its analytic gradient, evaluated with sparse
matrices; they stop at a residual |∇C|/(λ|Mπ̂|) that is reported beside ours, and their best is taken.
Times are CPU times of one process with one thread.

    python scripts/bench_soft_modes.py                         # 2D and 3D, some minutes
    python scripts/bench_soft_modes.py ipl-2000 --starts 256 --rivals 8

The glasses lie in scripts/benchmark_glasses; scripts/make_benchmark_glasses.py made them.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from typing import Any

if __name__ == "__main__":
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import numpy as np
from bench_kappa_field import read_glass
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize

from lmpmeso.elasticity import PseudoHarmonicCost, factorise
from lmpmeso.elasticity.dipoles import choose_dipoles
from lmpmeso.elasticity.mode_descent import descend
from lmpmeso.elasticity.soft_mode_search import BATCH, SAME_MODE, soft_modes
from lmpmeso.hessian import Hessian, hessian
from lmpmeso.models import get_model

FloatArray = NDArray[np.float64]
RIVALS: dict[str, dict[str, Any]] = {
    "L-BFGS-B": {"maxiter": 50_000, "maxfun": 100_000, "ftol": 0.0, "gtol": 1e-9},
    "CG": {"maxiter": 50_000, "gtol": 1e-9},
}


class PlainCost:
    """ln C and its gradient for one field, as one would write it for SciPy."""

    def __init__(self, hess: Hessian):
        n, pairs = hess.n_particles, hess.pairs
        rows = np.arange(pairs.n_pairs)
        ones = np.ones(pairs.n_pairs)
        self.matrix = hess.matrix.tocsr()
        self.shape = (n, hess.dimension)
        self.difference = sparse.csr_array(
            (
                np.concatenate([ones, -ones]),
                (np.concatenate([rows, rows]), np.concatenate([pairs.j, pairs.i])),
            ),
            shape=(pairs.n_pairs, n),
        )
        self.sum = self.difference.T.tocsr()

    def __call__(self, z: FloatArray) -> tuple[float, FloatArray]:
        Mz = self.matrix @ z
        k = float(z @ Mz)
        relative_pc = self.difference @ z.reshape(self.shape)
        square_p = np.einsum("pc,pc->p", relative_pc, relative_pc)
        S = float(square_p @ square_p)
        slope = 4.0 * (self.sum @ (relative_pc * square_p[:, None])).ravel()
        return 2.0 * np.log(k) - np.log(S), 4.0 * Mz / k - slope / S


def residuals(cost: PseudoHarmonicCost, z: FloatArray) -> FloatArray:
    """|∇C|/(λ|Mz|) of fields of length 1."""
    Mz = cost.matrix @ z
    force = np.linalg.norm(Mz, axis=0)
    return np.linalg.norm(cost.gradient(z), axis=0) / (np.sum(z * Mz, axis=0) * force)


def timed(name: str, n_starts: int, n_rivals: int) -> dict[str, Any]:
    """One glass."""
    glass, model_name = read_glass(name)
    hess = hessian(glass, get_model(model_name))
    factor, cost, plain = factorise(hess), PseudoHarmonicCost(hess), PlainCost(hess)
    starts = factor.solve(choose_dipoles(hess, n_starts, seed=0).forces(slice(None)))
    starts /= np.linalg.norm(starts, axis=0)
    row: dict[str, Any] = {"glass": name, "n_particles": hess.n_particles, "n_starts": n_starts}
    for descent in ("gradient", "mapping"):
        begun = time.process_time()
        ends = [
            descend(cost, factor, starts[:, k : k + BATCH], descent)
            for k in range(0, n_starts, BATCH)
        ]
        row[f"{descent}_seconds_per_start"] = (time.process_time() - begun) / n_starts
        row[f"{descent}_solutions"] = float(np.mean(np.concatenate([e.iterations for e in ends])))
        row[f"{descent}_converged"] = float(np.mean(np.concatenate([e.converged for e in ends])))
        row[f"{descent}_residual"] = float(max(e.residual.max() for e in ends))
        if descent == "gradient":
            modes = np.concatenate([e.z for e in ends], axis=1)
    begun = time.process_time()
    search = soft_modes(hess, starts=n_starts, factor=factor)
    row["search_seconds_per_start"] = (time.process_time() - begun) / n_starts
    row["distinct_modes"] = search.n_modes
    chosen = np.linspace(0, n_starts - 1, n_rivals).astype(int)
    for method, options in RIVALS.items():
        begun = time.process_time()
        results = [
            minimize(plain, starts[:, k], jac=True, method=method, options=options) for k in chosen
        ]
        row[f"{method}_seconds_per_start"] = (time.process_time() - begun) / n_rivals
        z = np.stack([r.x / np.linalg.norm(r.x) for r in results], axis=1)
        row[f"{method}_evaluations"] = float(np.mean([r.nfev for r in results]))
        row[f"{method}_residual"] = float(np.median(residuals(cost, z)))
        same = np.abs(np.sum(z * modes[:, chosen], axis=0)) >= SAME_MODE
        row[f"{method}_same_mode"] = float(same.mean())
    fastest = min(row[f"{method}_seconds_per_start"] for method in RIVALS)
    row["ratio"] = fastest / row["gradient_seconds_per_start"]
    row["ratio_with_merging"] = fastest / row["search_seconds_per_start"]
    return row


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("names", nargs="*", default=["ipl2d-2000", "ipl-2000"], metavar="MODEL-N")
    parser.add_argument("--starts", type=int, default=128, help="dipole responses (default: 128)")
    parser.add_argument("--rivals", type=int, default=6, help="of them for SciPy (default: 6)")
    arguments = parser.parse_args()
    for glass_name in arguments.names:
        json.dump(timed(glass_name, arguments.starts, arguments.rivals), sys.stdout, indent=2)
        print(flush=True)
