import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from lmpmeso.configurations import read_configuration, read_trajectory, write_data
from lmpmeso.errors import ConfigurationError, FolderError, ProtocolError
from lmpmeso.execution import Execution
from lmpmeso.hessians import evaluate
from lmpmeso.landscape import short_run as run_shortly
from lmpmeso.models import get_model, model_names, sticky_spheres
from lmpmeso.protocols import equilibrate, random_start, run_trajectory
from lmpmeso.protocols.frame_schedule import cuts, frame_steps, refuse_too_long
from lmpmeso.protocols.liquid import lammps_seed
from tests.liquids import equilibrated


@pytest.mark.parametrize("name", model_names())
def test_liquid_has_the_state_point_and_the_temperature_asked_for(name):
    model, run = get_model(name), equilibrated(name)
    liquid, record = run.configuration, run.record
    assert liquid.density == pytest.approx(model.density, rel=1e-12)
    assert np.array_equal(np.bincount(liquid.species), model.composition(liquid.n_particles))
    assert liquid.parent_temperature == run.temperature
    assert run.time_step == model.time_step_at(run.temperature)
    second_half = record[record["step"] > record["step"].max() / 2]
    freedoms = model.dimension * (liquid.n_particles - 1)
    # The kinetic temperature fluctuates by √(2/freedoms) in a frame; the mean of 16 by less.
    spread = np.sqrt(2 / freedoms)
    assert second_half["temperature"].mean() == pytest.approx(run.temperature, rel=3 * spread)


@pytest.mark.parametrize("name", ["ipl", "ipl2d", "sw"])
def test_record_agrees_with_the_final_configuration(name):
    model, run = get_model(name), equilibrated(name)
    last, liquid = run.record.iloc[-1], run.configuration
    assert last["step"] == liquid.step == 600
    assert last["time"] == pytest.approx(600 * run.time_step)
    n, d = liquid.positions_nc.shape
    assert last["potential_energy"] == pytest.approx(evaluate(liquid, model).energy / n, abs=1e-9)
    kinetic = 0.5 * (liquid.velocities_nc**2).sum() / n
    assert last["kinetic_energy"] == pytest.approx(kinetic, rel=1e-12)
    assert last["temperature"] == pytest.approx(2 * kinetic * n / (d * (n - 1)), rel=1e-12)


def test_conserved_energy_does_not_drift_and_the_centre_of_mass_rests():
    run = equilibrated("ipl")
    conserved = run.record["conserved_energy"]
    assert conserved.max() - conserved.min() < 0.01
    np.testing.assert_allclose(run.configuration.velocities_nc.mean(axis=0), 0, atol=1e-12)


def test_random_start_has_no_overlaps_left_and_is_repeatable():
    model = get_model("ss-0.95")
    one, same, other = (random_start(model, 200, seed) for seed in (1, 1, 2))
    assert np.array_equal(one.positions_nc, same.positions_nc)
    assert not np.allclose(one.positions_nc, other.positions_nc)
    assert evaluate(one, model).energy / 200 < 100


def test_model_of_another_range_and_density_runs_without_committed_files():
    model = sticky_spheres(0.8, 1.3)
    run = equilibrate(model, 2.0, 200, duration=100 * model.time_step_at(2.0))
    assert run.configuration.density == pytest.approx(0.8)


def short_run(folder=None, seed=5, duration=1.5, **options):
    """300 steps in chunks of 100."""
    model = get_model("mblj")
    execution = Execution(**{"chunk_steps": 100, "record_every": 30, **options})
    return equilibrate(model, 0.9, 200, seed, duration=duration, folder=folder, execution=execution)


def short_trajectory(folder, chunk_steps=25, progress=None):
    """Two blocks of 60 steps."""
    run = equilibrated("mblj")
    return run_trajectory(
        run.configuration,
        get_model("mblj"),
        run.temperature,
        block_duration=60 * run.time_step,
        n_blocks=2,
        seed=3,
        folder=folder,
        execution=Execution(record_every=10, chunk_steps=chunk_steps, progress=progress),
    )


