"""Other stiffnesses in the place of κ, and none at all: which foretells the relaxation, as far as the errors allow."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from lmpmeso.campaign.tables.predictors import NULL
from lmpmeso.elasticity.system_size import REFERENCE_SIZE
from lmpmeso.report.cells import rows_of

STIFFNESS_NAMES = {
    "kappa": "κ",
    "shear_modulus": "G",
    "instantaneous_shear_modulus": "G∞",
    "cage": "the cage (T/⟨u²⟩)",
    "kappa_infinity": "κ∞",
    "kappa_reference": f"κ of {REFERENCE_SIZE} particles",
    NULL: "1/T alone",
}
"""What may take the place of κ in Eq. 3; the last is no stiffness at all."""
SURE = 0.95
"""One stiffness does better than another if it does so in at least this part of the resamples."""


def beats_null(predictor_fits: pd.DataFrame) -> float:
    """Probability that κ foretells better than 1/T alone; NaN where it is not known."""
    if f"beats_{NULL}" not in predictor_fits:
        return math.nan
    kappa = predictor_fits.loc[predictor_fits["predictor"] == "kappa", f"beats_{NULL}"]
    return float(kappa.iloc[0]) if len(kappa) else math.nan


def rivals(predictor_fits: pd.DataFrame) -> str:
    """Which stiffness foretells a left-out state point better than 1/T alone, and whether one is best."""
    if "best" not in predictor_fits:  # no line could be fitted, or errors are not known
        return ""
    known = predictor_fits.dropna(subset=["rms_left_out", "rms_left_out_low"])
    rows = {row["predictor"]: row for row in rows_of(known.sort_values("rms_left_out"))}
    null = rows.pop(NULL, None)
    if null is None or "kappa" not in rows:
        return ""
    text = (
        f"Without any stiffness, by 1/T alone, the line through all but one of {null['n_points']:.0f} state "
        f"points foretells τ_α of the one left out within a factor of {math.exp(null['rms_left_out']):.2f} (rms)."
    )
    better = [_factor(row) for row in rows.values() if row[f"beats_{NULL}"] >= SURE]
    worse = [_factor(row) for name, row in rows.items() if null[f"beats_{name}"] >= SURE]
    if better:
        text += f" Better by more than the errors: {', '.join(better)}."
    else:
        text += " No stiffness does better by more than the errors."
    if worse:
        text += f" Worse by more than the errors: {', '.join(worse)}."
    return f"{text} {_best(rows)}"


def _best(rows: dict[str, dict[str, Any]]) -> str:
    """Whether one stiffness is known to be the best, and which ones κ is known to beat."""
    first = max(rows, key=lambda name: rows[name]["best"])
    if rows[first]["best"] >= SURE:
        return f"The best is {STIFFNESS_NAMES[first]} (P = {rows[first]['best']:.2f})."
    kappa = rows["kappa"]
    text = f"Which stiffness is the best cannot be told (P = {kappa['best']:.2f} for κ)"
    beaten = [STIFFNESS_NAMES[name] for name in rows if kappa.get(f"beats_{name}", 0.0) >= SURE]
    return f"{text}; κ does better than {' and '.join(beaten)}." if beaten else f"{text}."


def _factor(row: dict[str, Any]) -> str:
    """A stiffness and the factor within which it foretells."""
    return f"{STIFFNESS_NAMES[row['predictor']]} {math.exp(row['rms_left_out']):.2f}"
