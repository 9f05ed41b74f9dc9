"""Whether the files below a folder are still what was written: those that checksums are kept of, wherever they stand.

They stand in ``SHA256SUMS``, in the records of campaigns, and in ``made.json`` for what is made from them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lmpmeso.files.atomic import intended
from lmpmeso.files.checksums import SUMS_FILE, Checksums, checksum, is_broken, seal_of
from lmpmeso.files.made_from import MADE_FILE, MadeFrom
from lmpmeso.files.plain_json import parse_json
from lmpmeso.files.run_folder import PARAMETERS_FILE

CHANGED, GONE = "was changed since it was written", "is gone"


@dataclass
class Verification:
    """What came of it.

    Attributes:
        checked: number of files that are what was written.
        faults: what is wrong, by file.
        lengths_only: records without checksums, as lmpmeso 0.1.0 wrote them, the files of which have the right length.
        runs_without: folders of runs without checksums.
    """

    checked: int = 0
    faults: dict[Path, str] = field(default_factory=dict)
    lengths_only: int = 0
    runs_without: list[Path] = field(default_factory=list)

    @property
    def knows_something(self) -> bool:
        """Whether there was anything to compare with, or at least something that lmpmeso wrote."""
        return bool(self.checked or self.faults or self.lengths_only or self.runs_without)


def verify(folder: Path) -> Verification:
    """Compare all files below a folder with what is known of them."""
    found = Verification()
    for place, names in _folders(folder):
        if SUMS_FILE in names:
            for name, expected in Checksums(place).listed.items():
                _compare(found, place / name, expected)
        elif PARAMETERS_FILE in names and not any(_is_record(place / name) for name in names):
            found.runs_without.append(place)
        if MADE_FILE in names:
            for file, expected in MadeFrom(place).files().items():
                _compare(found, file, expected)
        for name in names:
            if name.endswith(".json") and name not in (MADE_FILE, PARAMETERS_FILE):
                _verify_record(found, place / name)
    return found


def _folders(folder: Path) -> Iterator[tuple[Path, list[str]]]:
    """The folders below one and their files, but what only a running program needs; also behind links, each once."""
    seen: set[str] = set()
    for place, folders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(place)
        folders[:] = [] if real in seen else sorted(n for n in folders if not n.startswith("."))
        if real not in seen:
            seen.add(real)
            yield Path(place), sorted(name for name in names if intended(name).name == name)


def _compare(found: Verification, file: Path, expected: str | None) -> None:
    """Note whether a file has the checksum that is known."""
    if not file.is_file():
        found.faults[file] = GONE
    elif checksum(file) != expected:
        found.faults[file] = CHANGED
    else:
        found.checked += 1


def _verify_record(found: Verification, path: Path) -> None:
    """A record of a campaign, and the files that it lists."""
    content = path.read_bytes()
    record = _record(content)
    if is_broken(content) or (record is None and seal_of(content) is not None):
        found.faults[path] = CHANGED
    if record is None:
        return
    sums = record.get("checksums")
    for name, length in record["files"].items():
        file = path.with_name(name)
        if sums is not None:
            _compare(found, file, sums.get(name))
        elif not file.is_file():
            found.faults[file] = GONE
        elif file.stat().st_size != length:
            found.faults[file] = f"has {file.stat().st_size} bytes instead of {length}"
    if sums is None:
        found.lengths_only += 1
    elif path not in found.faults:
        found.checked += 1


def _is_record(path: Path) -> bool:
    return path.suffix == ".json" and _record(path.read_bytes()) is not None


def _record(content: bytes) -> dict[str, Any] | None:
    """What the record of a campaign says; None of what is none."""
    try:
        record = parse_json(content)
    except ValueError:
        return None
    is_one = "lmpmeso_campaign_format" in record and isinstance(record.get("files"), dict)
    return record if is_one else None
