"""Points left out of a line: the closed form against lines fitted one after the other."""

import numpy as np
import pytest

from lmpmeso.statistics import best_probabilities, left_out_error, win_probabilities

RANDOM = np.random.default_rng(4)


def test_leaving_points_out_in_one_step_is_fitting_the_others_one_by_one():
    x_rp, y_rp = RANDOM.random((3, 6)), RANDOM.random((3, 6))
    for x, y, found in zip(x_rp, y_rp, left_out_error(x_rp, y_rp), strict=True):
        distances = [
            y[k] - np.polyval(np.polyfit(np.delete(x, k), np.delete(y, k), 1), x[k])
            for k in range(6)
        ]
        assert found == pytest.approx(np.sqrt(np.mean(np.square(distances))), rel=1e-10)


def test_three_points_and_equal_abscissas_foretell_nothing():
    assert np.isnan(left_out_error(np.arange(3.0), np.array([1.0, 5.0, 2.0])))
    assert np.isnan(left_out_error(np.ones(5), RANDOM.random(5)))
    alone = np.array([0.0, 0.0, 0.0, 0.0, 1.0])  # the others determine no line
    assert np.isnan(left_out_error(alone, RANDOM.random(5)))


def test_probabilities_count_the_resamples_that_each_wins():
    errors = {
        "a": np.array([1.0, 1.0, 1.0, 4.0]),
        "b": np.array([2.0, 2.0, 0.5, 5.0]),
        "c": np.array([3.0, 0.1, 3.0, 3.0]),
    }
    assert win_probabilities(errors)["a"] == {"b": 0.75, "c": 0.5}
    assert win_probabilities(errors)["b"]["a"] == 0.25
    assert best_probabilities(errors, ("a", "b", "c")) == {"a": 0.25, "b": 0.25, "c": 0.5}
    assert best_probabilities(errors, ("a", "b")) == {"a": 0.75, "b": 0.25}
