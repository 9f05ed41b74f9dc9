"""The folder of a campaign: which campaign file it holds, and which it held before."""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path

from lmpmeso.campaign.own_models import CAMPAIGN_FILE, keep_models
from lmpmeso.campaign.reading import parse_campaign
from lmpmeso.campaign.settings import Campaign
from lmpmeso.errors import CampaignError, FolderError
from lmpmeso.files.atomic import leftovers, replacing
from lmpmeso.files.given import LONGEST_TOML, given_text
from lmpmeso.files.run_folder import other_results
from lmpmeso.files.toml_faults import nearest, toml_values

EARLIER_FOLDER = "earlier-campaign-files"
REPORT_FILE = "report.html"
SHORT_PAGE_FILE = "index.html"
TABLES_FOLDER = "tables"
FIGURES_FOLDER = "figures"
REPETITION_FOLDER = "again"
"""Where the commands that a page gives to repeat a step put their results."""


def preset_names() -> list[str]:
    """The campaigns that come with the package."""
    presets = files("lmpmeso.campaign").joinpath("presets")
    return sorted(f.name.removesuffix(".toml") for f in presets.iterdir() if f.is_file())


def preset_text(name: str) -> str:
    """The campaign file of a preset.

    Raises:
        CampaignError: there is no such preset; the message tells the nearest, or all.
    """
    if name not in preset_names():
        near = nearest(name, preset_names())
        raise CampaignError(f'there is no preset "{name}"{near}')
    preset = files("lmpmeso.campaign").joinpath("presets", f"{name}.toml")
    return preset.read_text(encoding="utf-8")


def campaign_text(path: str | os.PathLike[str]) -> str:
    """The text of a campaign file, or of the one that a campaign's folder holds.

    Raises:
        CampaignError: it is a folder without one, or no text.
        OSError: it cannot be read.
    """
    source = Path(path)
    if source.is_dir():
        return stored_text(source)
    return given_text(source, CampaignError, most=LONGEST_TOML)


def stored_text(folder: Path) -> str:
    """The campaign file that a folder holds.

    Raises:
        CampaignError: it holds none.
    """
    stored = folder / CAMPAIGN_FILE
    if not stored.is_file():
        raise CampaignError(
            f"{folder} is no folder of a campaign: there is no {CAMPAIGN_FILE} in it"
        )
    return given_text(stored, CampaignError, most=LONGEST_TOML)


def stored_campaign(folder: str | os.PathLike[str]) -> Campaign:
    """The campaign of a folder.

    Raises:
        CampaignError: it holds none, or one with faults.
    """
    root = Path(folder)
    return parse_campaign(stored_text(root), str(root / CAMPAIGN_FILE), root)


def open_folder(folder: str | os.PathLike[str], text: str, campaign: Campaign) -> Path:
    """Make the folder of a campaign, or go on with one, perhaps with a changed file.

    The file is copied into the folder, and the model files that it names. Where another one was there, that is kept beside it.

    Raises:
        FolderError: the folder holds another campaign, or something else.
        CampaignError: two files that its models need have one name.
    """
    root = Path(folder)
    root.mkdir(parents=True, exist_ok=True)
    stored = root / CAMPAIGN_FILE
    # Listed first: another program may be opening the folder, and the file comes before all else.
    others = set(root.iterdir()).difference(leftovers(root, [CAMPAIGN_FILE]))
    if stored.is_file():
        before = stored.read_text(encoding="utf-8")
        if before == text:
            keep_models(root, campaign)
            return root
        _refuse_other_campaign(root, before, campaign)
        _keep(root, before)
    elif others:
        raise FolderError(f"{root} is not empty and holds no campaign; name a new folder")
    keep_models(root, campaign)
    with replacing(stored) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return root


def _refuse_other_campaign(root: Path, before: str, campaign: Campaign) -> None:
    """A folder belongs to the campaign of one name; a file that cannot be read any more passes."""
    try:
        name = toml_values(before, CAMPAIGN_FILE, CampaignError).get("name", campaign.name)
    except CampaignError:
        return
    if name != campaign.name:
        raise other_results(root, "campaign", "name", name, campaign.name)


def _keep(root: Path, before: str) -> None:
    """Keep an earlier campaign file under the next free number."""
    folder = root / EARLIER_FOLDER
    folder.mkdir(exist_ok=True)
    number = 1 + len(list(folder.glob("campaign-*.toml")))
    with replacing(folder / f"campaign-{number:03d}.toml") as temporary:
        temporary.write_text(before, encoding="utf-8")
