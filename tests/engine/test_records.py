"""Records and the data files that they vouch for."""

import json
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lmpmeso.campaign.stiffness_file import FORMAT, read_stiffness, write_stiffness
from lmpmeso.engine.records import noted_warnings, read_record, write_record
from lmpmeso.engine.step import Workplace
from lmpmeso.errors import CampaignError, FolderError
from lmpmeso.files.tables import write_table
from tests.engine.programs import resealed

IDENTITY = {"stage": "test", "version": 1, "parameters": {"x": 1.5}, "needs": {}}


@pytest.fixture
def record(tmp_path):
    """A record with a table beside it."""
    table = pd.DataFrame({"t": [0.1, 0.2], "Fs": [1 / 3, 0.1]})
    path = write_table(tmp_path / "fs.csv", table, {"t": "time"})
    work = Workplace(tmp_path / "record.json", identity=IDENTITY)
    write_record(work, "scattering", [path], q=6.35, nothing=float("nan"))
    return work.target


def test_a_record_returns_what_was_written(record):
    found = read_record(record, "scattering")
    assert found["q"] == 6.35
    assert found["nothing"] is None
    assert found["versions"]["lmpmeso"]
    assert found.table("fs.csv")["Fs"].tolist() == [1 / 3, 0.1]
    parameters = json.loads(record.with_name("parameters.json").read_text())
    assert parameters["parameters"] == {"x": 1.5}


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda text: text[:40], "truncated"),
        (lambda text: "hello", "truncated or not JSON"),
        (lambda text: "[1, 2]", "truncated or not JSON"),
        (lambda text: '{"a": 1}', "not a file of a campaign"),
        (lambda text: text.replace("6.35", "6.36"), "was changed since it was written.*--repair"),
        (lambda text: text[: text.rindex(",")] + "\n}\n", "was changed since it was written"),
        (
            lambda text: resealed(text.replace('format": 1', 'format": 2')),
            "install a newer lmpmeso",
        ),
        (
            lambda text: resealed(text.replace('format": 1', 'format": 0')),
            "is older than .*delete it",
        ),
        (lambda text: resealed(text.replace('"scattering"', '"glasses"')), "holds 'glasses'"),
    ],
)
def test_a_damaged_foreign_newer_or_older_record_is_refused_by_name(record, damage, words):
    record.write_text(damage(record.read_text()))
    with pytest.raises(CampaignError, match=words) as refusal:
        read_record(record, "scattering")
    assert str(record) in str(refusal.value)


def test_a_missing_record_says_so(tmp_path):
    with pytest.raises(CampaignError, match="is not there"):
        read_record(tmp_path / "no.json", "scattering")


def test_a_truncated_changed_or_missing_data_file_is_refused_by_name(record):
    found = read_record(record, "scattering")
    data = record.with_name("fs.csv")
    text = data.read_text()
    data.write_text(text[:-5])
    with pytest.raises(CampaignError, match=r"fs\.csv has \d+ bytes instead of \d+.*--repair"):
        found.data("fs.csv")
    data.write_text(text.replace("0.1", "0.3", 1))
    with pytest.raises(CampaignError, match=r"fs\.csv was changed since it was written.*--repair"):
        found.data("fs.csv")
    data.unlink()
    with pytest.raises(CampaignError, match="is not there"):
        found.data("fs.csv")


def test_a_folder_of_another_identity_is_not_written_to(record):
    work = Workplace(record.with_name("second.json"), identity=IDENTITY | {"version": 2})
    with pytest.raises(
        FolderError, match="holds another measurement: version is 1 there and 2 here"
    ):
        write_record(work, "scattering")


def test_warnings_are_noted_once_and_not_shown():
    with noted_warnings() as notes:
        for _ in range(3):
            warnings.warn("the box is small", UserWarning, stacklevel=1)
        warnings.warn("of no interest", DeprecationWarning, stacklevel=1)
    assert notes == ["the box is small"]


@pytest.fixture
def bonds():
    """κ_ij of two glasses of different size."""
    rng = np.random.default_rng(1)

    def table(n):
        i = np.arange(n)
        return pd.DataFrame({"i": i, "j": i + 1, "distance": rng.random(n), "kappa": rng.random(n)})

    return {3: table(5), 8: table(7)}


def test_bonds_of_several_glasses_come_back_exactly(tmp_path, bonds):
    found = read_stiffness(write_stiffness(tmp_path / "a.npz", bonds))
    assert list(found) == [3, 8]
    for glass, table in bonds.items():
        pd.testing.assert_frame_equal(found[glass], table, check_dtype=False, check_exact=True)


def test_files_of_equal_bonds_are_equal_to_the_byte(tmp_path, bonds):
    first, second = (write_stiffness(tmp_path / name, bonds) for name in ("a.npz", "b.npz"))
    assert first.read_bytes() == second.read_bytes()


def test_no_bonds_are_a_file_too(tmp_path):
    assert read_stiffness(write_stiffness(tmp_path / "a.npz", {})) == {}


def test_damaged_and_foreign_bonds_are_refused_by_name(tmp_path, bonds):
    path = write_stiffness(tmp_path / "a.npz", bonds)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(CampaignError, match=r"a\.npz: truncated"):
        read_stiffness(path)
    np.savez(path, x=np.arange(3))
    with pytest.raises(CampaignError, match=r"a\.npz: truncated, or no file of dipole stiffness"):
        read_stiffness(path)


@pytest.mark.parametrize(("other", "words"), [(FORMAT + 1, "newer"), (FORMAT - 1, "older")])
def test_bonds_of_another_format_are_refused_by_name(tmp_path, bonds, monkeypatch, other, words):
    monkeypatch.setattr("lmpmeso.campaign.stiffness_file.FORMAT", other)
    path = write_stiffness(tmp_path / "a.npz", bonds)
    monkeypatch.undo()
    with pytest.raises(CampaignError, match=rf"a\.npz: format {other} is {words} than"):
        read_stiffness(path)


def test_a_record_is_immutable(record):
    found = read_record(record, "scattering")
    with pytest.raises(AttributeError):
        found.path = None
    assert replace(found, content={}).content == {}
