"""Everything elastic of models given as LAMMPS commands."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lmpmeso import quench, read_configuration
from lmpmeso.configurations.creation import configuration_from_arrays
from lmpmeso.elasticity import (
    analyse,
    dipole_stiffness,
    elastic_tensor,
    energy_along_modes,
    lowest_modes,
    newton_polish,
    shear_modulus,
    soft_modes,
)
from lmpmeso.elasticity.dipoles import choose_dipoles
from lmpmeso.elasticity.factor import factorise
from lmpmeso.elasticity.moduli import voigt
from lmpmeso.elasticity.stiffness_error import kappa_error
from lmpmeso.hessians import hessian
from lmpmeso.hessians.assembly import block_matrix
from lmpmeso.hessians.half_bonds import half_bonds
from lmpmeso.models import get_model
from tests.hessians.lammps_models import as_commands, silicon

GIGAPASCAL = 160.2176634
"""One eV/Å³."""


def glass_of(name: str):
    return read_configuration(f"tests/data/{name}.glass.dump.gz", get_model(name))


@pytest.mark.parametrize("name", ["mblj", "sw", "ipl2d"])
def test_stiffness_and_moduli_are_those_of_the_closed_form(name: str, tmp_path: Path) -> None:
    glass, model = glass_of(name), as_commands(name, tmp_path)
    found, exact = analyse(glass, model), analyse(glass, get_model(name))
    difference = np.abs(found.bonds["kappa"] - exact.bonds["kappa"]).max()
    assert difference < found.kappa_error < 1e-5 * exact.bonds["kappa"].mean()
    np.testing.assert_allclose(found.bonds["kappa"], exact.bonds["kappa"], rtol=1e-6)
    assert exact.kappa_error == 0.0
    assert found.shear.value == pytest.approx(exact.shear.value, rel=1e-7)
    assert found.bulk.value == pytest.approx(exact.bulk.value, rel=1e-7)
    assert found.bonds.attrs["pair_cutoffs_from"] == "given by the model"
    eigenvalues = exact.modes(4).eigenvalues
    np.testing.assert_allclose(found.modes(4).eigenvalues, eigenvalues, rtol=1e-6)


def test_the_error_of_kappa_is_what_noise_in_the_hessian_makes() -> None:
    exact = hessian(glass_of("ipl2d"), get_model("ipl2d"))
    kappa = dipole_stiffness(exact, pairs=200)["kappa"].to_numpy()
    noise, n = 1e-5, exact.n_particles
    blocks = np.random.default_rng(7).normal(0.0, noise, (2, 2, exact.pairs.n_pairs))
    blocks = (blocks + blocks.transpose(1, 0, 2)) / np.sqrt(2.0)
    change = block_matrix(
        half_bonds(exact.pairs.i, exact.pairs.j, n), blocks, symmetric_blocks=True
    )
    disturbed = replace(exact, matrix=exact.matrix + change, error=noise)
    actual = dipole_stiffness(disturbed, pairs=200)
    difference = np.abs(actual["kappa"].to_numpy() - kappa)
    dipoles = choose_dipoles(exact, 200, 0)
    solve = factorise(exact).solve
    stated = [
        kappa_error(disturbed, dipoles.forces(slice(k, k + 1)), solve) for k in range(0, 200, 10)
    ]
    assert 0.3 < np.sqrt(np.mean((difference[::10] / stated) ** 2)) < 3.0
    assert actual.attrs["kappa_error"] == pytest.approx(max(stated), rel=1.0)
    iterated = dipole_stiffness(disturbed, pairs=200, method="cg")
    assert iterated.attrs["kappa_error"] == pytest.approx(actual.attrs["kappa_error"], rel=1e-4)


def test_a_polish_ends_in_the_minimum_of_the_closed_form(tmp_path: Path) -> None:
    glass, model = glass_of("mblj"), as_commands("mblj", tmp_path)
    generator = np.random.default_rng(4)
    moved = glass.with_positions(
        glass.positions_nc + generator.normal(0.0, 1e-4, glass.positions_nc.shape)
    )
    found, exact = newton_polish(moved, model), newton_polish(moved, get_model("mblj"))
    np.testing.assert_allclose(found.positions_nc, exact.positions_nc, atol=1e-10)
    assert found.max_force < 1e-10
    assert found.newton_iterations == exact.newton_iterations


def test_anharmonicity_along_modes_is_that_of_the_closed_form(tmp_path: Path) -> None:
    glass, model = glass_of("sw"), as_commands("sw", tmp_path)
    modes = lowest_modes(glass, get_model("sw"), n_modes=2).vectors_mnc
    exact = energy_along_modes(glass, get_model("sw"), modes)
    found = energy_along_modes(glass, model, modes)
    np.testing.assert_allclose(found["stiffness"], exact["stiffness"], rtol=1e-6)
    np.testing.assert_allclose(found["cubic"], exact["cubic"], rtol=1e-5)
    np.testing.assert_allclose(found["quartic"], exact["quartic"], rtol=1e-3)


def test_a_glass_of_tersoff_silicon_is_quenched_and_analysed() -> None:
    model, crystal = silicon("tersoff", "Si.tersoff", cells=2)
    generator = np.random.default_rng(3)
    liquid = crystal.with_positions(
        crystal.positions_nc + generator.normal(0.0, 0.8, crystal.positions_nc.shape)
    )
    glass = quench(liquid, model)
    assert glass.max_force < 1e-10
    assert quench(liquid, model, minimizer="steepest").max_force < 1e-10
    found = analyse(glass, model)
    assert found.bonds["kappa"].min() > 0.0
    assert found.kappa_error < 1e-3 * found.bonds["kappa"].min()
    assert found.bonds.attrs["pair_cutoffs_from"] == "first minimum of g(r) of this glass"
    assert 0.0 < found.shear.value < found.shear.born
    assert shear_modulus(glass, model).value == pytest.approx(found.shear.value, rel=1e-6)
    soft = soft_modes(found.hessian, starts=20, factor=found.factor)
    assert soft.table.attrs["n_failed"] == 0
    assert soft.eigenvalues[0] < found.bonds["kappa"].mean()


def test_crystalline_silicon_of_the_modified_tersoff_potential_has_its_published_elastic_constants():
    """Kumagai et al., Comput. Mater. Sci. 39, 457 (2007): a0 [Å], energy [eV], C11, C12 and unrelaxed C44 [GPa]."""
    model, a = get_model("si-tersoff"), 5.429
    corners = np.stack(np.meshgrid(*[np.arange(2)] * 3, indexing="ij"), axis=-1).reshape(-1, 1, 3)
    basis = np.array([[0, 0, 0], [0, 2, 2], [2, 0, 2], [2, 2, 0]]) / 4.0
    positions_nc = a * (corners + np.vstack([basis, basis + 0.25])).reshape(-1, 3)
    crystal = configuration_from_arrays(positions_nc, np.zeros(64, dtype=int), 2 * a)
    found = hessian(crystal, model)
    tensor = elastic_tensor(found)
    relaxed, affine = (
        GIGAPASCAL * voigt(tensor.stress_strain(relaxed=how)) for how in (True, False)
    )
    assert found.energy / 64 == pytest.approx(-4.630, abs=1e-3)
    assert GIGAPASCAL * abs(tensor.pressure) < 0.1  # a0 is published with four digits
    assert (relaxed[0, 0], relaxed[0, 1]) == pytest.approx((166.4, 65.3), abs=0.2)
    assert affine[3, 3] == pytest.approx(120.9, abs=0.2)
    assert relaxed[3, 3] == pytest.approx(77.1, abs=0.2)
