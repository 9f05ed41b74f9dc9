"""The folder of a campaign keeps its file, and those it had before."""

from pathlib import Path

import pytest

from lmpmeso.campaign.folder import (
    CAMPAIGN_FILE,
    EARLIER_FOLDER,
    open_folder,
    preset_text,
    stored_campaign,
)
from lmpmeso.campaign.reading import parse_campaign
from lmpmeso.errors import CampaignError, FolderError
from lmpmeso.files.atomic import replacing

TEXT = 'name = "one"\n[[liquids]]\nmodel = "ipl"\ntemperatures = [2.0]\n'


def opened(folder, text):
    return open_folder(folder, text, parse_campaign(text))


def test_the_file_lies_in_the_folder_as_it_was_written(tmp_path):
    root = opened(tmp_path / "a" / "b", TEXT + "# a comment\n")
    assert (root / CAMPAIGN_FILE).read_text(encoding="utf-8") == TEXT + "# a comment\n"
    assert stored_campaign(root) == parse_campaign(TEXT)


def test_the_same_file_again_changes_nothing(tmp_path):
    opened(tmp_path, TEXT)
    opened(tmp_path, TEXT)
    assert [path.name for path in tmp_path.iterdir()] == [CAMPAIGN_FILE]


def test_a_changed_file_replaces_the_other_which_is_kept(tmp_path):
    texts = [TEXT, TEXT + "glasses = 30\n", TEXT + "glasses = 40\n"]
    for text in texts:
        opened(tmp_path, text)
    assert stored_campaign(tmp_path).liquids[0].glasses == (40,)
    kept = sorted((tmp_path / EARLIER_FOLDER).iterdir())
    assert [path.read_text(encoding="utf-8") for path in kept] == texts[:2]


def test_a_campaign_of_another_name_is_refused(tmp_path):
    opened(tmp_path, TEXT)
    with pytest.raises(FolderError, match="another campaign: name is 'one' there and 'two' here"):
        opened(tmp_path, TEXT.replace("one", "two"))
    assert stored_campaign(tmp_path).name == "one"


def test_a_folder_with_something_else_is_refused(tmp_path):
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(FolderError, match="is not empty and holds no campaign"):
        opened(tmp_path, TEXT)


def test_a_folder_that_another_program_is_opening_is_opened_too(tmp_path, monkeypatch):
    """Also one whose program was killed then: the file of a temporary name is no other content."""
    with replacing(tmp_path / CAMPAIGN_FILE) as temporary:
        temporary.write_text(TEXT, encoding="utf-8")
        opened(tmp_path, TEXT)

    look = Path.is_file

    def seen_before_the_other_renames(path):
        there = look(path)
        opened_by_another.append(path.write_text(TEXT, encoding="utf-8"))
        (path.parent / ".engine").mkdir()
        return there

    opened_by_another = []
    monkeypatch.setattr(Path, "is_file", seen_before_the_other_renames)
    opened(tmp_path / "two", TEXT)
    assert opened_by_another


def test_a_folder_without_a_campaign_says_so(tmp_path):
    with pytest.raises(CampaignError, match=r"there is no campaign\.toml in it"):
        stored_campaign(tmp_path)


def test_an_unknown_preset_names_the_known_ones():
    with pytest.raises(CampaignError, match="ipl-mini"):
        preset_text("ipl-tiny")
