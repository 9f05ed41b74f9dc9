"""Tables and figures of true_basins.py, from what is in its folder."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
from landscape_study import StatePoint, folder_of, starts
from markdown_table import markdown
from scipy.stats import binomtest
from small_picture import small_picture

from lmpmeso.figures import save_figure
from lmpmeso.figures.minimizers import minimizers, true_basin_shares
from lmpmeso.files.tables import write_table
from lmpmeso.landscape import LandscapeStudy, MinimizerComparison, compare_minimizers
from lmpmeso.landscape.comparison import COMPARISON_UNITS
from lmpmeso.models import get_model
from lmpmeso.statistics import bootstrap_mean

FRAMES = 16
CLOSER = 4
"""The time step is so many times shorter than the model's, and every step is a frame."""
SEED = 200
SAME = 1e-3
"""Two ends are in one basin when no particle is farther apart, in units of the spacing; different ones differ by
hundredths."""
STRIDES = (1, 2, 4)
COSTS = (("evaluations", 0), ("time_over_cg", 1))
"""Columns of the cost of a method and their decimals on the page."""
KAPPA = ("kappa_mean", "kappa_5", "kappa_median", "kappa_95")
UNITS = {
    **COMPARISON_UNITS,
    "interval": "time",
    "energy_per_particle": "energy",
    "energy_per_particle_change": "energy",
    "shear_modulus": "energy/length^3",
    **dict.fromkeys(KAPPA, "energy/length^2"),
}


def study_of(point: StatePoint) -> LandscapeStudy:
    """How the frames of a liquid are made."""
    model = get_model(point.model)
    step = model.time_step_at(point.temperature) / CLOSER
    return LandscapeStudy(
        model, point.temperature, time_step=step, minimizer="cg", accelerator="none"
    )


def compared(
    root: Path, point: StatePoint, number: int, minimizers: Collection[str]
) -> MinimizerComparison:
    """The first trajectories of a liquid by several minimisers; what is missing is made."""
    study, folder = study_of(point), folder_of(root, point)
    duration = (FRAMES - 1) * study.time_step
    frames = starts(root, point, study.model, number)
    return compare_minimizers(
        study, sorted(minimizers), frames, duration, SEED, folder / "comparison"
    )


def finished(root: Path, point: StatePoint) -> dict[str, int]:
    """How many trajectories each minimiser has quenched, those that have any."""
    folders = {"cg": "structures", "fire": "structures-fire", "steepest": "structures-steepest"}
    place, found = folder_of(root, point) / "comparison", {}
    for name, folder in folders.items():
        number = 0
        while (place / f"trajectory-{number:03d}" / folder / "SHA256SUMS").is_file():
            number += 1
        if number:
            found[name] = number
    return found


def make_tables(roots: Sequence[Path], points: list[StatePoint], docs: Path | None) -> None:
    """All tables and figures for which there is something; the figure of the same frames is that of the first folder."""
    root = roots[0]
    target = root if docs is None else docs / "true-basins"
    target.mkdir(exist_ok=True)
    if (root / "frames.csv").is_file():
        methods = summary(pd.read_csv(root / "frames.csv"))
        write_table(target / "methods.csv", methods, UNITS)
        print(methods_markdown(methods))
        save_figure(true_basin_shares(methods), root / "true-basins.png")
    made: dict[str, list[pd.DataFrame]] = {"minimizers": [], "tolerances": [], "stiffness": []}
    for own, point in [(own, point) for own in roots for point in points]:
        if "steepest" not in finished(own, point):
            continue
        made["minimizers"] += by_interval(own, point)
        if own == root:
            shown = pd.concat(made["minimizers"], ignore_index=True)
        for name, make in (("tolerances", resolved), ("stiffness", elastic)):
            path = folder_of(own, point) / f"{name}.csv"
            if path.is_file():
                size = int(made["minimizers"][-1]["n_particles"].iloc[0])
                made[name].append(make(pd.read_csv(path), point).assign(n_particles=size))
    for name, tables in made.items():
        if tables:
            table = pd.concat(tables, ignore_index=True)
            write_table(target / f"{name}.csv", table, UNITS)
            print(f"{name}\n\n{markdown(table)}")
    if made["minimizers"]:
        shortest = shown[shown["interval"] == shown.groupby("label")["interval"].transform("min")]
        save_figure(minimizers(shortest), root / "same-frames.png")
    if docs is not None:
        for name in ("true-basins", "same-frames"):
            if (root / f"{name}.png").is_file():
                small_picture(root / f"{name}.png", docs / "images" / f"{name}.png")


def by_interval(root: Path, point: StatePoint) -> list[pd.DataFrame]:
    """What each minimiser finds at several sampling intervals; FIRE may have fewer trajectories than the others."""
    numbers = finished(root, point)
    most = min(numbers["cg"], numbers["steepest"])
    by_fire = min(numbers.get("fire", 0), most)
    every = [(most, tuple(n for n in numbers if numbers[n] >= most))]
    if 0 < by_fire < most:
        every.append((by_fire, ("fire",)))
    return [
        table[table["minimizer"].isin(names)]
        for number, names in every
        for table in tables_of(compared(root, point, number, {*names, "cg", "steepest"}), point)
    ]


