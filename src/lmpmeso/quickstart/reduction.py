"""From the files of single glasses and liquids to the tables that the page shows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lmpmeso.configurations import read_configuration
from lmpmeso.elasticity import slice_of_field
from lmpmeso.files.atomic import replacing
from lmpmeso.files.plain_json import read_json
from lmpmeso.quickstart.layout import LiquidFiles
from lmpmeso.quickstart.parameters import QuickstartParameters
from lmpmeso.statistics import (
    bootstrap_mean,
    bootstrap_ratio,
    mean_over_time,
    stiffness_bins,
    stiffness_distribution,
)

AVERAGED = {
    "energy": "energy_per_particle",
    "kappa": "kappa_mean",
    "shear_modulus": "shear_modulus",
}
"""Column of the summary → column of the table of glasses that it is the mean of."""


@dataclass(frozen=True)
class Tables:
    """The tables behind the page; each is a CSV file in ``tables/`` of the same name.

    Attributes:
        summary: a row a temperature: means, intervals, ratios to the hottest, τ_α.
        glasses: a row a glass.
        scattering: a row a temperature and time.
        histogram: a row a temperature and bin of κ_ij.
        slices: a row a particle of the slice through one glass of each temperature.
    """

    summary: pd.DataFrame
    glasses: pd.DataFrame
    scattering: pd.DataFrame
    histogram: pd.DataFrame
    slices: pd.DataFrame

    def write(self, folder: Path) -> None:
        """Write each table as CSV, every digit kept."""
        folder.mkdir(exist_ok=True)
        for name, table in vars(self).items():
            with replacing(folder / f"{name}.csv") as temporary:
                table.to_csv(temporary, index=False, float_format="%.17g")


def reduce(root: Path, parameters: QuickstartParameters) -> Tables:
    """Read what the steps left and reduce it."""
    glasses = pd.DataFrame(
        read_json(LiquidFiles.of(root, temperature).numbers(number))
        for temperature in parameters.temperatures
        for number in range(parameters.glasses_of(temperature))
    )
    dynamics = {t: read_json(LiquidFiles.of(root, t).dynamics) for t in parameters.temperatures}
    return Tables(
        summary=summary_table(glasses, dynamics, parameters),
        glasses=glasses,
        scattering=_scattering(root, parameters),
        histogram=_histogram(root, parameters),
        slices=_slices(root, glasses, parameters),
    )


def summary_table(
    glasses: pd.DataFrame, dynamics: dict[float, dict[str, Any]], parameters: QuickstartParameters
) -> pd.DataFrame:
    """Means over glasses with bootstrap intervals, and the relaxation times."""
    level, seed = parameters.level, parameters.seed
    by_temperature = dict(list(glasses.groupby("temperature")))
    hottest = by_temperature[max(parameters.temperatures)]
    rows = []
    for temperature in parameters.temperatures:
        chosen = by_temperature[temperature]
        row: dict[str, Any] = {
            "temperature": temperature,
            "t0": parameters.model.t0(temperature),
            "n_glasses": len(chosen),
            "n_pairs": int(chosen["n_pairs"].sum()),
            "max_force": chosen["max_force"].max(),
        }
        for name, column in AVERAGED.items():
            if name == "energy":
                estimate = mean_over_time([chosen[column]], level, seed)
            else:
                estimate = bootstrap_mean(chosen[column], level, seed)
            row |= estimate.columns(name)
        for name in ("kappa", "shear_modulus"):
            row |= _ratio(name, chosen, hottest, level, seed)
        measured = dynamics[temperature].items()
        rows.append(row | {k: np.nan if value is None else value for k, value in measured})
    return pd.DataFrame(rows)


def _ratio(
    name: str, chosen: pd.DataFrame, hottest: pd.DataFrame, level: float, seed: int
) -> dict[str, Any]:
    """A mean relative to that at the highest temperature, which is 1 by definition there."""
    if chosen is hottest:
        return {f"{name}_ratio": 1.0, f"{name}_ratio_low": 1.0, f"{name}_ratio_high": 1.0}
    column = AVERAGED[name]
    return bootstrap_ratio(chosen[column], hottest[column], level, seed).columns(f"{name}_ratio")


def _scattering(root: Path, parameters: QuickstartParameters) -> pd.DataFrame:
    """F_s of all temperatures."""
    return pd.concat(
        pd.read_csv(LiquidFiles.of(root, t).scattering).assign(
            temperature=t, t_over_t0=lambda curve, t=t: curve["t"] / parameters.model.t0(t)
        )
        for t in parameters.temperatures
    )


def _histogram(root: Path, parameters: QuickstartParameters) -> pd.DataFrame:
    """Probability density of κ_ij on bins of equal ratio: mean over glasses with intervals."""
    kappa = {
        t: [
            pd.read_csv(LiquidFiles.of(root, t).bonds(number), usecols=["kappa"])["kappa"]
            for number in range(parameters.glasses_of(t))
        ]
        for t in parameters.temperatures
    }
    edges = stiffness_bins([values for glasses in kappa.values() for values in glasses])
    return pd.concat(
        stiffness_distribution(
            glasses, edges=edges, level=parameters.level, seed=parameters.seed
        ).histogram.assign(temperature=temperature)
        for temperature, glasses in kappa.items()
    )


def _slices(root: Path, glasses: pd.DataFrame, parameters: QuickstartParameters) -> pd.DataFrame:
    """A slice through the glass of each temperature whose mean κ is the median one."""
    model = parameters.model
    slices = []
    for temperature, group in glasses.groupby("temperature"):
        ranked = group.sort_values("kappa_mean")
        number = int(ranked["glass"].iloc[len(ranked) // 2])
        files = LiquidFiles.of(root, float(temperature))
        structure = read_configuration(files.glass(number), model)
        through = slice_of_field(structure, model, pd.read_csv(files.bonds(number)))
        slices.append(through.assign(temperature=temperature, glass=number))
    return pd.concat(slices)
