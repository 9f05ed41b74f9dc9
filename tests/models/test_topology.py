"""Bonds and angles that a data file lists, and models whose interactions they are."""

import numpy as np
import pytest

from lmpmeso.configurations import (
    particles_of_bonds,
    read_configuration,
    write_data,
    write_dump,
)
from lmpmeso.configurations.script_model import LammpsModel
from lmpmeso.errors import ConfigurationError, ModelError, ModelMismatchWarning
from lmpmeso.models import get_model, read_model
from lmpmeso.models.describe import describe_model, model_text
from lmpmeso.models.model_file import files_of_model
from lmpmeso.models.topology import lists_bonds, read_topology
from lmpmeso.protocols import random_start
from tests.chains import REPULSIVE, STIFF, chains, write_chains


def model_file(folder, commands=REPULSIVE, more='data_file = "chains.data"', top=""):
    path = folder / "mine.toml"
    path.write_text(
        f'density = 1.2\n{top}\n[[species]]\nname = "bead"\n[lammps]\n{more}\ncommands = """{commands}"""\n'
    )
    return path


def test_bonds_angles_and_molecules_of_a_data_file(tmp_path):
    found = read_topology(write_chains(tmp_path / "chains.data", angles=True))
    assert (found.n_particles, found.bond_types, found.angle_types) == (125, 1, 1)
    np.testing.assert_array_equal(found.bonds_b3[:5], [[1, k, k + 1] for k in (0, 1, 2, 3, 5)])
    np.testing.assert_array_equal(found.angles_a4[0], [1, 0, 1, 2])
    np.testing.assert_array_equal(found.joined_pairs()[:3], [[0, 1], [0, 2], [1, 2]])
    np.testing.assert_array_equal(found.molecules(), np.repeat(np.arange(1, 26), 5))


def test_what_is_written_lists_the_same_and_lammps_is_not_needed_to_read_it(tmp_path):
    model = chains(tmp_path, STIFF)
    start = particles_of_bonds(model)
    write_data(tmp_path / "again.data", start, model)
    first, again = read_topology(tmp_path / "chains.data"), read_topology(tmp_path / "again.data")
    np.testing.assert_array_equal(again.bonds_b3, first.bonds_b3)
    np.testing.assert_array_equal(again.angles_a4, first.angles_a4)
    read = read_configuration(tmp_path / "again.data", model)
    np.testing.assert_array_equal(read.positions_nc, start.positions_nc)
    assert "Atoms # molecular" in (tmp_path / "again.data").read_text()


def test_a_model_file_names_the_data_file_beside_it(tmp_path):
    write_chains(tmp_path / "chains.data")
    model = read_model(model_file(tmp_path))
    assert (model.n_particles, model.atom_style) == (125, "molecular")
    assert files_of_model(tmp_path / "mine.toml") == [tmp_path / "chains.data"]
    assert describe_model(model)["joined"]["molecules"] == 25
    assert "100 bonds, 0 angles, 25 molecules" in model_text(model)
    before = model.digest()
    write_chains(tmp_path / "chains.data", length=25)
    assert read_model(tmp_path / "mine.toml").digest() != before


@pytest.mark.parametrize(
    ("commands", "more", "top", "words"),
    [
        (
            REPULSIVE,
            "",
            "",
            "bond_style fene joins particles that a LAMMPS data file lists: name it",
        ),
        (REPULSIVE, 'data_file = "no.data"', "", "no.data cannot be read: No such file"),
        (REPULSIVE, 'data_file = "chains.data"', "n_particles = 100", "leave n_particles out"),
        ("pair_style zero 1.0", 'data_file = "chains.data"', "", "the commands have no bond_style"),
        (STIFF, 'data_file = "chains.data"', "", "lists no angles, but the commands have"),
        (f"{REPULSIVE}dihedral_style opls", "", "", "dihedrals and impropers are not supported"),
        (REPULSIVE.replace("style fene", "style quartic"), "", "", "its bonds break"),
    ],
)
def test_bonds_that_cannot_be_are_refused(tmp_path, commands, more, top, words):
    write_chains(tmp_path / "chains.data")
    with pytest.raises(ModelError, match=words):
        read_model(model_file(tmp_path, commands, more, top))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "100 bonds",
            "101 bonds",
            "section Bonds has 100 lines, but the header says 101: truncated?",
        ),
        ("1 1 1 2\n", "1 1 1 x\n", "no line of 4 whole numbers"),
        ("1 1 1 2\n", "1 1 1 999\n", "beyond the ids 1 to 125"),
        ("1 1 1 2\n", "1 1 1 1\n", "joins a particle to itself"),
        ("100 bonds", "100 bonds\n3 dihedrals", "lists 3 dihedrals: bonds and angles are all"),
        ("100 bonds", "0 bonds", "lists no bonds"),
    ],
)
def test_a_damaged_list_is_told(tmp_path, old, new, words):
    path = write_chains(tmp_path / "chains.data")
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(ModelError, match=words):
        read_topology(path)


