"""Embedded-atom potentials as parts of a model: identity, files, and agreement with LAMMPS."""

import json
import pickle
import shutil
from dataclasses import replace

import numpy as np
import pytest

from lmpmeso.errors import ModelError
from lmpmeso.hessians import evaluate
from lmpmeso.lammps.session import LammpsSession
from lmpmeso.models import lammps_pair_commands, lammps_pair_style
from lmpmeso.models.derivative_check import derivative_checks
from lmpmeso.models.embedded_atom import embedded_atom, embedded_atom_of
from lmpmeso.models.lammps_interaction import lammps_interaction
from lmpmeso.models.potential_files import find_potential_file
from tests.hessians.conftest import disordered

from .embedded_atoms import ELEMENTS, metal, write_setfl

CASES = [
    ("CuZr_mm.eam.fs", ("Cu", "Zr"), 0.058, 216),
    ("CuZr_mm.eam.fs", ("Zr", "Cu", "Zr"), 0.058, 216),
    ("Cu_mishin1.eam.alloy", ("Cu",), 0.085, 125),
    ("NiAlH_jea.eam.fs", ("Al", "Ni"), 0.08, 125),
    ("AlCu.eam.alloy", ("Cu", "Al"), 0.08, 216),  # ends at its cut-off with a jump
    ("Cu_u3.eam", ("Cu",), 0.085, 125),
    ("Cu_u3.eam", ("Cu",), 0.4, 512),  # denser than the file's last density
]


@pytest.mark.parametrize(("file", "elements", "density", "n_particles"), CASES)
def test_energy_forces_and_stress_are_those_of_lammps(file, elements, density, n_particles):
    model = metal(file, elements, density)
    configuration = disordered(model, n_particles, seed=1)
    ours = evaluate(configuration, model)
    with LammpsSession(accelerator="none", pair_styles=[lammps_pair_style(model)]) as lmp:
        lmp.set_configuration(configuration, model)
        lmp.commands(lammps_pair_commands(model))
        stress_cc = lmp.virial_stress()
        assert lmp.potential_energy() == pytest.approx(ours.energy, rel=1e-13)
        np.testing.assert_allclose(lmp.forces(), ours.forces_nc, atol=2e-13 * ours.max_force)
    np.testing.assert_allclose(stress_cc, ours.stress_cc, atol=1e-13 * np.abs(stress_cc).max())


@pytest.mark.parametrize("ending", ["eam.alloy", "eam.fs"])
def test_densities_of_unlike_pairs_have_the_direction_that_lammps_gives_them(tmp_path, ending):
    model = metal(write_setfl(tmp_path / f"x.{ending}", 3), ELEMENTS, 1.0)
    configuration = disordered(model, 100, seed=2)
    ours = evaluate(configuration, model)
    with LammpsSession(accelerator="none") as lmp:
        lmp.set_configuration(configuration, model)
        lmp.commands(lammps_pair_commands(model))
        lmp.command("run 0")
        assert lmp.potential_energy() == pytest.approx(ours.energy, rel=1e-13)
        np.testing.assert_allclose(lmp.forces(), ours.forces_nc, atol=1e-13 * ours.max_force)


def test_lammps_has_the_masses_of_the_model(tmp_path):
    path = write_setfl(tmp_path / "x.eam.fs", 2, 21)
    assert metal(path, ("Bb", "Aa"), 1.0).embedding.masses == (11.0, 10.0)
    commands = lammps_pair_commands(metal(path, ("Bb", "Aa"), 1.0))
    assert commands == [
        "pair_style eam/fs",
        f"pair_coeff * * {path} Bb Aa",
        "mass 1 11.0",
        "mass 2 10.0",
    ]


def test_a_file_in_a_folder_with_a_blank_reaches_lammps(tmp_path):
    (tmp_path / "my files").mkdir()
    model = metal(write_setfl(tmp_path / "my files" / "x.eam.fs", 1), ("Aa",), 1.0)
    configuration = disordered(model, 100, seed=2)
    with LammpsSession(accelerator="none") as lmp:
        lmp.set_configuration(configuration, model)
        lmp.commands(lammps_pair_commands(model))
        lmp.command("run 0")
        energy = lmp.potential_energy()
    assert energy == pytest.approx(evaluate(configuration, model).energy, rel=1e-13)


def test_a_model_of_other_units_or_species_is_refused(tmp_path):
    model = metal(write_setfl(tmp_path / "x.eam.fs", 2, 21), ("Aa", "Bb"), 1.0)
    with pytest.raises(ModelError, match=r"in units lj, x\.eam\.fs in units metal"):
        replace(model, units="lj")
    one = metal(write_setfl(tmp_path / "x.eam.fs", 2, 21), ("Aa",), 1.0)
    with pytest.raises(ModelError, match="has 1 species, its embedding 2 elements: Aa, Bb"):
        replace(one, embedding=model.embedding)


def test_only_the_style_of_the_file_can_hold_it(tmp_path):
    model = metal(write_setfl(tmp_path / "x.eam.alloy", 1, 21), ("Aa",), 1.0)
    assert lammps_pair_style(model) == lammps_pair_style(model, "native") == "eam/alloy"
    for style in ("table", "lepton"):
        with pytest.raises(ModelError, match=f"has embedding: {style} cannot hold it"):
            lammps_pair_style(model, style)


