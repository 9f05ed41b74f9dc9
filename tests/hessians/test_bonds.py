"""Second derivatives and elasticity of particles that bonds and angles join, against LAMMPS and differences."""

import numpy as np
import pytest

from lmpmeso.configurations import particles_of_bonds
from lmpmeso.elasticity import analyse
from lmpmeso.hessians import born_term, evaluate, hessian
from lmpmeso.hessians.model_check import check_model
from lmpmeso.lammps.forces import command_session
from lmpmeso.protocols import equilibrate, quench
from tests.chains import REPULSIVE, STIFF, chains


@pytest.mark.parametrize("commands", [REPULSIVE, STIFF], ids=["chains", "stiff chains"])
def test_dynamical_matrix_of_lammps_is_the_hessian(commands, tmp_path):
    model = chains(tmp_path, commands)
    configuration = particles_of_bonds(model)
    found = hessian(configuration, model)
    with command_session(configuration, model) as lmp:
        lmp.command(f"dynamical_matrix all regular 1e-5 file {tmp_path / 'matrix'} binary yes")
    matrix = found.matrix.toarray()
    by_lammps = np.fromfile(tmp_path / "matrix").reshape(matrix.shape)
    np.testing.assert_allclose(by_lammps, matrix, atol=3e-8 * np.abs(matrix).max())
    assert found.error < 1e-7 * np.abs(matrix).max()
    translation = np.tile(np.eye(3), (configuration.n_particles, 1))
    assert np.abs(matrix @ translation).max() < 1e-11 * np.abs(matrix).max()
    assert check_model(model)[-1].passed


def test_bonds_that_are_longer_than_the_cut_off_are_in_the_hessian(tmp_path):
    commands = "pair_style lj/cut 0.9\npair_coeff * * 1 1\nbond_style harmonic\nbond_coeff 1 50 1.0"
    model = chains(tmp_path, commands, density=0.5)
    found = hessian(particles_of_bonds(model), model)
    assert (np.abs(found.matrix.toarray()).sum(axis=1) > 0).all()
    assert check_model(model)[-1].passed


def test_stress_and_born_term_are_differences_of_the_energy(tmp_path):
    model = chains(tmp_path, STIFF)
    start, h = particles_of_bonds(model), 1e-4

    def energy(strain):
        deformed = start.with_positions(
            start.positions_nc * (1 + strain), box_c=start.box_c * (1 + strain)
        )
        return evaluate(deformed, model).energy

    slope = (energy(h) - energy(-h)) / (2 * h)
    assert np.trace(evaluate(start, model).stress_cc) * start.volume == pytest.approx(
        slope, rel=1e-5
    )
    curvature = (energy(h) - 2 * evaluate(start, model).energy + energy(-h)) / h**2
    assert np.einsum("aabb", born_term(start, model)) == pytest.approx(curvature, rel=1e-5)


def test_a_melt_runs_and_its_glass_has_stiffer_bonds(tmp_path):
    model = chains(tmp_path)
    liquid = equilibrate(model, 1.0, duration=1.0, seed=1)
    assert liquid.conservation.conserved
    found = analyse(quench(liquid.configuration, model), model)
    assert found.hessian.pairs.origin.endswith("without the pairs that bonds and angles join")
    bonds = found.bonds
    assert bonds["bonded"].sum() == 100
    kappa = bonds.groupby("bonded")["kappa"].mean()
    assert kappa[True] > 3.0 * kappa[False] > 0.0
    # Long waves stretch a bond far less than a continuum, where the two would add up to r²/3, and other pairs more.
    stretch = bonds["stretch_longitudinal"] + bonds["stretch_transverse"]
    share = (3.0 * stretch / bonds["distance"] ** 2).groupby(bonds["bonded"]).median()
    assert share[True] < 0.2 < 1.0 < share[False]
    assert found.shear.value < found.shear.born
    assert found.modes(3).eigenvalues.min() > 0.0
