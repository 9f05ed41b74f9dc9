"""Checksums: whether a file is still what was written.

``SHA256SUMS`` in a folder lists its finished files, as ``sha256sum --check SHA256SUMS`` reads it. A sealed JSON file
ends with the checksum of all that stands before it. What is not listed is unfinished, or of lmpmeso 0.1.0, which
wrote no checksums: it is taken as it is.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from lmpmeso.errors import FolderError
from lmpmeso.files.atomic import SUMS_FILE as SUMS_FILE
from lmpmeso.files.atomic import replacing

_LINE = re.compile(r"([0-9a-f]{64}) [ *](.+)")
_OF_OTHERS = re.compile(r"#.*|[A-Z0-9/-]+ \(.+\) = [0-9a-f]+")
"""Lines of somebody's own list that stay as they are: comments, and what ``sha256sum --tag`` writes."""
_SEAL = re.compile(rb',\n  "checksum": "([0-9a-f]{64})"\n}\n\Z')
_SEALED = b'"checksums": {'
"""Stands only in files that are sealed."""


def checksum(path: Path) -> str:
    """SHA-256 of a file: of the standard ones the fastest, 1.3 GiB/s on a core that has instructions for it."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def checksum_of(content: bytes) -> str:
    """SHA-256 of some bytes."""
    return hashlib.sha256(content).hexdigest()


def sealed(text: str) -> str:
    """A JSON object, as :func:`lmpmeso.files.plain_json.json_text` writes it, with its checksum at the end."""
    body = text.removesuffix("\n}\n")
    return f'{body},\n  "checksum": "{checksum_of(body.encode())}"\n}}\n'


def seal_of(content: bytes) -> str | None:
    """The checksum that a JSON file ends with; None where it has none."""
    found = _SEAL.search(content[-100:])
    return None if found is None else found[1].decode()


def is_broken(content: bytes) -> bool:
    """Whether a JSON file was changed since it was sealed; False of one that never was."""
    seal = seal_of(content)
    if seal is None:
        return _SEALED in content
    return checksum_of(content[: content.rindex(b',\n  "checksum"')]) != seal


class Checksums:
    """The checksums of the finished files of one folder, by name."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._path = folder / SUMS_FILE
        try:
            lines = self._path.read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            lines = []
        self._others = [line for line in lines if _OF_OTHERS.fullmatch(line)]
        # A line that was damaged lists nothing.
        self.listed = {found[2]: found[1] for line in lines if (found := _LINE.fullmatch(line))}

    def note(self, paths: Iterable[Path]) -> None:
        """List finished files of the folder, also those that were written again."""
        self._write(self.listed | {path.name: checksum(path) for path in paths})

    def keep_up(self, there: Iterable[Path], gone: Iterable[Path] = ()) -> None:
        """List those finished files that are not yet listed, and take off those that are about to be deleted."""
        listed = {path.name: checksum(path) for path in there if path.name not in self.listed}
        listed = self.listed | listed
        for path in gone:
            listed.pop(path.name, None)
        if listed != self.listed:
            self._write(listed)

    def missing(self) -> list[Path]:
        """Listed files that are not there."""
        return [path for name in self.listed if not (path := self._folder / name).exists()]

    def check(self, path: Path) -> Path:
        """The path of a file that is to be used.

        Raises:
            FolderError: it was changed since it was listed.
        """
        expected = self.listed.get(path.name)
        if expected is not None and path.is_file() and checksum(path) != expected:
            raise FolderError(
                f"{path} was changed since it was written: its checksum in {SUMS_FILE} beside it is another. Put the "
                "file back; or delete the folder of the run and run the same command again"
            )
        return path

    def _write(self, listed: dict[str, str]) -> None:
        self.listed = listed
        lines = [*self._others, *(f"{sum_}  {name}" for name, sum_ in sorted(listed.items()))]
        text = "".join(f"{line}\n" for line in lines)
        with replacing(self._path) as temporary:
            temporary.write_text(text, encoding="utf-8")


def checked(path: Path) -> Path:
    """The path of a file that is to be used, checked where its folder lists it.

    Raises:
        FolderError: it was changed since it was listed.
    """
    return Checksums(path.parent).check(path)
