"""The commands ``landscape`` and ``propensity``."""

import argparse
import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lmpmeso.cli import main
from lmpmeso.cli.independent_frames import last_frames
from lmpmeso.cli.landscape import bound_in_words
from lmpmeso.configurations import (
    Trajectory,
    write_configurations,
    write_data,
    write_trajectory,
)
from lmpmeso.models import get_model
from lmpmeso.protocols import random_start
from tests.liquids import equilibrated


@pytest.fixture(scope="module")
def liquids(tmp_path_factory):
    """Two frames of a small liquid, without velocities."""
    path = tmp_path_factory.mktemp("liquids") / "liquids.nc"
    run = equilibrated("mblj").configuration
    frames = [run, run.with_positions(run.positions_nc + 0.01, step=1)]
    write_configurations(path, frames)
    return path


def read(text):
    return json.loads(text)


def test_landscape_reports_a_rate_and_goes_on_where_it_was(liquids, tmp_path, capsys):
    folder = tmp_path / "landscape"
    command = ["landscape", str(liquids), "--model", "mblj", "--temperature", "1.0"]
    command += ["-o", str(folder), "--accelerator", "none", "--json", "--duration"]
    assert main([*command, "0.2"]) == 0
    short = read(capsys.readouterr().out)
    assert short["n_trajectories"] == 2
    assert short["n_quenches"] == 2 * (short["duration"] / short["interval"] + 1)
    assert short["rate"] >= 0
    assert short["convergence"]
    shards = {path: path.stat().st_mtime_ns for path in folder.rglob("structures-*.nc")}
    assert main([*command, "0.3"]) == 0
    longer = read(capsys.readouterr().out)
    assert longer["n_quenches"] > short["n_quenches"]
    assert all(path.stat().st_mtime_ns == written for path, written in shards.items())
    table = pd.read_csv(folder / "landscape-energies.csv")
    assert table.groupby("trajectory").size().tolist() == [longer["n_quenches"] / 2] * 2
    assert {path.name for path in folder.iterdir() if path.is_file()} == {
        "landscape.csv",
        "landscape-energies.csv",
        "landscape-intervals.csv",
        "landscape-thresholds.csv",
        "landscape-transitions.csv",
        "SHA256SUMS",
        "landscape.json",
        "landscape.png",
        "parameters.json",
    }
    assert len(pd.read_csv(folder / "landscape-transitions.csv")) == longer["n_transitions"]
    (row,) = pd.read_csv(folder / "landscape.csv").to_dict("records")
    assert row["transition_rate_reduced"] == longer["rate"]


def test_frames_of_a_log_spaced_trajectory_are_taken_only_at_a_spacing(tmp_path, capsys):
    run = equilibrated("mblj").configuration
    steps = [0, 100, 102, 106, 120, 200, 202, 206, 220, 300]
    step = get_model("mblj").time_step
    path = tmp_path / "trajectory.nc"
    write_trajectory(
        path,
        Trajectory(
            positions_tnc=np.array([run.positions_nc + 1e-3 * s for s in steps]),
            steps=np.array(steps),
            time_step=step,
            species=run.species,
            box_c=run.box_c,
            ids=run.ids,
        ),
    )
    command = ["landscape", str(path), "--model", "mblj", "--temperature", "1.0", "--json"]
    command += ["-o", str(tmp_path / "out"), "--accelerator", "none", "--duration", "0.05"]
    assert main(command) == 2
    assert "2 to 100 MD steps apart" in capsys.readouterr().err
    assert main([*command, "--trajectories", "2", "--spacing", f"{100 * step}"]) == 0
    assert read(capsys.readouterr().out)["n_trajectories"] == 2
    arguments = argparse.Namespace(file=str(path), spacing=100 * step, frames=None, steps=None)
    model = get_model("mblj")
    assert [f.step for f in last_frames(arguments, model, None)] == [300, 200, 100, 0]
    assert [f.step for f in last_frames(arguments, model, 3)] == [300, 200, 100]
    arguments.spacing = 90 * step
    assert [f.step for f in last_frames(arguments, model, None)] == [300, 206, 106, 0]


def test_a_rate_at_its_bound_is_said_to_be_unresolved():
    report = {"rate": 20.0, "rate_bound": 25.0}
    assert "80% of neighbouring frames differ" in bound_in_words(report)
    assert "--time-step" in bound_in_words(report)
    assert bound_in_words({"rate": 1.0, "rate_bound": 25.0}) == "25"


