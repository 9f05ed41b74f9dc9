"""Temporary files of one process in one folder; those of the dead are swept, those of the living are not."""

import os
import signal
import subprocess
import sys
import tempfile

import pytest

from lmpmeso.files.scratch import LIVING, scratch_folder, sweep

PROGRAM = """\
import tempfile, time
from lmpmeso.files.scratch import scratch_folder
with scratch_folder() as folder:
    tempfile.mkdtemp()
    print(folder, flush=True)
    time.sleep(100)
"""


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_all_temporary_files_lie_in_it_and_are_gone_afterwards(temporary):
    with scratch_folder() as folder:
        assert tempfile.mkdtemp().startswith(str(folder))
        assert sweep(temporary) == []
        assert folder.is_dir()
    assert os.listdir(temporary) == []
    assert tempfile.tempdir == str(temporary)


def test_the_folder_of_a_killed_process_is_swept_and_that_of_a_stopped_one_is_not(temporary):
    environment = os.environ | {"TMPDIR": str(temporary)}
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], env=environment, stdout=subprocess.PIPE, text=True
    )
    folder = program.stdout.readline().strip()
    program.send_signal(signal.SIGSTOP)
    assert sweep(temporary) == []
    program.kill()
    program.communicate()
    assert [str(path) for path in sweep(temporary)] == [folder]
    assert os.listdir(temporary) == []


def test_what_nobody_can_tell_to_be_dead_is_left_alone(temporary):
    (temporary / "lmpmeso-of-an-older-version").mkdir()
    (temporary / "lmpmeso-a-file").touch()
    (temporary / "other").mkdir()
    (temporary / "other" / LIVING).touch()
    (temporary / "lmpmeso-link").symlink_to(temporary / "other")
    assert sweep(temporary) == []
    assert len(os.listdir(temporary)) == 4
