"""The same liquid by plain MD and with swaps: energy per particle, pressure and S(q), where both equilibrate.

    python scripts/studies/swap_against_md.py --folder DIR      # may be stopped and goes on; T = 0.2 and 0.15, N = 200

Both begin from one liquid, which swaps have brought to its temperature, and run equally long. Errors are those of the means of
blocks, each several τ_α of plain MD long. χ² of S(q) is a mean over all q up to 12.
"""

from __future__ import annotations

import argparse
import json
import warnings
from pathlib import Path

import numpy as np

import lmpmeso
from lmpmeso.configurations import Trajectory
from lmpmeso.dynamics.structure_factor import structure_factor
from lmpmeso.execution import Execution
from lmpmeso.models import get_model
from lmpmeso.protocols import run_swap_trajectory, run_trajectory

MODEL = get_model("poly-swap")
N_PARTICLES = 200
LENGTHS = {0.2: 300.0, 0.15: 600.0}
"""Time of each run at each temperature [time]."""
BLOCKS = 20
FRAMES = 200
HOW = Execution("none", record_every=25)


def s_of_q(run: Trajectory, block_steps: int) -> list[np.ndarray]:
    """S(q) of the frames of each half block, as a row a block."""
    steps = np.asarray(run.steps)
    ends = np.flatnonzero((steps % block_steps == 0) & (steps > 0))
    return [
        structure_factor([run.configuration(int(k)) for k in part], model=MODEL)
        .table.query("q < 12")["S"]
        .to_numpy()
        for part in np.array_split(ends, BLOCKS)
    ]


def measured(temperature: float, folder: Path) -> dict[str, dict[str, object]]:
    """Means over blocks, both ways."""
    start = lmpmeso.equilibrate(MODEL, 0.3, N_PARTICLES, 1, duration=5.0, execution=HOW)
    common = {"seed": 1, "execution": HOW}
    settled = run_swap_trajectory(
        start.configuration,
        MODEL,
        temperature,
        block_duration=60.0,
        n_blocks=1,
        folder=folder / f"settled-{temperature:g}",
        **common,
    )
    found: dict[str, dict[str, object]] = {}
    for name, run_one, more in (
        ("MD", run_trajectory, {"ratio": 1.6}),
        ("swaps", run_swap_trajectory, {}),
    ):
        run = run_one(
            settled.configuration,
            MODEL,
            temperature,
            block_duration=LENGTHS[temperature] / FRAMES,
            n_blocks=FRAMES,
            folder=folder / f"{name}-{temperature:g}",
            **common,
            **more,
        )
        table = run.record[run.record["step"] > 0]
        block = ((table["step"] - 1) * BLOCKS // run.record["step"].max()).to_numpy()
        block_steps = round(LENGTHS[temperature] / FRAMES / run.time_step)
        found[name] = {
            "energy": table["potential_energy"].groupby(block).mean().tolist(),
            "pressure": table["pressure"].groupby(block).mean().tolist(),
            "S": [row.tolist() for row in s_of_q(run.trajectory, block_steps)],
        }
    return found


def told(values: object) -> tuple[float, float]:
    """Mean of blocks and its standard error."""
    array = np.asarray(values)
    return float(array.mean()), float(array.std(ddof=1) / np.sqrt(len(array)))


def main() -> None:
    """Run what is missing, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    warnings.simplefilter("ignore", UserWarning)
    print("T | quantity | MD | swaps | difference in errors")
    for temperature in LENGTHS:
        path = folder / f"{temperature:g}.json"
        if not path.is_file():
            path.write_text(json.dumps(measured(temperature, folder)))
        both = json.loads(path.read_text())
        for name in ("energy", "pressure"):
            (a, da), (b, db) = told(both["MD"][name]), told(both["swaps"][name])
            apart = (b - a) / np.hypot(da, db)
            print(
                f"{temperature:g} | {name} | {a:.5f} ± {da:.5f} | {b:.5f} ± {db:.5f} | {apart:.2f}"
            )
        a_bq, b_bq = (np.asarray(both[name]["S"]) for name in ("MD", "swaps"))
        error_q = np.hypot(a_bq.std(axis=0, ddof=1), b_bq.std(axis=0, ddof=1)) / np.sqrt(BLOCKS)
        apart_q = (b_bq.mean(axis=0) - a_bq.mean(axis=0)) / error_q
        peak = int(a_bq.mean(axis=0).argmax())
        print(
            f"{temperature:g} | S(q) | {a_bq[:, peak].mean():.3f} | {b_bq[:, peak].mean():.3f} | "
            f"χ²/n = {np.mean(apart_q**2):.2f}, n = {len(apart_q)}, largest {np.abs(apart_q).max():.1f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
