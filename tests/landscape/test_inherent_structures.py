from dataclasses import replace

import numpy as np
import pytest

from lmpmeso.errors import ConvergenceError, FolderError, ProtocolError
from lmpmeso.execution import Execution
from lmpmeso.landscape import (
    inherent_structure_trajectories,
    inherent_structure_trajectory,
    quench_noise,
    short_run,
    transition_rate,
    transitions,
)
from lmpmeso.landscape import inherent_structures as module
from lmpmeso.models import get_model
from lmpmeso.protocols import quench
from tests.landscape.double_well import MODEL, trajectory, wells


def followed(word: str, **options):
    return inherent_structure_trajectory(trajectory(word), MODEL, **options)


def test_each_frame_falls_into_its_own_well():
    found = followed("AABBBABB")
    energies = {name: well.energy for name, well in zip("AB", wells(), strict=True)}
    assert found.energies_f == pytest.approx([energies[name] for name in "AABBBABB"], abs=1e-9)
    assert found.n_quenches == found.n_frames == 8
    assert found.max_forces_q.max() <= 1e-10
    assert transitions(found)["step"].tolist() == [2, 5, 6]


def test_recognition_gives_the_answer_of_exhaustive_quenching():
    frames = trajectory("ABBABAAB")
    recognised = inherent_structure_trajectory(frames, MODEL)
    by_itself = inherent_structure_trajectory(frames, MODEL, recognise=False)
    assert recognised.recognised_q.tolist() == [False] * 3 + [True] * 5
    assert not by_itself.recognised_q.any()
    assert recognised.energies_f == pytest.approx(by_itself.energies_f, abs=1e-10)
    moved_qnc = recognised.positions_qnc - by_itself.positions_qnc
    moved_qnc -= moved_qnc.mean(axis=1, keepdims=True)
    assert np.abs(moved_qnc).max() < 1e-9


@pytest.mark.parametrize(
    ("name", "minimizer"), [("mblj", "cg"), ("ss", "cg"), ("mblj", "steepest")]
)
def test_recognition_gives_the_answer_of_the_quench_on_a_real_liquid(name, minimizer, liquid_of):
    model = get_model(name)
    # A descent takes much longer than conjugate gradients.
    duration = (3 if minimizer == "steepest" else 5) * model.time_step_at(1.2)
    frames = short_run(
        liquid_of(name), model, 1.2, duration=duration, seed=5, execution=Execution("none")
    )
    found = inherent_structure_trajectory(
        frames, model, minimizer=minimizer, execution=Execution("none")
    )
    assert found.recognised_q.any() == (name == "mblj")
    for k in range(frames.n_frames):
        alone = quench(frames.configuration(k), model, minimizer, execution=Execution("none"))
        assert found.energies_f[k] == pytest.approx(alone.energy, abs=1e-9)
        moved_nc = found.positions_qnc[k] - alone.unwrapped_positions()
        moved_nc -= moved_nc.mean(axis=0)
        assert np.abs(moved_nc).max() < 1e-8


def test_a_frame_that_ends_beside_a_known_structure_but_not_in_it_is_polished_by_itself():
    first, _ = wells()
    beside_nc = first.positions_nc.copy()
    beside_nc[7, 0] += 3e-4
    quencher = module.FrameQuencher(module.QuenchSettings(MODEL))
    quencher.remember(first.with_positions(beside_nc))
    frames = trajectory("AAAA")
    found = [quencher.quench(frames.configuration(k)) for k in range(4)]
    # The second is recognised, and polished by itself because it is the first that is.
    assert [recognised for _, recognised in found] == [False, False, True, True]
    for structure, _ in found:
        moved_nc = structure.unwrapped_positions() - first.unwrapped_positions()
        assert np.abs(moved_nc - moved_nc.mean(axis=0)).max() < 1e-9


def test_the_noise_of_the_quench_is_measured_with_every_trajectory():
    noise = quench_noise(followed("AABBB"))
    assert noise.n_same == 1
    assert 0 <= noise.displacement < 1e-9
    assert 0 <= noise.energy < 1e-9
    assert noise.n_different == 1
    assert noise.smallest_displacement > 0.1


def test_a_common_drift_is_no_transition():
    drifting = trajectory("AAABBB", drift=0.3)
    found = inherent_structure_trajectory(drifting, MODEL)
    assert transitions(found)["step"].tolist() == [3]


