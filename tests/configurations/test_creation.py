"""Configurations from arrays and at random, and whether they fit a model."""

from dataclasses import replace

import numpy as np
import pytest

from lmpmeso.configurations import (
    InherentStructure,
    Trajectory,
    check_fits_model,
    configuration_from_arrays,
    random_configuration,
)
from lmpmeso.errors import ConfigurationError, ModelMismatchWarning
from lmpmeso.models import get_model, model_names
from tests.configurations.examples import assert_same_state


@pytest.mark.parametrize("name", model_names())
def test_random_configurations_have_density_and_composition_of_the_model(name):
    model = get_model(name)
    configuration = random_configuration(model, 501, seed=1)
    assert configuration.density == pytest.approx(model.density, rel=1e-12)
    counts = np.bincount(configuration.species, minlength=model.n_species)
    np.testing.assert_array_equal(counts, model.composition(501))
    inside = (configuration.positions_nc >= 0) & (configuration.positions_nc < configuration.box_c)
    assert inside.all()
    check_fits_model(configuration, model)


def test_random_configurations_repeat_with_their_seed_only():
    model = get_model("ipl")
    one, same, other = (random_configuration(model, 200, seed) for seed in (3, 3, 4))
    assert_same_state(one, same)
    assert not np.array_equal(one.positions_nc, other.positions_nc)


def test_too_small_a_random_configuration_tells_the_smallest_that_is_not():
    model = get_model("mblj")
    with pytest.raises(ConfigurationError, match="use at least 77 particles"):
        random_configuration(model, 76, seed=0)
    random_configuration(model, 77, seed=0)
    for n, density in ((0, None), (100, -1.0), (100, float("nan"))):
        with pytest.raises(ConfigurationError, match="must be positive"):
            random_configuration(model, n, seed=0, density=density)


def test_arrays_become_a_configuration_of_their_own():
    positions = np.random.default_rng(0).uniform(0, 6, (5, 3))
    configuration = configuration_from_arrays(positions, 0, 6.0, step=3)
    positions[:] = 0
    assert configuration.positions_nc.any()
    np.testing.assert_array_equal(configuration.ids, [1, 2, 3, 4, 5])
    np.testing.assert_array_equal(configuration.box_c, [6, 6, 6])
    np.testing.assert_array_equal(configuration.species, [0] * 5)
    assert configuration.step == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.zeros((5, 4)), 0, 6.0), r"shape \(N, 2\) or \(N, 3\)"),
        ((np.zeros((5, 3)), [0, 1], 6.0), "species must have shape"),
        ((np.zeros((5, 3)), 0.5, 6.0), "species must be whole numbers"),
        ((np.zeros((5, 3)), 0, [6.0, 6.0]), "box_c must have shape"),
        ((np.zeros((5, 3)), 0, -6.0), "box lengths must be positive"),
        ((np.full((5, 3), np.nan), 0, 6.0), "positions hold NaN"),
        ((np.zeros((5, 3)), 0, np.inf), "box lengths hold NaN or infinity"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(arguments, message):
    with pytest.raises(ConfigurationError, match=message):
        configuration_from_arrays(*arguments)


def test_what_the_model_cannot_describe_is_refused():
    ipl = get_model("ipl")
    liquid = random_configuration(ipl, 200, seed=0)
    with pytest.raises(ConfigurationError, match="3D positions, but model 'ipl2d' is 2D"):
        check_fits_model(liquid, get_model("ipl2d"))
    with pytest.raises(ConfigurationError, match="species 0 to 1, but model 'sw' has 1"):
        check_fits_model(liquid, get_model("sw"))
    short = replace(liquid, box_c=np.array([4.1, 9.0, 9.0]))
    with pytest.raises(ConfigurationError, match=r"edge, 4\.1, is less than twice"):
        check_fits_model(short, ipl)


def test_another_state_point_is_warned_of():
    ipl = get_model("ipl")
    with pytest.warns(ModelMismatchWarning, match=r"density 0\.9"):
        check_fits_model(random_configuration(ipl, 200, seed=0, density=0.9), ipl)
    check_fits_model(random_configuration(ipl, 200, seed=0, density=0.83), ipl)
    liquid = random_configuration(ipl, 200, seed=0)
    unequal = replace(liquid, species=(np.arange(200) < 60).astype(int))
    with pytest.warns(ModelMismatchWarning, match=r"small 0\.7 \(model: 0\.5\), large 0\.3"):
        check_fits_model(unequal, ipl)
    check_fits_model(unequal, ipl, warn=False)


def test_positions_are_wrapped_into_the_box_wherever_it_lies():
    configuration = configuration_from_arrays(
        [[-0.5, 5.0], [11.0, -1e-17]], 0, 4.0, origin_c=np.array([1.0, 0.0])
    )
    np.testing.assert_array_equal(configuration.wrapped_positions(), [[2.5, 1.0], [2.0, 0.0]])


def test_a_configuration_prints_as_one_line():
    configuration = random_configuration(get_model("ipl"), 200, seed=1)
    assert repr(configuration).startswith("<Configuration: 200 particles (100+100), box 6.2")
    structure = InherentStructure.from_configuration(configuration, energy=-100.0, max_force=1e-12)
    assert "U/N = -0.5, largest force 1e-12" in repr(structure)
    trajectory = Trajectory(
        configuration.positions_nc[None],
        np.array([5]),
        0.01,
        configuration.species,
        configuration.box_c,
        configuration.ids,
    )
    assert repr(trajectory).startswith(
        "<Trajectory: 1 frames of 200 particles, steps 5 to 5 of 0.01"
    )
