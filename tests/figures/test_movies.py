"""Movies: as many frames as there are structures, and only what moved lights up."""

import importlib.util
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from lmpmeso.cli import main
from lmpmeso.configurations import write_dump
from lmpmeso.configurations.creation import configuration_from_arrays
from lmpmeso.errors import ConfigurationError, ResourceError
from lmpmeso.figures.movies import moved_distances, write_movie
from lmpmeso.models import get_model

MODEL = get_model("ipl2d")


@pytest.fixture
def structures():
    """Four frames; in the third one particle hops by 0.5, across the edge of the box."""
    rng = np.random.default_rng(0)
    n = 60
    edge = (n / MODEL.density) ** 0.5
    position = rng.uniform(0, edge, (n, 2))
    position[7] = [edge - 0.1, 3.0]
    after = position.copy()
    after[7] = [0.4, 3.0]
    return [
        configuration_from_arrays(x, np.arange(n) % 2, edge, step=k)
        for k, x in enumerate((position, position, after, after))
    ]


def red_dominates(picture):
    """Pixels of the warm colours that a moving particle has."""
    red, green, blue = (picture[:, :, k].astype(int) for k in range(3))
    return (red > green + 60) & (red > blue + 40)


def test_distances_are_taken_across_the_edge_without_the_common_drift(structures):
    moved = moved_distances(structures)
    assert moved.shape == (4, 60)
    assert moved[2, 7] == pytest.approx(0.5 * 59 / 60)
    assert np.delete(moved[2], 7) == pytest.approx(0.5 / 60)
    assert not moved[[0, 1, 3]].any()


def test_a_gif_has_a_picture_a_frame_and_colours_only_what_moved(structures, tmp_path):
    path = write_movie(tmp_path / "a.gif", structures, MODEL, [0, 1, 2, 3], [5.0, 5.0, 3.0, 3.0])
    with Image.open(path) as movie:
        assert movie.n_frames == 4
        assert movie.info["duration"] == 100
        pictures = []
        for k in range(4):
            movie.seek(k)
            pictures.append(np.asarray(movie.convert("RGB")))
    # The map is the left part of the picture, without its colour scale below.
    height, width, _ = pictures[0].shape
    map_of = [picture[: int(0.7 * height), : width // 2] for picture in pictures]
    assert red_dominates(map_of[1]).sum() == 0
    assert red_dominates(map_of[2]).sum() > 100
    assert [p.name for p in tmp_path.iterdir()] == ["a.gif"]


def test_an_mp4_has_a_picture_a_frame(structures, tmp_path):
    imageio_ffmpeg = pytest.importorskip("imageio_ffmpeg", reason="imageio-ffmpeg is not installed")
    path = write_movie(tmp_path / "a.mp4", structures, MODEL, range(4), frames_per_second=5)
    frames, seconds = imageio_ffmpeg.count_frames_and_secs(str(path))
    assert frames == 4
    assert seconds == pytest.approx(0.8, abs=0.01)


def test_progress_counts_the_frames(structures, tmp_path):
    seen = []
    write_movie(
        tmp_path / "a.gif", structures, MODEL, range(4), progress=lambda *done: seen.append(done)
    )
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_what_cannot_be_a_movie_is_refused_before_drawing(structures, tmp_path, monkeypatch):
    with pytest.raises(ConfigurationError, match=r"\.mp4 or \.gif"):
        write_movie(tmp_path / "a.avi", structures, MODEL, range(4))
    with pytest.raises(ConfigurationError, match="at least two"):
        write_movie(tmp_path / "a.gif", structures[:1], MODEL, range(1))
    with pytest.raises(ConfigurationError, match="as many times"):
        write_movie(tmp_path / "a.gif", structures, MODEL, range(3))
    other = replace(structures[0], box_c=structures[0].box_c * 2)
    with pytest.raises(ConfigurationError, match="another box"):
        write_movie(tmp_path / "a.gif", [*structures, other], MODEL, range(5))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ResourceError, match=r"lmpmeso\[movies\]"):
        write_movie(tmp_path / "a.mp4", structures, MODEL, range(4))
    assert not list(tmp_path.iterdir())


def test_the_command_draws_any_trajectory(structures, tmp_path, capsys):
    source, target = tmp_path / "run.dump", tmp_path / "run.gif"
    write_dump(source, structures)
    arguments = ["movie", str(source), "--model", "ipl2d", "-o", str(target), "--frames", "2"]
    assert main([*arguments, "--json"]) == 0
    with Image.open(target) as movie:
        assert movie.n_frames == 2
    assert '"n_frames": 2' in capsys.readouterr().out
    assert main(["movie", str(tmp_path), "--model", "ipl2d", "-o", str(target)]) == 2
    assert "structures-" in capsys.readouterr().err
