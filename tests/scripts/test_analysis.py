"""The scripts to copy do on files what their first line says."""

import json
import re
import runpy
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lmpmeso.configurations import read_configuration, write_dump
from lmpmeso.landscape import short_run
from lmpmeso.models import get_model

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "data"
LIQUID = DATA / "ipl.liquid.dump.gz"
GLASS = json.loads((DATA / "reference.json").read_text())["ipl"]["glass"]
SCRIPTS = sorted((ROOT / "scripts" / "analysis").glob("*.py"))


@pytest.fixture
def printed(tmp_path, monkeypatch, capsys):
    """Run a script on a file in an empty folder: what it prints."""
    monkeypatch.chdir(tmp_path)

    def run(name, file):
        monkeypatch.setattr(sys, "argv", [name, str(file)])
        runpy.run_path(str(ROOT / "scripts" / "analysis" / name), run_name="__main__")
        return capsys.readouterr().out

    return run


def test_the_stiffness_of_a_glass_is_the_reference(printed):
    out = printed("stiffness_of_a_glass.py", LIQUID)
    mean, shear = (float(number) for number in re.findall(r"kappa ([\d.]+), G ([\d.]+)", out)[0])
    planes = GLASS["shear_modulus_planes"]
    assert mean == pytest.approx(GLASS["kappa_mean"], rel=1e-5)
    assert shear == pytest.approx(np.mean(list(planes.values())), rel=1e-5)
    assert all(f"G_{plane} {value:.6g}" in out for plane, value in planes.items())
    bonds, field = pd.read_csv("bonds.csv"), pd.read_csv("field.csv")
    assert len(bonds) == GLASS["n_pairs"]
    of_first = bonds[(bonds["i"] == 0) | (bonds["j"] == 0)]["kappa"]
    assert field["kappa"][0] == pytest.approx(of_first.mean(), rel=1e-12)


def test_the_relaxation_of_a_random_walk_is_known(printed, tmp_path):
    model, step, n_frames = get_model("ipl"), 0.05, 200
    liquid = read_configuration(LIQUID, model)
    rng = np.random.default_rng(1)
    walk_tnc = np.cumsum(rng.normal(0.0, step, (n_frames, liquid.n_particles, 3)), axis=0)
    frames = [
        liquid.with_positions(liquid.positions_nc + moved_nc, step=k)
        for k, moved_nc in enumerate(walk_tnc)
    ]
    write_dump(tmp_path / "walk.dump", frames)
    with pytest.warns(UserWarning, match="time step"):
        out = printed("relaxation_of_a_liquid.py", tmp_path / "walk.dump")
    tau, low, high = (float(number) for number in re.findall(r"[\d.]+", out))
    q = model.species[model.largest_species].q_max
    assert tau == pytest.approx(-np.log(0.2) / (0.5 * (q * step) ** 2) * model.time_step, rel=0.1)
    assert low < tau < high
    table = pd.read_csv("scattering.csv")
    expected = np.exp(-0.5 * (q * step) ** 2 * table["t"] / model.time_step)
    np.testing.assert_allclose(table["Fs"], expected, atol=0.03)


def test_the_field_for_ovito_holds_every_particle(printed):
    printed("field_for_ovito.py", LIQUID)
    lines = Path("field.xyz").read_text().splitlines()
    assert int(lines[0]) == len(lines) - 2 == 400
    assert re.search(r"Properties=\S*:kappa:R:1", lines[1])


def test_soft_modes_are_sorted_and_none_lies_below_the_softest_eigenvector(printed):
    printed("soft_modes_of_a_glass.py", LIQUID)
    table = pd.read_csv("modes.csv")
    assert table["stiffness"].is_monotonic_increasing
    assert table["stiffness"][0] >= GLASS["lowest_eigenvalues"][0] * (1 - 1e-9)
    assert table["participation_ratio"].between(1 / 400, 1).all()


def test_transitions_of_a_run_are_counted_once(printed, tmp_path):
    model = get_model("ipl")
    run = short_run(
        read_configuration(LIQUID, model), model, 0.8, duration=0.2, interval_steps=8, seed=1
    )
    write_dump(tmp_path / "run.dump", [run.configuration(k) for k in range(run.n_frames)])
    with pytest.warns(UserWarning, match="time step"):
        out = printed("transitions_of_a_run.py", tmp_path / "run.dump")
    assert int(out.split()[0]) == len(pd.read_csv("transitions.csv"))
    assert "in 0.2" in out


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_to_copy_is_short_and_says_what_comes_out(script):
    text = script.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 40
    assert text.startswith('"""')
    assert f"python {script.name} " in text


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_without_a_file_says_how_it_is_called(script, monkeypatch):
    monkeypatch.setattr(sys, "argv", [script.name])
    with pytest.raises(SystemExit, match=rf"python {script.name} \S+\.dump"):
        runpy.run_path(str(script), run_name="__main__")
