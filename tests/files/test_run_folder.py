"""One answer to whose results a folder holds."""

import json
from pathlib import Path

import pytest

from lmpmeso.errors import FolderError
from lmpmeso.files.atomic import replacing
from lmpmeso.files.run_folder import claim, sole_worker
from lmpmeso.models import get_model

IDENTITY = {
    "format": 1,
    "model": get_model("ipl").signature(),
    "temperature": 2.0,
    "variables": {"block": "1"},
}
OF_VERSION_0_1 = json.loads(
    (Path(__file__).parents[1] / "data" / "models-of-version-0.1.0.json").read_text()
)


@pytest.fixture
def folder(tmp_path):
    claim(tmp_path, IDENTITY, "run")
    return tmp_path


def stored(folder):
    return json.loads((folder / "parameters.json").read_text())


def change(folder, **entries):
    (folder / "parameters.json").write_text(json.dumps(stored(folder) | entries))


def test_the_first_writes_down_what_its_results_depend_on(folder):
    assert stored(folder) == IDENTITY


def test_the_same_identity_is_let_in_and_the_record_stays(folder):
    before = (folder / "parameters.json").stat()
    claim(folder, IDENTITY, "run")
    assert (folder / "parameters.json").stat() == before


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"temperature": 1.0}, "temperature is 2.0 there and 1.0 here"),
        ({"variables": {"block": "2"}}, "variables.block is '1' there and '2' here"),
        ({"variables": {}}, "variables.block is '1' there and None here"),
        ({"model": get_model("ipl2d").signature()}, "model.dimension is 3 there and 2 here"),
    ],
)
def test_the_refusal_names_what_differs_and_what_to_do(folder, change, words):
    with pytest.raises(FolderError) as refusal:
        claim(folder, IDENTITY | change, "run")
    assert str(refusal.value) == (
        f"{folder} holds another run: {words}; use another folder, or delete that one"
    )


def test_a_record_that_holds_more_is_claimed_by_its_part(folder):
    change(folder, finished=True)
    claim(folder, IDENTITY, "run")
    assert stored(folder)["finished"]


def test_an_entry_that_earlier_versions_did_not_write_counts_where_it_is(folder):
    claim(folder, IDENTITY | {"particles": "a"}, "run", added=("particles",))
    change(folder, particles="a")
    claim(folder, IDENTITY | {"particles": "a"}, "run", added=("particles",))
    with pytest.raises(FolderError, match="particles is 'a' there and 'b' here"):
        claim(folder, IDENTITY | {"particles": "b"}, "run", added=("particles",))


@pytest.mark.parametrize("name", OF_VERSION_0_1)
def test_a_packaged_model_of_version_0_1_is_recognised(folder, name):
    change(folder, model=OF_VERSION_0_1[name])
    claim(folder, IDENTITY | {"model": get_model(name).signature()}, "run")


@pytest.mark.parametrize(
    "text",
    [OF_VERSION_0_1["ss"], OF_VERSION_0_1["ipl"].replace("density=0.82", "density=0.83")],
)
def test_another_model_of_version_0_1_is_refused_with_what_to_do(folder, text):
    change(folder, model=text)
    with pytest.raises(FolderError, match=r"version 0\.1\.0 .* use another folder"):
        claim(folder, IDENTITY, "run")


def test_a_newer_format_asks_for_a_newer_program(folder):
    change(folder, format=2)
    with pytest.raises(FolderError, match=r"format 2 is newer .* install a newer lmpmeso"):
        claim(folder, IDENTITY, "run")


@pytest.mark.parametrize("damage", [b"", b'{"format": 1, "mod', b"\xff\xfe", b"[]"])
def test_a_damaged_record_is_named(folder, damage):
    (folder / "parameters.json").write_bytes(damage)
    with pytest.raises(FolderError, match=r"parameters\.json is damaged .*: delete "):
        claim(folder, IDENTITY, "run")


def test_what_a_killed_process_left_is_removed_and_nothing_else(folder):
    half = [folder / f".0123456789ab.{name}" for name in ("parameters.json", "runs-1.nc")]
    foreign = folder / ".0123456789ab.thesis.tex"
    for path in (*half, foreign):
        path.touch()
    claim(folder, IDENTITY, "run", products=("runs-*.nc",))
    assert not any(path.exists() for path in half)
    assert foreign.exists()


def test_a_record_that_another_owner_is_writing_is_left_alone(tmp_path):
    with replacing(tmp_path / "parameters.json", "one") as theirs:
        theirs.write_text("half")
        claim(tmp_path, IDENTITY, "stage", owner="two")
        assert theirs.exists()


def test_one_process_at_a_time_works_in_a_folder(tmp_path):
    with (
        sole_worker(tmp_path / "new"),
        pytest.raises(FolderError, match=r"another process is at work in .*new: wait"),
        sole_worker(tmp_path / "new"),
    ):
        pass
    with sole_worker(tmp_path / "new"):
        pass
