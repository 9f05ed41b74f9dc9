"""State points of equal viscosity across models (App. D2 of the paper)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import scipy

from lmpmeso.arrays import FloatArray
from lmpmeso.errors import StatisticsError


def equal_viscosity(
    table: pd.DataFrame, target: float, *, extrapolate: bool = False, level: float = 0.9
) -> pd.DataFrame:
    """The temperature of each model at which τ_α/t0 has a given value.

    ln(τ_α/t0) is interpolated against 1/T by a monotone cubic (PCHIP) through all points of a
    model. The interval follows from the errors of the two points about the target, carried
    to the temperature by the local slope.

    Args:
        table: a row a run: ``model``, ``temperature``, ``tau_over_t0`` and, for an interval,
            ``tau_over_t0_error`` (standard error).
        target: τ_α/t0.
        extrapolate: beyond the points of a model, go on along the line through its two nearest
            points (Arrhenius). Liquids are slower than that at low T.
        level: confidence level of the interval.

    Returns:
        A row a model, in the order of their first rows: ``model``, ``temperature``,
        ``temperature_low``, ``temperature_high`` (NaN without errors), ``tau_over_t0`` (the target),
        ``nearest_temperature`` (of the runs) and its ``nearest_tau_over_t0``, ``extrapolated``,
        ``n_points``.

    Raises:
        StatisticsError: columns are missing, a value is not positive, a model has fewer than two
            temperatures or one twice, its τ_α/t0 does not rise towards low T, or the target lies
            beyond its points.
    """
    missing = {"model", "temperature", "tau_over_t0"} - set(table.columns)
    if missing:
        raise StatisticsError(f"the table of runs lacks the columns {sorted(missing)}")
    if not (np.isfinite(target) and target > 0):
        raise StatisticsError(f"the target of τ_α/t0 must be positive, got {target}")
    if not 0.0 < level < 1.0:
        raise StatisticsError(f"the confidence level must lie between 0 and 1, got {level}")
    rows = [
        {"model": name, **_state_point(str(name), runs, target, extrapolate, level)}
        for name, runs in table.groupby("model", sort=False)
    ]
    return pd.DataFrame(rows)


def _state_point(
    name: str, runs: pd.DataFrame, target: float, extrapolate: bool, level: float
) -> dict[str, float | int | bool]:
    """The row of one model."""
    from scipy.interpolate import PchipInterpolator

    inverse, ln_tau, error = _checked(name, runs)
    wanted = float(np.log(target))
    outside = not ln_tau[0] <= wanted <= ln_tau[-1]
    if outside and not extrapolate:
        side = "lower" if wanted > ln_tau[-1] else "higher"
        raise StatisticsError(
            f"τ_α/t0 of {name} reaches from {np.exp(ln_tau[0]):.4g} to {np.exp(ln_tau[-1]):.4g}, and "
            f"{target:g} lies beyond; run {side} temperatures, or ask for extrapolation"
        )
    after = int(np.clip(np.searchsorted(ln_tau, wanted), 1, len(ln_tau) - 1))
    weight = (wanted - ln_tau[after - 1]) / (ln_tau[after] - ln_tau[after - 1])
    if outside:
        found = inverse[after - 1] + weight * (inverse[after] - inverse[after - 1])
    else:
        found = float(PchipInterpolator(ln_tau, inverse)(wanted))
    if not found > 0:
        raise StatisticsError(f"{name} would reach τ_α/t0 = {target:g} at no temperature")
    ln_error = np.hypot((1.0 - weight) * error[after - 1], weight * error[after])
    per_ln_tau = (inverse[after] - inverse[after - 1]) / (ln_tau[after] - ln_tau[after - 1])
    half = float(scipy.special.ndtri(0.5 + level / 2.0) * ln_error * per_ln_tau)
    nearest = after if weight > 0.5 else after - 1
    return {
        "temperature": 1.0 / found,
        "temperature_low": 1.0 / (found + half),
        "temperature_high": 1.0 / (found - half) if found > half else float("inf"),
        "tau_over_t0": target,
        "nearest_temperature": 1.0 / inverse[nearest],
        "nearest_tau_over_t0": float(np.exp(ln_tau[nearest])),
        "extrapolated": outside,
        "n_points": len(inverse),
    }


def _checked(name: str, runs: pd.DataFrame) -> tuple[FloatArray, FloatArray, FloatArray]:
    """1/T, ln(τ_α/t0) and its error, from high to low T; the error is NaN where none is given."""
    ordered = runs.sort_values("temperature", ascending=False)
    temperature = ordered["temperature"].to_numpy(dtype=np.float64)
    tau = ordered["tau_over_t0"].to_numpy(dtype=np.float64)
    for column, values in (("temperature", temperature), ("tau_over_t0", tau)):
        if not np.all(np.isfinite(values) & (values > 0)):
            raise StatisticsError(
                f"{column} of {name} must be positive numbers, got {values.tolist()}; leave out runs "
                "without a relaxation time"
            )
    if len(tau) < 2:
        raise StatisticsError(f"{name} has a single run; two temperatures are needed")
    if np.any(np.diff(temperature) == 0):
        raise StatisticsError(f"{name} has two runs at one temperature; average them first")
    if np.any(np.diff(tau) <= 0):
        k = int(np.argmax(np.diff(tau) <= 0))
        raise StatisticsError(
            f"τ_α/t0 of {name} does not rise from T = {temperature[k]:g} ({tau[k]:.4g}) to "
            f"T = {temperature[k + 1]:g} ({tau[k + 1]:.4g}); run longer there"
        )
    error = np.full(len(tau), np.nan)
    if "tau_over_t0_error" in ordered.columns:
        error = ordered["tau_over_t0_error"].to_numpy(dtype=np.float64) / tau
    return 1.0 / temperature, np.log(tau), error
