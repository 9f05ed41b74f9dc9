"""Fixtures shared by all tests."""

import signal
import subprocess
from pathlib import Path

import pytest
from hypothesis import settings

from tests.tiny_campaigns import PLANAR, SOLID, run_campaign

# A busy machine is no reason to fail: examples may take as long as they need.
settings.register_profile("lmpmeso", deadline=None)
settings.load_profile("lmpmeso")


def pytest_configure() -> None:
    """Heed Ctrl-C where the parent ignores it (``nohup``, some CI runners): what tests start inherits it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


TRUTH = Path(__file__).resolve().parents[2] / "shared" / "truth"


@pytest.fixture(scope="session")
def truth() -> Path:
    """Folder of reference data that this project did not compute; the test skips without it."""
    if not TRUTH.is_dir():
        pytest.skip("reference data ../shared/truth are not here")
    return TRUTH


@pytest.fixture(scope="session")
def planar(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a finished campaign in two dimensions, with all optional sections."""
    return run_campaign(tmp_path_factory.mktemp("campaigns"), "planar", PLANAR)


@pytest.fixture(scope="session")
def solid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a finished campaign in three dimensions, without them."""
    return run_campaign(tmp_path_factory.mktemp("campaigns"), "solid", SOLID)


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