def moving_frames(path, shift, *, images=True):
    """Three frames of one liquid, displaced at random by a shift a coordinate."""
    run = equilibrated("mblj").configuration
    moved = np.random.default_rng(0).normal(0.0, shift, (3, *run.positions_nc.shape)).cumsum(axis=0)
    frames = [run.with_positions(run.positions_nc + x, step=k) for k, x in enumerate(moved)]
    flags = np.zeros(run.positions_nc.shape, dtype=int) if images else None
    write_configurations(path, [replace(frame, images_nc=flags) for frame in frames])
    return argparse.Namespace(file=str(path), spacing=None, frames=None, steps=None)


def test_frames_less_than_a_relaxation_time_apart_are_called_dependent(tmp_path, capsys):
    model = get_model("mblj")
    shift = 0.1
    last_frames(moving_frames(tmp_path / "near.nc", shift), model, None)
    told = capsys.readouterr().err
    expected = np.exp(-((model.species[0].q_max * shift) ** 2) / 2)
    assert float(re.search(r"is (0\.\d\d) on average", told)[1]) == pytest.approx(
        expected, abs=0.03
    )
    assert "--spacing" in told
    last_frames(moving_frames(tmp_path / "far.nc", 0.5), model, None)
    assert "independent" not in capsys.readouterr().err


def test_frames_without_image_flags_are_said_to_be_unchecked(tmp_path, capsys):
    arguments = moving_frames(tmp_path / "wrapped.nc", 0.1, images=False)
    last_frames(arguments, get_model("mblj"), None)
    assert "no image flags" in capsys.readouterr().err


def test_more_trajectories_are_added_to_those_that_are_there(liquids, tmp_path, capsys):
    command = ["landscape", str(liquids), "--model", "mblj", "--temperature", "1.0", "--json"]
    command += ["--duration", "0.05", "-o", str(tmp_path), "--accelerator", "none"]
    assert main([*command, "--trajectories", "1"]) == 0
    shards = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("structures-*.nc")}
    assert main([*command, "--trajectories", "2"]) == 0
    assert all(path.stat().st_mtime_ns == written for path, written in shards.items())
    capsys.readouterr()


def test_a_data_file_is_a_single_start(tmp_path, capsys):
    path = tmp_path / "liquid.data"
    write_data(path, equilibrated("mblj").configuration, get_model("mblj"))
    command = ["landscape", str(path), "--model", "mblj", "--temperature", "1.0", "--json"]
    command += ["--duration", "0.05", "-o", str(tmp_path / "out"), "--accelerator", "none"]
    assert main(command) == 0
    assert read(capsys.readouterr().out)["n_trajectories"] == 1


def test_landscape_tells_a_person_what_it_found(liquids, tmp_path, capsys):
    command = ["landscape", str(liquids), "--model", "mblj", "--temperature", "1.0"]
    command += ["--search", "bisection", "--trajectories", "1", "--duration", "0.1"]
    assert main([*command, "-o", str(tmp_path), "--accelerator", "none"]) == 0
    words = capsys.readouterr()
    assert "Γ t_ballistic N0/N" in words.out
    assert "no interval: 1 trajectory" in words.out
    assert "bound of the interval" in words.out
    assert "quenches: 100 %" in words.err


@pytest.mark.filterwarnings("ignore::lmpmeso.errors.EnsembleTemperatureWarning")
def test_propensity_correlates_with_kappa_and_adds_runs(liquids, tmp_path, capsys):
    folder = tmp_path / "propensity"
    command = ["propensity", str(liquids), "--model", "mblj", "--temperature", "1.0"]
    command += ["--time", "0.05", "-o", str(folder), "--accelerator", "none", "--json", "--runs"]
    assert main([*command, "2"]) == 0
    few = read(capsys.readouterr().out)
    assert few["n_configurations"] == 2
    assert few["start"] == "inherent"
    assert few["displacement_from"] == "inherent structure"
    assert set(few["spearman_by_species"]) == {"A", "B"}
    assert -1 <= few["spearman"] <= 1
    runs = {path: path.stat().st_mtime_ns for path in folder.rglob("runs-*.nc")}
    assert main([*command, "3"]) == 0
    more = read(capsys.readouterr().out)
    assert more["n_runs"] == 3
    assert more["relative_error"] != few["relative_error"]
    assert all(path.stat().st_mtime_ns == written for path, written in runs.items())
    table = pd.read_csv(folder / "particles.csv")
    assert table["population"].value_counts().to_dict() == {"mobile": 10, "immobile": 10}
    assert (folder / "propensity.png").is_file()
    assert not (folder / "local-stiffness.csv").exists()
    assert main([*command, "3", "--local-stiffness", "harmonic", "debye-waller"]) == 0
    compared = read(capsys.readouterr().out)["local_stiffness"]
    assert [row["local_stiffness"] for row in compared] == [
        "arithmetic",
        "harmonic",
        "debye-waller",
    ]
    assert compared[0]["spearman"] == more["spearman"]
    assert len(pd.read_csv(folder / "local-stiffness.csv")) == 3
    assert main([*command, "3", "--local-stiffness", "median"]) == 2
    assert "'median' is none of" in capsys.readouterr().err


