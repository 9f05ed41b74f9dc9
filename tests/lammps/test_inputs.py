"""The input scripts of lmp_inputs/, run by plain LAMMPS."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lmpmeso.configurations import read_configuration, read_trajectory, write_data
from lmpmeso.files.package_data import lmp_input, potential_file
from lmpmeso.hessians import evaluate
from lmpmeso.lammps.inputs import model_include, pair_include, script_variables
from lmpmeso.lammps.session import LammpsSession
from lmpmeso.models import (
    GlassModel,
    Species,
    get_model,
    inverse_power_law,
    model_names,
    sticky_spheres,
)
from lmpmeso.protocols import quench, random_start
from lmpmeso.protocols.frame_schedule import frame_steps

from .programs import run_lmp

SCRIPTS = ("in.push_off", "in.equilibrate", "in.heat", "in.trajectory", "in.quench", "in.forces")


def folders():
    return {
        "inputs": lmp_input("in.quench").parent,
        "potentials": potential_file("ipl.table").parent,
    }


@pytest.mark.parametrize("name", model_names())
def test_committed_include_files_are_those_the_code_writes(name):
    model = get_model(name)
    assert lmp_input(f"model.{name}").read_text(encoding="utf-8") == model_include(model)
    assert lmp_input(f"pair.{name}").read_text(encoding="utf-8") == pair_include(model)


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_variable_of_a_script_has_a_default_and_is_used(script):
    text = lmp_input(script).read_text(encoding="utf-8")
    names = [line.split()[1] for line in text.splitlines() if " index " in line]
    assert {"model", "inputs", "potentials"} <= set(names)
    for name in names:
        uses = text.count("${" + name + "}") + text.count(f"v_{name}")
        assert uses > 0 or name == "potentials"


@pytest.mark.parametrize(("name", "n"), [("ipl", 200), ("ipl2d", 100), ("sw", 216), ("ka", 400)])
def test_scripts_run_by_plain_lammps_from_random_start_to_glass(name, n, tmp_path):
    model = get_model(name)
    temperature = 0.06 if name == "sw" else 1.2
    common = {"model": name, **folders()}
    run_lmp(
        lmp_input("in.push_off"), {**common, "n": n, "seed": 3, "output": "a.data"}, cwd=tmp_path
    )
    start = read_configuration(tmp_path / "a.data", model)
    assert np.array_equal(np.bincount(start.species), model.composition(n))
    assert start.density == pytest.approx(model.density, rel=1e-12)
    run_lmp(
        lmp_input("in.equilibrate"),
        {
            **common,
            "temperature": temperature,
            "data": "a.data",
            "last_step": 300,
            "save_restart": "b.restart",
            "save_data": "b.data",
        },
        cwd=tmp_path,
    )
    printed = run_lmp(
        lmp_input("in.equilibrate"),
        {
            **common,
            "temperature": temperature,
            "start": "restart",
            "restart": "b.restart",
            "last_step": 400,
            "save_restart": "c.restart",
            "save_data": "c.data",
        },
        cwd=tmp_path,
    )
    assert "for 100 steps" in printed
    run_lmp(
        lmp_input("in.trajectory"),
        {
            **common,
            "temperature": temperature,
            "data": "c.data",
            "block": 50,
            "ratio": 1.5,
            "last_step": 100,
            "output": "run.dump",
            "save_restart": "d.restart",
        },
        cwd=tmp_path,
    )
    time_step = model.time_step_at(temperature)
    trajectory = read_trajectory(tmp_path / "run.dump", model, time_step=time_step)
    assert np.array_equal(trajectory.steps, frame_steps(50, 2, 1.5))
    printed = run_lmp(
        lmp_input("in.quench"),
        {**common, "data": "c.data", "output": "glass.dump"},
        cwd=tmp_path,
    )
    assert "Stopping criterion = force tolerance" in printed
    glass = read_configuration(tmp_path / "glass.dump", model)
    liquid = read_configuration(tmp_path / "c.data", model)
    assert evaluate(glass, model).energy < evaluate(liquid, model).energy
    assert evaluate(glass, model).max_force < 1e-5


def test_scripts_find_their_files_by_default_from_the_folder_above(tmp_path, liquid_of):
    model, liquid = get_model("ipl"), liquid_of("ipl")
    write_data(tmp_path / "liquid.data", liquid, model)
    above = lmp_input("in.quench").parent.parent
    run_lmp(
        Path("lmp_inputs") / "in.quench",
        {"data": tmp_path / "liquid.data", "output": tmp_path / "glass.dump"},
        cwd=above,
    )
    assert evaluate(read_configuration(tmp_path / "glass.dump", model), model).max_force < 1e-5


def test_plain_lammps_and_python_quench_to_the_same_structure(tmp_path, liquid_of):
    model, liquid = get_model("mblj"), liquid_of("mblj")
    write_data(tmp_path / "liquid.data", liquid, model)
    run_lmp(
        lmp_input("in.quench"),
        {"model": "mblj", **folders(), "data": "liquid.data", "output": "glass.dump"},
        cwd=tmp_path,
    )
    by_hand = read_configuration(tmp_path / "glass.dump", model)
    ours = quench(liquid, model)
    apart_nc = by_hand.positions_nc - ours.positions_nc
    apart_nc -= ours.box_c * np.rint(apart_nc / ours.box_c)
    assert np.abs(apart_nc).max() < 1e-6


def test_models_that_are_not_committed_get_files_of_their_own(tmp_path):
    wide = sticky_spheres(0.8, 1.3)
    found = script_variables(wide, tmp_path)
    assert found["inputs"] == found["potentials"] == tmp_path
    assert (tmp_path / f"model.{wide.name}").is_file()
    assert list(tmp_path.glob("*.table"))
    denser = replace(inverse_power_law(), density=0.9)
    assert "0.9" in Path(script_variables(denser, tmp_path)["inputs"], "model.ipl").read_text()


def test_three_species_in_units_of_their_own_reach_lammps(tmp_path):
    pair = get_model("ka").pair_potentials[0][0]
    species = tuple(
        Species(name, fraction=1 / 3, mass=mass)
        for name, mass in zip("ABC", (1.0, 2.5, 7.0), strict=True)
    )
    model = GlassModel(
        name="three",
        density=1.2,
        units="metal",
        species=species,
        pair_potentials=((pair,) * 3,) * 3,
    )
    assert "units            index metal" in model_include(model)
    start = random_start(model, 240, seed=3)
    with LammpsSession(variables=script_variables(model, tmp_path)) as lmp:
        write_data(tmp_path / "start.data", start, model)
        settings = {"data": tmp_path / "start.data", "max_iterations": 1, "write_output": "no"}
        lmp.run_file(lmp_input("in.quench"), settings)
        assert lmp.thermo("mass(all)") == pytest.approx(80 * (1.0 + 2.5 + 7.0))
        assert sorted(set(lmp.types())) == [1, 2, 3]


def test_pair_model_with_a_native_style_has_the_same_forces_in_a_table(tmp_path, liquid_of):
    model, liquid = get_model("mblj"), liquid_of("mblj")
    exact = evaluate(liquid, model)
    write_data(tmp_path / "liquid.data", liquid, model)
    with LammpsSession("none", pair_styles=["table"]) as lmp:
        variables = script_variables(model, tmp_path, "table")
        lmp.run_file(lmp_input("in.forces"), {**variables, "data": tmp_path / "liquid.data"})
        assert lmp.variable("model") == "mblj"
        lmp.command("run 0 post no")
        assert lmp.potential_energy() == pytest.approx(exact.energy, rel=1e-8)
        worst = np.abs(lmp.forces() - exact.forces_nc).max()
    assert 0.0 < worst < 1e-6 * exact.contact_force_rms
