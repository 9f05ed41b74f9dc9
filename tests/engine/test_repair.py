"""Damaged results are made again, and what depends on them only where they come out otherwise."""

import json
import os
import shutil
import time

import pytest

from lmpmeso.engine import records
from lmpmeso.engine.repair import PENDING_FILE
from lmpmeso.engine.run import run_steps
from lmpmeso.engine.status import status_of
from lmpmeso.engine.step import Step, work_folder
from lmpmeso.engine.step_files import ENGINE_FOLDER
from lmpmeso.errors import CampaignError
from lmpmeso.files.checksums import Checksums
from tests.campaign.small_study import SERIAL
from tests.engine.programs import contents
from tests.engine.small_steps import QuietSink, lines, raise_error, record_sum


@pytest.fixture
def chain(tmp_path):
    """Steps a → b → c, and d beside them, with records and data files."""
    ledger = str(tmp_path / "ledger")
    needs = {"a": {}, "b": {"parts": ("a/a.json",)}, "c": {"parts": ("b/b.json",)}, "d": {}}
    return [
        Step(f"{name}/{name}.json", record_sum, {"value": 1, "ledger": ledger}, parts, alone=True)
        for name, parts in needs.items()
    ]


@pytest.fixture
def root(tmp_path, chain):
    """They are made."""
    assert run_steps(tmp_path / "c", chain, SERIAL, QuietSink()).complete
    return tmp_path / "c"


def repair(root, chain, tmp_path):
    """What a repair makes again, in order, and what it says."""
    before, sink = len(lines(tmp_path / "ledger")), QuietSink()
    outcome = run_steps(root, chain, SERIAL, sink, repair=True)
    assert outcome.complete
    made = lines(tmp_path / "ledger")[before:]
    assert sorted(outcome.made) == sorted(f"{name}/{name}.json" for name in made)
    return made, sink.said


def change(path):
    path.write_text(path.read_text().replace("1", "7"))


def test_a_repair_of_what_is_whole_makes_nothing(root, chain, tmp_path):
    assert repair(root, chain, tmp_path)[0] == []


@pytest.mark.parametrize("damage", [change, lambda path: path.unlink()])
def test_a_damaged_file_is_made_again_and_what_came_from_it_stays(root, chain, tmp_path, damage):
    """It comes out the same, and nothing was ever made from the damaged one."""
    whole = contents(root)
    damage(root / "a/a.txt")
    made, said = repair(root, chain, tmp_path)
    assert made == ["a"]
    assert any("to be made again: a/a.json: a.txt" in line for line in said)
    assert contents(root) == whole


def test_what_depends_on_it_is_made_again_where_it_comes_out_otherwise(
    root, chain, tmp_path, monkeypatch
):
    monkeypatch.setattr(records, "_versions", lambda: {"lmpmeso": "another"})
    change(root / "a/a.txt")
    assert repair(root, chain, tmp_path)[0] == ["a", "b", "c"]


def test_a_changed_record_is_made_again(root, chain, tmp_path):
    whole = contents(root)
    change(root / "b/b.json")
    made, _ = repair(root, chain, tmp_path)
    assert made[0] == "b"
    assert contents(root) == whole


def test_a_killed_repair_goes_on_with_the_next_run(root, chain, tmp_path, monkeypatch):
    change(root / "a/a.txt")
    with monkeypatch.context() as patch:
        patch.setattr("lmpmeso.engine.run._run_missing", raise_error)
        with pytest.raises(TypeError):
            run_steps(root, chain, SERIAL, QuietSink(), repair=True)
    assert (root / ENGINE_FOLDER / PENDING_FILE).is_file()
    monkeypatch.setattr(records, "_versions", lambda: {"lmpmeso": "another"})
    assert run_steps(root, chain, SERIAL, QuietSink()).complete
    assert lines(tmp_path / "ledger")[4:] == ["a", "b", "c"]
    assert not (root / ENGINE_FOLDER / PENDING_FILE).exists()


def test_a_step_that_needs_a_changed_file_fails_and_names_it(root, chain, tmp_path):
    change(root / "a/a.txt")
    (root / "b/b.json").unlink()
    outcome = run_steps(root, chain, SERIAL, QuietSink())
    reason = outcome.failed["b/b.json"].reason
    assert f"{root / 'a/a.txt'} was changed since it was written" in reason
    assert "--repair" in reason


def test_records_without_checksums_are_taken_up_as_they_are(root, chain):
    for path in root.glob("*/*.json"):
        content = json.loads(path.read_text())
        path.write_text(json.dumps({k: v for k, v in content.items() if "checksum" not in k}))
    (root / "c/c.json").unlink()
    outcome = run_steps(root, chain, SERIAL, QuietSink(), repair=True)
    assert outcome.made == ["c/c.json"]


def test_status_and_run_tell_a_finished_step_without_its_file(root, chain):
    assert status_of(root, chain).complete
    (root / "a/a.txt").unlink()
    status = status_of(root, chain)
    assert not status.complete
    (failed,) = status.failed
    assert (failed.target, failed.damaged) == ("a/a.json", True)
    assert "a.txt was made, and is gone" in failed.reason
    outcome = run_steps(root, chain, SERIAL, QuietSink())
    assert outcome.damaged == {"a/a.json": "a.txt"}
    assert not outcome.complete
    assert "1 of those done with files that are gone" in outcome.in_words


def test_a_copy_that_left_files_out_but_kept_the_times_is_told(root, chain, tmp_path):
    old = time.time() - 100
    for folder in [root, *(path for path in root.iterdir() if path.is_dir())]:
        os.utime(folder, (old, old))
    assert status_of(root, chain).complete
    copy = tmp_path / "copy"
    shutil.copytree(root, copy, ignore=shutil.ignore_patterns("b.txt"))
    assert (copy / "b").stat().st_mtime_ns == (root / "b").stat().st_mtime_ns
    (failed,) = status_of(copy, chain).failed
    assert failed.target == "b/b.json"


@pytest.mark.parametrize("damage", ["{", "[1]", '{"a/a.json": 3}'])
def test_a_damaged_list_of_what_is_to_be_compared_is_told_with_what_to_do(root, chain, damage):
    (root / ENGINE_FOLDER / PENDING_FILE).write_text(damage)
    with pytest.raises(CampaignError, match=r"repair\.json is damaged: .*Delete it and run again"):
        run_steps(root, chain, SERIAL, QuietSink(), repair=True)


def test_a_repair_begins_a_step_anew_whose_checkpoint_is_damaged(root, chain, tmp_path):
    shutil.rmtree(root / "d")
    work = work_folder(root / "d/d.json")
    work.mkdir(parents=True)
    (work / "state").write_text("half way")
    Checksums(work).note([work / "state"])
    (work / "state").write_text("half was")
    made, said = repair(root, chain, tmp_path)
    assert made == ["d"]
    assert any("to be begun anew: d/d.json: state was changed" in line for line in said)
