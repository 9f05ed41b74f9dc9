"""Interacting pairs: complete, within their own cut-off, sorted; and what is refused."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from lmpmeso.configurations import Configuration
from lmpmeso.configurations.creation import configuration_from_arrays
from lmpmeso.errors import ConfigurationError
from lmpmeso.hessians import hessian, interacting_pairs
from lmpmeso.models import get_model
from tests.hessians.conftest import SIZES

Sample = Callable[[str], Configuration]


@pytest.mark.parametrize("name", SIZES)
def test_pairs_are_all_those_within_the_cut_off_of_their_species(sample: Sample, name: str) -> None:
    configuration, model = sample(name), get_model(name)
    pairs = interacting_pairs(configuration, model)
    i, j = np.triu_indices(configuration.n_particles, k=1)
    images = np.stack(np.meshgrid(*[[-1, 0, 1]] * configuration.dimension), -1)
    images = images.reshape(-1, configuration.dimension) * configuration.box_c
    x_nc = configuration.wrapped_positions()
    vectors = (x_nc[j] - x_nc[i])[:, None] + images
    distances = np.linalg.norm(vectors, axis=-1)
    nearest = distances.argmin(axis=1)
    close = (
        distances.min(axis=1) < model.cutoffs[configuration.species[i], configuration.species[j]]
    )
    np.testing.assert_array_equal(pairs.i, i[close])
    np.testing.assert_array_equal(pairs.j, j[close])
    expected = vectors[np.arange(len(i)), nearest][close]
    np.testing.assert_allclose(pairs.vectors_pc, expected, atol=1e-13)
    np.testing.assert_allclose(pairs.distances_p, distances.min(axis=1)[close], rtol=1e-14)


def test_box_shorter_than_twice_the_cut_off_is_refused(sample: Sample) -> None:
    model = get_model("ipl")
    small = replace(sample("ipl"), box_c=np.array([5.0, 5.0, 2 * model.max_cutoff - 0.01]))
    with pytest.raises(ConfigurationError, match="less than twice the largest cut-off"):
        hessian(small, model)


def test_two_particles_at_one_place_are_named(sample: Sample) -> None:
    configuration = sample("ipl")
    positions_nc = configuration.positions_nc.copy()
    positions_nc[7] = positions_nc[3] + configuration.box_c
    with pytest.raises(ConfigurationError, match="particles 4 and 8"):
        interacting_pairs(configuration.with_positions(positions_nc), get_model("ipl"))


def test_position_that_is_not_a_number_is_named(sample: Sample) -> None:
    configuration = sample("ipl")
    positions_nc = configuration.positions_nc.copy()
    positions_nc[11, 2] = np.nan
    with pytest.raises(ConfigurationError, match="particle 12"):
        interacting_pairs(configuration.with_positions(positions_nc), get_model("ipl"))


def test_configuration_of_another_model_is_refused(sample: Sample) -> None:
    with pytest.raises(ConfigurationError, match="3D positions, but model 'ipl2d' is 2D"):
        interacting_pairs(sample("ipl"), get_model("ipl2d"))
    with pytest.raises(ConfigurationError, match="species"):
        interacting_pairs(sample("ipl"), get_model("sw"))


@pytest.mark.parametrize("name", ["ipl", "ipl2d", "sw"])
def test_particles_without_neighbours_feel_nothing(name: str) -> None:
    model = get_model(name)
    d = model.dimension
    apart = np.array([[1.0] * d, [5.0] * d])
    for positions_nc in (apart, apart[:1]):
        h = hessian(configuration_from_arrays(positions_nc, 0, 10.0), model)
        assert (h.energy, h.max_force, h.contact_force_rms) == (0.0, 0.0, 0.0)
        assert h.pairs.n_pairs == 0
        assert h.matrix.shape == (d * len(positions_nc),) * 2
        assert not h.matrix.toarray().any()
        assert not h.born_cccc.any()


def test_dimer_among_lone_particles_has_one_stiff_direction() -> None:
    model = get_model("sw")
    positions_nc = np.array([[1.0, 1, 1], [5, 5, 5], [5, 5, 6.1], [9, 9, 9]])
    h = hessian(configuration_from_arrays(positions_nc, 0, 12.0), model)
    (phi,), (slope,), (curvature,) = model.pair_derivatives(
        np.array([1.1]), np.zeros(1, int), np.zeros(1, int)
    )
    block = h.matrix.toarray()[3:6, 6:9]
    np.testing.assert_allclose(block, -np.diag([slope / 1.1, slope / 1.1, curvature]), atol=1e-12)
    assert h.energy == pytest.approx(phi, rel=1e-14)
    assert h.contact_force_rms == pytest.approx(abs(slope), rel=1e-14)
