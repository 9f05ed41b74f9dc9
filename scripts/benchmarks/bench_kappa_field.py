"""Time the κ-field: all dipole stiffnesses against conjugate gradients and factor-and-solve.

Every number of a row comes from one process and one run: the time of all κ_ij, of SciPy's cg for some
dipoles (rtol 1e-8, the faster of its two storage formats), of solutions with the same factor (blocks of
256 right-hand sides), and the rate of a large dgemm with the same number of threads. Times are wall time,
the best of several; on a busy machine look at the CPU time beside it.

    python scripts/benchmarks/bench_kappa_field.py                        # a few minutes, 2 GiB
    python scripts/benchmarks/bench_kappa_field.py --large                # also N = 32000: some minutes more
    python scripts/benchmarks/bench_kappa_field.py --device cuda          # the same glasses on a GPU
    python scripts/benchmarks/bench_kappa_field.py --orderings            # against METIS (needs pymetis)
    python scripts/benchmarks/bench_kappa_field.py --ensemble             # many glasses
    python scripts/benchmarks/bench_kappa_field.py --in-turn ipl-8000     # one thread and two, in turn

The glasses lie in scripts/benchmarks/glasses; scripts/benchmarks/make_benchmark_glasses.py made them.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

if __name__ == "__main__" and "--threads" in sys.argv:
    N_THREADS = sys.argv[sys.argv.index("--threads") + 1]
    os.environ.update(OMP_NUM_THREADS=N_THREADS, OPENBLAS_NUM_THREADS=N_THREADS)

import numpy as np
from scipy import sparse
from scipy.linalg import blas
from scipy.sparse.linalg import cg

from lmpmeso.backend import available_cores, blas_threads, get_backend
from lmpmeso.configurations import Configuration, configuration_from_arrays
from lmpmeso.elasticity import HessianPlan, dipole_stiffness, dipole_stiffness_ensemble
from lmpmeso.elasticity.dipoles import choose_dipoles
from lmpmeso.elasticity.factor import particle_graph
from lmpmeso.elasticity.symbolic import SymbolicFactor
from lmpmeso.hessians import Hessian, hessian
from lmpmeso.models import get_model

FOLDER = Path(__file__).resolve().parent / "glasses"
CASES = [("ipl-2000", 1), ("ss-2000", 1), ("mblj-2000", 1), ("sw-2000", 1), ("ipl-8000", 1)]
CASES += [("ipl-8000", available_cores()), ("sw-8000", available_cores())]
LARGE_CASES = [("ipl-32000", available_cores())]
SOLVE_BLOCK = 256


def read_glass(name: str) -> tuple[Configuration, str]:
    """A glass of the benchmark, and the name of its model."""
    with np.load(FOLDER / f"{name}.npz") as arrays:
        positions_nc = arrays["fraction_nc"] / 2.0**32 * arrays["box_c"]
        glass = configuration_from_arrays(
            positions_nc, arrays["species"].astype(np.int64), arrays["box_c"]
        )
    return glass, name.rsplit("-", 1)[0]


def best(function: Callable[[], Any], repeats: int) -> tuple[float, float, Any]:
    """Shortest wall time, the CPU time of that run, and the result."""
    times = []
    for _ in range(repeats):
        wall, cpu = time.perf_counter(), time.process_time()
        result = function()
        times.append((time.perf_counter() - wall, time.process_time() - cpu))
    return *min(times), result


def dgemm_rate(n: int = 2500, of_processor: bool = False) -> float:
    """Operations per second, or per second of processor time, of a large product of matrices."""
    a, b, c = (np.ones((n, n), order="F") for _ in range(3))
    wall, cpu, _ = best(lambda: blas.dgemm(1.0, a, b, 0.0, c, overwrite_c=1), 4)
    return 2.0 * n**3 / (cpu if of_processor else wall)


def cg_time(hess: Hessian, kappa: np.ndarray, n_dipoles: int) -> tuple[float, float]:
    """Seconds of a dipole by SciPy's cg, and the largest difference of its κ from ours."""
    dipoles = choose_dipoles(hess, "all", 0)
    chosen = np.random.default_rng(0).choice(dipoles.n_pairs, n_dipoles, replace=False)
    fastest = np.inf
    for matrix in (hess.matrix, hess.matrix.tocsr()):
        started = time.perf_counter()
        responses = [
            cg(matrix, dipoles.forces(slice(p, p + 1))[:, 0], rtol=1e-8)[0] for p in chosen
        ]
        fastest = min(fastest, (time.perf_counter() - started) / n_dipoles)
    worst = 0.0
    for p, z in zip(chosen, responses, strict=True):
        by_particle = z.reshape(hess.n_particles, -1)
        z = (by_particle - by_particle.mean(axis=0)).ravel()
        mine = dipoles.stretch(z[:, None], slice(p, p + 1))[0] / (z @ z)
        worst = max(worst, abs(mine / kappa[p] - 1.0))
    return fastest, worst


