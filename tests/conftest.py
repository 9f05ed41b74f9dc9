"""Fixtures shared by all tests."""

import fcntl
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from tests.tiny_campaigns import run_campaign

# A busy machine is no reason to fail: examples may take as long as they need.
settings.register_profile("lmpmeso", deadline=None)
settings.load_profile("lmpmeso")


def pytest_configure() -> None:
    """Heed Ctrl-C where the parent ignores it (``nohup``, some CI runners): what tests start inherits it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


TRUTH = Path(__file__).resolve().parent / "truth"
SHARED_TRUTH = Path(__file__).resolve().parents[2] / "shared" / "truth"


@pytest.fixture(scope="session")
def truth() -> Path:
    """Folder of numbers that this project did not compute."""
    return TRUTH


@pytest.fixture(scope="session")
def shared_truth() -> Path:
    """Folder of reference files that may not be copied; the test skips without it."""
    if not SHARED_TRUTH.is_dir():
        pytest.skip("reference data ../shared/truth are not here")
    return SHARED_TRUTH


@pytest.fixture(scope="session")
def campaign_named(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Folder of a finished campaign of tests.tiny_campaigns, which all workers of a session share."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "finished-campaigns"

    def folder(name: str) -> Path:
        place = shared / name
        place.mkdir(parents=True, exist_ok=True)
        with open(place / "lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (place / "finished").exists():
                run_campaign(place, name)
                (place / "finished").touch()
        return place / name

    return folder


@pytest.fixture(scope="session")
def planar(campaign_named: Callable[[str], Path]) -> Path:
    """Folder of a finished campaign in two dimensions, with all optional sections."""
    return campaign_named("planar")


@pytest.fixture(scope="session")
def solid(campaign_named: Callable[[str], Path]) -> Path:
    """Folder of a finished campaign in three dimensions, without them."""
    return campaign_named("solid")


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
def finished(tmp_path_factory):
    """Folder of a campaign that ran in one process and that nobody disturbed."""
    from lmpmeso.campaign.folder import open_folder
    from lmpmeso.campaign.tables import write_tables
    from lmpmeso.engine.run import run_steps
    from tests.campaign.small_study import CAMPAIGN, SERIAL, STEPS, TEXT
    from tests.engine.small_steps import QuietSink

    root = open_folder(tmp_path_factory.mktemp("finished") / "small", TEXT, CAMPAIGN)
    assert run_steps(root, STEPS, SERIAL, QuietSink()).complete
    write_tables(root, CAMPAIGN)
    return root


@pytest.fixture(scope="session")
def liquid_of():
    """Liquid of a model by name, with velocities."""
    from tests.liquids import equilibrated

    def liquid(name):
        return equilibrated(name).configuration

    return liquid
