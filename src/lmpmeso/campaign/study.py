"""The whole study of a campaign as steps from files to files.

The steps follow from the campaign file alone. How long a run must be follows from τ_α, which the
equilibration measures while the campaign runs; how many blocks, shards and runs there are does not.
"""

from __future__ import annotations

from collections.abc import Iterator

from lmpmeso.campaign.settings import Campaign
from lmpmeso.campaign.state_point import StatePoint
from lmpmeso.engine.step import Step


def study_steps(campaign: Campaign) -> list[Step]:
    """All steps of a campaign, each after those that it needs.

    Raises:
        CampaignError: it cannot be said how long a liquid may take to equilibrate.
    """
    steps = {step.target: step for point in state_points(campaign) for step in point.steps}
    return list(steps.values())


def state_points(campaign: Campaign) -> Iterator[StatePoint]:
    """The state points of a campaign, from hot to cold in each liquid."""
    for liquid in campaign.liquids:
        hotter: StatePoint | None = None
        for temperature in liquid.temperatures:
            hotter = StatePoint(campaign, liquid, temperature, hotter)
            yield hotter
