"""The energy along a mode against difference quotients of the energy itself."""

import numpy as np
import pytest

from lmpmeso.elasticity import energy_along_modes, lowest_modes
from lmpmeso.errors import ConfigurationError
from lmpmeso.hessians import evaluate
from lmpmeso.models import get_model

from .networks import committed_glass

NAMES = ["ipl", "ipl2d", "mblj", "ss", "ss-0.95", "sw", "ka"]


@pytest.mark.parametrize("name", NAMES)
def test_second_derivative_is_the_eigenvalue_and_the_first_vanishes(name):
    glass, model = committed_glass(name), get_model(name)
    modes = lowest_modes(glass, model, n_modes=3)
    table = energy_along_modes(glass, model, modes.vectors_mnc)
    np.testing.assert_allclose(table["stiffness"], modes.eigenvalues, rtol=1e-9)
    np.testing.assert_allclose(table["slope"], 0.0, atol=1e-8)


@pytest.mark.parametrize("name", ["ipl", "ipl2d", "sw"])
def test_each_derivative_is_the_difference_quotient_of_the_one_below(name):
    glass, model = committed_glass(name), get_model(name)
    mode_mnc = lowest_modes(glass, model, n_modes=2).vectors_mnc[1:]

    def derivatives(s):
        moved = glass.with_positions(glass.positions_nc + s * mode_mnc[0])
        row = energy_along_modes(moved, model, mode_mnc).iloc[0]
        return np.array([evaluate(moved, model).energy, *row])

    h = 1e-3
    below = (8 * (derivatives(h) - derivatives(-h)) - derivatives(2 * h) + derivatives(-2 * h)) / (
        12 * h
    )
    here = derivatives(0.0)
    np.testing.assert_allclose(here[1:], below[:-1], rtol=2e-5, atol=1e-7)


def test_energy_at_a_distance_is_that_of_the_expansion():
    glass, model = committed_glass("ipl"), get_model("ipl")
    mode_mnc = lowest_modes(glass, model, n_modes=1).vectors_mnc
    row = energy_along_modes(glass, model, mode_mnc).iloc[0]
    s = 0.02
    moved = glass.with_positions(glass.positions_nc + s * mode_mnc[0])
    rise = evaluate(moved, model).energy - evaluate(glass, model).energy
    to_third = row["stiffness"] * s**2 / 2 + row["cubic"] * s**3 / 6
    expansion = to_third + row["quartic"] * s**4 / 24
    assert rise == pytest.approx(expansion, rel=1e-4)
    assert abs(rise - expansion) < 0.2 * abs(rise - to_third)


def test_cubic_changes_sign_with_the_mode_and_the_others_do_not():
    glass, model = committed_glass("sw"), get_model("sw")
    mode_mnc = lowest_modes(glass, model, n_modes=1).vectors_mnc
    one, other = (energy_along_modes(glass, model, sign * mode_mnc).iloc[0] for sign in (1, -1))
    assert other["cubic"] == pytest.approx(-one["cubic"], rel=1e-12)
    assert other["quartic"] == pytest.approx(one["quartic"], rel=1e-12)


def test_modes_of_another_structure_are_refused():
    with pytest.raises(ConfigurationError, match=r"shape \(m, 400, 3\)"):
        energy_along_modes(committed_glass("ipl"), get_model("ipl"), np.zeros((1, 400, 2)))
