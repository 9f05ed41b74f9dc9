"""One process at a time in a folder, or at a task."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lmpmeso.errors import LmpmesoError


@contextmanager
def exclusive_lock(path: str | os.PathLike[str], refusal: LmpmesoError) -> Iterator[None]:
    """Hold the lock of a file, which is made if need be and never changed.

    The kernel drops the lock when this process dies, however it dies. The refusal is raised when another
    process holds it.
    """
    descriptor = _open(path)
    try:
        _lock(descriptor, refusal)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def passing_lock(path: str | os.PathLike[str], refusal: LmpmesoError) -> Iterator[int]:
    """Hold the lock of a file that is only there meanwhile, or stays behind when this process dies.

    Yields the file's descriptor, for a word to those who wait. The refusal is raised when another process
    holds the lock.
    """
    while True:
        descriptor = _open(path)
        try:
            _lock(descriptor, refusal)
            # Another process may have removed the file between the two lines above.
            if _is_at(descriptor, path):
                try:
                    yield descriptor
                finally:
                    os.unlink(path)
                return
        finally:
            os.close(descriptor)


def is_locked(path: str | os.PathLike[str]) -> bool:
    """Whether a process holds the lock of a file right now."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _open(path: str | os.PathLike[str]) -> int:
    # NFS locks a file only for those who may write to it.
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o666)


def _lock(descriptor: int, refusal: LmpmesoError) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise refusal from None


def _is_at(descriptor: int, path: str | os.PathLike[str]) -> bool:
    """Whether an open file is the one that has this name now."""
    try:
        return os.path.samestat(os.fstat(descriptor), Path(path).stat())
    except FileNotFoundError:
        return False
