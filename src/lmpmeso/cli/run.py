"""``lmpmeso run``: run or resume a campaign."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from lmpmeso.cli.arguments import add_json
from lmpmeso.cli.campaign_file import add_campaign, chosen_campaign
from lmpmeso.cli.campaign_progress import CampaignProgress
from lmpmeso.cli.console import aligned, error_text, say
from lmpmeso.errors import LmpmesoError
from lmpmeso.files.plain_json import json_text

if TYPE_CHECKING:
    from lmpmeso.engine.outcome import RunOutcome
    from lmpmeso.engine.step import Step

NAME = "run"
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
"""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_campaign(command)
    command.add_argument(
        "-o", "--output", metavar="DIR", help="folder (default: the name of the campaign)"
    )
    command.add_argument(
        "--dry-run", action="store_true", help="say what is there and what would run, and stop"
    )
    add_json(command)


def run(arguments: argparse.Namespace) -> str:
    """Run what is not there yet; then tables and report."""
    from lmpmeso.campaign.folder import open_folder
    from lmpmeso.campaign.study import study_steps
    from lmpmeso.campaign.tables import campaign_tables, write_tables
    from lmpmeso.engine.run import run_steps
    from lmpmeso.report.campaign_page import write_report

    text, campaign = chosen_campaign(arguments)
    root = _folder(arguments, campaign.name)
    steps = study_steps(campaign)
    if arguments.dry_run:
        return _dry_run(root, campaign.name, steps, arguments.json)
    open_folder(root, text, campaign)
    say(f"{root}: `lmpmeso status {root}` tells from any shell how far it is")
    began = time.monotonic()
    with CampaignProgress() as progress:
        outcome = run_steps(root, steps, campaign.resources, progress)
    try:
        write_tables(root, campaign)
        page = write_report(root, campaign)
    except OSError as error:
        missing = f"tables and report cannot be written: {error_text(error)}"
        raise LmpmesoError(f"{missing}\n{_what_is_missing(root, outcome)}") from error
    say(f"{_told(outcome)} in {time.monotonic() - began:.0f} s; report: {page}")
    if not outcome.complete:
        raise LmpmesoError(_what_is_missing(root, outcome))
    tables = campaign_tables(root, campaign)
    if arguments.json:
        return json_text(
            {
                "folder": str(root),
                "report": str(page),
                "made": len(outcome.made),
                "kept": len(outcome.kept),
                "state_points": tables.state_points.to_dict("records"),
                "fits": tables.fits.to_dict("records"),
            }
        )
    from lmpmeso.report.results import results_text_rows

    return aligned(results_text_rows(tables.state_points))


def _folder(arguments: argparse.Namespace, name: str) -> Path:
    """Where it goes: as said, the folder that was named, or the campaign's name."""
    if arguments.output is not None:
        return Path(arguments.output)
    if arguments.file is not None and Path(arguments.file).is_dir():
        return Path(arguments.file)
    return Path(name)


def _dry_run(root: Path, name: str, steps: list[Step], as_json: bool) -> str:
    """What is there and what would run."""
    from lmpmeso.engine.status import status_of

    groups = status_of(root, steps).groups
    if as_json:
        counts = {group.group: {"done": group.done, "all": group.total} for group in groups}
        return json_text({"name": name, "folder": str(root), "stages": counts})
    rows = [["stage", "there", "would run"]]
    rows += [[g.group, str(g.done), str(g.total - g.done)] for g in groups]
    return aligned(rows)


def _told(outcome: RunOutcome) -> str:
    """The outcome in short."""
    if outcome.complete and not outcome.made:
        return f"nothing to do, all {len(outcome.kept)} tasks were done before"
    counts = (
        (len(outcome.made), "tasks done"),
        (len(outcome.kept), "done before"),
        (len(outcome.failed), "failed"),
        (len(outcome.blocked), "not begun because of those"),
        (len(outcome.waiting), "waiting"),
    )
    return ", ".join(f"{n} {words}" for n, words in counts if n)


def _what_is_missing(root: Path, outcome: RunOutcome) -> str:
    """Why a run has not come to its end, and what to do."""
    state = "complete" if outcome.complete else "not complete"
    lines = [f"the campaign is {state}: {_told(outcome)}"]
    if outcome.stopped is not None:
        lines.append(f"it was stopped: {outcome.stopped}")
    lines += [
        f"  {target}: {failure.reason} ({failure.log})"
        for target, failure in outcome.failed.items()
    ]
    lines.append(
        f"run `lmpmeso run {root}` again to go on; `lmpmeso status {root}` shows where it is"
    )
    return "\n".join(lines)
