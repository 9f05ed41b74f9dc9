"""What the engine does with steps, in this process: order, failures, resumption, two programs."""

import fcntl
import json
import os
import resource
import time
from dataclasses import replace
from types import SimpleNamespace

import dask.config
import pytest

from lmpmeso.engine import progress
from lmpmeso.engine.dask_workers import DASK_OPTIONS
from lmpmeso.engine.deadline import CheckpointClock, may_begin
from lmpmeso.engine.make import Run, make
from lmpmeso.engine.resources import Resources
from lmpmeso.engine.run import run_steps
from lmpmeso.engine.status import status_of
from lmpmeso.engine.step import Step
from lmpmeso.engine.step_files import Attempt, StepFiles, Worker, signs_of_life, write_worker
from lmpmeso.engine.step_graph import StepGraph
from lmpmeso.errors import CampaignError
from lmpmeso.files.atomic import temporary_beside
from lmpmeso.files.locks import passing_lock
from tests.engine.programs import contents, wait_for
from tests.engine.small_steps import (
    QuietSink,
    count_up,
    fill_disk,
    lines,
    pyramid,
    raise_error,
    sum_up,
    write_nothing,
    write_text,
)

SERIAL = Resources(engine="serial")


@pytest.fixture
def ledger(tmp_path):
    return tmp_path / "ledger"


@pytest.fixture
def root(tmp_path):
    return tmp_path / "a campaign"


def run(root, steps):
    return run_steps(root, steps, SERIAL, QuietSink())


def test_every_target_is_made_once_after_what_it_needs(root, ledger):
    outcome = run(root, pyramid(ledger))
    assert outcome.complete
    assert len(outcome.made) == 17
    order = {target: place for place, target in enumerate(outcome.made)}
    assert order["liquid/0.txt"] < order["liquid/1.txt"] < order["glass/1-0.txt"]
    assert order["total.txt"] == 16
    assert (root / "total.txt").read_text() == "48\n"
    assert len(lines(ledger)) == len(set(lines(ledger))) == 25


def test_nothing_but_targets_is_left(root, ledger):
    run(root, pyramid(ledger))
    assert set(contents(root)) == {step.target for step in pyramid(ledger)}


def test_a_second_run_makes_nothing(root, ledger):
    run(root, pyramid(ledger))
    before = lines(ledger)
    outcome = run(root, pyramid(ledger))
    assert outcome.made == []
    assert len(outcome.kept) == 17
    assert lines(ledger) == before


def test_a_target_that_was_removed_is_made_again_and_no_other(root, ledger):
    run(root, pyramid(ledger))
    (root / "glass/1-1.txt").unlink()
    assert run(root, pyramid(ledger)).made == ["glass/1-1.txt"]


def test_long_chains_go_first(root, ledger):
    single = [Step(f"single/{k}", sum_up, {"value": k, "ledger": str(ledger)}) for k in range(3)]
    chain = [
        Step(
            f"chain/{k}",
            sum_up,
            {"value": k, "ledger": str(ledger)},
            {"parts": (f"chain/{k - 1}",)} if k else {},
        )
        for k in range(3)
    ]
    assert run(root, [*single, *chain]).made[:2] == ["chain/0", "chain/1"]


def test_a_failed_step_leaves_a_log_and_blocks_only_what_needs_it(root, ledger):
    parameters = {"value": 1, "ledger": str(ledger)}
    steps = [
        Step("bad.txt", raise_error, group="bad"),
        Step("after.txt", sum_up, parameters, {"parts": ("bad.txt",)}, group="after"),
        Step("empty.txt", write_nothing),
        Step("fine.txt", sum_up, parameters),
    ]
    outcome = run(root, steps)
    assert outcome.made == ["fine.txt"]
    assert outcome.blocked == ["after.txt"]
    assert outcome.failed["bad.txt"].reason == "ValueError: this cannot work"
    log = outcome.failed["bad.txt"].log.read_text()
    assert "raise_error" in log
    assert "Traceback" in log
    assert "without writing its target" in outcome.failed["empty.txt"].reason
    status = status_of(root, steps)
    assert {g.group: (g.done, g.failed, g.blocked) for g in status.groups} == {
        "bad": (0, 1, 0),
        "after": (0, 0, 1),
        "tasks": (1, 1, 0),
    }
    assert {failed.target for failed in status.failed} == {"bad.txt", "empty.txt"}


