"""The page of first light says what its tables say."""

import re
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "first-light" / "README.md"
NUMBER = re.compile(r"-?\d+\.?\d*(?:e-?\d+)?")


@pytest.fixture
def script(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "scripts" / "studies")
    import make_first_light

    return make_first_light


def rows_between_marks(name):
    text = PAGE.read_text(encoding="utf-8")
    table = text.partition(f"<!-- {name} -->\n")[2].partition(f"\n<!-- end of {name} -->")[0]
    header, _, *body = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()
    ]
    return [header, *body]


def test_the_numbers_of_the_page_follow_from_the_tables_beside_it(script):
    """Words are the same; numbers to a digit that another processor may round differently."""
    for name, made in script.page_tables(script.Study()).items():
        shown = rows_between_marks(name)
        assert len(shown) == len(made), name
        for mine, theirs in zip(made, shown, strict=True):
            one, other = " | ".join(mine), " | ".join(theirs)
            assert NUMBER.sub("#", one) == NUMBER.sub("#", other), name
            numbers = [[float(n) for n in NUMBER.findall(text)] for text in (one, other)]
            np.testing.assert_allclose(*numbers, rtol=0.02, atol=1e-5, err_msg=one)


def test_every_picture_of_the_page_is_made_by_the_script(script):
    linked = re.findall(r"!\[[^]]+\]\(([a-z-]+)\.png\)", PAGE.read_text(encoding="utf-8"))
    assert sorted(linked) == sorted(picture for picture, _, _ in script.FIGURES)
    assert sorted(p.stem for p in PAGE.parent.glob("*.png")) == sorted(linked)
