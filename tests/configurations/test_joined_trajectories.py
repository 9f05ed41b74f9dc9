"""Trajectories as clusters leave them: cut, continued from an older restart, one file a frame."""

import bz2
import gzip
import lzma
import warnings

import numpy as np
import pytest
import zstandard

from lmpmeso.cli import main
from lmpmeso.configurations import iter_configurations, read_trajectory, stored_frames
from lmpmeso.errors import ConfigurationError, TrajectoryWarning
from tests.configurations.examples import dump_text, regular_rows

PACK = {
    "plain": bytes,
    "gz": gzip.compress,
    "bz2": lambda text: bz2.compress(text, 1),
    "xz": lzma.compress,
    "zst": zstandard.ZstdCompressor().compress,
}


def positions(step):
    """Of 177 particles, reproducible from the step alone, as a restart would be."""
    moved = 0.001 * step * np.random.default_rng(5).normal(size=(177, 3))
    return np.array([row[2:] for row in regular_rows()]) + moved


def frame(step, at=None, form="%r"):
    rows = [
        f"{k + 1} {1 + k % 2} {form % x} {form % y} {form % z}"
        for k, (x, y, z) in enumerate((positions(step) if at is None else at).tolist())
    ]
    return dump_text(rows, "id type xu yu zu", step=step)


def frames(*steps):
    return "".join(map(frame, steps))


@pytest.fixture
def read(tmp_path):
    def read_texts(*texts, **options):
        paths = []
        for k, text in enumerate(texts):
            paths.append(tmp_path / f"{k}.dump")
            paths[-1].write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_trajectory(
            paths if len(paths) > 1 else paths[0], "ipl", time_step=0.005, **options
        )

    return read_texts


WHOLE = frames(0, 10, 20).encode()
THIRD = len(frames(0, 10).encode())


@pytest.mark.parametrize("cut", [1, 2, 30, 3000, len(WHOLE) - THIRD - 20, len(WHOLE) - THIRD - 70])
def test_a_frame_cut_anywhere_at_the_end_is_left_out_and_named(read, cut):
    with pytest.warns(TrajectoryWarning, match=r"frame 2.*truncated.*whole frames before"):
        trajectory = read(WHOLE[:-cut])
    np.testing.assert_array_equal(trajectory.steps, [0, 10])


@pytest.mark.filterwarnings("ignore::lmpmeso.errors.TrajectoryWarning")
@pytest.mark.parametrize("left", range(14))
def test_a_header_that_was_only_begun_is_no_loss(read, left):
    np.testing.assert_array_equal(read(WHOLE[: THIRD + left]).steps[:2], [0, 10])


def test_nuls_of_a_node_that_died_are_no_particles(read):
    np.testing.assert_array_equal(read(WHOLE + bytes(4096)).steps, [0, 10, 20])
    with pytest.warns(TrajectoryWarning, match=r"step 20\).*truncated"):
        np.testing.assert_array_equal(read(WHOLE[:-50] + bytes(4096)).steps, [0, 10])


