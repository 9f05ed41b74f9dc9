"""Input scripts and potential files are found from any directory."""

import pytest

from lmpmeso.errors import DataFileError
from lmpmeso.files import package_data as data_files
from lmpmeso.files.package_data import lmp_input, potential_file


def test_potential_files_are_found_from_any_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = potential_file("sw.sw")
    assert path.is_absolute()
    assert path.read_text().splitlines()[-1].startswith("Si Si Si ")


@pytest.mark.parametrize("find", [potential_file, lmp_input])
def test_a_missing_file_is_named_with_those_that_there_are(find):
    with pytest.raises(DataFileError, match=r"there is no 'nothing\.here'"):
        find("nothing.here")
    with pytest.raises(FileNotFoundError, match=r"there are: .*ipl\.table.*sw\.sw"):
        potential_file("nothing.here")


def test_an_installation_without_the_folder_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(data_files, "files", lambda name: tmp_path / "lib" / "site" / name)
    with pytest.raises(DataFileError, match="installation is incomplete"):
        potential_file("sw.sw")


def test_files_inside_the_package_come_first(tmp_path, monkeypatch):
    installed = tmp_path / "site" / "lmpmeso"
    (installed / "potentials").mkdir(parents=True)
    (installed / "potentials" / "sw.sw").write_text("installed")
    monkeypatch.setattr(data_files, "files", lambda name: installed)
    assert potential_file("sw.sw").read_text() == "installed"
