"""How much sooner a polydisperse liquid relaxes with swaps than with MD, in one run.

Both start from the same liquid, which swaps have brought to its temperature, and run until F_s of all places has fallen to
0.2 within the run. τ_α is told in MD time and in processor time; the ratio of the latter counts what swaps cost. The error of a
ratio is that of both τ_α (90 %, by the blocks of their runs).

    python scripts/benchmarks/bench_swap.py                             # poly-swap at T = 0.2, 0.15 and 0.12, N = 200
    python scripts/benchmarks/bench_swap.py --particles 200 --temperatures 0.15
"""

import argparse
import math
import os
import time
import warnings
from collections.abc import Callable

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from lmpmeso.configurations import Configuration
from lmpmeso.dynamics import RelaxationTime, relaxation_time, self_intermediate
from lmpmeso.errors import StatisticsError
from lmpmeso.execution import Execution
from lmpmeso.models import get_model
from lmpmeso.protocols import (
    TrajectoryRun,
    equilibrate,
    run_swap_trajectory,
    run_trajectory,
)
from lmpmeso.protocols.swap_run import acceptance

MODEL = get_model("poly-swap")
BLOCKS = 12
HOW = Execution("none", record_every=100)


def relaxed(
    run: Callable[[Configuration, float], TrajectoryRun], start: Configuration, duration: float
) -> tuple[RelaxationTime, float, TrajectoryRun]:
    """τ_α [time], processor time per τ_α [s], and the run: twice as long until F_s falls far enough."""
    while True:
        began = time.process_time()
        found = run(start, duration / BLOCKS)
        spent = time.process_time() - began
        try:
            fs = self_intermediate(found.trajectory, model=MODEL)
            tau = relaxation_time(fs, 0.2, min_run=6.0)
        except StatisticsError:
            start, duration = found.configuration, 2.0 * duration
            continue
        return tau, spent * tau.value / duration, found


def spread(*taus: RelaxationTime) -> float:
    """Relative half-width of the interval of a ratio."""
    halves = [0.5 * math.log(tau.high / tau.low) if tau.low > 0 else math.nan for tau in taus]
    return math.hypot(*halves)


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--particles", type=int, default=200)
    parser.add_argument("--temperatures", type=float, nargs="+", default=[0.2, 0.15, 0.12])
    arguments = parser.parse_args()
    warnings.simplefilter("ignore", UserWarning)
    liquid = equilibrate(MODEL, 0.3, arguments.particles, 1, duration=5.0).configuration
    print("T | τ_α MD | τ_α swap | ratio | s per τ_α MD | s per τ_α swap | ratio | acceptance")
    for temperature in arguments.temperatures:

        def with_swaps(start: Configuration, block: float, t: float = temperature) -> TrajectoryRun:
            return run_swap_trajectory(
                start, MODEL, t, block_duration=block, n_blocks=BLOCKS, seed=1, execution=HOW
            )

        def plain(start: Configuration, block: float, t: float = temperature) -> TrajectoryRun:
            return run_trajectory(
                start,
                MODEL,
                t,
                block_duration=block,
                n_blocks=BLOCKS,
                ratio=1.6,
                seed=1,
                execution=HOW,
            )

        liquid = relaxed(with_swaps, liquid, 10.0)[2].configuration
        swap_tau, swap_cost, swapped = relaxed(with_swaps, liquid, 10.0)
        liquid = swapped.configuration
        tau, cost, _ = relaxed(plain, liquid, 10.0)
        ratio, half = tau.value / swap_tau.value, spread(tau, swap_tau)
        print(
            f"{temperature:g} | {tau.value:.3g} | {swap_tau.value:.3g} | {ratio:.3g} ± {half * ratio:.2g} | {cost:.3g} | "
            f"{swap_cost:.3g} | {cost / swap_cost:.3g} ± {half * cost / swap_cost:.2g} | {acceptance(swapped.record):.3g}",
            flush=True,
        )


if __name__ == "__main__":
    main()
