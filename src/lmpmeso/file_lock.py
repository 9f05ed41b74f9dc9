"""One process at a time in a folder."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from lmpmeso.errors import LmpmesoError


@contextmanager
def exclusive_lock(path: str | os.PathLike[str], refusal: LmpmesoError) -> Iterator[None]:
    """Hold the lock of a file, which is made if need be and never changed.

    The kernel drops the lock when this process dies, however it dies.

    Args:
        path: the file.
        refusal: raised when another process holds its lock.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CREAT, 0o666)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise refusal from None
        yield
    finally:
        os.close(descriptor)
