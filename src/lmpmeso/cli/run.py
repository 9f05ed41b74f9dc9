"""``lmpmeso run``: run or resume a campaign."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from lmpmeso.cli.arguments import add_json, add_text
from lmpmeso.cli.campaign_file import add_campaign, chosen_campaign
from lmpmeso.cli.console import aligned, following, say
from lmpmeso.cli.results import results_text
from lmpmeso.errors import LmpmesoError
from lmpmeso.files.plain_json import json_text

if TYPE_CHECKING:
    from lmpmeso.study.campaign_file import CampaignFile
    from lmpmeso.study.study import Study

SUMMARY = "run a campaign, or go on with it: one file in, tables and a report out"
RESUMES = True
DESCRIPTION = """\
Run everything that a campaign file asks for: equilibration, production, quenches, elasticity, dynamics,
statistics; then write tables with intervals and a report. Docs: docs/campaigns.md.

  lmpmeso run --preset ipl-mini                some minutes on two cores; into the folder ipl-mini/
  lmpmeso run mine.toml -o results             results in the folder results/
  lmpmeso run results                          go on, with the file that the folder holds
  lmpmeso plan mine.toml                       what it will take
  lmpmeso status results                       how far it is, from any other shell

Stop it when you like, kill it, or lose the machine: the same command goes on where it was. A changed file in
the same folder recomputes what depends on the change, and nothing else.

  lmpmeso verify results                       is every file still what was written?
  lmpmeso run results --repair                 make again what is not, and what depends on it
"""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_campaign(command)
    add_text(command, "-o --output", "DIR", "folder (default: the name of the campaign)")
    command.add_argument(
        "--dry-run", action="store_true", help="say what is there and what would run, and stop"
    )
    command.add_argument(
        "--repair",
        action="store_true",
        help="check the files that are there; make changed and missing ones again, and what depends on them",
    )
    add_json(command)


def run(arguments: argparse.Namespace) -> str:
    """Run what is not there yet; then tables and report."""
    chosen = chosen_campaign(arguments)
    root = chosen.folder if arguments.output is None else Path(arguments.output)
    if arguments.dry_run:
        return _dry_run(root, chosen, arguments.json)
    say(f"{root}: `{following('status', root)}` tells from any shell how far it is")
    study = told_run(chosen, root, repair=arguments.repair)
    if arguments.json:
        return json_text(
            {
                "folder": str(root),
                "report": str(study.page),
                "made": len(study.outcome.made),
                "kept": len(study.outcome.kept),
                "state_points": study.state_points.to_dict("records"),
                "fits": study.fits.to_dict("records"),
            }
        )
    return results_text(study.state_points, study.campaign)


def told_run(chosen: CampaignFile, root: Path, short: bool = False, repair: bool = False) -> Study:
    """Run a campaign, and say what became of it.

    Raises:
        LmpmesoError: it is not complete, or not all that its file asks for.
    """
    from lmpmeso.study.study import run_study

    began = time.monotonic()
    study = run_study(root, chosen.text, chosen.campaign, short=short, repair=repair)
    words = f"{study.outcome.in_words} in {time.monotonic() - began:.0f} s"
    say(f"{words}; {'open' if short else 'report:'} {study.page}")
    if told := study.what_is_missing:
        raise LmpmesoError(told)
    return study


def _dry_run(root: Path, chosen: CampaignFile, as_json: bool) -> str:
    """What is there and what would run."""
    from lmpmeso.campaign.study import study_steps
    from lmpmeso.engine.status import status_of

    groups = status_of(root, study_steps(chosen.campaign)).groups
    if as_json:
        counts = {group.group: {"done": group.done, "all": group.total} for group in groups}
        name = chosen.campaign.name
        return json_text({"name": name, "folder": str(root), "stages": counts})
    rows = [["measurement", "there", "would run"]]
    rows += [[g.group, str(g.done), str(g.total - g.done)] for g in groups]
    return aligned(rows)
