"""The command line of the scripts that run campaigns in a folder and draw them for the documentation."""

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
