"""A study of 64 particles: real steps, a few seconds."""

from lmpmeso.campaign.reading import parse_campaign
from lmpmeso.campaign.study import study_steps
from lmpmeso.engine.resources import Resources
from tests.engine.programs import contents

TEXT = """\
name = "small"
[[liquids]]
model = "ipl"
n_particles = 64
temperatures = [1.5, 1.0]
[equilibration]
stretch_tau = 4
[production]
length_tau = 5
shortest_spacing_t0 = 2
ratio = 1.5
[glasses]
number = 3
per_shard = 2
[statistics]
resamples = 200
"""

CAMPAIGN = parse_campaign(TEXT)
STEPS = study_steps(CAMPAIGN)
SERIAL = Resources(engine="serial")


def differences(root, other):
    """Where the data and tables of two campaigns differ, a line a file; the page holds the time of day."""
    ours, theirs = (
        {
            path: data
            for path, data in contents(folder).items()
            if path.startswith(("ipl/", "tables/"))
        }
        for folder in (root, other)
    )
    return [
        f"{path}: {_first_difference(ours.get(path), theirs.get(path))}"
        for path in sorted(set(ours) | set(theirs))
        if ours.get(path) != theirs.get(path)
    ]


def _first_difference(one, other):
    """The surroundings of the first byte that differs."""
    if one is None or other is None:
        return "in one of them only"
    pairs = enumerate(zip(one, other, strict=False))
    at = next((k for k, (a, b) in pairs if a != b), min(len(one), len(other)))
    begin = max(at - 60, 0)
    return f"byte {at}: {one[begin : at + 60]!r} and {other[begin : at + 60]!r}"
