"""A study of 64 particles: real steps, a few seconds."""

from lmpmeso.campaign.reading import parse_campaign
from lmpmeso.campaign.settings import Resources
from lmpmeso.campaign.study import study_steps
from tests.campaign.programs import contents

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


def results(root):
    """Data and tables of a campaign; the page holds the time of day."""
    return {
        path: data for path, data in contents(root).items() if path.startswith(("ipl/", "tables/"))
    }
