"""Files are replaced whole or not at all."""

import os

import pytest

from lmpmeso.files.atomic import intended, leftovers, replacing, temporary_beside


def test_the_target_appears_only_when_the_block_ends(tmp_path):
    target = tmp_path / "result.txt"
    with replacing(target) as temporary:
        temporary.write_text("new")
        assert not target.exists()
    assert target.read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["result.txt"]


def test_an_error_leaves_the_old_file_and_no_temporary_one(tmp_path):
    target = tmp_path / "result.txt"
    target.write_text("old")

    def write_half() -> None:
        with replacing(target) as temporary:
            temporary.write_text("half")
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        write_half()
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["result.txt"]


def test_the_temporary_name_keeps_the_suffix_and_is_hidden(tmp_path):
    with replacing(tmp_path / "kappa.npz") as temporary:
        temporary.write_bytes(b"")
    assert temporary.suffix == ".npz"
    assert temporary.name.startswith(".")
    assert temporary.parent == tmp_path


def test_permissions_are_those_of_an_ordinary_new_file(tmp_path):
    old = os.umask(0o027)
    try:
        with replacing(tmp_path / "result.txt") as temporary:
            temporary.write_text("new")
    finally:
        os.umask(old)
    assert (tmp_path / "result.txt").stat().st_mode & 0o777 == 0o640


def test_a_temporary_name_tells_what_it_was_to_become(tmp_path):
    assert intended(temporary_beside(tmp_path / "kappa.npz")) == tmp_path / "kappa.npz"
    assert intended(tmp_path / ".hidden.npz") == tmp_path / ".hidden.npz"


def test_what_a_kill_leaves_of_a_shared_file_is_known_by_its_owner(tmp_path):
    with replacing(tmp_path / "parameters.json", owner="00000-00009") as temporary:
        temporary.write_text("{}")
        assert leftovers(tmp_path, ["00000-00009-*"]) == [temporary]
        assert leftovers(tmp_path, ["00010-00019-*", "parameters.json"]) == []
    assert [path.name for path in tmp_path.iterdir()] == ["parameters.json"]
