"""Rivals of κ on equal terms: each takes its place in Eq. 3, through the same points, and so does none of them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lmpmeso.campaign.tables.predictors import (
    NULL,
    PREDICTORS,
    Resampling,
    predictor_fits,
    predictor_values,
)
from lmpmeso.files.tables import read_table
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


def fits_of(points, structure, glasses=None):
    values = predictor_values(points, structure, MODEL)
    resampling = Resampling(0.9, 1, 2000, pd.DataFrame() if glasses is None else glasses)
    return values, pd.DataFrame(predictor_fits(values, MODEL, 10.0, resampling)).set_index(
        "predictor"
    )


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
    assert list(fits.index) == [*PREDICTORS, NULL]
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


def blurred(points, structure, error):
    """The same with intervals of κ, G and τ_α that stand for this relative error."""
    for name in ("kappa", "shear_modulus", "tau_alpha_over_t0"):
        points[f"{name}_low"] = points[name] * np.exp(-1.645 * error)
        points[f"{name}_high"] = points[name] * np.exp(1.645 * error)
    return points, structure


def test_a_stiffness_that_the_points_follow_beats_none_while_errors_are_small():
    kappa = np.array([280.0, 300.0, 310.0, 350.0, 360.0, 400.0])
    _, sharp = fits_of(*blurred(*tables(kappa), 0.002))
    _, blurry = fits_of(*blurred(*tables(kappa), 0.2))
    assert sharp.loc["kappa", f"beats_{NULL}"] > 0.99
    assert sharp.loc[NULL, "beats_kappa"] < 0.01
    assert sharp.loc["kappa", "best"] > 0.95
    assert blurry.loc["kappa", f"beats_{NULL}"] < 0.9
    at = sharp.loc["kappa"]
    assert (
        at["rms_left_out_low"] < at["rms_left_out_high"] < blurry.loc["kappa", "rms_left_out_high"]
    )
    assert sharp.loc[list(PREDICTORS), "best"].sum() == pytest.approx(1.0)
    assert np.isnan(sharp.loc[NULL, "best"])


def with_kappa_infinity(points, factor, error=0.01):
    for end, sign in (("", 0), ("_low", -1), ("_high", 1)):
        points[f"kappa_infinity{end}"] = factor * points["kappa"] * np.exp(sign * 1.645 * error)
    return points


def test_kappa_of_an_infinite_glass_is_a_rival_like_the_others():
    points, structure = blurred(*tables(np.array([280.0, 300.0, 310.0, 350.0, 360.0, 400.0])), 0.01)
    _, without = fits_of(points, structure)
    values, fits = fits_of(with_kappa_infinity(points, 0.9), structure)
    at = values[values["temperature"] == 7.0].set_index("predictor")
    assert at.loc["kappa_infinity", "stiffness"] == pytest.approx(
        0.9 * at.loc["kappa", "stiffness"]
    )
    kappa, infinite = fits.loc["kappa"], fits.loc["kappa_infinity"]
    assert infinite["slope"] == pytest.approx(kappa["slope"] / 0.9)
    # It moves with κ of the same glasses, and the other draws are what they were.
    for column in ("rms_left_out", "rms_left_out_low", "rms_left_out_high", f"beats_{NULL}"):
        assert infinite[column] == pytest.approx(kappa[column])
        assert kappa[column] == without.loc["kappa", column]
    assert fits["best"].sum() == pytest.approx(1.0)


def test_kappa_of_an_infinite_glass_with_a_larger_interval_foretells_less_surely():
    points, structure = blurred(*tables(np.array([280.0, 300.0, 310.0, 350.0, 360.0, 400.0])), 0.01)
    _, fits = fits_of(with_kappa_infinity(points, 0.9, error=0.03), structure)
    assert fits.loc["kappa", "beats_kappa_infinity"] > 0.9


def test_kappa_of_an_infinite_glass_that_is_not_known_everywhere_leaves_the_others_alone():
    points, structure = blurred(*tables(np.array([280.0, 300.0, 310.0, 350.0, 360.0, 400.0])), 0.01)
    _, without = fits_of(points, structure)
    points = with_kappa_infinity(points, 0.9)
    points.loc[1, "kappa_infinity"] = np.nan
    _, fits = fits_of(points, structure)
    assert "not known at all" in fits.loc["kappa_infinity", "caveat"]
    pd.testing.assert_frame_equal(fits.drop(index="kappa_infinity")[without.columns], without)


def test_a_constant_stiffness_is_the_null_itself():
    _, fits = fits_of(*tables(np.linspace(280.0, 400.0, 6)))
    for column in ("rms_residual", "rms_left_out"):
        assert fits.loc["shear_modulus", column] == pytest.approx(fits.loc[NULL, column], rel=1e-9)


def test_glasses_are_resampled_where_there_are_enough_of_them():
    """κ of a glass varies by 40 %, G follows it: the interval of the means does not know that."""
    random = np.random.default_rng(0)
    points, structure = tables(np.linspace(280.0, 400.0, 6))
    many = pd.DataFrame({"temperature": np.repeat(TEMPERATURE, 20)})
    many["kappa_mean"] = 300.0 * random.lognormal(sigma=0.4, size=len(many))
    many["shear_modulus"] = many["kappa_mean"] / 10.0
    _, known = fits_of(points, structure, many)
    _, few = fits_of(points, structure, many.groupby("temperature").head(3))
    assert few.loc["kappa", "rms_left_out_high"] < 1e-9
    assert known.loc["kappa", "rms_left_out_high"] > 0.1
    assert (
        known.loc["shear_modulus", "rms_left_out_high"]
        > 1.1 * known.loc["shear_modulus", "rms_left_out"]
    )


def test_without_the_error_of_a_point_nothing_is_said_of_who_beats_whom():
    points, structure = tables(np.linspace(280.0, 400.0, 6))
    points.loc[1, "kappa_low"] = np.nan
    _, fits = fits_of(points, structure)
    assert "best" not in fits
    assert np.isfinite(fits["rms_left_out"]).all()


FIRST_LIGHT = Path(__file__).resolve().parents[2] / "docs" / "first-light" / "tables"


@pytest.mark.parametrize(
    ("model", "null", "best", "beats"),
    [
        ("ipl", 1.43, 0.17, True),
        ("mblj", 1.50, 0.61, True),
        ("ss-0.95", 1.55, 0.27, True),
        ("ss-0.70", 1.22, 0.20, False),
        ("ss", 1.13, 0.11, False),
        ("sw", 1.16, 0.15, False),
    ],
)
def test_first_light_against_an_independent_computation(model, null, best, beats):
    """Which drew κ and G from their intervals, not by glass."""
    values = read_table(FIRST_LIGHT / model / "predictors.csv")
    resampling = Resampling(0.9, 2, 4000, pd.DataFrame())
    fits = pd.DataFrame(predictor_fits(values, get_model(model), 10.0, resampling))
    kappa, without = (fits.set_index("predictor").loc[name] for name in ("kappa", NULL))
    assert np.exp(without["rms_left_out"]) == pytest.approx(null, abs=0.006)
    assert kappa["best"] == pytest.approx(best, abs=0.03)
    assert (kappa[f"beats_{NULL}"] >= 0.94) == beats
    assert (kappa["beats_instantaneous_shear_modulus"] >= 0.94) == beats
