import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace

import numpy as np
import pytest

from lmpmeso.configurations import read_trajectory
from lmpmeso.equilibrium import Criterion, equilibrate_liquid
from lmpmeso.errors import FolderError, ModelError, NotEquilibratedWarning, ProtocolError
from lmpmeso.execution import Execution
from lmpmeso.models import get_model
from lmpmeso.protocols import random_start
from lmpmeso.protocols.frame_schedule import frame_steps

MODEL = get_model("ipl")
N = 150
CRITERION = Criterion(first_duration=12.0, stretch_tau=3.0)
"""Short stretches: T = 2 relaxes within one time unit."""


def liquid(folder, seed=1, temperature=2.0, criterion=CRITERION, **options):
    return equilibrate_liquid(
        MODEL, temperature, N, seed, folder=folder, criterion=criterion, **options
    )


PROGRESS = []


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """An uninterrupted equilibration."""
    return liquid(
        tmp_path_factory.mktemp("whole"),
        execution=Execution(
            chunk_steps=1000, progress=lambda done, planned: PROGRESS.append((done, planned))
        ),
    )


def assert_same(one, other):
    for name in ("positions_nc", "velocities_nc", "images_nc"):
        assert np.array_equal(getattr(one.configuration, name), getattr(other.configuration, name))
    assert one.history.equals(other.history)
    assert one.record.equals(other.record)
    assert one.relaxation_time == other.relaxation_time


def test_hot_liquid_is_soon_in_equilibrium(whole):
    assert whole.equilibrated
    assert whole.structure.is_liquid
    # τ_α/t0 = 1.0 in an independent run of 2000 particles, good to 10-20 %.
    assert whole.relaxation_time.value / MODEL.t0(2.0) == pytest.approx(1.0, rel=0.25)
    history = whole.history
    assert history["verdict"].iloc[-1] == "equilibrated"
    assert history["p_value"].iloc[-1] >= 0.05
    assert (history["duration"].iloc[-2:] >= 3.0 * whole.relaxation_time.value).all()
    assert whole.duration == pytest.approx(history["duration"].sum())
    assert whole.configuration.parent_temperature == 2.0


def test_record_and_trajectories_are_those_of_the_stretches(whole):
    assert (np.diff(whole.record["time"]) > 0).all()
    assert whole.record["time"].iloc[-1] == pytest.approx(whole.duration, rel=1e-6)
    assert len(whole.trajectories) == min(2, len(whole.history))
    last = read_trajectory(whole.trajectories[-1], MODEL)
    block = last.steps[-1] // 24
    assert np.array_equal(last.steps, frame_steps(block, 24, 1.6))
    end = whole.configuration
    np.testing.assert_allclose(
        last.positions_tnc[-1], end.positions_nc + end.images_nc * end.box_c, atol=1e-13
    )


def test_decision_lies_beside_the_data_with_its_evidence(whole):
    content = json.loads((whole.folder / "equilibrium.json").read_text())
    assert content["finished"]
    assert content["equilibrated"]
    assert content["reason"] == whole.reason
    assert content["tau_alpha"] == whole.relaxation_time.value
    assert content["parameters"]["seed"] == 1
    last = content["stretches"][-1]
    quantities = {row["quantity"] for row in last["comparisons"]}
    assert quantities == {"Fs", "msd", "potential_energy", "pressure"}
    assert last["structure"]["evidence"]["void_radius"] < 1.4
    assert not any(whole.folder.glob("stretch-*/run"))


def test_finished_equilibration_is_read_not_repeated(whole):
    def fail(done, total):
        raise AssertionError("it ran again")

    assert_same(liquid(whole.folder, execution=Execution(progress=fail)), whole)