@pytest.mark.parametrize("packed", ["gz", "bz2", "xz", "zst"])
def test_whole_frames_of_a_compressed_file_that_is_cut_are_read(read, packed):
    many = PACK[packed](frames(*range(0, 400, 10)).encode())
    with pytest.warns(TrajectoryWarning, match="truncated"):
        steps = read(many[: -len(many) // 4]).steps
    assert 2 <= len(steps) < 40
    np.testing.assert_array_equal(steps, 10 * np.arange(len(steps)))


def test_a_compressed_file_that_ends_between_frames_is_read_with_a_warning(read):
    pack = zstandard.ZstdCompressor().compressobj()
    head = pack.compress(WHOLE) + pack.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
    np.testing.assert_array_equal(read(head).steps, [0, 10, 20])
    with pytest.warns(TrajectoryWarning, match=r"step 20\): the compressed file ends early"):
        np.testing.assert_array_equal(read(gzip.compress(WHOLE)[:-8]).steps, [0, 10, 20])


def test_a_cut_frame_in_the_middle_is_an_error_that_says_how_to_go_on(read):
    cut = frame(10)[:-100]
    with pytest.raises(ConfigurationError, match=r"frame 1 \(step 10\).*--frames A:B"):
        read(frame(0) + cut + frames(20, 30))
    np.testing.assert_array_equal(
        read(frame(0) + cut + frames(20, 30), frames="2:").steps, [20, 30]
    )
    np.testing.assert_array_equal(
        read(frame(0) + cut + frames(20, 30), steps="20:").steps, [20, 30]
    )
    with pytest.raises(ConfigurationError, match="truncated"):
        read(frame(0), cut, frames(20, 30))
    with pytest.raises(ConfigurationError, match="truncated"):
        read(cut)


def test_the_last_of_many_files_may_be_cut_or_empty(read):
    with pytest.warns(TrajectoryWarning, match="step 20"):
        np.testing.assert_array_equal(read(frame(10), frame(0), frame(20)[:-9]).steps, [0, 10])
    with pytest.warns(TrajectoryWarning, match="holds nothing yet"):
        np.testing.assert_array_equal(read(frame(10), b"", frame(0)).steps, [0, 10])


@pytest.mark.parametrize("in_one_file", [True, False])
@pytest.mark.parametrize("on_disk", [True, False])
def test_a_run_continued_from_an_older_restart_counts_once(read, in_one_file, on_disk, monkeypatch):
    if on_disk:
        monkeypatch.setattr(stored_frames, "IN_MEMORY_BYTES", 10_000)
    rerun = positions(70) + 1.0
    parts = [frames(0, 10, 50, 60, 70), frame(50) + frame(60) + frame(70, rerun) + frame(90, rerun)]
    with pytest.warns(TrajectoryWarning, match=r"20 steps were run twice.*from step 60 on"):
        trajectory = read("".join(parts)) if in_one_file else read(*parts[::-1])
    np.testing.assert_array_equal(trajectory.steps, [0, 10, 50, 60, 70, 90])
    np.testing.assert_array_equal(trajectory.positions_tnc[4], rerun)
    np.testing.assert_array_equal(trajectory.positions_tnc[2], positions(50))


def test_a_restart_agrees_to_the_digits_that_are_printed(read):
    printed = frame(50, form="%g")
    with pytest.warns(TrajectoryWarning, match="20 steps were run twice"):
        assert read(frames(0, 50, 70) + printed + frames(70)).n_frames == 3
    with pytest.raises(
        ConfigurationError, match=r"step 50 follows step 70.*other positions.*--frames"
    ):
        read(frames(0, 50, 70) + frame(50, positions(50) + 1e-3))
    with pytest.raises(ConfigurationError, match=r"step 60 follows step 70.*not read before"):
        read(frames(0, 50, 70) + frame(60))


def test_the_frame_that_the_killed_run_did_not_finish_may_be_run_again(read):
    killed = frames(0, 50, 60) + frame(70)[:-40]
    with pytest.warns(TrajectoryWarning) as said:
        trajectory = read(killed + frames(50, 60, 70, 80))
    np.testing.assert_array_equal(trajectory.steps, [0, 50, 60, 70, 80])
    assert ["run was continued" in str(one.message) for one in said] == [True, True]


def test_a_run_after_a_minimisation_whose_steps_were_set_back_counts(read):
    minimum = positions(3)
    text = frames(0, 10) + frame(13, minimum) + frame(0, minimum) + frame(10, minimum + 0.01)
    with pytest.warns(TrajectoryWarning, match="steps were set back"):
        trajectory = read(text)
    np.testing.assert_array_equal(trajectory.steps, [0, 10])
    np.testing.assert_array_equal(trajectory.positions_tnc[0], minimum)
    np.testing.assert_array_equal(read(text, frames="0:3").steps, [0, 10, 13])


def test_files_are_put_in_the_order_of_their_steps(read):
    trajectory = read(frame(1080), frame(0), frame(120), frame(240))
    np.testing.assert_array_equal(trajectory.steps, [0, 120, 240, 1080])


@pytest.mark.parametrize(
    ("options", "steps"),
    [
        ({"frames": "1:4"}, [10, 20, 30]),
        ({"frames": slice(None, None, 2)}, [0, 20, 40]),
        ({"frames": "::2", "steps": "10:40"}, [20, 40]),
        ({"frames": "-2:"}, [30, 40]),
        ({"frames": ":-3"}, [0, 10]),
        ({"steps": (20, None)}, [20, 30, 40]),
        ({"steps": "10:30"}, [10, 20, 30]),
    ],
)
def test_frames_are_chosen_by_number_and_by_step(read, tmp_path, options, steps):
    parts = [frames(0, 10, 20), frames(30, 40)]
    np.testing.assert_array_equal(read(*parts, **options).steps, steps)
    (tmp_path / "all.dump").write_text("".join(parts))
    found = iter_configurations(tmp_path / "all.dump", "ipl", **options)
    assert [one.step for one in found] == steps


@pytest.mark.parametrize(
    "options",
    [
        {"frames": "1"},
        {"frames": 1},
        {"frames": "a:"},
        {"frames": "::-1"},
        {"steps": "1:2:3"},
        {"steps": "9:3"},
        {"frames": "²:"},
        {"frames": "7:"},
        {"steps": (41, None)},
    ],
)
def test_what_is_no_range_or_leaves_no_frame_is_refused(read, options):
    with pytest.raises(ConfigurationError, match=r"range|STEP|before|none of its|slice"):
        read(frames(0, 10), **options)


def test_frames_that_are_not_chosen_are_not_read(read):
    bad = frame(10).replace("\n9 1 ", "\n9 1 nan ")
    assert read(frame(0) + bad + frame(20), frames="::2").n_frames == 2


def test_the_command_takes_many_files_and_ranges(tmp_path, capsys):
    paths = []
    for step in (0, 10, 20, 110):
        paths.append(tmp_path / f"dump.{step}.lammpstrj")
        paths[-1].write_text(frame(step))
    words = [*map(str, sorted(paths)), "--model", "ipl", "--time-step", "0.005"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert main(["dynamics", *words, "--steps", ":20"]) == 0
    assert "3, over 0.1 time units" in capsys.readouterr().out.replace("frames     ", "")
    assert main(["dynamics", *words, "--frames", "4:"]) == 2


@pytest.mark.filterwarnings("ignore:.*comes again after step")
@pytest.mark.parametrize("every", [2, 3, 5])
def test_every_nth_frame_of_a_continued_run_is_every_nth_of_those_that_count(read, every):
    texts = frames(0, 10, 20, 30, 40, 50), frames(30, 40, 50, 60, 70, 80)
    chosen = read(*texts, frames=slice(1, None, every))
    assert list(chosen.steps) == list(range(10, 90, 10))[::every]


def test_the_frame_of_an_earlier_run_does_not_stay_where_the_chosen_frames_skip_the_continuation(
    read,
):
    branch = positions(20) + 1e-3
    with pytest.warns(TrajectoryWarning, match="continued from there"):
        chosen = read(
            frames(0, 10) + frame(20, branch), frames(10, 20, 30), frames=slice(0, None, 2)
        )
    assert list(chosen.steps) == [0, 20]
    assert np.array_equal(chosen.positions_tnc[1], positions(20))


@pytest.mark.parametrize(
    "told", ["ITEM: UNITS\nmetal\n{}", "{}"], ids=["units of its own", "no units told"]
)
def test_a_dump_in_other_units_than_the_models_is_refused(read, told):
    text = told.format(frames(0, 10))
    if "metal" in text:
        with pytest.raises(
            ConfigurationError, match="units 'metal', and those of model 'ipl' in 'lj'"
        ):
            read(text)
    else:
        assert (
            read(text.replace("ITEM: TIMESTEP", "ITEM: UNITS\nlj\nITEM: TIMESTEP", 1)).n_frames == 2
        )
