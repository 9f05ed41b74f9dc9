"""Fixtures shared by all tests."""

from pathlib import Path

import pytest
from hypothesis import settings

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
