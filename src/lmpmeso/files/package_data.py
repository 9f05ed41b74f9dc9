"""Paths of the files that come with the package: LAMMPS input scripts and potential files.

In an installed wheel they lie inside the package; in a checkout (editable install) ``lmp_inputs/``
and ``potentials/`` stand beside ``src/``. LAMMPS opens files by path, so both functions give real
paths.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from lmpmeso.errors import DataFileError


def potential_file(name: str) -> Path:
    """Path of a potential file of the package, e.g. ``"ipl.table"``.

    Raises:
        DataFileError: there is no such file; the message lists those there are.
    """
    return _data_file("potentials", name)


def lmp_input(name: str) -> Path:
    """Path of a LAMMPS input script of the package, e.g. ``"in.quench"``.

    Raises:
        DataFileError: there is no such file; the message lists those there are.
    """
    return _data_file("lmp_inputs", name)


def _data_file(folder_name: str, name: str) -> Path:
    """Path of a file in one of the package's folders of data."""
    package = Path(str(files("lmpmeso")))
    folders = (package / folder_name, package.parents[1] / folder_name)
    folder = next((f for f in folders if f.is_dir()), None)
    if folder is None:
        raise DataFileError(
            f"the folder {folder_name} is neither inside {package} nor beside it: "
            "the installation is incomplete, install lmpmeso again"
        )
    path = folder / name
    if not path.is_file():
        known = ", ".join(sorted(f.name for f in folder.iterdir() if f.is_file()))
        raise DataFileError(f"there is no {name!r} in {folder}; there are: {known}")
    return path
