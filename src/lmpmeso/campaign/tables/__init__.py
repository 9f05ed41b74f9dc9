"""The tables of a campaign: collected from its records, with fits; written and read."""

from lmpmeso.campaign.folder import TABLES_FOLDER
from lmpmeso.campaign.statuses import DONE, OTHERS, REFUSED, WAITING
from lmpmeso.campaign.tables.collection import CampaignTables, campaign_tables
from lmpmeso.campaign.tables.files import campaign_digest, column_units, read_tables, write_tables

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
    "read_tables",
    "write_tables",
]
