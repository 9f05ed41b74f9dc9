"""How often the 90 % interval of τ_α holds τ_α, and what pooling of lags does to its scatter: docs/statistics.md.

    python scripts/studies/tau_coverage.py walkers                   # made-up liquids whose mobility fluctuates
    python scripts/studies/tau_coverage.py liquid --folder DIR       # stretches of one long run of IPL; may be stopped
    python scripts/studies/tau_coverage.py campaigns --folders DIR … # stretches of runs of one state point, other seeds

All put their rows into docs/statistics/tau-coverage.csv. The walkers step independently, all with a mobility exp(σ x(t)),
whose x is normal and forgets itself as exp(−t/τ_α): a liquid whose particles move more in one τ_α and less in the
next. What is true of them is τ_α of the mean F_s of all runs; of the liquid, τ_α of the whole run; of campaigns, the
mean τ_α of their whole runs. An interval that cannot be given counts as one that misses.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import lmpmeso
from lmpmeso.campaign.expected_relaxation import expected_relaxation
from lmpmeso.configurations import Trajectory
from lmpmeso.dynamics import relaxation_time, self_intermediate
from lmpmeso.errors import StatisticsError
from lmpmeso.execution import Execution
from lmpmeso.files.tables import read_table, write_table
from lmpmeso.landscape import short_run
from lmpmeso.protocols import equilibrate

TABLE = Path(__file__).resolve().parents[2] / "docs" / "statistics" / "tau-coverage.csv"
KEYS = ["what", "length_over_tau"]
LENGTHS = (3, 4, 6, 8, 10, 20, 40)
"""Lengths of the runs [τ_α]."""
Q, A_TAU = 6.35, 20
"""Wave number of the walkers, and their frames in one τ_α."""
WALKERS, RUNS = 60, 200
WHOLE = 250.0
"""Length of the liquid's run [τ_α]."""


def walk(mobility_t: np.ndarray, random: np.random.Generator) -> Trajectory:
    """Independent walkers whose steps have the given mobility; F_s(Q, τ_α) = 0.2 where it is 1."""
    step = math.sqrt(-2.0 * math.log(0.2) / (Q**2 * A_TAU))
    jumps_tnc = step * np.sqrt(mobility_t)[:, None, None]
    jumps_tnc = jumps_tnc * random.normal(size=(len(mobility_t), WALKERS, 3))
    x_tnc = np.concatenate([np.zeros((1, WALKERS, 3)), np.cumsum(jumps_tnc, axis=0)])
    return Trajectory(
        positions_tnc=x_tnc + random.uniform(0.0, 10.0, (WALKERS, 3)),
        steps=np.arange(len(x_tnc), dtype=np.int64),
        time_step=1.0 / A_TAU,
        box_c=np.full(3, 10.0),
        species=np.zeros(WALKERS, dtype=np.int64),
        ids=np.arange(1, WALKERS + 1),
    )


def mobility(n_steps: int, spread: float, random: np.random.Generator) -> np.ndarray:
    """exp(σ x(t)) of mean 1; x forgets itself as exp(−t/τ_α)."""
    kept = math.exp(-1.0 / A_TAU)
    x_t = np.empty(n_steps)
    x_t[0] = random.normal()
    kicks_t = math.sqrt(1.0 - kept**2) * random.normal(size=n_steps)
    for t in range(1, n_steps):
        x_t[t] = kept * x_t[t - 1] + kicks_t[t]
    return np.exp(spread * x_t - 0.5 * spread**2)