def test_slow_liquid_is_flagged_when_its_time_is_up_and_goes_on_when_given_more(tmp_path):
    options = {"temperature": 0.5, "criterion": replace(CRITERION, first_duration=3.0)}
    with pytest.warns(NotEquilibratedWarning, match="max_duration = 10 is reached"):
        short = liquid(tmp_path, max_duration=10.0, **options)
    assert not short.equilibrated
    assert short.relaxation_time is None
    assert short.history["verdict"].tolist() == ["too short", "too short"]
    assert short.history["duration"].tolist() == pytest.approx([3.0, 6.0])
    assert "F_s falls only to" in short.reason
    with pytest.warns(NotEquilibratedWarning):
        longer = liquid(tmp_path, max_duration=21.0, **options)
    assert longer.history["duration"].tolist() == pytest.approx([3.0, 6.0, 12.0])
    assert longer.history[:2].equals(short.history)
    assert [path.parent.name for path in longer.trajectories] == ["stretch-001", "stretch-002"]


class OutOfTimeError(Exception):
    pass


def test_equilibration_that_is_stopped_at_any_checkpoint_ends_bit_for_bit_the_same(tmp_path, whole):
    stops = []

    def stop():
        stops.append(len(stops))
        raise OutOfTimeError

    while True:
        try:
            resumed = liquid(tmp_path, execution=Execution(chunk_steps=1000, on_checkpoint=stop))
        except OutOfTimeError:
            continue
        break
    assert len(stops) > 2 * len(whole.history)
    assert_same(resumed, whole)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_equilibration_killed_at_any_moment_ends_bit_for_bit_the_same(tmp_path, whole):
    program = textwrap.dedent(f"""
        from lmpmeso.equilibrium import Criterion, equilibrate_liquid
        from lmpmeso.execution import Execution
        from lmpmeso.models import get_model
        print("begin", flush=True)
        equilibrate_liquid(get_model("ipl"), 2.0, {N}, 1, folder={str(tmp_path)!r},
                           execution=Execution(chunk_steps=1000), criterion={CRITERION})
    """)
    generator = np.random.default_rng(5)
    for _ in range(2):
        victim = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
        try:
            victim.stdout.readline()
            time.sleep(generator.uniform(0.2, 1.0))
        finally:
            os.kill(victim.pid, signal.SIGKILL)
            victim.communicate()
    assert_same(liquid(tmp_path, execution=Execution(chunk_steps=1000)), whole)


def test_progress_counts_the_steps_of_all_stretches(whole):
    assert PROGRESS[0][0] == 0
    assert PROGRESS[-1][0] == PROGRESS[-1][1] == round(whole.duration / MODEL.time_step_at(2.0))
    assert [done for done, _ in PROGRESS] == sorted(done for done, _ in PROGRESS)


def test_impossible_requests_and_folders_of_other_runs_are_refused(whole, tmp_path):
    with pytest.raises(FolderError, match="seed is 1 there and 2 here"):
        liquid(whole.folder, seed=2)
    with pytest.raises(ProtocolError, match="temperature must be a positive number"):
        liquid(tmp_path, temperature=-1.0)
    with pytest.raises(ProtocolError, match="significance must lie between 0 and 1"):
        Criterion(significance=1.0)
    with pytest.raises(
        ProtocolError, match=r"before the end of the first stretch, which takes .* give more"
    ):
        liquid(tmp_path / "none", max_duration=1.0)
    unknown = replace(
        MODEL, name="q-unknown", species=tuple(replace(s, q_max=None) for s in MODEL.species)
    )
    with pytest.raises(ModelError, match="does not state q_max"):
        equilibrate_liquid(unknown, 2.0, N, seed=1, folder=tmp_path / "none")
    assert not (tmp_path / "none").exists()
    start = random_start(MODEL, N + 1, 1)
    with pytest.raises(ProtocolError, match="give one of them"):
        liquid(tmp_path, start=start)


def test_start_is_taken_and_its_ids_are_kept(whole, tmp_path):
    start = whole.configuration
    again = equilibrate_liquid(
        MODEL, 2.0, start=start, seed=7, folder=tmp_path, criterion=CRITERION
    )
    assert np.array_equal(again.configuration.ids, start.ids)
    first = again.record.iloc[0]
    assert first["potential_energy"] == pytest.approx(
        whole.record["potential_energy"].iloc[-1], abs=0.5
    )
    assert first["temperature"] == pytest.approx(2.0, rel=1e-9)
