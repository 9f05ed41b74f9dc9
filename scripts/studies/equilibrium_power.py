"""How often the judgement of equilibrium is right: on liquids that age and on liquids that do not.

    python scripts/studies/equilibrium_power.py FOLDER [--runs 24]

Liquids are equilibrated at T = 2, quenched to T = 0.7 (IPL) and followed for 48 τ_α. A window
that begins with the quench ages; the later ones are in equilibrium. Each window is judged as two
successive stretches. Finished runs in FOLDER are kept.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from lmpmeso.configurations import read_trajectory
from lmpmeso.dynamics import check_equilibration
from lmpmeso.execution import Execution
from lmpmeso.files.tables import write_table
from lmpmeso.models import get_model
from lmpmeso.protocols import equilibrate, run_trajectory

MODEL, HOT, COLD, N = get_model("ipl"), 2.0, 0.7, 400
TAU = 27.9 * MODEL.t0(COLD)
"""τ_α of the cold liquid [time]."""
BLOCK, N_BLOCKS = 0.25, 192
"""Length of a block in τ_α, and their number."""
SIGNIFICANCE = 0.05


def make_run(folder, seed):
    """A liquid quenched from HOT to COLD and followed: its trajectory and its record."""
    path, table = folder / f"{seed:03d}.nc", folder / f"{seed:03d}.csv"
    if table.is_file():
        return
    hot = equilibrate(MODEL, HOT, N, seed, duration=30 * MODEL.t0(HOT)).configuration
    run = run_trajectory(
        hot,
        MODEL,
        COLD,
        block_duration=BLOCK * TAU,
        n_blocks=N_BLOCKS,
        ratio=1.5,
        seed=seed,
        output=path,
        execution=Execution(record_every=20),
    )
    write_table(table, run.record)


def judge(folder, seed, begin, stretch):
    """``too short``, ``changing`` or ``accepted``, for two stretches from a time on, both in τ_α."""
    trajectory = read_trajectory(folder / f"{seed:03d}.nc", MODEL)
    record = pd.read_csv(folder / f"{seed:03d}.csv")
    unit = TAU / trajectory.time_step
    low, high = begin * unit - 1, (begin + 2 * stretch) * unit + 1
    inside = (trajectory.steps >= low) & (trajectory.steps <= high)
    window = replace(
        trajectory,
        positions_tnc=trajectory.positions_tnc[inside],
        steps=trajectory.steps[inside],
    )
    energies = record[(record["step"] >= low) & (record["step"] <= high)]
    verdict = check_equilibration(window, MODEL, energies, significance=SIGNIFICANCE)
    if verdict.equilibrated:
        return "accepted"
    return "too short" if "too short" in verdict.reason else "changing"


def main():
    """Make the runs, judge them, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=24)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    seeds = range(1, options.runs + 1)
    for seed in seeds:
        make_run(options.folder, seed)
        print(f"run {seed} of {len(seeds)}", flush=True)
    print("| stretch [τ_α] | begins [τ_α] after the quench | accepted | changing | too short |")
    print("|---|---|---|---|---|")
    for stretch in (1, 2, 3, 4, 6, 8, 12):
        begins = [0, *np.arange(24, 49 - 2 * stretch, 2 * stretch).tolist()]
        for label, chosen in (("0", begins[:1]), ("24 and later", begins[1:])):
            fates = [judge(options.folder, s, b, stretch) for s in seeds for b in chosen]
            counts = [fates.count(fate) for fate in ("accepted", "changing", "too short")]
            print(f"| {stretch} | {label} | {' | '.join(map(str, counts))} |", flush=True)


if __name__ == "__main__":
    main()
