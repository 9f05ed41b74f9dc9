"""The tables of docs/beyond-the-paper.md, from what beyond_the_paper.py left in a folder.

Intervals are of 90 %, by bootstrap over melts. Ratios are of glasses of the same melts, which are drawn together.

Array suffixes: p pair, n particle.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from scattering_of_samples import mean_scattering, relaxation

from lmpmeso.files.plain_json import read_json
from lmpmeso.models import get_model
from lmpmeso.models.units import METAL
from lmpmeso.statistics import bootstrap_mean, bootstrap_ratio

OF_A_RUN = ("melt", "seed", "n_particles", "temperature", "before", "observed", "t", "Fs")
MEASURED = ("energy", "kappa", "kappa_infinity", "shear_modulus", "bulk_modulus", "pressure")
COMPARED = ("kappa", "kappa_infinity", "shear_modulus", "kappa_over_shear")
"""What is divided by its mean at the hottest temperature."""
RELAXED = 3.0
"""A melt that stayed at a temperature for so many τ_α is a liquid in equilibrium."""
SOFT = 0.05
"""Share of the pairs that make the soft end of p(κ)."""
DECAYED = np.exp(-1.0)
"""F_s at the end of the trajectory above which a melt has not relaxed: it is a glass of its cooling rate."""
LIQUID, SLOW, GLASS = "liquid", "nearly", "glass"
"""In equilibrium; not for long enough; not at all, so that it has a cooling rate and no parent temperature."""
UNITS = {
    "temperature": "K",
    "time": "ps",
    "cooling_rate": "K/ps",
    "tau_alpha": "ps",
    "energy": "eV",
    "kappa": "eV/Å^2",
    "kappa_infinity": "eV/Å^2",
    "kappa_soft": "eV/Å^2",
    "shear_modulus": "eV/Å^3",
    "bulk_modulus": "eV/Å^3",
    "pressure": "eV/Å^3",
    "shear_modulus_gpa": "GPa",
    "bulk_modulus_gpa": "GPa",
    "pressure_gpa": "GPa",
}


def glasses_in(folder: Path, name: str) -> pd.DataFrame:
    """A row a melt and temperature, from hot to cold; those whose quench found no minimum have NaN."""
    found = [read_json(path) for path in sorted((folder / name).glob("*.json"))]
    table = pd.DataFrame(found, columns=[*OF_A_RUN, *MEASURED])
    table = table.sort_values(["temperature", "melt"], ascending=[False, True], ignore_index=True)
    table["kappa_over_shear"] = table["kappa"] / table["shear_modulus"]
    return table


def points(folder: Path, name: str) -> pd.DataFrame:
    """A row a temperature, from hot to cold: relaxation, energy, κ, G, K, and how they changed from the hottest."""
    glasses = glasses_in(folder, name)
    every = list(glasses.groupby("temperature", sort=False))
    hottest = every[0][1].set_index("melt")
    rows = []
    previous = np.nan
    for temperature, own in every:
        time = float(own["before"].iloc[0] + own["observed"].iloc[0])
        rows.append(
            {
                "model": name,
                "temperature": temperature,
                "n_particles": int(own["n_particles"].iloc[0]),
                "n_melts": len(own),
                "n_glasses": int(own["kappa"].notna().sum()),
                "time": time,
                "cooling_rate": (previous - temperature) / time,
                **relaxed(own, get_model(name).t0(temperature), time),
                **means(own),
                **soft_end(folder, name, temperature),
                **ratios(own.set_index("melt"), hottest),
            }
        )
        previous = temperature
    return pd.DataFrame(rows)


def relaxed(own: pd.DataFrame, t0: float, time: float) -> dict[str, object]:
    """τ_α of the mean F_s of all melts, and whether a melt that stayed for this time is in equilibrium."""
    curve = mean_scattering(own.to_dict("records"))
    tau = relaxation(curve)
    left = float(curve["Fs"].iloc[-1])
    settled = time >= RELAXED * tau["tau"]
    return {
        "fs_end": left,
        **{f"tau_alpha{end}": tau[f"tau{end}"] for end in ("", "_low", "_high")},
        **{f"tau_alpha_over_t0{end}": tau[f"tau{end}"] / t0 for end in ("", "_low", "_high")},
        "state": LIQUID if settled else SLOW if left < DECAYED else GLASS,
    }


def means(own: pd.DataFrame) -> dict[str, float]:
    """Means over glasses; moduli and pressure in GPa as well."""
    row: dict[str, float] = {}
    for name in MEASURED:
        row |= bootstrap_mean(own[name].dropna(), seed=1).columns(name)
    for name in ("shear_modulus", "bulk_modulus", "pressure"):
        for end in ("", "_low", "_high"):
            row[f"{name}_gpa{end}"] = row[name + end] * METAL.gigapascals
    return row


def soft_end(folder: Path, name: str, temperature: float) -> dict[str, float]:
    """κ below which a share of the pairs of a glass lies, averaged over glasses."""
    ends = [np.quantile(kept["kappa_p"], SOFT) for kept in kappas(folder, name, temperature)]
    return bootstrap_mean(ends, seed=1).columns("kappa_soft")


def ratios(own: pd.DataFrame, hottest: pd.DataFrame) -> dict[str, float]:
    """Means over those of the hottest glasses, by melt; 1 without an interval for the hottest themselves."""
    row: dict[str, float] = {}
    for name in COMPARED:
        both = pd.concat([own[name], hottest[name]], axis=1, keys=["cold", "hot"]).dropna()
        row |= bootstrap_ratio(both["cold"], both["hot"], seed=1, paired=True).columns(
            f"{name}_ratio"
        )
    return row


def neighbourhoods(folder: Path, name: str) -> pd.DataFrame:
    """A row a temperature and kind of pair: its κ_ij, and how many such neighbours a particle has."""
    rows = []
    kinds = [species.name for species in get_model(name).species]
    for temperature in glasses_in(folder, name)["temperature"].unique():
        glasses = list(kappas(folder, name, temperature))
        for a, centre in enumerate(kinds):
            for b, neighbour in enumerate(kinds):
                if all(len(of_kind(glass, a, b)) == 0 for glass in glasses):
                    continue
                counts = [coordination(glass, a, b) for glass in glasses]
                usual = int(np.bincount(np.concatenate(counts)).argmax())
                mean_kappa = [of_kind(glass, a, b).mean() for glass in glasses]
                rows.append(
                    {
                        "model": name,
                        "temperature": temperature,
                        "centre": centre,
                        "neighbour": neighbour,
                        **bootstrap_mean([c.mean() for c in counts], seed=1).columns("neighbours"),
                        "most_often": usual,
                        **bootstrap_mean([(c == usual).mean() for c in counts], seed=1).columns(
                            "share_of_most_often"
                        ),
                        **bootstrap_mean(mean_kappa, seed=1).columns("kappa"),
                    }
                )
    return pd.DataFrame(rows)


def kappas(folder: Path, name: str, temperature: float) -> Iterator[dict[str, np.ndarray]]:
    """κ_ij, the pairs and the species of every glass of one temperature."""
    for path in sorted((folder / name).glob(f"*-{temperature:g}.npz")):
        with np.load(path) as kept:
            yield dict(kept)


def of_kind(glass: dict[str, np.ndarray], a: int, b: int) -> np.ndarray:
    """κ_ij of the pairs of two species."""
    i_p, j_p = glass["species_n"][glass["i_p"]], glass["species_n"][glass["j_p"]]
    return glass["kappa_p"][((i_p == a) & (j_p == b)) | ((i_p == b) & (j_p == a))]


def coordination(glass: dict[str, np.ndarray], centre: int, neighbour: int) -> np.ndarray:
    """How many neighbours of a species each particle of another has, among its pairs."""
    species_n = glass["species_n"]
    i_p = np.concatenate([glass["i_p"], glass["j_p"]])
    j_p = np.concatenate([glass["j_p"], glass["i_p"]])
    own = i_p[species_n[j_p] == neighbour]
    return np.bincount(own, minlength=len(species_n))[species_n == centre]


def of_swap_liquid(table: pd.DataFrame) -> pd.DataFrame:
    """The polydisperse liquid's table with the columns that are compared; glasses of two temperatures are independent."""
    own = table.sort_values("T", ascending=False, ignore_index=True)
    relaxed = own["equilibration_over_tau"] >= RELAXED
    own = own.rename(columns={"T": "temperature"}).assign(
        model="poly-swap", state=np.where(relaxed, LIQUID, SLOW)
    )
    for name in ("kappa", "kappa_infinity", "shear_modulus"):
        hot = own.iloc[0]
        ratio = own[name] / hot[name]
        for end, sign in (("_low", -1.0), ("_high", 1.0)):
            apart = np.hypot(own[name + end] / own[name] - 1.0, hot[name + end] / hot[name] - 1.0)
            own[f"{name}_ratio{end}"] = ratio * (1.0 + sign * apart)
        own[f"{name}_ratio"] = ratio
    return own


def together(points: pd.DataFrame, swapped: pd.DataFrame | None) -> pd.DataFrame:
    """What the figure of all models shows: κ and G over those of each one's hottest liquid, T and u_IS likewise."""
    parts = [reduced(own, METAL.boltzmann) for _, own in points.groupby("model", sort=False)]
    if swapped is not None:
        parts.append(reduced(of_swap_liquid(swapped), 1.0))
    names = [f"{n}_ratio{end}" for n in COMPARED for end in ("", "_low", "_high")]
    columns = ["model", "temperature", "state", "reduced_temperature", "fall", *names]
    return pd.concat(parts, ignore_index=True).reindex(columns=columns)


def reduced(own: pd.DataFrame, boltzmann: float) -> pd.DataFrame:
    """T over the hottest T_h, and the fall of u_IS since then in units of k_B T_h."""
    hot = own.iloc[0]
    fall = (hot["energy"] - own["energy"]) / (boltzmann * hot["temperature"])
    return own.assign(reduced_temperature=own["temperature"] / hot["temperature"], fall=fall)
