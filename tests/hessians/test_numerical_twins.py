"""Every analytic derivative against its numerical twin, in configurations that are not minima."""

from collections.abc import Callable

import numpy as np
import pytest

from lmpmeso.configurations import Configuration
from lmpmeso.hessians import evaluate, hessian
from lmpmeso.models import get_model
from tests.hessians.conftest import SIZES
from tests.hessians.numerical_twins import (
    numerical_born,
    numerical_forces,
    numerical_hessian,
    numerical_strain_coupling,
    numerical_stress,
    potential_energy,
)

Sample = Callable[[str], Configuration]
every_model = pytest.mark.parametrize("name", SIZES)


def assert_close(analytic: np.ndarray, numerical: np.ndarray, relative: float) -> None:
    """Largest difference below ``relative`` times the largest element."""
    assert np.abs(analytic - numerical).max() < relative * np.abs(analytic).max()


@every_model
def test_energy_is_the_plain_sum_over_pairs_and_triplets(sample: Sample, name: str) -> None:
    configuration, model = sample(name), get_model(name)
    assert hessian(configuration, model).energy == pytest.approx(
        potential_energy(configuration, model), rel=1e-13
    )


@every_model
def test_forces_are_minus_the_gradient_of_the_energy(sample: Sample, name: str) -> None:
    configuration, model = sample(name), get_model(name)
    analytic = hessian(configuration, model).forces_nc
    assert_close(analytic, numerical_forces(configuration, model), 1e-7)


@every_model
def test_matrix_is_the_gradient_of_minus_the_forces(sample: Sample, name: str) -> None:
    configuration, model = sample(name), get_model(name)
    matrix = hessian(configuration, model).matrix.toarray()
    assert_close(matrix, numerical_hessian(configuration, model), 2e-9)


@every_model
def test_stress_is_the_strain_derivative_of_the_energy(sample: Sample, name: str) -> None:
    configuration, model = sample(name), get_model(name)
    analytic = hessian(configuration, model).stress_cc
    assert_close(analytic, numerical_stress(configuration, model), 1e-8)


@every_model
def test_born_term_is_the_second_strain_derivative(sample: Sample, name: str) -> None:
    configuration, model = sample(name), get_model(name)
    analytic = hessian(configuration, model).born_cccc
    assert_close(analytic, numerical_born(configuration, model), 2e-9)


@every_model
def test_strain_coupling_is_the_mixed_derivative(sample: Sample, name: str) -> None:
    configuration, model = sample(name), get_model(name)
    analytic = hessian(configuration, model).strain_coupling_nccc
    assert_close(analytic, numerical_strain_coupling(configuration, model), 2e-9)


@every_model
def test_evaluation_without_second_derivatives_is_the_same(sample: Sample, name: str) -> None:
    configuration, model = sample(name), get_model(name)
    first, second = evaluate(configuration, model), hessian(configuration, model)
    assert first.energy == pytest.approx(second.energy, rel=1e-14)
    assert first.contact_force_rms == second.contact_force_rms
    np.testing.assert_allclose(first.forces_nc, second.forces_nc, atol=1e-12 * first.max_force)
    np.testing.assert_allclose(first.stress_cc, second.stress_cc, rtol=1e-12, atol=1e-12)
