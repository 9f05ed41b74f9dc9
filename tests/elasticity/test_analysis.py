"""One Hessian, one ordering, one factor for everything that is asked of a glass."""

import gc
import pickle
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

import lmpmeso
from lmpmeso.elasticity import (
    analyse,
    bulk_modulus,
    dipole_stiffness,
    elastic_tensor,
    factorise,
    kappa_field,
    linear_response,
    lowest_modes,
    newton_polish,
    shear_modulus,
    soft_modes,
)
from lmpmeso.elasticity import factor as factor_module
from lmpmeso.elasticity.linear_response import LinearResponse, take_over
from lmpmeso.errors import ConfigurationError, UnstableStructureError
from lmpmeso.hessians import hessian
from lmpmeso.models import get_model

from .networks import committed_glass, glass_hessian

MODEL = get_model("ipl")


def near_a_minimum(amplitude=1e-5):
    glass = committed_glass("ipl")
    shift_nc = np.random.default_rng(1).normal(0.0, amplitude, glass.positions_nc.shape)
    return glass.with_positions(glass.positions_nc + shift_nc)


@pytest.fixture
def made(monkeypatch):
    """How many Hessians, orderings and factors are made."""
    counts = Counter()

    def counting(module, name):
        function = getattr(module, name)

        def counted(*arguments):
            counts[name] += 1
            return function(*arguments)

        monkeypatch.setattr(module, name, counted)

    counting(factor_module, "factorise_blocks")
    counting(factor_module, "nested_dissection")
    counting(lmpmeso.elasticity.polish, "hessian")
    counting(lmpmeso.elasticity.minimum, "hessian")
    return counts


def ask_for_everything(found):
    return found.bonds, found.field, found.shear, found.bulk, found.tensor, found.modes(3)


def test_a_polish_makes_a_factor_a_step_and_its_analysis_one_more(made):
    structure = newton_polish(near_a_minimum(), MODEL)
    steps = structure.newton_iterations
    assert steps >= 1
    assert made == {"factorise_blocks": steps, "nested_dissection": 1, "hessian": steps + 1}
    ask_for_everything(analyse(structure, MODEL, method="selected", device="cpu"))
    assert made == {"factorise_blocks": steps + 1, "nested_dissection": 1, "hessian": steps + 1}


def test_the_factor_that_proves_a_minimum_serves_its_analysis(made):
    minimum = newton_polish(near_a_minimum(), MODEL)
    made.clear()
    again = newton_polish(minimum, MODEL)
    assert again.newton_iterations == 0
    ask_for_everything(analyse(again, MODEL, method="selected", device="cpu"))
    assert made == {"factorise_blocks": 1, "nested_dissection": 1, "hessian": 1}


def test_a_quench_hands_on_to_the_analysis(made):
    glass = lmpmeso.quench(near_a_minimum(0.02), MODEL)
    assert glass.minimizer == "cg"
    made.clear()
    ask_for_everything(lmpmeso.analyse(glass, MODEL, method="selected", device="cpu"))
    assert made == {"factorise_blocks": 1}


def test_a_polish_that_cannot_show_definiteness_otherwise_factorises(made, monkeypatch):
    expected = newton_polish(near_a_minimum(), MODEL)
    made.clear()
    monkeypatch.setattr(factor_module, "DEVIATE", 0.0)
    found = newton_polish(near_a_minimum(), MODEL)
    assert made["factorise_blocks"] == found.newton_iterations + 1
    np.testing.assert_array_equal(found.positions_nc, expected.positions_nc)


@pytest.mark.parametrize("pairs", ["all", 40])
def test_the_numbers_are_those_of_separate_calls(pairs):
    structure = newton_polish(near_a_minimum(), MODEL)
    found = analyse(structure, MODEL, pairs=pairs, seed=3, device="cpu")
    h = hessian(structure, MODEL)
    bonds = dipole_stiffness(h, pairs=pairs, seed=3, device="cpu")
    np.testing.assert_array_equal(found.bonds, bonds)
    assert {**found.bonds.attrs, "seconds": 0} == {**bonds.attrs, "seconds": 0}
    assert found.shear == shear_modulus(h)
    assert found.bulk == bulk_modulus(h)
    np.testing.assert_array_equal(found.tensor.relaxed_cccc, elastic_tensor(h).relaxed_cccc)
    np.testing.assert_array_equal(
        found.modes(3).eigenvalues, lowest_modes(h, n_modes=3).eigenvalues
    )
    if pairs == "all":
        np.testing.assert_array_equal(found.field, kappa_field(bonds, h.n_particles))
    else:
        with pytest.raises(ConfigurationError, match="pairs='all'"):
            _ = found.field


