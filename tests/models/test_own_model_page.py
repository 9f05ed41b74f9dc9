"""The worked examples of docs/your-own-model.md, run as they stand there."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lmpmeso.cli import main
from lmpmeso.configurations import write_data
from lmpmeso.models import get_model, read_model
from lmpmeso.models.topology import read_topology
from lmpmeso.protocols import equilibrate, random_start

PAGE = (Path(__file__).parents[2] / "docs" / "your-own-model.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)


def commands(part: str) -> list[list[str]]:
    """The commands of the section that begins with a heading."""
    section = PAGE.split(f"\n## {part}\n")[1].split("\n## ")[0]
    found = re.findall(r"```console\n(.*?)```", section, flags=re.DOTALL)
    return [line.split()[1:] for block in found for line in block.strip().splitlines()]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_formula_from_the_check_to_kappa(folder, capsys):
    Path("r12.toml").write_text(blocks("toml")[0])
    model = read_model("r12.toml")
    Path("liquid").mkdir()
    for command in commands("A formula"):
        if command[0] == "equilibrate":  # a quarter of a minute: tests/cli/test_liquids.py has it
            write_data("liquid/liquid.data", random_start(model, 200, seed=1), model)
            continue
        assert main(command) == 0, capsys.readouterr().err
    assert Path("r12.png").stat().st_size > 10_000
    assert len(Path("kappa.csv").read_text().splitlines()) > 1000


def test_lammps_commands_to_kappa(folder, capsys):
    Path("silicon.toml").write_text(blocks("toml")[1])
    model = read_model("silicon.toml")
    write_data("melt.data", random_start(model, 64, seed=1), model)
    for command in commands("LAMMPS commands"):
        capsys.readouterr()
        assert main(command) == 0, capsys.readouterr().err
    found = json.loads(capsys.readouterr().out)
    assert found["units"] == "metal"
    assert found["pair_cutoffs"] == {"Si-Si": 3.0}
    assert 0 < found["hessian_error"] < 1e-4
    assert found["kappa_mean"] > 0


def test_chains_to_kappa_of_bonded_pairs(folder, capsys):
    exec(next(code for code in blocks("python") if "chains.data" in code), {})
    Path("chains.toml").write_text(blocks("toml")[2])
    model = read_model("chains.toml")
    Path("liquid").mkdir()
    for command in commands("Chains"):
        if command[-1] == "hot":
            continue
        if command[0] == "equilibrate":  # as above
            liquid = equilibrate(model, 1.0, duration=1.0, seed=1).configuration
            write_data("liquid/liquid.data", liquid, model)
            continue
        assert main(command) == 0, capsys.readouterr().err
    kappa = pd.read_csv("kappa.csv").groupby("bonded")["kappa"].mean()
    assert kappa[True] > 4.0 * kappa[False] > 0.0
    assert "of pairs that a bond joins" in capsys.readouterr().out
    np.testing.assert_array_equal(
        read_topology("glass.data").bonds_b3, read_topology("chains.data").bonds_b3
    )


def test_a_lammps_script_to_kappa(folder, capsys):
    Path("in.mine").write_text(blocks("lammps")[0])
    model = get_model("mblj")
    write_data("liquid.data", random_start(model, 120, seed=1), model)
    for command in commands("A LAMMPS script"):
        assert main(command) == 0, capsys.readouterr().err
    told = capsys.readouterr()
    assert "ignored: run" in told.err
    assert "mean κ" in told.out


def test_the_potential_in_python_and_one_that_is_wrong():
    code = next(code for code in blocks("python") if "Yukawa" in code)
    scope = {"__name__": "page"}
    exec(code, scope)
    assert get_model("yukawa") is scope["model"]
    r = np.array([0.9, 1.5, 2.5])
    phi, slope, _ = scope["potential"].derivatives(r)
    assert phi[-1] == slope[-1] == 0.0
    with pytest.raises(ValueError, match="φ″ is not the derivative of φ′"):
        exec(code.replace("2 * k / x**2", "2.5 * k / x**2"), scope)