class StopHereError(Exception):
    pass


def stop_after(chunks):
    """A progress callback that ends the run after some chunks."""
    calls = []

    def progress(done, total):
        calls.append(done)
        if len(calls) > chunks:
            raise StopHereError

    return progress


def assert_same_end(one, other):
    for attribute in ("positions_nc", "velocities_nc", "images_nc"):
        a, b = (getattr(run.configuration, attribute) for run in (one, other))
        assert np.array_equal(a, b)
    assert one.record.equals(other.record)


def test_interrupted_equilibration_ends_bit_for_bit_like_an_uninterrupted_one(tmp_path):
    whole = short_run(tmp_path / "whole")
    for chunks in (1, 1):
        with pytest.raises(StopHereError):
            short_run(tmp_path / "parts", progress=stop_after(chunks))
    assert_same_end(short_run(tmp_path / "parts"), whole)
    assert_same_end(short_run(tmp_path / "parts"), whole)
    assert_same_end(short_run(), whole)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_killed_equilibration_ends_bit_for_bit_like_an_uninterrupted_one(tmp_path):
    program = f"""
        from lmpmeso.models import get_model
        from lmpmeso.execution import Execution
        from lmpmeso.protocols import equilibrate
        equilibrate(get_model("mblj"), 0.9, 200, 5, duration=50.0,
                    execution=Execution(chunk_steps=100, record_every=50),
                    folder={str(tmp_path / "killed")!r})
    """
    victim = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)])
    try:
        deadline = time.monotonic() + 600
        while not list((tmp_path / "killed").glob("checkpoint-*.restart")):
            assert time.monotonic() < deadline
            assert victim.poll() is None
            time.sleep(0.02)
    finally:
        os.kill(victim.pid, signal.SIGKILL)
        victim.wait()
    reached = max(int(p.stem[-12:]) for p in (tmp_path / "killed").glob("checkpoint-*.restart"))
    options = {"duration": (reached + 200) * 0.005, "record_every": 50}
    assert_same_end(
        short_run(tmp_path / "killed", **options), short_run(tmp_path / "whole", **options)
    )


def test_longer_run_in_the_same_folder_goes_on(tmp_path):
    short_run(tmp_path)
    longer = short_run(tmp_path, duration=2.0)
    assert_same_end(longer, short_run(duration=2.0))
    with pytest.raises(ProtocolError, match="at step 400 already"):
        short_run(tmp_path, duration=1.0)


def test_folder_of_another_run_is_refused(tmp_path):
    short_run(tmp_path, duration=0.2)
    with pytest.raises(FolderError, match="velocity_seed is"):
        equilibrate(
            get_model("mblj"),
            0.9,
            seed=6,
            duration=0.2,
            execution=Execution(record_every=30),
            start=random_start(get_model("mblj"), 200, 5),
            folder=tmp_path,
        )
    with pytest.raises(FolderError, match="holds another run"):
        short_run(tmp_path, seed=6, duration=0.2)


def test_two_processes_do_not_run_in_one_folder(tmp_path):
    def run_again(done, total):
        with pytest.raises(FolderError, match="another process is at work"):
            short_run(tmp_path)

    assert_same_end(short_run(tmp_path, progress=run_again), short_run())


def test_half_written_files_of_a_killed_run_are_removed_and_nothing_else(tmp_path):
    short_run(tmp_path, duration=0.2)
    for name in ("checkpoint-000000000100.restart", "frames-000000000100.dump", "start.data"):
        (tmp_path / f".0123456789ab.{name}").write_bytes(b"half")
    foreign = {".bashrc", ".0123456789ab.thesis.tex", ".frames.dump"}
    for name in foreign:
        (tmp_path / name).write_text("years of work", encoding="utf-8")
    short_run(tmp_path, duration=0.4)
    assert {p.name for p in tmp_path.glob(".*")} == {".lock", *foreign}


