"""What a page tells of a campaign: its tables, its tasks and what its records say, as far as it is."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from lmpmeso.campaign.folder import stored_campaign, stored_text
from lmpmeso.campaign.settings import Campaign
from lmpmeso.campaign.study import study_steps
from lmpmeso.campaign.tables import CampaignTables, campaign_tables
from lmpmeso.engine.status import CampaignStatus, status_of
from lmpmeso.report.evidence import Evidence, read_evidence


@dataclass(frozen=True, eq=False)
class CampaignResults:
    """What a page tells of a campaign.

    Attributes:
        folder: its folder.
        text: its campaign file.
        campaign: the campaign.
        tables: its tables, as far as it is.
        status: of its tasks.
        evidence: what its records say.
    """

    folder: Path
    text: str
    campaign: Campaign
    tables: CampaignTables
    status: CampaignStatus
    evidence: Evidence


def read_campaign(
    root: str | os.PathLike[str], campaign: Campaign | None = None
) -> CampaignResults:
    """Read what there is of a campaign.

    Args:
        root: its folder.
        campaign: the campaign; None: as its folder holds it.

    Raises:
        CampaignError: the folder holds no campaign, or a file of it is damaged, of a newer format, or
            of another program.
    """
    folder = Path(root)
    known = campaign or stored_campaign(folder)
    steps = study_steps(known)
    status = status_of(folder, steps)
    damaged = [step.target for step in status.failed]
    return CampaignResults(
        folder,
        stored_text(folder),
        known,
        campaign_tables(folder, known),
        status,
        read_evidence(folder, known, steps, damaged),
    )
