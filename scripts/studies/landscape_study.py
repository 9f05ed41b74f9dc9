"""Γ of five liquids and C_s of sticky spheres at three densities, at reduced size and modest viscosity.

    python scripts/studies/landscape_study.py liquids      --folder DIR   # N = 1000, τ_α/t0 of about 50
    python scripts/studies/landscape_study.py rate         --folder DIR   # Fig. 5
    python scripts/studies/landscape_study.py correlations --folder DIR   # Figs. 6 and 7
    python scripts/studies/landscape_study.py figures      --folder DIR   # PNGs and Markdown tables of what is there

Every part goes on where it was stopped. Tables: DIR/rate.csv, energies.csv, convergence.csv,
correlations.csv, particles.csv, ranks.csv.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

import lmpmeso
from lmpmeso.configurations import (
    InherentStructure,
    Trajectory,
    read_inherent_structures,
    write_inherent_structures,
)
from lmpmeso.dynamics import propensity, relaxation_time, self_intermediate
from lmpmeso.execution import Execution
from lmpmeso.figures import landscape, save_figure
from lmpmeso.figures import local_correlations as local_correlations_figure
from lmpmeso.files.plain_json import read_json, write_json
from lmpmeso.files.tables import write_table
from lmpmeso.landscape import (
    inherent_structure_trajectories,
    quench_noise,
    rate_convergence,
    short_run,
    transition_rate,
    transitions,
)
from lmpmeso.models import GlassModel
from lmpmeso.propensity import LocalField, local_correlations
from lmpmeso.propensity.figure_tables import kappa_by_population
from lmpmeso.protocols import equilibrate, isoconfigurational_runs, run_trajectory

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


def liquid(root: Path, point: StatePoint, n_blocks: int) -> Trajectory:
    """A trajectory in blocks of 2 τ_α, after 10 τ_α of equilibration."""
    model, folder = lmpmeso.get_model(point.model), folder_of(root, point)
    tau = point.relaxation * model.t0(point.temperature)
    for name in ("eq", "run"):
        (folder / name).mkdir(exist_ok=True)
    start = equilibrate(
        model,
        point.temperature,
        N_PARTICLES,
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
        t0 = model.t0(point.temperature)
        say(
            f"{point.model} T = {point.temperature:g}: τ_α/t0 = {tau.value / t0:.3g} "
            f"[{tau.low / t0:.3g}, {tau.high / t0:.3g}]"
        )


def starts(
    root: Path, point: StatePoint, model: GlassModel, number: int
) -> tuple[Trajectory, list[int]]:
    """The longest stored trajectory of a liquid and the frames 2 τ_α apart."""
    paths = sorted(folder_of(root, point).glob("trajectory-*.nc"), key=lambda p: int(p.stem[11:]))
    if not paths:
        raise SystemExit(f"no trajectory of {point.model} in {root}: make the liquids first")
    trajectory = lmpmeso.read_trajectory(paths[-1], model)
    n_blocks = int(paths[-1].stem[11:])
    block = int(trajectory.steps[-1]) // n_blocks
    frames = [k for k, step in enumerate(trajectory.steps) if step and step % block == 0]
    return trajectory, frames[:number]


def rate(root: Path, points: list[StatePoint], processes: int) -> None:
    for shorter in (1, SHORT_STEPS):
        for point in points:
            rate_of(root, point, processes, shorter)
            collect(root, ("rate", "energies", "convergence", "transitions"))


def rate_of(root: Path, point: StatePoint, processes: int, shorter: int) -> None:
    """Γ of one liquid with its own time step, or a shorter one."""
    model, folder = lmpmeso.get_model(point.model), folder_of(root, point)
    trajectory, frames = starts(root, point, model, TRAJECTORIES)
    time_step = model.time_step_at(point.temperature) / shorter
    ballistic_time = 0.1 * model.t0(point.temperature)
    runs = []
    for k, frame in enumerate(frames):
        work = folder / "landscape" / f"step-{shorter}" / f"{k}"
        (work / "run").mkdir(parents=True, exist_ok=True)
        runs.append(
            short_run(
                trajectory.configuration(frame),
                model,
                point.temperature,
                duration=point.ballistic_times * ballistic_time / shorter,
                seed=100 + k,
                time_step=time_step,
                folder=work / "run",
                execution=Execution("none"),
            )
        )
    found = inherent_structure_trajectories(
        runs,
        model,
        folders=[
            folder / "landscape" / f"step-{shorter}" / f"{k}" / "structures"
            for k in range(len(runs))
        ],
        search=point.search,
        execution=Execution(
            "none",
            processes=processes,
            progress=lambda done, total: say(f"{point.model} δt/{shorter}: {done:g} of {total:g}"),
        ),
    )
    result = transition_rate(found, model, point.temperature)
    energy = transition_rate(found, model, point.temperature, criterion="energy")
    convergence = rate_convergence(found, model, point.temperature)
    noise = [quench_noise(t) for t in found]
    identity = {"model": point.model, "temperature": point.temperature, "time_step": time_step}
    row = identity | {
        "n_trajectories": len(found),
        "n_particles": result.n_particles,
        "interval_over_ballistic_time": result.interval / ballistic_time,
        "ballistic_times": float(result.durations_k.mean()) / ballistic_time,
        "n_quenches": sum(t.n_quenches for t in found),
        "n_transitions": int(result.counts_k.sum()),
        "n_transitions_by_energy": int(energy.counts_k.sum()),
        "rate": result.reduced.mean,
        "low": result.reduced.low,
        "high": result.reduced.high,
        "noise_displacement": max(
            (n.displacement for n in noise if n.n_same), default=float("nan")
        ),
        "noise_energy": max((n.energy for n in noise if n.n_same), default=float("nan")),
        "smallest_displacement": min(n.smallest_displacement for n in noise),
        "statement": convergence.statement,
    }
    jumps = pd.concat([transitions(t) for t in found], ignore_index=True)
    row |= {
        "participation_median": float(jumps["participation"].median()),
        "energy_step_rms_over_T": float(
            (jumps["energy_step"] ** 2).mean() ** 0.5 / point.temperature
        ),
    }
    energies = pd.concat(
        [
            t.table().assign(
                trajectory=k,
                reduced_time=lambda table: (
                    table["t"] / ballistic_time * (result.n_particles / 1000)
                ),
                reduced_energy=lambda table: (
                    (table["energy"] - table["energy"].iloc[0]) / point.temperature
                ),
            )
            for k, t in enumerate(found)
        ]
    )
    write_table(folder / f"rate-{shorter}.csv", pd.DataFrame([row]))
    write_table(folder / f"energies-{shorter}.csv", energies.assign(**identity))
    write_table(folder / f"convergence-{shorter}.csv", convergence.by_interval.assign(**identity))
    write_table(folder / f"transitions-{shorter}.csv", jumps.assign(**identity))
    say(
        f"{point.model} T = {point.temperature:g} δt/{shorter}: Γ t_b N0/N = {result.reduced}; "
        f"{convergence.statement}"
    )


def correlations(root: Path, points: list[StatePoint], number: int, processes: int) -> None:
    for point in points:
        if point.model not in STICKY:
            continue
        fields = {"inherent": [], "liquid": []}
        reliabilities = {"inherent": [], "liquid": []}
        model, folder = lmpmeso.get_model(point.model), folder_of(root, point)
        trajectory, frames = starts(root, point, model, number)
        tau = relaxation(folder / "relaxation.json", trajectory, model)
        for k, frame in enumerate(frames):
            configuration = trajectory.configuration(frame)
            structure = glass(folder / "glasses" / f"{k}.nc", configuration, model)
            kappa_n = lmpmeso.kappa_field(
                lmpmeso.dipole_stiffness(structure, model, pairs="all", threads=1), N_PARTICLES
            )
            for kind, start in (("inherent", structure), ("liquid", configuration)):
                runs = isoconfigurational_runs(
                    start,
                    model,
                    point.temperature,
                    duration=0.1 * tau,
                    n_runs=RUNS,
                    seed=k,
                    folder=folder / "isoconfigurational" / kind / f"{k}",
                    execution=Execution("none", processes=processes),
                )
                mobility = propensity(runs, reference=structure)
                fields[kind].append(LocalField(structure, kappa_n, mobility.mean_n))
                reliabilities[kind].append(mobility.reliability)
            say(f"{point.model}: {k + 1} of {len(frames)}")
        for kind in fields:
            result = local_correlations(fields[kind], model)
            identity = {"model": point.model, "temperature": point.temperature, "start": kind}
            row = identity | {
                "n_configurations": len(fields[kind]),
                "n_runs": RUNS,
                "reliability": sum(reliabilities[kind]) / len(reliabilities[kind]),
                "spearman": result.average.mean,
                "low": result.average.low,
                "high": result.average.high,
                "p_value": result.p_value,
            }
            row |= {f"spearman_{name}": e.mean for name, e in result.by_species.items()}
            write_table(folder / f"correlations-{kind}.csv", pd.DataFrame([row]))
            write_table(folder / f"particles-{kind}.csv", result.particles.assign(**identity))
            write_table(folder / f"ranks-{kind}.csv", result.rank_distribution.assign(**identity))
            say(f"{point.model} from the {kind}: C_s = {result.average}, p = {result.p_value:.2g}")
        collect(root, ("correlations", "particles", "ranks"))


def relaxation(path: Path, trajectory: Trajectory, model: GlassModel) -> float:
    """τ_α as it was measured first: a longer trajectory must not change the time of all runs."""
    if not path.is_file():
        tau = relaxation_time(self_intermediate(trajectory, model=model), min_run=1.0)
        write_json(path, {"relaxation_time": tau.value})
    return float(read_json(path)["relaxation_time"])


def glass(path: Path, configuration: lmpmeso.Configuration, model: GlassModel) -> InherentStructure:
    """The inherent structure, kept in a file."""
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_inherent_structures(
            path, [lmpmeso.quench(configuration, model, execution=Execution("none"))]
        )
    return read_inherent_structures(path, model)[0]


def collect(root: Path, names: tuple[str, ...]) -> None:
    """The tables of all liquids, one under the other."""
    for name in names:
        parts = sorted(root.glob(f"*/{name}-*.csv"))
        if parts:
            write_table(root / f"{name}.csv", pd.concat([pd.read_csv(path) for path in parts]))


def figures(root: Path) -> None:
    """DIR/landscape.png, DIR/local-correlations.png, and the tables for docs/ on standard output."""
    order = {point.model: k for k, point in enumerate(STATE_POINTS)}

    def ordered(name: str) -> pd.DataFrame:
        table = pd.read_csv(root / f"{name}.csv")
        table["label"] = table["model"] + table["temperature"].map(", T = {:g}".format)
        return table.sort_values("model", key=lambda names: names.map(order), kind="stable")

    if (root / "rate.csv").is_file():
        rates, energies, intervals = (ordered(n) for n in ("rate", "energies", "convergence"))
        closest = rates.sort_values("time_step").groupby("label", sort=False).head(1)
        closest = closest.sort_values("model", key=lambda names: names.map(order))
        longest = energies.groupby("label")["time_step"].transform("max") == energies["time_step"]
        first = energies[longest & (energies["trajectory"] == 0)]
        intervals["highest"] = 1000 / N_PARTICLES / intervals["interval_over_ballistic_time"]
        figure = landscape(first, closest, intervals)
        save_figure(figure, root / "landscape.png")
        print(markdown(rates))
    if (root / "correlations.csv").is_file():
        tables = [ordered(name) for name in ("particles", "ranks", "correlations")]
        particles, ranks, coefficients = (t[t["start"] == "inherent"] for t in tables)
        populations = pd.concat(
            kappa_by_population(own).assign(label=label)
            for label, own in particles.groupby("label", sort=False)
        )
        figure = local_correlations_figure(populations, ranks, coefficients)
        save_figure(figure, root / "local-correlations.png")
        print(markdown(tables[2]))


def markdown(table: pd.DataFrame) -> str:
    """A Markdown table, numbers to three digits."""
    rows = [list(table.columns), ["---"] * len(table.columns)]
    rows += [
        [f"{value:.3g}" if isinstance(value, float) else str(value) for value in row]
        for row in table.itertuples(index=False)
    ]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"


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
        figures(root)
    else:
        correlations(root, points, arguments.configurations, arguments.processes)


if __name__ == "__main__":
    main()