def test_dipole_stiffness_takes_a_factor_and_makes_none(made):
    h = glass_hessian("ipl")
    factor = factorise(h)
    made.clear()
    for method in ("selected", "solve"):
        dipole_stiffness(h, pairs=20, method=method, factor=factor)
    assert not made


def moved(structure):
    structure.positions_nc[3, 0] += 1e-12
    return structure


@pytest.mark.parametrize(
    ("change", "model"),
    [
        (moved, "ipl"),
        (replace, "ipl"),
        (lambda structure: pickle.loads(pickle.dumps(structure)), "ipl"),
        (lambda structure: structure, "ka"),
    ],
)
def test_nothing_is_taken_over_by_another_structure(change, model):
    structure = newton_polish(near_a_minimum(), MODEL)
    assert take_over(change(structure), get_model(model)) is None


def test_what_is_handed_on_is_taken_over_once_and_dropped_with_its_structure():
    structure = newton_polish(near_a_minimum(), MODEL)
    assert isinstance(take_over(structure, MODEL), LinearResponse)
    assert take_over(structure, MODEL) is None
    structure = newton_polish(structure, MODEL)
    del structure
    gc.collect()
    assert linear_response._handed_on is None


def test_a_moved_structure_is_analysed_anew():
    structure = newton_polish(near_a_minimum(), MODEL)
    before = hessian(structure, MODEL)
    structure.positions_nc[:, 0] += 1e-9 * np.sin(structure.positions_nc[:, 1])
    found = analyse(structure, MODEL, device="cpu")
    assert not np.array_equal(found.hessian.matrix.data, before.matrix.data)


@pytest.mark.parametrize(
    "measure",
    [dipole_stiffness, shear_modulus, bulk_modulus, elastic_tensor, lowest_modes, soft_modes],
)
def test_the_factor_of_another_structure_is_refused(measure):
    structure = newton_polish(near_a_minimum(), MODEL)
    other = factorise(hessian(near_a_minimum(1e-9), MODEL))
    with pytest.raises(ConfigurationError, match="factor is that of another Hessian"):
        measure(structure, MODEL, factor=other)


def test_a_hessian_near_a_definite_one_is_definite():
    h = glass_hessian("ipl")
    factor = factorise(h)
    lowest = lowest_modes(h, n_modes=1, factor=factor)
    assert factor.keeps_definite(h)

    def softened(share):
        """The Hessian without this share of the stiffness of every pair."""
        matrix = h.matrix.copy()
        matrix.data *= 1.0 - share
        return replace(h, matrix=matrix)

    row_sum = float(np.abs(h.matrix.toarray()).sum(axis=1).max())
    critical = lowest.eigenvalues[0] / row_sum
    assert factor.keeps_definite(softened(1e-6 * critical))
    assert not factor.keeps_definite(softened(critical))
    assert not factor.keeps_definite(softened(1.5))
    assert not factor.keeps_definite(glass_hessian("ss"))


def test_a_structure_that_is_no_minimum_is_refused():
    with pytest.raises(UnstableStructureError, match="quench"):
        analyse(near_a_minimum(0.05), MODEL)
    with pytest.raises(ConfigurationError, match="method"):
        analyse(glass_hessian("ipl"), method="best")


def test_results_tell_what_they_are_in_one_line_and_compute_nothing_for_it(made):
    glass = newton_polish(near_a_minimum(), MODEL)
    found = analyse(glass, MODEL)
    before = made.copy()
    assert repr(found).startswith("<GlassAnalysis: 400 particles, ")
    assert ".bonds .field" in repr(found)
    assert made == before
    assert repr(found.shear).startswith(f"<ShearModulus: {found.shear.value:.6g} = ")
    assert f"K = {found.bulk.value:.6g}" in repr(found.tensor)
    assert f"G = {found.shear.value:.6g}" in repr(found.tensor)
    assert repr(found.hessian).startswith("<Hessian: 400 particles, ")
    assert repr(found.modes(3)).startswith("<Modes: 3 modes, λ = ")
    for one in (found, found.hessian, found.shear, found.tensor, found.modes(3)):
        assert len(repr(one)) < 160
        assert "\n" not in repr(one)
