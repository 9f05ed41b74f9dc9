"""A campaign file that was read: what it says, where it goes, and the call that runs it."""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

from lmpmeso.campaign.folder import CAMPAIGN_FILE, campaign_text, preset_names, preset_text
from lmpmeso.campaign.reading import parse_campaign, resources_fault
from lmpmeso.campaign.settings import Campaign
from lmpmeso.engine.progress import ProgressSink
from lmpmeso.errors import CampaignError, IncompleteCampaignWarning
from lmpmeso.study.study import Study, run_study


@dataclass(frozen=True)
class CampaignFile:
    """A campaign file that was read: its text, the campaign that it is, and the folder where results go by default."""

    text: str
    source: str
    campaign: Campaign
    folder: Path

    @classmethod
    def parsed(
        cls, text: str, source: str, folder: Path | None = None, beside: Path | None = None
    ) -> CampaignFile:
        """Check a text that lies ``beside`` its model files; its folder is that of its name where none is given.

        Raises:
            CampaignError: it has faults.
        """
        campaign = parse_campaign(text, source, beside or Path())
        return cls(text, source, campaign, folder or Path(campaign.name))

    def on(self, engine: str | None = None, workers: int | None = None) -> CampaignFile:
        """The same with another engine, or another number of workers, whatever the file says.

        Raises:
            CampaignError: that cannot work.
        """
        known = self.campaign.resources
        resources = replace(known, engine=engine or known.engine, workers=workers or known.workers)
        if fault := resources_fault(resources):
            raise CampaignError(f"{self.source}: resources.{fault[0]}: {fault[1]}")
        return replace(self, campaign=replace(self.campaign, resources=resources))

    def run(
        self,
        folder: str | os.PathLike[str] | None = None,
        *,
        engine: str | None = None,
        workers: int | None = None,
        progress: bool | ProgressSink = True,
        repair: bool = False,
    ) -> Study:
        """Run what is not there yet; then write tables, figures and page.

        Interrupted or killed, the same call goes on where it was. A folder that holds an earlier version of
        this file is gone on with: what depends on the change is computed anew. A script needs no
        ``if __name__ == "__main__":`` around the call: worker processes do not read it.

        Args:
            folder: of everything; None: the campaign's name, in the current folder.
            engine: ``"serial"``, ``"local"`` or ``"slurm"``; None: what the file says.
            workers: how many; None: what the file says.
            progress: show it in the terminal or the notebook; or an object to show it with.
            repair: check what is there; make again what was changed or is gone, and what depends on it.

        Returns:
            What the campaign came to. Where tasks failed it is not complete; where that or what was left out
            keeps it from being what the file asks for, a warning says why.

        Raises:
            CampaignError: the folder holds another campaign or something else, or a file of it is damaged.
        """
        wanted = self.on(engine, workers)
        root = Path(folder or self.folder)
        study = run_study(root, self.text, wanted.campaign, progress, repair=repair)
        if told := study.what_is_missing:
            warnings.warn(told, IncompleteCampaignWarning, stacklevel=2)
        return study

    def __repr__(self) -> str:
        """What it is of, in one line."""
        return f"<campaign {self.campaign.name!r}: {'; '.join(self._liquids())}>"

    def _repr_html_(self) -> str:
        """The same in a notebook."""
        rows = "".join(f"<li>{escape(liquid)}</li>" for liquid in self._liquids())
        return f"<b>Campaign {escape(self.campaign.name)}</b><ul>{rows}</ul>"

    def _liquids(self) -> list[str]:
        """Each liquid in a few words."""
        return [
            f"{liquid.model}, N = {liquid.n_particles}, T = "
            f"{', '.join(f'{t:g}' for t in liquid.temperatures)}"
            for liquid in self.campaign.liquids
        ]


def read_campaign(source: str | os.PathLike[str]) -> CampaignFile:
    """Read a campaign file, the file that a campaign's folder holds, or a preset.

    Args:
        source: path of a file or of a folder; where there is none of that name, a preset's.

    Raises:
        CampaignError: there is nothing of that name, or the file has faults; all are told, with their lines.
        OSError: the file cannot be read.
    """
    path = Path(source)
    if path.exists():
        return read_file(path)
    if str(source) in preset_names():
        return read_preset(str(source))
    raise CampaignError(
        f"there is no campaign file {source} and no preset of that name; there are the presets "
        f"{', '.join(preset_names())}"
    )


def read_file(path: Path) -> CampaignFile:
    """Read a campaign file, or the one that a campaign's folder holds.

    Raises:
        CampaignError: it has faults, or the folder holds none.
        OSError: it cannot be read.
    """
    source, folder = (path / CAMPAIGN_FILE, path) if path.is_dir() else (path, None)
    return CampaignFile.parsed(campaign_text(path), str(source), folder, source.parent)


def read_preset(name: str) -> CampaignFile:
    """Read a campaign that comes with the package.

    Raises:
        CampaignError: there is no such preset; the message lists those there are.
    """
    return CampaignFile.parsed(preset_text(name), f"preset {name}")
