"""Fixtures of the tests of the engine."""

import pytest

from lmpmeso.engine.run import run_steps
from tests.campaign.small_study import SERIAL
from tests.engine.programs import contents
from tests.engine.small_steps import QuietSink, pyramid


@pytest.fixture(scope="session")
def unkilled(tmp_path_factory):
    """The files of the pyramid that nobody disturbed, made in one process."""
    folder = tmp_path_factory.mktemp("unkilled")
    steps = pyramid(folder / "ledger")
    assert run_steps(folder / "c", steps, SERIAL, QuietSink()).complete
    return contents(folder / "c")
