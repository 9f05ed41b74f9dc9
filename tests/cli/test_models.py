"""``lmpmeso models`` with a model file: what is written, shown, checked and refused."""

import json

import pytest

from lmpmeso.cli import main
from lmpmeso.lammps.session import LammpsSession
from lmpmeso.models import read_model
from tests.models.own_models import IPL, METAL, written


def test_a_new_file_is_a_model_and_nothing_is_overwritten(tmp_path, capsys):
    path = tmp_path / "mine.toml"
    assert main(["models", "--new", str(path)]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "--check" in err
    assert read_model(path).name == "mine"
    path.write_text("mine")
    assert main(["models", "--new", str(path)]) == 2
    assert path.read_text() == "mine"
    assert "is there already" in capsys.readouterr().err
    assert main(["models", "--new", str(tmp_path / "mine.txt")]) == 2
    assert "ends in .toml" in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["mine.toml"]


def test_a_model_file_is_shown_as_text_and_as_json(tmp_path, capsys):
    path = str(written(tmp_path, METAL, "argon"))
    assert main(["models", path]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("argon: argon\n")
    for words in (
        "metal: lengths Å, times ps, masses g/mol, energies eV, temperatures K",
        "mass 39.948",
        "φ(r) = 4*eps*",
        "φ, φ′ and φ″ vanish at the cut-off",
        "eps = 0.0103236",
        "sig = 3.405",
    ):
        assert words in shown
    assert main(["models", path, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["units"], told["species"][0]["mass"]) == ("metal", 39.948)
    assert told["pair_potentials"][0]["constants"] == {"eps": 0.0103236, "sig": 3.405}


def test_faults_are_told_with_their_lines_and_exit_status_two(tmp_path, capsys):
    text = IPL.replace("density", "dnsity").replace("shift =", "shfit =")
    assert main(["models", str(written(tmp_path, text)), "--json"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "has 3 faults" in err
    assert 'line 1: dnsity: unknown key; did you mean "density"?' in err
    assert 'line 16: pair.shfit: unknown key; did you mean "shift"?' in err


@pytest.mark.parametrize(
    "arguments",
    [
        ["none.toml"],
        ["none.toml", "--check"],
        ["--check"],
        ["--plot", "a.png"],
        ["--inputs", "in"],
        ["mine"],
    ],
)
def test_bad_input_is_exit_status_two_and_one_sentence(arguments, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["models", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("lmpmeso: error: ") or "error: " in err
    assert list(tmp_path.iterdir()) == []


def test_a_check_that_passes_is_a_table_and_json(tmp_path, capsys):
    path = str(written(tmp_path, IPL))
    assert main(["models", path, "--check", "--json"]) == 0
    checks = json.loads(capsys.readouterr().out)["checks"]
    assert all(check["passed"] for check in checks)
    assert "Hessian against differences of forces" in [check["what"] for check in checks]


def test_what_has_no_limit_is_told_and_passes_nothing(tmp_path, monkeypatch, capsys):
    from lmpmeso.hessians import model_check

    checks = [model_check.Check("energy", 1e-12, 1e-9), model_check.Check("jump of φ″", 2.0, None)]
    monkeypatch.setattr(model_check, "check_model", lambda model: checks)
    assert main(["models", str(written(tmp_path, IPL)), "--check"]) == 0
    energy, jump = capsys.readouterr().out.splitlines()[-2:]
    assert energy.split() == ["energy", "1.0e-12", "1e-09", "passed"]
    assert jump.split() == ["jump", "of", "φ″", "2.0e+00"]


def test_a_check_that_fails_is_an_error_that_names_it(tmp_path, monkeypatch, capsys):
    from lmpmeso.hessians import model_check

    path = str(written(tmp_path, IPL))
    monkeypatch.setattr(model_check, "HESSIAN_AGREES", 0.0)
    assert main(["models", path, "--check"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "has failed 1 of " in err
    assert "Hessian against differences of forces" in err
    assert "FAILED" in err


def test_pictures_tables_and_inputs_are_written_where_they_were_asked_for(tmp_path, capsys):
    path = str(written(tmp_path, METAL, "argon"))
    picture, inputs, tables = (tmp_path / name for name in ("phi.png", "in", "tables"))
    asked = ["--plot", str(picture), "--inputs", str(inputs), "--table", str(tables)]
    assert main(["models", path, *asked]) == 0
    assert picture.read_bytes()[:4] == b"\x89PNG"
    assert sorted(p.name for p in inputs.iterdir()) == ["argon.table", "model.argon", "pair.argon"]
    assert [p.name for p in tables.iterdir()] == ["argon.table"]
    assert "# UNITS: metal" in (tables / "argon.table").read_text()
    assert capsys.readouterr().err.count("wrote ") == 5


def test_written_inputs_make_a_liquid_and_a_glass_in_the_models_units(tmp_path):
    from lmpmeso.configurations import read_configuration
    from lmpmeso.files.package_data import lmp_input
    from lmpmeso.hessians import evaluate

    path = str(written(tmp_path, METAL, "argon"))
    assert main(["models", path, "--inputs", str(tmp_path / "in")]) == 0
    folders = {"model": "argon", "inputs": tmp_path / "in", "potentials": tmp_path / "in"}
    start, liquid, glass = (tmp_path / name for name in ("a.data", "b.data", "c.dump"))
    with LammpsSession("none", variables={**folders, "n": 150, "output": start}) as lmp:
        lmp.run_file(lmp_input("in.push_off"))
    settings = {"data": start, "temperature": 90.0, "last_step": 200, "save_data": liquid}
    settings["save_restart"] = tmp_path / "b.restart"
    with LammpsSession("none", variables={**folders, **settings}) as lmp:
        lmp.run_file(lmp_input("in.equilibrate"))
        assert lmp.thermo("mass(all)") == pytest.approx(150 * 39.948)
        assert 50.0 < lmp.thermo("temp") < 140.0
        assert lmp.thermo("dt") == 0.001
        table = lmp.thermo_table()
        drift = table["Econserve"].iloc[2:].to_numpy()
        assert abs(drift - drift.mean()).max() < 1e-3 * 1.5 * 8.617e-5 * 90.0 * 10
    settings = {"data": liquid, "output": glass, "max_iterations": 300}
    with LammpsSession("none", variables={**folders, **settings}) as lmp:
        lmp.run_file(lmp_input("in.quench"))
    model = read_model(path)
    before, after = (evaluate(read_configuration(p, model), model) for p in (liquid, glass))
    assert after.energy < before.energy
    assert after.max_force < 0.1 * before.max_force


TWO_METALS = """\
density = 0.0556
units = "metal"
[[species]]
name = "Cu"
mass = 63.5
[[species]]
name = "Zr"
mass = 91.2
[lammps]
commands = ["pair_style STYLE", "pair_coeff * * FILE"]
"""


@pytest.mark.parametrize(
    ("style", "file", "words"),
    [
        ("lj/nonsense 2.5", "1 1", "has no pair style 'lj/nonsense'"),
        ("eam/fs", "nowhere.eam.fs Cu Zr", "no potential file 'nowhere.eam.fs' in "),
        ("eam/fs", "CuZr_mm.eam.fs Cu", "gives the types Cu, but there are 2 species (Cu, Zr)"),
        ("eam/fs", "CuZr_mm.eam.fs Zr Cu", "the species are Cu, Zr: one order for both"),
        ("eam/fs", "CuZr_mm.eam.fs Cu Ni", "CuZr_mm.eam.fs Cu Ni' gives the types"),
        ("tersoff", "Si.tersoff Cu Zr", "missing an entry for: Cu Cu Cu"),
    ],
)
def test_commands_that_cannot_be_are_told_before_anything_is_read(
    style, file, words, tmp_path, capsys
):
    path = tmp_path / "mine.toml"
    path.write_text(TWO_METALS.replace("STYLE", style).replace("FILE", file))
    assert main(["quench", "no.dump", "--model", str(path), "-o", "x.dump"]) == 2
    told = capsys.readouterr().err
    assert words in told
    assert "/lmpmeso-" not in told  # no place where files are put for LAMMPS


def test_a_campaign_of_a_model_that_lammps_refuses_does_not_begin(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.toml").write_text(
        TWO_METALS.replace("STYLE", "lj/nonsense 2.5").replace("FILE", "1 1")
    )
    (tmp_path / "own.toml").write_text(
        'name = "own"\n[[liquids]]\nmodel = "mine.toml"\nn_particles = 100\ntemperatures = [900.0]\nq = 2.8\n'
        "[equilibration]\nmax_t0 = 200.0\n"
    )
    assert main(["run", "own.toml", "-o", "out"]) == 2
    assert "LAMMPS refuses the commands of model 'mine'" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
