"""A folder for the temporary files of one process, and the removal of those that killed processes have left.

A living process holds the lock of a file in its folder, and the kernel drops it when the process dies, however it
dies: only a folder whose lock can be had is swept. Folders without such a file are left alone.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lmpmeso.errors import FolderError
from lmpmeso.files.interrupts import interrupts_deferred
from lmpmeso.files.locks import exclusive_lock, is_locked

PREFIX = "lmpmeso-"
LIVING = ".living"
"""The file in a folder that its process holds the lock of."""


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Put all temporary files of this process into one folder, which is gone afterwards.

    Also after a Ctrl-C between the making of a file and the moment when its owner knows of it.
    """
    before, folder, lock = tempfile.tempdir, None, None
    try:
        with interrupts_deferred():
            folder, lock = _locked_folder(Path(tempfile.gettempdir()))
            tempfile.tempdir = str(folder)
        yield folder
    finally:
        tempfile.tempdir = before
        with interrupts_deferred():
            if folder is not None:
                shutil.rmtree(folder)
            if lock is not None:
                os.close(lock)


def sweep(parent: Path | None = None) -> list[Path]:
    """Remove what killed processes of this user have left in the folder of temporary files; returns what it was."""
    swept = []
    for folder in (parent or Path(tempfile.gettempdir())).glob(f"{PREFIX}*"):
        living = folder / LIVING
        # Others' folders, and those that another process sweeps at this moment, are not ours.
        with suppress(OSError, FolderError):
            if folder.is_symlink() or folder.stat().st_uid != os.getuid():
                continue
            if living.is_file() and not is_locked(living):
                with exclusive_lock(living, FolderError(f"{folder} is in use")):
                    shutil.rmtree(folder)
                swept.append(folder)
    return swept


def _locked_folder(parent: Path) -> tuple[Path, int]:
    """A new folder, and the open file in it whose lock this process holds."""
    # Locked before it is in its place: nobody sees it there without its lock.
    lock, name = tempfile.mkstemp(prefix=f".{PREFIX}", dir=parent)
    fcntl.flock(lock, fcntl.LOCK_EX)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    os.replace(name, folder / LIVING)
    return folder, lock
