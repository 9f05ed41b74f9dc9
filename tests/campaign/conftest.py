"""Fixtures of the tests of campaigns."""

import subprocess

import pytest

from lmpmeso.campaign.engine import run_steps
from lmpmeso.campaign.settings import Resources
from tests.campaign.programs import contents
from tests.campaign.small_steps import QuietSink, pyramid


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
    assert run_steps(folder / "c", steps, Resources(engine="serial"), QuietSink()).complete
    return contents(folder / "c")
