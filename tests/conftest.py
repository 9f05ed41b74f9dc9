"""Fixtures shared by all tests."""

from pathlib import Path

import pytest
from hypothesis import settings

from tests.tiny_campaigns import PLANAR, SOLID, run_campaign

# A busy machine is no reason to fail: examples may take as long as they need.
settings.register_profile("lmpmeso", deadline=None)
settings.load_profile("lmpmeso")

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