def walkers() -> Iterator[dict[str, Any]]:
    """A row a spread of the mobility and a length."""
    for spread in (0.0, 0.3, 0.6):
        for length in LENGTHS:
            random = np.random.default_rng([int(10 * spread), length])
            tables = [
                self_intermediate(
                    walk(mobility(length * A_TAU, spread, random), random),
                    Q,
                    fix_center_of_mass=False,
                )
                for _ in range(RUNS if length < 20 else RUNS // 3)
            ]
            mean = pd.concat(tables).groupby("t")[["Fs"]].mean().reset_index()
            yield row(
                f"walkers, σ = {spread:g}", length, tables, relaxation_time(mean, min_run=1.0).value
            )


def row(what: str, length: float, tables: list[pd.DataFrame], truth: float) -> dict[str, Any]:
    """Coverage of the intervals of these F_s, and the scatter of τ_α with and without pooled lags."""
    found, plain, refused = [], [], 0
    for table in tables:
        try:
            found.append(relaxation_time(table, min_run=0.5 * length))
            plain.append(relaxation_time(table, min_run=0.5 * length, pool=False).value)
        except StatisticsError:
            refused += 1
    inside = [tau.low < truth < tau.high for tau in found]
    known = [np.isfinite([tau.low, tau.high]).all() for tau in found]
    return {
        "what": what,
        "length_over_tau": length,
        "n_runs": len(tables),
        "n_refused": refused,
        "coverage": float(np.mean(inside)),
        "bounded": float(np.mean(known)),
        "scatter": float(np.std([tau.value for tau in found], ddof=1) / truth),
        "scatter_without_pooling": float(np.std(plain, ddof=1) / truth),
    }


def liquid(
    name: str, temperature: float, n_particles: int, folder: Path
) -> Iterator[dict[str, Any]]:
    """A row a length, of the stretches of one run of a liquid."""
    model = lmpmeso.get_model(name)
    expected = expected_relaxation(name, temperature)
    if expected is None:
        raise SystemExit(f"nothing is known of τ_α of {name} at T = {temperature:g}")
    tau = expected.tau_over_t0 * model.t0(temperature)
    settled = equilibrate(
        model,
        temperature,
        n_particles,
        1,
        duration=20.0 * tau,
        folder=folder / "settled",
        execution=Execution("none"),
    ).configuration
    interval = max(1, round(tau / A_TAU / model.time_step_at(temperature)))
    run = short_run(
        settled,
        model,
        temperature,
        duration=WHOLE * tau,
        interval_steps=interval,
        folder=folder / "run",
        execution=Execution("none"),
    )
    largest = model.largest_species
    whole = relaxation_time(self_intermediate(run, species=largest, model=model)).value
    for length in LENGTHS:
        n_frames = round(length * whole / (interval * run.time_step))
        starts = range(0, run.n_frames - n_frames, n_frames)
        tables = [
            self_intermediate(stretch(run, begin, n_frames), species=largest, model=model)
            for begin in starts
        ]
        yield row(f"{name}, N = {n_particles}, T = {temperature:g}", length, tables, whole)


def campaigns(folders: list[Path]) -> Iterator[dict[str, Any]]:
    """A row a length, of the stretches of production runs, one a folder ``…/MODEL/N…/T…/r0`` of a campaign."""
    name = folders[0].parents[2].name
    model = lmpmeso.get_model(name)
    segments = [sorted(folder.glob("production-*/[0-9][0-9][0-9][0-9].nc")) for folder in folders]
    blocks = json.loads(segments[0][0].with_suffix(".json").read_text())["n_blocks"]

    def scattering(files: list[Path]) -> pd.DataFrame:
        return self_intermediate(
            lmpmeso.read_trajectory(files, model), species=model.largest_species, model=model
        )

    whole = np.mean([relaxation_time(scattering(files)).value for files in segments])
    for number in (1, 2, 4, 6, 10):
        tables = [
            scattering(files[begin : begin + number])
            for files in segments
            for begin in range(0, len(files) - number + 1, number)
        ]
        what = f"{name}, {folders[0].parents[1].name}, {folders[0].parent.name}, campaigns"
        yield row(what, number * blocks, tables, float(whole))


def stretch(run: Trajectory, begin: int, n_frames: int) -> Trajectory:
    """Some frames of a run, the last included."""
    part = slice(begin, begin + n_frames + 1)
    return replace(run, positions_tnc=run.positions_tnc[part], steps=run.steps[part])


def main() -> None:
    """Read the arguments."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("part", choices=("walkers", "liquid", "campaigns"))
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--folders", type=Path, nargs="+", help="of campaigns, down to r0")
    parser.add_argument("--model", default="ipl")
    parser.add_argument("--temperature", type=float, default=1.0)
    parser.add_argument("-n", type=int, default=120, help="particles")
    given = parser.parse_args()
    if given.part == "walkers":
        rows = walkers()
    elif given.part == "campaigns":
        if not given.folders:
            raise SystemExit("--folders are missing: where the runs of the campaigns are")
        rows = campaigns([folder.resolve() for folder in given.folders])
    elif given.folder is None:
        raise SystemExit("--folder is missing: where the run is kept")
    else:
        rows = liquid(given.model, given.temperature, given.n, given.folder)
    found = pd.DataFrame(rows)
    if TABLE.is_file():
        before = read_table(TABLE)
        renewed = before.set_index(KEYS).index.isin(found.set_index(KEYS).index)
        found = pd.concat([before[~renewed], found], ignore_index=True)
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    write_table(TABLE, found)
    print(found.to_string())


if __name__ == "__main__":
    main()