@pytest.mark.filterwarnings("ignore::lmpmeso.errors.EnsembleTemperatureWarning")
def test_propensity_tells_a_person_what_it_found(liquids, tmp_path, capsys):
    command = ["propensity", str(liquids), "--model", "mblj", "--temperature", "1.0"]
    command += ["--time", "0.02", "--runs", "2", "--configurations", "1", "--start", "liquid"]
    command += ["--from-start", "--neighbour-relative", "--accelerator", "none"]
    assert main([*command, "-o", str(tmp_path)]) == 0
    assert "C_s" in capsys.readouterr().out


@pytest.mark.filterwarnings("ignore::lmpmeso.errors.EnsembleTemperatureWarning")
def test_propensity_of_one_run_has_no_error(liquids, tmp_path, capsys):
    command = ["propensity", str(liquids), "--model", "mblj", "--temperature", "1.0"]
    command += ["--time", "0.02", "--runs", "1", "--configurations", "1", "--accelerator", "none"]
    assert main([*command, "-o", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert "not known from one run" in told
    assert "nan" not in told


@pytest.mark.filterwarnings("ignore::lmpmeso.errors.EnsembleTemperatureWarning")
def test_propensity_refuses_a_system_too_small_for_its_extremes_at_once(tmp_path, capsys):
    path, folder = tmp_path / "small.nc", tmp_path / "propensity"
    small = random_start(get_model("ipl"), 64, seed=1)
    write_configurations(path, [small.with_positions(small.positions_nc, step=k) for k in (0, 1)])
    command = ["propensity", str(path), "--model", "ipl", "--temperature", "1.5", "--time", "0.02"]
    command += ["--runs", "2", "-o", str(folder), "--accelerator", "none"]
    assert main(command) == 1
    assert "take a larger system" in capsys.readouterr().err
    assert [made.name for made in folder.glob("configuration-*")] == ["configuration-000"]


def test_bad_requests_end_with_status_2(liquids, tmp_path, capsys):
    common = [str(liquids), "--model", "mblj", "--temperature", "1.0"]
    assert main(["propensity", *common, "--time", "1", "--from-start", "-o", str(tmp_path)]) == 2
    assert "--from-start needs --start liquid" in capsys.readouterr().err
    assert main(["landscape", *common, "-o", str(liquids)]) == 2
    assert "is a file; name a folder" in capsys.readouterr().err
    main(["landscape", *common, "--duration", "0.05", "-o", str(tmp_path), "--accelerator", "none"])
    other = ["--duration", "0.05", "--seed", "7", "-o", str(tmp_path), "--accelerator", "none"]
    capsys.readouterr()
    assert main(["landscape", *common, *other]) == 2
    assert "seed is 0 there and 7 here" in capsys.readouterr().err


def test_minimisers_are_compared_in_the_same_frames(liquids, tmp_path, capsys):
    folder = tmp_path / "compared"
    command = ["landscape", str(liquids), "--model", "mblj", "--temperature", "1.0"]
    command += ["-o", str(folder), "--accelerator", "none", "--duration", "0.1", "--json"]
    assert main([*command, "--compare", "cg,steepest"]) == 0
    cg, steepest = read(capsys.readouterr().out)["minimizers"]
    assert (cg["minimizer"], steepest["minimizer"]) == ("cg", "steepest")
    assert cg["n_frames"] == steepest["n_frames"] == steepest["n_true"] >= cg["n_true"]
    table = pd.read_csv(folder / "landscape-minimizers.csv")
    assert table["n_true"].tolist() == [cg["n_true"], steepest["n_true"]]
    assert (folder / "landscape-minimizers.png").is_file()
    assert len({f.parent for f in folder.glob("trajectory-*/structures-cg/*.nc")}) == 2
    assert main(["figures", str(folder), "--only", "minimizers", "-o", str(tmp_path / "f")]) == 0
    assert main([*command, "--compare", "cg,fire"]) == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--compare", "cg,fire"], "needs 'steepest' among"),
        (["--compare", "steepest,sd"], "no minimiser 'sd'; there are cg, fire, steepest"),
        (["--compare", "steepest", "--search", "bisection"], "search must be 'exhaustive'"),
    ],
)
def test_an_impossible_comparison_is_refused_before_anything_runs(
    options, words, liquids, tmp_path, capsys
):
    folder = tmp_path / "compared"
    command = ["landscape", str(liquids), "--model", "mblj", "--temperature", "1.0"]
    assert main([*command, "-o", str(folder), *options]) == 2
    assert words in capsys.readouterr().err
    assert not [*folder.glob("*")]