def test_products_of_a_chunk_without_checkpoint_do_not_come_back(tmp_path):
    with pytest.raises(StopHereError):
        short_trajectory(tmp_path, progress=stop_after(3))
    (newest,) = tmp_path.glob("checkpoint-*.restart")
    reached = int(newest.stem[-12:])
    newest.unlink()  # as if killed after the rename of the frames, before that of the checkpoint
    assert (tmp_path / f"frames-{reached:012d}.dump").is_file()
    again = short_trajectory(tmp_path, chunk_steps=1000)
    whole = short_trajectory(tmp_path / "whole", chunk_steps=1000)
    assert np.array_equal(again.trajectory.positions_tnc, whole.trajectory.positions_tnc)
    assert_same_end(again, whole)


def test_progress_is_told_from_start_to_end():
    seen = []
    short_run(progress=lambda done, total: seen.append((done, total)))
    assert seen == [(0, 300), (100, 300), (200, 300), (300, 300)]


def test_run_can_be_ended_at_a_checkpoint_and_goes_on_from_it(tmp_path):
    reached = []

    def out_of_time():
        reached.append(max(int(p.stem[-12:]) for p in tmp_path.glob("checkpoint-*.restart")))
        if len(reached) == 2:
            raise StopHereError

    with pytest.raises(StopHereError):
        short_run(tmp_path, on_checkpoint=out_of_time)
    assert reached == [100, 200]
    assert_same_end(short_run(tmp_path), short_run())


def test_impossible_requests_are_refused():
    model = get_model("ipl")
    with pytest.raises(ProtocolError, match=r"temperature must be a positive number, got 0\.0"):
        equilibrate(model, 0.0, 200, duration=1.0)
    with pytest.raises(ProtocolError, match="temperature"):
        equilibrate(model, float("nan"), 200, duration=1.0)
    with pytest.raises(ProtocolError, match=r"duration must be a positive number, got -1\.0"):
        equilibrate(model, 1.0, 200, duration=-1.0)
    with pytest.raises(ProtocolError, match="seed must not be negative"):
        equilibrate(model, 1.0, 200, seed=-1, duration=1.0)
    with pytest.raises(ConfigurationError, match="twice the largest cut-off"):
        equilibrate(model, 1.0, 30, duration=1.0)
    start = equilibrated("ipl").configuration
    with pytest.raises(ProtocolError, match="give one of them"):
        equilibrate(model, 1.0, 300, start=start, duration=1.0)
    with pytest.raises(ProtocolError, match="no velocities"):
        run_trajectory(replace(start, velocities_nc=None), model, 1.0, block_duration=1.0)
    with pytest.raises(ProtocolError, match="ratio > 1"):
        run_trajectory(start, model, 1.0, block_duration=1.0, ratio=1.0)


def unwrapped(configuration):
    return configuration.positions_nc + configuration.images_nc * configuration.box_c


@pytest.mark.parametrize(("name", "suffix"), [("ipl", "nc"), ("ipl2d", "dump")])
def test_trajectory_begins_and_ends_where_its_configurations_are(name, suffix, tmp_path):
    model, run = get_model(name), equilibrated(name)
    liquid = run.configuration
    result = run_trajectory(
        liquid,
        model,
        run.temperature,
        block_duration=60 * run.time_step,
        n_blocks=2,
        ratio=1.5,
        output=tmp_path / f"run.{suffix}",
        execution=Execution(record_every=20, chunk_steps=50),
    )
    trajectory = result.trajectory
    assert np.array_equal(trajectory.steps, frame_steps(60, 2, 1.5))
    assert trajectory.time_step == run.time_step
    np.testing.assert_allclose(trajectory.positions_tnc[0], unwrapped(liquid), atol=1e-14)
    np.testing.assert_allclose(
        trajectory.positions_tnc[-1], unwrapped(result.configuration), atol=1e-14
    )
    saved = read_trajectory(tmp_path / f"run.{suffix}", model, time_step=run.time_step)
    assert np.array_equal(saved.positions_tnc, trajectory.positions_tnc)
    assert np.array_equal(saved.steps, trajectory.steps)
    assert result.record["step"].tolist() == list(range(0, 121, 20))
    assert list(tmp_path.iterdir()) == [result.path]


