"""Newton polish: how far it gets, where it ends, and what it refuses."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from lmpmeso.configurations import InherentStructure
from lmpmeso.configurations.creation import configuration_from_arrays, random_configuration
from lmpmeso.elasticity.factor import factorise
from lmpmeso.elasticity.polish import newton_polish
from lmpmeso.errors import ConvergenceError, UnstableStructureError
from lmpmeso.hessians import evaluate, hessian, interacting_pairs
from lmpmeso.models import Species, get_model
from lmpmeso.models.potentials import ShiftedForceLennardJones
from tests.elasticity.glasses import glass, quenched

MODELS = ["ipl", "ipl2d", "mblj", "ss", "ss-0.95", "sw"]


def shaken(configuration, amplitude, seed=0):
    noise = np.random.default_rng(seed).normal(0.0, amplitude, configuration.positions_nc.shape)
    return configuration.with_positions(configuration.positions_nc + noise - noise.mean(axis=0))


@pytest.mark.parametrize("name", MODELS)
def test_polish_ends_at_the_round_off_of_the_positions(name):
    start, model = quenched(name), get_model(name)
    result = newton_polish(start, model)
    assert isinstance(result, InherentStructure)
    assert evaluate(start, model).max_force > 1e-5
    assert result.max_force <= 1e-10
    assert result.max_force == pytest.approx(evaluate(result, model).max_force, rel=1e-12)
    assert result.energy == pytest.approx(evaluate(result, model).energy, rel=1e-14)
    assert result.contact_force_rms == pytest.approx(evaluate(result, model).contact_force_rms)
    assert result.energy < evaluate(start, model).energy
    assert 1 <= result.newton_iterations <= 6
    np.testing.assert_array_equal(result.species, start.species)


@pytest.mark.parametrize("name", MODELS)
def test_polish_returns_a_shaken_structure_to_its_minimum(name):
    """Per model, the residual force stays below 1e-11: 1e-10 is no accident of the start."""
    minimum, model = glass(name), get_model(name)
    for amplitude in (1e-6, 1e-4):
        result = newton_polish(shaken(minimum, amplitude), model, tolerance=1e-11)
        np.testing.assert_allclose(result.positions_nc, minimum.positions_nc, atol=1e-9)
        assert result.energy == pytest.approx(minimum.energy, rel=1e-13)


def test_polish_keeps_the_mean_position():
    start = quenched("ipl")
    shift = (newton_polish(start, get_model("ipl")).positions_nc - start.positions_nc).mean(axis=0)
    assert np.abs(shift).max() < 1e-14


def test_a_minimum_is_left_where_it_is_with_its_history():
    minimum = replace(
        glass("ipl"), minimizer="fire", iterations=321, stopping_criterion="force tolerance"
    )
    again = newton_polish(minimum, get_model("ipl"))
    np.testing.assert_array_equal(again.positions_nc, minimum.positions_nc)
    assert again.newton_iterations == 0
    assert (again.minimizer, again.iterations) == ("fire", 321)
    assert again.stopping_criterion == "force tolerance"


def test_polish_mends_single_precision():
    minimum, model = glass("ipl"), get_model("ipl")
    rounded = replace(
        minimum,
        positions_nc=minimum.positions_nc.astype(np.float32).astype(np.float64),
        single_precision=True,
    )
    result = newton_polish(rounded, model)
    assert not result.single_precision
    displacement = result.positions_nc - minimum.positions_nc
    np.testing.assert_allclose(displacement - displacement.mean(axis=0), 0.0, atol=1e-11)


def test_a_liquid_is_refused():
    model = get_model("ipl")
    with pytest.raises(UnstableStructureError, match="not near a minimum") as caught:
        newton_polish(shaken(glass("ipl"), 0.1), model)
    assert caught.value.lowest_eigenvalue < 0
    with pytest.raises(UnstableStructureError):
        newton_polish(random_configuration(model, 200, seed=1), model)


def test_rattlers_are_named_and_no_further_quench_is_advised():
    places = 2.0 * np.stack(np.meshgrid(*3 * [np.arange(3)]), axis=-1).reshape(-1, 3)
    apart = configuration_from_arrays(places, 0, 6.0)
    with pytest.raises(UnstableStructureError, match=r"rattlers.* 27 of 27") as caught:
        newton_polish(apart, get_model("harmonic"))
    assert "leave_out_rattlers=True" in str(caught.value)
    assert "quench to smaller" not in str(caught.value)
    assert "again" not in str(caught.value)


def test_a_long_way_to_the_minimum_is_refused():
    with pytest.raises(ConvergenceError, match="quench to smaller forces"):
        newton_polish(shaken(glass("ipl"), 1e-4), get_model("ipl"), largest_displacement=1e-4)


def test_an_unreachable_tolerance_is_reported_with_the_force_that_was_reached():
    with pytest.raises(ConvergenceError, match="rounding of the positions alone"):
        newton_polish(quenched("ipl"), get_model("ipl"), tolerance=1e-17, max_iterations=5)


def with_cutoff(model, cutoff):
    """mBLJ with another cut-off of the AA interaction."""
    (aa, ab), (_, bb) = model.pair_potentials
    shorter = ShiftedForceLennardJones(aa.epsilon, aa.sigma, cutoff)
    return replace(model, pair_potentials=((shorter, ab), (ab, bb)))


def test_polish_survives_a_pair_at_the_cutoff_where_the_stiffness_jumps():
    """The cut-off of mBLJ is moved onto a pair of its inherent structure."""
    model, minimum = get_model("mblj"), glass("mblj")
    pairs = interacting_pairs(minimum, model)
    both_a = (minimum.species[pairs.i] == 0) & (minimum.species[pairs.j] == 0)
    chosen = np.flatnonzero(both_a)[np.argmax(pairs.distances_p[both_a])]
    i, j = pairs.i[chosen], pairs.j[chosen]

    def distance(configuration):
        vector_c = configuration.positions_nc[j] - configuration.positions_nc[i]
        return np.linalg.norm(vector_c - minimum.box_c * np.round(vector_c / minimum.box_c))

    for _ in range(8):
        model = with_cutoff(model, distance(minimum))
        minimum = newton_polish(minimum, model)
    assert distance(minimum) == pytest.approx(model.pair_potentials[0][0].cutoff, abs=1e-7)
    sides = set()
    for seed in range(6):
        start = shaken(minimum, 1e-4, seed)
        sides.add(distance(start) < model.pair_potentials[0][0].cutoff)
        result = newton_polish(start, model)
        assert result.max_force <= 1e-10
        np.testing.assert_allclose(result.positions_nc, minimum.positions_nc, atol=1e-9)
    assert sides == {True, False}


@dataclass(frozen=True)
class KinkedSpring:
    """φ″ = 1 within ``reach`` of the rest length 1, and ``softness`` beyond."""

    reach: float = 1e-4
    softness: float = 0.05
    cutoff: float = 1.4
    diameter: float = 1.0

    def derivatives(self, r, order=2):
        x = r - 1.0
        beyond = np.clip(np.abs(x) - self.reach, 0.0, None)
        within = np.minimum(np.abs(x), self.reach)
        force = within + self.softness * beyond
        energy = within**2 / 2 + self.reach * beyond + self.softness * beyond**2 / 2
        stiffness = np.where(beyond > 0, self.softness, 1.0)
        values = (energy, np.sign(x) * force, stiffness)
        return tuple(np.where(r < self.cutoff, v, 0.0) for v in values[: order + 1])


def test_line_search_breaks_the_cycles_of_newton_steps():
    """Springs much softer outside than inside send plain Newton steps from side to side."""
    model = replace(
        get_model("ipl2d"), species=(Species("bead", 1.0, None),), largest_species=0,
        pair_potentials=((KinkedSpring(),),),
    )  # fmt: skip
    rows, columns = np.mgrid[0:8, 0:8]
    sites = np.stack([columns + rows % 2 / 2, rows * np.sqrt(3) / 2], axis=-1).reshape(-1, 2)
    crystal = configuration_from_arrays(sites, 0, [8.0, 4 * np.sqrt(3)])
    start = shaken(crystal, 3e-4)

    plain = start
    for _ in range(30):
        here = hessian(plain, model)
        step = factorise(here).solve(here.forces_nc.ravel()).reshape(-1, 2)
        plain = plain.with_positions(plain.positions_nc + step)
    assert evaluate(plain, model).max_force > 1e-6

    result = newton_polish(start, model)
    assert result.max_force <= 1e-10
    np.testing.assert_allclose(result.positions_nc, crystal.positions_nc, atol=1e-9)
