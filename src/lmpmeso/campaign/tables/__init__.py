"""The tables of a campaign: collected from its records, with fits; written and read."""

from lmpmeso.campaign.tables.collection import CampaignTables, campaign_tables
from lmpmeso.campaign.tables.files import (
    TABLES_FOLDER,
    campaign_digest,
    column_units,
    read_or_empty,
    read_tables,
    write_tables,
)
from lmpmeso.campaign.tables.state_points import DONE, OTHERS, REFUSED, WAITING

__all__ = [
    "DONE",
    "OTHERS",
    "REFUSED",
    "TABLES_FOLDER",
    "WAITING",
    "CampaignTables",
    "campaign_digest",
    "campaign_tables",
    "column_units",
    "read_or_empty",
    "read_tables",
    "write_tables",
]
