"""The fits through the finished state points of a liquid: Eq. 3, and Stokes-Einstein."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from lmpmeso.campaign.measurements import Statistics
from lmpmeso.campaign.measurements.summary import error_of_interval
from lmpmeso.campaign.settings import Campaign, Liquid
from lmpmeso.campaign.statuses import DONE
from lmpmeso.elasticity.system_size import SIZE_CORRECTED, TOO_LARGE, is_too_large
from lmpmeso.errors import ConvergenceError, StatisticsError
from lmpmeso.models import GlassModel
from lmpmeso.statistics import (
    Estimate,
    MesoelasticFit,
    StokesEinsteinFit,
    fit_mesoelastic,
    fit_stokes_einstein,
)

UNITS = {"lowest_temperature": "energy", "highest_temperature": "energy"}
UNWEIGHTED = "unweighted, because the error of a point is not known or not bounded"
"""Caveat of a fit that takes no errors."""


def fits_of(table: pd.DataFrame, liquid: Liquid, campaign: Campaign) -> Iterator[dict[str, Any]]:
    """The fits through the finished state points of a liquid that no verdict excludes."""
    mine = liquid.rows_of(table)
    good = mine[mine["status"] == DONE]
    if len(good):
        good = good[(good["excluded"] == "") & np.isfinite(good["tau_alpha"])]
    kinds: dict[str, Callable[..., Iterator[dict[str, Any]]]]
    kinds = {"mesoelastic": _mesoelastic, "stokes_einstein": _stokes_einstein}
    corrected = SIZE_CORRECTED[liquid.glass_model.dimension]
    if len(good) and corrected in good and good[corrected].notna().any():
        kinds[f"mesoelastic_{corrected}"] = partial(_mesoelastic, stiffness=corrected)
    for name, fit in kinds.items():
        about = liquid.keys | {"fit": name, "tau_over_t0_from": campaign.statistics.fit_from}
        try:
            if len(good) == 0:
                raise StatisticsError("no state point is finished, in equilibrium, and has a τ_α")
            for row in fit(good, liquid.glass_model, campaign.statistics):
                yield about | row
        except (StatisticsError, ConvergenceError) as error:
            yield about | {"quantity": "none", "caveat": str(error)}


def _mesoelastic(
    every: pd.DataFrame, model: GlassModel, statistics: Statistics, stiffness: str = "kappa"
) -> Iterator[dict[str, Any]]:
    """Eq. 3: t̃ [t0] and ℓ̃ [a0], and the line they come from."""
    points = every[every[stiffness].notna()]
    kappa_error, tau_error = _fit_errors(points, stiffness, "tau_alpha", statistics)
    fit = fit_mesoelastic(
        model,
        points["temperature"],
        points[stiffness],
        points["tau_alpha"],
        kappa_error,
        tau_error,
        shortest_reduced_time=statistics.fit_from,
        level=statistics.level,
    )
    used = points[fit.used]
    for name in ("time", "length", "slope", "intercept"):
        row = _fit_row(name, getattr(fit, name), used, fit)
        yield row | {
            "caveat": "; ".join(filter(None, (row["caveat"], _large_steps(used, stiffness))))
        }


def _large_steps(points: pd.DataFrame, stiffness: str) -> str:
    """At which temperatures κ of the larger system is too far from that of the box; empty where at none."""
    pairs = zip(points["temperature"], points["kappa"], points[stiffness], strict=True)
    far = [f"{t:g}" for t, kappa, corrected in pairs if is_too_large(kappa, corrected)]
    return f"at T = {', '.join(far)} {TOO_LARGE}" if far else ""


def _stokes_einstein(
    points: pd.DataFrame, model: GlassModel, statistics: Statistics
) -> Iterator[dict[str, Any]]:
    """ζ and c of D t0/a0² = c (τ_α/t0)^(-ζ)."""
    measured = points[np.isfinite(points["diffusion"])]
    if len(measured) == 0:
        raise StatisticsError("no state point has a diffusion coefficient: run longer")
    diffusion_error, tau_error = _fit_errors(measured, "diffusion", "tau_alpha", statistics)
    fit = fit_stokes_einstein(
        model,
        measured["temperature"],
        measured["diffusion"],
        measured["tau_alpha"],
        diffusion_error,
        tau_error,
        shortest_reduced_time=statistics.fit_from,
        level=statistics.level,
    )
    for name in ("exponent", "prefactor"):
        yield _fit_row(name, getattr(fit, name), measured[fit.used], fit)


def _fit_errors(
    points: pd.DataFrame, first: str, second: str, statistics: Statistics
) -> tuple[pd.Series, pd.Series] | tuple[None, None]:
    """Standard errors of two columns that their intervals stand for.

    The line takes errors for known: those of few glasses or blocks must be as much wider as Student's
    t is. None where one of a point that the fit takes is not known, for it takes all or none.
    """

    def errors(name: str) -> pd.Series:
        ends = (points[f"{name}{end}"] for end in ("", "_low", "_high"))
        level = statistics.level
        known = [error_of_interval(v, low, high, level) for v, low, high in zip(*ends, strict=True)]
        return pd.Series(known, index=points.index)

    taken = points["tau_alpha_over_t0"] >= statistics.fit_from
    one, other = errors(first), errors(second)
    if not np.isfinite([one[taken], other[taken]]).all():
        return None, None
    return one.fillna(0.0), other.fillna(0.0)


def _fit_row(
    name: str, estimate: Estimate, points: pd.DataFrame, fit: MesoelasticFit | StokesEinsteinFit
) -> dict[str, Any]:
    """A fitted quantity as a row: the range of the points that it was fitted to, and how they scatter."""
    return {
        "quantity": name,
        **estimate.columns("value"),
        "n_points": len(points),
        "lowest_temperature": points["temperature"].min(),
        "highest_temperature": points["temperature"].max(),
        "rms_residual": fit.rms_residual,
        "reduced_chi_square": fit.line.reduced_chi_square,
        "p_value": fit.line.p_value,
        "caveat": estimate.caveat or (UNWEIGHTED if math.isnan(fit.line.p_value) else ""),
    }
