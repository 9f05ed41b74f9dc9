"""Time the correlators on N = 2000 × 500 frames against plain NumPy and other packages, in one run.

    python scripts/benchmarks/bench_dynamics.py [--particles 2000] [--frames 500] [--long FRAMES]

Prints processor seconds (best of three), ratios, and the largest difference of the values. dynasor,
PyMatterSim and freud are skipped where they are not installed. Set OMP_NUM_THREADS=1 and NUMBA_NUM_THREADS=1 for
one core. With --long: peak memory and time of F_s of a trajectory of so many frames, on disk, in the
folder for temporary files (TMPDIR; 100 kB a frame).
"""

from __future__ import annotations

import argparse
import importlib.util
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import j0

from lmpmeso.configurations import Trajectory, read_trajectory, write_trajectory
from lmpmeso.configurations.stored_frames import FrameCollector
from lmpmeso.dynamics import (
    lag_table,
    mean_squared_displacement,
    self_correlations,
    self_intermediate,
)
from lmpmeso.dynamics.wave_vectors import wave_vector_shell
from lmpmeso.models import get_model

FloatArray = NDArray[np.float64]
Job = Callable[[], FloatArray | list[float]]
Q = 6.35
N_LAGS = 50
REPETITIONS = 3
LONG = 10.0


def random_walk(n_frames: int, n_particles: int, dimension: int = 3, seed: int = 0) -> Trajectory:
    """Walkers, a frame every 100 steps."""
    rng = np.random.default_rng(seed)
    jumps = 0.1 * rng.normal(size=(n_frames, n_particles, dimension))
    return Trajectory(
        positions_tnc=rng.uniform(0.0, 13.5, (n_particles, dimension)) + np.cumsum(jumps, axis=0),
        steps=100 * np.arange(n_frames),
        time_step=0.005,
        species=np.zeros(n_particles, dtype=np.int64),
        box_c=np.full(dimension, 13.5),
        ids=np.arange(1, n_particles + 1),
    )


def about_center_of_mass(walk: Trajectory) -> FloatArray:
    """Positions relative to the centre of mass, shape (T, N, d)."""
    return walk.positions_tnc - walk.positions_tnc.mean(axis=1, keepdims=True)


def plain_msd(x_tnc: FloatArray) -> list[float]:
    """MSD at every lag, a lag at a time."""
    return [
        float(np.mean(np.sum((x_tnc[k:] - x_tnc[:-k]) ** 2, axis=2))) for k in range(1, len(x_tnc))
    ]


def plain_isotropic(x_tnc: FloatArray, lags: list[int]) -> list[float]:
    """F_s with sin(qr)/(qr), in two dimensions with J₀(qr)."""
    of = j0 if x_tnc.shape[2] == 2 else lambda x: np.sinc(x / np.pi)
    return [float(np.mean(of(Q * np.linalg.norm(x_tnc[k:] - x_tnc[:-k], axis=2)))) for k in lags]


def plain_axes(x_tnc: FloatArray, lags: list[int]) -> list[float]:
    """F_s with wave vectors along the axes."""
    return [float(np.mean(np.cos(Q * (x_tnc[k:] - x_tnc[:-k])))) for k in lags]


def dynasor_shell(x_tnc: FloatArray, lags: list[int], q_kc: FloatArray) -> list[float]:
    """F_s over the wave vectors of a shell, by dynasor's kernel of the incoherent part."""
    from dynasor.core.reciprocal import _calc_rho_q_incoherent

    values = []
    for k in lags:
        moved_tcn = np.ascontiguousarray((x_tnc[k:] - x_tnc[:-k]).transpose(0, 2, 1))
        values.append(float(_calc_rho_q_incoherent(moved_tcn, q_kc).mean()) / x_tnc.shape[1])
    return values


def pymattersim(x_tnc: FloatArray) -> FloatArray:
    """F_s along the axes, overlap, χ₄, MSD and α₂ at all lags, by PyMatterSim: shape (lags, 5)."""
    import logging

    from PyMatterSim.dynamic.dynamics import Dynamics
    from PyMatterSim.reader.reader_utils import SingleSnapshot, Snapshots

    n = x_tnc.shape[1]
    logging.getLogger("PyMatterSim").setLevel(logging.WARNING)
    box = np.full(3, 13.5)
    frames = [
        SingleSnapshot(100 * k, n, np.ones(n, int), x_nc, box, np.zeros((3, 2)), None, np.diag(box))
        for k, x_nc in enumerate(x_tnc)
    ]
    found = Dynamics(
        xu_snapshots=Snapshots(len(frames), frames),
        dt=0.005,
        ppp=np.zeros(3, int),
        diameters={1: 1.0},
        a=0.3,
    )
    return found.relaxation(qconst=Q)[["isf", "Qt", "X4_Qt", "msd", "alpha2"]].to_numpy()


def freud_msd(x_tnc: FloatArray) -> FloatArray:
    """MSD at every lag by freud's windowed one."""
    import freud

    return freud.msd.MSD(mode="window").compute(x_tnc).msd[1:]


def best_time(job: Job) -> tuple[float, FloatArray | list[float]]:
    """Processor seconds of the fastest of several repetitions, one if it is long, and the result."""
    times: list[float] = []
    while len(times) < REPETITIONS and sum(times) < LONG:
        start = time.process_time()
        result = job()
        times.append(time.process_time() - start)
    return min(times), result


