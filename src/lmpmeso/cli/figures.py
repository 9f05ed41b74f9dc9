"""``lmpmeso figures``: the figures of the paper from the results of campaigns."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from lmpmeso.cli.arguments import UsageError, add_json, result_folder
from lmpmeso.cli.console import aligned, say
from lmpmeso.files.plain_json import json_text

NAME = "figures"
SUMMARY = "the figures of the paper, and more, from what campaigns left"
DESCRIPTION = """\
Draw every figure that the results in DIR allow, as PNG and PDF, each with its caption. Several folders are drawn side by
side, model by model, as in Figs. 3 to 5 of the paper. A figure whose data are missing is skipped, with the command
that makes them. Nothing is computed.

  lmpmeso figures ipl-mini
  lmpmeso figures ipl-laptop mblj-laptop ss-laptop sw-laptop -o side-by-side
  lmpmeso figures ipl-mini --only mesoelastic --format pdf

DIR is the folder of a campaign, finished or not; of `lmpmeso landscape` or `lmpmeso propensity`; or of your own tables, CSV
files as a campaign writes them (state-points.csv, scattering.csv, fits.csv ...).
"""
FORMATS = ("png", "pdf")


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    command.add_argument("folders", metavar="DIR", nargs="+", help="folder with results")
    command.add_argument(
        "-o", "--output", metavar="OUT", help="folder for the figures (default: DIR/figures)"
    )
    command.add_argument(
        "--only", metavar="NAME", nargs="+", help="only these figures; an unknown name lists all"
    )
    command.add_argument(
        "--models", metavar="M", nargs="+", help="only these models, in the paper's order"
    )
    command.add_argument(
        "--format",
        choices=FORMATS,
        nargs="+",
        default=list(FORMATS),
        help="of the files (default: both)",
    )
    add_json(command)


def run(arguments: argparse.Namespace) -> str:
    """Read, draw, write."""
    from lmpmeso.figures import save_figure
    from lmpmeso.figures.catalogue import FIGURES, DrawnFigure, drawn_figures
    from lmpmeso.figures.results import read_results

    known = [entry.name for entry in FIGURES]
    for name in arguments.only or ():
        if name not in known:
            raise UsageError(f"there is no figure {name!r}; there are {', '.join(known)}")
    results = read_results(arguments.folders)
    if arguments.models:
        there = set(results.table("liquids")["model"])
        if not there & set(arguments.models):
            raise UsageError(
                f"none of the models {', '.join(arguments.models)} is there; there are "
                f"{', '.join(sorted(there))}"
            )
        results = results.of_models(arguments.models)
    folder = _output(arguments)
    drawn: list[dict[str, Any]] = []
    skipped: list[dict[str, str]] = []
    for made in drawn_figures(results, arguments.only):
        entry = made.entry
        if isinstance(made, DrawnFigure):
            files = [
                save_figure(made.figure, folder / f"{entry.name}.{ending}")
                for ending in arguments.format
            ]
            say(f"wrote {', '.join(map(str, files))}")
            drawn.append(
                {
                    "name": entry.name,
                    "number": entry.number,
                    "caption": made.caption,
                    "files": [str(file) for file in files],
                }
            )
        else:
            skipped.append({"name": entry.name, "reason": made.reason, "command": entry.command})
    if arguments.json:
        return json_text({"figures": drawn, "skipped": skipped})
    rows = [[d["name"], d["number"] or "-", "drawn"] for d in drawn]
    rows += [[s["name"], "", f"skipped: {s['reason']}; made by {s['command']}"] for s in skipped]
    return aligned(rows)


def _output(arguments: argparse.Namespace) -> Path:
    """The folder of the figures, made where it is not there."""
    if arguments.output is None:
        if len(arguments.folders) > 1:
            raise UsageError("with several folders name one for the figures with -o")
        folder = Path(arguments.folders[0]) / "figures"
    else:
        folder = Path(arguments.output)
    result_folder(folder).mkdir(parents=True, exist_ok=True)
    return folder
