"""Embedded atoms: elastic constants of crystals against published ones, and the response of a glass."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from lmpmeso.configurations import Configuration, InherentStructure
from lmpmeso.configurations.creation import configuration_from_arrays
from lmpmeso.elasticity import (
    dipole_stiffness,
    elastic_tensor,
    energy_along_modes,
    lowest_modes,
    newton_polish,
    shear_modulus,
)
from lmpmeso.elasticity.moduli import voigt
from lmpmeso.hessians import evaluate, hessian
from lmpmeso.lammps.session import LammpsSession
from lmpmeso.models import GlassModel, lammps_pair_commands
from tests.hessians.conftest import disordered
from tests.models.embedded_atoms import ELEMENTS, metal, write_setfl

from .glasses import minimize
from .networks import dense_kappa

GIGAPASCAL = 160.2176634
"""One eV/Å³."""


def fcc(lattice_constant: float, cells: int) -> Configuration:
    """A crystal of 4 cells³ atoms."""
    corner = np.array([[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]])
    cell = np.stack(np.meshgrid(*[np.arange(cells)] * 3, indexing="ij"), axis=-1).reshape(-1, 1, 3)
    positions_nc = lattice_constant * (cell + corner).reshape(-1, 3)
    return configuration_from_arrays(
        positions_nc, np.zeros(len(positions_nc), dtype=int), cells * lattice_constant
    )


@pytest.fixture(scope="module")
def copper():
    return metal("Cu_mishin1.eam.alloy", ("Cu",), 0.0847)


def test_copper_has_its_published_lattice_constant_energy_and_elastic_constants(copper):
    """Mishin et al., Phys. Rev. B 63, 224106 (2001), Table III."""

    def energy(a):
        return evaluate(fcc(a, 4), copper).energy / 256

    a = minimize_scalar(energy, bounds=(3.55, 3.7), method="bounded", options={"xatol": 1e-7}).x
    assert a == pytest.approx(3.615, abs=5e-4)
    assert energy(a) == pytest.approx(-3.54, abs=5e-3)
    found = GIGAPASCAL * voigt(elastic_tensor(fcc(a, 4), copper).stress_strain())
    c11, c12, c44 = found[0, 0], found[0, 1], found[3, 3]
    assert (c11, c12, c44) == pytest.approx((169.9, 122.6, 76.2), rel=5e-3)
    by_planes = shear_modulus(fcc(a, 4), copper)
    assert GIGAPASCAL * by_planes.value == pytest.approx(c44, rel=1e-6)


@pytest.fixture(scope="module")
def glass() -> tuple[InherentStructure, GlassModel]:
    """A Cu50Zr50 glass, quenched by LAMMPS after a moment as a hot liquid, and polished."""
    model = metal("CuZr_mm.eam.fs", ("Cu", "Zr"), 0.058)
    start = disordered(model, 216, seed=1)
    with LammpsSession() as lammps:
        prepare(lammps, start, model)
        lammps.commands(
            [
                "velocity all create 1200 5 mom yes",
                "timestep 0.002",
                "fix nvt all nvt temp 1200 600 0.1",
                "run 400",
                "unfix nvt",
            ]
        )
        minimize(lammps, 1e-4)
        quenched = lammps.get_configuration(start, images_nc=None, velocities_nc=None)
    return newton_polish(quenched, model), model


def prepare(lammps: LammpsSession, configuration: Configuration, model: GlassModel) -> None:
    lammps.set_configuration(configuration, model)
    lammps.commands(lammps_pair_commands(model))


def test_newton_steps_reach_rounding(glass):
    structure, _ = glass
    assert structure.max_force < 1e-12
    assert structure.newton_iterations <= 6


def test_shear_modulus_of_a_glass_is_that_of_a_finite_strain_in_lammps(glass):
    structure, model = glass
    # Small, because φ″ of the table jumps from node to node.
    strain, stresses = 3e-7, []
    for gamma in (strain, -strain):
        with LammpsSession() as lammps:
            prepare(lammps, structure, model)
            tilt = gamma * float(structure.box_c[1])
            lammps.command("change_box all triclinic")
            lammps.command(f"change_box all xy final {tilt!r} remap units box")
            minimize(lammps, 1e-11)
            stresses.append(lammps.virial_stress()[0, 1])
    finite = (stresses[0] - stresses[1]) / (2 * strain)
    assert shear_modulus(structure, model).planes["xy"] == pytest.approx(finite, rel=1e-5)


def test_kappa_is_that_of_the_dense_inverse(glass):
    h = hessian(*glass)
    expected = dense_kappa(h)
    for method in ("selected", "dense", "solve"):
        kappa = dipole_stiffness(h, pairs="all", method=method)["kappa"]
        np.testing.assert_allclose(kappa, expected, rtol=1e-9)


def test_stiffness_along_a_mode_is_its_eigenvalue(glass):
    unit_masses = replace(hessian(*glass), masses_n=None)
    modes = lowest_modes(unit_masses, n_modes=3)
    table = energy_along_modes(*glass, modes.vectors_mnc)
    np.testing.assert_allclose(table["stiffness"], modes.eigenvalues, rtol=1e-9)
    np.testing.assert_allclose(table["slope"], 0.0, atol=1e-10)


def test_each_derivative_along_a_mode_is_the_difference_quotient_of_the_one_below(tmp_path):
    # So few nodes that no small step passes one.
    model = metal(write_setfl(tmp_path / "x.eam.fs", 3, 12), ELEMENTS, 0.4)
    structure = disordered(model, 40, seed=3)
    mode_mnc = np.random.default_rng(0).normal(size=(1, 40, 3))
    mode_mnc /= np.linalg.norm(mode_mnc)

    def derivatives(s):
        moved = structure.with_positions(structure.positions_nc + s * mode_mnc[0])
        row = energy_along_modes(moved, model, mode_mnc).iloc[0]
        return np.array([evaluate(moved, model).energy, *row])

    h = 1e-4
    numerical = (derivatives(h) - derivatives(-h)) / (2 * h)
    np.testing.assert_allclose(derivatives(0.0)[1:], numerical[:-1], rtol=1e-6)
