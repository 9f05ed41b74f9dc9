"""A liquid quenched below where it comes to equilibrium, and aged: tables and a figure for docs/second-light.

    python scripts/studies/ageing.py sample 0 --folder DIR     # one of the independent samples; goes on where it was
    python scripts/studies/ageing.py table --folder DIR --equilibrium CAMPAIGN     # tables and figure of what is there

A liquid in equilibrium at a hot temperature is set to a cold one at once, by its velocities and its thermostat, and runs
on. At each waiting time t_w its frame is quenched: κ, G and the energy u_IS of the structure below it. τ(t_w) is
where F_s(q, t_w, t_w + t), from the one time origin t_w and averaged over the samples, falls through 0.2. CAMPAIGN is the
folder of a campaign of the same model and size, whose Eq. 3 was fitted to liquids in equilibrium.

Array suffixes: s sample, t frame, n particle, c Cartesian component.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.ticker import NullFormatter
from scattering_of_samples import THRESHOLD, mean_scattering, relaxation
from scipy.special import j0

import lmpmeso
from lmpmeso.campaign.expected_relaxation import expected_relaxation
from lmpmeso.configurations import Trajectory
from lmpmeso.elasticity.system_size import SIZE_CORRECTED
from lmpmeso.execution import Execution
from lmpmeso.figures.style import canvas, interval_ends, panel_name, save_figure
from lmpmeso.files.plain_json import read_json, write_json
from lmpmeso.files.tables import read_table, write_table
from lmpmeso.landscape import short_run
from lmpmeso.models import GlassModel, get_model
from lmpmeso.protocols import equilibrate
from lmpmeso.statistics import bootstrap_mean, bootstrap_ratio

PAGE = Path(__file__).resolve().parents[2] / "docs" / "second-light"
TABLES = PAGE / "tables"
WAITING = (0.0, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
"""Waiting times [t0 of the cold temperature]; at 0 the hot liquid."""
EQUILIBRATION = 20.0
"""Length of the hot run [τ_α]."""
BETWEEN = 1.0
"""Frames are so far apart [t0]."""
OF_A_GLASS = ("kappa", "kappa_larger", "shear_modulus", "energy")
UNITS = {
    "temperature": "energy",
    "waiting_time": "time",
    **{f"tau{end}": "time" for end in ("", "_low", "_high")},
    **{
        f"{name}{end}": unit
        for name, unit in (
            ("kappa", "energy/length^2"),
            ("kappa_larger", "energy/length^2"),
            ("shear_modulus", "energy/length^3"),
            ("energy", "energy"),
        )
        for end in ("", "_low", "_high")
    },
}


def aged(
    model: GlassModel,
    hot: float,
    cold: float,
    n_particles: int,
    longest: float,
    seed: int,
    folder: Path,
) -> Trajectory:
    """The run at the cold temperature from a liquid of the hot one; frames from t_w = 0 on."""
    expected = expected_relaxation(model.name, hot)
    if expected is None:
        raise SystemExit(f"nothing is known of τ_α of {model.name} at T = {hot:g}")
    t0 = model.t0(cold)
    liquid = equilibrate(
        model,
        hot,
        n_particles,
        seed,
        duration=EQUILIBRATION * max(1.0, expected.tau_over_t0) * model.t0(hot),
        folder=folder / "hot",
        execution=Execution("none"),
    ).configuration
    return short_run(
        liquid,
        model,
        cold,
        duration=longest * t0,
        interval_steps=max(1, round(BETWEEN * t0 / model.time_step_at(cold))),
        seed=seed + 1,
        folder=folder / "cold",
        execution=Execution("none"),
    )


def scattering(trajectory: Trajectory, origin: int, q: float, largest: int) -> pd.DataFrame:
    """F_s of the particles of a species from one time origin: t [time], Fs."""
    x_tnc = np.stack(
        [
            trajectory.configuration(k).unwrapped_positions()
            for k in range(origin, trajectory.n_frames)
        ]
    )
    u_tnc = x_tnc - x_tnc[0]
    u_tnc -= u_tnc.mean(axis=1, keepdims=True)
    own = trajectory.configuration(0).species == largest
    qr_tn = q * np.linalg.norm(u_tnc[:, own], axis=2)
    f_tn = np.sinc(qr_tn / np.pi) if u_tnc.shape[2] == 3 else j0(qr_tn)
    steps = trajectory.steps[origin:] - trajectory.steps[origin]
    return pd.DataFrame({"t": steps * trajectory.time_step, "Fs": f_tn.mean(axis=1)})[1:]


def sample(
    model: GlassModel,
    hot: float,
    cold: float,
    n_particles: int,
    longest: float,
    seed: int,
    folder: Path,
) -> None:
    """One sample: its numbers at each waiting time, and its F_s from each."""
    run = aged(model, hot, cold, n_particles, longest, 1000 * (seed + 1), folder)
    q = model.species[model.largest_species].q_max
    if q is None:
        raise SystemExit(f"q_max of {model.name} is not known")
    for waited in WAITING:
        target = folder / f"waited-{waited:g}.json"
        origin = round(waited / BETWEEN)
        if target.exists() or origin >= run.n_frames:
            continue
        glass = lmpmeso.quench(run.configuration(origin), model, execution=Execution("none"))
        found = lmpmeso.analyse(glass, model, device="cpu", threads=1)
        curve = scattering(run, origin, q, model.largest_species)
        kept = {
            "waiting_time": float(run.steps[origin] * run.time_step),
            "waited": waited,
            "kappa": float(found.bonds["kappa"].mean()),
            "kappa_larger": found.kappa_size_corrected,
            "shear_modulus": found.shear.value,
            "energy": glass.energy / n_particles,
            "t": curve["t"].tolist(),
            "Fs": curve["Fs"].tolist(),
        }
        write_json(target, kept)


def samples_in(folder: Path) -> dict[float, list[dict[str, object]]]:
    """What is there of each waiting time, by sample."""
    found: dict[float, list[dict[str, object]]] = {}
    for path in sorted(folder.glob("sample-*/waited-*.json")):
        kept = read_json(path)
        found.setdefault(kept["waited"], []).append(kept)
    return {waited: found[waited] for waited in sorted(found)}


def tables(model: GlassModel, cold: float, folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A row a waiting time, with 90 % intervals by sample, κ and G over those of the hot liquids; and F_s(t_w, t_w + t)."""
    rows, curves = [], []
    t0 = model.t0(cold)
    every = samples_in(folder)
    hot = every[WAITING[0]]
    for waited, samples in every.items():
        row: dict[str, object] = {
            "model": model.name,
            "temperature": cold,
            "waited_over_t0": waited,
        }
        row |= {"waiting_time": samples[0]["waiting_time"], "n_samples": len(samples)}
        for name in OF_A_GLASS:
            values = [kept[name] for kept in samples if np.isfinite(kept[name])]
            row |= bootstrap_mean(values, seed=1).columns(name)
        if waited > 0 and len(samples) == len(hot):
            row |= ratios(pd.DataFrame(samples), pd.DataFrame(hot))
        curve = mean_scattering(samples)
        row |= relaxation(curve)
        row |= {f"tau_over_t0{end}": row[f"tau{end}"] / t0 for end in ("", "_low", "_high")}
        rows.append(row)
        curves.append(curve.assign(waited_over_t0=waited))
    return pd.DataFrame(rows), pd.concat(curves, ignore_index=True)


