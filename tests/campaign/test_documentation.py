"""docs/campaigns.md holds every key of the campaign file, and its examples are valid."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from lmpmeso.campaign.folder import preset_names
from lmpmeso.campaign.reading import SECTIONS, parse_campaign
from lmpmeso.campaign.settings import Campaign, Liquid
from lmpmeso.engine.resources import Slurm

PAGE = Path(__file__).resolve().parents[2] / "docs" / "campaigns.md"
KINDS = (Campaign, Liquid, Slurm, *SECTIONS.values())


@pytest.fixture(scope="module")
def page():
    return PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_stands_in_the_table_with_its_meaning(kind, page):
    for one in fields(kind):
        if "setting" in one.metadata:
            meaning = one.metadata["setting"].meaning
            assert f"| `{one.name}` | {meaning} |" in page


def test_the_example_files_have_no_faults(page):
    examples = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    first, slurm = examples
    assert len(parse_campaign(first).liquids) == 2
    assert parse_campaign(first + slurm).resources.engine == "slurm"


def test_every_preset_is_named(page):
    for name in preset_names():
        assert f"`{name}`" in page or f"`{name.replace('-paper', '-laptop')}`" in page
