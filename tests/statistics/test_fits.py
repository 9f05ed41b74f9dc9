"""The fits of Eq. 3 and of the Stokes-Einstein relation on data made from them."""

import math

import numpy as np
import pytest

from lmpmeso.errors import StatisticsError
from lmpmeso.models import get_model
from lmpmeso.statistics import fit_mesoelastic, fit_stokes_einstein

MODEL = get_model("ipl")
TEMPERATURE = np.array([0.5, 0.55, 0.6, 0.7, 0.8, 1.0, 2.0])
KAPPA = 44.0 - 10.0 * TEMPERATURE


def relaxation_times(reduced_length: float, reduced_time: float) -> np.ndarray:
    barrier = reduced_length**2 * KAPPA * MODEL.a0**2
    return reduced_time * np.exp(barrier / TEMPERATURE) * MODEL.a0 / np.sqrt(TEMPERATURE)


def test_exact_data_return_the_two_parameters():
    tau = relaxation_times(0.4, 0.1)
    fit = fit_mesoelastic(MODEL, TEMPERATURE, KAPPA, tau)
    assert fit.length.mean == pytest.approx(0.4, rel=1e-12)
    assert fit.time.mean == pytest.approx(0.1, rel=1e-10)
    assert fit.rms_residual < 1e-12
    assert not fit.length.has_interval
    reduced = tau * np.sqrt(TEMPERATURE) / MODEL.a0
    np.testing.assert_array_equal(fit.used, reduced >= 10)
    np.testing.assert_allclose(fit.reduced_time(fit.abscissa), reduced[fit.used])


def test_short_times_do_not_enter():
    tau = relaxation_times(0.4, 0.1)
    disturbed = np.where(tau * np.sqrt(TEMPERATURE) / MODEL.a0 < 10, 0.3 * tau, tau)
    assert not np.array_equal(tau, disturbed)
    fit = fit_mesoelastic(MODEL, TEMPERATURE, KAPPA, disturbed)
    assert fit.length.mean == pytest.approx(0.4, rel=1e-12)


def test_intervals_have_the_width_that_error_propagation_gives():
    tau = relaxation_times(0.4, 0.1)
    fit = fit_mesoelastic(MODEL, TEMPERATURE, KAPPA, tau, tau_error=0.05 * tau)
    dx = fit.abscissa - fit.abscissa.mean()
    slope_error = 0.05 / math.sqrt((dx**2).sum())
    assert fit.slope.high - fit.slope.low == pytest.approx(2 * 1.645 * slope_error, rel=0.05)
    assert fit.length.low < 0.4 < fit.length.high
    assert fit.time.low < 0.1 < fit.time.high
    assert fit.slope.method == "York"


def test_errors_of_both_widen_the_interval():
    tau = relaxation_times(0.4, 0.1)
    of_tau = fit_mesoelastic(MODEL, TEMPERATURE, KAPPA, tau, tau_error=0.05 * tau)
    of_both = fit_mesoelastic(MODEL, TEMPERATURE, KAPPA, tau, 0.02 * KAPPA, 0.05 * tau)
    assert of_both.slope.high - of_both.slope.low > 1.3 * (of_tau.slope.high - of_tau.slope.low)
    assert of_both.length.mean == pytest.approx(0.4, rel=1e-9)
    assert of_both.time.low == pytest.approx(math.exp(of_both.intercept.low))


def test_intervals_of_noisy_state_points_cover_the_parameters():
    rng = np.random.default_rng(2)
    exact = relaxation_times(0.4, 0.1)
    kappa_error = 0.01 * KAPPA
    hits = np.zeros(2)
    for _ in range(1000):
        tau = exact * np.exp(0.1 * rng.normal(size=7))
        kappa = KAPPA + kappa_error * rng.normal(size=7)
        fit = fit_mesoelastic(
            MODEL, TEMPERATURE, kappa, tau, kappa_error, 0.1 * tau, shortest_reduced_time=0.5
        )
        hits += [fit.length.low <= 0.4 <= fit.length.high, fit.time.low <= 0.1 <= fit.time.high]
    assert np.all((hits >= 870) & (hits <= 930))


def test_a_negative_slope_has_no_length():
    kappa = 5.0 * TEMPERATURE**3
    fit = fit_mesoelastic(MODEL, TEMPERATURE, kappa, relaxation_times(0.4, 0.1))
    assert fit.slope.mean < 0
    assert math.isnan(fit.length.mean)


def test_too_few_points_and_bad_values_are_refused():
    tau = relaxation_times(0.4, 0.1)
    with pytest.raises(
        StatisticsError, match=r"at least 3 points with τ_α/t0 ≥ .*, and has 2 \(of 2\)"
    ):
        fit_mesoelastic(MODEL, TEMPERATURE[:2], KAPPA[:2], tau[:2])
    with pytest.raises(StatisticsError, match="tau of point 1"):
        fit_mesoelastic(MODEL, TEMPERATURE, KAPPA, np.where(np.arange(7) == 1, np.nan, tau))
    with pytest.raises(StatisticsError, match="one entry a temperature"):
        fit_mesoelastic(MODEL, TEMPERATURE, KAPPA[:3], tau)
    with pytest.raises(StatisticsError, match="same for all points"):
        fit_mesoelastic(MODEL, TEMPERATURE[:3], TEMPERATURE[:3], tau[:3])


def diffusion_coefficients(tau: np.ndarray, exponent: float, prefactor: float) -> np.ndarray:
    t0 = MODEL.a0 / np.sqrt(TEMPERATURE)
    return prefactor * (tau / t0) ** -exponent * MODEL.a0**2 / t0


def test_stokes_einstein_returns_the_exponent_of_exact_data():
    tau = relaxation_times(0.4, 0.1)
    d = diffusion_coefficients(tau, 0.77, 0.3)
    fit = fit_stokes_einstein(MODEL, TEMPERATURE, d, tau)
    assert fit.exponent.mean == pytest.approx(0.77, rel=1e-10)
    assert fit.prefactor.mean == pytest.approx(0.3, rel=1e-9)
    assert np.array_equal(fit.used, tau * np.sqrt(TEMPERATURE) / MODEL.a0 >= 10)


def test_stokes_einstein_intervals_cover_the_exponent():
    rng = np.random.default_rng(3)
    exact_tau = relaxation_times(0.4, 0.1)
    exact_d = diffusion_coefficients(exact_tau, 0.77, 0.3)
    hits = 0
    for _ in range(1000):
        tau, d = (v * np.exp(0.08 * rng.normal(size=7)) for v in (exact_tau, exact_d))
        e = fit_stokes_einstein(
            MODEL, TEMPERATURE, d, tau, 0.08 * d, 0.08 * tau, shortest_reduced_time=0.5
        ).exponent
        assert e.low < e.mean < e.high
        hits += e.low <= 0.77 <= e.high
    assert 870 <= hits <= 930


def test_stokes_einstein_refuses_hot_liquids():
    tau = relaxation_times(0.4, 0.1)
    d = diffusion_coefficients(tau, 0.77, 0.3)
    with pytest.raises(StatisticsError, match="Stokes-Einstein"):
        fit_stokes_einstein(MODEL, TEMPERATURE[4:], d[4:], tau[4:])
    with pytest.raises(StatisticsError, match="diffusion of point 0"):
        fit_stokes_einstein(MODEL, TEMPERATURE, -d, tau)
