"""Potentials of the user's own are looked at: wrong derivatives are named, right ones pass."""

from dataclasses import dataclass

import numpy as np
import pytest

from lmpmeso.errors import ModelError
from lmpmeso.models import GlassModel, Species, get_model, model_names
from lmpmeso.models.derivative_check import derivative_checks, refuse_wrong_derivatives


@dataclass(frozen=True)
class SoftSphere:
    """(σ/r)^n, with an error in one derivative."""

    cutoff: float = 2.0
    diameter: float = 1.0
    n: int = 12
    wrong_order: int = -1
    factor: float = 1.3

    def derivatives(self, r, order=2):
        values, factor = [], 1.0
        for k in range(order + 1):
            error = self.factor if k == self.wrong_order else 1.0
            values.append(np.where(r < self.cutoff, error * factor * r ** -(self.n + k), 0.0))
            factor *= -(self.n + k)
        return tuple(values)


def model_of(phi, n_species=1):
    species = tuple(Species(f"S{k}", 1.0 / n_species) for k in range(n_species))
    return GlassModel(
        name="mine", density=0.8, species=species, pair_potentials=((phi,) * n_species,) * n_species
    )


@pytest.mark.parametrize("name", model_names())
def test_packaged_potentials_pass(name):
    for _, _, phi in get_model(name).species_pairs():
        assert all(check.mismatch < 1e-5 for check in derivative_checks(phi, 2))


def test_a_right_potential_becomes_a_model():
    assert model_of(SoftSphere()).pair_potentials[0][0].n == 12
    assert all(check.mismatch < 1e-6 for check in derivative_checks(SoftSphere()))


@pytest.mark.parametrize(
    ("order", "factor", "words"),
    [
        (2, 1.3, "S0-S0: φ″ is not the derivative of φ′: at r = "),
        (2, 1.001, "φ″ is not the derivative of φ′"),
        (1, -1.0, "φ′ is not the derivative of φ"),
        (1, 1.3, "φ′ is not the derivative of φ"),
    ],
)
def test_a_wrong_derivative_is_refused_by_its_name_and_where(order, factor, words):
    with pytest.raises(ModelError, match=words):
        model_of(SoftSphere(wrong_order=order, factor=factor))


def test_a_wrong_higher_derivative_is_told_by_the_check_alone():
    phi = SoftSphere(wrong_order=3)
    model_of(phi)
    assert [check.passed for check in derivative_checks(phi)] == [True, True, False, False]


@pytest.mark.parametrize("lacking", ["cutoff", "diameter", "derivatives"])
def test_what_is_no_potential_is_told_what_it_lacks(lacking):
    class Half:
        """Not all of a potential."""

    phi = Half()
    for part in {"cutoff", "diameter", "derivatives"} - {lacking}:
        setattr(phi, part, 1.0)
    with pytest.raises(ModelError, match=f"Half has no {lacking}; a pair potential has"):
        refuse_wrong_derivatives(phi, "here")


@pytest.mark.parametrize(
    "returned",
    [
        lambda r, order: (r,),
        lambda r, order: tuple(np.full_like(r, np.nan) for _ in range(order + 1)),
        lambda r, order: tuple(1.0 for _ in range(order + 1)),
    ],
)
def test_a_potential_that_returns_something_else_is_refused(returned):
    class Odd(SoftSphere):
        """Returns what it should not."""

        def derivatives(self, r, order=2):
            return returned(r, order)

    with pytest.raises(ModelError, match=r"must return 3 arrays of finite numbers"):
        model_of(Odd())


def test_kinks_of_a_potential_made_of_pieces_pass():
    @dataclass(frozen=True)
    class Pieces(SoftSphere):
        """A parabola, then nothing: φ″ jumps."""

        def derivatives(self, r, order=2):
            x = np.minimum(r - 1.4, 0.0)
            return (x**2, 2 * x, np.where(x < 0, 2.0, 0.0))[: order + 1]

    assert model_of(Pieces()).max_cutoff == 2.0
