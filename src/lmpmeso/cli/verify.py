"""``lmpmeso verify``: whether the files of a folder are still what was written."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from lmpmeso.cli.arguments import FailedWithResultsError, UsageError, add_json
from lmpmeso.cli.console import following, say
from lmpmeso.files.plain_json import json_text

if TYPE_CHECKING:
    from lmpmeso.files.verification import Verification

SUMMARY = "are the files of a campaign or run still what was written?"
DESCRIPTION = """\
Read every file below a folder that lmpmeso keeps a checksum of (SHA-256) and compare: campaigns, runs, landscapes,
propensities. What was changed or is gone is named, with exit status 1. SHA256SUMS in a folder of a run is also read by
`sha256sum --check SHA256SUMS`.

  lmpmeso verify ipl-mini
  lmpmeso run ipl-mini --repair        make what is changed or gone again
"""
AT_MOST = 20
"""Files that are named; --json names all."""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    command.add_argument("folder", metavar="DIR", help="folder of a campaign, of a run, or of many")
    add_json(command)


def run(arguments: argparse.Namespace) -> str:
    """Compare and tell."""
    from lmpmeso.files.verification import verify

    folder = Path(arguments.folder)
    if not folder.is_dir():
        raise UsageError(f"{folder}: there is no such folder")
    found = verify(folder)
    if not found.knows_something:
        raise UsageError(f"{folder} holds nothing that lmpmeso keeps checksums of")
    results = _plain(folder, found) if arguments.json else ""
    if found.faults:
        for file, fault in list(found.faults.items())[:AT_MOST]:
            say(f"{file} {fault}")
        raise FailedWithResultsError(
            f"{len(found.faults)} files of {folder} are not what was written; {found.checked} are. "
            + _advice(folder, found),
            results,
        )
    return results or _words(folder, found)


def _advice(folder: Path, found: Verification) -> str:
    """What makes the files again: those of campaigns by a repair, those of runs by running again."""
    from lmpmeso.campaign.folder import CAMPAIGN_FILE
    from lmpmeso.files.atomic import SUMS_FILE

    campaigns: set[Path] = set()
    runs: set[Path] = set()
    for file in found.faults:
        above = [place for place in file.parents if place.is_relative_to(folder)]
        of_campaigns = [place for place in above if (place / CAMPAIGN_FILE).is_file()]
        of_runs = [place for place in above if (place / SUMS_FILE).is_file()]
        if of_campaigns:
            campaigns.add(of_campaigns[0])
        else:
            runs.add((of_runs or above)[-1 if of_runs else 0])
    told = [f"`{following('run', place)} --repair` makes them again" for place in sorted(campaigns)]
    told += [f"delete {place} and run it again" for place in sorted(runs)]
    return "; ".join(told)


def _words(folder: Path, found: Verification) -> str:
    """That all is well, and what could not be told."""
    lines = [f"{folder}: {found.checked} files are what was written"]
    if found.lengths_only:
        lines.append(
            f"{found.lengths_only} records are of lmpmeso 0.1.0, which kept no checksums: their files have the right "
            "lengths, no more is known"
        )
    if found.runs_without:
        lines.append(
            f"{len(found.runs_without)} folders of runs are without checksums, as lmpmeso 0.1.0 left them; the first: "
            f"{found.runs_without[0]}"
        )
    return "\n".join(lines) + "\n"


def _plain(folder: Path, found: Verification) -> str:
    """The same for programs."""
    return json_text(
        {
            "folder": str(folder),
            "checked": found.checked,
            "faults": [{"file": str(f), "fault": words} for f, words in found.faults.items()],
            "records_without_checksums": found.lengths_only,
            "runs_without_checksums": [str(place) for place in found.runs_without],
        }
    )
