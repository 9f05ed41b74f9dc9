"""What a campaign has left out of what its file asks for is told, and is no success."""

import json
import shutil
from dataclasses import replace

import pytest

from lmpmeso.campaign.left_out import left_out
from lmpmeso.cli import main
from lmpmeso.errors import LmpmesoError
from lmpmeso.study.study import run_study
from tests.campaign.small_study import CAMPAIGN, SERIAL, TEXT
from tests.engine.programs import resealed
from tests.engine.small_steps import QuietSink


@pytest.fixture
def campaign(finished, tmp_path):
    return shutil.copytree(finished, tmp_path / "small")


def change(root, pattern, **entries):
    """Give a record other entries, as if it had been written so."""
    (path,) = root.glob(pattern)
    content = json.loads(path.read_text())
    text = json.dumps(content | entries, indent=2) + "\n"
    path.write_text(resealed(text))


def test_nothing_is_left_out_of_a_campaign_that_is_what_it_was_to_be(finished):
    assert left_out(finished, CAMPAIGN) == []


def test_glasses_that_failed_are_told_with_their_number_and_the_first_reason(campaign):
    shard = "ipl/N64/T1.0/r0/glasses-*/0000{}.json"
    change(campaign, shard.format("0-00001"), failures={"1": "no minimum"})
    change(campaign, shard.format("2-00002"), failures={"2": "another reason"})
    assert left_out(campaign, CAMPAIGN) == [
        "ipl T=1 glasses: 2 glasses are left out; the first, glass 1: no minimum"
    ]


def test_a_replica_that_is_no_liquid_is_told_with_its_glasses(campaign):
    change(campaign, "ipl/N64/T1.5/r0/dynamics-*/dynamics.json", crystallised=True, structure="fcc")
    assert left_out(campaign, CAMPAIGN) == [
        "ipl T=1.5: replica 0 with its 3 glasses is left out of means and fits: fcc"
    ]


def test_a_campaign_file_that_changes_meanwhile_is_told_and_no_tables_are_of_it(campaign):
    shutil.rmtree(next(campaign.glob("ipl/N64/T1.0/summary-*")))
    tables = (campaign / "tables" / "tables.json").stat().st_mtime_ns

    class Changing(QuietSink):
        def message(self, text):
            (campaign / "campaign.toml").write_text(f"{TEXT}level = 0.8\n")

    with pytest.raises(LmpmesoError, match="changed while this ran"):
        run_study(campaign, TEXT, replace(CAMPAIGN, resources=SERIAL), Changing())
    assert list(campaign.glob("ipl/N64/T1.0/summary-*"))
    assert (campaign / "tables" / "tables.json").stat().st_mtime_ns == tables


def test_the_command_says_it_each_time_and_exits_with_1(campaign, capsys, few_figures):
    change(campaign, "ipl/N64/T1.0/r0/elasticity-*/00002-00002.json", failures={"2": "unstable"})
    for _ in range(2):
        assert main(["run", str(campaign), "--engine", "serial"]) == 1
        told = capsys.readouterr().err
        assert "tasks were done before" in told
        assert "ipl T=1 elasticity: 1 glass is left out; the first, glass 2: unstable" in told
