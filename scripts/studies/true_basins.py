"""Which structure lies below a frame: steepest descent against what others use, and what the landscape becomes.

    python scripts/studies/true_basins.py compare --folder DIR   # the same frames by cg, fire and steepest descent
    python scripts/studies/true_basins.py methods --folder DIR   # many more minimisers, N = 400
    python scripts/studies/true_basins.py tables  --folder DIR [DIR2] --docs docs   # tables and figures of what is there

Every part goes on where it was stopped. ``compare`` takes the liquids of landscape_study.py, N = 1000 (SW 512),
and works in rounds: two trajectories of every liquid, then four, up to ten. A trajectory has sixteen frames a quarter
of an MD step apart, quenched by each minimiser; of its first frame κ_ij and G by each; and frames of the liquid before
it are descended at four tolerances of the path.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from basin_tables import compared, make_tables
from landscape_study import STATE_POINTS, StatePoint, folder_of, liquid, say, starts
from methods_of_others import apart, by_steepest_descent, quench_by_methods

from lmpmeso import analyse, read_trajectory
from lmpmeso.configurations import Configuration, Trajectory
from lmpmeso.hessians import evaluate
from lmpmeso.landscape import MinimizerComparison
from lmpmeso.models import get_model

ROUNDS = (2, 4, 6, 8, 10)
"""Trajectories of each liquid after each round."""
SIZES = {"sw": 512}
PARTS = (("cg", "steepest"), "tolerances", ("cg", "fire", "steepest"))
SLOW = {"sw"}
"""Liquids that FIRE quenches when all else is done."""
PATH_TOLERANCES = (1e-2, 1e-3, 1e-4, 1e-5)
PARTS_OF_A_BLOCK = (0.36, 0.72, 1.0)
"""Where in a block of 2 τ_α the frames are whose path is followed at several tolerances."""


def compare(root: Path, points: list[StatePoint], until: str, size: int | None) -> None:
    """All rounds, until the clock says so; in each of them FIRE comes last, which takes longest."""
    stages = [(n, part, point) for n in ROUNDS for part in PARTS for point in points]
    for number, part, point in sorted(stages, key=lambda stage: too_slow(stage[1], stage[2])):
        if time.strftime("%H:%M") >= until:
            return
        path = folder_of(root, point) / f"trajectory-{number}.nc"
        frames = (
            read_trajectory(path, get_model(point.model))
            if path.is_file()  # its run may have gone on since
            else liquid(root, point, number, size or SIZES.get(point.model))
        )
        if part == "tolerances":
            tolerances(root, point, frames, number)
        else:
            stiffness(root, point, compared(root, point, number, part))
        say(f"{time.strftime('%H:%M')} {point.model}: {number} trajectories, {part}")


def too_slow(part: object, point: StatePoint) -> bool:
    """Whether a stage waits until all else is done."""
    return part == PARTS[-1] and point.model in SLOW


def stiffness(root: Path, point: StatePoint, found: MinimizerComparison) -> None:
    """Energy, G and κ_ij of the structures below the first frames."""
    path = folder_of(root, point) / "stiffness.csv"
    rows = (
        pd.read_csv(path) if path.is_file() else pd.DataFrame(columns=["trajectory", "minimizer"])
    )
    there = set(zip(rows["trajectory"], rows["minimizer"], strict=True))
    model = get_model(point.model)
    frames = starts(root, point, model, len(next(iter(found.trajectories.values()))))
    for name, runs in found.trajectories.items():
        for k, (run, frame) in enumerate(zip(runs, frames, strict=True)):
            if (k, name) in there:
                continue
            place_nc = run.positions_qnc[run.quench_f[0]]
            glass = replace(frame, positions_nc=place_nc, images_nc=None, velocities_nc=None)
            elastic = analyse(glass, model)
            kappa = elastic.bonds["kappa"].to_numpy()
            np.save(path.with_name(f"kappa-{name}-{k:03d}.npy"), kappa)
            row = {
                "trajectory": k,
                "minimizer": name,
                "energy": run.energies_f[0] / run.n_particles,
                "shear_modulus": elastic.shear.value,
                "kappa_mean": kappa.mean(),
                "kappa_median": np.median(kappa),
                "kappa_5": np.quantile(kappa, 0.05),
                "kappa_95": np.quantile(kappa, 0.95),
            }
            rows = pd.concat([rows, pd.DataFrame([row])], ignore_index=True)
            rows.to_csv(path, index=False, float_format="%.17g")


def tolerances(root: Path, point: StatePoint, trajectory: Trajectory, number: int) -> None:
    """Ends at several tolerances of the path."""
    path = folder_of(root, point) / "tolerances.csv"
    rows = pd.read_csv(path) if path.is_file() else pd.DataFrame({"step": []})
    model = get_model(point.model)
    for frame in spread_frames(trajectory, number):
        if frame.step in set(rows["step"]):
            continue
        ends = {t: by_steepest_descent(frame, model, t) for t in PATH_TOLERANCES}
        finest = ends[min(ends)]
        new = [
            {
                "step": frame.step,
                "path_tolerance": t,
                "evaluations": end.evaluations,
                "seconds": end.seconds,
                "energy": evaluate(frame.with_positions(end.positions_nc), model).energy,
                "from_finest": apart(finest.positions_nc, end.positions_nc),
                "from_hundredth": (
                    apart(ends[t / 100].positions_nc, end.positions_nc) if t / 100 in ends else None
                ),
            }
            for t, end in ends.items()
        ]
        rows = pd.concat([rows, pd.DataFrame(new)], ignore_index=True)
        rows.to_csv(path, index=False, float_format="%.17g")


def spread_frames(trajectory: Trajectory, n_blocks: int) -> list[Configuration]:
    """Frames at some parts of each block."""
    block = int(trajectory.steps[-1]) // n_blocks
    wanted = [(k + part) * block for k in range(n_blocks) for part in PARTS_OF_A_BLOCK]
    return [
        trajectory.configuration(int(np.abs(trajectory.steps - step).argmin())) for step in wanted
    ]


def main() -> None:
    """Arguments."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("part", choices=("compare", "methods", "tables"))
    parser.add_argument("--folder", type=Path, nargs="+", required=True, help="several for tables")
    parser.add_argument("--models", default=",".join(p.model for p in STATE_POINTS))
    parser.add_argument("--until", default="99", help="time of day, HH:MM, at which to stop")
    parser.add_argument("--size", type=int, help="N of all liquids, in a folder of its own")
    parser.add_argument("--frames", type=int, default=40, help="of methods")
    parser.add_argument("--methods", default="", help="names as in the table; default: all")
    parser.add_argument("--docs", type=Path, help="write tables and figures there, too")
    arguments = parser.parse_args()
    roots, names = [f.absolute() for f in arguments.folder], arguments.models.split(",")
    root = roots[0]
    root.mkdir(parents=True, exist_ok=True)
    points = [p for name in names for p in STATE_POINTS if p.model == name]
    if arguments.part == "compare":
        compare(root, points, arguments.until, arguments.size)
    elif arguments.part == "methods":
        chosen = [method for method in arguments.methods.split(",") if method]
        quench_by_methods(root, names, arguments.frames, arguments.until, chosen)
    else:
        make_tables(roots, points, arguments.docs)


if __name__ == "__main__":
    main()
