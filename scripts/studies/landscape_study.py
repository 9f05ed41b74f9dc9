"""Γ of five liquids and C_s of sticky spheres at three densities, at reduced size and modest viscosity.

    python scripts/studies/landscape_study.py liquids      --folder DIR   # N = 1000, τ_α/t0 of about 50
    python scripts/studies/landscape_study.py rate         --folder DIR   # Fig. 5
    python scripts/studies/landscape_study.py correlations --folder DIR   # Figs. 6 and 7
    python scripts/studies/landscape_study.py figures      --folder DIR   # PNGs and Markdown tables of what is there

Every part goes on where it was stopped. Each liquid has a folder; the tables lie in its folders
landscape-1, landscape-16, propensity-inherent and propensity-liquid, as the commands write them.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from markdown_table import markdown

import lmpmeso
from lmpmeso.campaign.tables.files import write_study_tables
from lmpmeso.configurations import Configuration, Trajectory
from lmpmeso.dynamics import relaxation_time, self_intermediate
from lmpmeso.execution import Execution
from lmpmeso.figures import draw_local_correlations, landscape, save_figure
from lmpmeso.files.plain_json import read_json, write_json
from lmpmeso.files.tables import read_table
from lmpmeso.landscape import LandscapeStudy
from lmpmeso.models import GlassModel
from lmpmeso.propensity import PropensityStudy, stiffness_and_mobility
from lmpmeso.protocols import equilibrate, run_trajectory

N_PARTICLES = 1000
SPACING = 2.0
"""Time between configurations, in units of τ_α."""
TRAJECTORIES = 10
RUNS = 20


@dataclass(frozen=True)
class StatePoint:
    """A liquid, and how long its landscape is looked at."""

    model: str
    temperature: float
    relaxation: float  # nominal τ_α/t0
    ballistic_times: float  # length of a trajectory of structures, in t_ballistic
    search: str = "exhaustive"


STATE_POINTS = (
    StatePoint("ipl", 0.66, 50, 4.0, "bisection"),
    StatePoint("mblj", 0.55, 67, 1.5),
    StatePoint("ss-0.95", 6.7, 50, 0.8),
    StatePoint("ss-0.70", 1.93, 50, 0.8),
    StatePoint("ss", 1.0, 55, 1.5),
    StatePoint("sw", 0.0222, 60, 0.8),
)
SHORT_STEPS = 16
"""The second look at each liquid: a time step so many times shorter, and a run as much shorter."""
STICKY = ("ss", "ss-0.70", "ss-0.95")


def folder_of(root: Path, point: StatePoint) -> Path:
    folder = root / f"{point.model}-{point.temperature:g}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def liquid(
    root: Path, point: StatePoint, n_blocks: int, n_particles: int | None = None
) -> Trajectory:
    """A trajectory in blocks of 2 τ_α, after 10 τ_α of equilibration; a longer one goes on."""
    model, folder = lmpmeso.get_model(point.model), folder_of(root, point)
    tau = point.relaxation * model.t0(point.temperature)
    for name in ("eq", "run"):
        (folder / name).mkdir(exist_ok=True)
    start = equilibrate(
        model,
        point.temperature,
        n_particles or N_PARTICLES,
        seed=1,
        duration=10 * tau,
        folder=folder / "eq",
        execution=Execution("none"),
    )
    return run_trajectory(
        start.configuration,
        model,
        point.temperature,
        block_duration=SPACING * tau,
        n_blocks=n_blocks,
        ratio=1.4,
        folder=folder / "run",
        output=folder / f"trajectory-{n_blocks}.nc",
        execution=Execution("none"),
    ).trajectory


def liquids(root: Path, points: list[StatePoint], n_blocks: int) -> None:
    for point in points:
        model = lmpmeso.get_model(point.model)
        trajectory = liquid(root, point, n_blocks)
        tau = relaxation_time(self_intermediate(trajectory, model=model), min_run=1.0)
        first = folder_of(root, point) / "relaxation.json"
        if not first.is_file():  # a longer trajectory must not change the time of all runs
            write_json(first, {"relaxation_time": tau.value})
        t0 = model.t0(point.temperature)
        say(
            f"{point.model} T = {point.temperature:g}: τ_α/t0 = {tau.value / t0:.3g} "
            f"[{tau.low / t0:.3g}, {tau.high / t0:.3g}]"
        )


def starts(root: Path, point: StatePoint, model: GlassModel, number: int) -> list[Configuration]:
    """The first frames, 2 τ_α apart, of the longest stored trajectory of a liquid."""
    paths = sorted(folder_of(root, point).glob("trajectory-*.nc"), key=lambda p: int(p.stem[11:]))
    if not paths:
        raise SystemExit(f"no trajectory of {point.model} in {root}: make the liquids first")
    trajectory = lmpmeso.read_trajectory(paths[-1], model)
    block = int(trajectory.steps[-1]) // int(paths[-1].stem[11:])
    frames = [k for k, step in enumerate(trajectory.steps) if step and step % block == 0]
    return [trajectory.configuration(k) for k in frames[:number]]


def rate(root: Path, points: list[StatePoint], processes: int) -> None:
    """Γ with the model's own time step, and with a shorter one."""
    for shorter in (1, SHORT_STEPS):
        for point in points:
            model, folder = lmpmeso.get_model(point.model), folder_of(root, point)
            study = LandscapeStudy(
                model,
                point.temperature,
                time_step=model.time_step_at(point.temperature) / shorter,
                search=point.search,
                minimizer="cg",
                accelerator="none",
                processes=processes,
            )
            folder /= f"landscape-{shorter}"
            found = study.quenched_runs(
                starts(root, point, model, TRAJECTORIES),
                point.ballistic_times * study.ballistic_time / shorter,
                100,
                folder,
                lambda stage, done, total: say(f"{stage}: {done} of {total}"),
            )
            measured = study.measure(found)
            more = {
                "time_step": study.time_step,
                "interval_over_ballistic_time": measured.interval_over_ballistic_time,
                "bound": measured.bound,
            }
            row = pd.DataFrame([measured.summary() | more | measured.evidence()])
            tables = measured.tables() | {"landscape_transitions": measured.transitions()}
            write(folder, point, {"landscape": row} | tables)
            say(
                f"{point.model} T = {point.temperature:g} δt/{shorter}: "
                f"Γ t_b N0/N = {measured.rate.reduced}; {measured.convergence.statement}"
            )


