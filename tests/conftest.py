"""Fixtures shared by all tests."""

import fcntl
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from tests.tiny_campaigns import (
    FEW_FIGURES,
    WITH_PAGE,
    only_figures,
    run_campaign,
    run_campaign_to_tables,
    run_small_study,
)

# A busy machine is no reason to fail: examples may take as long as they need.
settings.register_profile("lmpmeso", deadline=None)
settings.load_profile("lmpmeso")


def pytest_configure() -> None:
    """Heed Ctrl-C where the parent ignores it (``nohup``, some CI runners): what tests start inherits it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


TESTS = Path(__file__).resolve().parent
SLOW = (
    *("report/test_page_in_browser.py", "campaign/test_faults_of_a_study.py"),
    *("campaign/test_digests.py", "engine/test_faults.py", "cli/test_cli.py"),
    *("landscape/test_inherent_structures.py", "cli/test_landscape.py", "test_wheel.py"),
    *("campaign/test_steps.py", "protocols/test_steepest_descent.py", "cli/test_quickstart.py"),
    *("equilibrium/test_liquid.py", "cli/test_dynamics.py", "study/test_study.py"),
    *("cli/test_campaign.py", "figures/test_catalogue.py"),
)
"""Files that take half a minute or more: begun last, one of them would keep one of two cores waiting."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the slow files."""
    places = {TESTS / name: place for place, name in enumerate(SLOW)}
    items.sort(key=lambda item: places.get(item.path, len(SLOW)))


TRUTH = TESTS / "truth"
SHARED_TRUTH = TESTS.parents[1] / "shared" / "truth"


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
def made_once(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[str, Callable[[Path], None]], Path]:
    """``made_once(name, make)``: a folder that ``make`` fills, once for all workers of a session. Copy it to change it."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "made-once"

    def folder(name: str, make: Callable[[Path], None]) -> Path:
        place = shared / name
        place.mkdir(parents=True, exist_ok=True)
        with open(place / "lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (place / "finished").exists():
                make(place)
                (place / "finished").touch()
        return place

    return folder


@pytest.fixture(scope="session")
def campaign_named(made_once) -> Callable[[str], Path]:
    """Folder of a finished campaign of tests.tiny_campaigns, with its tables."""

    def folder(name: str) -> Path:
        make = run_campaign if name in WITH_PAGE else run_campaign_to_tables
        return made_once(name, lambda place: make(place, name)) / name

    return folder


@pytest.fixture(scope="session")
def planar(campaign_named: Callable[[str], Path]) -> Path:
    """Folder of a finished campaign in two dimensions, with all optional sections."""
    return campaign_named("planar")


@pytest.fixture(scope="session")
def solid(campaign_named: Callable[[str], Path]) -> Path:
    """Folder of a finished campaign in three dimensions, without them."""
    return campaign_named("solid")


@pytest.fixture(scope="session")
def finished(made_once) -> Path:
    """Folder of the small study of tests.campaign, made by the command in one process, that nobody disturbed."""
    return made_once("small", run_small_study) / "small"


@pytest.fixture
def few_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few figures stand for all of the catalogue."""
    only_figures(monkeypatch, FEW_FIGURES)


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
def liquid_of():
    """Liquid of a model by name, with velocities."""
    from tests.liquids import equilibrated

    def liquid(name):
        return equilibrated(name).configuration

    return liquid
