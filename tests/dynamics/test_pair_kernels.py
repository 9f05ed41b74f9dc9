"""Compiled sums against libm and plain NumPy."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

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
    if d == 3:
        pair_kernels.sum_sines_over_arguments(frames, ORIGINS, ENDS, 6.35, scattered)
        expected = np.sinc(6.35 / np.pi * np.sqrt(square)).sum(axis=1)
        assert_allclose(scattered, expected, atol=333 * 1e-15, rtol=0)


def test_sums_over_components_equal_plain_numpy():
    frames = RNG.normal(size=(20, 1001))
    products, squares = np.empty((2, len(ENDS)))
    pair_kernels.sum_products(frames, ORIGINS, ENDS, products)
    pair_kernels.sum_squared_differences(frames, ORIGINS, ENDS, squares)
    assert_allclose(products, np.sum(frames[ORIGINS] * frames[ENDS], axis=1), atol=1e-11)
    assert_allclose(squares, np.sum((frames[ENDS] - frames[ORIGINS]) ** 2, axis=1), rtol=1e-13)
