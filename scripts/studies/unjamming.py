"""Harmonic spheres from far above unjamming to the transition: tables and a figure for docs/second-light.

    python scripts/studies/unjamming.py measure --folder DIR     # may be stopped and goes on
    python scripts/studies/unjamming.py table --folder DIR       # tables and figure of what is there

Random positions are quenched at each packing fraction φ, and rattlers left out: κ of all contacts, G, K, the pressure and
the contacts of the particles that are held. A packing without energy is not jammed; it is counted, and has no moduli.

Array suffixes: p pair, k packing, s start, r resample.
"""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path

import numpy as np
import pandas as pd

import lmpmeso
from lmpmeso.arrays import FloatArray
from lmpmeso.configurations import random_configuration
from lmpmeso.errors import ConfigurationError
from lmpmeso.execution import Execution
from lmpmeso.figures.style import canvas, interval_ends, panel_name, save_figure
from lmpmeso.files.plain_json import read_json, write_json
from lmpmeso.files.tables import write_table
from lmpmeso.models.packaged import harmonic_spheres
from lmpmeso.statistics import bootstrap_mean

PAGE = Path(__file__).resolve().parents[2] / "docs" / "second-light"
FRACTIONS = (1.0, 0.9, 0.8, 0.75, 0.72, 0.70, 0.68, 0.67, 0.66, 0.655, 0.651)
N_PARTICLES = 1000
N_STARTS = 12
NEAR = 0.75
"""Packing fraction up to which exponents are fitted."""
MEASURED = (
    "pressure",
    "excess_contacts",
    "kappa",
    "median_kappa",
    "kappa_infinity",
    "shear_modulus",
    "bulk_modulus",
)
RATIOS = {
    "shear_over_bulk": ("shear_modulus", "bulk_modulus"),
    "kappa_over_shear": ("kappa", "shear_modulus"),
}
FITTED = (
    "excess_contacts",
    "shear_over_bulk",
    "shear_modulus",
    "kappa",
    "median_kappa",
    "kappa_over_shear",
)
RESAMPLES = 2000
UNITS = {
    f"{name}{end}": unit
    for name, unit in (
        *(
            ("pressure", "energy/length^3"),
            ("shear_modulus", "energy/length^3"),
            ("bulk_modulus", "energy/length^3"),
        ),
        *((name, "energy/length^2") for name in ("kappa", "median_kappa", "kappa_infinity")),
    )
    for end in ("", "_low", "_high")
}


def measured(fraction: float, seed: int) -> dict[str, object]:
    """One packing; without moduli where it is not jammed."""
    model = harmonic_spheres(fraction)
    start = random_configuration(model, N_PARTICLES, seed=seed)
    kept: dict[str, object] = {
        "fraction": fraction,
        "seed": seed,
        "n_particles": N_PARTICLES,
        "jammed": False,
    }
    try:
        packing = lmpmeso.quench(start, model, leave_out_rattlers=True, execution=Execution("none"))
    except ConfigurationError:  # nothing is held
        return kept
    found = lmpmeso.analyse(packing, model, device="cpu", threads=1)
    n = packing.n_particles
    isostatic = model.dimension * (n - 1) + 1
    kappa_p = found.bonds["kappa"].to_numpy()
    return kept | {
        "jammed": True,
        "n_held": n,
        "pressure": found.bulk.pressure,
        "excess_contacts": 2.0 * (len(kappa_p) - isostatic) / n,
        "kappa": float(kappa_p.mean()),
        "median_kappa": float(np.median(kappa_p)),
        "kappa_infinity": found.kappa_size_corrected,
        "shear_modulus": found.shear.value,
        "bulk_modulus": found.bulk.value,
        "kappa_p": kappa_p.tolist(),
    }


def measure(folder: Path) -> None:
    """All packings that are not there yet, start by start."""
    for seed in range(1, N_STARTS + 1):
        for fraction in FRACTIONS:
            target = folder / f"{fraction:g}-{seed:02d}.json"
            if not target.exists():
                write_json(target, measured(fraction, seed))


def packings_in(folder: Path) -> pd.DataFrame:
    """A row a packing."""
    rows = pd.DataFrame([read_json(path) for path in sorted(folder.glob("*.json"))])
    for name, (above, below) in RATIOS.items():
        rows[name] = rows[above] / rows[below]
    return rows


def by_fraction(packings: pd.DataFrame) -> pd.DataFrame:
    """A row a packing fraction, from dense to loose: means over packings with 90 % intervals."""
    rows = []
    for fraction, own in sorted(packings.groupby("fraction"), reverse=True):
        jammed = own[own["jammed"]]
        row: dict[str, object] = {"fraction": fraction, "n_particles": N_PARTICLES}
        row |= {"n_packings": len(own), "n_jammed": len(jammed)}
        row |= {"n_unstable": int((jammed["shear_modulus"] <= 0).sum())}
        row["rattlers"] = 1.0 - float(jammed["n_held"].mean()) / N_PARTICLES
        for name in (*MEASURED, *RATIOS):
            with contextlib.suppress(lmpmeso.errors.StatisticsError):
                row |= bootstrap_mean(jammed[name].dropna(), seed=1).columns(name)
        rows.append(row)
    return pd.DataFrame(rows)