def test_what_failed_is_tried_again_in_the_next_run(root, ledger):
    run(root, [Step("x.txt", raise_error)])
    repaired = [Step("x.txt", sum_up, {"value": 1, "ledger": str(ledger)})]
    assert run(root, repaired).made == ["x.txt"]
    assert not (root / "failures" / "x.txt.log").exists()


def test_a_step_goes_on_from_its_checkpoint(root, ledger):
    step = Step("x.txt", count_up, {"chunks": 4, "ledger": str(ledger)})
    (root / "x.txt.work").mkdir(parents=True)
    (root / "x.txt.work" / "state").write_text("3")
    assert run(root, [step]).complete
    assert lines(ledger) == ["x.txt:3"]
    assert (root / "x.txt").read_text() == "4\n"
    assert not (root / "x.txt.work").exists()


def test_a_step_stops_at_a_checkpoint_when_the_time_of_the_job_is_over(root, ledger, monkeypatch):
    step = Step("x.txt", count_up, {"chunks": 4, "ledger": str(ledger), "pause": 0.05})
    monkeypatch.setattr("lmpmeso.engine.make.may_begin", lambda *_: True)
    monkeypatch.setenv("SLURM_JOB_END_TIME", str(int(time.time() + 3)))
    outcome = run(root, [step])
    assert outcome.waiting == ["x.txt"]
    assert "time is over" in outcome.stopped
    assert lines(ledger) == ["x.txt:0"]
    monkeypatch.delenv("SLURM_JOB_END_TIME")
    assert run(root, [step]).complete
    assert lines(ledger) == [f"x.txt:{k}" for k in range(4)]


def test_no_step_begins_when_a_quarter_of_the_wall_time_is_left():
    now = time.time()
    assert may_begin(now + 20, 60)
    assert not may_begin(now + 14, 60)
    assert not may_begin(now + 500, 86400)
    assert may_begin(now + 700, 86400)


def test_time_to_the_next_checkpoint_is_reckoned_from_those_before(monkeypatch):
    now, date = [1000.0], [5e8]
    monkeypatch.setattr("lmpmeso.engine.deadline.time.monotonic", lambda: now[0])
    monkeypatch.setattr("lmpmeso.engine.deadline.time.time", lambda: date[0])
    clock = CheckpointClock(5e8 + 60)
    now[0] += 20
    date[0] += 86400  # the clock on the wall jumps
    assert clock.may_go_on()
    now[0] += 15
    date[0] -= 2 * 86400
    assert not clock.may_go_on()


@pytest.mark.parametrize("jump", [-86400.0, 86400.0])
def test_a_clock_that_jumps_fails_no_step(root, ledger, jump):
    """By a day, after a failure: the next run tries again."""
    steps = [Step("x.txt", raise_error), Step("y.txt", sum_up, {"value": 1, "ledger": str(ledger)})]
    assert list(run(root, steps).failed) == ["x.txt"]
    log = root / "failures" / "x.txt.log"
    written = log.stat().st_mtime - jump
    os.utime(log, (written, written))
    mended = [replace(steps[0], function=sum_up, parameters=steps[1].parameters), steps[1]]
    outcome = run(root, mended)
    assert (outcome.made, outcome.kept) == (["x.txt"], ["y.txt"])


def test_a_jump_of_the_clock_while_a_step_runs_declares_nobody_dead(root, ledger):
    """Who holds the lock is at work, whatever its last sign of life says of the time."""
    step = Step("x.txt", sum_up, {"value": 1, "ledger": str(ledger)})
    files = StepFiles(root, step.target)
    files.make_folders()
    with passing_lock(files.lock, CampaignError("in use")) as descriptor:
        write_worker(descriptor, Worker("here process 1", time.time(), 0.5))
        os.utime(descriptor, (0.0, 0.0))
        outcome = make(root, step, Run("r", time.time(), float("inf"), None, captures=False))
    assert outcome.kind == "busy"


def test_the_options_that_dask_is_given_are_options_of_dask():
    """It takes a name that it does not know without a word."""
    import distributed  # noqa: F401

    for name in DASK_OPTIONS:
        assert dask.config.get(name, None) is not None, name


def test_an_empty_target_is_made_again(root, ledger):
    step = Step("x.txt", sum_up, {"value": 1, "ledger": str(ledger)})
    root.mkdir()
    (root / "x.txt").touch()
    assert status_of(root, [step]).groups[0].waiting == 1
    assert run(root, [step]).made == ["x.txt"]


