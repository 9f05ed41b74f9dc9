"""How often minimisers end where steepest descent ends, what they cost, and which tolerance resolves the path.

    python scripts/studies/true_basins.py quench --folder DIR   # may be stopped and goes on
    python scripts/studies/true_basins.py tables --folder DIR   # tables and the figure of what is there

Liquids of N = 400 at temperatures where they are viscous, from the reference liquids of the tests; frames a tenth of
a run apart. Each frame is quenched by every method; the true basin is that of steepest descent at the finest
tolerance. Rows go to DIR/frames.csv, a frame at a time.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from lmpmeso.configurations import Configuration, read_configuration, write_data
from lmpmeso.execution import Execution
from lmpmeso.files.package_data import lmp_input
from lmpmeso.files.tables import write_table
from lmpmeso.hessians import CompiledForces, evaluate
from lmpmeso.lammps.inputs import script_variables
from lmpmeso.lammps.session import LammpsSession
from lmpmeso.landscape import short_run
from lmpmeso.models import GlassModel, get_model
from lmpmeso.models.lammps_styles import lammps_pair_style
from lmpmeso.protocols.steepest_descent import DescentSettings, steepest_descent

TEMPERATURES = {"ipl": 0.7, "mblj": 0.7, "ss": 1.0, "ss-0.70": 2.0, "ss-0.95": 8.0, "sw": 0.03}
REFERENCES = Path(__file__).resolve().parents[2] / "tests" / "data"
SETTLING, APART = 4000, 400
"""MD steps before the first frame and between frames."""
FORCE_RATIO = 1e-7
"""Largest force at which the others stop, in units of the rms contact force."""
SAME = 1e-3
"""Two ends are in one basin when no particle is farther apart, in units of the spacing; different ones differ by
hundredths."""
TOLERANCES = (0.03, 0.01, 0.003, 3e-4, 1e-4)
FINEST = f"steepest {min(TOLERANCES):g}"
LAMMPS_STYLES = (
    *(("cg", 0.1), ("cg", 0.01), ("fire", 0.1), ("fire", 0.01), ("sd", 0.1), ("sd", 0.01)),
    *(("hftn", 0.1), ("quickmin", 0.1), ("quickmin", 0.01)),
)
"""LAMMPS's min_style and the dmax of min_modify [σ]."""
COSTS = (("evaluations", 0), ("time_over_cg", 1))
"""Columns of the cost and their decimals on the page."""
UNITS = {"energy": "energy", "seconds": "s", "displacement": "length"}


@dataclass(frozen=True)
class End:
    """Where a method ended, and what it took; seconds are of the processor."""

    positions_nc: np.ndarray
    evaluations: int
    seconds: float


def frames(name: str, number: int, folder: Path) -> list[Configuration]:
    """Frames of a run of a reference liquid."""
    model, temperature = get_model(name), TEMPERATURES[name]
    start = read_configuration(REFERENCES / f"{name}.liquid.dump.gz", model)
    step = model.time_step_at(temperature)
    run = short_run(
        start,
        model,
        temperature,
        duration=(SETTLING + APART * number) * step,
        interval_steps=APART,
        seed=1,
        folder=folder / "runs" / name,
        execution=Execution("none"),
    )
    first = SETTLING // APART
    return [run.configuration(first + k) for k in range(number)]


def by_lammps(frame: Configuration, model: GlassModel, style: str, dmax: float) -> End:
    """A minimiser of LAMMPS."""
    force = FORCE_RATIO * evaluate(frame, model).contact_force_rms
    norm = "max"
    if style == "hftn":  # which knows the norm of all forces only
        norm, force = "two", force * np.sqrt(frame.n_particles) / 3
    with (
        tempfile.TemporaryDirectory() as folder,
        LammpsSession("none", 1, [lammps_pair_style(model)]) as lmp,
    ):
        data = Path(folder) / "frame.data"
        write_data(data, frame, model)
        lmp.run_file(
            lmp_input("in.forces"), {**script_variables(model, Path(folder)), "data": data}
        )
        lmp.commands(
            [
                f"timestep {model.time_step}",
                "thermo 100000",
                f"min_style {style}",
                f"min_modify norm {norm} dmax {dmax}",
            ]
        )
        began = time.process_time()
        lmp.command(f"minimize 0.0 {force} 200000 400000")
        seconds = time.process_time() - began
        (counts,) = re.findall(r"Iterations, force evaluations = \d+ (\d+)", lmp.log_text())
        moved = lmp.get_configuration(frame)
        return End(moved.unwrapped_positions(), int(counts), seconds)


def by_lbfgs(frame: Configuration, model: GlassModel) -> End:
    """SciPy's L-BFGS-B with its own settings."""
    force = FORCE_RATIO * evaluate(frame, model).contact_force_rms
    surface, shape = CompiledForces(frame, model), frame.positions_nc.shape

    def cost(x: np.ndarray) -> tuple[float, np.ndarray]:
        energy, forces_nc = surface(x.reshape(shape))
        return energy, -forces_nc.ravel()

    options = {"maxiter": 20000, "maxfun": 40000, "ftol": 0.0, "gtol": force}
    began = time.process_time()
    found = minimize(cost, frame.positions_nc.ravel(), jac=True, method="L-BFGS-B", options=options)
    seconds = time.process_time() - began
    return End(found.x.reshape(shape) + frame.images_nc * frame.box_c, int(found.nfev), seconds)


