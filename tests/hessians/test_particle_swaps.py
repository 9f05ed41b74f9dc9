"""Swap Monte Carlo: detailed balance on systems whose states are counted, and energies of exchanges."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from lmpmeso.configurations import configuration_from_arrays, random_configuration
from lmpmeso.errors import ModelError
from lmpmeso.hessians import evaluate
from lmpmeso.hessians.compiled_forces import CompiledForces
from lmpmeso.hessians.particle_swaps import ParticleSwaps, refuse_unswappable
from lmpmeso.models import get_model
from tests.hessians.test_sizes import polydisperse

PLACES = np.array([[0.0, 0.0], [1.05, 0.1], [0.4, 1.0], [1.5, 1.1], [2.4, 0.6]])


def five(model, species, diameters=None):
    return configuration_from_arrays(PLACES, np.array(species), 6.0, diameters=diameters)


def frequencies(configuration, model, temperature, n=6_000):
    """How often each state is seen, and its energy, by what tells it from others."""
    swaps, generator = ParticleSwaps(configuration, model), np.random.default_rng(4)
    seen = {}
    for _ in range(n):
        swaps(configuration.positions_nc, temperature, 15, generator)
        labels = swaps.species if swaps.diameters is None else swaps.diameters
        state = tuple(labels.tolist())
        seen[state] = seen.get(state, 0) + 1
    return {state: count / n for state, count in seen.items()}


def boltzmann(states, energies, temperature):
    weights = np.exp(-(np.array(energies) - min(energies)) / temperature)
    return dict(zip(states, weights / weights.sum(), strict=True))


def agree(found, expected):
    """Successive states are correlated over a few: twice the error of independent ones, five sigma."""
    assert set(found) <= set(expected)
    for state, probability in expected.items():
        error = 2.0 * np.sqrt(probability * (1.0 - probability) / 6_000)
        assert found.get(state, 0.0) == pytest.approx(probability, abs=5 * error + 1e-4)


def test_two_species_are_swapped_in_detailed_balance():
    model = get_model("ipl2d")
    start = five(model, [0, 0, 0, 1, 1])
    states = sorted(set(itertools.permutations([0, 0, 0, 1, 1])))
    energies = [evaluate(five(model, state), model).energy for state in states]
    assert np.ptp(energies) > 1.0
    agree(frequencies(start, model, 1.0), boltzmann(states, energies, 1.0))


def test_sizes_are_swapped_in_detailed_balance():
    model = polydisperse(2)
    sizes = (0.8, 0.9, 1.0, 1.1, 1.3)
    states = list(itertools.permutations(sizes))
    energies = [evaluate(five(model, [0] * 5, np.array(state)), model).energy for state in states]
    assert np.ptp(energies) > 1.0
    start = five(model, [0] * 5, np.array(sizes))
    agree(frequencies(start, model, 0.7), boltzmann(states, energies, 0.7))


@pytest.mark.parametrize("model", [polydisperse(3, 2), get_model("mblj")], ids=["sizes", "mblj"])
def test_the_energy_of_exchanges_is_that_of_the_model(model):
    liquid = random_configuration(model, 150, seed=2)
    surface = CompiledForces(liquid, model, swappable=True)
    swaps = ParticleSwaps(liquid, model, surface)
    before, _ = surface(liquid.positions_nc)
    count = swaps(liquid.positions_nc, 1e3, 300, np.random.default_rng(1))
    after, forces_nc = surface(liquid.positions_nc)
    assert 0 < count.accepted < count.attempted
    assert after - before == pytest.approx(count.energy, rel=1e-9)
    now = replace(liquid, species=swaps.species, diameters=swaps.diameters)
    fresh = CompiledForces(now, model)(liquid.positions_nc)
    assert after == fresh[0]
    np.testing.assert_array_equal(forces_nc, fresh[1])
    np.testing.assert_array_equal(np.bincount(swaps.species), np.bincount(liquid.species))


@pytest.mark.parametrize(
    ("name", "told"),
    [("sw", "more than pairs"), ("cuzr", "more than pairs"), ("si-tersoff", "LAMMPS commands")],
)
def test_models_without_pairs_alone_are_refused(name, told):
    with pytest.raises(ModelError, match=told):
        refuse_unswappable(get_model(name))


def test_one_species_is_refused():
    ipl = get_model("ipl")
    one = replace(
        ipl,
        species=(replace(ipl.species[0], fraction=1.0),),
        pair_potentials=((ipl.pair_potentials[0][0],),),
        largest_species=0,
    )
    with pytest.raises(ModelError, match="changes nothing"):
        refuse_unswappable(one)
