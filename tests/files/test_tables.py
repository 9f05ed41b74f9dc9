"""Tables keep their units and every digit."""

import numpy as np
import pandas as pd
import pytest

from lmpmeso.errors import ConfigurationError, MissingDependencyError
from lmpmeso.files.tables import has_parquet, read_table, with_units, write_table


def test_units_stand_in_the_titles_of_columns(tmp_path):
    table = pd.DataFrame({"kappa": [1.0], "kappa_low": [0.5], "n": [3]})
    path = write_table(tmp_path / "a.csv", table, {"kappa": "energy/length^2"})
    title = path.read_text().splitlines()[0]
    assert title == "kappa [energy/length^2],kappa_low [energy/length^2],n"
    assert list(read_table(path).columns) == ["kappa", "kappa_low", "n"]


def test_numbers_have_as_many_digits_as_they_need_to_be_exact(tmp_path):
    path = write_table(tmp_path / "a.csv", pd.DataFrame({"x": [0.1, 1 / 3]}))
    assert path.read_text() == "x\n0.1\n0.3333333333333333\n"
    x = np.random.default_rng(1).normal(size=1000)
    lines = write_table(path, pd.DataFrame({"x": x})).read_text().splitlines()
    assert [float(line) for line in lines[1:]] == x.tolist()


def test_a_table_is_there_whole_or_as_it_was(tmp_path, monkeypatch):
    path = write_table(tmp_path / "a.csv", pd.DataFrame({"x": [1]}))

    def fail(self, *_args, **_options):
        raise OSError("disk full")

    monkeypatch.setattr(pd.DataFrame, "to_csv", fail)
    with pytest.raises(OSError, match="disk full"):
        write_table(path, pd.DataFrame({"x": [2]}))
    assert path.read_text() == "x\n1\n"
    assert [file.name for file in tmp_path.iterdir()] == ["a.csv"]


def test_the_ending_of_a_table_is_its_format(tmp_path, monkeypatch):
    table = pd.DataFrame({"x": [0.1, 1 / 3]})
    with pytest.raises(ConfigurationError, match=r"\.csv, \.parquet"):
        write_table(tmp_path / "a.txt", table)
    if has_parquet():
        path = write_table(tmp_path / "a.parquet", table)
        pd.testing.assert_frame_equal(pd.read_parquet(path), table)
    monkeypatch.setattr("lmpmeso.files.tables.has_parquet", lambda: False)
    with pytest.raises(MissingDependencyError, match="pip install pyarrow"):
        write_table(tmp_path / "b.parquet", table)
    assert not (tmp_path / "b.parquet").exists()


def test_a_table_that_is_read_knows_the_units_of_its_columns(tmp_path):
    table = pd.DataFrame({"n": [1], "kappa": [2.0], "kappa_low": [1.0]})
    units = {"kappa": "energy/length^2"}
    read = read_table(write_table(tmp_path / "table.csv", table, units))
    assert list(read.columns) == ["n", "kappa", "kappa_low"]
    assert read.attrs["units"] == dict.fromkeys(("kappa", "kappa_low"), "energy/length^2")
    assert read.attrs == with_units(table, units).attrs