def test_a_configuration_of_another_number_of_particles_is_refused(tmp_path):
    model = chains(tmp_path)
    write_chains(tmp_path / "large.data", edge=6)
    with pytest.raises(ConfigurationError, match="216 particles, but the bonds of model 'chains'"):
        read_configuration(tmp_path / "large.data", model)


def test_a_configuration_that_lists_other_bonds_is_refused_whatever_their_order(tmp_path):
    model = chains(tmp_path, STIFF)
    text = (tmp_path / "chains.data").read_text()
    head, bonds, angles = (
        text.partition("Bonds\n\n")[0],
        *text.partition("Bonds\n\n")[2].split("Angles\n\n"),
    )
    turned = [" ".join([*line.split()[:2], *line.split()[:1:-1]]) for line in angles.splitlines()]
    lines = "\n".join([*bonds.strip().splitlines()[::-1], "", "Angles", "", *turned[::-1]])
    (tmp_path / "same.data").write_text(f"{head}Bonds\n\n{lines}\n")
    assert read_configuration(tmp_path / "same.data", model).n_particles == 125
    write_chains(tmp_path / "other.data", length=25)
    with pytest.raises(ConfigurationError, match="lists other bonds or angles than"):
        read_configuration(tmp_path / "other.data", model)


def test_bonds_that_the_model_does_not_know_are_told(tmp_path):
    file = write_chains(tmp_path / "chains.data", density=0.52)
    with pytest.warns(ModelMismatchWarning, match="lists Bonds, but model 'sw' has none"):
        read_configuration(file, "sw")


def test_a_run_starts_where_the_data_file_has_the_particles(tmp_path):
    model = chains(tmp_path)
    start = random_start(model)
    np.testing.assert_array_equal(start.positions_nc, particles_of_bonds(model).positions_nc)
    with pytest.raises(ConfigurationError, match="a random start knows no bonds"):
        random_start(model, 216)


def test_a_script_takes_the_bonds_of_the_file_or_of_its_own_read_data(tmp_path):
    file = write_chains(tmp_path / "chains.data")
    script = tmp_path / "in.mine"
    script.write_text(f"atom_style bond\nread_data chains.data\n{REPULSIVE}run 100\n")
    assert len(LammpsModel(script, file).topology.bonds_b3) == 100
    model = chains(tmp_path)
    dump = tmp_path / "glass.dump"
    write_dump(dump, random_start(model))
    assert LammpsModel(script, dump).topology.path == file
    script.write_text(REPULSIVE)
    with pytest.raises(ModelError, match=r"in\.mine reads no data file that does: put `read_data"):
        LammpsModel(script, dump)
    script.write_text(f"read_data chains.data\n{REPULSIVE}fix 1 all shake 1e-4 20 0 b 1\n")
    with pytest.raises(ModelError, match=r"fix 1 all shake .* holds particles rigid"):
        LammpsModel(script, file)


def test_only_data_files_list_bonds(tmp_path):
    assert lists_bonds(write_chains(tmp_path / "chains.data"))
    assert not lists_bonds(tmp_path / "nowhere.data")
    write_data(tmp_path / "free.data", random_start("ipl2d", 100, seed=1), get_model("ipl2d"))
    assert not lists_bonds(tmp_path / "free.data")
