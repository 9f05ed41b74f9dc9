"""How fast a formula is against a potential written by hand: φ, φ′ and φ″ of many distances.

    python scripts/benchmarks/bench_formula.py

Both are timed in turn, and the ratio of their best times is what counts.
"""

import argparse
import time

import numpy as np

from lmpmeso.models import get_model
from lmpmeso.models.formula import FormulaPotential
from lmpmeso.models.potentials import PairPotential, StillingerWeberPair

LENNARD_JONES = "4*eps*((sig/r)^12 - (sig/r)^6)"
N_DISTANCES = 100_000


def rivals() -> dict[str, tuple[PairPotential, PairPotential]]:
    """A formula and the packaged potential that it is, by name."""
    ipl = get_model("ipl").pair_potentials[0][1]
    mblj = get_model("mblj").pair_potentials[0][1]
    sw = StillingerWeberPair()
    constants = (("eps", mblj.epsilon), ("sig", mblj.sigma))
    return {
        "ipl, smooth-3": (
            FormulaPotential("(l/r)^10", (("l", ipl.size),), ipl.cutoff, ipl.size, "smooth-3"),
            ipl,
        ),
        "mblj, force": (
            FormulaPotential(LENNARD_JONES, constants, mblj.cutoff, mblj.sigma, "force"),
            mblj,
        ),
        "sw pair, no sum of powers": (
            FormulaPotential(
                "where(r < a, A*(B/r^4 - 1)*exp(1/(r - a)), 0)",
                (("A", sw.A), ("B", sw.B), ("a", sw.a)),
                sw.cutoff,
                sw.sigma,
            ),
            sw,
        ),
    }


def best_times(potentials: tuple[PairPotential, ...], order: int, repeats: int) -> list[float]:
    """Shortest time of each [s], timed in turn."""
    cutoff = potentials[0].cutoff
    r = np.random.default_rng(1).uniform(0.7 * potentials[0].diameter, cutoff, N_DISTANCES)
    times: list[list[float]] = [[] for _ in potentials]
    for _ in range(repeats):
        for mine, phi in zip(times, potentials, strict=True):
            began = time.process_time()
            phi.derivatives(r, order)
            mine.append(time.process_time() - began)
    return [min(mine) for mine in times]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=30)
    repeats = parser.parse_args().repeats
    print("| potential | order | formula [ns/pair] | by hand [ns/pair] | formula / by hand |")
    print("| --- | --- | --- | --- | --- |")
    for name, potentials in rivals().items():
        for order in (0, 2, 4):
            ours, theirs = (t / N_DISTANCES * 1e9 for t in best_times(potentials, order, repeats))
            print(f"| {name} | {order} | {ours:.1f} | {theirs:.1f} | {ours / theirs:.2f} |")


if __name__ == "__main__":
    main()
