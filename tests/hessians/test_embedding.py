"""The embedding's derivatives against numerical twins, LAMMPS, and brute force.

Splines have jumps in their second derivatives: where they are compared with differences, the made-up
functions of the tests keep them small, and for a published table the typical element counts.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lmpmeso.configurations import Configuration
from lmpmeso.configurations.creation import configuration_from_arrays
from lmpmeso.errors import ModelError
from lmpmeso.hessians import CompiledForces, evaluate, hessian, interacting_pairs
from lmpmeso.lammps.session import LammpsSession
from lmpmeso.models import GlassModel, lammps_pair_commands
from lmpmeso.models.lammps_interaction import lammps_interaction
from lmpmeso.models.potentials import StillingerWeberThreeBody
from tests.hessians.conftest import disordered
from tests.hessians.numerical_twins import (
    numerical_born,
    numerical_forces,
    numerical_hessian,
    numerical_strain_coupling,
    numerical_stress,
    potential_energy,
)
from tests.models.embedded_atoms import ELEMENTS, metal, write_setfl

SPECIES = {"one": ("Aa",), "alloy": ("Aa", "Bb"), "fs": ("Cc", "Aa", "Bb")}


@pytest.fixture(scope="module", params=[*SPECIES, "planar", "three-body"])
def sample(request, tmp_path_factory) -> tuple[Configuration, GlassModel]:
    kind = request.param
    elements = SPECIES.get(kind, ("Aa", "Bb"))
    ending = "eam.alloy" if kind == "alloy" else "eam.fs"
    path = write_setfl(tmp_path_factory.mktemp(kind) / f"x.{ending}", len(ELEMENTS))
    changes = {}
    if kind == "planar":
        changes = {"dimension": 2, "density": 0.7}
    if kind == "three-body":
        changes = {"three_body": StillingerWeberThreeBody(1.0, a=1.5)}
    model = metal(path, elements, **{"density": 0.4, **changes})
    return disordered(model, 16 if kind == "planar" else 36, seed=3), model


def assert_close(analytic: np.ndarray, numerical: np.ndarray, relative: float) -> None:
    assert np.abs(analytic - numerical).max() < relative * np.abs(analytic).max()


def test_energy_is_the_plain_sum(sample):
    energy = pytest.approx(potential_energy(*sample), rel=1e-13)
    assert hessian(*sample).energy == energy
    assert evaluate(*sample).energy == energy


def test_forces_are_minus_the_gradient_of_the_energy(sample):
    assert_close(hessian(*sample).forces_nc, numerical_forces(*sample), 1e-7)
    np.testing.assert_array_equal(evaluate(*sample).forces_nc, hessian(*sample).forces_nc)


def test_matrix_is_the_gradient_of_minus_the_forces(sample):
    matrix = hessian(*sample).matrix.toarray()
    assert_close(matrix, numerical_hessian(*sample), 1e-7)


def test_stress_is_the_strain_derivative_of_the_energy(sample):
    assert_close(hessian(*sample).stress_cc, numerical_stress(*sample), 1e-7)


def test_born_term_is_the_second_strain_derivative(sample):
    assert_close(hessian(*sample).born_cccc, numerical_born(*sample), 1e-7)


def test_strain_coupling_is_minus_the_force_that_a_strain_brings(sample):
    found = numerical_strain_coupling(*sample)
    assert_close(hessian(*sample).strain_coupling_nccc, found, 1e-7)


def test_matrix_is_symmetric_and_blind_to_translations(sample):
    h = hessian(*sample)
    matrix = h.matrix.toarray()
    np.testing.assert_array_equal(matrix, matrix.T)
    n, d = h.n_particles, h.dimension
    assert np.abs(matrix.reshape(-1, n, d).sum(axis=1)).max() < 1e-12 * np.abs(matrix).max()


def test_matrix_is_that_of_a_plain_sum_of_outer_products(sample):
    configuration, model = sample
    h, term, species = hessian(*sample), model.embedding, configuration.species
    pairs = interacting_pairs(*sample)
    n, d = configuration.n_particles, configuration.dimension
    plain = np.zeros((n, d, n, d))
    gradient_nmc, rho_n = np.zeros((n, n, d)), np.zeros(n)
    for i, j, r_c, r in zip(pairs.i, pairs.j, pairs.vectors_pc, pairs.distances_p, strict=True):
        for here, there, out in ((i, j, r_c / r), (j, i, -r_c / r)):
            if r < term.density_cutoff:
                rho, slope = term.densities(
                    np.array([r]), species[[there]], species[[here]], 1
                ).ravel()
                rho_n[here] += rho
                gradient_nmc[here, there] += slope * out
                gradient_nmc[here, here] -= slope * out
    curvature_n = term.energies(rho_n, species, 2)[2]
    plain = np.einsum("k,kia,kjb->iajb", curvature_n, gradient_nmc, gradient_nmc)
    matrix = h.matrix.toarray().reshape(n, d, n, d)
    far = np.ones((n, n), dtype=bool)
    far[pairs.i, pairs.j] = far[pairs.j, pairs.i] = False
    np.fill_diagonal(far, False)
    if model.three_body is None:
        np.testing.assert_allclose(
            matrix.transpose(0, 2, 1, 3)[far], plain.transpose(0, 2, 1, 3)[far], atol=1e-13
        )


def test_contact_force_counts_what_the_embedding_adds(sample):
    configuration, model = sample
    if model.three_body is None:
        h, pairs = evaluate(*sample), interacting_pairs(*sample)
        virial = h.pressure * h.volume * h.dimension
        assert abs(virial) <= h.contact_force_rms * np.sqrt(
            pairs.n_pairs * (pairs.distances_p**2).sum()
        )
        without = evaluate(configuration, replace(model, embedding=None))
        assert h.contact_force_rms != pytest.approx(without.contact_force_rms, rel=1e-3)


def test_dynamical_matrix_of_lammps_is_the_hessian(tmp_path: Path) -> None:
    model = metal(write_setfl(tmp_path / "x.eam.fs", 3), ELEMENTS, 0.4)
    configuration = disordered(model, 40, seed=4)
    matrix = hessian(configuration, model).matrix.toarray()
    by_lammps = dynamical_matrix(configuration, model, tmp_path / "matrix", 1e-5)
    np.testing.assert_allclose(by_lammps, matrix, atol=1e-7 * np.abs(matrix).max())


def test_dynamical_matrix_of_lammps_for_a_published_table(tmp_path: Path) -> None:
    model = metal("CuZr_mm.eam.fs", ("Cu", "Zr"), 0.03)
    configuration = disordered(model, 108, seed=5)
    matrix = hessian(configuration, model).matrix.toarray()
    by_lammps = dynamical_matrix(configuration, model, tmp_path / "matrix", 1e-6)
    error = np.abs(by_lammps - matrix) / np.abs(matrix).max()
    assert np.quantile(error, 0.99) < 1e-8
    # φ″ of the table jumps from node to node: a step may end beyond one.
    assert error.max() < 1e-4


def dynamical_matrix(
    configuration: Configuration, model: GlassModel, file: Path, step: float
) -> np.ndarray:
    """∂²U/∂x∂x by LAMMPS's differences, shape (3N, 3N)."""
    with LammpsSession(accelerator="none") as lammps:
        lammps.set_configuration(configuration, model)
        lammps.commands(lammps_pair_commands(model))
        lammps.command(f"dynamical_matrix all regular {step} file {file} binary yes")
    masses_n = np.array([s.mass for s in model.species])[configuration.species]
    roots = np.repeat(np.sqrt(masses_n), 3)
    size = len(roots)
    return np.fromfile(file).reshape(size, size) * np.outer(roots, roots)


