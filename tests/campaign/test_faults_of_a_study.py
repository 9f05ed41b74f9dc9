"""Faults of a whole study, of real steps and by the command: killed, twice at once, damaged files."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time

import pytest

from lmpmeso.cli import main
from lmpmeso.engine.run import run_steps
from lmpmeso.files.run_folder import PARAMETERS_FILE
from tests.campaign.small_study import SERIAL, STEPS, TEXT, differences
from tests.engine.programs import resealed, wait_for
from tests.engine.small_steps import QuietSink

PROGRAM = """\
import sys
from lmpmeso.cli import main
from lmpmeso.figures import catalogue
catalogue.FIGURES = catalogue.FIGURES[:1]
sys.exit(main())
"""
"""The command, but that one figure stands for all, which take ten seconds to draw."""


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """The campaign file."""
    path = tmp_path_factory.mktemp("file") / "small.toml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def start(file, root, workers=2, **options):
    words = ["run", str(file), "-o", str(root), "--workers", str(workers)]
    return subprocess.Popen([sys.executable, "-c", PROGRAM, *words], text=True, **options)


def n_done(root):
    return sum((root / step.target).exists() for step in STEPS)


def check_survives_kills(file, root, generator, kills):
    """Kill the program so often, each time a moment after another file is there; then let it end."""
    for _ in range(kills):
        before = n_done(root)
        program = start(file, root, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        wait_for(lambda p=program, n=before: n_done(root) > n or p.poll() is not None)
        time.sleep(generator.uniform(0.0, 0.6))
        program.send_signal(signal.SIGKILL)
        program.wait()
    program = start(file, root, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    messages = program.communicate()[1]
    assert program.returncode == 0, messages
    assert "done before" in messages


def test_a_study_killed_on_its_way_ends_in_the_same_bytes(file, finished, tmp_path):
    check_survives_kills(file, tmp_path / "small", random.Random(1), 3)
    assert differences(tmp_path / "small", finished) == []


@pytest.mark.validate
@pytest.mark.parametrize("seed", range(5))
def test_a_study_killed_at_any_moment_ends_in_the_same_bytes(file, finished, tmp_path, seed):
    check_survives_kills(file, tmp_path / "small", random.Random(100 + seed), 8)
    assert differences(tmp_path / "small", finished) == []


def test_two_programs_on_one_folder_end_in_the_same_bytes(file, finished, tmp_path):
    root = tmp_path / "small"
    programs = [start(file, root, workers=1, stderr=subprocess.PIPE) for _ in range(2)]
    messages = [program.communicate()[1] for program in programs]
    assert [program.returncode for program in programs] == [0, 0], messages
    assert differences(root, finished) == []


@pytest.fixture
def copy(finished, tmp_path):
    """A finished campaign to damage; whatever is made of glasses has yet to be made."""
    root = tmp_path / "small"
    shutil.copytree(finished, root)
    for folder in [*root.glob("ipl/**/elasticity-*"), *root.glob("ipl/**/summary-*")]:
        shutil.rmtree(folder)
    return root


def one(root, pattern):
    (path,) = root.glob(pattern)
    return path


def cut(path):
    path.write_bytes(path.read_bytes()[:-100])


def flip_a_bit(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def replace_by_another(path):
    path.write_text("Dear diary,\n", encoding="utf-8")


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


@pytest.mark.parametrize(
    ("pattern", "damage", "words"),
    [
        (RECORD, cut, "truncated"),
        (RECORD, replace_by_another, "is truncated or not JSON"),
        (RECORD, of_format(0), "is older than this lmpmeso reads"),
        (RECORD, of_format(2), "install a newer lmpmeso"),
        (DATA, cut, "it was changed or not copied whole; `lmpmeso run DIR --repair`"),
        (DATA, flip_a_bit, "was changed since it was written"),
        (DATA, os.unlink, "is not there"),
    ],
)
def test_a_damaged_foreign_or_other_file_is_named_and_made_again_when_it_is_deleted(
    finished, copy, pattern, damage, words
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
    one(copy, RECORD).unlink()
    assert run_steps(copy, STEPS, SERIAL, QuietSink()).complete
    assert differences(copy, finished) == []


def test_the_command_names_a_damaged_file_and_the_page_comes_without_it(copy, capsys, few_figures):
    path = one(copy, RECORD)
    cut(path)
    assert main(["run", str(copy), "--engine", "serial"]) == 1
    assert f"{path} is truncated" in capsys.readouterr().err
    assert "truncated" in (copy / "report.html").read_text(encoding="utf-8")


def test_a_full_disk_ends_the_command_with_words_and_space_lets_it_go_on(
    file, finished, small_disk, capsys, few_figures
):
    root = small_disk / "small"
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(shutil.disk_usage(small_disk).free - 200_000))
    assert main(["run", str(file), "-o", str(root), "--engine", "serial"]) == 1
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
