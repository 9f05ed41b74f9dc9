"""Positions on disk: the same numbers, read when they are asked for."""

import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from lmpmeso.configurations import (
    Trajectory,
    read_trajectory,
    stored_frames,
    trajectories,
    write_configurations,
    write_trajectory,
)
from lmpmeso.configurations.stored_frames import FrameCollector, StoredFrames
from lmpmeso.dynamics import self_correlations
from lmpmeso.errors import ConfigurationError
from tests.configurations.examples import liquid


@pytest.fixture
def positions():
    return np.random.default_rng(1).normal(size=(9, 20, 3))


@pytest.fixture
def on_disk(positions, monkeypatch):
    monkeypatch.setattr(stored_frames, "IN_MEMORY_BYTES", 3 * positions[0].nbytes)
    collector = FrameCollector()
    for frame in positions:
        collector.append(frame)
    return collector.frames()


@pytest.fixture
def small_memory(monkeypatch):
    for module in (stored_frames, trajectories):
        monkeypatch.setattr(module, "IN_MEMORY_BYTES", 1000)


def walk(n_frames=30, name="ipl"):
    start = liquid(name)
    jumps = 0.05 * np.random.default_rng(2).normal(size=(n_frames, *start.positions_nc.shape))
    return Trajectory(
        start.positions_nc + np.cumsum(jumps, axis=0),
        np.arange(n_frames) * 7,
        0.005,
        start.species,
        start.box_c,
        start.ids,
    )


@pytest.mark.parametrize(
    "key",
    [0, -1, np.int64(4), slice(None), slice(2, 7), slice(None, None, 3), (slice(1, 5), slice(3, 9)),
     (2, slice(4, 6)), (slice(None), slice(5, 5))],
)  # fmt: skip
def test_indexing_is_that_of_an_array(on_disk, positions, key):
    assert isinstance(on_disk, StoredFrames)
    assert np.array_equal(on_disk[key], positions[key])


@pytest.mark.parametrize("chosen", [[1, 4, 5], np.arange(9) % 2 == 0])
def test_fewer_frames_stay_on_disk(on_disk, positions, chosen):
    fewer = on_disk[chosen]
    assert isinstance(fewer, StoredFrames)
    assert fewer.shape == positions[chosen].shape
    assert np.array_equal(fewer[1:, 2:4], positions[chosen][1:, 2:4])
    assert np.array_equal(np.stack([*fewer]), np.asarray(fewer))


def test_what_an_array_could_do_and_a_file_should_not_is_refused(on_disk):
    with pytest.raises(TypeError, match="slices"):
        on_disk[:, ::2]
    with pytest.raises(IndexError):
        on_disk[9]


def test_nothing_is_left_of_the_temporary_file(positions, monkeypatch, tmp_path):
    monkeypatch.setattr(stored_frames, "IN_MEMORY_BYTES", 1)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    collector = FrameCollector()
    collector.append(positions[0])
    frames = collector.frames()
    assert list(tmp_path.iterdir()) == []
    assert np.array_equal(frames[0], positions[0])
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else None
    del collector, frames
    if before is not None:
        assert len(os.listdir("/proc/self/fd")) == before - 1


@pytest.mark.parametrize("model", ["ipl", "ipl2d"])
def test_a_long_trajectory_stays_in_its_file(tmp_path, small_memory, model):
    original = walk(name=model)
    path = tmp_path / "run.nc"
    write_trajectory(path, original)
    stored = read_trajectory(path, model)
    assert isinstance(stored.positions_tnc, StoredFrames)
    path.unlink()  # an open file outlives its name
    assert np.array_equal(np.asarray(stored.positions_tnc), original.positions_tnc)
    assert np.array_equal(stored.configuration(3).positions_nc, original.positions_tnc[3])
    found, expected = self_correlations(stored, 1, q=6.0), self_correlations(original, 1, q=6.0)
    np.testing.assert_array_equal(found.to_numpy(), expected.to_numpy())


def test_files_that_follow_one_another_are_collected_on_disk(tmp_path, small_memory):
    original = walk()
    for k, part in enumerate((slice(0, 11), slice(10, 30))):
        frames = [original.configuration(i) for i in range(30)[part]]
        write_configurations(tmp_path / f"{k}.nc", frames)
    joined = read_trajectory([tmp_path / "0.nc", tmp_path / "1.nc"], "ipl", time_step=0.005)
    assert isinstance(joined.positions_tnc, StoredFrames)
    assert np.array_equal(joined.steps, original.steps)
    assert np.array_equal(np.asarray(joined.positions_tnc), original.positions_tnc)