def test_first_steps_of_a_trajectory_are_ballistic():
    model, run = get_model("mblj"), equilibrated("mblj")
    liquid = run.configuration
    result = run_trajectory(
        liquid, model, run.temperature, block_duration=10 * run.time_step, n_blocks=1
    )
    moved_nc = result.trajectory.positions_tnc[1] - result.trajectory.positions_tnc[0]
    dt, forces_nc = run.time_step, evaluate(liquid, model).forces_nc
    expected_nc = dt * liquid.velocities_nc + dt**2 / 2 * forces_nc
    np.testing.assert_allclose(moved_nc, expected_nc, atol=0.01 * np.abs(expected_nc).max())


def test_interrupted_trajectory_equals_an_uninterrupted_one_bit_for_bit(tmp_path):
    whole = short_trajectory(tmp_path / "whole")
    with pytest.raises(StopHereError):
        short_trajectory(tmp_path / "parts", progress=stop_after(2))
    resumed = short_trajectory(tmp_path / "parts")
    assert np.array_equal(resumed.trajectory.positions_tnc, whole.trajectory.positions_tnc)
    assert_same_end(resumed, whole)
    assert len(list((tmp_path / "parts").glob("frames-*.dump"))) > 3


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_trajectory_killed_at_any_moment_repeats_and_misses_no_frame(tmp_path, liquid_of):
    model, start = get_model("mblj"), tmp_path / "start.data"
    write_data(start, liquid_of("mblj"), model)
    options = {"block_duration": 1.0, "n_blocks": 6, "seed": 3}
    options["execution"] = Execution(chunk_steps=60)
    program = f"""
        from lmpmeso.configurations import read_configuration
        from lmpmeso.execution import Execution
        from lmpmeso.models import get_model
        from lmpmeso.protocols import (run_trajectory)
        model = get_model("mblj")
        start = read_configuration({str(start)!r}, model)
        print("begin", flush=True)
        while True:
            run_trajectory(start, model, 1.0, **{options}, folder={str(tmp_path / "run")!r})
    """
    generator = np.random.default_rng(8)
    for _ in range(2):
        victim = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE
        )
        try:
            victim.stdout.readline()
            time.sleep(generator.uniform(0.1, 0.6))
        finally:
            os.kill(victim.pid, signal.SIGKILL)
            victim.communicate()
    liquid = read_configuration(start, model)
    killed, whole = (
        run_trajectory(liquid, model, 1.0, **options, folder=folder).trajectory
        for folder in (tmp_path / "run", None)
    )
    assert np.array_equal(killed.steps, frame_steps(200, 6, 1.2))
    assert np.array_equal(killed.positions_tnc, whole.positions_tnc)


@pytest.mark.parametrize(("block", "ratio"), [(100, 1.2), (1, 2.0), (1000, 1.01), (7, 10.0)])
def test_frames_are_log_spaced_within_blocks_that_share_their_ends(block, ratio):
    steps = frame_steps(block, 3, ratio)
    assert steps[0] == 0
    assert steps[-1] == 3 * block
    assert (np.diff(steps) > 0).all()
    assert {0, block, 2 * block, 3 * block} <= set(steps.tolist())
    first = steps[steps <= block]
    assert all(b <= max(np.ceil(a * ratio), a + 1) for a, b in pairwise(first))
    assert np.array_equal(steps[(steps >= block) & (steps <= 2 * block)] - block, first)