def correlations(root: Path, points: list[StatePoint], number: int, processes: int) -> None:
    """C_s of runs from the inherent structures, and of runs from the liquid."""
    for point in points:
        if point.model not in STICKY:
            continue
        model, folder = lmpmeso.get_model(point.model), folder_of(root, point)
        frames = starts(root, point, model, number)
        tau = read_json(folder / "relaxation.json")["relaxation_time"]
        for kind in ("inherent", "liquid"):
            study = PropensityStudy(
                model,
                point.temperature,
                0.1 * tau,
                RUNS,
                kind,
                accelerator="none",
                processes=processes,
            )
            fields = []
            for field, _ in study.mobilities(frames, 0, folder / f"propensity-{kind}"):
                fields.append(field)
                say(f"{point.model} from the {kind}: {len(fields)} of {len(frames)}")
            found = stiffness_and_mobility(fields, model)
            row = pd.DataFrame([found.summary() | {"start": kind, "n_runs": RUNS}])
            tables = {"local_correlations": row} | found.tables()
            write(folder / f"propensity-{kind}", point, tables)
            result = found.correlations
            say(f"{point.model} from the {kind}: C_s = {result.average}, p = {result.p_value:.2g}")


def write(folder: Path, point: StatePoint, tables: dict[str, pd.DataFrame]) -> None:
    about = {
        "model": point.model,
        "n_particles": N_PARTICLES,
        "temperature": point.temperature,
    }
    write_study_tables(folder, about, tables)


def figures(root: Path, points: list[StatePoint]) -> None:
    """DIR/landscape.png, DIR/local-correlations.png, and the tables for docs/ on standard output."""

    def collected(study: str, file: str) -> pd.DataFrame:
        """A table of all liquids that have it, in the order of the state points."""
        paths = [folder_of(root, point) / study / f"{file}.csv" for point in points]
        tables = [read_table(path) for path in paths if path.is_file()]
        if not tables:
            return pd.DataFrame()
        table = pd.concat(tables, ignore_index=True)
        return table.assign(label=table["model"] + table["temperature"].map(", T = {:g}".format))

    short, long = f"landscape-{SHORT_STEPS}", "landscape-1"
    if len(rates := collected(short, "landscape")):
        energies = collected(long, "landscape-energies")
        intervals = [collected(study, "landscape-intervals") for study in (long, short)]
        first = energies[energies["trajectory"] == 0]
        save_figure(landscape(first, rates, pd.concat(intervals)), root / "landscape.png")
        print(markdown(pd.concat([collected(long, "landscape"), rates])))
    if len(coefficients := collected("propensity-inherent", "local-correlations")):
        populations, ranks = (
            collected("propensity-inherent", name) for name in ("kappa-populations", "kappa-ranks")
        )
        figure = draw_local_correlations(populations, ranks, coefficients)
        save_figure(figure, root / "local-correlations.png")
        others = collected("propensity-liquid", "local-correlations")
        print(markdown(pd.concat([coefficients, others])))


def say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("part", choices=("liquids", "rate", "correlations", "figures"))
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--models", default=",".join(p.model for p in STATE_POINTS))
    parser.add_argument("--configurations", type=int, default=30)
    parser.add_argument("--processes", type=int, default=1)
    arguments = parser.parse_args()
    root = arguments.folder.absolute()
    points = [p for name in arguments.models.split(",") for p in STATE_POINTS if p.model == name]
    if arguments.part == "liquids":
        liquids(root, points, arguments.configurations + 2)
    elif arguments.part == "rate":
        rate(root, points, arguments.processes)
    elif arguments.part == "figures":
        figures(root, points)
    else:
        correlations(root, points, arguments.configurations, arguments.processes)


if __name__ == "__main__":
    main()
