"""Files that somebody gives: no pipes, devices or folders, and texts no longer than somebody writes."""

from __future__ import annotations

import os
import stat
from pathlib import Path

LONGEST_TEXT = 2**28
"""Bytes of a text that is read as a whole."""
LONGEST_TOML = 2**20
"""The same of a campaign or model file."""
PICTURES = (".png", ".pdf")
"""Endings of the names that pictures are given."""


def refuse_streams(path: str | os.PathLike[str], error: type[Exception]) -> None:
    """Refuse what is no file on a disk: it would be waited for, or read without end.

    Raises:
        OSError: there is nothing of that name.
        Exception: ``error``, where it is a folder, a pipe or a device.
    """
    mode = os.stat(path).st_mode
    if stat.S_ISDIR(mode):
        raise error(f"{path}: a folder, where a file is needed")
    if not stat.S_ISREG(mode):
        raise error(
            f"{path}: a pipe or a device, where a file is needed that can be read twice; write it to a "
            "file first (… > FILE)"
        )


def given_text(
    path: str | os.PathLike[str],
    error: type[Exception],
    errors: str = "strict",
    most: int = LONGEST_TEXT,
) -> str:
    """The text of a file in UTF-8, with or without byte-order mark.

    Args:
        path: the file.
        error: what is raised where it is none.
        errors: what becomes of bytes that are no UTF-8, as for ``bytes.decode``.
        most: bytes of the longest text.

    Raises:
        OSError: it is not there, or cannot be read.
        Exception: ``error``, where it is no text in UTF-8, too long, a folder, a pipe or a device.
    """
    refuse_streams(path, error)
    size = os.stat(path).st_size
    if size > most:
        raise error(f"{path}: {size} bytes: no text of that length is read (most: {most})")
    try:
        return Path(path).read_bytes().decode("utf-8-sig", errors)
    except UnicodeDecodeError as reason:
        raise error(f"{path} is no text in UTF-8: {reason}") from reason
