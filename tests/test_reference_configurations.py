"""Committed liquids and glasses of all models give the numbers they always gave.

The numbers in tests/data were confirmed by LAMMPS (energy, forces, stress, eigenvalues, G by finite
strain) and by dense linear algebra when scripts/studies/make_reference_configurations.py wrote them. The
tolerances here are set by rounding: sums in another order, another BLAS.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from lmpmeso.configurations import Configuration, read_configuration
from lmpmeso.elasticity import dipole_stiffness, newton_polish, shear_modulus
from lmpmeso.hessians import Hessian, evaluate, hessian
from lmpmeso.models import get_model, model_names

DATA = Path(__file__).parent / "data"
REFERENCE: dict[str, Any] = json.loads((DATA / "reference.json").read_text())

RELATIVE = 1e-11
"""Of energies, stresses and moduli; the largest forces and stiffnesses are of order 10³."""
KAPPA_RELATIVE = 1e-9
"""κ_ij of a soft spot feels rounding more: the error grows with the Hessian's condition number."""


@pytest.fixture(params=model_names())
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def reference(name: str) -> dict[str, Any]:
    return REFERENCE[name]


@pytest.fixture
def glass(name: str) -> Configuration:
    return read_configuration(DATA / f"{name}.glass.dump.gz", get_model(name))


@pytest.fixture
def glass_hessian(name: str, glass: Configuration) -> Hessian:
    return hessian(glass, get_model(name))


def kappa(name: str) -> tuple[NDArray[np.int16], NDArray[np.int16], NDArray[np.float64]]:
    with np.load(DATA / "kappa.npz") as arrays:
        return tuple(arrays[f"{name}/{column}"] for column in ("i", "j", "kappa"))


@pytest.mark.parametrize("kind", ["liquid", "glass"])
def test_energy_pressure_and_stress(name, kind, reference):
    model = get_model(name)
    configuration = read_configuration(DATA / f"{name}.{kind}.dump.gz", model)
    here, expected = evaluate(configuration, model), reference[kind]
    scale = np.abs(expected["stress"]).max()
    assert here.energy == pytest.approx(expected["energy"], rel=RELATIVE)
    assert here.pressure == pytest.approx(expected["pressure"], abs=RELATIVE * scale)
    np.testing.assert_allclose(here.stress_cc, expected["stress"], rtol=0, atol=RELATIVE * scale)
    assert len(here.pairs.i) == expected["n_pairs"]
    if kind == "liquid":
        assert here.max_force == pytest.approx(expected["max_force"], rel=RELATIVE)
    else:
        assert here.max_force < 1e-10


def test_composition_and_density_are_the_models(name, glass):
    model = get_model(name)
    counts = np.bincount(glass.species, minlength=model.n_species)
    np.testing.assert_array_equal(counts, model.composition(glass.n_particles))
    assert glass.density == pytest.approx(model.density, rel=1e-12)
    assert glass.box_c.min() >= 2 * model.max_cutoff


def test_the_lowest_eigenvalues(glass_hessian, reference):
    eigenvalues = np.linalg.eigvalsh(glass_hessian.matrix.toarray())
    d = glass_hessian.dimension
    expected = reference["glass"]["lowest_eigenvalues"]
    assert np.abs(eigenvalues[:d]).max() < 1e-9
    np.testing.assert_allclose(eigenvalues[d : d + len(expected)], expected, rtol=1e-9)
    assert eigenvalues[-1] == pytest.approx(reference["glass"]["largest_eigenvalue"], rel=RELATIVE)


def test_the_shear_modulus_of_every_plane(glass_hessian, reference):
    expected = reference["glass"]["shear_modulus_planes"]
    shear = shear_modulus(glass_hessian)
    assert dict(shear.planes) == pytest.approx(expected, rel=1e-10)
    assert shear.value == pytest.approx(np.mean(list(expected.values())), rel=1e-10)


def test_every_dipole_stiffness(name, glass_hessian, reference):
    i, j, expected = kappa(name)
    bonds = dipole_stiffness(glass_hessian, pairs="all").sort_values(["i", "j"])
    np.testing.assert_array_equal(bonds["i"], i)
    np.testing.assert_array_equal(bonds["j"], j)
    np.testing.assert_allclose(bonds["kappa"], expected, rtol=KAPPA_RELATIVE)
    assert bonds["kappa"].mean() == pytest.approx(reference["glass"]["kappa_mean"], rel=1e-10)


def test_polishing_a_disturbed_glass_brings_it_back(name, glass, reference):
    model = get_model(name)
    disturbance = np.random.default_rng(0).normal(0.0, 1e-6, glass.positions_nc.shape)
    disturbed = glass.with_positions(glass.positions_nc + disturbance)
    polished = newton_polish(disturbed, model)
    assert polished.energy == pytest.approx(reference["glass"]["energy"], rel=RELATIVE)
    shift_nc = polished.positions_nc - glass.positions_nc
    assert np.abs(shift_nc - shift_nc.mean(axis=0)).max() < 1e-10


def test_the_liquid_lies_above_its_inherent_structure(reference):
    assert reference["liquid"]["energy"] > reference["glass"]["energy"]


def test_the_liquid_was_equilibrated(reference):
    assert reference["state"]["equilibration_over_tau"] > 20


def test_the_reference_was_confirmed_by_lammps(reference):
    agreement = reference["agreement"]
    for kind in ("lammps_liquid", "lammps_glass"):
        assert agreement[kind]["energy_per_particle"] <= 1e-12
        assert agreement[kind]["force"] <= 1e-10
        assert agreement[kind]["stress"] <= 1e-11
    assert agreement["lammps_eigenvalues"] <= 1e-5
    assert agreement["lammps_shear_modulus"] <= 1e-5