def test_differences_of_lammps_s_forces_give_the_closed_form(tmp_path: Path) -> None:
    file = write_setfl(tmp_path / "x.eam.fs", 2)
    model = metal(file, ("Aa", "Bb"), 0.4)
    given = replace(
        model,
        pair_potentials=(),
        embedding=None,
        lammps=lammps_interaction(lammps_pair_commands(model)[:2]),
        dipole_cutoffs=((1.5, 1.5), (1.5, 1.5)),
    )
    configuration = disordered(model, 40, seed=6)
    closed, coloured = hessian(configuration, model), hessian(configuration, given)
    assert coloured.energy == pytest.approx(closed.energy, rel=1e-13)
    for name in ("matrix", "born_cccc", "strain_coupling_nccc"):
        expected, found = getattr(closed, name), getattr(coloured, name)
        if name == "matrix":
            expected, found = expected.toarray(), found.toarray()
        np.testing.assert_allclose(found, expected, atol=1e-7 * np.abs(expected).max())


def test_pairs_whose_kappa_is_asked_for_are_neighbours_in_a_glass(tmp_path: Path) -> None:
    model = metal(write_setfl(tmp_path / "x.eam.fs", 1), ("Aa",), 1.0)
    crystal = np.stack(np.meshgrid(*[np.arange(5.0)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    shaken = crystal + np.random.default_rng(0).normal(scale=0.03, size=crystal.shape)
    configuration = configuration_from_arrays(shaken, np.zeros(125, dtype=int), 5.0)
    h = hessian(configuration, model)
    assert h.pairs.n_pairs == 3 * 125
    assert h.pairs.origin == "first minimum of g(r) of this glass"


def test_loops_over_pairs_and_triplets_refuse_embedded_atoms(sample) -> None:
    with pytest.raises(ModelError, match="more than pairs and triplets"):
        CompiledForces(*sample)


def test_all_pairs_count_where_no_neighbours_are_to_be_seen(sample) -> None:
    h, all_pairs = hessian(*sample), interacting_pairs(*sample)
    if "no first minimum" in h.pairs.origin:
        np.testing.assert_array_equal(h.pairs.j, all_pairs.j)
    else:
        assert h.pairs.n_pairs < all_pairs.n_pairs
