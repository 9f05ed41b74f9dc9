"""docs/gallery.md names every figure of the catalogue, and shows those of campaigns, which a script makes."""

import importlib.util
import re
import sys
from pathlib import Path

import pytest

from lmpmeso.figures.catalogue import FIGURES

ROOT = Path(__file__).resolve().parents[2]
NAMES = [entry.name for entry in FIGURES]
OF_CAMPAIGNS = [entry.name for entry in FIGURES if entry.command.startswith("lmpmeso run")]
"""Those that the page shows; it only names what takes another command."""


@pytest.fixture(scope="module")
def page():
    return (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")


@pytest.fixture
def script(monkeypatch):
    folder = ROOT / "scripts" / "studies"
    monkeypatch.syspath_prepend(str(folder))
    spec = importlib.util.spec_from_file_location("make_gallery", folder / "make_gallery.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    for name in ("folder_arguments", "small_picture"):
        sys.modules.pop(name, None)


def test_the_table_of_the_gallery_names_every_figure(page):
    rows = re.findall(r"^\| (?:\[.*?\]\(#.*?\)|ours) \|(.*?)\|", page, re.MULTILINE)
    assert sorted(name for row in rows for name in re.findall(r"`(.*?)`", row)) == sorted(NAMES)


@pytest.mark.parametrize("name", OF_CAMPAIGNS)
def test_the_gallery_shows_the_figure_with_its_command(name, page):
    assert f"(images/gallery-{name}.png)" in page
    assert (ROOT / "docs" / "images" / f"gallery-{name}.png").is_file()
    assert re.search(rf"lmpmeso figures .*--only {name}\b", page)


def test_the_script_draws_every_figure_from_campaigns_that_it_runs(script):
    assert sorted(name for _, names, _ in script.DRAWN for name in names) == sorted(OF_CAMPAIGNS)
    assert {folder for folder, _, _ in script.DRAWN} == set(script.CAMPAIGNS)
