"""``lmpmeso report``: the tables and the page of a campaign, as far as it is; or one page of several."""

from __future__ import annotations

import argparse
from pathlib import Path

from lmpmeso.cli.arguments import UsageError, add_json, add_text, writable
from lmpmeso.cli.console import say
from lmpmeso.cli.results import results_text
from lmpmeso.files.plain_json import json_text

SUMMARY = "tables and page of a campaign, finished or not; several side by side"
DESCRIPTION = """\
Write the tables of a campaign and its report, one HTML page that needs no network: whether κ/T orders the relaxation,
state points and how they were judged, figures, fits, parameters, seeds and versions, what was left out and why. A
campaign that still runs is reported as far as it is. Several folders give one page, liquid beside liquid.

  lmpmeso report ipl-mini                              DIR/tables/, DIR/figures/ and DIR/report.html
  lmpmeso report ipl-mini -o ipl.html                  the page elsewhere
  lmpmeso report ipl-laptop mblj-laptop -o both.html   the tables of each, and one page
"""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    command.add_argument("folders", metavar="DIR", nargs="+", help="folder of a campaign")
    what = "the page (default, of one folder: DIR/report.html)"
    add_text(command, "-o --output", "FILE", what)
    add_json(command)


def run(arguments: argparse.Namespace) -> str:
    """Write tables and page, and show the table of results."""
    from lmpmeso.campaign.folder import REPORT_FILE, stored_campaign
    from lmpmeso.study.pages import write_page
    from lmpmeso.study.snapshot import Snapshot, StoredTables

    folders = list(map(Path, arguments.folders))
    page = _page(arguments.output, folders, REPORT_FILE)
    snapshots = [Snapshot(folder, stored_campaign(folder)) for folder in folders]
    written = [snapshot.write_tables() for snapshot in snapshots]
    write_page(page, snapshots)
    say(f"report: {page}; tables: {', '.join(map(str, written))}")
    tables = list(map(StoredTables, folders))
    if arguments.json:
        return json_text(
            {
                "report": str(page),
                "tables": str(written[0]) if len(written) == 1 else list(map(str, written)),
                "state_points": [r for t in tables for r in t["state_points"].to_dict("records")],
                "fits": [r for t in tables for r in t["fits"].to_dict("records")],
            }
        )
    return "\n".join(
        results_text(t["state_points"], s.campaign) for t, s in zip(tables, snapshots, strict=True)
    )


def _page(output: str | None, folders: list[Path], name: str) -> Path:
    """Where the page goes; a UsageError where it is not said or cannot, or where a folder is named twice."""
    if len({folder.resolve() for folder in folders}) < len(folders):
        raise UsageError("a folder is named twice")
    if output is not None:
        return writable(output)
    if len(folders) > 1:
        raise UsageError("with several folders name the page with -o, e.g. -o side-by-side.html")
    return folders[0] / name