def test_cuts_end_with_the_run_and_leave_no_stretch_longer_than_needed():
    steps = frame_steps(1000, 4, 1.3)
    chosen = cuts(steps, 300)
    assert chosen[-1] == 4000
    assert set(chosen.tolist()) <= set(steps.tolist())
    assert np.diff([0, *chosen]).max() <= 300
    assert cuts(steps, 10_000).tolist() == [4000]
    assert cuts(np.array([0, 50, 100]), 10).tolist() == [50, 100]


def test_lammps_seeds_are_valid_and_differ_by_stream():
    seeds = {lammps_seed(seed, stream) for seed in range(20) for stream in range(5)}
    assert len(seeds) == 100
    assert all(0 < seed <= 900_000_000 for seed in seeds)


REFERENCE_ENERGIES = [
    ("ipl", 2.0, 9.0231, 0.02),
    ("ipl", 1.0, 7.4433, 0.02),
    ("ss", 2.0, -1.3582, 0.03),
    ("ss", 1.4, -2.3854, 0.03),
    ("sw", 0.06, -1.8367, 0.002),
    ("sw", 0.045, -1.8635, 0.002),
]
"""(model, T, U/N, tolerance) from short runs of N = 2000 (SW 1728) by independent code; the
tolerance is four times the standard error of the run below."""


@pytest.mark.validate
@pytest.mark.parametrize(("name", "temperature", "energy", "tolerance"), REFERENCE_ENERGIES)
def test_energy_of_the_liquid_is_that_of_independent_runs(name, temperature, energy, tolerance):
    model = get_model(name)
    duration = 10_000 * model.time_step_at(temperature)
    run = equilibrate(model, temperature, 1000, seed=2, duration=duration)
    settled = run.record[run.record["step"] > 3000]
    assert settled["potential_energy"].mean() == pytest.approx(energy, abs=tolerance)


@pytest.mark.validate
def test_kob_andersen_liquid_has_the_energy_and_pressure_of_the_literature():
    """T = 2.0, ρ = 1.2: U/N = -4.6539, p = 19.318 (Roskilde's equilibrium data)."""
    model = get_model("ka")
    run = equilibrate(model, 2.0, 1000, seed=2, duration=20_000 * model.time_step_at(2.0))
    settled = run.record[run.record["step"] > 4000]
    assert settled["potential_energy"].mean() == pytest.approx(-4.6539, abs=0.02)
    assert settled["pressure"].mean() == pytest.approx(19.318, abs=0.1)


def test_frames_of_a_run_of_ours_are_not_judged_by_their_displacements(monkeypatch):
    """Else a particle that evaporates would end a campaign, which cannot say that it knows."""
    monkeypatch.setattr(
        "lmpmeso.configurations.trajectories.refuse_impossible_motion",
        lambda *_: pytest.fail("they were judged"),
    )
    start = random_start("ipl", 64, seed=1)
    run = run_trajectory(start, "ipl", 2.0, block_duration=0.2, n_blocks=1, seed=1)
    assert run.trajectory.n_frames > 1


def test_more_frames_than_a_disk_holds_are_refused():
    with pytest.raises(ProtocolError, match=r"blocks of .* frames or more are more than 1e"):
        frame_steps(10**4, 10**6, 1.0001)


def test_a_run_of_years_is_refused_before_its_steps_are_listed(liquid_of, tmp_path):
    refuse_too_long(1e11)
    model = get_model("ipl")
    with pytest.raises(ProtocolError, match="would take years"):
        equilibrate(model, 1.0, start=liquid_of("ipl"), duration=1e12, folder=tmp_path / "one")
    with pytest.raises(ProtocolError, match="would take years"):
        run_shortly(liquid_of("ipl"), model, 1.0, duration=1e300, seed=1, folder=tmp_path / "two")
    with pytest.raises(ProtocolError, match="would take years"):
        run_trajectory(
            liquid_of("ipl"),
            model,
            1.0,
            block_duration=1e7,
            n_blocks=10**4,
            folder=tmp_path / "three",
        )
    assert not [*tmp_path.glob("*/*")]
