"""Whose results a folder holds, so that nobody continues another computation by mistake.

The first to work in a folder writes down what its results depend on; whoever comes later must want
the same. A model stands there as its signature (``GlassModel.signature``); version 0.1.0 wrote its
``repr`` instead, which is recognised by the signature's digest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lmpmeso.errors import FolderError
from lmpmeso.files.atomic import leftovers, replacing
from lmpmeso.files.locks import exclusive_lock
from lmpmeso.files.plain_json import json_text, read_json

PARAMETERS_FILE = "parameters.json"
LOCK_FILE = ".lock"
FORMATS = ("format", "lmpmeso_campaign_format")
"""Entries that hold the version of a folder's files."""


@contextmanager
def sole_worker(folder: Path) -> Iterator[None]:
    """Make a folder if need be, and keep all other processes out of it.

    Raises:
        FolderError: another process is at work in it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    busy = FolderError(
        f"another process is at work in {folder}: wait for it, or use another folder"
    )
    with exclusive_lock(folder / LOCK_FILE, busy):
        yield


def claim(
    folder: Path,
    identity: Mapping[str, Any],
    what: str,
    *,
    products: Iterable[str] = (),
    record: str = PARAMETERS_FILE,
    owner: str = "",
    added: Iterable[str] = (),
) -> None:
    """Write down what a folder's results depend on, or make sure that they depend on the same.

    What a killed process left half-written of its ``products``, patterns of file names, is removed.
    ``identity`` is plain data; the file ``record`` with it may hold more. ``what`` the folder holds, e.g.
    ``"run"``, is for the refusal; ``owner`` is who writes, where several processes share the folder.
    ``added`` are entries that earlier versions did not write down: a record without them is taken as it is.

    Raises:
        FolderError: the folder holds results of another identity or of a newer format, or its record
            is damaged.
    """
    for path in leftovers(folder, (*products, record)):
        path.unlink()
    path = folder / record
    text = json_text(identity)
    if not path.is_file():
        with replacing(path, owner) as temporary:
            temporary.write_text(text, encoding="utf-8")
        return
    try:
        theirs = read_json(path)
    except ValueError as error:
        raise FolderError(f"{path} is damaged ({error}): delete {folder}") from error
    unknown = {name for name in added if name not in theirs}
    for name, value in json.loads(text).items():
        if name not in unknown:
            _refuse_other(folder, what, name, theirs.get(name), value)


def other_results(folder: Path, what: str, name: str, theirs: object, mine: object) -> FolderError:
    """The refusal of a folder that holds the results of something else."""
    return FolderError(
        f"{folder} holds another {what}: {name} is {theirs!r} there and {mine!r} here; use another "
        "folder, or delete that one"
    )


def digest(*arrays: ArrayLike) -> str:
    """What tells one set of numbers from another, such as positions: equal where all agree in every bit."""
    content = hashlib.sha256()
    for array in arrays:
        content.update(np.ascontiguousarray(array, dtype=np.float64).tobytes())
    return content.hexdigest()


def particles_digest(
    species: ArrayLike, box_c: ArrayLike, diameters: ArrayLike | None = None
) -> str:
    """What tells one system from another: species, edges of the box, and sizes where particles have their own."""
    return digest(species, box_c, *(() if diameters is None else (diameters,)))


def _refuse_other(folder: Path, what: str, name: str, theirs: Any, mine: Any) -> None:
    """Raise where two values differ, which names the innermost one."""
    if isinstance(mine, dict) and isinstance(theirs, dict):
        for key in {**mine, **theirs}:
            _refuse_other(folder, what, f"{name}.{key}", theirs.get(key), mine.get(key))
    elif isinstance(mine, dict) and isinstance(theirs, str):
        if hashlib.sha256(theirs.encode()).hexdigest()[:16] != mine.get("digest"):
            raise FolderError(
                f"{folder} was begun by version 0.1.0 with another model, or with one that did not come "
                f"with the package: finish this {what} with that version, or use another folder"
            )
    elif name.rpartition(".")[2] in FORMATS and isinstance(theirs, int) and theirs > mine:
        raise FolderError(
            f"{folder}: format {theirs} is newer than this lmpmeso reads ({mine}): install a newer "
            "lmpmeso"
        )
    elif theirs != mine:
        raise other_results(folder, what, name, theirs, mine)