def exponents(packings: pd.DataFrame) -> pd.DataFrame:
    """Slopes of logarithms against that of the pressure near unjamming; 90 % intervals by resampling the starts."""
    near = packings[packings["jammed"] & (packings["fraction"] <= NEAR)]
    usable = near[(near[list(FITTED)] > 0).all(axis=1)]
    seeds, seed_k = np.unique(usable["seed"], return_inverse=True)
    generator = np.random.default_rng(1)
    times_rs = generator.multinomial(len(seeds), np.full(len(seeds), 1.0 / len(seeds)), RESAMPLES)
    x_k = np.log(usable["pressure"].to_numpy())
    rows = []
    for name in FITTED:
        y_k = np.log(usable[name].to_numpy())
        (exponent,) = _slopes(x_k, y_k, np.ones((1, len(usable))))
        low, high = np.quantile(_slopes(x_k, y_k, times_rs[:, seed_k]), (0.05, 0.95))
        row = {"quantity": name, "exponent": exponent, "exponent_low": low, "exponent_high": high}
        rows.append(row | {"n_packings": len(usable), "n_left_out": len(near) - len(usable)})
    return pd.DataFrame(rows)


def _slopes(x_k: FloatArray, y_k: FloatArray, weights_rk: FloatArray) -> FloatArray:
    """Slopes of least-squares lines, one for each set of weights."""
    total_r = weights_rk.sum(axis=1)
    dx_rk = x_k - (weights_rk @ x_k / total_r)[:, None]
    return (weights_rk * dx_rk) @ y_k / ((weights_rk * dx_rk) * dx_rk).sum(axis=1)


def figure(table: pd.DataFrame, packings: pd.DataFrame, path: Path) -> None:
    """Contacts, moduli and κ against the pressure, and p(κ) over its mean at three packing fractions."""
    image, axes = canvas(2, rows=2, width=3.2, height=2.6)
    jammed = packings[packings["jammed"]]
    pressure = table["pressure"]
    guide = np.array([pressure.min(), 0.02])
    for ax, names in (
        (axes[0], {"excess_contacts": r"$Z - Z_\mathrm{iso}$", "shear_over_bulk": "$G/K$"}),
        (
            axes[1],
            {
                "kappa": r"$\kappa$ $[\epsilon/\sigma^2]$",
                "shear_modulus": r"$G$ $[\epsilon/\sigma^3]$",
            },
        ),
        (axes[2], {"kappa_over_shear": r"$\kappa/G$ $[\sigma]$"}),
    ):
        for marker, (name, label) in zip("os", names.items(), strict=False):
            ax.plot(jammed["pressure"], jammed[name], ".", markersize=2, color="0.75", zorder=0)
            ends = interval_ends(table, name)
            ax.errorbar(pressure, table[name], ends, fmt=marker, markersize=4, label=label)
            if name != "kappa_over_shear":
                scale = table[name].iloc[-1] / pressure.iloc[-1] ** 0.5
                ax.plot(guide, scale * guide**0.5, color="grey", linewidth=0.8)
        ax.set_xscale("log")
        ax.set(xlabel=r"$p$ $[\epsilon/\sigma^3]$")
        if len(names) > 1:
            ax.set(yscale="log", ylabel=", ".join(names.values()))
            ax.legend(fontsize=7)
    axes[2].set(ylabel=r"$\kappa/G$ $[\sigma]$", ylim=(0.0, None))
    bins = np.linspace(0.0, 4.0, 41)
    for fraction in (1.0, 0.70, FRACTIONS[-1]):
        kappa_p = np.concatenate(
            [
                np.array(k) / np.mean(k)
                for k in jammed.loc[jammed["fraction"] == fraction, "kappa_p"]
            ]
        )
        density, _ = np.histogram(kappa_p, bins, density=True)
        axes[3].plot((bins[1:] + bins[:-1]) / 2, density, label=rf"$\phi$ = {fraction:g}")
    axes[3].set(
        xlabel=r"$\kappa_{ij}/\langle\kappa\rangle$", ylabel="probability density", ylim=(0.0, None)
    )
    axes[3].legend(fontsize=7)
    for ax, letter in zip(axes, "abcd", strict=True):
        panel_name(ax, f"({letter})")
    save_figure(image, path)


def main() -> None:
    """Read the arguments."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("part", choices=("measure", "table"))
    parser.add_argument("--folder", type=Path, required=True)
    given = parser.parse_args()
    if given.part == "measure":
        given.folder.mkdir(parents=True, exist_ok=True)
        measure(given.folder)
        return
    packings = packings_in(given.folder)
    table = by_fraction(packings)
    write_table(PAGE / "tables" / "unjamming.csv", table, UNITS)
    write_table(PAGE / "tables" / "unjamming-exponents.csv", exponents(packings), {})
    figure(table, packings, PAGE / "unjamming.png")


if __name__ == "__main__":
    main()