def ratios(aged: pd.DataFrame, hot: pd.DataFrame) -> dict[str, float]:
    """κ, G and κ/G over those of the hot liquids, sample by sample."""
    row: dict[str, float] = {}
    for own in (aged, hot):
        own["kappa_over_shear"] = own["kappa"] / own["shear_modulus"]
    for name in ("kappa", "shear_modulus", "kappa_over_shear"):
        found = bootstrap_ratio(aged[name], hot[name], seed=1, paired=True)
        row |= found.columns(f"{name}_ratio")
    return row


def with_equilibrium_line(ageing: pd.DataFrame, model: GlassModel, campaign: Path) -> pd.DataFrame:
    """What Eq. 3 of the liquids in equilibrium says of κ(t_w) a0²/T, by κ of the box and without its size."""
    fits = read_table(campaign / "tables" / "fits.csv")
    larger = SIZE_CORRECTED[model.dimension]
    ageing = ageing.copy()
    for column, fit in (("kappa", "mesoelastic"), ("kappa_larger", f"mesoelastic_{larger}")):
        own = fits[fits["fit"] == fit].set_index("quantity")["value"]
        for end in ("", "_low", "_high"):
            reduced = ageing[f"{column}{end}"] * model.a0**2 / ageing["temperature"]
            ageing[f"tau_over_t0_by_{column}{end}"] = np.exp(
                own["intercept"] + own["slope"] * reduced
            )
    return ageing


