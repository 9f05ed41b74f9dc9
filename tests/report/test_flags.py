"""What a reader is told before trusting a number."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lmpmeso.campaign.reading import parse_campaign
from lmpmeso.campaign.tables import DONE, REFUSED, WAITING
from lmpmeso.engine.status import CampaignStatus, FailedStep
from lmpmeso.report.evidence import Evidence
from lmpmeso.report.flags import flags
from lmpmeso.report.repetition import made_with, parameters, seeds_of, table_files

CAMPAIGN = parse_campaign(
    'name = "a"\n[[liquids]]\nmodel = "ipl"\nn_particles = 64\ntemperatures = [2.0, 1.0, 0.5, 0.45]\n'
)
GOOD = {
    "model": "ipl",
    "n_particles": 64,
    "status": DONE,
    "reason": "",
    "excluded": "",
    "interval_caveat": "",
    "tau_alpha_caveat": "",
    "diffusion_caveat": "",
    "n_replicas_excluded": 0.0,
    "n_glasses_failed": 0.0,
}
NOTHING = Evidence((), (), (), (), 0, {})


class Tables:
    """State points, each the good one but for its changes."""

    def __init__(self, *changes):
        self.state_points = pd.DataFrame(
            GOOD | {"temperature": t} | change
            for t, change in zip(CAMPAIGN.liquids[0].temperatures, changes, strict=True)
        )


def told(*changes, status=None, evidence=NOTHING):
    found = flags(CAMPAIGN, Tables(*changes), status or CampaignStatus(), evidence)
    return [(flag.kind, flag.where, "; ".join(flag.texts)) for flag in found]


def test_of_a_campaign_without_fault_nothing_is_told():
    assert told({}, {}, {}, {}) == []


def test_a_refused_liquid_is_left_out_and_the_colder_ones_are_not_begun():
    found = told({}, {}, {"status": REFUSED, "reason": "r0: too short"}, {"status": WAITING})
    assert found == [
        ("left out", "T = 0.5", "Not in equilibrium: too short"),
        ("not begun", "T = 0.45", "It starts from the end of T = 0.5, which was left out"),
    ]


def test_what_merely_waits_is_no_flag():
    assert told({}, {}, {"status": WAITING}, {"status": WAITING}) == []


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        ({"excluded": "r0: crystallised"}, "excluded", "no fit takes it: crystallised"),
        ({"interval_caveat": "few glasses"}, "caution", "κ and G: few glasses"),
        ({"tau_alpha_caveat": "not reached"}, "caution", "τ_α: not reached"),
        ({"diffusion_caveat": "too short"}, "caution", "D: too short"),
        ({"n_glasses_failed": 2.0}, "incomplete", "2 quenches or analyses failed"),
        ({"n_replicas_excluded": 1.0}, "incomplete", "1 of 1 replicas"),
    ],
)
def test_each_fault_of_a_finished_state_point_is_told_with_its_place(change, kind, words):
    ((found, where, text),) = told({}, change, {}, {})
    assert (found, where) == (kind, "T = 1")
    assert words in text


def test_caveats_that_were_read_back_as_missing_are_none():
    assert told({"diffusion_caveat": np.nan, "interval_caveat": np.nan}, {}, {}, {}) == []


def test_failures_besides_the_refusals_are_counted_and_the_gravest_comes_first():
    failed = [
        FailedStep(name, "stage", "why", Path(name)) for name in ("a.json", "b.json", "c.json")
    ]
    status = CampaignStatus(failed=failed)
    found = told({"diffusion_caveat": "x"}, {}, {"status": REFUSED}, {}, status=status)
    assert [kind for kind, _, _ in found] == ["left out", "failed", "caution"]
    assert found[1][1] == "2 tasks"


def test_warnings_in_records_and_mixed_versions_are_told():
    evidence = Evidence(
        verdicts=(),
        versions=(("lammps", "1", 3), ("lammps", "2", 4), ("numpy", "2", 7)),
        seeds=(("ipl T=2 glasses", (5,)), ("ipl T=1 glasses", (1, 2, 3, 4))),
        warnings=(("ipl T=2 production", "the conserved quantity drifts", 3),),
        n_records=7,
        progress={},
    )
    assert told({}, {}, {}, {}, evidence=evidence) == [
        ("caution", "ipl T=2 production", "the conserved quantity drifts (3 records)"),
        ("caution", "versions", "lammps: data of 1 (3 records) and 2 (4 records)"),
    ]
    assert made_with(evidence) == [
        ("lammps", "1 (3 records), 2 (4 records)"),
        ("numpy", "2 (7 records)"),
    ]
    assert seeds_of(evidence) == [("ipl T=2 glasses", "5"), ("ipl T=1 glasses", "1 … 4 (4 seeds)")]


def test_every_parameter_is_listed_with_its_value_defaults_included():
    listed = {
        section: {key: value for key, value, _ in rows} for section, rows in parameters(CAMPAIGN)
    }
    assert listed["liquids, 1"]["temperatures"] == "2.0, 1.0, 0.5, 0.45"
    assert listed["equilibration"]["stretch_tau"] == "5.0"
    assert listed["statistics"]["level"] == "0.9"
    assert "landscape" not in listed


def test_large_tables_stay_in_the_folder(tmp_path):
    folder = tmp_path / "tables"
    folder.mkdir()
    (folder / "small.csv").write_text("a\n1\n")
    (folder / "large.csv").write_text("a\n" + "1\n" * 200_000)
    (folder / "empty.csv").write_text("\n")
    large, small = table_files(tmp_path)
    assert (large["name"], large["data"]) == ("large.csv", "")
    assert small["data"].startswith("data:text/csv;base64,")
