"""Particles of sizes of their own: the same as a model with a species for each, and as LAMMPS has it."""

from dataclasses import replace

import numpy as np
import pytest

from lmpmeso.configurations import random_configuration
from lmpmeso.elasticity.mode_anharmonicity import energy_along_modes
from lmpmeso.hessians import evaluate, hessian
from lmpmeso.hessians.compiled_forces import CompiledForces
from lmpmeso.hessians.model_check import check_model
from lmpmeso.models import GlassModel, Sizes, Species
from lmpmeso.models.formula import FormulaPotential
from lmpmeso.protocols import push_apart

SIZES = Sizes(0.8, 1.3, -3.0, 0.2)


def soft_spheres(size: float) -> FormulaPotential:
    return FormulaPotential("(s/r)^12", (("s", size),), 1.25 * size, size, "smooth-3")


def polydisperse(dimension: int, n_species: int = 1, n_particles: int = 60) -> GlassModel:
    """Soft spheres; those of the second species are larger by a tenth."""
    matrix = tuple(
        tuple(soft_spheres(1.0 + 0.05 * (a + b)) for a in range(n_species))
        for b in range(n_species)
    )
    return GlassModel(
        name="poly",
        density=0.9,
        dimension=dimension,
        n_particles=n_particles,
        species=tuple(Species(f"s{k}", 1.0 / n_species) for k in range(n_species)),
        pair_potentials=matrix,
        sizes=SIZES,
    )


def with_a_species_each(configuration, model):
    """The same particles as a model in which each is a species of its own."""
    n, sizes, species = configuration.n_particles, configuration.diameters, configuration.species

    def potential(i, j):
        between = SIZES.between(sizes[i], sizes[j])
        return soft_spheres(float(between * model.pair_potentials[species[i]][species[j]].diameter))

    upper = {(i, j): potential(i, j) for i in range(n) for j in range(i, n)}
    many = GlassModel(
        name="many",
        density=model.density,
        dimension=model.dimension,
        species=tuple(Species(f"s{k}", 1.0 / n) for k in range(n)),
        pair_potentials=tuple(
            tuple(upper[min(i, j), max(i, j)] for j in range(n)) for i in range(n)
        ),
    )
    return replace(configuration, species=np.arange(n), diameters=None), many


@pytest.mark.parametrize(("dimension", "n_species"), [(2, 1), (3, 2)])
def test_each_derivative_is_that_of_a_species_for_each_particle(dimension, n_species):
    model = polydisperse(dimension, n_species)
    packed = push_apart(random_configuration(model, 60, seed=3), model)
    ours, theirs = hessian(packed, model), hessian(*with_a_species_each(packed, model))
    assert ours.energy == pytest.approx(theirs.energy, rel=1e-12)
    scale = ours.contact_force_rms
    np.testing.assert_allclose(ours.forces_nc, theirs.forces_nc, atol=1e-11 * scale)
    np.testing.assert_allclose(ours.stress_cc, theirs.stress_cc, rtol=1e-11, atol=1e-12)
    assert abs(ours.matrix - theirs.matrix).max() <= 1e-12 * abs(theirs.matrix).max()
    np.testing.assert_allclose(ours.born_cccc, theirs.born_cccc, rtol=1e-11, atol=1e-9)
    np.testing.assert_allclose(
        ours.strain_coupling_nccc, theirs.strain_coupling_nccc, rtol=1e-9, atol=1e-9
    )
    np.testing.assert_array_equal(ours.pairs.i, theirs.pairs.i)


def test_compiled_forces_and_their_virial_are_those_of_the_formula():
    model = polydisperse(3, 2)
    packed = push_apart(random_configuration(model, 60, seed=3), model)
    expected, forces = evaluate(packed, model), CompiledForces(packed, model)
    energy, forces_nc = forces(packed.positions_nc)
    assert energy == pytest.approx(expected.energy, rel=1e-10)
    np.testing.assert_allclose(
        forces_nc, expected.forces_nc, atol=1e-8 * expected.contact_force_rms
    )
    # σ = (1/V) Σ φ′ r n = -(1/V) Σ r f
    np.testing.assert_allclose(
        -forces.virial_cc / packed.volume, expected.stress_cc, rtol=1e-8, atol=1e-8
    )


def test_energies_along_a_mode_follow_the_four_derivatives():
    model = polydisperse(2)
    packed = push_apart(random_configuration(model, 60, seed=3), model)
    mode_nc = np.random.default_rng(1).normal(size=packed.positions_nc.shape) / 60
    found = energy_along_modes(packed, model, mode_nc[np.newaxis])
    theirs = energy_along_modes(*with_a_species_each(packed, model), mode_nc[np.newaxis])
    np.testing.assert_allclose(found, theirs, rtol=1e-9)


@pytest.mark.parametrize("dimension", [2, 3])
def test_lammps_agrees_to_rounding(dimension):
    checks = check_model(polydisperse(dimension, n_species=2))
    assert {c.what for c in checks if not c.passed} == set()
    lammps = [c for c in checks if "lepton/sphere" in c.what]
    assert len(lammps) == 3
    assert max(c.value for c in lammps) < 1e-11
