import numpy as np
import pytest

from lmpmeso.dynamics.origin_averages import average_over_origins
from lmpmeso.dynamics.quantities import unchanged


def test_no_error_is_given_where_windows_overlap_too_much():
    values = np.random.default_rng(0).normal(size=(1, 100))
    origins = np.arange(100)
    assert average_over_origins(values, origins, 5, unchanged).n_blocks == 10
    assert average_over_origins(values, origins, 30, unchanged).n_blocks == 3
    longest = average_over_origins(values, origins, 60, unchanged)
    assert longest.n_blocks == 1
    assert np.isnan(longest.errors).all()


def test_error_of_a_mean_is_that_of_the_block_means():
    values = np.random.default_rng(0).normal(size=(2, 1000))
    average = average_over_origins(values, np.arange(1000) * 10, 1, unchanged)
    blocks = values.reshape(2, 10, 100).mean(axis=2)
    np.testing.assert_allclose(average.errors, blocks.std(axis=1, ddof=1) / np.sqrt(10), rtol=1e-12)


def test_error_of_independent_values_is_the_standard_error_of_the_mean():
    values = np.random.default_rng(0).normal(size=(400, 1000))
    errors = average_over_origins(values, np.arange(1000) * 10, 1, unchanged).errors
    assert np.mean(np.square(errors)) == pytest.approx(1.0 / 1000, rel=0.08)


def test_error_of_a_variance_is_its_spread_over_repetitions():
    values = np.random.default_rng(1).normal(size=(800, 500))
    found = [
        average_over_origins(
            np.stack([v, v**2]), np.arange(500) * 10, 1, lambda m: (m[1] - m[0] ** 2)[None]
        )
        for v in values
    ]
    spread = np.std([f.values[0] for f in found])
    assert np.sqrt(np.mean([f.errors[0] ** 2 for f in found])) == pytest.approx(spread, rel=0.1)
