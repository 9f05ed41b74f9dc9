"""The campaign that a command is about: a file, a folder, or a preset."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from lmpmeso.cli.arguments import UsageError, add_text, add_value, positive_integer
from lmpmeso.cli.chosen_model import known_to_lammps
from lmpmeso.cli.console import following
from lmpmeso.files.toml_faults import nearest

if TYPE_CHECKING:
    from lmpmeso.study.campaign_file import CampaignFile


def add_campaign(command: argparse.ArgumentParser) -> None:
    """FILE, --preset, --engine and --workers."""
    command.add_argument(
        "file",
        nargs="?",
        metavar="CAMPAIGN.toml",
        help="campaign file, or the folder of a campaign, to go on with its file",
    )
    add_text(command, "--preset", "NAME", "a campaign that comes along instead of a file")
    what = "where it runs, whatever the file says"
    command.add_argument("--engine", choices=("serial", "local", "slurm"), help=what)
    what = "how many, whatever the file says"
    add_value(command, "--workers", "W", what, kind=positive_integer)


def chosen_campaign(arguments: argparse.Namespace) -> CampaignFile:
    """The campaign file, with the engine that was asked for.

    Raises:
        UsageError: neither a file nor a preset, or both, or the file is not there.
        CampaignError: there is no such preset, or the file has faults.
        ModelError: LAMMPS refuses the commands of a model.
    """
    from lmpmeso.campaign.folder import preset_names
    from lmpmeso.study.campaign_file import read_file, read_preset

    if (arguments.file is None) == (arguments.preset is None):
        raise UsageError(
            "name a campaign file, or a preset: --preset NAME with NAME one of "
            f"{', '.join(preset_names())}"
        )
    if arguments.preset is not None:
        chosen = read_preset(arguments.preset)
    elif Path(arguments.file).exists():
        chosen = read_file(Path(arguments.file))
    elif arguments.file in preset_names():
        again = [*arguments.words]
        again.insert(again.index(arguments.file), "--preset")
        raise UsageError(
            f"there is no file or folder {arguments.file}, but a campaign of that name comes along; ask for it by\n"
            f"{following(*again)}"
        )
    else:
        raise UsageError(
            f"there is no file or folder {arguments.file}; a campaign that comes along is named by --preset NAME"
            f"{nearest(arguments.file, preset_names())}"
        )
    for liquid in chosen.campaign.liquids:
        known_to_lammps(liquid.glass_model)
    return chosen.on(arguments.engine, arguments.workers)
