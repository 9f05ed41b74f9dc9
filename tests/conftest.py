"""Fixtures shared by all tests."""

from pathlib import Path

import pytest

TRUTH = Path(__file__).resolve().parents[2] / "shared" / "truth"


@pytest.fixture(scope="session")
def truth() -> Path:
    """Folder of reference data that this project did not compute; the test skips without it."""
    if not TRUTH.is_dir():
        pytest.skip("reference data ../shared/truth are not here")
    return TRUTH
