"""Formulas: derivatives against differences, what is refused, and that nothing of them is ever run."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmpmeso.errors import ModelError
from lmpmeso.models.cutoff import SHIFTS
from lmpmeso.models.derivative_check import derivative_checks
from lmpmeso.models.formula import (
    RESERVED_NAMES,
    FormulaPotential,
    constant_value,
    names_in,
    normalised,
    zero_crossing,
)
from lmpmeso.models.potentials import (
    ShiftedForceLennardJones,
    ShiftedLennardJones,
    SmoothInversePowerLaw,
    StillingerWeberPair,
)

SW = {"A": 7.049556277, "B": 0.6022245584, "a": 1.8}
LENNARD_JONES = "4*eps*((sig/r)^12 - (sig/r)^6)"


def potential(formula, cutoff=2.5, shift="none", diameter=1.0, **constants):
    return FormulaPotential(formula, tuple(constants.items()), cutoff, diameter, shift)


@pytest.mark.parametrize(
    ("formula", "shift", "constants"),
    [
        ("a*exp(-r/b) - c*r^-6", "smooth-3", {"a": 50.0, "b": 0.3, "c": 0.5}),
        ("z*erfc(k*r)/r", "force", {"z": 2.0, "k": 0.7}),
        ("where(r < 1.2, 5*(1.2 - r)^5, 0) + r^-1.5", "smooth-2", {}),
        ("log(r)*sin(3*r) + sqrt(r)/tanh(r)", "none", {}),
        ("d*(1 - exp(-a*(r - m)))^2 - d", "smooth-3", {"d": 1.0, "a": 4.0, "m": 1.1}),
        ("erf(r)*cosh(r/2) + atan(r)^3 + cos(r)", "none", {}),
        ("eps*(r^n + pi)", "energy", {"eps": 2.0, "n": -7.25}),
    ],
)
def test_all_derivatives_to_the_fourth_are_those_of_differences(formula, shift, constants):
    for check in derivative_checks(potential(formula, shift=shift, **constants)):
        assert check.mismatch < 1e-6, check


numbers = st.floats(-3.0, 3.0).map(lambda x: round(x, 3))
terms = st.one_of(
    st.tuples(numbers, st.integers(-14, 4)).map(lambda t: f"({t[0]})*r^({t[1]})"),
    st.tuples(numbers, numbers).map(lambda t: f"({t[0]})*exp(({t[1]})*r)"),
    st.tuples(numbers, numbers).map(lambda t: f"({t[0]})*sin(({t[1]})*r)*r^2"),
)


@settings(max_examples=6)
@given(st.lists(terms, min_size=1, max_size=3))
def test_any_sum_of_powers_exponentials_and_waves_is_derived_rightly(found):
    for check in derivative_checks(potential(" + ".join(found))):
        assert check.mismatch < 1e-5, (found, check)


@settings(max_examples=6)
@given(
    st.dictionaries(st.integers(-14, 6), numbers.filter(bool), min_size=1, max_size=3),
    st.sampled_from(SHIFTS),
)
def test_a_sum_of_powers_is_the_same_multiplied_out_or_not(powers, shift):
    formula = " + ".join(f"({c})*r^({n})" for n, c in powers.items())
    r = np.array([0.9, 1.3, 2.2])
    # A power that is not whole keeps the formula from being taken for a sum of powers.
    found = potential(formula, shift=shift)
    other = potential(f"{formula} + tiny*r^0.5", shift=shift, tiny=0.0)
    assert found._powers is not None
    assert other._powers is None
    for order, (a, b) in enumerate(
        zip(found.derivatives(r, 4), other.derivatives(r, 4), strict=True)
    ):
        size = sum(abs(c) * (abs(n) + 4.0) ** order * r ** (n - order) for n, c in powers.items())
        assert (np.abs(a - b) <= 1e-11 * (size + sum(map(abs, powers.values())) * 1e3)).all()


@pytest.mark.parametrize(
    ("formula", "shift", "constants", "packaged"),
    [
        ("(l/r)^10", "smooth-3", {"l": 1.18}, SmoothInversePowerLaw(1.18)),
        (LENNARD_JONES, "force", {"eps": 1.5, "sig": 0.8}, ShiftedForceLennardJones(1.5, 0.8, 2.0)),
        (LENNARD_JONES, "energy", {"eps": 0.5, "sig": 0.88}, ShiftedLennardJones(0.5, 0.88, 2.2)),
        # It has a singularity at its cut-off, in a piece that is not used there.
        ("where(r < a, A*(B/r^4 - 1)*exp(1/(r - a)), 0)", "none", SW, StillingerWeberPair()),
    ],
)
def test_a_formula_is_the_hand_written_potential(formula, shift, constants, packaged):
    formula = potential(formula, packaged.cutoff, shift, packaged.diameter, **constants)
    r = np.linspace(0.7, 1.01 * packaged.cutoff, 301)
    ours, theirs = formula.derivatives(r, 4), packaged.derivatives(r, 4)
    bare = np.abs(potential("(l/r)^12", cutoff=9.0, l=packaged.diameter).derivatives(r, 4))
    for order, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        np.testing.assert_array_less(np.abs(a - b), 1e-12 * (10 * bare[order] + 1e3))


@pytest.mark.parametrize(
    ("shift", "vanishing"),
    [("none", 0), ("energy", 1), ("force", 2), ("smooth-2", 3), ("smooth-3", 4)],
)
def test_a_shift_makes_as_many_derivatives_vanish_as_it_says(shift, vanishing):
    phi = potential(LENNARD_JONES, cutoff=1.7, shift=shift, eps=1.0, sig=1.0)
    at_end = [v[0] for v in phi.derivatives(np.array([np.nextafter(1.7, 0)]), 4)]
    bare = potential(LENNARD_JONES, cutoff=9.0, eps=1.0, sig=1.0)
    sizes = [abs(v[0]) for v in bare.derivatives(np.array([1.7]), 4)]
    is_zero = [abs(v) < 1e-10 * s for v, s in zip(at_end, sizes, strict=True)]
    assert is_zero[:vanishing] == [True] * vanishing
    assert not is_zero[vanishing]
    assert phi.derivatives(np.array([1.7, 3.0]), 1)[0].tolist() == [0.0, 0.0]


def test_a_force_shift_leaves_all_higher_derivatives_alone():
    bare, shifted = (potential("exp(-r)", shift=shift) for shift in ("none", "force"))
    r = np.array([1.0, 2.0])
    for a, b in list(zip(bare.derivatives(r, 4), shifted.derivatives(r, 4), strict=True))[2:]:
        np.testing.assert_allclose(a, b, rtol=1e-13)


@pytest.mark.parametrize("name", ["x0", "out", "numpy", "power", "over_r", "over_r_12", "r_6", "E"])
def test_a_constant_may_have_any_name(name):
    formula = "({0}/r)^12 + {0}*r^6*exp(-r)"
    r = np.array([1.1, 1.7])
    expected = potential(formula.format("a"), a=1.5).derivatives(r, 4)
    np.testing.assert_array_equal(
        potential(formula.format(name), **{name: 1.5}).derivatives(r, 4), expected
    )


@pytest.mark.parametrize(
    "formula",
    [
        "__import__('os').system('touch here')",
        "open('here', 'w')",
        "().__class__.__bases__[0]",
        "r.real",
        "exp.__globals__",
        "lambda: r",
        "[r for r in (1, 2)]",
        "r if r > 1 else 1",
        "eval('1')",
        "exec('1')",
        "'text'",
        "f'{r}'",
        "r[0]",
        "{1: r}",
        "1j*r",
        "True",
        "r @ r",
        "r // 2",
        "r % 2",
        "exp(*r)",
        "exp(x=r)",
        "exp(r, r)",
        "where(r < 1, r)",
        "(x := r)",
        "await r",
    ],
)
def test_what_is_no_formula_is_refused_and_never_run(formula, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError, match=r"not known|cannot be read"):
        potential(formula)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("r^201", "power above 200"),
        ("((r^200)^200)^200", "power above 200"),
        ("9^9^9^9", "power above 200"),
        ("r^(9^9^9)", "power above 200"),
        ("((9^200)^200)^200", "no real number"),
        ("1" * 400 + "*r", "no real number"),
        ("1e999*r", "no real number"),
        ("r/(1 - 1)", "no real number"),
        ("r + 0/0", "no real number"),
        ("r^sqrt(-1)", "no real number"),
        ("asin(2)*r", "no real number"),
        ("r" + "+r" * 1900, "inside one another"),
        ("exp(" * 20 + "r" + ")" * 20, "inside one another"),
        ("-" * 3000 + "r", "inside one another|cannot be read"),
        ("(" * 1500 + "r" + ")" * 1500, "cannot be read"),
        ("r" * 4001, "too long"),
        ("", "cannot be read"),
        ("r +", "cannot be read"),
        ("where(r, 1, 2)", "holds the condition"),
        ("where(r < 1 < 2, 1, 2)", "holds the condition"),
        ("sqrt((r - 1.3)^2)", "kink"),
    ],
    ids=lambda text: text[:24],
)
def test_what_cannot_be_computed_is_refused_at_once(formula, words):
    with pytest.raises(ModelError, match=words):
        potential(formula)


@pytest.mark.parametrize(
    ("formula", "at"),
    [
        ("1/(r - 1.2345678)", "1.23457"),
        ("log((r - 1.2345678)^2)", "1.23457"),
        ("1/r^12 + 1e-6/(r - 1.2345678)^2", "1.23457"),
        ("where(r < 1.2345678, 1/(1.2345678 - r), 0)", "1.23457"),
        ("sqrt(r - 1.3)", "0.5"),
        ("exp(1/(r - 1.3))", "1.3"),
        ("tan(2*r)", "0.785398"),
    ],
)
def test_a_singularity_inside_the_cutoff_is_found_wherever_it_lies(formula, at):
    with pytest.raises(ModelError, match=rf"no finite value or derivative at r = {at}"):
        potential(formula)


@pytest.mark.parametrize(
    "formula", ["1/r^12 + 0.1*sin(400*r)", "exp(-((r - 1.2345678)/0.002)^2)", "1/r", "1/(r - 3)"]
)
def test_a_function_that_is_only_steep_is_no_singularity(formula):
    assert np.isfinite(potential(formula).derivatives(np.array([1.1]), 4)).all()


def test_an_unknown_name_is_told_with_the_constants_there_are():
    with pytest.raises(ModelError, match=r"unknown name 'sgi'; its constants: eps, sig"):
        potential("eps*(sgi/r)^12", eps=1.0, sig=1.0)


@pytest.mark.parametrize(
    ("cutoff", "diameter", "words"),
    [
        (-1.0, 1.0, "must be positive"),
        (2.0, 0.0, "must be positive"),
        (float("inf"), 1.0, "must be positive"),
        (float("nan"), 1.0, "must be positive"),
        (1.0, 1.5, "larger than the cut-off"),
    ],
)
def test_impossible_lengths_are_refused(cutoff, diameter, words):
    with pytest.raises(ModelError, match=words):
        potential("1/r", cutoff=cutoff, diameter=diameter)


def test_an_unknown_shift_is_refused_with_the_known_ones():
    with pytest.raises(ModelError, match="unknown shift 'smooth-4'; known: none, energy"):
        potential("1/r", shift="smooth-4").derivatives(np.array([1.0]))


def test_one_formula_written_in_several_ways_is_one():
    ways = ["4*eps*(sig/r)^12", "4*eps*(sig / r)**12", " (4*eps*(sig/r)^12)"]
    assert len(set(map(normalised, ways))) == 1


def test_names_of_constants_are_found():
    assert names_in("eps*where(r < cut, exp(-r/sig), pi)") == {"eps", "cut", "sig"}
    assert {"r", "pi", "exp", "where"} <= RESERVED_NAMES


def test_the_value_of_a_formula_of_constants():
    assert constant_value("2^(1/6)*sig", {"sig": 1.5}) == pytest.approx(
        1.5 * 2 ** (1 / 6), rel=1e-15
    )
    with pytest.raises(ModelError, match="depends on the distance"):
        constant_value("2*r", {})
    for text in ("1/0", "sqrt(-1)", "exp(1000)", "1/(sig - sig)"):
        with pytest.raises(ModelError):
            constant_value(text, {"sig": 1.0})


def test_a_constant_that_makes_no_length_is_refused():
    with pytest.raises(ModelError, match="is no length"):
        constant_value("1/(sig - 1)", {"sig": 1.0})
    with pytest.raises(ModelError, match="is no length"):
        constant_value("sqrt(sig)", {"sig": -1.0})


def test_the_last_change_of_sign_is_the_size():
    assert zero_crossing(LENNARD_JONES, {"eps": 1.0, "sig": 1.1}, 3.0) == pytest.approx(
        1.1, abs=2e-4
    )
    assert zero_crossing("1/r^12", {}, 3.0) is None
    assert zero_crossing("a*exp(-r/0.3) - 1/r^6", {"a": 50.0}, 5.0) > 0.5
