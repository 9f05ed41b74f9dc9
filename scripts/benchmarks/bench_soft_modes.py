"""Time the search for soft modes against SciPy minimising the same cost function from the same starts.

Both start from the same dipole responses, which are not timed, with the factor and the cost function
ready. SciPy's L-BFGS-B and CG get the logarithm of C and its analytic gradient, evaluated with sparse
matrices. Two comparisons with the faster of them:

- both stop at the same residual |∇C|/(λ|Mπ̂|), --residual, which SciPy still reaches;
- SciPy goes on until differences of C drown in rounding, ours to 1e-10.

Times are CPU times of one process with one thread.

    python scripts/benchmarks/bench_soft_modes.py                         # 2D and 3D, some minutes
    python scripts/benchmarks/bench_soft_modes.py ipl-2000 --starts 256 --rivals 8

The glasses lie in scripts/benchmarks/glasses; scripts/benchmarks/make_benchmark_glasses.py made them.
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
from lmpmeso.elasticity.mode_descent import TOLERANCE, descend
from lmpmeso.elasticity.soft_mode_search import SAME_MODE, soft_modes
from lmpmeso.hessians import Hessian, hessian
from lmpmeso.models import get_model

FloatArray = NDArray[np.float64]
RIVALS: dict[str, dict[str, Any]] = {
    "L-BFGS-B": {"maxiter": 50_000, "maxfun": 100_000, "ftol": 0.0, "gtol": 0.0},
    "CG": {"maxiter": 50_000, "gtol": 0.0},
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
        gradient = 4.0 * Mz / k - slope / S
        self.last = z.copy(), k, S, float(np.linalg.norm(Mz)), float(np.linalg.norm(gradient))
        return 2.0 * np.log(k) - np.log(S), gradient

    def residual(self, z: FloatArray) -> float:
        """|∇C|/(λ|Mz|) at length 1, from the last evaluation where that was at z."""
        if not np.array_equal(self.last[0], z):
            self(z)
        _, k, S, norm_Mz, norm_gradient = self.last
        return k / (S * norm_Mz) * norm_gradient * float(z @ z) ** 2


def minimised(plain: PlainCost, z: FloatArray, method: str, residual: float) -> Any:
    """SciPy's minimum from a start; it stops where the residual is reached."""

    def stop_there(z: FloatArray) -> None:
        if plain.residual(z) <= residual:
            raise StopIteration

    options = RIVALS[method]
    return minimize(plain, z, jac=True, method=method, options=options, callback=stop_there)


def residuals(cost: PseudoHarmonicCost, z: FloatArray) -> FloatArray:
    """|∇C|/(λ|Mz|) of fields of length 1."""
    Mz = cost.matrix @ z
    force = np.linalg.norm(Mz, axis=0)
    return np.linalg.norm(cost.gradient(z), axis=0) / (np.sum(z * Mz, axis=0) * force)


def timed(name: str, n_starts: int, n_rivals: int, residual: float) -> dict[str, Any]:
    """One glass."""
    glass, model_name = read_glass(name)
    hess = hessian(glass, get_model(model_name))
    factor, cost, plain = factorise(hess), PseudoHarmonicCost(hess), PlainCost(hess)
    starts = factor.solve(choose_dipoles(hess, n_starts, seed=0).forces(slice(None)))
    starts /= np.linalg.norm(starts, axis=0)
    descend(cost, factor, starts[:, :2])  # compiles
    row: dict[str, Any] = {"glass": name, "n_particles": hess.n_particles, "n_starts": n_starts}
    for descent, tolerance in (
        ("gradient", TOLERANCE),
        ("mapping", TOLERANCE),
        ("gradient", residual),
    ):
        begun = time.process_time()
        end = descend(cost, factor, starts, descent, tolerance)
        label = f"{descent} to {tolerance:g}"
        row[f"{label}: ms a start"] = 1e3 * (time.process_time() - begun) / n_starts
        row[f"{label}: solutions"] = float(end.iterations.mean())
        row[f"{label}: converged"] = float(end.converged.mean())
        if tolerance == TOLERANCE:
            row[f"{label}: largest residual"] = float(end.residual.max())
            modes = end.z
    begun = time.process_time()
    search = soft_modes(hess, starts=n_starts, factor=factor)
    row["search: ms a start"] = 1e3 * (time.process_time() - begun) / n_starts
    row["search: solutions"] = search.table.attrs["iterations"]
    row["search: distinct modes"] = search.n_modes
    chosen = np.linspace(0, n_starts - 1, n_rivals).astype(int)
    for target in (residual, 0.0):
        for method in RIVALS:
            begun = time.process_time()
            results = [minimised(plain, starts[:, k], method, target) for k in chosen]
            label = f"{method} to {target:g}"
            row[f"{label}: ms a start"] = 1e3 * (time.process_time() - begun) / n_rivals
            z = np.stack([r.x / np.linalg.norm(r.x) for r in results], axis=1)
            row[f"{label}: evaluations"] = float(np.mean([r.nfev for r in results]))
            row[f"{label}: median residual"] = float(np.median(residuals(cost, z)))
            row[f"{label}: reached"] = float(np.mean(residuals(cost, z) <= residual))
            same = np.abs(np.sum(z * modes[:, chosen], axis=0)) >= SAME_MODE
            row[f"{label}: same mode"] = float(same.mean())
    same_residual, to_the_end = (
        min(row[f"{method} to {target:g}: ms a start"] for method in RIVALS)
        for target in (residual, 0.0)
    )
    row["ratio at the same residual"] = same_residual / row[f"gradient to {residual:g}: ms a start"]
    row["ratio to the end"] = to_the_end / row[f"gradient to {TOLERANCE:g}: ms a start"]
    row["ratio of the search"] = to_the_end / row["search: ms a start"]
    return row


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("names", nargs="*", default=["ipl2d-2000", "ipl-2000"], metavar="MODEL-N")
    parser.add_argument("--starts", type=int, default=128, help="dipole responses (default: 128)")
    parser.add_argument("--rivals", type=int, default=6, help="of them for SciPy (default: 6)")
    parser.add_argument(
        "--residual", type=float, default=5e-4, help="that both stop at (default: 5e-4)"
    )
    arguments = parser.parse_args()
    for glass_name in arguments.names:
        json.dump(
            timed(glass_name, arguments.starts, arguments.rivals, arguments.residual),
            sys.stdout,
            indent=2,
        )
        print(flush=True)
