"""Which stiffness orders the relaxation best? κ against G, G∞ and the cage, on equal terms.

Each is brought to the unit of κ and takes its place in Eq. 3: G a0^(d-2), G∞ a0^(d-2) (the shoving
model) and T/⟨u²⟩. All are fitted to the same state points, with the same two parameters.

Array suffixes: p state point.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from lmpmeso.errors import ConvergenceError, StatisticsError
from lmpmeso.models import GlassModel
from lmpmeso.statistics import MesoelasticFit, fit_mesoelastic

PREDICTORS = ("kappa", "shear_modulus", "instantaneous_shear_modulus", "cage")
ENDS = ("", "_low", "_high")
KEYS = ["model", "n_particles", "temperature"]


def predictor_values(
    points: pd.DataFrame, structure: pd.DataFrame, model: GlassModel
) -> pd.DataFrame:
    """The predictors of the finished state points of one liquid, from two tables with intervals.

    Returns:
        A row a state point and predictor: temperature, predictor, ``stiffness`` with _low and _high
        [energy/length²], ``reduced_stiffness`` (times a0²/T) likewise, tau_alpha, tau_alpha_over_t0
        likewise, excluded; stiffness is NaN where it is not known.
    """
    both = points.merge(structure, on=KEYS, how="left", suffixes=("", "_structure"))
    spacing = model.a0 ** (model.dimension - 2)
    thermal = both["temperature"] * model.units_style.boltzmann
    factors = {"kappa": 1.0, "shear_modulus": spacing, "instantaneous_shear_modulus": spacing}
    columns = {
        name: [both[f"{name}{end}"] * factor for end in ENDS] for name, factor in factors.items()
    }
    # The wider the cage, the softer: its ends change places.
    cage = [thermal / both[f"cage_displacement{end}"] for end in ("", "_high", "_low")]
    tau = [f"tau_alpha_over_t0{end}" for end in ENDS]
    scale = model.a0**2 / thermal
    tables = []
    for name, ends in (columns | {"cage": cage}).items():
        table = both[[*KEYS, "tau_alpha", "tau_alpha_error", *tau, "excluded"]].assign(
            predictor=name
        )
        for end, values in zip(ENDS, ends, strict=True):
            table[f"stiffness{end}"] = values.to_numpy(dtype=np.float64)
            table[f"reduced_stiffness{end}"] = table[f"stiffness{end}"] * scale
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def predictor_fits(
    values: pd.DataFrame, model: GlassModel, shortest_reduced_time: float, level: float
) -> Iterator[dict[str, Any]]:
    """Eq. 3 with each predictor in the place of κ, through the state points where all are known.

    Yields:
        A row a predictor: slope and intercept of ln(τ_α/t0) with intervals, ``rms_residual`` and
        ``rms_left_out`` in ln(τ_α/t0): the distance of each point from the line through the others;
        ``n_points``; ``caveat``.
    """
    wide = values.pivot(index="temperature", columns="predictor", values="stiffness")
    common = wide.dropna().index
    tau_known = values[np.isfinite(values["tau_alpha"]) & (values["excluded"] == "")]
    for name in PREDICTORS:
        mine = tau_known[(tau_known["predictor"] == name) & tau_known["temperature"].isin(common)]
        row: dict[str, Any] = {"predictor": name, "n_points": 0, "caveat": ""}
        try:
            if mine.empty:
                raise StatisticsError("no state point where κ, G, G∞ and the cage are all known")
            fit = _fit(mine, model, shortest_reduced_time, level)
        except (StatisticsError, ConvergenceError) as error:
            yield row | {"caveat": str(error)}
            continue
        used = mine[fit.used]
        yield row | {
            "n_points": len(used),
            **fit.slope.columns("slope"),
            **fit.intercept.columns("intercept"),
            "rms_residual": fit.rms_residual,
            "rms_left_out": _left_out(used, model, level),
            "lowest_temperature": used["temperature"].min(),
            "highest_temperature": used["temperature"].max(),
        }


def _fit(points: pd.DataFrame, model: GlassModel, shortest: float, level: float) -> MesoelasticFit:
    """Eq. 3 without weights: the predictors' errors differ in kind, and the comparison shall not."""
    return fit_mesoelastic(
        model,
        points["temperature"],
        points["stiffness"],
        points["tau_alpha"],
        shortest_reduced_time=shortest,
        level=level,
    )


def _left_out(points: pd.DataFrame, model: GlassModel, level: float) -> float:
    """Rms distance in ln(τ_α/t0) of each point from the line through the others; NaN below four."""
    squares = []
    for k in range(len(points)):
        rest, point = points.drop(points.index[k]), points.iloc[k]
        try:
            line = _fit(rest, model, 0.0, level)
        except (StatisticsError, ConvergenceError):
            return float("nan")
        predicted = float(line.line.at(np.array([point["reduced_stiffness"]]))[0])
        squares.append((np.log(point["tau_alpha_over_t0"]) - predicted) ** 2)
    return float(np.sqrt(np.mean(squares)))
