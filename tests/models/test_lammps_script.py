"""Models from LAMMPS commands in model files, and from scripts."""

import numpy as np
import pytest

from lmpmeso import LammpsModel
from lmpmeso.configurations import write_data
from lmpmeso.errors import ConfigurationError, ModelError
from lmpmeso.models import get_model, read_model
from lmpmeso.models.lammps_script import read_script
from lmpmeso.protocols import random_start

SCRIPT = """\
units lj
mass 1 1.0
mass 2 2.0
timestep 0.002
pair_style lj/smooth/linear 2.5
pair_coeff 1 1 1.0 1.0 1.5   # like and like
pair_coeff 1 2 1.5 &
           0.8 2.0
pair_coeff 2 2 0.5 0.88 1.5
fix nvt all nvt temp 1 1 0.1
run 1000
"""
FILE = """\
density = 0.05
units = "metal"

[[species]]
name = "Si"
mass = 28.0855

[lammps]
commands = COMMANDS
"""


def script(folder, text=SCRIPT):
    path = folder / "in.mine"
    path.write_text(text)
    return path


def model_file(folder, *commands):
    path = folder / "mine.toml"
    path.write_text(FILE.replace("COMMANDS", repr(list(commands)).replace("'", '"')))
    return path


@pytest.fixture
def liquid(tmp_path):
    model = get_model("mblj")
    write_data(tmp_path / "liquid.data", random_start(model, 120, seed=1), model)
    return tmp_path / "liquid.data"


def test_a_script_and_a_configuration_are_a_model(tmp_path, liquid):
    lines = read_script(script(tmp_path))
    assert lines.ignored == ("fix nvt all nvt temp 1 1 0.1", "run 1000")
    model = LammpsModel(script(tmp_path), liquid)
    assert model.name == "mine"
    assert [s.fraction for s in model.species] == [0.8, 0.2]
    np.testing.assert_array_equal(model.masses, [1.0, 2.0])
    assert (model.time_step, model.units, model.density) == (0.002, "lj", pytest.approx(1.2))
    assert "pair_coeff 1 2 1.5 0.8 2.0" in model.lammps.commands


def test_more_types_in_a_file_than_in_the_script_are_told(tmp_path, liquid):
    one = "pair_style lj/smooth/linear 2.5\npair_coeff 1 1 1.0 1.0 1.5\n"
    with pytest.raises(ConfigurationError, match=r"type 2, but in\.mine speaks of 1 types only"):
        LammpsModel(script(tmp_path, one), liquid)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("pair_style lj/smooth/linear 2.5", "", "no pair_style"),
        ("pair_coeff 1 1 1.0", "pair_coeff 1 1 ${eps}", "holds a variable"),
        ("run 1000", "pair_style zero 1.0", "two pair_style lines"),
        ("timestep 0.002", "units metal", "says units twice.* Keep in a copy"),
        ("timestep 0.002", "kspace_style ewald 1e-4", "couples every particle to every other"),
        ("timestep 0.002", "bond_style fene", "lists no bonds and in.mine reads no data file"),
        ("mass 2 2.0", "mass heavy", "write `mass TYPE VALUE`"),
        (
            "lj/smooth/linear 2.5",
            "lj/cut/coul/dsf 0.2 2.5",
            "lj/cut/coul/dsf is an interaction of charges",
        ),
    ],
)
def test_a_script_that_is_no_model_is_refused(tmp_path, liquid, old, new, words):
    with pytest.raises(ModelError, match=words):
        LammpsModel(script(tmp_path, SCRIPT.replace(old, new)), liquid)


def test_charges_by_type_are_taken(tmp_path, liquid):
    text = SCRIPT.replace("lj/smooth/linear 2.5", "lj/cut/coul/dsf 0.2 2.5")
    text = text.replace("timestep 0.002", "set type 1 charge 0.5\nset type 2 charge -2.0")
    model = LammpsModel(script(tmp_path, text.replace("mass 2 2.0", "mass 2 1.0")), liquid)
    assert [s.charge for s in model.species] == [0.5, -2.0]
    assert model.atom_style == "charge"


def test_one_file_of_embedded_atoms_has_its_closed_form(tmp_path):
    path = tmp_path / "metal.toml"
    path.write_text(
        'density = 0.0556\nunits = "metal"\n[[species]]\nname = "Cu"\n[[species]]\nname = "Zr"\n'
        '[lammps]\ncommands = ["pair_style eam/fs", "pair_coeff * * CuZr_mm.eam.fs Cu Zr"]\n'
    )
    model = read_model(path)
    assert model.lammps is None
    assert model.embedding.elements == ("Cu", "Zr")
    np.testing.assert_allclose(model.masses, [63.546, 91.224])


@pytest.mark.parametrize(
    ("commands", "words"),
    [
        (
            ("pair_style tersoff", "pair_coeff * * nowhere.tersoff Si"),
            "no potential file 'nowhere.tersoff'",
        ),
        (("pair_coeff * * Si.tersoff Si",), "need a pair_style"),
        (("pair_style tersoff", "run 100"), "does not say how particles interact"),
        (("pair_style lj/cut/coul/long 2.5", "pair_coeff * * 1 1"), "couples every particle"),
        (("pair_style lj/cut 2.5", "bond_style harmonic"), "bond_style harmonic joins particles"),
        (("pair_style eam/fs", "pair_coeff * * CuZr_mm.eam.fs Ni"), "Ni"),
    ],
)
def test_commands_that_are_no_model_are_refused_with_their_line(tmp_path, commands, words):
    with pytest.raises(ModelError, match=rf"line 9: lammps.commands: .*{words}"):
        read_model(model_file(tmp_path, *commands))
