"""The scripts to copy do on files what their first line says."""

import json
import re
import runpy
import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lmpmeso.configurations import read_configuration, write_dump, write_extxyz
from lmpmeso.elasticity import analyse
from lmpmeso.errors import LmpmesoError
from lmpmeso.landscape import short_run
from lmpmeso.models import get_model

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "data"
LIQUID, GLASS_FILE = DATA / "ipl.liquid.dump.gz", DATA / "ipl.glass.dump.gz"
GLASS = json.loads((DATA / "reference.json").read_text())["ipl"]["glass"]
SCRIPTS = sorted((ROOT / "scripts" / "analysis").glob("*.py"))


@pytest.fixture
def printed(tmp_path, monkeypatch, capsys):
    """Run a script in an empty folder: what it prints."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)

    def run(name, *arguments):
        monkeypatch.setattr(sys, "argv", [name, *map(str, arguments)])
        runpy.run_path(str(ROOT / "scripts" / "analysis" / name), run_name="__main__")
        return capsys.readouterr().out

    return run


def test_the_stiffness_of_a_glass_is_the_reference(printed):
    out = printed("stiffness_of_a_glass.py", LIQUID)
    mean, shear = map(float, re.findall(r"(?:kappa|G) ([\d.]+) ε/σ", out))
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
        out = printed("relaxation_of_a_liquid.py", tmp_path / "walk.dump", "--model", "ipl")
    tau, low, high, level = (float(number) for number in re.findall(r"[\d.]+", out)[:4])
    assert level == 90
    q = model.species[model.largest_species].q_max
    assert tau == pytest.approx(-np.log(0.2) / (0.5 * (q * step) ** 2) * model.time_step, rel=0.1)
    assert low < tau < high
    assert Path("scattering.png").stat().st_size > 0
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


def test_mobility_is_measured_beside_kappa(printed):
    few = ("--temperature", 0.5, "--duration", 0.1, "--runs", 2, "--processes", 1)
    out = printed("mobility_and_kappa.py", GLASS_FILE, *few)
    assert -1.0 <= float(out.split()[-1]) <= 1.0
    table = pd.read_csv("mobility.csv")
    assert list(table.columns) == ["id", "kappa", "displacement"]
    assert len(table) == 400
    assert (table["displacement"] > 0).all()


def test_kappa_of_many_glasses_is_their_mean(printed):
    out = printed("kappa_of_many_glasses.py", GLASS_FILE, GLASS_FILE, "--processes", 1)
    assert "of 2 glasses" in out
    assert float(out.split()[5]) == pytest.approx(GLASS["kappa_mean"], rel=1e-3)
    table = pd.read_csv("distribution.csv")
    width = table["kappa_high_edge"] - table["kappa_low_edge"]
    assert (table["density"] * width).sum() == pytest.approx(1.0)
    assert Path("distribution.png").stat().st_size > 0


def test_a_glass_goes_through_ase_and_back(printed, tmp_path):
    ase_io = pytest.importorskip("ase.io")
    model = get_model("ipl")
    write_extxyz(tmp_path / "glass.xyz", read_configuration(GLASS_FILE, model), model)
    out = printed("stiffness_through_ase.py", tmp_path / "glass.xyz")
    assert float(out.split()[-1]) == pytest.approx(
        analyse(GLASS_FILE, model).field.mean(), rel=1e-5
    )
    assert len(ase_io.read("field.xyz").arrays["kappa"]) == 400


def test_eq3_of_tables_that_obey_it_gives_its_parameters(printed, tmp_path):
    model = get_model("ipl")
    temperature = np.array([1.0, 0.8, 0.7, 0.6])
    kappa = np.array([24.0, 25.0, 26.0, 28.0])
    reduced = 0.1 * np.exp(0.4**2 * kappa * model.a0**2 / temperature)
    points = pd.DataFrame(
        {
            "model": "ipl",
            "status": "done",
            "excluded": ["", "", "", ""],
            "temperature [energy]": temperature,
            "a0 [length]": model.a0,
            "kappa [energy/length^2]": kappa,
            "kappa_low [energy/length^2]": kappa - 1.0,
            "kappa_high [energy/length^2]": kappa + 1.0,
            "tau_alpha [time]": reduced * model.t0(1.0) / np.sqrt(temperature),
            "tau_alpha_over_t0": reduced,
            "tau_alpha_over_t0_low": 0.9 * reduced,
            "tau_alpha_over_t0_high": 1.1 * reduced,
        }
    )
    points.to_csv(tmp_path / "state-points.csv", index=False)
    out = printed("eq3_of_a_campaign.py", tmp_path, "--from", 0.5)
    time, length = (float(line.split()[1]) for line in out.splitlines())
    assert time == pytest.approx(0.1, rel=1e-3)
    assert length == pytest.approx(0.4, rel=1e-3)
    assert Path("eq3.png").stat().st_size > 0


def test_a_campaign_is_run_from_a_script(printed, finished, tmp_path):
    folder = tmp_path / "study"
    shutil.copytree(finished, folder)
    out = printed("campaign_on_slurm.py", folder, "-o", folder, "--engine", "serial")
    assert "complete" in out.splitlines()[0]
    assert "kappa" in out.splitlines()[1]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_to_copy_is_short_and_says_how_it_is_called(script, monkeypatch, capsys):
    assert len(script.read_text(encoding="utf-8").splitlines()) < 50
    monkeypatch.setattr(sys, "argv", [script.name, "--help"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(script), run_name="__main__")
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert f"python {script.name} " in told
    assert told.startswith("usage:")


def test_every_script_to_copy_is_listed():
    listed = (ROOT / "scripts" / "README.md").read_text(encoding="utf-8")
    assert [script.name for script in SCRIPTS if f"`{script.name}`" not in listed] == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_missing_file_is_told_in_one_line(script, printed, capsys):
    more = {
        "mobility_and_kappa": ["--temperature", "1", "--duration", "1"],
        "transitions_of_a_run": ["--temperature", "1"],
    }
    with pytest.raises((LmpmesoError, OSError)) as caught:
        printed(script.name, "not-there", *more.get(script.stem, []))
    sys.excepthook(caught.type, caught.value, caught.tb)
    assert re.fullmatch(r"error: .*not-there.*\n", capsys.readouterr().err)


def test_eq3_of_a_campaign_with_nothing_finished_says_so(printed, tmp_path):
    heads = "model,n_particles,temperature [energy],status,reason,excluded"
    (tmp_path / "state-points.csv").write_text(f"{heads}\nipl,64,1.5,waiting,not begun,\n")
    with pytest.raises(SystemExit, match="no state point of ipl is finished"):
        printed("eq3_of_a_campaign.py", tmp_path)