def test_identity_knows_content_and_elements_but_not_the_place_of_the_file(tmp_path):
    here = write_setfl(tmp_path / "x.eam.fs", 2, 21)
    there = tmp_path / "elsewhere" / "y.eam.fs"
    there.parent.mkdir()
    shutil.copy(here, there)
    one, two = metal(here, ("Aa", "Bb"), 1.0), metal(there, ("Aa", "Bb"), 1.0)
    assert one == two
    assert one.digest() == two.digest()
    assert str(tmp_path) not in json.dumps(one.identity())
    assert one.digest() != metal(here, ("Bb", "Aa"), 1.0).digest()
    write_setfl(there, 2, 21, last_density=13.0)
    assert metal(there, ("Aa", "Bb"), 1.0).digest() != one.digest()


def test_a_model_survives_the_way_into_another_process(tmp_path):
    model = metal(write_setfl(tmp_path / "x.eam.fs", 2, 201), ("Aa", "Bb"), 1.0)
    configuration = disordered(model, 100, seed=2)
    energy = evaluate(configuration, model).energy
    copy = pickle.loads(pickle.dumps(model))
    assert copy == model
    assert evaluate(configuration, copy).energy == energy


def test_a_file_that_changed_after_the_model_was_read_is_refused(tmp_path):
    path = write_setfl(tmp_path / "x.eam.fs", 1, 21)
    model = metal(path, ("Aa",), 1.0)
    write_setfl(path, 1, 22)
    with pytest.raises(ModelError, match=r"x\.eam\.fs has changed since the model was read"):
        lammps_pair_commands(model)
    path.unlink()
    with pytest.raises(ModelError, match=r"x\.eam\.fs cannot be read"):
        lammps_pair_commands(model)


def test_an_element_that_the_file_has_not_is_refused():
    with pytest.raises(ModelError, match="no element 'Ni'; the file has Cu, Zr"):
        embedded_atom("CuZr_mm.eam.fs", ["Cu", "Ni"])


def test_the_diameter_is_the_distance_of_neighbours_in_the_crystals():
    (cu, cu_zr), (_, zr) = embedded_atom("CuZr_mm.eam.fs", ["Cu", "Zr"])[0]
    assert cu.diameter == pytest.approx(3.639087 / 2**0.5)
    assert zr.diameter == pytest.approx(3.22, abs=0.01)
    assert cu_zr.diameter == pytest.approx((cu.diameter + zr.diameter) / 2)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_pair_derivatives_are_difference_quotients(order):
    ((phi,),), _ = embedded_atom("CuZr_mm.eam.fs", ["Cu"])
    spacing = phi.tables.distance_spacing
    r, h = (np.array([2900, 3500, 5000]) + 0.5) * spacing, 0.2 * spacing
    above, below = phi.derivatives(r + h, order), phi.derivatives(r - h, order)
    numerical = (above[order - 1] - below[order - 1]) / (2 * h)
    scale = np.abs(phi.derivatives(r, order)[order]).max()
    np.testing.assert_allclose(phi.derivatives(r, order)[order], numerical, atol=1e-6 * scale)


def test_derivatives_are_checked_between_the_nodes_of_the_table():
    pairs, _ = embedded_atom("CuZr_mm.eam.fs", ["Cu", "Zr"])
    for phi in (pairs[0][0], pairs[0][1], pairs[1][1]):
        assert all(check.mismatch < 1e-9 for check in derivative_checks(phi))


def test_the_density_ends_before_the_pair_potential():
    _, term = embedded_atom(find_potential_file("CuZr_mm.eam.fs"), ["Cu", "Zr"])
    assert 5.9 < term.density_cutoff < 6.1 < term.tables.cutoff


@pytest.mark.parametrize(
    "commands",
    [
        "pair_style eam/fs\npair_coeff * * CuZr_mm.eam.fs Zr Cu",
        "pair_style   eam/fs/omp  # fast\npair_coeff  * *   CuZr_mm.eam.fs  Zr   Cu",
    ],
)
def test_lammps_commands_of_one_file_have_a_closed_form(commands):
    found = embedded_atom_of(lammps_interaction(commands), 2)
    assert found == embedded_atom("CuZr_mm.eam.fs", ["Zr", "Cu"])


@pytest.mark.parametrize("types", ["* *", "1 1"])
def test_commands_of_a_file_of_one_element_have_a_closed_form(types):
    interaction = lammps_interaction(f"pair_style eam\npair_coeff {types} Cu_u3.eam")
    pairs, term = embedded_atom_of(interaction, 1)
    assert (term.elements, pairs[0][0].cutoff) == (("Cu",), pytest.approx(4.95))


@pytest.mark.parametrize(
    "commands",
    [
        "pair_style eam/fs\npair_coeff * * CuZr_mm.eam.fs Zr NULL",
        "pair_style eam/fs\npair_coeff * * CuZr_mm.eam.fs Zr",
        "pair_style eam/fs\npair_coeff * * CuZr_mm.eam.fs Zr Cu\npair_modify shift yes",
        "pair_style eam/cd\npair_coeff * * FeCr.cdeam Cr Fe",
        "pair_style eam\npair_coeff 1 1 Cu_u3.eam\npair_coeff 2 2 Ag_u3.eam",
        "pair_style hybrid/overlay eam/fs zbl 1.0 2.0\npair_coeff * * eam/fs CuZr_mm.eam.fs Zr Cu",
    ],
)
def test_other_commands_have_none(commands):
    assert embedded_atom_of(lammps_interaction(commands), 2) is None
