"""The campaign that a command is about: a file, a folder, or a preset."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lmpmeso.cli.arguments import UsageError, positive_integer

if TYPE_CHECKING:
    from lmpmeso.campaign.settings import Campaign


def add_campaign(command: argparse.ArgumentParser) -> None:
    """FILE, --preset, --engine and --workers."""
    command.add_argument(
        "file",
        nargs="?",
        metavar="CAMPAIGN.toml",
        help="campaign file, or the folder of a campaign, to go on with its file",
    )
    command.add_argument(
        "--preset", metavar="NAME", help="a campaign that comes along instead of a file"
    )
    command.add_argument(
        "--engine",
        choices=("serial", "local", "slurm"),
        help="where it runs, whatever the file says",
    )
    command.add_argument(
        "--workers", type=positive_integer, metavar="W", help="how many, whatever the file says"
    )


def chosen_campaign(arguments: argparse.Namespace) -> tuple[str, Campaign]:
    """The text of the campaign file and what it says, with the engine that was asked for.

    Raises:
        UsageError: neither a file nor a preset, or both.
        CampaignError: there is no such preset, or the file has faults.
    """
    from lmpmeso.campaign.folder import CAMPAIGN_FILE, campaign_text, preset_names, preset_text
    from lmpmeso.campaign.reading import parse_campaign, resources_fault

    if (arguments.file is None) == (arguments.preset is None):
        raise UsageError(
            "name a campaign file, or a preset: --preset NAME with NAME one of "
            f"{', '.join(preset_names())}"
        )
    if arguments.preset is not None:
        text, source = preset_text(arguments.preset), f"preset {arguments.preset}"
    else:
        text, path = campaign_text(arguments.file), Path(arguments.file)
        source = str(path / CAMPAIGN_FILE if path.is_dir() else path)
    campaign = parse_campaign(text, source)
    resources = replace(
        campaign.resources,
        engine=arguments.engine or campaign.resources.engine,
        workers=arguments.workers or campaign.resources.workers,
    )
    if fault := resources_fault(resources):
        raise UsageError(f"{source}: resources.{fault[0]}: {fault[1]}")
    return text, replace(campaign, resources=resources)
