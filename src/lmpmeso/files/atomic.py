"""Files that are there completely or not at all."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path

_TEMPORARY = re.compile(r"\.[0-9a-f]{12}\.(.+)")


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
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
    _flush_to_disk(target.parent)


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


def _flush_to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
