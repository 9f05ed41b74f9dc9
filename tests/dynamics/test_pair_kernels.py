"""Compiled sums against libm and plain NumPy."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import j0, jn_zeros

from lmpmeso.dynamics import pair_kernels

RNG = np.random.default_rng(12)
ORIGINS, ENDS = RNG.integers(0, 20, (2, 60))


def sine_over_argument(x):
    """One particle that moved by x, at q = 1."""
    frames = np.zeros((2, 3, 1))
    frames[1, 0, 0] = x
    value = np.empty(1)
    pair_kernels.sum_sines_over_arguments(frames, np.array([0]), np.array([1]), 1.0, value)
    return value[0]


@pytest.mark.parametrize(
    "x", [*np.geomspace(1e-160, 1e6, 150), *(np.pi * np.arange(1, 60)), 0.0, 1e12]
)
def test_sine_over_argument_is_exact_to_rounding(x):
    exact = math.sin(x) / x if x else 1.0
    assert abs(sine_over_argument(x) - exact) <= 4e-16


@pytest.mark.parametrize("d", [2, 3])
def test_plane_waves_are_exact_to_rounding(d):
    frames = RNG.uniform(-1.0, 1.0, (20, d, 333)) * np.geomspace(1e-3, 1e3, 20)[:, None, None]
    q_c = RNG.normal(size=d)
    wave = np.empty((20, 2 * 333))
    pair_kernels.plane_waves(frames, q_c, wave)
    phase = np.einsum("c,tcn->tn", q_c, frames)
    rounding = 1e-15 + 1e-15 * np.einsum("c,tcn->tn", np.abs(q_c), np.abs(frames))
    assert np.all(np.abs(wave[:, :333] - np.cos(phase)) <= rounding)
    assert np.all(np.abs(wave[:, 333:] - np.sin(phase)) <= rounding)
    multiples = np.pi / 2 * np.arange(-50, 51)
    edge = np.zeros((1, 2, 101))
    edge[0, 0] = multiples
    wave = np.empty((1, 202))
    pair_kernels.plane_waves(edge, np.array([1.0, 0.0]), wave)
    assert_allclose(wave[0], [*np.cos(multiples), *np.sin(multiples)], atol=4e-16, rtol=0)


def bessel_function(x):
    """One particle that moved by x in two dimensions, at q = 1."""
    frames = np.zeros((2, 2, 1))
    frames[1, 1, 0] = x
    value = np.empty(1)
    table = pair_kernels.bessel_table()
    pair_kernels.sum_bessel_functions(frames, np.array([0]), np.array([1]), 1.0, table, value)
    return value[0]


@pytest.mark.parametrize(
    "x",
    [
        *np.linspace(0.0, 65.0, 131),
        *(np.arange(100, 140) / 32),  # between and at the nodes of the table
        *jn_zeros(0, 20),
        *np.geomspace(1e-160, 1e4, 60),
        np.nextafter(64.0, 0.0),
        np.nextafter(64.0, 65.0),
    ],
)
def test_bessel_function_is_exact_to_rounding(x):
    assert abs(bessel_function(x) - j0(x)) <= 2e-15


def test_bessel_function_follows_the_integral_of_the_cosine():
    """J₀(x) = ∫ cos(x cos θ) dθ/2π, by the trapezoidal rule, which is exact for a periodic function."""
    angles = 2 * np.pi * np.arange(400) / 400
    for x in (0.3, 5.91, 63.97, 64.03, 150.0):
        assert bessel_function(x) == pytest.approx(np.cos(x * np.cos(angles)).mean(), abs=1e-14)


@pytest.mark.parametrize("d", [2, 3])
def test_sums_over_particles_equal_plain_numpy(d):
    frames = np.cumsum(0.3 * RNG.normal(size=(20, d, 333)), axis=0)
    moved = frames[ENDS] - frames[ORIGINS]
    square = np.sum(moved**2, axis=1)
    two, four, within, scattered = np.empty((4, len(ENDS)))
    pair_kernels.sum_even_powers(frames, ORIGINS, ENDS, two, four)
    assert_allclose(two, square.sum(axis=1), rtol=1e-13)
    assert_allclose(four, np.sum(square**2, axis=1), rtol=1e-13)
    pair_kernels.count_within(frames, ORIGINS, ENDS, 0.8, within)
    assert np.array_equal(within, np.sum(np.sqrt(square) < 0.8, axis=1))
    for q in (6.35, 40.0):
        x = q * np.sqrt(square)
        if d == 3:
            pair_kernels.sum_sines_over_arguments(frames, ORIGINS, ENDS, q, scattered)
            expected = np.sinc(x / np.pi).sum(axis=1)
        else:
            table = pair_kernels.bessel_table()
            pair_kernels.sum_bessel_functions(frames, ORIGINS, ENDS, q, table, scattered)
            expected = j0(x).sum(axis=1)
        assert_allclose(scattered, expected, atol=333 * 1e-14, rtol=0)
    assert x.max() > 64 > x.min()


def test_sums_over_components_equal_plain_numpy():
    frames = RNG.normal(size=(20, 1001))
    products, squares = np.empty((2, len(ENDS)))
    pair_kernels.sum_products(frames, ORIGINS, ENDS, products)
    pair_kernels.sum_squared_differences(frames, ORIGINS, ENDS, squares)
    assert_allclose(products, np.sum(frames[ORIGINS] * frames[ENDS], axis=1), atol=1e-11)
    assert_allclose(squares, np.sum((frames[ENDS] - frames[ORIGINS]) ** 2, axis=1), rtol=1e-13)