def test_a_solid_that_only_vibrates_has_no_transitions():
    glass, _ = wells()
    run = short_run(
        glass, MODEL, 1e-6, duration=0.1, interval_steps=4, seed=1, execution=Execution("none")
    )
    found = inherent_structure_trajectory(run, MODEL, execution=Execution("none"))
    again = inherent_structure_trajectory(run, MODEL, recognise=False, execution=Execution("none"))
    assert found.energies_f == pytest.approx(glass.energy, abs=1e-9)
    rate = transition_rate([found, again], MODEL, 1e-6)
    assert rate.counts_k.tolist() == [0, 0]
    assert rate.reduced.mean == 0.0 < rate.reduced.high


def test_bisection_finds_the_same_transitions_with_fewer_quenches():
    word = "A" * 10 + "B" * 15 + "A" * 7
    exhaustive, bisected = followed(word), followed(word, search="bisection")
    assert transitions(exhaustive)["step"].tolist() == [10, 25]
    assert transitions(bisected)["step"].tolist() in ([], [10, 25])
    one = followed("A" * 20 + "B" * 45, search="bisection")
    assert transitions(one)["step"].tolist() == [20]
    assert one.n_quenches <= 2 + 7


def test_bisection_does_not_see_an_excursion_there_and_back():
    bisected = followed("AABAA", search="bisection")
    assert bisected.n_quenches == 2
    assert len(transitions(bisected)) == 0
    assert len(transitions(followed("AABAA"))) == 2


def test_an_extended_trajectory_is_quenched_only_where_it_is_new(tmp_path, monkeypatch):
    quenched = []
    original = module.FrameQuencher.quench

    def counting(self, frame):
        quenched.append(frame.step)
        return original(self, frame)

    monkeypatch.setattr(module.FrameQuencher, "quench", counting)
    whole = trajectory("AABBAB")
    part = replace(whole, positions_tnc=whole.positions_tnc[:4], steps=whole.steps[:4])
    inherent_structure_trajectory(part, MODEL, folder=tmp_path)
    assert quenched == [0, 1, 2, 3]
    extended = inherent_structure_trajectory(whole, MODEL, folder=tmp_path)
    assert quenched == [0, 1, 2, 3, 4, 5]
    again = inherent_structure_trajectory(whole, MODEL, folder=tmp_path)
    assert quenched == [0, 1, 2, 3, 4, 5]
    assert np.array_equal(again.positions_qnc, extended.positions_qnc)
    assert np.array_equal(again.energies_f, extended.energies_f)
    assert again.recognised_q.tolist() == extended.recognised_q.tolist()
    exhaustive = inherent_structure_trajectory(whole, MODEL)
    assert again.energies_f == pytest.approx(exhaustive.energies_f, abs=1e-10)


@pytest.mark.parametrize(("search", "interval"), [("exhaustive", 1e9), ("bisection", 0.0)])
def test_what_was_quenched_before_a_failure_is_kept(tmp_path, monkeypatch, search, interval):
    monkeypatch.setattr(module, "SAVE_INTERVAL", interval)
    quenched = []
    original = module.FrameQuencher.quench

    def failing(self, frame):
        if len(quenched) == 4:
            raise ConvergenceError("no minimum")
        quenched.append(frame.step)
        return original(self, frame)

    monkeypatch.setattr(module.FrameQuencher, "quench", failing)
    frames = trajectory("AAAAABBBBB")
    with pytest.raises(ConvergenceError, match="no minimum"):
        inherent_structure_trajectory(frames, MODEL, folder=tmp_path, search=search)
    before = list(quenched)
    quenched[:] = ["again"]
    monkeypatch.setattr(
        module.FrameQuencher,
        "quench",
        lambda self, frame: quenched.append(frame.step) or original(self, frame),
    )
    found = inherent_structure_trajectory(frames, MODEL, folder=tmp_path, search=search)
    assert not set(before) & set(quenched)
    assert transitions(found)["step"].tolist() == [5]


def test_a_bisection_that_was_killed_goes_on_from_its_shards(tmp_path, monkeypatch):
    frames = trajectory("AAAAABBBBB")
    part = replace(frames, positions_tnc=frames.positions_tnc[[0, 9]], steps=frames.steps[[0, 9]])
    inherent_structure_trajectory(part, MODEL, folder=tmp_path)
    inherent_structure_trajectory(
        replace(frames, positions_tnc=frames.positions_tnc[[0, 4]], steps=frames.steps[[0, 4]]),
        MODEL,
        folder=tmp_path,
    )
    bisected = inherent_structure_trajectory(frames, MODEL, folder=tmp_path, search="bisection")
    assert transitions(bisected)["step"].tolist() == [5]
    assert len(list(tmp_path.glob("structures-*.nc"))) == 3


