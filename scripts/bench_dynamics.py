"""Time the correlators on N = 2000 × 500 frames against plain NumPy, in one run.

    python scripts/bench_dynamics.py [--particles 2000] [--frames 500]

Prints processor seconds (best of three) and ratios. Set OMP_NUM_THREADS=1 for one core.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lmpmeso.configurations import Trajectory
from lmpmeso.dynamics import lag_table, mean_squared_displacement, self_intermediate

FloatArray = NDArray[np.float64]
Q = 6.35
N_LAGS = 50
REPETITIONS = 3


def random_walk(n_frames: int, n_particles: int, seed: int = 0) -> Trajectory:
    """Walkers in three dimensions, a frame every 100 steps."""
    rng = np.random.default_rng(seed)
    jumps = 0.1 * rng.normal(size=(n_frames, n_particles, 3))
    return Trajectory(
        positions_tnc=rng.uniform(0.0, 13.5, (n_particles, 3)) + np.cumsum(jumps, axis=0),
        steps=100 * np.arange(n_frames),
        time_step=0.005,
        species=np.zeros(n_particles, dtype=np.int64),
        box_c=np.full(3, 13.5),
        ids=np.arange(1, n_particles + 1),
    )


def plain_msd(x_tnc: FloatArray) -> list[float]:
    """MSD at every lag, a lag at a time."""
    return [
        float(np.mean(np.sum((x_tnc[k:] - x_tnc[:-k]) ** 2, axis=2))) for k in range(1, len(x_tnc))
    ]


def plain_isotropic(x_tnc: FloatArray, lags: list[int]) -> list[float]:
    """F_s with sin(qr)/(qr)."""
    return [
        float(np.mean(np.sinc(Q / np.pi * np.linalg.norm(x_tnc[k:] - x_tnc[:-k], axis=2))))
        for k in lags
    ]


def plain_axes(x_tnc: FloatArray, lags: list[int]) -> list[float]:
    """F_s with wave vectors along the axes."""
    return [float(np.mean(np.cos(Q * (x_tnc[k:] - x_tnc[:-k])))) for k in lags]


def best_time(job: Callable[[], object]) -> float:
    """Processor seconds of the fastest of several repetitions."""
    times = []
    for _ in range(REPETITIONS):
        start = time.process_time()
        job()
        times.append(time.process_time() - start)
    return min(times)


def main() -> None:
    """Time, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--particles", type=int, default=2000)
    parser.add_argument("--frames", type=int, default=500)
    arguments = parser.parse_args()
    walk = random_walk(arguments.frames, arguments.particles)
    x_tnc = walk.positions_tnc - walk.positions_tnc.mean(axis=1, keepdims=True)
    frame_lags = np.unique(np.round(np.geomspace(1, arguments.frames - 1, 64)).astype(int))[:N_LAGS]
    some = lag_table(walk.steps, 100 * frame_lags)
    every = lag_table(walk.steps, "all")

    jobs: list[tuple[str, Callable[[], FloatArray], Callable[[], list[float]]]] = [
        (
            "MSD, all lags",
            lambda: mean_squared_displacement(walk, lags=every)["msd"].to_numpy(),
            lambda: plain_msd(x_tnc),
        ),
        (
            f"F_s isotropic, {len(frame_lags)} lags",
            lambda: self_intermediate(walk, Q, lags=some)["Fs"].to_numpy(),
            lambda: plain_isotropic(x_tnc, frame_lags.tolist()),
        ),
        (
            f"F_s along the axes, {len(frame_lags)} lags",
            lambda: self_intermediate(walk, Q, lags=some, method="axes")["Fs"].to_numpy(),
            lambda: plain_axes(x_tnc, frame_lags.tolist()),
        ),
    ]
    print(
        f"N = {arguments.particles}, {arguments.frames} frames, all time origins; processor seconds"
    )
    print(f"{'':30s}{'lmpmeso':>9s}{'NumPy':>9s}{'ratio':>8s}{'difference':>12s}")
    for name, ours, plain in jobs:
        difference = np.max(np.abs(ours() - np.array(plain())))
        seconds, plain_seconds = best_time(ours), best_time(plain)
        print(
            f"{name:30s}{seconds:9.3f}{plain_seconds:9.3f}{plain_seconds / seconds:8.1f}"
            f"{difference:12.1e}"
        )


if __name__ == "__main__":
    main()
