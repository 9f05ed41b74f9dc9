import numpy as np
import pytest
from numpy.testing import assert_allclose

from lmpmeso.dynamics.wave_vectors import axis_wave_vectors, wave_vector_shell
from lmpmeso.errors import StatisticsError


@pytest.mark.parametrize("box", [np.array([13.0, 13.0, 13.0]), np.array([30.0, 28.0])])
def test_shell_vectors_fit_the_box_and_lie_in_the_shell(box):
    shell = wave_vector_shell(6.35, box, width=0.2, n_vectors=1000)
    integers = shell * box / (2.0 * np.pi)
    assert_allclose(integers, np.round(integers), atol=1e-10)
    assert np.all(np.abs(np.linalg.norm(shell, axis=1) - 6.35) <= 0.1)


def test_shell_holds_every_vector_up_to_its_sign():
    box = np.array([9.0, 10.0, 11.0])
    shell = wave_vector_shell(5.0, box, width=0.3, n_vectors=10_000)
    axes = [2.0 * np.pi / length * np.arange(-12, 13) for length in box]
    grid = np.stack([g.ravel() for g in np.meshgrid(*axes, indexing="ij")], axis=1)
    in_shell = grid[np.abs(np.linalg.norm(grid, axis=1) - 5.0) <= 0.15]
    both_signs = np.concatenate([shell, -shell])
    assert len(both_signs) == len(in_shell)
    assert {tuple(v) for v in np.round(both_signs, 9) + 0.0} == {
        tuple(v) for v in np.round(in_shell, 9) + 0.0
    }


def test_drawn_vectors_depend_on_the_seed_only():
    box = np.full(3, 13.0)
    first, again = (wave_vector_shell(6.35, box, seed=3) for _ in range(2))
    other = wave_vector_shell(6.35, box, seed=4)
    assert len(first) == 15
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_an_empty_shell_is_refused():
    with pytest.raises(StatisticsError, match="no wave vector of the box"):
        wave_vector_shell(1.0, np.full(3, 5.0), width=0.01)


def test_axis_vectors_have_exactly_the_wave_number():
    assert_allclose(axis_wave_vectors(6.35, 2), [[6.35, 0.0], [0.0, 6.35]])