def figure(
    ageing: pd.DataFrame, curves: pd.DataFrame, model: GlassModel, campaign: Path, path: Path
) -> None:
    """F_s after each waiting time; κ, G and u_IS against it; τ(t_w) over Eq. 3 of the liquids in equilibrium."""
    points = read_table(campaign / "tables" / "state-points.csv")
    image, axes = canvas(3, rows=2, width=2.5, height=2.3)
    t0 = model.t0(float(ageing["temperature"].iloc[0]))
    colours = plt.colormaps["viridis"](np.linspace(0.0, 0.9, len(ageing)))
    for colour, (waited, own) in zip(colours, curves.groupby("waited_over_t0"), strict=True):
        axes[0].semilogx(own["t"] / t0, own["Fs"], color=colour, label=f"{waited:g}")
    axes[0].axhline(THRESHOLD, color="grey", linewidth=0.7)
    axes[0].set(xlabel="$t/t_0$", ylabel="$F_s(t_w, t_w + t)$")
    axes[0].set(ylim=(0.0, 1.45), yticks=np.linspace(0.0, 1.0, 6))
    axes[0].legend(title="$t_w/t_0$", fontsize=6, title_fontsize=6, loc="upper right", ncols=2)
    waited = ageing["waited_over_t0"]
    for ax, name, label in (
        (axes[1], "energy", r"$u_\mathrm{IS}$ $[\epsilon]$"),
        (axes[2], "kappa", r"$\kappa$ $[\epsilon/\sigma^2]$"),
        (axes[3], "shear_modulus", r"$G$ $[\epsilon/\sigma^3]$"),
        (axes[4], "tau_over_t0", r"$\tau(t_w)/t_0$"),
    ):
        ax.errorbar(waited, ageing[name], interval_ends(ageing, name), fmt="o", markersize=3)
        ax.set_xscale("symlog", linthresh=1.0)
        ax.set(xlabel="$t_w/t_0$", ylabel=label)
    axes[4].set_yscale("log")
    by_kappa = "tau_over_t0_by_kappa"
    ends = interval_ends(ageing, by_kappa)
    looks = {"fmt": "s", "fillstyle": "none", "markersize": 4, "elinewidth": 0.8}
    axes[4].errorbar(
        1.15 * waited + 0.1, ageing[by_kappa], ends, label=r"Eq. 3, by $\kappa(t_w)$", **looks
    )
    axes[4].yaxis.set_minor_formatter(NullFormatter())
    axes[4].set_ylim(10.0, 2000.0)
    axes[4].legend(fontsize=6, loc="lower right")
    ax = axes[5]
    for table, time, marker, label in (
        (points, "tau_alpha_over_t0", "o", "equilibrium"),
        (ageing, "tau_over_t0", "s", "ageing"),
    ):
        reduced = model.a0**2 / table["temperature"]
        x_of = table.assign(
            **{f"x{end}": table[f"kappa{end}"] * reduced for end in ("", "_low", "_high")}
        )
        ends = interval_ends(table, time), interval_ends(x_of, "x")
        ax.errorbar(x_of["x"], table[time], *ends, fmt=marker, markersize=3, label=label)
    ax.set_yscale("log")
    ax.set(xlabel=r"$\kappa\,a_0^2/T$", ylabel=r"$\tau/t_0$")
    ax.legend(fontsize=6)
    for ax, letter in zip(axes, "abcdef", strict=True):
        panel_name(ax, f"({letter})")
    save_figure(image, path)


def main() -> None:
    """Read the arguments."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("part", choices=("sample", "table"))
    parser.add_argument("number", type=int, nargs="?", default=0, help="of the sample")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--model", default="ipl")
    parser.add_argument("--hot", type=float, default=0.9)
    parser.add_argument("--cold", type=float, default=0.55)
    parser.add_argument("-n", type=int, default=500, help="particles")
    parser.add_argument("--longest", type=float, default=1000.0, help="length of the cold run [t0]")
    parser.add_argument(
        "--equilibrium", type=Path, help="folder of a campaign of liquids in equilibrium"
    )
    given = parser.parse_args()
    model = get_model(given.model)
    if given.part == "sample":
        own = given.folder / f"sample-{given.number:02d}"
        sample(model, given.hot, given.cold, given.n, given.longest, given.number, own)
        return
    if given.equilibrium is None:
        raise SystemExit("--equilibrium is missing: the folder of a campaign")
    TABLES.mkdir(parents=True, exist_ok=True)
    ageing, curves = tables(model, given.cold, given.folder)
    ageing = with_equilibrium_line(ageing, model, given.equilibrium)
    write_table(TABLES / "ageing.csv", ageing, UNITS)
    write_table(TABLES / "ageing-scattering.csv", curves, {"t": "time"})
    figure(ageing, curves, model, given.equilibrium, PAGE / "ageing.png")


if __name__ == "__main__":
    main()
