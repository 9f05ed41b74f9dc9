"""Pair potentials: coefficients, continuity, and every derivative against 100-digit arithmetic."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmpmeso.errors import ModelError
from lmpmeso.models.potentials import (
    BLOCK,
    REDUCED_MINIMUM,
    PairPotential,
    ShiftedForceLennardJones,
    ShiftedLennardJones,
    SmoothInversePowerLaw,
    StickySphere,
    StillingerWeberPair,
    StillingerWeberThreeBody,
    falling_factorial,
    integer_power,
)
from tests.models import exact_arithmetic as exact

POTENTIALS: dict[str, tuple[PairPotential, Callable[[Decimal], Decimal]]] = {
    "ipl-1": (SmoothInversePowerLaw(1.0), exact.inverse_power_law(1.0)),
    "ipl-1.4": (SmoothInversePowerLaw(1.4), exact.inverse_power_law(1.4)),
    "mblj-AA": (ShiftedForceLennardJones(1.0, 1.0, 1.5), exact.shifted_force(1.0, 1.0, 1.5)),
    "mblj-AB": (ShiftedForceLennardJones(1.5, 0.8, 2.0), exact.shifted_force(1.5, 0.8, 2.0)),
    "ka-BB": (ShiftedLennardJones(0.5, 0.88, 2.2), exact.shifted(0.5, 0.88, 2.2)),
    "ss-1.18": (StickySphere(1.18), exact.sticky_sphere(1.18, 1.2)),
    "ss-xc1.3": (StickySphere(1.0, 1.3), exact.sticky_sphere(1.0, 1.3)),
    "ss-xc1.5": (StickySphere(1.4, 1.5), exact.sticky_sphere(1.4, 1.5)),
    "sw": (StillingerWeberPair(), exact.stillinger_weber),
}
NAMES = list(POTENTIALS)


def just_inside(potential: PairPotential) -> np.ndarray:
    return np.array([np.nextafter(potential.cutoff, 0.0)])


def test_ipl_coefficients_solve_their_four_conditions():
    expected = exact.inverse_power_law_coefficients(Fraction("1.48"))
    for power, c in SmoothInversePowerLaw(1.0).coefficients.items():
        assert c == pytest.approx(float(expected[power]), rel=1e-14)


def test_ipl_coefficients_are_the_published_ones():
    assert SmoothInversePowerLaw(1.0).coefficients == pytest.approx(
        {
            0: -1.1106337662511798,
            2: 1.2676152372297065,
            4: -0.4960406072849212,
            6: 0.0660511826415732,
        },
        rel=1e-14,
    )


@pytest.mark.parametrize("ratio", [1.05, 1.2, 1.3, 1.5, 2.0])
def test_sticky_sphere_coefficients_solve_their_six_conditions(ratio):
    expected = exact.sticky_sphere_coefficients(Fraction(ratio))
    for power, c in StickySphere(1.0, ratio).coefficients.items():
        assert c == pytest.approx(float(expected[power]), rel=1e-14)


def test_sticky_sphere_coefficients_are_the_published_ones():
    assert StickySphere(1.0).coefficients == pytest.approx(
        {
            -12: -106.991613526652,
            -6: 304.918469059567,
            0: -939.388037994211,
            2: 1190.70962256002,
            4: -541.300131587551,
            6: 85.8684936914713,
        },
        rel=5e-15,
    )


@pytest.mark.parametrize("name", NAMES)
@given(fraction=st.floats(0.0, 1.0, exclude_max=True))
def test_derivatives_agree_with_exact_arithmetic(name, fraction):
    potential, formula = POTENTIALS[name]
    smallest = 0.7 * potential.diameter
    r = smallest + fraction * (np.nextafter(potential.cutoff, 0.0) - smallest)
    expected = [float(value) for value in exact.derivatives(formula, r)]
    values = potential.derivatives(np.array([r]), 4)
    for k, (value, exactly) in enumerate(zip(values, expected, strict=True)):
        # Coefficients of order 10³ cancel in the sticky tail, whatever the order of summation.
        rounding = 2e-12 * 30.0**k if isinstance(potential, StickySphere) else 1e-13 * 10.0**k
        assert value[0] == pytest.approx(exactly, rel=1e-12, abs=rounding)


@given(r=st.floats(0.7, 1.79))
def test_three_body_radial_factor_agrees_with_exact_arithmetic(r):
    expected = [float(v) for v in exact.derivatives(exact.stillinger_weber_radial, r)]
    values = StillingerWeberThreeBody(18.75).radial(np.array([r]), 4)
    assert [v[0] for v in values] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("order", [0, 1, 2, 3, 4])
def test_lower_orders_are_the_same_and_the_shape_is_kept(name, order):
    potential, _ = POTENTIALS[name]
    r = np.linspace(0.8, 1.1, 7) * potential.cutoff
    values = potential.derivatives(r, order)
    assert [v.shape for v in values] == [r.shape] * (order + 1)
    # The terms of the sticky tail are a thousand times their sum; BLAS rounds each shape its own way.
    for value, full in zip(values, potential.derivatives(r, 4), strict=False):
        np.testing.assert_allclose(value, full, rtol=1e-13, atol=5e-12 * np.abs(full).max())


@pytest.mark.parametrize("name", NAMES)
@given(factor=st.floats(1.0, 1e6))
def test_everything_is_zero_from_the_cutoff_on(name, factor):
    potential, _ = POTENTIALS[name]
    for value in potential.derivatives(np.array([potential.cutoff * factor]), 4):
        assert value[0] == 0.0


@pytest.mark.parametrize("name", NAMES)
def test_distances_on_both_sides_of_the_cutoff_and_of_block_ends_are_kept_apart(name):
    potential, _ = POTENTIALS[name]
    r = np.linspace(0.8, 1.2, 2 * BLOCK + 17) * potential.cutoff
    whole = potential.derivatives(r, 2)
    for k in (0, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, r.size - 1):
        alone = potential.derivatives(r[k : k + 1], 2)
        for a, b in zip(whole, alone, strict=True):
            assert a[k] == pytest.approx(b[0], rel=1e-12, abs=1e-11)
    assert not any(value[r >= potential.cutoff].any() for value in whole)


@pytest.mark.parametrize("name", NAMES)
def test_no_distances_give_no_values(name):
    potential, _ = POTENTIALS[name]
    assert [v.shape for v in potential.derivatives(np.empty(0), 2)] == [(0,)] * 3


@pytest.mark.parametrize(
    ("name", "continuous"),
    [("ipl-1", 3), ("mblj-AA", 1), ("mblj-AB", 1), ("ka-BB", 0), ("ss-1.18", 2), ("ss-xc1.5", 2)],
)
def test_continuous_derivatives_at_the_cutoff_are_as_many_as_the_model_says(name, continuous):
    potential, _ = POTENTIALS[name]
    values = [abs(v[0]) for v in potential.derivatives(just_inside(potential), 3)]
    assert max(values[: continuous + 1]) < 1e-10
    assert all(value > 0.01 for value in values[continuous + 1 :])


def test_stillinger_weber_vanishes_with_all_derivatives_at_the_cutoff():
    potential = StillingerWeberPair()
    values = potential.derivatives(np.array([potential.cutoff - 0.005]), 3)
    assert max(abs(v[0]) for v in values) < 1e-70


@pytest.mark.parametrize("ratio", [1.2, 1.3, 1.5])
def test_sticky_sphere_is_twice_differentiable_at_its_minimum_and_not_thrice(ratio):
    minimum = REDUCED_MINIMUM * 1.4
    potential = StickySphere(1.4, ratio)
    inside = potential.derivatives(np.array([np.nextafter(minimum, 0.0)]), 3)
    outside = potential.derivatives(np.array([minimum * (1 + 1e-15)]), 3)
    for a, b in zip(inside[:3], outside[:3], strict=True):
        assert a[0] == pytest.approx(b[0], abs=1e-10)
    assert inside[0][0] == pytest.approx(-1.0, abs=1e-12)
    assert inside[1][0] == pytest.approx(0.0, abs=1e-12)
    assert abs(inside[3][0] - outside[3][0]) > 1.0


def test_sticky_sphere_attraction_is_monotone_in_the_paper():
    potential = StickySphere(1.0)
    r = np.linspace(REDUCED_MINIMUM, potential.cutoff, 2001)[1:-1]
    assert (potential.derivatives(r, 1)[1] > 0).all()


def test_lennard_jones_curvature_of_the_core_is_that_of_sticky_spheres():
    r = np.linspace(0.8, 1.12, 50)
    sticky = StickySphere(1.0).derivatives(r, 3)
    plain = ShiftedLennardJones(1.0, 1.0, 50.0).derivatives(r, 3)
    for a, b in zip(sticky, plain, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-8)


@pytest.mark.parametrize("name", NAMES)
def test_numerical_and_analytic_derivatives_agree(name):
    potential, _ = POTENTIALS[name]
    r = np.linspace(0.85 * potential.diameter, 0.97 * potential.cutoff, 101)
    if isinstance(potential, StickySphere):
        r = r[abs(r - REDUCED_MINIMUM * potential.size) > 1e-3]
    h = 1e-5
    plus, minus = potential.derivatives(r + h, 3), potential.derivatives(r - h, 3)
    analytic = potential.derivatives(r, 3)
    for k in range(3):
        numerical = (plus[k] - minus[k]) / (2 * h)
        scale = 1.0 + np.abs(analytic[k + 1]).max()
        np.testing.assert_allclose(numerical, analytic[k + 1], atol=2e-8 * scale)


@pytest.mark.parametrize("ratio", [1.0, 0.9, -1.0, float("nan")])
def test_a_sticky_cutoff_inside_the_core_is_refused(ratio):
    with pytest.raises(ModelError, match="relative_cutoff must exceed 1"):
        StickySphere(1.0, ratio)


@given(x=st.floats(0.5, 2.0), n=st.integers(0, 16))
def test_integer_power_is_the_power(x, n):
    assert integer_power(np.array([x]), n)[0] == pytest.approx(x**n, rel=1e-14)


@given(n=st.integers(-12, 12), k=st.integers(0, 5))
def test_falling_factorial_is_the_product(n, k):
    assert falling_factorial(n, k) == int(np.prod([n - m for m in range(k)]))