def solve_time(hess: Hessian, n_dipoles: int, threads: int) -> tuple[float, float]:
    """Seconds of the factorisation, and of one dipole solved with the factor in blocks."""
    dipoles = choose_dipoles(hess, "all", 0)
    plan_time, _, plan = best(lambda: HessianPlan(hess), 1)
    seconds, _, factor = best(lambda: plan.factorise(get_backend("cpu"), threads), 1)
    parts = [slice(k, k + SOLVE_BLOCK) for k in range(0, n_dipoles, SOLVE_BLOCK)]

    def solve() -> None:
        for part in parts:
            z = factor.solve(dipoles.forces(part))
            dipoles.stretch(z, part)
            np.einsum("nk,nk->k", z, z)

    solving, _, _ = best(solve, 2)
    return plan_time + seconds, solving / n_dipoles


def peak_memory() -> float:
    """Largest resident memory of this process so far [GiB]."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def pool_peak() -> float:
    """Memory that CuPy has taken from the device in this process and never gave back [GiB]."""
    import cupy

    return cupy.get_default_memory_pool().total_bytes() / 1024**3


def run_case(name: str, device: str, method: str, threads: int, brief: bool) -> dict[str, Any]:
    """All numbers of one row; a brief one has only the time of all κ_ij."""
    glass, model_name = read_glass(name)
    model = get_model(model_name)
    hess = hessian(glass, model)
    n_pairs, n = hess.pairs.n_pairs, hess.n_particles
    before = peak_memory()
    repeats = 3 if n < 9000 else 1
    first = 0.0
    if device == "cuda":
        # The first call compiles kernels and fills the pool.
        first, _, _ = best(
            lambda: dipole_stiffness(hess, method=method, device=device, threads=threads), 1
        )
        before = peak_memory()
    wall, cpu, table = best(
        lambda: dipole_stiffness(hess, method=method, device=device, threads=threads), repeats
    )
    row = {
        "name": name,
        "n": n,
        "n_pairs": n_pairs,
        "threads": threads,
        "device": table.attrs["device"],
        "hardware": get_backend(device).description,
        "first": first,
        "pool": pool_peak() if device == "cuda" else None,
        "method": table.attrs["method"],
        "wall": wall,
        "cpu": cpu,
        "memory": peak_memory() - before,
        "estimate": table.attrs["memory_bytes"] / 1024**3,
        "kappa": float(table["kappa"].mean()),
    }
    if device == "cpu" and not brief:
        operations = HessianPlan(hess).estimate.operations
        one_dipole, disagreement = cg_time(hess, table["kappa"].to_numpy(), 10 if n < 9000 else 3)
        factor, solve = solve_time(hess, 1024 if n < 9000 else 256, threads)
        row |= {
            "operations": operations.all_pairs,
            "rate": operations.all_pairs / wall,
            "dgemm": dgemm_rate(),
            "cg": one_dipole,
            "disagreement": disagreement,
            "solve_all": factor + solve * n_pairs,
        }
    return row


def in_fresh_process(
    name: str, device: str, method: str, threads: int, *options: str, limit: float | None = None
) -> dict[str, Any] | None:
    """A row from a process of its own, so that its peak memory and threads are its own.

    None when it took longer than the limit.
    """
    command = [sys.executable, __file__, "--case", name, "--device", device]
    command += ["--method", method, "--threads", str(threads), *options]
    print(f"{name}, {method} on {device}, {threads} threads …", file=sys.stderr, flush=True)
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=limit)
    except subprocess.TimeoutExpired:
        print(f"not done within {limit:.0f} s", file=sys.stderr, flush=True)
        return None
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr}")
    return json.loads(done.stdout)


def print_table(head: list[str], rows: list[list[str]]) -> None:
    """A Markdown table."""
    for row in (head, ["---"] * len(head), *rows):
        print("| " + " | ".join(row) + " |")
    print(flush=True)


def print_cpu(rows: list[dict[str, Any]]) -> None:
    """The main table and the scaling exponent of IPL."""
    head = ["model-N", "pairs", "threads", "all κ_ij [s] (CPU)", "Gflop", "share of dgemm"]
    head += ["one cg [s]", "per κ: cg / this", "factor and solve / this", "memory [GiB] (estimate)"]
    head += ["against cg"]
    print_table(
        head,
        [
            [
                r["name"],
                str(r["n_pairs"]),
                str(r["threads"]),
                f"{r['wall']:.2f} ({r['cpu']:.2f})",
                f"{r['operations'] / 1e9:.1f}",
                f"{r['rate'] / r['dgemm']:.0%} of {r['dgemm'] / 1e9:.0f} Gflop/s",
                f"{r['cg']:.3f}",
                f"{r['cg'] * r['n_pairs'] / r['wall']:.0f}",
                f"{r['solve_all'] / r['wall']:.1f}",
                f"{r['memory']:.2f} ({r['estimate']:.2f})",
                f"{r['disagreement']:.0e}",
            ]
            for r in rows
        ],
    )
    sizes = {r["n"]: r["cpu"] for r in rows if r["name"].startswith("ipl")}
    if len(sizes) > 1:
        exponent = np.polyfit(np.log(list(sizes)), np.log(list(sizes.values())), 1)[0]
        print(f"CPU time of IPL grows as N^{exponent:.2f} (N = {', '.join(map(str, sizes))}).\n")


def print_gpu(rows: list[dict[str, Any]]) -> None:
    """Times on the GPU beside those of the same machine's CPU."""
    head = ["model-N", "pairs", "device", "method", "threads", "all κ_ij [s]", "CPU / this"]
    head += ["first call, with compilation [s]", "device memory [GiB] (estimate)"]
    for hardware in sorted({r["hardware"] for r in rows}):
        print(f"- {hardware}")
    print()
    cpu = {r["name"]: r["wall"] for r in rows if r["device"] == "cpu"}
    for name in {r["name"] for r in rows}:
        kappas = [r["kappa"] for r in rows if r["name"] == name]
        if np.ptp(kappas) > 1e-8 * kappas[0]:
            sys.exit(f"{name}: the mean κ of the devices and methods differ: {kappas}")
    print_table(
        head,
        [
            [
                r["name"],
                str(r["n_pairs"]),
                r["device"],
                r["method"],
                str(r["threads"]),
                f"{r['wall']:.3f}",
                f"{cpu[r['name']] / r['wall']:.1f}" if r["name"] in cpu else "",
                f"{r['first']:.2f}" if r["first"] else "",
                f"{r['pool']:.2f} ({r['estimate']:.2f})" if r["pool"] is not None else "",
            ]
            for r in rows
        ],
    )


