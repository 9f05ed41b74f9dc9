"""``lmpmeso figures``: the figures of the paper from the results of campaigns."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lmpmeso.cli.arguments import UsageError, add_json, add_text, result_folder
from lmpmeso.cli.console import aligned, say
from lmpmeso.errors import StatisticsError
from lmpmeso.files.plain_json import json_text

if TYPE_CHECKING:
    from lmpmeso.figures.results import Results
    from lmpmeso.study.figure_folder import FigureFile

SUMMARY = "the figures of the paper, and more, from what campaigns left"
DESCRIPTION = """\
Draw every figure that the results in DIR allow, as PNG and PDF, each with its caption. Several folders are drawn side by
side, model by model, as in Figs. 3 to 5 of the paper. A figure whose data are missing is skipped, with the command
that makes them. Nothing is computed, and nothing is drawn again that is there and has not changed.

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
    add_text(command, "-o --output", "OUT", "folder for the figures (default: DIR/figures)")
    what = "only these figures; an unknown name lists all"
    add_text(command, "--only", "NAME", what, nargs="+")
    add_text(command, "--models", "M", "only these models, in the paper's order", nargs="+")
    command.add_argument(
        "--format",
        choices=FORMATS,
        nargs="+",
        default=list(FORMATS),
        help="of the files (default: both)",
    )
    add_json(command)


def run(arguments: argparse.Namespace) -> str:
    """Draw what is not drawn, and list everything."""
    from lmpmeso.study.figure_folder import FigureFolder

    output = _output(arguments)
    folders = list(map(Path, arguments.folders))
    folder = FigureFolder(output, _digest(folders, output, arguments.models))
    formats = arguments.format
    told: list[str] = []
    try:
        known = folder.bring_up_to_date(
            lambda: _results(folders, arguments.models), formats, arguments.only, told.append
        )
    except StatisticsError as error:  # no figure has such a name
        raise UsageError(str(error)) from error

    def files(figure: FigureFile) -> list[str]:
        return [str(folder.path(figure.name, ending)) for ending in formats]

    drawn = [figure for figure in known if not figure.reason]
    skipped = [figure for figure in known if figure.reason]
    for figure in drawn:
        if figure.name in told:
            say(f"wrote {', '.join(files(figure))}")
    if arguments.json:
        names = ("name", "number", "caption"), ("name", "reason", "command")
        return json_text(
            {
                "figures": [
                    {name: getattr(f, name) for name in names[0]} | {"files": files(f)}
                    for f in drawn
                ],
                "skipped": [{name: getattr(f, name) for name in names[1]} for f in skipped],
            }
        )
    rows = [
        [
            f.name,
            f.number or "-",
            "drawn" if f.name in told else "drawn before, nothing has changed",
        ]
        for f in drawn
    ]
    rows += [[f.name, "", f"skipped: {f.reason}; made by {f.command}"] for f in skipped]
    return aligned(rows)


def _digest(folders: Sequence[Path], output: Path, models: Sequence[str] | None) -> str:
    """Digest of what the figures are drawn from."""
    from lmpmeso.files.made_from import digest_of
    from lmpmeso.study.snapshot import PRODUCTS, state_of

    digests = []
    for folder in folders:
        inside = output.resolve().is_relative_to(folder.resolve())
        own = output.resolve().relative_to(folder.resolve()).parts[:1] if inside else ()
        digests.append(state_of(folder, (*PRODUCTS, *own)))
    return digests[0] if len(digests) == 1 and not models else digest_of(*digests, models)


def _results(folders: Sequence[Path], models: Sequence[str] | None) -> Results:
    """What the figures are drawn from; a UsageError where none of the models is there."""
    from lmpmeso.figures.results import read_results

    results = read_results(folders)
    if not models:
        return results
    there = set(results.table("liquids")["model"])
    if not there & set(models):
        raise UsageError(
            f"none of the models {', '.join(models)} is there; there are {', '.join(sorted(there))}"
        )
    return results.of_models(models)


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