def test_a_trajectory_on_disk_is_written_to_an_equal_file(tmp_path, small_memory, monkeypatch):
    write_trajectory(tmp_path / "a.nc", walk())
    monkeypatch.setattr("lmpmeso.configurations.amber_netcdf._PIECE_BYTES", 10_000)
    write_trajectory(tmp_path / "b.nc", read_trajectory(tmp_path / "a.nc", "ipl"))
    a, b = (read_trajectory(tmp_path / f"{name}.nc", "ipl") for name in "ab")
    assert (tmp_path / "a.nc").stat().st_size == (tmp_path / "b.nc").stat().st_size
    assert np.array_equal(np.asarray(a.positions_tnc), np.asarray(b.positions_tnc))


def test_a_file_that_shrinks_while_it_is_read_is_noticed(tmp_path, small_memory):
    write_trajectory(tmp_path / "run.nc", walk())
    stored = read_trajectory(tmp_path / "run.nc", "ipl")
    os.truncate(tmp_path / "run.nc", 20_000)
    with pytest.raises(ConfigurationError, match=r"run\.nc: the file ends before byte"):
        self_correlations(stored, 1, q=6.0)


@pytest.mark.parametrize("fault", ["species", "box", "steps"])
def test_a_trajectory_of_another_system_is_refused_by_frame(tmp_path, fault, monkeypatch):
    from lmpmeso.configurations import amber_netcdf

    broken = walk(6)
    if fault == "steps":
        broken.steps[4] = broken.steps[3]
    else:
        entry = {"species": "species_tn", "box": "box_tc"}[fault]
        written = amber_netcdf._Frames

        def with_fault(**arrays):
            arrays[entry] = arrays[entry].copy()
            arrays[entry][4] = arrays[entry][4] * 1.01 if fault == "box" else 0
            return written(**arrays)

        monkeypatch.setattr(amber_netcdf, "_Frames", with_fault)
    write_trajectory(tmp_path / "run.nc", broken)
    message = {
        "species": "changed its species",
        "box": "the box changed from",
        "steps": "step 21 follows step 21",
    }[fault]
    with pytest.raises(ConfigurationError, match=rf"run\.nc: frame 4: .*{message}"):
        read_trajectory(tmp_path / "run.nc", "ipl")


def test_a_trajectory_larger_than_the_memory_it_may_use_is_correlated(tmp_path):
    """48 MB of positions, read and correlated with a fraction of that."""
    code = """
        import resource, sys
        import numpy as np
        from lmpmeso.configurations import Trajectory, read_trajectory, write_trajectory
        from lmpmeso.configurations import stored_frames, trajectories
        from lmpmeso.configurations.stored_frames import FrameCollector
        from lmpmeso.dynamics import displacements, self_correlations
        from lmpmeso.models import get_model

        for module in (trajectories, stored_frames):
            module.IN_MEMORY_BYTES = 2**22
        displacements.BLOCK_BYTES = displacements.READ_BYTES = 2**21
        model, n, n_frames = get_model("ipl"), 400, 5000
        rng = np.random.default_rng(0)
        collector, x_nc = FrameCollector(), rng.uniform(0, 400 ** (1 / 3) * model.a0, (n, 3))
        for _ in range(n_frames):
            x_nc += 0.02 * rng.normal(size=(n, 3))
            collector.append(x_nc.copy())
        trajectory = Trajectory(
            collector.frames(), np.arange(n_frames), 1.0, np.arange(n) % 2,
            np.full(3, 400 ** (1 / 3) * model.a0), np.arange(1, n + 1),
        )
        write_trajectory(sys.argv[1], trajectory)
        lags = [1, 100, 4000]
        small = Trajectory(x_nc + np.zeros((2, 1, 1)), np.arange(2), 1.0, np.arange(n) % 2,
            trajectory.box_c, trajectory.ids)
        self_correlations(small, model=model)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        table = self_correlations(read_trajectory(sys.argv[1], model), model=model, lags=lags)
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        unit = 1 if sys.platform == "darwin" else 1024
        print((after - before) * unit, table["msd"][1])
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), str(tmp_path / "long.nc")],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    grown, msd = map(float, done.stdout.split())
    assert grown < 24e6
    assert msd == pytest.approx(3 * 0.02**2 * 100, rel=0.02)