def in_turn(name: str, repeats: int = 4) -> None:
    """Factor and selected inverse by one thread and by all cores, in turn, in one process."""
    glass, model_name = read_glass(name)
    hess = hessian(glass, get_model(model_name))
    plan, rows = HessianPlan(hess), []
    times: dict[int, list[tuple[float, float, float]]] = {1: [], available_cores(): []}
    for _ in range(repeats):
        with blas_threads(1):
            rate = dgemm_rate(1500, of_processor=True)
        for threads, taken in times.items():

            def compute(threads: int = threads) -> Any:
                factor = plan.factorise(get_backend("cpu"), threads)
                return factor.selected_inverse(hess.pairs.i, hess.pairs.j)

            wall, cpu, _ = best(compute, 1)
            taken.append((wall, cpu, plan.estimate.operations.all_pairs / cpu / rate))
    for threads, taken in times.items():
        wall, cpu, _ = (min(column) for column in zip(*taken, strict=True))
        share = float(np.median([s for _, _, s in taken]))
        gain = min(t[0] for t in times[1]) / wall
        rows.append(
            [name, str(threads), f"{wall:.2f}", f"{cpu:.2f}", f"{share:.0%}", f"{gain:.2f}"]
        )
    head = ["model-N", "threads", "wall [s]", "CPU [s]", "CPU: share of dgemm", "gain"]
    print_table(head, rows)
    print(f"load {' '.join(f'{load:.1f}' for load in os.getloadavg())}, {available_cores()} cores")


