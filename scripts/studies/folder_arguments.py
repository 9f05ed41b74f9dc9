"""The command lines of the scripts that measure in a folder, and draw or tabulate for the documentation what is there."""

from __future__ import annotations

import argparse
from pathlib import Path


def folder_parser(description: str | None) -> argparse.ArgumentParser:
    """What all of them take."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--only-draw", action="store_true", help="of what is in the folder")
    return parser


def folder_arguments(description: str | None) -> tuple[Path, bool]:
    """The folder, made if need be, and whether only to draw what is in it."""
    parser = folder_parser(description)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    return arguments.folder, arguments.only_draw


def state_point_parser(
    description: str | None, tables: str, source: str
) -> tuple[argparse.ArgumentParser, argparse.ArgumentParser]:
    """``measure MODEL T N --SOURCE RAW --folder DIR``, then ``TABLES --folder DIR``: the parser, and that of measure."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawTextHelpFormatter
    )
    parts = parser.add_subparsers(dest="part", required=True)
    measure = parts.add_parser("measure")
    measure.add_argument("model")
    measure.add_argument("temperature", type=float)
    measure.add_argument("n_particles", type=int)
    measure.add_argument(f"--{source}", type=Path, required=True)
    for part in (measure, parts.add_parser(tables)):
        part.add_argument("--folder", type=Path, required=True)
    return parser, measure
