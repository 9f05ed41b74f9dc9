"""The files below a folder against their checksums, wherever these stand."""

import json
import shutil

import pytest

from lmpmeso.cli import main
from lmpmeso.files.checksums import Checksums
from lmpmeso.files.verification import CHANGED, GONE, verify


@pytest.fixture
def campaign(finished, tmp_path):
    return shutil.copytree(finished, tmp_path / "small")


def one(root, pattern):
    (path,) = root.glob(pattern)
    return path


def flip_a_bit(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_every_result_of_a_campaign_is_checked(campaign):
    found = verify(campaign)
    assert found.faults == {}
    assert not found.lengths_only
    assert not found.runs_without
    results = [p for p in (campaign / "ipl").rglob("*") if p.is_file()]
    products = [
        *campaign.glob("tables/*"),
        *campaign.glob("figures/*.png"),
        campaign / "report.html",
    ]
    n_parameters = sum(path.name == "parameters.json" for path in results)
    assert found.checked == len(results) - n_parameters + len(products)


DATA = "ipl/N64/T1.0/r0/elasticity-*/00000-00001.csv"


@pytest.mark.parametrize(
    "pattern",
    [
        *("ipl/N64/T1.0/r0/glasses-*/00000-00001.nc", "ipl/N64/T1.0/r0/production-*/0000.nc", DATA),
        *("ipl/N64/T1.0/summary-*/summary.json", "tables/state-points.csv", "report.html"),
    ],
)
def test_one_bit_of_any_file_is_found(campaign, pattern):
    path = one(campaign, pattern)
    flip_a_bit(path)
    assert verify(campaign).faults == {path: CHANGED}


def test_a_file_that_is_gone_is_told(campaign):
    path = one(campaign, DATA)
    path.unlink()
    assert verify(campaign).faults == {path: GONE}


def test_a_campaign_of_version_0_1_0_is_told_to_be_one_and_lengths_are_checked(campaign, capsys):
    for path in (campaign / "ipl").rglob("*.json"):
        content = json.loads(path.read_text())
        path.write_text(json.dumps({k: v for k, v in content.items() if "checksum" not in k}))
    assert main(["verify", str(campaign / "ipl")]) == 0
    assert "records are of lmpmeso 0.1.0" in capsys.readouterr().out
    path = one(campaign, DATA)
    path.write_bytes(path.read_bytes()[:-1])
    assert "bytes instead of" in verify(campaign).faults[path]


def test_the_command_tells_all_is_well_or_what_is_not(campaign, capsys):
    assert main(["verify", str(campaign)]) == 0
    assert "files are what was written" in capsys.readouterr().out
    path = one(campaign, DATA)
    flip_a_bit(path)
    assert main(["verify", str(campaign), "--json"]) == 1
    told = capsys.readouterr()
    assert json.loads(told.out)["faults"] == [{"file": str(path), "fault": CHANGED}]
    assert f"{path} {CHANGED}" in told.err
    assert f"lmpmeso run {campaign} --repair" in told.err


def test_a_folder_of_something_else_is_refused(tmp_path, capsys):
    (tmp_path / "notes.txt").write_text("Dear diary,\n")
    assert main(["verify", str(tmp_path)]) == 2
    assert "nothing that lmpmeso keeps checksums of" in capsys.readouterr().err


def test_folders_behind_links_are_checked_once(campaign, tmp_path):
    shutil.move(campaign / "ipl", tmp_path / "elsewhere")
    (campaign / "ipl").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "back").symlink_to(campaign)
    checked = verify(campaign).checked
    (tmp_path / "elsewhere" / "back").unlink()
    assert verify(campaign).checked == checked


def test_a_changed_run_is_to_be_deleted_and_run_again(tmp_path, capsys):
    run = tmp_path / "many" / "run"
    (run / "part").mkdir(parents=True)
    for folder in (run, run / "part"):
        (folder / "frames.dump").write_text("1 2 3\n")
        Checksums(folder).note([folder / "frames.dump"])
    (run / "part" / "frames.dump").write_text("1 2 4\n")
    assert main(["verify", str(tmp_path / "many")]) == 1
    told = capsys.readouterr().err
    assert f"delete {run} and run it again" in told
    assert "--repair" not in told