def orderings() -> None:
    """Operations of the Cholesky factorisation in our order and in METIS's."""
    import pymetis

    rows = []
    for name in ("ipl-2000", "ss-2000", "mblj-2000", "sw-2000", "ipl-8000", "sw-8000"):
        glass, model_name = read_glass(name)
        hess = hessian(glass, get_model(model_name))
        graph = particle_graph(hess.matrix)
        ours_time, _, plan = best(lambda h=hess: HessianPlan(h), 3)
        adjacency = pymetis.CSRAdjacency(graph.indptr, graph.indices)
        metis_time, _, (order, _) = best(lambda a=adjacency: pymetis.nested_dissection(a), 3)
        ours = cholesky_operations(*supernode_columns(plan.symbolic))
        theirs = cholesky_operations(column_counts(graph, np.array(order)), hess.dimension)
        rows.append(
            [
                name,
                f"{ours / 1e9:.2f} ({ours_time:.2f} s)",
                f"{theirs / 1e9:.2f} ({metis_time:.2f} s)",
                f"{theirs / ours:.2f}",
            ]
        )
    print_table(["model-N", "ours [Gflop]", "METIS [Gflop]", "METIS / ours"], rows)


def cholesky_operations(counts: np.ndarray, dimension: int) -> float:
    """Σ over columns of their length squared; counts are in particles below the diagonal."""
    rows = counts[:, None] * dimension + np.arange(dimension, 0, -1)
    return float((rows.astype(float) ** 2).sum())


def supernode_columns(symbolic: SymbolicFactor) -> tuple[np.ndarray, int]:
    """Particles below the diagonal in each column of our factor."""
    counts = [front.n_boundary + np.arange(front.n_own - 1, -1, -1) for front in symbolic.fronts]
    return np.concatenate(counts), symbolic.dimension


def column_counts(graph: sparse.csr_array, order: np.ndarray) -> np.ndarray:
    """Particles below the diagonal in each column of the factor of any order."""
    permuted = graph[order][:, order].tocsr()
    structure: list[set[int]] = [set() for _ in order]
    children: list[list[int]] = [[] for _ in order]
    counts = np.empty(len(order), dtype=np.int64)
    for k in range(len(order)):
        neighbours = permuted.indices[permuted.indptr[k] : permuted.indptr[k + 1]]
        below = set(neighbours[neighbours > k].tolist())
        for child in children[k]:
            below |= structure[child]
            structure[child] = set()
        below.discard(k)
        structure[k], counts[k] = below, len(below)
        if below:
            children[min(below)].append(k)
    return counts


