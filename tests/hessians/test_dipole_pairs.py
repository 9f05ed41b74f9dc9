"""Which pairs of particles have a dipole stiffness."""

from dataclasses import replace

import numpy as np
import pytest

from lmpmeso import read_configuration
from lmpmeso.elasticity import dipole_stiffness
from lmpmeso.errors import ConfigurationError
from lmpmeso.hessians import evaluate, hessian, interacting_pairs
from lmpmeso.hessians.dipole_pairs import (
    FIRST_MINIMUM,
    GIVEN,
    about_pairs,
    dipole_pairs,
    first_minima,
)
from lmpmeso.hessians.neighbours import INTERACTION
from lmpmeso.models import get_model
from tests.hessians.lammps_models import copper, silica, silicon


@pytest.fixture(scope="module")
def glass():
    return read_configuration("tests/data/mblj.glass.dump.gz", get_model("mblj"))


def test_interacting_pairs_are_those_of_models_with_closed_forms(glass) -> None:
    found = evaluate(glass, get_model("mblj")).pairs
    assert found.origin == INTERACTION
    np.testing.assert_array_equal(found.cutoffs_ss, get_model("mblj").cutoffs)


def test_cutoffs_of_the_model_choose_the_pairs_and_no_force(glass) -> None:
    model = get_model("mblj")
    shorter = replace(model, dipole_cutoffs=((1.4, 1.2), (1.2, 1.1)))
    exact, found = hessian(glass, model), hessian(glass, shorter)
    assert found.pairs.origin == GIVEN
    assert 0 < found.pairs.n_pairs < exact.pairs.n_pairs
    np.testing.assert_array_equal(found.matrix.data, exact.matrix.data)
    assert found.contact_force_rms == exact.contact_force_rms
    all_pairs = dipole_stiffness(exact).set_index(["i", "j"])["kappa"]
    fewer = dipole_stiffness(found, method="selected").set_index(["i", "j"])["kappa"]
    np.testing.assert_allclose(fewer, all_pairs.loc[fewer.index], rtol=1e-9)


def test_pairs_beyond_the_interaction_have_a_stiffness_too(glass) -> None:
    model = get_model("mblj")
    longer = replace(model, dipole_cutoffs=((2.3, 2.3), (2.3, 2.3)))
    found = hessian(glass, longer)
    assert found.pairs.n_pairs > interacting_pairs(glass, model).n_pairs
    selected = dipole_stiffness(found, method="selected")["kappa"]
    dense = dipole_stiffness(found, method="dense")["kappa"]
    np.testing.assert_allclose(selected, dense, rtol=1e-9)


def test_first_minima_lie_between_the_shells_of_a_liquid_and_of_crystals(glass) -> None:
    minima, origin = first_minima(glass, get_model("mblj"))
    assert origin == FIRST_MINIMUM
    np.testing.assert_array_equal(minima, minima.T)
    assert 1.3 < minima[0, 0] < 1.6
    model, configuration = copper(4, 0.05)
    assert 2.556 < first_minima(configuration, model)[0][0, 0] < 3.615
    model, configuration = silica()
    (si_si, si_o), (_, o_o) = first_minima(configuration, model)[0]
    assert 3.2 < si_si < 4.8
    assert 1.7 < si_o < 2.9
    assert 2.7 < o_o < 4.2


def test_neighbours_of_silicon_are_four() -> None:
    model, configuration = silicon("tersoff", "Si.tersoff")
    pairs = dipole_pairs(configuration, model)
    assert pairs.n_pairs == 2 * configuration.n_particles
    about = about_pairs(pairs, model)
    assert about["pair_cutoffs_from"] == FIRST_MINIMUM
    assert list(about["pair_cutoffs"]) == ["Si-Si"]


def test_without_a_first_minimum_it_is_said_that_there_is_none() -> None:
    model, configuration = silicon("tersoff", "Si.tersoff")
    generator = np.random.default_rng(5)
    gas = configuration.with_positions(
        generator.uniform(0.0, 1.0, configuration.positions_nc.shape) * configuration.box_c
    )
    pairs = dipole_pairs(gas, model)
    assert "Si-Si shows no first minimum" in pairs.origin
    assert pairs.cutoffs_ss[0, 0] == pytest.approx(1.5 * gas.density ** (-1 / 3))


def test_a_box_shorter_than_two_cutoffs_of_pairs_is_refused(glass) -> None:
    wide = replace(get_model("mblj"), dipole_cutoffs=((4.0, 4.0), (4.0, 4.0)))
    with pytest.raises(ConfigurationError, match="twice the largest cut-off of pairs"):
        hessian(glass, wide)
