"""Trajectories: unwrapped positions at true steps, or a refusal that says why."""

import gzip
from dataclasses import replace

import numpy as np
import pytest

from lmpmeso.configurations import (
    iter_configurations,
    read_configuration,
    read_trajectory,
    write_dump,
)
from lmpmeso.errors import AssumedTimeStepWarning, ConfigurationError, PrecisionWarning
from lmpmeso.lammps.session import LammpsSession
from lmpmeso.models import get_model
from tests.configurations.examples import dump_text, liquid, regular_rows

DUMPS = {
    "wrapped": "id type x y z ix iy iz",
    "scaled": "zs ys xs id type iz iy ix",
    "unwrapped": "type id xu yu zu vx",
    "scaled_unwrapped": "id type xsu ysu zsu",
    "bare": "id type x y z",
}


@pytest.fixture(scope="module", params=["ipl", "ipl2d"])
def lammps_run(request, tmp_path_factory):
    """One run of free particles, many of which leave the box, dumped in every convention."""
    folder = tmp_path_factory.mktemp("run")
    model = get_model(request.param)
    d = model.dimension
    with LammpsSession(accelerator="none") as session:
        session.commands(
            [
                "units lj",
                f"dimension {d}",
                "boundary p p p",
                "atom_style atomic",
                f"region box block -1 5 2 8 {'-0.5 0.5' if d == 2 else '-3 3'}",
                "create_box 2 box",
                f"create_atoms 1 random {16 * d} 11 NULL",
                f"create_atoms 2 random {16 * d} 12 NULL",
                "mass * 1",
                "pair_style zero 2.0",
                "pair_coeff * *",
                "velocity all create 4.0 7",
                "fix move all nve",
                "fix plane all enforce2d" if d == 2 else "fix plane all momentum 1 linear 1 1 1",
                "timestep 0.02",
                "variable frame equal stride(1,1000,2)"
                if d == 2
                else "variable frame equal logfreq(1,9,10)",
            ]
        )
        for name, columns in DUMPS.items():
            session.command(f"dump {name} all custom 1 {folder}/{name}.dump {columns}")
            session.command(
                f"dump_modify {name} every v_frame first yes sort off time yes units yes"
            )
            session.command(f"dump_modify {name} format float %.17g")
        session.command("run 200")
    return folder, model


@pytest.mark.filterwarnings("ignore::lmpmeso.errors.ModelMismatchWarning")
def test_wrapped_scaled_and_unwrapped_dumps_of_a_run_give_the_same_displacements(lammps_run):
    folder, model = lammps_run
    trajectories = {
        name: read_trajectory(folder / f"{name}.dump", model) for name in DUMPS if name != "bare"
    }
    reference = trajectories["unwrapped"]
    displacements = reference.positions_tnc - reference.positions_tnc[0]
    assert np.abs(displacements).max() > 2 * reference.box_c.max()
    for name, trajectory in trajectories.items():
        np.testing.assert_array_equal(trajectory.steps, reference.steps)
        np.testing.assert_array_equal(trajectory.species, reference.species)
        np.testing.assert_array_equal(trajectory.box_c, np.full(model.dimension, 6.0))
        assert trajectory.time_step == 0.02
        found = trajectory.positions_tnc - trajectory.positions_tnc[0]
        # LAMMPS adds and subtracts 512 (2**20 in some builds) on the way to xsu.
        rounding = 4e-9 if name == "scaled_unwrapped" else 1e-13
        np.testing.assert_allclose(found, displacements, rtol=1e-13, atol=rounding)


@pytest.mark.filterwarnings("ignore::lmpmeso.errors.ModelMismatchWarning")
def test_free_flight_is_a_straight_line_at_the_recorded_times(lammps_run):
    folder, model = lammps_run
    trajectory = read_trajectory(folder / "wrapped.dump", model)
    start = read_configuration(folder / "unwrapped.dump", model, 0)
    assert start.velocities_nc is None, "vx alone is no velocity"
    moved = trajectory.positions_tnc - trajectory.positions_tnc[0]
    velocities = moved[-1] / trajectory.times[-1]
    expected = velocities * trajectory.times[:, None, None]
    np.testing.assert_allclose(moved, expected, atol=1e-11)


@pytest.mark.filterwarnings("ignore::lmpmeso.errors.ModelMismatchWarning")
def test_steps_are_those_of_the_run_log_spaced_or_not(lammps_run):
    folder, model = lammps_run
    steps = read_trajectory(folder / "scaled.dump", model).steps
    linear = np.arange(1, 201, 2)
    logarithmic = [*range(1, 10), *range(10, 100, 10), 100, 200]
    expected = linear if model.dimension == 2 else logarithmic
    np.testing.assert_array_equal(steps, [0, *expected])


def test_wrapped_positions_without_image_flags_are_refused(lammps_run):
    folder, model = lammps_run
    with pytest.raises(ConfigurationError, match=r"frame 0.*no image flags.*dump xu yu zu"):
        read_trajectory(folder / "bare.dump", model)


@pytest.mark.filterwarnings("ignore::lmpmeso.errors.PrecisionWarning")
def test_wrapped_and_unwrapped_dumps_of_kob_andersen_agree(shared_truth):
    """The wrapped one has no image flags: the two differ by whole boxes only."""
    folder = shared_truth / "pymattersim"
    unwrapped = read_trajectory(folder / "3dkaljdump.u.atom", "ka", time_step=0.002)
    np.testing.assert_array_equal(unwrapped.steps, np.arange(10) * 5000)
    for k, frame in enumerate(iter_configurations(folder / "3dkaljdump.s.atom", "ka")):
        boxes = (unwrapped.positions_tnc[k] - frame.positions_nc) / frame.box_c
        # Six digits are printed.
        np.testing.assert_allclose(boxes, np.round(boxes), atol=2e-5)
    with pytest.raises(ConfigurationError, match="no image flags"):
        read_trajectory(folder / "3dkaljdump.s.atom", "ka")


