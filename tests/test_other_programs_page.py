"""Every line of Python in docs/with-other-programs.md runs against the real packages."""

import re
import warnings
from pathlib import Path

import pytest

from lmpmeso.configurations import read_configuration, write_dump
from lmpmeso.errors import PrecisionWarning

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "with-other-programs.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python( \w+)?\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """What the page's plain blocks, run one after the other, leave: names and files."""
    folder = tmp_path_factory.mktemp("page")
    write_dump(
        folder / "liquid.dump", read_configuration(ROOT / "tests/data/ipl2d.glass.dump.gz", "ipl2d")
    )
    names = {}
    with pytest.MonkeyPatch.context() as there, warnings.catch_warnings():
        warnings.simplefilter("ignore", PrecisionWarning)
        there.chdir(folder)
        for needs, block in BLOCKS:
            if not needs:
                exec(block, names)
        yield names


def test_the_plain_blocks_do_what_the_page_says(run):
    assert (run["again"].positions_nc == run["glass"].positions_nc).all()
    assert run["atoms"].arrays["kappa"].mean() == pytest.approx(
        run["found"].field.mean(), rel=1e-14
    )
    assert set(run["atoms"].arrays["type"]) == {"small", "large"}


@pytest.mark.parametrize("package", ["ovito", "xarray"])
def test_the_blocks_for_an_optional_program_run(package, run):
    pytest.importorskip(package)
    for needs, block in BLOCKS:
        if needs.strip() == package:
            exec(block, run)
