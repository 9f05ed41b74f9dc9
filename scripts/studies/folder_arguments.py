"""The command line of the scripts that run campaigns in a folder and draw them for the documentation."""

from __future__ import annotations

import argparse
from pathlib import Path


def folder_arguments(description: str | None) -> tuple[Path, bool]:
    """The folder, made if need be, and whether only to draw what is in it."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only-draw", action="store_true")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    return arguments.folder, arguments.only_draw