def tables_of(whole: MinimizerComparison, point: StatePoint) -> list[pd.DataFrame]:
    """The table of a comparison at several sampling intervals."""
    found = []
    for stride in STRIDES:
        runs = {n: tuple(t.every(stride) for t in r) for n, r in whole.trajectories.items()}
        one = runs["steepest"][0]
        interval = float(one.steps_f[1] - one.steps_f[0]) * one.time_step
        relative = interval / whole.study.ballistic_time
        columns = {
            "label": f"{point.model}, T = {point.temperature:g}",
            "n_particles": one.n_particles,
            "interval": interval,
            "interval_over_ballistic_time": relative,
            "bound": 1000 / one.n_particles / relative,
        }
        found.append(replace(whole, trajectories=runs).table().assign(**columns))
    return found


def resolved(rows: pd.DataFrame, point: StatePoint) -> pd.DataFrame:
    """How many frames end where they end at a hundredth of the tolerance of the path, and at the finest."""
    limit, table = SAME * get_model(point.model).a0, []
    for tolerance, mine in rows.groupby("path_tolerance"):
        for against in ("hundredth", "finest"):
            apart = mine[f"from_{against}"].dropna()
            if tolerance == rows["path_tolerance"].min() or apart.empty:
                continue
            hits = int((apart < limit).sum())
            table.append(
                {
                    "label": f"{point.model}, T = {point.temperature:g}",
                    "path_tolerance": tolerance,
                    "against": against,
                    "n_frames": len(apart),
                    "n_same": hits,
                    **share(hits, len(apart)),
                    "evaluations": mine["evaluations"].mean(),
                }
            )
    return pd.DataFrame(table)


def elastic(rows: pd.DataFrame, point: StatePoint) -> pd.DataFrame:
    """Structures by each minimiser against the true ones below the same frames: relative changes, and that of U/N."""
    rows, table = rows.rename(columns={"energy": "energy_per_particle"}), []
    true = rows[rows["minimizer"] == "steepest"].set_index("trajectory")
    for name, mine in rows.groupby("minimizer", sort=False):
        own = mine.set_index("trajectory")
        row = {
            "label": f"{point.model}, T = {point.temperature:g}",
            "minimizer": name,
            "n_trajectories": len(own),
        }
        for column in ("energy_per_particle", "shear_modulus", *KAPPA):
            values = own[column] - true[column].loc[own.index]
            if column != "energy_per_particle":
                values = values / true[column].mean()
            samples = ("trajectory", "trajectories")
            row |= bootstrap_mean(values.to_numpy(), samples=samples).columns(f"{column}_change")
            row[column] = own[column].mean()
        table.append(row)
    return pd.DataFrame(table)


def share(hits: int, number: int) -> dict[str, float]:
    """A share as columns, with Wilson's interval at 90 %."""
    ends = binomtest(hits, number).proportion_ci(0.9, method="wilson")
    return {"share": hits / number, "share_low": ends.low, "share_high": ends.high}


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Share in the true basin and cost by liquid and method."""
    cg = rows[rows["method"] == "cg 0.1"].set_index(["model", "frame"])["seconds"]
    table = []
    for (name, method), mine in rows.groupby(["model", "method"], sort=False):
        spacing = get_model(str(name)).a0
        hits = int((mine["displacement"] < SAME * spacing).sum())
        own = mine.set_index(["model", "frame"])["seconds"]
        table.append(
            {
                "label": name,
                "method": method,
                "n_frames": len(mine),
                "n_true": hits,
                **share(hits, len(mine)),
                "evaluations": mine["evaluations"].median(),
                "time_over_cg": float((own / cg.loc[own.index]).median()),
            }
        )
    return pd.DataFrame(table)


def methods_markdown(table: pd.DataFrame) -> str:
    """The page's table: a row a method, frames in the true basin of each liquid, of all, and the cost."""
    labels = list(dict.fromkeys(table["label"]))
    lines = [
        f"| method | {' | '.join(map(str, labels))} | of all | share | forces a frame | time, CG = 1 |",
        "| --- " * (len(labels) + 5) + "|",
    ]
    for method, mine in table.groupby("method", sort=False):
        own = mine.set_index("label")
        cells = [
            f"{own.n_true[label]} of {own.n_frames[label]}" if label in own.index else ""
            for label in labels
        ]
        hits, number = int(own["n_true"].sum()), int(own["n_frames"].sum())
        of_all = share(hits, number)
        ends = [f"{own[c].min():.{d}f} to {own[c].max():.{d}f}" for c, d in COSTS]
        cells += [
            f"{hits} of {number}",
            "{share:.2f} [{share_low:.2f}, {share_high:.2f}]".format(**of_all),
            *ends,
        ]
        lines.append(f"| {method} | {' | '.join(cells)} |")
    return "\n".join(lines)
