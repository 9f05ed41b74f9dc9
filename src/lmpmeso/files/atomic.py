"""Files that are there completely or not at all."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path

SUMS_FILE = "SHA256SUMS"
"""Holds the checksums of the finished files of its folder, see :mod:`lmpmeso.files.checksums`."""
_TEMPORARY = re.compile(r"\.[0-9a-f]{12}\.(.+)")
_LISTENING: list[dict[Path, None]] = []
"""Who is told of written files."""


@contextmanager
def replacing(path: str | os.PathLike[str], owner: str = "") -> Iterator[Path]:
    """A temporary name in the folder of ``path``; it becomes ``path`` when the block ends well.

    The file reaches the disk (fsync) before it is renamed, and an existing ``path`` stays as it was
    until then; after an exception the temporary file is gone.

    Example::

        with replacing("result.json") as temporary:
            temporary.write_text(text)

    Args:
        path: the file.
        owner: of a file that several may write, who does; what a kill leaves is then known to
            :func:`leftovers` as ``OWNER-NAME``.

    Yields:
        The temporary path, with the suffix of ``path``.
    """
    target = Path(path)
    name = f"{owner}-{target.name}" if owner else target.name
    temporary = temporary_beside(target.with_name(name))
    try:
        yield temporary
        _flush_to_disk(temporary)
        _take_off_the_list(target)
        os.replace(temporary, target)
        for written in _LISTENING:
            written[target.absolute()] = None
    finally:
        temporary.unlink(missing_ok=True)
    _flush_to_disk(target.parent)


@contextmanager
def written_files() -> Iterator[dict[Path, None]]:
    """The files that this process writes in the block, in their order; some may be gone again."""
    written: dict[Path, None] = {}
    _LISTENING.append(written)
    try:
        yield written
    finally:
        _LISTENING.remove(written)


def temporary_beside(path: Path) -> Path:
    """A fresh hidden name in the folder of ``path``, which :func:`leftovers` knows again."""
    return path.with_name(f".{secrets.token_hex(6)}.{path.name}")


def intended(path: str | os.PathLike[str]) -> Path:
    """What a file under a temporary name was to become; any other path as it is."""
    path = Path(path)
    found = _TEMPORARY.fullmatch(path.name)
    return path.with_name(found[1]) if found else path


def leftovers(folder: Path, targets: Iterable[str]) -> list[Path]:
    """Temporary files of a process that was killed before it could remove them.

    ``targets`` are patterns of the names that they were to become, e.g. ``"record-*.csv"``. Whatever else
    is in the folder is not ours.
    """
    patterns = tuple(targets)
    return [
        path
        for path in folder.glob(".*")
        if (found := _TEMPORARY.fullmatch(path.name))
        and any(fnmatchcase(found[1], pattern) for pattern in patterns)
    ]


def _take_off_the_list(target: Path) -> None:
    """Take a file that is about to change off the checksums of its folder, where it is among them."""
    sums = target.with_name(SUMS_FILE)
    if target == sums or not sums.exists():
        return
    lines = sums.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
    others = [line for line in lines if line[66:].strip() != target.name]
    if len(others) < len(lines):
        with replacing(sums) as temporary:
            temporary.write_text("".join(others), encoding="utf-8")


def _flush_to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