def test_a_folder_in_the_place_of_a_target_is_named_and_left_alone(root, ledger):
    step = Step("x.txt", sum_up, {"value": 1, "ledger": str(ledger)})
    (root / "x.txt" / "thesis").mkdir(parents=True)
    assert "move it away" in run(root, [step]).failed["x.txt"].reason
    assert (root / "x.txt" / "thesis").is_dir()
    assert status_of(root, [step]).failed[0].target == "x.txt"


def test_a_step_at_which_another_program_works_is_left_to_it(root, ledger):
    step = Step("x.txt", sum_up, {"value": 1, "ledger": str(ledger)})
    (root / ".engine").mkdir(parents=True)
    with open(root / ".engine" / "x.txt.lock", "w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        json.dump({"place": "elsewhere process 7", "since": 0.0, "fraction": 0.5}, other)
        other.flush()
        status = status_of(root, [step])
        assert status.groups[0].running == 1
        assert status.running[0].worker.place == "elsewhere process 7"
        (root / "x.txt").write_text("made by the other\n")
        assert run(root, [step]).kept == ["x.txt"]
    assert lines(ledger) == []


def test_a_worker_without_a_sign_of_life_is_named_with_what_ends_it(root, ledger, monkeypatch):
    """By status at once, and by a run that waits for it."""
    monkeypatch.setattr("lmpmeso.engine.progress.SILENT", 0.6)
    step = Step("x.txt", sum_up, {"value": 1, "ledger": str(ledger)})
    (root / ".engine").mkdir(parents=True)
    path, sink = root / ".engine" / "x.txt.lock", QuietSink()
    with open(path, "w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        json.dump({"place": "node7 process 7", "since": 0.0, "fraction": 0.5}, other)
        other.flush()
        assert not status_of(root, [step]).running[0].silent
        os.utime(path, (0, time.time() - 1000))
        assert status_of(root, [step]).running[0].silence == pytest.approx(1000, abs=60)
        assert status_of(root, [step]).running[0].silent

        def end(text):
            sink.said.append(text)
            if "silent" in text:
                other.close()

        sink.message = end
        assert run_steps(root, [step], SERIAL, sink).complete
    (told,) = [text for text in sink.said if "silent" in text]
    assert "x.txt, node7 process 7" in told
    assert "`kill -9 7` there ends it" in told


def test_who_works_gives_signs_of_life_without_a_word_of_progress(root, monkeypatch):
    monkeypatch.setattr("lmpmeso.engine.step_files.HEARTBEAT", 0.01)
    (root / "lock").parent.mkdir(parents=True, exist_ok=True)
    with open(root / "lock", "w") as file, signs_of_life(file.fileno()):
        os.utime(file.fileno(), (0, 0))
        wait_for(lambda: os.fstat(file.fileno()).st_mtime > 0)


def test_half_written_files_of_a_killed_attempt_are_removed(root, ledger):
    step = Step("x.txt", sum_up, {"value": 1, "ledger": str(ledger)})
    (root / ".engine").mkdir(parents=True)
    (root / ".engine" / "x.txt.attempts").write_text("0123456789ab inf a host\n")
    (root / ".0123456789ab.x.txt").write_text("half")
    assert run(root, [step]).complete
    assert set(contents(root)) == {"x.txt"}


def test_the_lock_file_of_a_process_killed_just_before_it_removed_it_goes_with_the_next_run(
    root, ledger
):
    step = Step("x.txt", sum_up, {"value": 1, "ledger": str(ledger)})
    assert run(root, [step]).complete
    (root / ".engine" / "x.txt.lock").write_text(
        '{"place": "vm process 1", "since": 0, "fraction": 0}'
    )
    assert run(root, [step]).complete
    assert set(contents(root)) == {"x.txt"}


def test_a_full_disk_stops_the_run_and_blames_no_step(small_disk):
    steps = [Step("big.bin", fill_disk, {"megabytes": 50})]
    outcome = run(small_disk / "campaign", steps)
    assert outcome.waiting == ["big.bin"]
    assert not outcome.failed
    assert "No space left" in outcome.stopped
    assert not (small_disk / "campaign" / "big.bin").exists()
    smaller = [Step("big.bin", fill_disk, {"megabytes": 2})]
    assert run(small_disk / "campaign", smaller).complete


def test_a_limit_on_the_size_of_files_stops_the_run_and_blames_no_step(root):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    steps = [Step("big.bin", fill_disk, {"megabytes": 2})]
    resource.setrlimit(resource.RLIMIT_FSIZE, (10**6, before[1]))
    try:
        outcome = run(root, steps)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (outcome.waiting, outcome.failed) == (["big.bin"], {})
    assert "File too large" in outcome.stopped
    assert run(root, steps).complete


@pytest.mark.parametrize("path", ["", "/etc/x", "../x", "a/../x", "a//x", "./x", "a/"])
def test_paths_out_of_the_folder_are_refused(path):
    with pytest.raises(CampaignError, match="relative"):
        Step(path, write_nothing)


def test_what_workers_could_not_import_or_json_would_change_is_refused():
    with pytest.raises(CampaignError, match="not a function of a module"):
        Step("x", lambda work: None)
    with pytest.raises(CampaignError, match="use lists"):
        Step("x", write_nothing, {"a": (1, 2)})
    with pytest.raises(CampaignError, match="not plain JSON"):
        Step("x", write_nothing, {"a": float("nan")})


@pytest.mark.parametrize(
    ("needs", "message"),
    [
        ({"a": ("b",), "b": ("a",)}, "in a circle"),
        ({"a": ("nowhere.txt",)}, "needs nowhere.txt, which no step makes"),
    ],
)
def test_steps_that_can_never_run_are_refused_before_anything_runs(root, needs, message):
    steps = [Step(target, write_nothing, {}, {"parts": need}) for target, need in needs.items()]
    with pytest.raises(CampaignError, match=message):
        run(root, steps)
    assert not root.exists()


def test_two_different_steps_of_one_target_are_refused(root):
    with pytest.raises(CampaignError, match="two different steps make x"):
        run(root, [Step("x", write_nothing), Step("x", raise_error)])


@pytest.mark.parametrize("alone", [True, False])
def test_half_written_files_of_a_killed_attempt_are_gone(root, alone):
    step = Step("a/0-9.txt", write_text, {"text": "x"}, alone=alone)
    steps = [step] if alone else [step, Step("a/10-19.txt", write_text, {"text": "y"})]
    files = StepFiles(root, step.target)
    files.make_folders()
    files.note_attempt(Attempt("earlier", 0.0, "nowhere"))
    own = ["0-9.txt", "0-9.nc", "0-9-end.nc", *(["record.csv"] if alone else [])]
    others = ["10-19.nc", *([] if alone else ["record.csv"])]
    temporaries = {name: temporary_beside(root / "a" / name) for name in (*own, *others)}
    for path in temporaries.values():
        path.write_text("half")
    assert run(root, steps).complete
    left = {name for name, path in temporaries.items() if path.exists()}
    assert left == (set() if alone else set(others))


def test_a_step_that_says_it_is_alone_has_to_be(root):
    steps = [Step("a/x", write_text, {"text": "x"}, alone=True), Step("a/y", write_nothing)]
    with pytest.raises(CampaignError, match="a/x is not alone in its folder"):
        run(root, steps)


def test_progress_counts_steps_by_group_and_the_log_tells_the_story(root, ledger):
    sink = QuietSink()
    run_steps(root, pyramid(ledger), SERIAL, sink)
    assert sink.groups == {"liquids": (4, 4), "glasses": (12, 12), "total": (1, 1)}
    log = (root / "campaign.log").read_text()
    assert "17 tasks, 0 of them done before" in log
    assert "glasses: all 12 done" in log
    assert "ended: 17 tasks done" in log


def test_a_step_that_has_to_go_on_is_never_told_to_be_done(root, monkeypatch):
    root.mkdir()
    fractions = iter([0.5, 1.0, 0.6, 0.7])
    clock = iter(range(0, 1000, 100))
    monkeypatch.setattr(StepFiles, "worker", lambda _: SimpleNamespace(fraction=next(fractions)))
    monkeypatch.setattr(progress.time, "monotonic", lambda: float(next(clock)))
    graph, sink, told = StepGraph(root, [Step("x.txt", write_nothing)]), QuietSink(), []
    with progress.ProgressReport(root, graph, sink) as report:
        for _ in range(4):
            report.look(["x.txt"])
            told.append(sink.groups["tasks"][0])
    assert told == [0.5, 0.99, 0.6, 0.7]
    (first, second) = (root / "campaign.log").read_text().splitlines()
    # 0.49 in 100 s; and after the step found that it has to go on, 0.1 in 100 s, not 0.2 in 300 s.
    assert first.endswith("tasks: 1.0 of 1, 17.6 an hour, 2 seconds left")
    assert second.endswith("tasks: 0.7 of 1, 3.6 an hour, 5 minutes left")
