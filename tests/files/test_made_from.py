"""Products are current while nothing has changed that they are made from, and their files are as they were."""

import shutil

import pytest

from lmpmeso.files.made_from import MADE_FILE, MadeFrom, folder_digest


@pytest.fixture
def folder(tmp_path):
    """A folder with a source and a product that was noted."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "source.txt").write_text("1")
    (tmp_path / "product.png").write_bytes(b"picture")
    MadeFrom(tmp_path).note("product", digest(tmp_path), [tmp_path / "product.png"], {"words": "a"})
    return tmp_path


def digest(folder):
    return folder_digest(folder, ["product.png"])


def facts(folder):
    return MadeFrom(folder).facts("product", digest(folder))


def test_a_product_is_current_while_nothing_changes_also_where_the_folder_is_moved(folder):
    assert facts(folder) == {"words": "a"}
    moved = folder.parent / "moved"
    shutil.copytree(folder, moved)
    assert facts(moved) == {"words": "a"}


@pytest.mark.parametrize("change", ["changed", "more", "gone"])
def test_a_change_of_a_source_is_seen(folder, change):
    source = folder / "data" / "source.txt"
    if change == "changed":
        source.write_text("22")
    elif change == "more":
        (folder / "data" / "other.txt").write_text("")
    else:
        source.unlink()
    assert facts(folder) is None


@pytest.mark.parametrize("damage", ["gone", "truncated"])
def test_a_product_that_is_gone_or_damaged_is_not_current(folder, damage):
    product = folder / "product.png"
    product.unlink() if damage == "gone" else product.write_bytes(b"pict")
    assert facts(folder) is None


def test_a_product_must_have_the_files_that_are_asked_for(folder):
    assert MadeFrom(folder).facts("product", digest(folder), [folder / "product.pdf"]) is None


def test_without_a_readable_note_nothing_is_current(folder):
    (folder / MADE_FILE).write_text("{")
    assert facts(folder) is None


def test_links_in_a_circle_end(folder):
    before = digest(folder)
    (folder / "loop").symlink_to(folder)
    assert digest(folder) == before


def test_half_written_files_do_not_count(folder):
    (folder / "data" / ".0123456789ab.source.txt").write_text("half")
    assert facts(folder) == {"words": "a"}


@pytest.mark.parametrize(
    "damage", ["", "[1]", "null", '{"product": 1}', '{"product": {"digest": "x"}}', "\xff"]
)
def test_damaged_notes_make_everything_anew_and_are_written_again(folder, damage):
    (folder / MADE_FILE).write_bytes(damage.encode("latin-1"))
    assert facts(folder) is None
    picture = folder / "product.png"
    MadeFrom(folder).note("product", digest(folder), [picture], {"words": "b"})
    assert facts(folder) == {"words": "b"}
