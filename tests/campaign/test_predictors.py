"""Rivals of κ on equal terms: each takes its place in Eq. 3, through the same points."""

import numpy as np
import pandas as pd
import pytest

from lmpmeso.campaign.tables.predictors import PREDICTORS, predictor_fits, predictor_values
from lmpmeso.models import get_model

MODEL = get_model("ss-0.95")
TEMPERATURE = np.array([9.0, 8.0, 7.5, 7.0, 6.5, 6.0])


def tables(kappa, scatter=0.0, cage_known=6):
    """State points on Eq. 3 with t̃ = 0.1, ℓ̃ = 0.4; G, G∞ and T/⟨u²⟩ do not follow κ."""
    a0 = MODEL.a0
    noise = scatter * np.array([1, -1, 1, -1, 1, -1])
    reduced = 0.1 * np.exp(0.16 * kappa * a0**2 / TEMPERATURE + noise)
    tau = reduced * a0 / np.sqrt(TEMPERATURE)
    keys = {"model": MODEL.name, "n_particles": 500, "temperature": TEMPERATURE}
    points = pd.DataFrame(keys | {"tau_alpha": tau, "tau_alpha_error": 0.02 * tau, "excluded": ""})
    for end in ("", "_low", "_high"):
        points[f"tau_alpha_over_t0{end}"] = reduced
        points[f"kappa{end}"] = kappa
        points[f"shear_modulus{end}"] = 30.0
    structure = pd.DataFrame(keys | {"instantaneous_shear_modulus": 60.0 + 10.0 / TEMPERATURE})
    structure["cage_displacement"] = np.where(
        np.arange(6) < 6 - cage_known, np.nan, 0.02 + 0.001 * TEMPERATURE**0.5 - 0.001 * 7.0**0.5
    )
    for name in ("instantaneous_shear_modulus", "cage_displacement"):
        structure[f"{name}_low"] = 0.9 * structure[name]
        structure[f"{name}_high"] = 1.1 * structure[name]
    return points, structure


def fits_of(points, structure):
    values = predictor_values(points, structure, MODEL)
    return values, pd.DataFrame(predictor_fits(values, MODEL, 10.0, 0.9)).set_index("predictor")


def test_every_predictor_is_brought_to_the_unit_of_a_stiffness():
    points, structure = tables(np.linspace(280.0, 400.0, 6))
    values, _ = fits_of(points, structure)
    at = values[values["temperature"] == 7.0].set_index("predictor")
    assert list(at.index) == list(PREDICTORS)
    assert at.loc["shear_modulus", "stiffness"] == pytest.approx(30.0 * MODEL.a0)
    assert at.loc["cage", "stiffness"] == pytest.approx(7.0 / 0.02)
    assert at.loc["cage", "stiffness_low"] == pytest.approx(7.0 / 0.022)
    assert at.loc["cage", "stiffness_high"] == pytest.approx(7.0 / 0.018)
    scale = MODEL.a0**2 / 7.0
    assert at.loc["kappa", "reduced_stiffness"] == pytest.approx(
        at.loc["kappa", "stiffness"] * scale
    )


def test_the_stiffness_that_the_points_follow_leaves_no_residual_and_the_others_do():
    points, structure = tables(np.linspace(280.0, 400.0, 6))
    _, fits = fits_of(points, structure)
    assert fits.loc["kappa", "slope"] == pytest.approx(0.16, rel=1e-9)
    assert fits.loc["kappa", "intercept"] == pytest.approx(np.log(0.1), rel=1e-9)
    assert fits.loc["kappa", "rms_residual"] < 1e-9
    assert fits.loc["kappa", "rms_left_out"] < 1e-9
    rivals = fits.drop(index="kappa")
    assert (rivals["rms_residual"] > 1e-3).all()
    assert (rivals["rms_left_out"] > rivals["rms_residual"]).all()


def test_all_predictors_are_fitted_to_the_points_where_all_of_them_are_known():
    points, structure = tables(np.linspace(280.0, 400.0, 6), scatter=0.1, cage_known=4)
    _, fits = fits_of(points, structure)
    assert (fits["n_points"] == 4).all()
    assert (fits["highest_temperature"] == 7.5).all()


def test_points_that_are_no_equilibrium_liquids_are_left_out():
    points, structure = tables(np.linspace(280.0, 400.0, 6))
    points.loc[2, "excluded"] = "crystallised"
    points.loc[2, ["tau_alpha", "tau_alpha_over_t0"]] *= 50
    _, fits = fits_of(points, structure)
    assert fits.loc["kappa", "slope"] == pytest.approx(0.16, rel=1e-9)
    assert (fits["n_points"] == 5).all()


def test_too_few_points_give_a_reason_instead_of_a_fit():
    points, structure = tables(np.linspace(280.0, 400.0, 6), cage_known=2)
    _, fits = fits_of(points, structure)
    assert fits["caveat"].str.contains("at least 3").all()
    assert (fits["n_points"] == 0).all()
