"""LAMMPS's cubic splines of evenly spaced values."""

import numpy as np
import pytest

from lmpmeso.models.node_spline import NodeSpline

X = np.linspace(0.0, 5.0, 51)


def test_values_at_the_nodes_are_the_given_ones():
    values = np.random.default_rng(0).normal(size=51)
    spline = NodeSpline(values, 0.1)
    np.testing.assert_allclose(spline.derivatives(X, 0)[0], values, atol=1e-12)


def test_inside_slopes_are_exact_to_fourth_order_polynomials():
    x = np.linspace(0.0, 2.0, 21)
    (_, slope) = NodeSpline(x**4 - x**3, 0.1).derivatives(x[2:-2], 1)
    np.testing.assert_allclose(slope, 4 * x[2:-2] ** 3 - 3 * x[2:-2] ** 2, rtol=1e-11)


def test_slopes_at_the_ends_are_differences():
    values = np.array([1.0, 3.0, 2.0, 7.0, 5.0, 6.0, 9.0])
    _, slope = NodeSpline(values, 0.5).derivatives(np.array([0.0, 0.5, 2.5, 3.0]), 1)
    np.testing.assert_allclose(slope, [4.0, 1.0, 4.0, 6.0], rtol=1e-12)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_derivatives_are_difference_quotients_inside_an_interval(order):
    spline = NodeSpline(np.sin(X), 0.1)
    x, h = np.array([0.234, 1.777, 3.05, 4.96]), 1e-4
    above, below = spline.derivatives(x + h, order), spline.derivatives(x - h, order)
    numerical = (above[order - 1] - below[order - 1]) / (2 * h)
    np.testing.assert_allclose(spline.derivatives(x, order)[order], numerical, atol=1e-7)


def test_a_cubic_has_no_fourth_derivative():
    assert np.all(NodeSpline(np.sin(X), 0.1).derivatives(X, 4)[4] == 0.0)


def test_beyond_the_last_node_value_and_slope_stay():
    spline = NodeSpline(np.sin(X), 0.1)
    last, beyond = spline.derivatives(np.array([5.0, 5.3]), 3).T
    np.testing.assert_array_equal(beyond[:2], last[:2])
    assert np.all(beyond[2:] == 0.0)


def test_support_ends_where_nothing_is_left():
    spline = NodeSpline(np.maximum(2.0 - X, 0.0) ** 2, 0.1)
    assert 2.0 < spline.support < 2.4
    x = np.linspace(spline.support, 5.0, 1000)
    assert np.all(spline.derivatives(x, 3) == 0.0)
    just_below = spline.derivatives(np.array([spline.support - 0.05]), 1)
    assert np.any(just_below != 0.0)


def test_support_has_no_end_where_the_last_nodes_are_not_zero():
    assert NodeSpline(np.exp(-X), 0.1).support == np.inf
