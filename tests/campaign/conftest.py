"""Fixtures of the tests of campaigns."""

import subprocess

import pytest

from lmpmeso.campaign.engine import run_steps
from lmpmeso.campaign.folder import open_folder
from lmpmeso.campaign.tables import write_tables
from tests.campaign.programs import contents
from tests.campaign.small_steps import QuietSink, pyramid
from tests.campaign.small_study import CAMPAIGN, SERIAL, STEPS, TEXT


@pytest.fixture
def small_disk(tmp_path):
    """A file system of a few megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("may not mount a small file system here")
    yield folder
    # Lazily: a failed test may have left a file open.
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture(scope="session")
def unkilled(tmp_path_factory):
    """The files of the pyramid that nobody disturbed, made in one process."""
    folder = tmp_path_factory.mktemp("unkilled")
    steps = pyramid(folder / "ledger")
    assert run_steps(folder / "c", steps, SERIAL, QuietSink()).complete
    return contents(folder / "c")


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """Folder of a campaign that ran in one process and that nobody disturbed."""
    root = open_folder(tmp_path_factory.mktemp("finished") / "small", TEXT, CAMPAIGN)
    assert run_steps(root, STEPS, SERIAL, QuietSink()).complete
    write_tables(root, CAMPAIGN)
    return root
