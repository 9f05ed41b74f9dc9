"""``lmpmeso report``: the tables and the page of a campaign, as far as it is."""

from __future__ import annotations

import argparse

from lmpmeso.cli.arguments import add_json
from lmpmeso.cli.console import aligned, say
from lmpmeso.plain_json import json_text

NAME = "report"
SUMMARY = "tables and page of a campaign, finished or not"
DESCRIPTION = """\
Write the tables of a campaign and its report, one HTML page with all that is known: state points and how they were
judged, tables with intervals, figures, parameters, seeds and versions, what was left out and why. A campaign
that still runs is reported as far as it is.

  lmpmeso report ipl-mini
"""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    command.add_argument("folder", metavar="DIR", help="folder of a campaign")
    add_json(command)


def run(arguments: argparse.Namespace) -> str:
    """Write tables and page, and show the table of results."""
    from lmpmeso.campaign.folder import stored_campaign
    from lmpmeso.campaign.tables import campaign_tables, write_tables
    from lmpmeso.report.campaign_page import write_report
    from lmpmeso.report.results import results_text_rows

    campaign = stored_campaign(arguments.folder)
    folder = write_tables(arguments.folder, campaign)
    page = write_report(arguments.folder, campaign)
    tables = campaign_tables(arguments.folder, campaign)
    say(f"report: {page}; tables: {folder}")
    if arguments.json:
        return json_text(
            {
                "report": str(page),
                "tables": str(folder),
                "state_points": tables.state_points.to_dict("records"),
                "fits": tables.fits.to_dict("records"),
            }
        )
    return aligned(results_text_rows(tables.state_points))
