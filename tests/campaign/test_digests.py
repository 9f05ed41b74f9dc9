"""Results stay what they were when they were first published, to the last bit where arithmetic allows.

scripts/studies/make_campaign_digests.py wrote tests/data/campaign-digests.json with version 0.1.0. Last bits
depend on the processor and its libraries; a liquid forgets them within a few collisions and is another one then.
"""

import json
from pathlib import Path

import pytest

from lmpmeso.campaign.reading import parse_campaign
from lmpmeso.campaign.study import study_steps
from tests.campaign.digests import arithmetic, data_files, digest, numbers, state_points
from tests.tiny_campaigns import TEXTS

EXPECTED = json.loads(
    (Path(__file__).parents[1] / "data" / "campaign-digests.json").read_text(encoding="utf-8")
)
SAME_ARITHMETIC = EXPECTED["arithmetic"] == arithmetic()
OF_A_FACTOR = ("glasses-", "elasticity-", "modes-", "landscape-", "propensity-", "correlations-")
"""Steps that use a factor of the Hessian, whose rounding depends on the order of elimination."""
SUMMARIES = ("summary-", "tables")
"""Of lags that are pooled, which 0.1.0 did not do: these, and the intervals of τ_α that equilibrations tell, whose windows
overlap, are of a later version."""
NEW = ("vibrations-", "cage_relative-")
"""Measurements that version 0.1.0 did not have."""
NOTES = "warnings"
"""Of a record: nothing was noted where isoconfigurational runs are cold."""
ROUNDING = 1e-9
"""Of what depends on a factor, relative to the root mean square of its array."""
SAME_STATE = 0.2
"""Relative difference of two liquids as short and small as these at the same state point."""


CAMPAIGNS = ("planar", "solid", pytest.param("others", marks=pytest.mark.validate))
"""The others take as long as both; each of their models has its reference configurations in every run."""


@pytest.fixture(scope="module", params=CAMPAIGNS)
def campaign(request, campaign_named):
    return request.param, campaign_named(request.param)


def stage(path: str) -> str:
    """The part of a path that names the step: ``glasses-81563026`` of ``ipl/…/glasses-81563026/…``."""
    return "tables" if path.startswith("tables/") else Path(path).parts[-2]


def test_every_target_of_a_campaign_lies_where_it_lay(campaign):
    name, folder = campaign
    steps = study_steps(parse_campaign(f'name = "{name}"\n{TEXTS[name]}'))
    targets = {step.target for step in steps}
    of_that_time = {t for t in targets if not stage(t).startswith(NEW)}
    assert of_that_time <= EXPECTED[name]["files"].keys()
    assert all((folder / target).is_file() for target in targets)


def test_every_file_holds_what_it_held(campaign):
    name, folder = campaign
    if not SAME_ARITHMETIC:
        pytest.skip("another processor, LAMMPS, NumPy or SciPy than the digests: liquids differ")
    found, expected = data_files(folder), EXPECTED[name]["files"]
    assert set(expected) - set(found) == set()
    changed = [path for path in expected if digest(found[path]) != expected[path]["sha256"]]
    exact = [path for path in changed if not stage(path).startswith(OF_A_FACTOR + SUMMARIES)]
    assert exact == []
    for path in changed:
        here, there = numbers(found[path]), expected[path]["numbers"]
        assert here.keys() >= there.keys() - {NOTES}, path
        for column, (count, scale, weighted) in there.items():
            if column == NOTES:
                continue
            tolerance = ROUNDING * scale * max(count, 1) ** 0.5
            assert here[column][0] == count, (path, column)
            assert here[column][1:] == pytest.approx([scale, weighted], abs=tolerance), (
                path,
                column,
            )


def test_every_liquid_is_in_the_state_in_which_it_was(campaign):
    name, folder = campaign
    found, expected = state_points(folder), EXPECTED[name]["state_points"]
    assert found.keys() == expected.keys()
    for point, values in expected.items():
        for quantity, value in values.items():
            assert found[point][quantity] == pytest.approx(value, rel=SAME_STATE), (point, quantity)
