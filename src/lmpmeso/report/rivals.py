"""Other stiffnesses in the place of κ, and none at all: which foretells the relaxation, as far as the errors allow."""

from __future__ import annotations

import math

import pandas as pd

from lmpmeso.campaign.tables.predictors import NULL

STIFFNESS_NAMES = {
    "kappa": "κ",
    "shear_modulus": "G",
    "instantaneous_shear_modulus": "G∞",
    "cage": "the cage (T/⟨u²⟩)",
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
    known = known.sort_values("rms_left_out").set_index("predictor")
    if NULL not in known.index or "kappa" not in known.index:
        return ""
    null = math.exp(known.loc[NULL, "rms_left_out"])
    stiff = known.drop(index=NULL)
    text = (
        f"Without any stiffness, by 1/T alone, the line through all but one of {known['n_points'].max():.0f} state "
        f"points foretells τ_α of the one left out within a factor of {null:.2f} (rms)."
    )
    for words, chosen in (
        ("Better by more than the errors", stiff[stiff[f"beats_{NULL}"] >= SURE]),
        ("Worse by more than the errors", stiff[known.loc[NULL, _beats(stiff)].to_numpy() >= SURE]),
    ):
        if len(chosen):
            text += f" {words}: {', '.join(map(_factor, chosen.index, chosen['rms_left_out']))}."
    if not (stiff[f"beats_{NULL}"] >= SURE).any():
        text += " No stiffness does better by more than the errors."
    return f"{text} {_best(stiff)}"


def _best(stiff: pd.DataFrame) -> str:
    """Whether one stiffness is known to be the best, and which ones κ is known to beat."""
    first = stiff.index[stiff["best"].argmax()]
    if stiff.loc[first, "best"] >= SURE:
        return f"The best is {STIFFNESS_NAMES[first]} (P = {stiff.loc[first, 'best']:.2f})."
    kappa = stiff.loc["kappa"]
    text = f"Which stiffness is the best cannot be told (P = {kappa['best']:.2f} for κ)"
    beaten = [
        STIFFNESS_NAMES[name] for name in stiff.index if kappa.get(f"beats_{name}", 0) >= SURE
    ]
    return f"{text}; κ does better than {' and '.join(beaten)}." if beaten else f"{text}."


def _beats(stiff: pd.DataFrame) -> list[str]:
    """Columns with the probability of beating each of these."""
    return [f"beats_{name}" for name in stiff.index]


def _factor(name: str, error: float) -> str:
    """A stiffness and the factor within which it foretells."""
    return f"{STIFFNESS_NAMES[name]} {math.exp(error):.2f}"
