"""The models by name, their composition, units and species-wise potentials."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmpmeso.errors import ModelError
from lmpmeso.models import (
    GlassModel,
    Species,
    get_model,
    kob_andersen,
    model_names,
    sticky_spheres,
    stillinger_weber,
)
from lmpmeso.models.potentials import PairPotential

NAMES = ["ipl", "ipl2d", "mblj", "ss", "ss-0.70", "ss-0.95", "sw", "ka"]
A0 = {
    "ipl": 1.068387,
    "mblj": 0.941036,
    "ss": 1.185631,
    "ss-0.70": 1.126248,
    "ss-0.95": 1.017244,
    "sw": 1.243557,
    "ipl2d": 1.078328,
}
TABLE = {
    # name: density, N, time step, thermostat time, q_max of the largest species (Tables I and III)
    "ipl": (0.82, 2000, 0.005, 0.2, 6.35),
    "mblj": (1.2, 8000, 0.005, 0.2, 7.25),
    "ss": (0.60, 3000, 0.005, 0.2, 5.47),
    "ss-0.70": (0.70, 4000, 0.003, 0.2, 5.87),
    "ss-0.95": (0.95, 4000, 0.002, 0.2, 6.40),
    "sw": (0.52, 8000, 0.065, 6.5, 6.28),
}


@pytest.fixture(params=NAMES)
def model(request: pytest.FixtureRequest) -> GlassModel:
    return get_model(request.param)


def test_the_eight_models_are_known():
    assert sorted(model_names()) == sorted(NAMES)


@pytest.mark.parametrize("name", TABLE)
def test_state_points_are_those_of_the_paper(name):
    m = get_model(name)
    q_max = m.species[m.largest_species].q_max
    found = (m.density, m.n_particles, m.time_step, m.thermostat_time, q_max)
    assert found == TABLE[name]


@pytest.mark.parametrize("name", A0)
def test_a0_is_the_mean_distance(name):
    assert get_model(name).a0 == pytest.approx(A0[name], abs=1e-6)


def test_t0_is_a0_over_the_thermal_velocity(model):
    assert model.t0(0.25) == pytest.approx(2 * model.a0)


def test_high_temperatures_get_a_shorter_step_unless_the_models_are_short_already(model):
    assert model.time_step_at(1.0) == model.time_step
    assert model.time_step_at(1.01) == model.high_temperature_time_step
    dense_sticky = model.name in ("ss-0.70", "ss-0.95")
    assert (model.high_temperature_time_step < model.time_step) != dense_sticky


@pytest.mark.parametrize(
    ("name", "cutoffs"),
    [
        ("ipl", [[1.48, 1.7464], [1.7464, 2.072]]),
        ("ipl2d", [[1.48, 1.7464], [1.7464, 2.072]]),
        ("mblj", [[1.5, 2.0], [2.0, 1.5]]),
        ("ka", [[2.5, 2.0], [2.0, 2.2]]),
        ("sw", [[1.8]]),
        ("ss", 1.2 * 2 ** (1 / 6) * np.array([[1.0, 1.18], [1.18, 1.4]])),
    ],
)
def test_cutoffs(name, cutoffs):
    m = get_model(name)
    np.testing.assert_allclose(m.cutoffs, cutoffs, rtol=1e-15)
    assert m.max_cutoff == np.max(m.cutoffs)


@given(name=st.sampled_from(NAMES), n=st.integers(1, 10**6))
def test_composition_sums_to_n_and_is_within_one_particle_of_the_fractions(name, n):
    m = get_model(name)
    counts = m.composition(n)
    assert counts.sum() == n
    assert (counts >= 0).all()
    assert np.abs(counts - n * np.array([s.fraction for s in m.species])).max() <= 1.0


def test_fractions_sum_to_one_and_potentials_are_symmetric(model):
    assert sum(s.fraction for s in model.species) == pytest.approx(1.0)
    for a in range(model.n_species):
        for b in range(model.n_species):
            assert model.pair_potentials[a][b] == model.pair_potentials[b][a]


def test_the_largest_species_has_the_largest_diameter(model):
    diameters = [model.pair_potentials[a][a].diameter for a in range(model.n_species)]
    assert diameters[model.largest_species] == max(diameters)


def test_every_potential_keeps_the_protocol(model):
    for _, _, potential in model.species_pairs():
        checked: PairPotential = potential
        assert checked.cutoff > checked.diameter > 0


@settings(max_examples=25)
@given(name=st.sampled_from(NAMES), seed=st.integers(0, 2**32 - 1))
def test_pair_derivatives_use_each_pairs_own_potential_in_either_order(name, seed):
    m = get_model(name)
    random = np.random.default_rng(seed)
    a, b = random.integers(0, m.n_species, (2, 40))
    r = random.uniform(0.7, 1.2, 40) * m.max_cutoff
    values = m.pair_derivatives(r, a, b, order=3)
    swapped = m.pair_derivatives(r, b, a, order=3)
    for k in range(4):
        alone = [
            m.pair_potentials[i][j].derivatives(np.array([x]), 3)[k][0]
            for x, i, j in zip(r, a, b, strict=True)
        ]
        np.testing.assert_allclose(values[k], alone, rtol=1e-12, atol=1e-8)
        np.testing.assert_array_equal(values[k], swapped[k])


def test_pair_derivatives_vanish_beyond_each_pairs_own_cutoff():
    m = get_model("mblj")
    r = np.array([1.6, 1.6, 1.6])
    values = m.pair_derivatives(r, np.array([0, 0, 1]), np.array([0, 1, 1]), order=2)
    assert [[v[0], v[2]] for v in values] == [[0.0, 0.0]] * 3
    assert all(v[1] != 0.0 for v in values)


@pytest.mark.parametrize(
    "m",
    [
        sticky_spheres(0.8),
        sticky_spheres(0.60, 1.5),
        sticky_spheres(0.6123456789, 1.3000001),
        stillinger_weber(21.0, 0.4592793),
        stillinger_weber(21.0),
        kob_andersen(),
    ],
    ids=lambda m: m.name,
)
def test_every_model_is_found_again_by_its_name(m):
    assert get_model(m.name) == m


def test_models_that_differ_only_in_state_point_share_their_interaction():
    assert {get_model(n).interaction for n in ("ss", "ss-0.70", "ss-0.95")} == {"ss"}
    assert {get_model(n).interaction for n in ("ipl", "ipl2d")} == {"ipl"}
    assert sticky_spheres(0.6, 1.3).interaction != "ss"
    assert stillinger_weber(21.0).interaction != "sw"


def test_an_untabulated_state_point_has_no_q_max():
    assert all(s.q_max is None for s in sticky_spheres(0.8).species)
    assert all(s.q_max is None for s in sticky_spheres(0.6, 1.3).species)


def test_models_are_frozen(model):
    with pytest.raises(dataclasses.FrozenInstanceError):
        model.density = 1.0


@pytest.mark.parametrize("name", ["IPL", "", "ss-", "ss--1", "sw-21", "lj", "ss-0.7-xc"])
def test_an_unknown_name_is_refused_with_the_known_ones(name):
    with pytest.raises(ModelError, match=r"unknown model .* Known: ipl, ipl2d, mblj"):
        get_model(name)


@pytest.mark.parametrize("what", [None, 3, b"ipl"])
def test_what_is_no_name_is_refused(what):
    with pytest.raises(ModelError, match="a model, its name or the path of its file is needed"):
        get_model(what)


@pytest.mark.parametrize(
    "build",
    [
        lambda: sticky_spheres(0.0),
        lambda: sticky_spheres(float("nan")),
        lambda: sticky_spheres(0.6, 1.0),
        lambda: stillinger_weber(-1.0),
        lambda: stillinger_weber(21.0, 0.0),
        lambda: get_model("ss-0.00"),
    ],
)
def test_impossible_parameters_are_refused(build):
    with pytest.raises(ModelError):
        build()


def test_species_are_found_by_name_and_number():
    m = get_model("mblj")
    assert (m.species_index(None), m.species_index("B"), m.species_index(1)) == (0, 1, 1)
    for wrong in ("C", 2, -1):
        with pytest.raises(ModelError, match="has no species"):
            m.species_index(wrong)


def of_one(**changes):
    phi = get_model("ipl").pair_potentials[0][0]
    given = {
        "name": "mine",
        "density": 0.8,
        "species": (Species("A"),),
        "pair_potentials": ((phi,),),
    }
    return GlassModel(**{**given, **changes})


def test_what_can_have_a_default_has_one():
    m = of_one()
    assert (m.title, m.interaction, m.units, m.dimension, m.n_particles) == (
        *("mine", "mine", "lj"),
        *(3, 1000),
    )
    assert (m.time_step, m.high_temperature_time_step, m.thermostat_time) == (0.005, 0.005, 0.5)
    assert (m.largest_species, m.temperature_range, m.reference) == (0, None, "")
    assert of_one(units="real").time_step == 1.0
    assert of_one(time_step=0.01).thermostat_time == pytest.approx(1.0)
    assert of_one(time_step=0.01).time_step_at(300.0) == 0.01
    two = get_model("ipl")
    assert dataclasses.replace(two, largest_species=-1).largest_species == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"species": ()}, "has no species"),
        ({"species": (Species("A", 0.5), Species("A", 0.5))}, "two species have one name: A, A"),
        ({"species": (Species("A", 0.9),)}, r"add up to 0\.9, not to 1"),
        ({"species": (Species("A", 1.5), Species("B", -0.5))}, "fractions"),
        ({"species": (Species("A", float("nan")),)}, "fractions"),
        ({"species": (Species("A", mass=0.0),)}, "positive mass"),
        ({"species": (Species("A", mass=float("inf")),)}, "positive mass"),
        ({"species": (Species("A", 0.5), Species("B", 0.5))}, "must be a square matrix"),
        ({"pair_potentials": ()}, "must be a square matrix"),
        ({"density": 0.0}, "density positive"),
        ({"density": float("nan")}, "density positive"),
        ({"density": float("inf")}, "density positive"),
        ({"dimension": 4}, "dimension must be 2 or 3"),
        ({"units": "si"}, "unknown units 'si'"),
        ({"time_step": -0.1}, "time_step must be positive"),
        ({"thermostat_time": float("nan")}, "thermostat_time must be positive"),
        ({"largest_species": 1}, "no species of index 1"),
    ],
)
def test_what_cannot_be_is_refused(changes, words):
    with pytest.raises(ModelError, match=words):
        of_one(**changes)


def test_potentials_that_depend_on_who_comes_first_are_refused():
    a, b = get_model("ipl").pair_potentials[0]
    two = (Species("A", 0.5), Species("B", 0.5))
    with pytest.raises(ModelError, match="the potential of A-B is not that of B-A"):
        of_one(species=two, pair_potentials=((a, b), (a, b)))


def test_units_masses_and_charges_are_part_of_the_identity_only_where_they_matter():
    plain = of_one()
    assert not {"units", "charges"} & set(plain.identity())
    others = [
        of_one(units="metal", time_step=0.005),
        of_one(species=(Species("A", mass=2.0),)),
        of_one(species=(Species("A", charge=1.0),)),
    ]
    assert len({m.digest() for m in (plain, *others)}) == 4
    assert others[2].identity()["charges"] == [1.0]
    assert (plain.atom_style, others[2].atom_style) == ("atomic", "charge")
