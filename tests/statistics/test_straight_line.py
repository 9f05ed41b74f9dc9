"""Lines with errors in both variables: York's own example, limits, coverage."""

import math

import numpy as np
import pytest

from lmpmeso.errors import StatisticsError
from lmpmeso.statistics import fit_straight_line

PEARSON_X = np.array([0.0, 0.9, 1.8, 2.6, 3.3, 4.4, 5.2, 6.1, 6.5, 7.4])
PEARSON_Y = np.array([5.9, 5.4, 4.4, 4.6, 3.5, 3.7, 2.8, 2.8, 2.4, 1.5])
WEIGHT_X = np.array([1000, 1000, 500, 800, 200, 80, 60, 20, 1.8, 1.0])
WEIGHT_Y = np.array([1, 1.8, 4, 8, 20, 20, 70, 70, 100, 500])


def test_pearsons_data_with_yorks_weights():
    """York et al. (2004), Table II: a = 5.47991022, b = -0.480533407, σ_a = 0.2950, σ_b = 0.0580."""
    line = fit_straight_line(PEARSON_X, PEARSON_Y, WEIGHT_X**-0.5, WEIGHT_Y**-0.5)
    assert line.intercept.mean == pytest.approx(5.47991022, abs=1e-8)
    assert line.slope.mean == pytest.approx(-0.480533407, abs=1e-9)
    errors = np.sqrt(np.diag(line.covariance))
    assert errors == pytest.approx([0.0579850090, 0.294970735], rel=1e-6)
    assert line.reduced_chi_square == pytest.approx(1.4833, abs=1e-4)
    assert line.hidden_scatter == 0.0


def test_errors_in_y_alone_give_weighted_least_squares():
    rng = np.random.default_rng(0)
    x, error = np.arange(8.0), rng.uniform(0.1, 0.5, 8)
    y = 2.0 - 0.7 * x + error * rng.normal(size=8)
    line = fit_straight_line(x, y, None, error)
    slope, intercept = np.polyfit(x, y, 1, w=1 / error)
    assert line.slope.mean == pytest.approx(slope, rel=1e-12)
    assert line.intercept.mean == pytest.approx(intercept, rel=1e-12)
    _, covariance = np.polyfit(x, y, 1, w=1 / error, cov="unscaled")
    assert line.hidden_scatter == 0.0
    np.testing.assert_allclose(line.covariance, covariance, rtol=1e-10)


def test_exchange_of_x_and_y_inverts_the_line():
    ex, ey = WEIGHT_X**-0.5, WEIGHT_Y**-0.5
    line = fit_straight_line(PEARSON_X, PEARSON_Y, ex, ey)
    inverse = fit_straight_line(PEARSON_Y, PEARSON_X, ey, ex)
    assert inverse.slope.mean == pytest.approx(1 / line.slope.mean, rel=1e-9)


def test_units_do_not_matter():
    ex, ey = WEIGHT_X**-0.5, WEIGHT_Y**-0.5
    line = fit_straight_line(PEARSON_X, PEARSON_Y, ex, ey)
    scaled = fit_straight_line(1e3 * PEARSON_X, 1e-4 * PEARSON_Y, 1e3 * ex, 1e-4 * ey)
    assert scaled.slope.low == pytest.approx(1e-7 * line.slope.low, rel=1e-9)
    assert scaled.intercept.high == pytest.approx(1e-4 * line.intercept.high, rel=1e-9)


def test_no_errors_give_least_squares_with_the_scatter():
    rng = np.random.default_rng(1)
    x = np.arange(7.0)
    y = 1.0 + 0.5 * x + rng.normal(0, 0.2, 7)
    line = fit_straight_line(x, y)
    assert line.slope.method == "scatter"
    _, covariance = np.polyfit(x, y, 1, cov=True)
    np.testing.assert_allclose(line.covariance, covariance, rtol=1e-10)
    half = 2.015048 * math.sqrt(covariance[0, 0])
    assert line.slope.high - line.slope.mean == pytest.approx(half, rel=1e-6)