def by_steepest_descent(frame: Configuration, model: GlassModel, tolerance: float) -> End:
    """Ours, polish included."""
    began = time.process_time()
    end = steepest_descent(frame, model, DescentSettings(tolerance))[0]
    seconds = time.process_time() - began
    return End(end.unwrapped_positions(), end.descent.force_evaluations, seconds)


def methods(model: GlassModel) -> dict[str, Callable[[Configuration], End]]:
    """All of them by name, the finest steepest descent first."""
    found: dict[str, Callable[[Configuration], End]] = {
        f"steepest {tolerance:g}": lambda frame, t=tolerance: by_steepest_descent(frame, model, t)
        for tolerance in sorted(TOLERANCES)
    }
    for style, dmax in LAMMPS_STYLES:
        found[f"{style} {dmax:g}"] = lambda frame, s=style, d=dmax: by_lammps(frame, model, s, d)
    found["l-bfgs"] = lambda frame: by_lbfgs(frame, model)
    return found


def apart(first_nc: np.ndarray, second_nc: np.ndarray) -> float:
    """Largest displacement of a particle, without a common translation."""
    moved_nc = second_nc - first_nc
    moved_nc -= moved_nc.mean(axis=0)
    return float(np.sqrt((moved_nc**2).sum(axis=1).max()))


def quench_frames(
    folder: Path, names: list[str], number: int, until: str, chosen: list[str]
) -> None:
    """Quench frame after frame, the liquids in turn, until all is done or the clock says so."""
    path = folder / "frames.csv"
    done = pd.read_csv(path) if path.is_file() else pd.DataFrame()
    there = set() if done.empty else set(zip(done["model"], done["frame"], strict=True))
    liquids = {name: frames(name, number, folder) for name in names}
    for name in names:
        by_steepest_descent(liquids[name][0], get_model(name), 0.1)  # compiles
    for k in range(number):
        for name in names:
            if (name, k) in there:
                continue
            if time.strftime("%H:%M") >= until:
                return
            model, frame = get_model(name), liquids[name][k]
            ends = {
                method: find(frame)
                for method, find in methods(model).items()
                if not chosen or method in {*chosen, FINEST}
            }
            rows = pd.DataFrame(
                {
                    "model": name,
                    "frame": k,
                    "method": method,
                    "evaluations": end.evaluations,
                    "seconds": end.seconds,
                    "energy": evaluate(frame.with_positions(end.positions_nc), model).energy,
                    "displacement": apart(ends[FINEST].positions_nc, end.positions_nc),
                }
                for method, end in ends.items()
            )
            done = pd.concat([done, rows], ignore_index=True)
            done.to_csv(path, index=False, float_format="%.17g")


def wilson(hits: int, number: int, z: float = 1.6449) -> tuple[float, float]:
    """90 % interval of a share (E. B. Wilson, J. Am. Stat. Assoc. 22, 209 (1927))."""
    centre = (hits + z * z / 2) / (number + z * z)
    half = z / (number + z * z) * np.sqrt(hits * (number - hits) / number + z * z / 4)
    return max(0.0, centre - half), min(1.0, centre + half)


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Share in the true basin and cost by liquid and method."""
    cg = rows[rows["method"] == "cg 0.1"].set_index(["model", "frame"])["seconds"]
    table = []
    for (name, method), mine in rows.groupby(["model", "method"], sort=False):
        spacing = get_model(str(name)).a0
        hits = int((mine["displacement"] < SAME * spacing).sum())
        low, high = wilson(hits, len(mine))
        own = mine.set_index(["model", "frame"])["seconds"]
        table.append(
            {
                "label": name,
                "method": method,
                "n_frames": len(mine),
                "n_true": hits,
                "share": hits / len(mine),
                "share_low": low,
                "share_high": high,
                "evaluations": mine["evaluations"].median(),
                "time_over_cg": float((own / cg.loc[own.index]).median()),
            }
        )
    return pd.DataFrame(table)


def markdown(table: pd.DataFrame) -> str:
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
        low, high = wilson(hits, number)
        ends = [f"{own[c].min():.{d}f} to {own[c].max():.{d}f}" for c, d in COSTS]
        cells += [f"{hits} of {number}", f"{hits / number:.2f} [{low:.2f}, {high:.2f}]", *ends]
        lines.append(f"| {method} | {' | '.join(cells)} |")
    return "\n".join(lines)


def make_tables(folder: Path) -> None:
    """The table of all methods, and its figure."""
    from lmpmeso.figures import save_figure
    from lmpmeso.figures.minimizers import true_basin_shares

    table = summary(pd.read_csv(folder / "frames.csv"))
    write_table(folder / "minimizers.csv", table, UNITS)
    print(markdown(table))
    save_figure(true_basin_shares(table), folder / "true-basins.png")


def main() -> None:
    """Arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=("quench", "tables"))
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--models", default=",".join(TEMPERATURES))
    parser.add_argument("--frames", type=int, default=40)
    parser.add_argument(
        "--methods", default="", help="names as in the table, with commas; default: all"
    )
    parser.add_argument("--until", default="99", help="time of day, HH:MM, at which to stop")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    if arguments.part == "quench":
        quench_frames(
            arguments.folder,
            arguments.models.split(","),
            arguments.frames,
            arguments.until,
            [method for method in arguments.methods.split(",") if method],
        )
    else:
        make_tables(arguments.folder)


if __name__ == "__main__":
    main()
