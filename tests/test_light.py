"""The pages of the study say what their tables say."""

import re
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
NUMBER = re.compile(r"-?\d+\.?\d*(?:e-?\d+)?")


@pytest.fixture
def script(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "scripts" / "studies")
    import make_light

    return make_light


@pytest.fixture(params=["first"])
def light(script, request):
    return script.LIGHTS[request.param]


def rows_between_marks(page, name):
    text = page.read_text(encoding="utf-8")
    table = text.partition(f"<!-- {name} -->\n")[2].partition(f"\n<!-- end of {name} -->")[0]
    header, _, *body = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()
    ]
    return [header, *body]


def test_the_numbers_of_the_page_follow_from_the_tables_beside_it(script, light):
    """Words are the same; numbers to a digit that another processor may round differently."""
    for name, made in script.page_tables(light.study(), light.page_tables).items():
        shown = rows_between_marks(light.page, name)
        assert len(shown) == len(made), name
        for mine, theirs in zip(made, shown, strict=True):
            one, other = " | ".join(mine), " | ".join(theirs)
            assert NUMBER.sub("#", one) == NUMBER.sub("#", other), name
            numbers = [[float(n) for n in NUMBER.findall(text)] for text in (one, other)]
            np.testing.assert_allclose(*numbers, rtol=0.02, atol=1e-5, err_msg=one)


def test_every_picture_of_the_page_is_made_by_the_script(light):
    linked = re.findall(r"!\[[^]]+\]\(([a-z-]+)\.png\)", light.page.read_text(encoding="utf-8"))
    made = [picture for picture, _, _ in light.pictures]
    assert sorted(linked) == sorted(made)
    assert sorted(p.stem for p in light.page.parent.glob("*.png")) == sorted(linked)
