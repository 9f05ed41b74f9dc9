"""``lmpmeso dynamics``: one command from a dump to numbers, tables and a figure."""

import contextlib
import io
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lmpmeso.cli import main
from lmpmeso.configurations import random_configuration, write_dump
from lmpmeso.models import get_model
from tests.engine.programs import contents

STEPS = 20 * np.arange(120)


@pytest.fixture(scope="module")
def frames():
    """A liquid of walkers; each frame a configuration, wrapped with image flags."""
    model = get_model("ipl")
    start = random_configuration(model, 150, 3)
    rng = np.random.default_rng(4)
    moved = np.cumsum(0.06 * rng.normal(size=(len(STEPS), 150, 3)), axis=0)
    found = []
    for step, shift in zip(STEPS.tolist(), moved, strict=True):
        x = start.positions_nc + shift
        images = np.floor((x - start.origin_c) / start.box_c).astype(np.int64)
        wrapped = x - images * start.box_c
        found.append(replace(start, positions_nc=wrapped, images_nc=images, step=step))
    return found


@pytest.fixture(scope="module")
def dump(frames, tmp_path_factory):
    path = tmp_path_factory.mktemp("run") / "run.dump"
    write_dump(path, frames)
    return path


def command(dump, *more):
    return ["dynamics", str(dump), "--model", "ipl", "--time-step", "0.005", *map(str, more)]


@pytest.fixture(scope="module")
def analysis(dump, tmp_path_factory):
    """The folder that the command makes, and what it prints."""
    folder = tmp_path_factory.mktemp("analysis") / "analysis"
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        assert main(command(dump, "-o", folder, "--json")) == 0
    return folder, json.loads(printed.getvalue())


def test_a_folder_gets_figure_and_tables_that_agree_with_the_json(analysis):
    folder, report = analysis
    assert {path.name for path in folder.iterdir()} == {
        "dynamics.png",
        "dynamics.pdf",
        "time_correlations.csv",
        "radial_distribution.csv",
        "structure_factor.csv",
        "displacements.csv",
        "SHA256SUMS",
    }
    assert (folder / "dynamics.png").read_bytes().startswith(b"\x89PNG")
    assert (folder / "dynamics.pdf").read_bytes().startswith(b"%PDF")
    curves = pd.read_csv(folder / "time_correlations.csv")
    assert {"t [time]", "Fs", "msd [σ²]", "msd_error [σ²]", "alpha2", "Q", "chi4"} <= {*curves}
    assert np.array_equal(curves["Fs"], report["Fs"])
    # Walkers: F_s = exp(−q² s² n/2) reaches 0.2 after n intervals of 0.1.
    expected = 0.1 * 2 * np.log(5) / (6.35 * 0.06) ** 2
    assert report["tau_alpha"] == pytest.approx(expected, rel=0.15)
    assert report["diffusion"] == pytest.approx(0.06**2 / (2 * 0.1), rel=0.15)
    moved = pd.read_csv(folder / "displacements.csv")
    assert {"t [time]", "r_low [σ]", "P [σ^-1]", "P_error [σ^-1]", "Gs [σ^-3]"} <= {*moved}
    assert moved["t [time]"][0] == pytest.approx(0.2)


def test_a_csv_file_gets_the_time_correlations_alone(dump, tmp_path, capsys):
    output = tmp_path / "dynamics.csv"
    assert main(command(dump, "-o", output)) == 0
    table = pd.read_csv(output)
    assert {"t", "Fs", "Fs_error", "msd", "msd_error", "n_origins", "n_blocks"} <= {*table}
    assert [path.name for path in tmp_path.iterdir()] == ["dynamics.csv"]
    out = capsys.readouterr().out
    assert "τ_α" in out
    assert "σ² per time" in out


def test_everything_is_the_same_when_made_again_into_the_same_folder(analysis, dump):
    folder, _ = analysis
    before = contents(folder)
    assert main(command(dump, "-o", folder)) == 0
    assert contents(folder) == before


def test_unusable_input_is_told_with_what_to_do(frames, tmp_path, capsys):
    def told(some_frames, *more):
        path = tmp_path / "bad.dump"
        write_dump(path, some_frames)
        assert main(command(path, *more)) == 2
        return capsys.readouterr().err

    wrapped = [replace(frame, images_nc=None) for frame in frames[:3]]
    assert "no image flags" in (message := told(wrapped))
    assert "dump xu yu zu" in message
    assert "at least two frames, got 1; give a trajectory" in told(frames[:1])
    assert "is a file; name a folder" in told(frames[:3], "-o", tmp_path / "bad.dump")
    assert "does not exist" in told(frames[:3], "-o", tmp_path / "no" / "where")


def test_a_run_too_short_gives_what_it_can_and_says_what_is_missing(frames, tmp_path, capsys):
    path, folder = tmp_path / "short.dump", tmp_path / "analysis"
    write_dump(path, frames[:4])
    assert main(command(path, "-o", folder, "--json")) == 0
    captured = capsys.readouterr()
    report = json.loads(captured.out)
    assert report["tau_alpha"] is None
    assert report["diffusion"] is None
    assert "no relaxation time: " in captured.err
    assert "run at least" in captured.err
    assert (folder / "dynamics.png").is_file()
    assert not (folder / "displacements.csv").exists()


def test_in_two_dimensions_cage_relative_numbers_stand_beside_the_plain_ones(tmp_path, capsys):
    start = random_configuration(get_model("ipl2d"), 100, 3)
    rng = np.random.default_rng(4)
    moved = np.cumsum(0.08 * rng.normal(size=(len(STEPS), 100, 2)), axis=0)
    images = np.zeros(moved[0].shape, dtype=np.int64)
    frames = [
        replace(start, positions_nc=start.positions_nc + shift, images_nc=images, step=step)
        for step, shift in zip(STEPS.tolist(), moved, strict=True)
    ]
    write_dump(tmp_path / "flat.dump", frames)
    words = ["dynamics", str(tmp_path / "flat.dump"), "--model", "ipl2d", "--time-step", "0.005"]
    assert main([*words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert 0.7 < found["cage_relative_tau_alpha"] / found["tau_alpha"] < 1.0
    assert found["cage_relative_diffusion"] > found["diffusion"]
    assert len(found["cage_relative_Fs"]) == len(found["t"])
