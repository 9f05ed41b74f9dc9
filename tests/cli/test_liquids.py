"""The commands that make liquids: equilibrate and trajectory."""

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lmpmeso.cli import equilibrate, main
from lmpmeso.configurations import read_configuration, read_trajectory
from lmpmeso.models import get_model
from lmpmeso.study.progress import Progress
from lmpmeso.swaps import Swaps

MODEL = get_model("ipl")
EQUILIBRATE = ["equilibrate", "--model", "ipl", "--temperature", "2", "-n", "150", "--stretch", "3"]
TRAJECTORY = ["--model", "ipl", "--temperature", "2", "--duration", "2", "--block", "0.5"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with an equilibrated liquid."""
    folder = tmp_path_factory.mktemp("made")
    assert main([*EQUILIBRATE, "-o", str(folder / "liquid")]) == 0
    return folder


@pytest.fixture(scope="module")
def liquid(made):
    return str(made / "liquid" / "liquid.data")


@pytest.mark.parametrize(
    ("swap", "command"),
    [
        (
            [],
            "lmpmeso trajectory hot/liquid.data --model M --temperature 2 --duration 60 -o hot-run",
        ),
        (["--swap"], "lmpmeso quench hot/liquid.data --model M -o hot/glass.dump"),
    ],
)
def test_what_to_type_next_after_swaps_is_no_run_as_long_as_their_relaxation_time(swap, command):
    words = ["--model", "M", "--temperature", "2", "-o", "hot", *swap]
    parser = argparse.ArgumentParser()
    equilibrate.add_arguments(parser)
    path = Path("hot") / "liquid.data"
    assert equilibrate.next_command(parser.parse_args(words), path, tau=3.0) == command


def test_options_of_swaps_begin_with_those_of_the_library():
    parser = argparse.ArgumentParser()
    equilibrate.add_arguments(parser)
    given = parser.parse_args(["--model", "M", "--temperature", "2", "-o", "hot"])
    assert Swaps(given.swap_every, given.swaps) == Swaps()
    assert f"(default: {Swaps().every})" in " ".join(parser.format_help().split())


@pytest.mark.parametrize(
    ("swap", "told"),
    [
        ([], "poly-swap, N = 80, T = 0.3: MD, from a random start, until it is in equilibrium"),
        (["--swap"], "T = 0.3: MD with 320 attempts to swap every 50 steps, from a random start"),
    ],
)
def test_equilibrate_says_what_it_does_and_how_far_it_is(swap, told, tmp_path, monkeypatch, capsys):
    heard = []
    update = Progress.update

    def listen(self, stage, done, total):
        heard.append((done, total))
        update(self, stage, done, total)

    monkeypatch.setattr(Progress, "update", listen)
    common = ["equilibrate", "--model", "poly-swap", "--temperature", "0.3", "-n", "80"]
    assert main([*common, *swap, "--stretch", "1", "-o", str(tmp_path)]) == 0
    assert told in capsys.readouterr().err.splitlines()[0]
    assert heard[0][0] == 0
    if swap:
        first = [done for done, total in heard if total == heard[0][1]]
        assert first == sorted(first)
        # A stretch of so few particles is one chunk, in which nobody would hear anything.
        assert len(first) > 20


def test_equilibrate_writes_a_liquid_and_reports_it(made, liquid, capsys):
    assert main([*EQUILIBRATE, "-o", str(made / "liquid"), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["equilibrated"]
    assert report["configuration"] == liquid
    assert report["tau_alpha_low"] < report["tau_alpha"] < report["tau_alpha_high"]
    assert report["tau_alpha_over_t0"] == pytest.approx(report["tau_alpha"] / MODEL.t0(2.0))
    end = read_configuration(liquid, MODEL)
    assert end.n_particles == report["n_particles"] == 150
    assert end.velocities_nc is not None
    stored = json.loads((made / "liquid" / "equilibrium.json").read_text())
    assert stored["reason"] == report["reason"]
    assert (made / "liquid" / "equilibrium.png").read_bytes().startswith(b"\x89PNG")


def test_equilibrate_shows_a_person_every_stretch_and_the_next_command(made, liquid, capsys):
    assert main([*EQUILIBRATE, "-o", str(made / "liquid")]) == 0
    shown = capsys.readouterr()
    assert "in equilibrium after" in shown.out
    assert shown.out.count("\n") >= 5
    assert shown.out.splitlines()[1].endswith("the first")
    assert f"next:\n  lmpmeso trajectory {liquid} --model ipl --temperature 2" in shown.err


def test_liquid_that_is_not_in_equilibrium_is_an_error_with_its_evidence(made, tmp_path, capsys):
    command = ["equilibrate", "--model", "ipl", "--temperature", "0.5", "--max-duration", "170"]
    command += ["--from", str(made / "liquid" / "liquid.data"), "--max-duration", "90"]
    # One stretch of 50 t0 fits, the next one, twice as long, does not.
    assert main([*command, "-o", str(tmp_path)]) == 1
    told = capsys.readouterr().err
    assert "not in equilibrium: max_duration = 90 is reached" in told
    assert "equilibrium.json" in told
    assert not json.loads((tmp_path / "equilibrium.json").read_text())["equilibrated"]
    assert not (tmp_path / "liquid.data").exists()


def test_trajectory_is_recorded_and_found_again(made, liquid, capsys):
    folder = made / "run"
    command = ["trajectory", liquid, *TRAJECTORY, "-o", str(folder), "--record-every", "20"]
    assert main([*command, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    trajectory = read_trajectory(report["trajectory"], MODEL)
    assert trajectory.n_frames == report["n_frames"]
    assert trajectory.steps[-1] == report["steps"] == 800
    assert report["duration"] == pytest.approx(2.0)
    # 2 time units are less than 3 t0: too short for a drift, so that nothing is known of it.
    assert report["energy_drift"] is None
    assert report["energy_conserved"] is None
    record = pd.read_csv(folder / "record.csv")
    assert report["potential_energy"] == record["potential_energy"].mean()
    end = read_configuration(folder / "end.data", MODEL)
    np.testing.assert_allclose(trajectory.positions_tnc[-1], end.unwrapped_positions(), atol=1e-13)
    assert {path.name for path in folder.iterdir()} == {
        "trajectory.nc",
        "trajectory.json",
        "record.csv",
        "SHA256SUMS",
        "end.data",
    }
    assert main(command) == 0
    shown = capsys.readouterr()
    assert "finished already" in shown.err
    assert "lmpmeso dynamics" in shown.err
    assert main([*command, "--ratio", "1.5"]) == 2
    assert "holds another trajectory" in capsys.readouterr().err


def test_a_block_longer_than_the_run_is_refused(liquid, tmp_path, capsys):
    command = ["trajectory", liquid, *TRAJECTORY, "-o", str(tmp_path / "run"), "--block", "3"]
    assert main(command) == 2
    assert "a block of 3 is longer than the run of 2" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_an_interrupted_run_is_told_to_go_on_and_does(liquid, tmp_path, monkeypatch, capsys):
    command = ["trajectory", liquid, *TRAJECTORY, "-o", str(tmp_path / "run")]
    update = Progress.update

    def interrupt_at_the_first_checkpoint(self, stage, done, total):
        update(self, stage, done, total)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Progress, "update", interrupt_at_the_first_checkpoint)
        assert main(command) == 130
    assert "the same command goes on from its last checkpoint" in capsys.readouterr().err
    assert not (tmp_path / "run" / "trajectory.nc").exists()
    assert main(command) == 0
    assert read_trajectory(tmp_path / "run" / "trajectory.nc", MODEL).steps[-1] == 800


def test_trajectory_comes_as_a_lammps_dump_where_asked_for(liquid, tmp_path):
    command = ["trajectory", liquid, *TRAJECTORY, "-o", str(tmp_path), "--format", "dump"]
    assert main([*command, "--seed", "3"]) == 0
    text = (tmp_path / "trajectory.dump").read_text()
    assert "ITEM: ATOMS id type xu yu zu" in text


@pytest.mark.parametrize("option", [["--temperature", "-1"], ["--duration", "nan"]])
def test_impossible_numbers_are_bad_usage(option, tmp_path):
    with pytest.raises(SystemExit) as exit_:
        main(["trajectory", "x", "--model", "ipl", *TRAJECTORY, *option, "-o", str(tmp_path)])
    assert exit_.value.code == 2
