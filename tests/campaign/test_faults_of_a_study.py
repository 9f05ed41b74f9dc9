"""Faults of a whole study, of real steps and by the command: killed, twice at once, damaged files."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading

import pytest

from lmpmeso.campaign.reading import parse_campaign
from lmpmeso.campaign.study import study_steps
from lmpmeso.campaign.tables import write_tables
from lmpmeso.cli import main
from lmpmeso.engine.run import run_steps
from lmpmeso.files.run_folder import PARAMETERS_FILE
from tests.campaign.small_study import CAMPAIGN, SERIAL, STEPS, TEXT, differences
from tests.engine.programs import CHECKOUT, resealed, wait_for
from tests.engine.small_steps import QuietSink


def program_of(module, *words):
    """What a program of the tests prints, as JSON."""
    command = [sys.executable, "-m", f"tests.campaign.{module}", *map(str, words)]
    result = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def test_a_step_of_each_kind_killed_at_a_random_moment_goes_on_to_the_same_bytes(
    finished, tmp_path
):
    told = program_of("kills", finished, tmp_path / "small", 7, 1)
    assert len(told["kills"]) == sum(told["kills"].values()) == 7
    assert told["differences"] == []


@pytest.mark.validate
def test_a_hundred_kills_within_every_kind_of_step_change_nothing(planar, tmp_path):
    told = program_of("kills", planar, tmp_path / "planar", 104, 2)
    assert len(told["kills"]) >= 14
    assert sum(told["kills"].values()) >= 100
    assert told["with_work"] >= 20
    assert told["differences"] == []


def test_an_equilibration_killed_after_its_first_checkpoint_runs_no_step_before_it_again(tmp_path):
    told = program_of("resumed_equilibration", tmp_path)
    assert told["killed"] + told["resumed"] == told["undisturbed"]
    assert told["resumed"][0][1] == 2000
    assert told["equal"]


def start(file, root, engine, **options):
    """The command as a program."""
    words = ["run", str(file), "-o", str(root), "--engine", engine, "--workers", "2"]
    return subprocess.Popen([sys.executable, "-m", "lmpmeso", *words], text=True, **options)


def n_done(root):
    return sum((root / step.target).exists() for step in STEPS)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """The campaign file."""
    path = tmp_path_factory.mktemp("file") / "small.toml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_two_programs_of_which_one_is_killed_end_in_the_same_bytes(file, finished, tmp_path):
    """One with workers, which die with it, and one without, which has to end what the other began."""
    root = tmp_path / "small"
    with_workers = start(file, root, "local", stderr=subprocess.DEVNULL)
    wait_for(lambda: (root / ".engine").is_dir())
    steps = threading.Thread(target=run_steps, args=(root, STEPS, SERIAL, QuietSink()))
    steps.start()
    wait_for(lambda: n_done(root) > 4)
    with_workers.send_signal(signal.SIGKILL)
    with_workers.wait()
    steps.join()
    assert run_steps(root, STEPS, SERIAL, QuietSink()).made == []
    write_tables(root, CAMPAIGN)
    assert differences(root, finished) == []


def copy_without_elasticity(finished, root):
    """A finished campaign in which whatever is made of glasses has yet to be made."""
    shutil.copytree(finished, root)
    for folder in [*root.glob("ipl/**/elasticity-*"), *root.glob("ipl/**/summary-*")]:
        shutil.rmtree(folder)
    return root


@pytest.fixture
def copy(finished, tmp_path):
    """One to damage."""
    return copy_without_elasticity(finished, tmp_path / "small")


def one(root, pattern):
    (path,) = root.glob(pattern)
    return path


def cut(path):
    path.write_bytes(path.read_bytes()[:-100])


def flip_a_bit(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def of_format(number):
    def change(path):
        text = path.read_text(encoding="utf-8")
        assert text.count('"lmpmeso_campaign_format": 1') == 1
        changed = text.replace(
            '"lmpmeso_campaign_format": 1', f'"lmpmeso_campaign_format": {number}'
        )
        path.write_text(resealed(changed), encoding="utf-8")

    return change


RECORD = "ipl/N64/T1.0/r0/glasses-*/00000-00001.json"
DATA = "ipl/N64/T1.0/r0/glasses-*/00000-00001.nc"


def delete_the_record(root):
    one(root, RECORD).unlink()
    return run_steps(root, STEPS, SERIAL, QuietSink())


def repair(root):
    return run_steps(root, STEPS, SERIAL, QuietSink(), repair=True)


@pytest.mark.parametrize(
    ("pattern", "damage", "words", "mend"),
    [
        (RECORD, of_format(2), "install a newer lmpmeso", delete_the_record),
        (DATA, flip_a_bit, "was changed since it was written", repair),
        (DATA, os.unlink, "is not there", repair),
    ],
)
def test_a_damaged_or_other_file_is_named_and_made_again_when_that_is_wanted(
    finished, copy, pattern, damage, words, mend
):
    path = one(copy, pattern)
    damage(path)
    outcome = run_steps(copy, STEPS, SERIAL, QuietSink())
    ((target, failure),) = outcome.failed.items()
    assert "/elasticity-" in target
    assert words in failure.reason
    assert str(path) in failure.reason
    # The rest went on: the hotter liquid, and the other shard of this one.
    assert one(copy, "ipl/N64/T1.5/summary-*/summary.json").is_file()
    assert one(copy, "ipl/N64/T1.0/r0/elasticity-*/00002-00002.json").is_file()
    assert mend(copy).complete
    assert differences(copy, finished) == []


def test_a_changed_digit_is_told_when_another_level_is_asked_for(finished, tmp_path):
    """Nothing that is there needs to be made again then but the means."""
    root = shutil.copytree(finished, tmp_path / "small")
    path = one(root, "ipl/N64/T1.0/r0/elasticity-*/00000-00001.csv")
    text = path.read_text()
    at = text.rindex(",") + 1
    path.write_text(text[:at] + ("9" if text[at] != "9" else "8") + text[at + 1 :])
    steps = study_steps(parse_campaign(f"{TEXT}level = 0.8\n"))
    ((target, failure),) = run_steps(root, steps, SERIAL, QuietSink()).failed.items()
    assert "T1.0/summary-" in target
    assert f"{path} was changed since it was written" in failure.reason


def test_the_command_names_a_damaged_file_and_the_page_comes_without_it(copy, capsys, few_figures):
    path = one(copy, RECORD)
    cut(path)
    assert main(["run", str(copy), "--engine", "serial"]) == 1
    assert f"{path} is truncated" in capsys.readouterr().err
    assert "truncated" in (copy / "report.html").read_text(encoding="utf-8")


def test_a_full_disk_ends_the_command_with_words_and_space_lets_it_go_on(
    finished, small_disk, capsys, few_figures
):
    root = copy_without_elasticity(finished, small_disk / "small")
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(shutil.disk_usage(small_disk).free - 16_000))
    assert main(["run", str(root), "--engine", "serial"]) == 1
    told = capsys.readouterr().err
    assert "No space left on device" in told
    assert f"run `lmpmeso run {root}` again to go on" in told
    ballast.unlink()
    assert main(["run", str(root), "--engine", "serial"]) == 0
    assert differences(root, finished) == []


def test_every_file_of_a_study_can_be_told_to_be_of_a_step(finished):
    """Else a half-written one would stay for good after a kill."""
    for path in (finished / "ipl").rglob("*"):
        # The parameters, which steps share, are written under the name of the step that does.
        if path.is_file() and path.name != PARAMETERS_FILE:
            owners = [
                step
                for step in STEPS
                if path.parent == (finished / step.target).parent
                and (step.alone or is_beside(path, finished / step.target))
            ]
            assert len(owners) == 1, path


def is_beside(path, target):
    return path == target or path.name.startswith((f"{target.stem}.", f"{target.stem}-"))
