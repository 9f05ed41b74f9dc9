"""Which files of finished steps are gone: told from the names in the folders, without opening a data file.

A folder in which nothing has come or gone since all was there is not looked at again: ``.engine/whole.json`` keeps
the times of change of such folders.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from lmpmeso.engine.step_files import ENGINE_FOLDER
from lmpmeso.files.plain_json import parse_json, read_json, write_json

WHOLE_FILE = "whole.json"
GONE = "was made, and is gone; `lmpmeso run DIR --repair` makes it again"
SETTLED = 2.0
"""A folder that has changed within so long may change again without another time of change [s]."""


class Listing:
    """The names in the folders of a campaign; each folder is listed once, when it is first asked for."""

    def __init__(self, root: Path):
        self.root = root
        self._names: dict[str, frozenset[str]] = {}

    def names(self, folder: str) -> frozenset[str]:
        """The names in a folder; none where there is no such folder."""
        if folder not in self._names:
            try:
                self._names[folder] = frozenset(os.listdir(self.root / folder))
            except (FileNotFoundError, NotADirectoryError):
                self._names[folder] = frozenset()
        return self._names[folder]

    def __contains__(self, path: str) -> bool:
        folder, _, name = path.rpartition("/")
        return name in self.names(folder)


def missing_files(listing: Listing, targets: Iterable[str]) -> dict[str, str]:
    """The first file that is gone of each finished target whose files are not all there, as its record lists them."""
    by_folder: dict[str, list[str]] = {}
    for target in targets:
        if target.endswith(".json"):
            folder, _, name = target.rpartition("/")
            by_folder.setdefault(folder, []).append(name)
    known = _known(listing.root)
    missing: dict[str, str] = {}
    whole: dict[str, list[int]] = {}
    for folder, names in by_folder.items():
        # That of its content is copied with it, also by what leaves out files: rsync --archive --exclude.
        changed = os.stat(listing.root / folder).st_ctime_ns
        if known.get(folder) != [changed, len(names)]:
            found = _missing_in(listing, folder, names)
            missing |= found
            if found or time.time() - changed / 1e9 < SETTLED:
                continue
        whole[folder] = [changed, len(names)]
    if whole != known:
        # Who may only read the campaign looks again next time.
        with suppress(OSError):
            write_json(listing.root / ENGINE_FOLDER / WHOLE_FILE, whole)
    return missing


def _missing_in(listing: Listing, folder: str, names: Iterable[str]) -> dict[str, str]:
    """The same of the targets of one folder."""
    there = listing.names(folder)
    missing = {}
    for name in names:
        path = f"{folder}/{name}"
        for file in _data_files(f"{listing.root}/{path}"):
            if file not in there:
                missing[path] = file
                break
    return missing


def _data_files(record: str) -> list[str]:
    """The data files that a record lists; none of what is damaged, which whoever reads it will say."""
    with open(record, "rb") as file:
        content = file.read()
    try:
        files = parse_json(content).get("files")
    except ValueError:
        return []
    return list(files) if isinstance(files, dict) else []


def _known(root: Path) -> dict[str, list[int]]:
    """The folders that were whole when somebody last looked: time of change, and number of targets."""
    try:
        return read_json(root / ENGINE_FOLDER / WHOLE_FILE)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return {}
