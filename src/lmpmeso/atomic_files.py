"""Files that are there completely or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary name in the folder of ``path``; it becomes ``path`` when the block ends well.

    The file reaches the disk (fsync) before it is renamed, and an existing ``path`` stays as it was
    until then; after an exception the temporary file is gone.

    Example::

        with replacing("result.json") as temporary:
            temporary.write_text(text)

    Yields:
        The temporary path, with the suffix of ``path``.
    """
    target = Path(path)
    temporary = target.with_name(f".{secrets.token_hex(6)}.{target.name}")
    try:
        yield temporary
        _flush_to_disk(temporary)
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
    _flush_to_disk(target.parent)


def _flush_to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