def test_a_two_dimensional_structure_of_another_group_is_read(shared_truth):
    with pytest.warns(PrecisionWarning):
        structure = read_configuration(shared_truth / "pymattersim" / "IS.2DIPL.atom", "ipl2d")
    assert structure.positions_nc.shape == (800, 2)
    assert structure.density == pytest.approx(0.86, rel=1e-12)
    assert structure.step == 5451512


def frame(step, shift=0.0, columns="id type xu yu zu", rows=None, **more):
    rows = rows or [[i, t, x + shift, y, z] for i, t, x, y, z in regular_rows()]
    return dump_text(rows, columns, step=step, **more)


@pytest.fixture
def read(tmp_path):
    def read_texts(*texts, **options):
        paths = []
        for k, text in enumerate(texts):
            paths.append(tmp_path / f"{k}.dump.gz")
            paths[-1].write_bytes(gzip.compress(text.encode()))
        return read_trajectory(paths if len(paths) > 1 else paths[0], "ipl", **options)

    return read_texts


def test_files_that_follow_one_another_are_one_trajectory(read):
    trajectory = read(frame(0) + frame(10, 0.5), frame(10, 0.5) + frame(30, 1.0), time_step=0.005)
    np.testing.assert_array_equal(trajectory.steps, [0, 10, 30])
    np.testing.assert_array_equal(trajectory.positions_tnc[:, 0, 0], [0.25, 0.75, 1.25])


def test_time_step_is_given_or_recorded_or_the_models(read):
    timed = [frame(s, before=f"ITEM: TIME\n{s * 0.0025!r}\n") for s in (0, 3, 7)]
    assert read("".join(timed)).time_step == 0.0025
    assert not read("".join(timed)).time_step_assumed
    assert read("".join(timed), time_step=0.0025).times[2] == 0.0175
    with pytest.warns(AssumedTimeStepWarning, match=r"0\.005 \(above T = 1 it would be 0\.0025\)"):
        assumed = read(frame(0) + frame(4))
    assert assumed.time_step == get_model("ipl").time_step
    assert assumed.time_step_assumed
    given = read(frame(0) + frame(4), time_step=0.001)
    assert given.times[1] == 0.004
    assert not given.time_step_assumed
    with pytest.raises(
        ConfigurationError, match=r"0\.005, is not the one the file records, 0\.0025"
    ):
        read("".join(timed), time_step=0.005)
    with pytest.raises(ConfigurationError, match="not proportional to the steps"):
        read("".join(timed) + frame(9, before="ITEM: TIME\n0.5\n"))
    with pytest.raises(ConfigurationError, match="must be positive"):
        read(frame(0), time_step=0.0)


def test_frames_of_different_systems_are_refused(read):
    rows = [[i, t, x, y, z] for i, t, x, y, z in regular_rows()]
    swapped = [[i, 3 - t, *x] for i, t, *x in rows]
    for later, message in [
        (frame(5, rows=rows[:-1]), "176 particles, the first frame has 177"),
        (frame(5, rows=swapped), "particle 1 changed its species"),
        (frame(5, bounds=["0 6.01"] * 3), "the box changed from .* constant volume"),
        (frame(0, shift=0.5), "step 0 follows step 0"),
    ]:
        with pytest.raises(ConfigurationError, match=message):
            read(frame(0) + later)
    with pytest.raises(ConfigurationError, match="step 3 follows step 5"):
        read(frame(5) + frame(3))


def test_a_bad_frame_in_the_middle_is_named_by_frame_and_line(read):
    bad = frame(5).replace("\n9 1 ", "\n9 1 nan ")
    with pytest.raises(ConfigurationError, match=r"frame 1 \(step 5\), line 204: 6 words"):
        read(frame(0) + bad + frame(9))


def test_formats_without_image_flags_are_no_trajectories(tmp_path):
    with pytest.raises(ConfigurationError, match="no file"):
        read_trajectory([], "ipl")
    (tmp_path / "a.xyz").write_text("3\n\n")
    with pytest.raises(ConfigurationError, match="and this is none"):
        read_trajectory(tmp_path / "a.xyz", "ipl")


def test_frames_written_as_a_dump_are_read_as_a_trajectory(tmp_path):
    frames = [replace(liquid(seed=0), step=k) for k in (0, 1, 10)]
    frames = [f.with_positions(f.positions_nc + 0.25 * k) for k, f in enumerate(frames)]
    write_dump(tmp_path / "a.dump", frames, {"kappa": np.ones((3, 120))})
    trajectory = read_trajectory(tmp_path / "a.dump", "ipl", time_step=0.005)
    expected = [f.unwrapped_positions() for f in frames]
    np.testing.assert_array_equal(trajectory.positions_tnc, expected)


def test_a_frame_of_a_trajectory_is_a_configuration(tmp_path):
    write_dump(tmp_path / "a.dump", [replace(liquid(), step=k) for k in (0, 5)])
    one = read_trajectory(tmp_path / "a.dump", "ipl", time_step=0.005).configuration(-1)
    assert one.step == 5
    np.testing.assert_array_equal(one.unwrapped_positions(), liquid().unwrapped_positions())
