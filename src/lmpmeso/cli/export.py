"""``lmpmeso export``: results for other programs."""

from __future__ import annotations

import argparse
from pathlib import Path

from lmpmeso.cli.arguments import (
    UsageError,
    add_choice,
    add_frame_range,
    add_json,
    add_output,
    add_text,
    add_value,
    result_folder,
    writable,
)
from lmpmeso.cli.console import Progress, say
from lmpmeso.files.plain_json import json_text

SUMMARY = "tidy tables, and structures for OVITO, from a campaign or from one file"
DESCRIPTION = """\
A campaign for your own tools. OUT gets the tables as CSV with units in the column names (Parquet, too, where pyarrow is
installed) and, a frame a glass, all inherent structures with their κ_i as the column kappa, which OVITO colours by.
README.md says what each file is.

  lmpmeso export ipl-mini -o for-ovito
  lmpmeso export ipl-mini -o all --parts tables glasses bonds trajectories --format xyz

Or one file into another format; OUT's ending says which: .dump, .xyz (extended), .data, .nc, the first three also .gz, .zst.

  lmpmeso export modes.nc --model ipl2d -o modes.xyz
"""
PARTS = ("tables", "glasses", "bonds", "trajectories")
FORMATS = ("dump.gz", "dump", "dump.zst", "xyz", "xyz.gz", "nc")


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    command.add_argument("source", metavar="DIR|FILE", help="folder of a campaign, or a file")
    add_output(command, "OUT", "folder, or file")
    command.add_argument(
        "--parts",
        nargs="+",
        choices=PARTS,
        default=["tables", "glasses"],
        help="of a campaign (default: tables glasses)",
    )
    add_choice(command, "--format", FORMATS, "of a campaign's structures")
    add_text(command, "--model", "M", "of a file; see `lmpmeso models`")
    what = "of a file: this one only, negative from the end"
    add_value(command, "--frame", "K", what, kind=int)
    add_frame_range(command)
    add_json(command)


def run(arguments: argparse.Namespace) -> str:
    """Export a campaign, or convert a file."""
    source = Path(arguments.source)
    if not source.exists():
        raise UsageError(f"{source} is not there")
    return _campaign(arguments, source) if source.is_dir() else _file(arguments, source)


def _campaign(arguments: argparse.Namespace, source: Path) -> str:
    """Tables and structures of a campaign."""
    from lmpmeso.export import export_campaign

    folder = result_folder(arguments.output)
    if folder.resolve() == source.resolve():
        raise UsageError(f"{folder} is the campaign itself; name another folder")
    with Progress() as bars:
        files = export_campaign(
            source,
            folder,
            arguments.parts,
            f".{arguments.format}",
            lambda done, total: bars.update("state points", done, total),
        )
    say(f"wrote {len(files)} files into {folder}")
    if arguments.json:
        return json_text({"output": str(folder), "files": [str(file) for file in files]})
    return "".join(f"{file}\n" for file in files)


def _file(arguments: argparse.Namespace, source: Path) -> str:
    """One file as another."""
    from lmpmeso.export import convert
    from lmpmeso.models import get_model

    if arguments.model is None:
        raise UsageError("a file needs --model, which names its species")
    target = writable(arguments.output, arguments.source)
    chosen = {"frames": arguments.frames, "steps": arguments.steps}
    n_frames = convert(source, target, get_model(arguments.model), arguments.frame, **chosen)
    say(f"wrote {target}")
    if arguments.json:
        return json_text({"output": str(target), "n_frames": n_frames})
    return f"frames: {n_frames}\n"
