"""Which stiffness orders the relaxation best? κ against G, G∞ and the cage, on equal terms, and against none.

Each is brought to the unit of κ and takes its place in Eq. 3: G a0^(d-2), G∞ a0^(d-2) (the shoving
model) and T/⟨u²⟩; and κ without the size of the system (κ∞), where it is known. All are fitted to the same state
points, with the same two parameters. The null is a stiffness that is the same at all temperatures: ln τ_α linear in
1/T alone.

Array suffixes: r resample, p state point, g glass.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lmpmeso.arrays import FloatArray
from lmpmeso.campaign.measurements.summary import error_of_interval
from lmpmeso.elasticity.system_size import SIZE_CORRECTED
from lmpmeso.errors import ConvergenceError, StatisticsError
from lmpmeso.models import GlassModel
from lmpmeso.statistics import (
    MesoelasticFit,
    best_probabilities,
    fit_mesoelastic,
    left_out_error,
    win_probabilities,
)
from lmpmeso.statistics.bootstrap import FEW_GLASSES

PREDICTORS = ("kappa", "shear_modulus", "instantaneous_shear_modulus", "cage")
"""Known wherever a liquid was looked at; beside them :data:`SIZE_CORRECTED` κ, which older results lack."""
NULL = "constant"
"""A stiffness that does not change: what any other must beat."""
OF_A_GLASS = {"kappa": "kappa_mean", "shear_modulus": "shear_modulus"}
"""Predictors that each glass has, and their columns in the table of glasses."""
ENDS = ("", "_low", "_high")
KEYS = ["model", "n_particles", "temperature"]


@dataclass(frozen=True)
class Resampling:
    """How the errors of the predictors are drawn.

    Attributes:
        level: of the intervals that are given, and of those that are made.
        seed: of the draws.
        resamples: number of draws.
        glasses: temperature, kappa_mean and shear_modulus of the glasses of this liquid; may be empty.
    """

    level: float
    seed: int
    resamples: int
    glasses: pd.DataFrame


def predictor_values(
    points: pd.DataFrame, structure: pd.DataFrame, model: GlassModel
) -> pd.DataFrame:
    """The predictors of the finished state points of one liquid, from two tables with intervals.

    Returns:
        A row a state point and predictor: temperature, predictor, ``stiffness`` with _low and _high
        [energy/length²], ``reduced_stiffness`` (times a0²/T) likewise, tau_alpha, tau_alpha_over_t0
        likewise, excluded; stiffness is NaN where it is not known. κ without the size of the system has rows
        where it is known at one state point at least.
    """
    both = points.merge(structure, on=KEYS, how="left", suffixes=("", "_structure"))
    spacing = model.a0 ** (model.dimension - 2)
    thermal = both["temperature"] * model.units_style.boltzmann
    factors = {"kappa": 1.0, "shear_modulus": spacing, "instantaneous_shear_modulus": spacing}
    columns = {
        name: [both[f"{name}{end}"] * factor for end in ENDS] for name, factor in factors.items()
    }
    # The wider the cage, the softer: its ends change places.
    columns["cage"] = [thermal / both[f"cage_displacement{end}"] for end in ("", "_high", "_low")]
    larger = SIZE_CORRECTED[model.dimension]
    if larger in both and both[larger].notna().any():
        columns[larger] = [both[f"{larger}{end}"] for end in ENDS]
    tau = [f"tau_alpha_over_t0{end}" for end in ENDS]
    scale = model.a0**2 / thermal
    tables = []
    for name, ends in columns.items():
        table = both[[*KEYS, "tau_alpha", "tau_alpha_error", *tau, "excluded"]].assign(
            predictor=name
        )
        for end, values in zip(ENDS, ends, strict=True):
            table[f"stiffness{end}"] = values.to_numpy(dtype=np.float64)
            table[f"reduced_stiffness{end}"] = table[f"stiffness{end}"] * scale
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def predictor_fits(
    values: pd.DataFrame, model: GlassModel, shortest_reduced_time: float, resampling: Resampling
) -> list[dict[str, Any]]:
    """Eq. 3 with each predictor, and with none, in the place of κ, where all of :data:`PREDICTORS` are known.

    κ without the size of the system takes part where it is known at all of these points.

    Returns:
        A row a predictor, the null the last: slope and intercept of ln(τ_α/t0) with intervals;
        ``rms_residual``; ``rms_left_out`` in ln(τ_α/t0) with _low and _high, the distance of each
        point from the line through the others; ``beats_NAME``, the part of the resamples in which it
        is smaller than that of NAME; ``best``, in which it is the smallest of all stiffnesses;
        ``n_points``; ``caveat``.
    """
    rows: list[dict[str, Any]] = []
    fitted: dict[str, pd.DataFrame] = {}
    for name, mine in _fitted_points(values, model).items():
        row: dict[str, Any] = {"predictor": name, "n_points": 0, "caveat": ""}
        try:
            if mine.empty:
                raise StatisticsError("no state point where κ, G, G∞ and the cage are all known")
            if not np.isfinite(mine["stiffness"]).all():
                raise StatisticsError(f"{name} is not known at all of these state points")
            fit = _fit(mine, model, shortest_reduced_time, resampling.level)
        except (StatisticsError, ConvergenceError) as error:
            rows.append(row | {"caveat": str(error)})
            continue
        fitted[name] = mine[fit.used]
        rows.append(row | _line(fit, fitted[name]))
    compared = _comparison(fitted, resampling) if NULL in fitted else {}
    return [row | compared.get(row["predictor"], {}) for row in rows]


def _fitted_points(values: pd.DataFrame, model: GlassModel) -> dict[str, pd.DataFrame]:
    """Rows of each predictor and of the null, from hot to cold, where a line can take them."""
    wide = values.pivot(index="temperature", columns="predictor", values="stiffness")
    excluded = values["excluded"].astype(object).fillna("") != ""  # empty in a file is NaN
    known = np.isfinite(values["tau_alpha"]) & ~excluded
    common = values[known & values["temperature"].isin(wide[[*PREDICTORS]].dropna().index)]
    ordered = common.sort_values("temperature", ascending=False)
    names = dict.fromkeys([*PREDICTORS, *wide.columns])
    points = {name: ordered[ordered["predictor"] == name] for name in names}
    none = points[PREDICTORS[0]].assign(predictor=NULL)
    reduced = model.a0**2 / (none["temperature"] * model.units_style.boltzmann)
    for end in ENDS:
        none[f"stiffness{end}"], none[f"reduced_stiffness{end}"] = 1.0, reduced
    return points | {NULL: none}


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


def _line(fit: MesoelasticFit, used: pd.DataFrame) -> dict[str, Any]:
    """What a row says of its line."""
    return {
        "n_points": len(used),
        **fit.slope.columns("slope"),
        **fit.intercept.columns("intercept"),
        "rms_residual": fit.rms_residual,
        "rms_left_out": float(left_out_error(fit.abscissa, fit.ordinate)),
        "lowest_temperature": used["temperature"].min(),
        "highest_temperature": used["temperature"].max(),
    }


def _comparison(
    fitted: dict[str, pd.DataFrame], resampling: Resampling
) -> dict[str, dict[str, float]]:
    """Intervals of ``rms_left_out`` and who beats whom; nothing where an error is not known."""
    random = np.random.default_rng(resampling.seed)
    log_tau_rp = _log_tau(fitted[NULL], resampling, random)
    factors = _factors(fitted, resampling, random)
    error_r = {
        name: left_out_error(points["reduced_stiffness"].to_numpy() * factors[name], log_tau_rp)
        for name, points in fitted.items()
    }
    if not all(np.isfinite(error_r[name]).all() for name in (*PREDICTORS, NULL)):
        return {}
    error_r = {name: error for name, error in error_r.items() if np.isfinite(error).all()}
    tail = (1.0 - resampling.level) / 2.0
    stiffnesses = [name for name in error_r if name != NULL]
    beats, best = win_probabilities(error_r), best_probabilities(error_r, stiffnesses)
    return {
        name: {
            "rms_left_out_low": float(np.quantile(error, tail)),
            "rms_left_out_high": float(np.quantile(error, 1.0 - tail)),
            **{f"beats_{other}": chance for other, chance in beats[name].items()},
            "best": best.get(name, np.nan),
        }
        for name, error in error_r.items()
    }


def _factors(
    fitted: dict[str, pd.DataFrame], resampling: Resampling, random: np.random.Generator
) -> dict[str, FloatArray]:
    """By what each draw multiplies each predictor, shapes (R, P)."""
    factors: dict[str, FloatArray] = dict(
        _by_glass(fitted[NULL]["temperature"], resampling, random)
    )
    spread = {
        name: _relative_errors(points, "reduced_stiffness", resampling.level)
        for name, points in fitted.items()
    }
    for name, spread_p in spread.items():
        if name in SIZE_CORRECTED.values():
            # Of the same glasses as κ: what moves the one moves the other, as far as its own interval says.
            exponent_p = np.ones_like(spread_p)
            np.divide(spread_p, spread["kappa"], out=exponent_p, where=spread["kappa"] > 0)
            factors[name] = factors["kappa"] ** exponent_p
        elif name not in factors:
            shape = (resampling.resamples, len(spread_p))
            factors[name] = np.exp(spread_p * random.standard_normal(shape))
    return factors


def _log_tau(
    points: pd.DataFrame, resampling: Resampling, random: np.random.Generator
) -> FloatArray:
    """Draws of ln(τ_α/t0), the same for all predictors, shape (R, P)."""
    spread_p = _relative_errors(points, "tau_alpha_over_t0", resampling.level)
    drawn_rp = random.standard_normal((resampling.resamples, len(points)))
    return np.asarray(np.log(points["tau_alpha_over_t0"].to_numpy()) + spread_p * drawn_rp)


def _relative_errors(points: pd.DataFrame, name: str, level: float) -> FloatArray:
    """Relative errors that the intervals of a column stand for; 0 where its ends are equal, NaN where it has none."""
    return np.array(
        [
            error_of_interval(1.0, row[f"{name}_low"], row[f"{name}_high"], level)
            for row in points.to_dict("records")
        ]
    )


def _by_glass(
    temperatures: pd.Series, resampling: Resampling, random: np.random.Generator
) -> dict[str, FloatArray]:
    """Means over resampled glasses over those of all, shape (R, P); κ and G of a glass are drawn together.

    Empty where a state point has too few glasses for a bootstrap: their intervals are wider.
    """
    glasses = resampling.glasses
    if glasses.empty:
        return {}
    at = [glasses[np.isclose(glasses["temperature"], t, rtol=1e-9)] for t in temperatures]
    if min(map(len, at)) < FEW_GLASSES:
        return {}
    weight_rg = [
        random.multinomial(len(mine), np.full(len(mine), 1.0 / len(mine)), resampling.resamples)
        / len(mine)
        for mine in at
    ]
    return {
        name: np.stack(
            [
                weights @ mine[column].to_numpy() / mine[column].mean()
                for weights, mine in zip(weight_rg, at, strict=True)
            ],
            axis=1,
        )
        for name, column in OF_A_GLASS.items()
    }