def test_exact_points_without_errors_have_no_interval():
    line = fit_straight_line(np.arange(5.0), 3.0 * np.arange(5.0))
    assert line.slope.mean == pytest.approx(3.0)
    assert not line.slope.has_interval
    assert "exactly" in line.slope.caveat


def test_scatter_beyond_the_errors_enlarges_the_interval_and_says_so():
    x = np.arange(8.0)
    y = x + np.tile([1.0, -1.0], 4)
    line = fit_straight_line(x, y, None, np.full(8, 0.1))
    assert line.p_value < 1e-6
    assert line.hidden_scatter == pytest.approx(np.sqrt(8 / 6), rel=0.1)
    assert "scatter" in line.slope.caveat
    assert line.slope.low < 1.0 < line.slope.high


def coverage(n_points, x_error, y_error, trials, extra=0.0):
    """Share of 90 % intervals of the slope that hold the true one, and mean slope."""
    rng = np.random.default_rng(n_points)
    x = np.linspace(0.0, 10.0, n_points)
    hits, slopes = 0, []
    for _ in range(trials):
        ex, ey = np.full(n_points, x_error), np.full(n_points, y_error)
        xs = x + ex * rng.normal(size=n_points)
        ys = 2.0 + 0.8 * x + np.hypot(ey, extra) * rng.normal(size=n_points)
        line = fit_straight_line(xs, ys, ex, ey)
        hits += line.slope.low <= 0.8 <= line.slope.high
        slopes.append(line.slope.mean)
    return hits / trials, np.mean(slopes)


@pytest.mark.parametrize(
    ("n_points", "x_error", "y_error", "extra"),
    [(5, 0.3, 0.3, 0.0), (12, 0.8, 0.2, 0.0), (20, 0.1, 0.1, 1.0)],
)
def test_ninety_percent_intervals_cover(n_points, x_error, y_error, extra):
    covered, _ = coverage(n_points, x_error, y_error, 500, extra)
    assert 0.87 <= covered <= 0.93


def test_errors_in_x_do_not_flatten_the_line():
    _, mean = coverage(10, 1.5, 0.3, 400)
    assert mean == pytest.approx(0.8, abs=0.03)


@pytest.mark.validate
@pytest.mark.parametrize("n_points", [4, 6, 10, 20])
@pytest.mark.parametrize(
    ("x_error", "y_error", "extra"), [(0.3, 0.3, 0), (0.05, 0.5, 0), (0.8, 0.1, 0), (0.1, 0.1, 1.0)]
)
def test_coverage_over_many_lines(n_points, x_error, y_error, extra):
    """`pytest -m validate -rP -k coverage tests/statistics` prints the table of docs/statistics.md."""
    covered, _ = coverage(n_points, x_error, y_error, 6000, extra)
    print(f"{n_points} points, errors {x_error}, {y_error}, hidden {extra}: {100 * covered:.1f} %")
    assert 0.87 <= covered <= 0.93


def test_bad_points_are_refused():
    x = np.arange(4.0)
    with pytest.raises(StatisticsError, match="at least 3 points"):
        fit_straight_line(x[:2], x[:2])
    with pytest.raises(StatisticsError, match="same for all points"):
        fit_straight_line(np.ones(4), x)
    with pytest.raises(StatisticsError, match="y of point 2 is nan"):
        fit_straight_line(x, [0.0, 1.0, math.nan, 2.0])
    with pytest.raises(StatisticsError, match="x_error of point 1"):
        fit_straight_line(x, x, [0.1, -0.1, 0.1, 0.1])
    with pytest.raises(StatisticsError, match="point 3 has no error"):
        fit_straight_line(x, x, None, [0.1, 0.1, 0.1, 0.0])
    with pytest.raises(StatisticsError, match="one entry a point"):
        fit_straight_line(x, x[:3])
    with pytest.raises(StatisticsError, match="level"):
        fit_straight_line(x, x, level=90)
