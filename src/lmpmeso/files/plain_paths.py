"""Paths and names that LAMMPS's parser leaves as they are.

To LAMMPS # begins a comment, $ a variable and quotes a word; letters that are not ASCII are replaced; * and % in the
name of a file to write stand for a time step and a processor. So no path of a user's reaches it.
"""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from lmpmeso.errors import LammpsError

PLAIN = re.compile(r"(?!.*\.mpiio)[A-Za-z0-9._/+-]+")
"""Paths that LAMMPS reads as they stand; those with .mpiio it refuses."""
QUOTED_PATH = re.compile(r"""(\"{3}|\"|')(?P<path>/.*?)\1(?!\")""", re.DOTALL)
"""An absolute path in a command, as :func:`as_one_word` writes it."""
OF_A_VARIABLE = re.compile(r"^\$\{\w+\}(?=/)")
FOLDERS = ("/tmp", "/var/tmp", "/dev/shm")
"""Where links lie when the folder of temporary files itself has no plain path."""


def as_comment(text: str) -> str:
    """Words for people as a comment that LAMMPS reads over: one line, which no & continues."""
    return "# " + " ".join(text.splitlines()).rstrip("& ")


def plain_name(text: str) -> str:
    """A text as a name that LAMMPS takes."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", text)


def as_one_word(path: str | os.PathLike[str]) -> str:
    """A path as one word of a LAMMPS command: in quotes unless it is plain.

    LAMMPS expands no variable in quotes: a path that begins with one is left as it is.
    """
    text = os.fspath(path)
    if PLAIN.fullmatch(OF_A_VARIABLE.sub("", text, count=1)):
        return text
    quotes = next((quotes for quotes in ('"', "'") if quotes not in text), '"""')
    return f"{quotes}{text}{quotes}"


class PlainPaths:
    """Paths as LAMMPS can read them: any that is not plain is reached through a link with a plain name.

    Links are made when they are asked for, in a temporary folder, and are there until :meth:`close`. LAMMPS's
    working folder is left alone, because it is that of all threads of the process.
    """

    def __init__(self) -> None:
        self._links: dict[Path, Path] = {}
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def plain(self, path: str | os.PathLike[str]) -> str:
        """A plain path of a file or folder, which need not be there yet.

        Raises:
            LammpsError: there is no folder with a plain path that links could lie in.
        """
        absolute = Path(path).absolute()
        if PLAIN.fullmatch(str(absolute)):
            return str(absolute)
        if PLAIN.fullmatch(absolute.name):
            return str(self._link(absolute.parent) / absolute.name)
        return str(self._link(absolute))

    def known_to_user(self, text: str) -> str:
        """A text of LAMMPS's with the paths that the user knows."""
        for target, link in self._links.items():
            text = text.replace(str(link), str(target))
        return text

    def close(self) -> None:
        """Remove the links. May be called again."""
        self._links.clear()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _link(self, target: Path) -> Path:
        if self._folder is None:
            self._folder = _plain_temporary_folder()
        if target not in self._links:
            # LAMMPS decides by a file's ending whether it is compressed.
            ending = target.suffix if PLAIN.fullmatch(target.suffix) else ""
            link = Path(self._folder.name) / f"{len(self._links):04d}{ending}"
            link.symlink_to(target)
            self._links[target] = link
        return self._links[target]


def _plain_temporary_folder() -> tempfile.TemporaryDirectory[str]:
    """A new folder that LAMMPS can name.

    Raises:
        LammpsError: none can be made.
    """
    for folder in (tempfile.gettempdir(), *FOLDERS):
        if PLAIN.fullmatch(folder) and os.path.isabs(folder):
            try:
                return tempfile.TemporaryDirectory(prefix="lmpmeso-", dir=folder)
            except OSError:
                continue
    raise LammpsError(
        "LAMMPS reads no path with a blank, a letter that is not ASCII, or one of # ' \" $ % & *, and there is no "
        f"other folder for links to such files: {', '.join(FOLDERS)} cannot be written to; set TMPDIR to a folder "
        "whose path LAMMPS reads"
    )
