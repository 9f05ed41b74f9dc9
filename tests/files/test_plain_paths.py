"""Paths and names that LAMMPS's parser leaves as they are."""

import os
import tempfile

import pytest

from lmpmeso.errors import LammpsError
from lmpmeso.files import plain_paths
from lmpmeso.files.plain_paths import (
    PLAIN,
    QUOTED_PATH,
    PlainPaths,
    as_comment,
    as_one_word,
    plain_name,
)

NAMES = (
    *("müller", "陈", "run#1", "100%", "O'Neil", "a$b", "a${b}c", "a*b", 'a"b', "a&b"),
    *("two words", "new\nline", "not utf-8 \udcff", "x.mpiio", "`$(y)`", "'\"", "-x y"),
)


@pytest.fixture
def paths():
    found = PlainPaths()
    yield found
    found.close()


def test_a_plain_path_is_given_as_it_is_and_makes_no_link(paths):
    assert paths.plain("/home/mueller/run-1/in.quench") == "/home/mueller/run-1/in.quench"
    assert paths._folder is None


@pytest.mark.parametrize("name", NAMES)
def test_any_folder_and_any_file_has_a_plain_path(paths, tmp_path, name):
    (tmp_path / name).mkdir()
    for target in (tmp_path / name / "liquid.data", tmp_path / name / f"{name}.data"):
        plain = paths.plain(target)
        assert PLAIN.fullmatch(plain)
        with open(plain, "w") as file:
            file.write("written through the link")
        assert target.read_text() == "written through the link"
    paths.close()
    assert target.is_file()


@pytest.mark.parametrize("name", NAMES)
def test_folder_of_temporary_files_may_be_one_that_lammps_misreads(
    paths, tmp_path, name, monkeypatch
):
    (tmp_path / name).mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / name))
    assert PLAIN.fullmatch(paths.plain(tmp_path / name / "liquid.data"))


def test_without_any_folder_for_links_the_message_says_what_to_set(paths, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "two words"))
    monkeypatch.setattr(plain_paths, "FOLDERS", (str(tmp_path / "not-there"),))
    with pytest.raises(LammpsError, match="set TMPDIR to a folder whose path LAMMPS reads"):
        paths.plain(tmp_path / "müller" / "liquid.data")


def test_links_end_with_their_owner_and_what_they_lead_to_stays(paths, tmp_path):
    (tmp_path / "a b").mkdir()
    (tmp_path / "a b" / "kept").write_text("x")
    link = paths.plain(tmp_path / "a b" / "kept").removesuffix("/kept")
    paths.close()
    paths.close()
    assert not os.path.lexists(link)
    assert (tmp_path / "a b" / "kept").read_text() == "x"


def test_text_of_lammps_is_given_back_with_the_paths_that_the_user_knows(paths, tmp_path):
    wanted = [tmp_path / f"run #{k}" / "x.data" for k in range(12)]
    text = " ".join(paths.plain(path) for path in wanted)
    assert paths.known_to_user(text) == " ".join(map(str, wanted))


@pytest.mark.parametrize("name", NAMES)
def test_a_path_in_a_command_is_found_again(name):
    for path in (f"/home/{name}/x", f"/home/{name}"):
        found = QUOTED_PATH.findall(f"pair_coeff 1 1 {as_one_word(path)} SMALL_SMALL")
        assert [given for _, given in found] == [path]


def test_a_variable_before_a_plain_path_is_not_quoted():
    assert as_one_word("${potentials}/ipl.table") == "${potentials}/ipl.table"
    assert as_one_word("/a/${b}/ipl.table") == '"/a/${b}/ipl.table"'


def test_names_and_comments_are_what_lammps_takes():
    assert plain_name("Cu & Zr ü.eam.fs") == "Cu___Zr__.eam.fs"
    assert as_comment("one &\nrun 100 &\n") == "# one & run 100"
