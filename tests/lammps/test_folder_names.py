"""Folders whose names LAMMPS's own parser would change."""

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from lmpmeso import get_model, quench, read_model
from lmpmeso.cli import main
from lmpmeso.configurations import configuration_from_arrays, write_data
from lmpmeso.engine.resources import Resources
from lmpmeso.engine.run import run_steps
from lmpmeso.engine.step import Step
from lmpmeso.errors import LammpsError
from lmpmeso.execution import Execution
from lmpmeso.files import package_data
from lmpmeso.hessians import evaluate
from lmpmeso.lammps import LammpsSession
from lmpmeso.lammps.inputs import place_interaction, script_variables
from lmpmeso.models import Species, lammps_pair_commands, sticky_spheres
from lmpmeso.models.potential_files import find_potential_file
from lmpmeso.protocols import equilibrate, run_trajectory
from lmpmeso.protocols.push_off import random_start
from lmpmeso.study.progress import Silence
from tests.files.test_plain_paths import NAMES
from tests.models.embedded_atoms import write_setfl
from tests.tiny_campaigns import TEXTS

AWFUL = 'müller 陈 #1 100% O\'Neil $x ${y} a*b "c" & Co\n'


@pytest.fixture
def awful(tmp_path, monkeypatch):
    """The folder that everything lies in, temporary files too."""
    folder = tmp_path / AWFUL
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.chdir(folder)
    return folder


def test_trajectory_in_any_folder_is_the_one_of_a_plain_folder(awful, tmp_path):
    model, liquid = replace(get_model("ss"), density=0.61), random_start(get_model("ss"), 200)
    how = Execution("none", chunk_steps=20)

    def run(folder):
        folder.mkdir()
        started = equilibrate(
            model, 2.0, start=liquid, duration=0.1, folder=folder / "eq", execution=how
        )
        done = run_trajectory(
            started.configuration,
            model,
            2.0,
            block_duration=0.1,
            n_blocks=1,
            folder=folder / "run",
            output=folder / "run.dump",
            execution=how,
        )
        return done.trajectory.n_frames, (folder / "run.dump").read_bytes()

    assert run(awful / "here") == run(tmp_path / "there")


def test_quench_where_temporary_files_lie_in_any_folder(awful, liquid_of):
    model = get_model("mblj")
    assert quench(liquid_of("mblj"), model).max_force < 1e-9


@pytest.mark.parametrize("name", NAMES)
def test_any_name_of_a_data_file_is_read(tmp_path, name, liquid_of):
    model, liquid = get_model("mblj"), liquid_of("mblj")
    path = tmp_path / name / f"{name}.data"
    path.parent.mkdir()
    write_data(path, liquid, model)
    with LammpsSession("none", variables={"data": path}) as lmp:
        lmp.command("read_data ${data}")
        assert lmp.n_particles == liquid.n_particles


def test_packaged_files_are_read_wherever_they_are_installed(awful, monkeypatch, liquid_of):
    model, liquid = get_model("ipl"), liquid_of("ipl")
    installed = awful / "site-packages" / "lmpmeso"
    shutil.copytree(package_data.lmp_input("in.quench").parent, installed / "lmp_inputs")
    shutil.copytree(package_data.potential_file("ipl.table").parent, installed / "potentials")
    monkeypatch.setattr(package_data, "files", lambda name: installed)
    assert script_variables(model, awful)["inputs"] == installed / "lmp_inputs"
    assert quench(liquid, model).max_force < 1e-9
    with LammpsSession("none", pair_styles=["table"]) as lmp:
        lmp.set_configuration(liquid, model)
        lmp.commands([*lammps_pair_commands(model), "run 0 post no"])
        assert np.isfinite(lmp.potential_energy())


def test_words_of_a_model_are_not_run_as_commands(awful):
    model = replace(
        sticky_spheres(0.8, 1.3),
        name="weiche Kügelchen",
        title="two lines &\nquit 7",
        reference='Müller & 陈, """Über\nnichts""" &',
        species=(Species("grün & blau", 0.5), Species("rot #2", 0.5)),
    )
    start = random_start(model, 200, seed=1)
    with (
        TemporaryDirectory() as folder,
        LammpsSession("none", 1, ["table"]) as lmp,
    ):
        write_data(Path(folder) / "liquid.data", start, model)
        variables = {**script_variables(model, Path(folder)), "data": Path(folder) / "liquid.data"}
        lmp.run_file(package_data.lmp_input("in.forces"), variables)
        lmp.command("run 0 post no")
        assert lmp.potential_energy() == pytest.approx(evaluate(start, model).energy, rel=1e-6)


def test_potential_files_of_a_model_file_may_have_any_names(awful):
    name = "müller 陈 #1 100% O'Neil"
    write_setfl(awful / f"{name}.eam.alloy")
    shutil.copy(find_potential_file("Si.tersoff"), awful / f"{name}.tersoff")
    head = 'density = 0.04\nunits = "metal"\ntime_step = 0.001\n[[species]]\nname = "Si"\nmass = 28.0\n'
    commands = '[lammps]\ncommands = """\npair_style {0}\npair_coeff * * "{1}.{2}" {3}\n"""\n'
    for style, ending, element in (("tersoff", "tersoff", "Si"), ("eam/alloy", "eam.alloy", "Aa")):
        text = head + commands.format(style, name, ending, element)
        (awful / "mine.toml").write_text(text, encoding="utf-8")
        model = read_model(awful / "mine.toml")
        assert (model.lammps is None) == (style == "eam/alloy")
        pair = configuration_from_arrays([[5.0, 5.0, 5.0], [7.2, 5.0, 5.0]], 0, 20.0)
        with LammpsSession("none", pair_styles=[style]) as lmp:
            lmp.set_configuration(pair, model)
            lmp.commands([*place_interaction(model, awful), "run 0 post no"])
            assert lmp.potential_energy() != 0.0


def test_lammps_own_words_arrive_with_the_path_that_the_user_knows(awful):
    with LammpsSession("none") as lmp, pytest.raises(LammpsError) as caught:
        lmp.run_file(package_data.lmp_input("in.forces"), {"inputs": awful / "not there"})
    assert "cannot open" in str(caught.value).lower()
    assert str(awful / "not there") in str(caught.value)


def test_words_of_lammps_that_are_not_utf_8_still_arrive(tmp_path):
    with LammpsSession("none") as lmp:
        script = tmp_path / "in.bytes"
        script.write_bytes(b"pair_style \xe4\xff\n")
        with pytest.raises(LammpsError, match="pair style"):
            lmp.run_file(script)


def step_in_lammps(work):
    """A step that puts particles apart, its files where the engine keeps temporary ones."""
    assert AWFUL in tempfile.gettempdir()
    random_start(get_model("mblj"), 200, execution=Execution("none"))
    work.target.write_text("done")


def test_step_of_a_campaign_runs_in_any_folder(awful):
    steps = [Step("step.json", step_in_lammps)]
    assert run_steps(awful, steps, Resources(engine="serial"), Silence()).complete


@pytest.mark.validate
def test_a_campaign_runs_in_any_folder(awful):
    (awful / "c.toml").write_text(f'name = "solid"\n{TEXTS["solid"]}', encoding="utf-8")
    assert main(["run", "c.toml", "-o", "campaign"]) == 0
