"""What a page tells of a campaign: its tables, its tasks and what its records say, as far as it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lmpmeso.campaign.folder import stored_text
from lmpmeso.campaign.settings import Campaign
from lmpmeso.campaign.study import study_steps
from lmpmeso.campaign.tables import CampaignTables
from lmpmeso.engine.status import CampaignStatus, status_of
from lmpmeso.report.evidence import Evidence, read_evidence


@dataclass(frozen=True, eq=False)
class CampaignResults:
    """What a page tells of a campaign: its file, its tables, the status of its tasks, and what its records say."""

    folder: Path
    text: str
    campaign: Campaign
    tables: CampaignTables
    status: CampaignStatus
    evidence: Evidence


def collect_results(folder: Path, campaign: Campaign, tables: CampaignTables) -> CampaignResults:
    """Collect what there is of a campaign.

    Raises:
        CampaignError: a file is damaged, of a newer format, or of another program.
    """
    steps = study_steps(campaign)
    status = status_of(folder, steps)
    damaged = [step.target for step in status.failed]
    evidence = read_evidence(folder, campaign, steps, damaged)
    return CampaignResults(folder, stored_text(folder), campaign, tables, status, evidence)
