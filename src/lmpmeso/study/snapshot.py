"""A campaign as its files are at one moment: its tables are built once, and products made when they are due."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from lmpmeso.campaign.folder import (
    EARLIER_FOLDER,
    FIGURES_FOLDER,
    REPETITION_FOLDER,
    REPORT_FILE,
    SHORT_PAGE_FILE,
    TABLES_FOLDER,
)
from lmpmeso.campaign.settings import Campaign
from lmpmeso.engine.progress import LOG_FILE
from lmpmeso.engine.step_files import ENGINE_FOLDER
from lmpmeso.files.made_from import MadeFrom, digest_of, folder_digest, package_digest
from lmpmeso.files.tables import read_table

if TYPE_CHECKING:
    import pandas as pd

    from lmpmeso.campaign.tables import CampaignTables

PRODUCTS = (
    *(TABLES_FOLDER, FIGURES_FOLDER, EARLIER_FOLDER),
    *(LOG_FILE, REPORT_FILE, SHORT_PAGE_FILE, REPETITION_FOLDER, ENGINE_FOLDER),
)
"""What is made from the files of a campaign, or told about them."""
TABLES, COMPLETE = "tables", "complete"
"""Entries of ``made.json``."""


def state_of(folder: Path, products: Iterable[str] = PRODUCTS) -> str:
    """Digest of everything that a folder's products are made from: its files, and this package."""
    return digest_of(package_digest(), folder_digest(folder, [*products]))


class Snapshot:
    """A campaign's folder at one moment."""

    def __init__(self, folder: Path, campaign: Campaign):
        self.folder = folder
        self.campaign = campaign
        self.digest = state_of(folder)
        self.made = MadeFrom(folder)

    @cached_property
    def tables(self) -> CampaignTables:
        """Its tables.

        Raises:
            CampaignError: a file is damaged, of a newer format, or of another program.
        """
        from lmpmeso.campaign.tables import campaign_tables

        return campaign_tables(self.folder, self.campaign)

    @cached_property
    def drawable(self) -> dict[str, pd.DataFrame]:
        """What figures are drawn from."""
        from lmpmeso.figures.results import campaign_results

        return campaign_results(self.folder, self.campaign, self.tables)

    def write_tables(self) -> Path:
        """Write the tables, unless those that are there are of this moment; returns their folder."""
        folder = self.folder / TABLES_FOLDER
        if self.made.facts(TABLES, self.digest) is None:
            from lmpmeso.campaign.tables import write_tables

            write_tables(self.folder, self.campaign, self.tables)
            files = [path for path in folder.iterdir() if path.is_file()]
            self.made.note(TABLES, self.digest, files)
        return folder


class StoredTables(Mapping[str, "pd.DataFrame"]):
    """The tables that a campaign's folder holds, by name; each is read when it is asked for."""

    def __init__(self, folder: Path):
        from lmpmeso.campaign.tables.files import table_paths

        self._paths = table_paths(folder)
        self._read: dict[str, pd.DataFrame] = {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        """A table, words that there are none of as empty words."""
        if name not in self._read:
            table = read_table(self._paths[name])
            words = [column for column in table if _holds_words(str(column))]
            known = {str(c): table[c].astype(object).where(table[c].notna(), "") for c in words}
            self._read[name] = table.assign(**known)
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        """The names."""
        return iter(self._paths)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._paths)


def _holds_words(column: str) -> bool:
    """Whether a column may hold words, or be without any, which CSV does not tell."""
    return column in ("status", "reason", "excluded") or column.endswith("caveat")