def main() -> None:
    """Time, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--particles", type=int, default=2000)
    parser.add_argument("--frames", type=int, default=500)
    parser.add_argument("--long", type=int, metavar="FRAMES")
    arguments = parser.parse_args()
    walk = random_walk(arguments.frames, arguments.particles)
    x_tnc = about_center_of_mass(walk)
    flat_walk = random_walk(arguments.frames, arguments.particles, dimension=2)
    x_flat_tnc = about_center_of_mass(flat_walk)
    frame_lags = np.unique(np.round(np.geomspace(1, arguments.frames - 1, 64)).astype(int))[:N_LAGS]
    some = lag_table(walk.steps, 100 * frame_lags)
    every = lag_table(walk.steps, "all")

    lags = frame_lags.tolist()
    shell_kc = wave_vector_shell(Q, walk.box_c, width=0.3)
    ours_isotropic = lambda: self_intermediate(walk, Q, lags=some)["Fs"].to_numpy()  # noqa: E731
    ours_flat = lambda: self_intermediate(flat_walk, Q, lags=some)["Fs"].to_numpy()  # noqa: E731
    ours_shell = lambda: self_intermediate(  # noqa: E731
        walk, Q, lags=some, method="shell", shell_width=0.3
    )["Fs"].to_numpy()
    ours_axes = lambda: self_intermediate(walk, Q, lags=some, method="axes")["Fs"].to_numpy()  # noqa: E731
    ours_msd = lambda: mean_squared_displacement(walk, lags=every)["msd"].to_numpy()  # noqa: E731

    def ours_all() -> FloatArray:
        found = self_correlations(walk, q=Q, distance=0.3, lags=every)
        return found[["Q", "chi4", "msd", "alpha2"]].to_numpy()

    # Name, rival, ours, theirs, whether both compute the same values, and the rival's package.
    jobs: list[tuple[str, str, Job, Job, bool, str]] = [
        ("MSD, all lags", "NumPy", ours_msd, lambda: plain_msd(x_tnc), True, "numpy"),
        ("MSD, all lags", "freud", ours_msd, lambda: freud_msd(x_tnc), True, "freud"),
        (
            f"F_s isotropic, {len(lags)} lags",
            "NumPy",
            ours_isotropic,
            lambda: plain_isotropic(x_tnc, lags),
            True,
            "numpy",
        ),
        (
            f"F_s isotropic, 2D, {len(lags)} lags",
            "NumPy",
            ours_flat,
            lambda: plain_isotropic(x_flat_tnc, lags),
            True,
            "numpy",
        ),
        (
            f"F_s axes, {len(lags)} lags",
            "NumPy",
            ours_axes,
            lambda: plain_axes(x_tnc, lags),
            True,
            "numpy",
        ),
        (
            f"F_s shell of {len(shell_kc)}, {len(lags)} lags",
            "dynasor",
            ours_shell,
            lambda: dynasor_shell(x_tnc, lags, shell_kc),
            True,
            "dynasor",
        ),
        (
            f"F_s isotropic, {len(lags)} lags",
            f"dynasor, {len(shell_kc)} q",
            ours_isotropic,
            lambda: dynasor_shell(x_tnc, lags, shell_kc),
            False,
            "dynasor",
        ),
        (
            "F_s, MSD, α2, Q, χ4, all lags",
            "PyMatterSim",
            ours_all,
            lambda: pymattersim(x_tnc)[:, 1:],
            True,
            "PyMatterSim",
        ),
    ]
    print(
        f"N = {arguments.particles}, {arguments.frames} frames, all time origins; processor seconds"
    )
    print(f"{'':30s}{'against':>16s}{'lmpmeso':>9s}{'other':>9s}{'ratio':>8s}{'difference':>12s}")
    for name, rival, ours, theirs, same, package in jobs:
        if importlib.util.find_spec(package) is None:
            print(f"{name:30s}{rival:>16s}  not installed")
            continue
        (seconds, found), (other, expected) = best_time(ours), best_time(theirs)
        difference = f"{np.max(np.abs(np.subtract(found, expected))):12.1e}" if same else ""
        print(
            f"{name:30s}{rival:>16s}{seconds:9.3f}{other:9.3f}{other / seconds:8.1f}{difference}",
            flush=True,
        )
    if arguments.long:
        long_trajectory(arguments.long, arguments.particles)


def long_trajectory(n_frames: int, n_particles: int) -> None:
    """Write a random walk as NetCDF frame by frame, read it, correlate it; print what it took."""
    model = get_model("ipl")
    edge = n_particles ** (1 / 3) * model.a0
    rng = np.random.default_rng(1)
    collector, x_nc = FrameCollector(), rng.uniform(0.0, edge, (n_particles, 3))
    for _ in range(n_frames):
        x_nc = x_nc + 0.02 * rng.standard_normal((n_particles, 3))
        collector.append(x_nc)
    walk = Trajectory(
        positions_tnc=collector.frames(),
        steps=100 * np.arange(n_frames),
        time_step=0.005,
        species=np.arange(n_particles) % 2,
        box_c=np.full(3, edge),
        ids=np.arange(1, n_particles + 1),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long.nc"
        write_trajectory(path, walk)
        size = path.stat().st_size
        del walk, collector
        start = time.process_time()
        stored = read_trajectory(path, model)
        table = lag_table(stored.steps)
        fs = self_intermediate(stored, model=model, lags=table)
        seconds = time.process_time() - start
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    expected = np.exp(-0.5 * (model.species[1].q_max * 0.02) ** 2 * fs["t"] / 0.5)
    print(
        f"{n_frames} frames of {n_particles} particles, {size / 2**30:.2f} GiB on disk: F_s at {len(fs)} "
        f"lags, {table.offsets()[-1]:,} pairs of frames, {seconds:.0f} s of processor time, peak "
        f"memory {peak / 2**30:.2f} GiB, largest deviation from the exact F_s "
        f"{np.abs(fs['Fs'] - expected).max():.1e}"
    )


if __name__ == "__main__":
    main()
