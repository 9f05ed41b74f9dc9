"""Checksums: what was changed is known, what was written again or is older is not taken for changed."""

import subprocess

import pytest

from lmpmeso.errors import FolderError
from lmpmeso.files.atomic import replacing, written_files
from lmpmeso.files.checksums import (
    SUMS_FILE,
    Checksums,
    checked,
    checksum,
    is_broken,
    seal_of,
    sealed,
)
from lmpmeso.files.plain_json import json_text, parse_json


@pytest.fixture
def file(tmp_path):
    """A file that its folder lists."""
    path = tmp_path / "κ.csv"
    path.write_text("1,2\n")
    Checksums(tmp_path).note([path])
    return path


def test_a_file_that_was_changed_is_refused_by_name(file):
    assert checked(file) == file
    file.write_text("1,3\n")
    with pytest.raises(FolderError, match=r"κ\.csv was changed since it was written"):
        checked(file)


def test_the_list_is_one_that_sha256sum_reads(file):
    command = ["sha256sum", "--check", "--status", SUMS_FILE]
    assert subprocess.run(command, cwd=file.parent).returncode == 0
    file.write_text("1,3\n")
    assert subprocess.run(command, cwd=file.parent).returncode == 1


def test_what_is_not_listed_is_taken_as_it_is(file):
    assert checked(file.with_name("other")) == file.with_name("other")


def test_a_file_that_is_written_again_is_off_the_list_before(file):
    """Else a kill in between would make it look changed."""
    other = file.with_name("other")
    other.write_text("")
    Checksums(file.parent).note([other])
    with replacing(file) as temporary:
        temporary.write_text("5,6\n")
    assert Checksums(file.parent).listed.keys() == {"other"}
    assert checked(file) == file


def test_what_is_listed_keeps_its_checksum_while_others_come_and_go(file):
    file.write_text("changed")
    new = file.with_name("new")
    new.write_text("new")
    sums = Checksums(file.parent)
    sums.keep_up([file, new])
    assert Checksums(file.parent).listed.keys() == {file.name, "new"}
    with pytest.raises(FolderError):
        checked(file)
    sums.keep_up([], [file])
    assert Checksums(file.parent).listed.keys() == {"new"}


def test_a_damaged_list_lists_what_can_be_read(file):
    path = file.with_name(SUMS_FILE)
    path.write_bytes(path.read_bytes() + b"\xff\xfe nonsense\n")
    assert Checksums(file.parent).listed.keys() == {file.name}


def test_somebodys_own_list_stays(file):
    other = file.with_name("other")
    other.write_text("")
    own = f"# mine\nSHA256 (other) = {checksum(other)}\n{checksum(other)} *other\n"
    file.with_name(SUMS_FILE).write_text(own)
    Checksums(file.parent).note([file])
    lines = file.with_name(SUMS_FILE).read_text().splitlines()
    assert lines[:2] == own.splitlines()[:2]
    assert Checksums(file.parent).listed == {"other": checksum(other), file.name: checksum(file)}
    with replacing(other) as temporary:
        temporary.write_text("new")
    assert Checksums(file.parent).listed.keys() == {file.name}


def test_any_change_of_a_sealed_file_is_seen():
    text = sealed(json_text({"kappa": 25.7, "checksums": {}})).encode()
    assert parse_json(text)["kappa"] == 25.7
    assert not is_broken(text)
    for at in range(len(text)):
        changed = text[:at] + bytes([text[at] ^ 1]) + text[at + 1 :]
        assert is_broken(changed) or b'"checksums": {' not in changed, changed
    assert is_broken(text.replace(seal_of(text).encode(), b"0" * 64))


def test_a_file_without_seal_is_not_broken():
    assert not is_broken(json_text({"kappa": 25.7}).encode())
    assert seal_of(json_text({"kappa": 25.7}).encode()) is None


def test_written_files_are_told(tmp_path):
    with written_files() as written, replacing(tmp_path / "a") as temporary:
        temporary.write_text("a")
    with replacing(tmp_path / "b") as temporary:
        temporary.write_text("b")
    assert list(written) == [tmp_path / "a"]