def ensemble(device: str, n_glasses: int, runs: list[tuple[str, int]]) -> None:
    """Throughput of many glasses of N = 2000: one structure, moved through its box."""
    glass, model_name = read_glass("ipl-2000")
    rng = np.random.default_rng(0)
    glasses = [
        glass.with_positions(glass.positions_nc + rng.random(3) * glass.box_c)
        for _ in range(n_glasses)
    ]
    rows = []
    for method, number in runs:
        tables = dipole_stiffness_ensemble(
            glasses, get_model(model_name), method=method, device=device, processes=number
        )
        next(tables)  # processes and device are up
        started = time.perf_counter()
        n_rest = sum(1 for _ in tables)
        rows.append((method, number, (time.perf_counter() - started) / n_rest))
    print_table(
        ["device", "method", "processes", "glasses", "seconds a glass", "a second", "gain"],
        [
            [device, m, str(p), str(n_glasses), f"{s:.3f}", f"{1 / s:.2f}", f"{rows[0][2] / s:.2f}"]
            for m, p, s in rows
        ],
    )


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--large", action="store_true", help="also N = 32000")
    parser.add_argument("--orderings", action="store_true", help="only compare with METIS")
    parser.add_argument("--ensemble", action="store_true", help="only time an ensemble")
    parser.add_argument("--in-turn", metavar="GLASS", help="only one thread and all cores, in turn")
    parser.add_argument("--glasses", type=int, default=12, help="glasses of the ensemble")
    parser.add_argument("--brief", action="store_true", help="only the time of all κ_ij")
    parser.add_argument("--budget", type=float, default=1e6, help="stop after so many seconds")
    parser.add_argument("--case", help=argparse.SUPPRESS)
    parser.add_argument("--method", default="selected", help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, default=1, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    cores = available_cores()
    if arguments.case:
        row = run_case(
            arguments.case,
            arguments.device,
            arguments.method,
            arguments.threads,
            arguments.brief,
        )
        print(json.dumps(row))
    elif arguments.in_turn:
        in_turn(arguments.in_turn)
    elif arguments.orderings:
        orderings()
    elif arguments.ensemble:
        if arguments.device == "cuda":
            runs = [("dense", cores), ("selected", cores)]
        else:
            runs = [("selected", number) for number in sorted({1, cores})]
        ensemble(arguments.device, arguments.glasses, runs)
    elif arguments.device == "cuda" or arguments.brief:
        rows = brief_rows(arguments.device, arguments.large, arguments.budget)
        print_gpu(rows)
        if not any(row["device"] == arguments.device for row in rows):
            sys.exit(f"nothing was measured on {arguments.device}")
    else:
        cases = CASES + (LARGE_CASES if arguments.large else [])
        rows = [in_fresh_process(name, "cpu", "selected", k) for name, k in cases]
        print_cpu([row for row in rows if row is not None])


def brief_rows(device: str, large: bool, budget: float) -> list[dict[str, Any]]:
    """Times of all κ_ij of the IPL glasses on the CPU and, by both methods, on the GPU."""
    started, rows = time.monotonic(), []
    for name in ["ipl-2000", "ipl-8000", *(["ipl-32000"] if large else [])]:
        cases = [("cpu", "selected", available_cores())]
        if device == "cuda":
            cases.insert(0, ("cuda", "selected", 1))
            if name != "ipl-32000":
                cases.insert(0, ("cuda", "dense", 1))
        for case_device, method, threads in cases:
            left = budget - (time.monotonic() - started)
            if left > 0:
                row = in_fresh_process(name, case_device, method, threads, "--brief", limit=left)
                rows += [] if row is None else [row]
    return rows


if __name__ == "__main__":
    main()
