"""``lmpmeso status``: how far a campaign is, from its files alone."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

from lmpmeso.cli.arguments import add_json
from lmpmeso.cli.console import aligned, following
from lmpmeso.engine.progress import duration
from lmpmeso.files.plain_json import json_text

if TYPE_CHECKING:
    from lmpmeso.engine.status import CampaignStatus

SUMMARY = "how far a campaign is, and what to type next"
DESCRIPTION = """\
Tell how far a campaign is: done, running, waiting and failed tasks of each measurement, read from the files of
its folder, from any shell and whether it runs or not. Failures come with the end of their log.

  lmpmeso status ipl-mini
  lmpmeso status ipl-mini --json
"""

LOG_TAIL = 5
"""Lines of the log of a failure that are shown."""
STATES = ("done", "running", "waiting", "failed", "blocked")


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    command.add_argument("folder", metavar="DIR", help="folder of a campaign")
    add_json(command)


def run(arguments: argparse.Namespace) -> str:
    """Look at the files and tell."""
    from lmpmeso.campaign.folder import stored_campaign
    from lmpmeso.campaign.study import study_steps
    from lmpmeso.engine.status import status_of

    campaign = stored_campaign(arguments.folder)
    status = status_of(arguments.folder, study_steps(campaign))
    following = next_command(arguments.folder, status)
    if arguments.json:
        return json_text(_plain(campaign.name, arguments.folder, status, following))
    rows = [["measurement", *STATES]]
    rows += [[g.group, *(_count(getattr(g, state)) for state in STATES)] for g in status.groups]
    totals = [sum(getattr(g, state) for g in status.groups) for state in STATES]
    rows.append(["all", *map(_count, totals)])
    return aligned(rows) + _running(status) + _failures(status) + f"\n{following}\n"


def next_command(folder: str, status: CampaignStatus) -> str:
    """What to type next."""
    if status.complete:
        return f"complete: {following('report', folder)}"
    if any(failure.damaged for failure in status.failed):
        return f"to make again what is gone, and go on: {following('run', folder)} --repair"
    if status.running:
        return f"it runs; to see what there is so far: {following('report', folder)}"
    return f"to go on: {following('run', folder)}"


def _count(number: int) -> str:
    return str(number) if number else "·"


def _running(status: CampaignStatus) -> str:
    """Who is at what."""
    if not status.running:
        return ""
    rows = []
    for step in status.running:
        if step.worker is None:
            rows.append([step.target, "", "begins"])
            continue
        minutes = max(0.0, time.time() - step.worker.since) / 60.0
        share = f"{100 * step.worker.fraction:.0f} %"
        words = f"{step.worker.place}, for {minutes:.0f} min"
        if step.silent:
            words += (
                f", silent for {duration(step.silence)}: `{step.worker.kill_command}` there ends it"
            )
        rows.append([step.target, share, words])
    return "\nrunning:\n" + aligned(rows, indent="  ")


def _failures(status: CampaignStatus) -> str:
    """Each failure with the end of its log."""
    text = ""
    for failure in status.failed:
        text += f"\nfailed: {failure.target}: {failure.reason}\n"
        text += "" if failure.damaged else f"  log: {failure.log}\n"
        text += "".join(f"  | {line}\n" for line in failure.last_lines(LOG_TAIL))
    return text


def _plain(name: str, folder: str, status: CampaignStatus, following: str) -> dict[str, object]:
    """The same for programs."""
    return {
        "name": name,
        "folder": folder,
        "complete": status.complete,
        "stages": [
            {"stage": g.group, **{state: getattr(g, state) for state in STATES}}
            for g in status.groups
        ],
        "running": [
            {
                "target": step.target,
                "fraction": step.worker.fraction if step.worker else 0.0,
                "place": step.worker.place if step.worker else "",
                "silence": step.silence,
            }
            for step in status.running
        ],
        "failed": [
            {
                "target": f.target,
                "reason": f.reason,
                "log": str(f.log),
                "tail": f.last_lines(LOG_TAIL),
            }
            for f in status.failed
        ],
        "next": following,
    }