def test_worker_processes_find_what_this_process_finds(tmp_path):
    words = ["AAB", "BBA"]
    frames = [trajectory(word) for word in words]
    frames[1] = replace(frames[1], steps=frames[1].steps + 10)
    told = []
    parallel = inherent_structure_trajectories(
        frames,
        MODEL,
        folders=[tmp_path / "0", tmp_path / "1"],
        execution=Execution(processes=2, progress=lambda done, total: told.append((done, total))),
    )
    assert told == [(0, 2), (1, 2), (2, 2)]
    for one, other in zip(parallel, inherent_structure_trajectories(frames, MODEL), strict=True):
        assert np.array_equal(one.positions_qnc, other.positions_qnc)
        assert np.array_equal(one.energies_q, other.energies_q)


def test_a_folder_of_another_run_from_the_same_configuration_is_refused(tmp_path):
    one = inherent_structure_trajectory(trajectory("AAB"), MODEL, folder=tmp_path)
    other = trajectory("ABB")
    assert np.array_equal(other.positions_tnc[0], trajectory("AAB").positions_tnc[0])
    with pytest.raises(FolderError, match="another landscape: the frame at step 1"):
        inherent_structure_trajectory(other, MODEL, folder=tmp_path)
    again = inherent_structure_trajectory(trajectory("AAB"), MODEL, folder=tmp_path)
    assert np.array_equal(again.energies_f, one.energies_f)


def test_a_folder_of_another_trajectory_is_refused(tmp_path):
    inherent_structure_trajectory(trajectory("AB"), MODEL, folder=tmp_path)
    with pytest.raises(FolderError, match="first_frame is"):
        inherent_structure_trajectory(trajectory("BA"), MODEL, folder=tmp_path)
    with pytest.raises(FolderError, match="minimizer is 'steepest' there and 'fire' here"):
        inherent_structure_trajectory(trajectory("AB"), MODEL, folder=tmp_path, minimizer="fire")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"search": "random"}, "search must be one of"),
        ({"same_displacement": 0.0}, "same_displacement must be positive"),
        ({"execution": Execution(processes=0)}, "processes must be at least 1"),
        ({"minimizer": "newton"}, "minimizer must be one of"),
    ],
)
def test_impossible_arguments_are_refused(options, message):
    with pytest.raises(ProtocolError, match=message):
        followed("AB", **options)


def test_a_single_frame_is_refused():
    with pytest.raises(ProtocolError, match="a single frame"):
        followed("A")


def test_a_coarser_look_keeps_every_other_frame():
    found = followed("ABABAB")
    assert found.every(2).steps_f.tolist() == [0, 2, 4]
    assert len(transitions(found.every(2))) == 0
    with pytest.raises(ProtocolError, match="leaves nothing to compare"):
        found.every(6)


def test_the_table_tells_which_frames_were_quenched():
    table = followed("AAAB", search="bisection").table()
    assert table["quenched"].tolist() == [True, True, True, True]
    assert followed("AAAA", search="bisection").table()["quenched"].tolist() == [
        True,
        False,
        False,
        True,
    ]


def test_a_short_run_has_a_frame_every_few_steps_and_can_be_extended(liquid_of, tmp_path):
    model = get_model("ipl")
    step = model.time_step_at(0.9)
    options = {"interval_steps": 3, "seed": 2, "folder": tmp_path, "execution": Execution("none")}
    short = short_run(liquid_of("ipl"), model, 0.9, duration=9 * step, **options)
    assert short.steps.tolist() == [0, 3, 6, 9]
    longer = short_run(liquid_of("ipl"), model, 0.9, duration=14 * step, **options)
    assert longer.steps.tolist() == [0, 3, 6, 9, 12, 15]
    assert np.array_equal(longer.positions_tnc[:4], short.positions_tnc)


def test_a_short_run_may_take_shorter_time_steps(liquid_of):
    model = get_model("ipl")
    step = model.time_step_at(0.9)
    coarse, fine = (
        short_run(
            liquid_of("ipl"),
            model,
            0.9,
            duration=4 * step,
            interval_steps=factor,
            seed=2,
            time_step=step / factor,
            execution=Execution("none"),
        )
        for factor in (1, 8)
    )
    assert fine.times == pytest.approx(coarse.times)
    moved = np.abs(fine.positions_tnc - coarse.positions_tnc).max()
    assert 0 < moved < 1e-3


def test_a_short_run_needs_a_duration(liquid_of):
    with pytest.raises(ProtocolError, match="positive duration"):
        short_run(liquid_of("ipl"), get_model("ipl"), 0.9, duration=0.0)
