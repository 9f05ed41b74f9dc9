"""Products that are made again only when something has changed that they are made from.

``made.json`` beside them says of each product from which state of its sources it was made, and what its files
hold. A state is a digest; a product whose digest differs, or a file of which is gone or not as it was
written, is not current.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from lmpmeso.files.atomic import intended
from lmpmeso.files.checksums import checksum
from lmpmeso.files.plain_json import read_json, write_json

MADE_FILE = "made.json"
PACKAGES = ("lmpmeso", "numpy", "scipy", "pandas", "matplotlib", "seaborn")
"""Other versions of these make other products."""


class MadeFrom:
    """What the products of a folder were made from; its ``made.json`` need not be there."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._path = folder / MADE_FILE
        try:
            found = read_json(self._path)
        except (FileNotFoundError, NotADirectoryError, ValueError):
            found = {}
        # What is damaged counts as not there: its product is made again.
        self._entries = {name: entry for name, entry in found.items() if _is_entry(entry)}

    def facts(self, name: str, digest: str, files: Iterable[Path] = ()) -> dict[str, Any] | None:
        """What was noted of a product.

        None where it is not current: made from another digest, without one of the files, or changed since.
        """
        entry = self._entries.get(name)
        if entry is None or entry["digest"] != digest:
            return None
        if not {self._key(file) for file in files} <= set(entry["files"]):
            return None
        for key, content in entry["files"].items():
            if _content(self._folder / key) != content:
                return None
        facts: dict[str, Any] = entry["facts"]
        return facts

    def note(
        self,
        name: str,
        digest: str,
        files: Iterable[Path] = (),
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        """Note that a product has been made; its files are those on the disk."""
        self._entries[name] = {
            "digest": digest,
            "files": {self._key(file): _content(file) for file in files},
            "facts": facts or {},
        }
        write_json(self._path, self._entries)

    def files(self) -> dict[Path, str | None]:
        """The files of all products, and the checksums that they had."""
        return {
            self._folder / key: content
            for entry in self._entries.values()
            for key, content in entry["files"].items()
        }

    def _key(self, file: Path) -> str:
        """A file as it is noted: relative to the folder, so that folders can be moved."""
        return os.path.relpath(file, self._folder)


def _is_entry(entry: Any) -> bool:
    """Whether a note is one of :meth:`MadeFrom.note`."""
    return (
        isinstance(entry, dict)
        and {"digest", "files", "facts"} <= entry.keys()
        and isinstance(entry["files"], dict)
    )


def _content(path: Path) -> str | None:
    """Digest of a file; None where there is none."""
    try:
        return checksum(path)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


def digest_of(*words: object) -> str:
    """A digest of words and numbers."""
    return hashlib.sha256(json.dumps(list(map(str, words))).encode()).hexdigest()


def folder_digest(folder: Path, products: Collection[str] = ()) -> str:
    """Digest of the files of a folder: names, sizes and times; no file is opened.

    ``products``, names of files and folders at its top, are left out; half-written files are, too.
    """
    found = sorted(_files(folder, {*products, MADE_FILE}))
    return digest_of(*(word for file in found for word in file))


def _files(
    folder: Path, left_out: Collection[str] = (), prefix: str = "", above: tuple[str, ...] = ()
) -> Iterator[tuple[str, int, int]]:
    """Path, relative to the first folder, size and time of each file below a folder; links in a circle end."""
    real = os.path.realpath(folder)
    if real in above:
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name in left_out:
                continue
            if entry.is_dir():
                yield from _files(Path(entry.path), (), f"{prefix}{entry.name}/", (*above, real))
            elif intended(entry.name).name == entry.name:
                try:
                    status = entry.stat()
                except FileNotFoundError:  # gone meanwhile: another program is at work
                    continue
                yield f"{prefix}{entry.name}", status.st_size, status.st_mtime_ns


@cache
def package_digest() -> str:
    """Digest of this package, as it is installed, and of the versions of what it computes and draws with."""
    root = Path(__file__).resolve().parents[1]
    found = sorted(file for file in _files(root) if not file[0].endswith((".pyc", ".nbi", ".nbc")))
    return digest_of(*map(version, PACKAGES), *(word for file in found for word in file))
