"""Files of κ_ij: the bonds of several glasses, one after the other, in NumPy's npz.

Array suffixes: g glass, p pair (of all glasses together).
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from lmpmeso.engine.records import refuse_other_format
from lmpmeso.errors import CampaignError
from lmpmeso.files.atomic import replacing

FORMAT = 1
"""Version of the file."""
COLUMNS = {"i": np.int32, "j": np.int32, "distance": np.float64, "kappa": np.float64}
LATER_COLUMNS = {
    "compliance": np.float64,
    "stretch_longitudinal": np.float64,
    "stretch_transverse": np.float64,
}
"""Files of version 0.1.0 lack them, those made soon after it the last two."""


def write_stiffness(path: Path, bonds: Mapping[int, pd.DataFrame]) -> Path:
    """Write the κ_ij of several glasses.

    The arrays are ``format``, ``glass`` (numbers of the glasses, shape (G,)), ``offsets`` (shape
    (G + 1,)), and ``i``, ``j``, ``distance`` [length], ``kappa`` [energy/length²], ``compliance``
    [length²/energy], ``stretch_longitudinal`` and ``stretch_transverse`` [length²] of all bonds, shape (P,): those of
    the k-th glass are ``offsets[k]`` to ``offsets[k + 1]``.

    ``bonds`` are the tables of ``dipole_stiffness`` by number of the glass; the file appears only when complete.
    """
    tables = list(bonds.values())
    arrays = {
        name: np.concatenate([np.empty(0), *(t[name].to_numpy() for t in tables)]).astype(kind)
        for name, kind in (COLUMNS | LATER_COLUMNS).items()
        if all(name in table for table in tables)
    }
    with replacing(path) as temporary, open(temporary, "wb") as file:
        np.savez(
            file,
            format=np.int64(FORMAT),
            glass=np.array(list(bonds), dtype=np.int64),
            offsets=np.cumsum([0, *(len(table) for table in tables)], dtype=np.int64),
            **arrays,  # type: ignore[arg-type]
        )
    return path


def read_stiffness(path: Path) -> dict[int, pd.DataFrame]:
    """The κ_ij of each glass of a file, by its number.

    Raises:
        CampaignError: the file is truncated, of another program, or of another format.
    """
    try:
        # np.load leaves a file that it opened itself open when that turns out to be no archive.
        with open(path, "rb") as stream, np.load(stream) as file:
            refuse_other_format(path, int(file["format"]), FORMAT)
            later = [name for name in LATER_COLUMNS if name in file]
            columns = [*COLUMNS, *later]
            arrays = {name: file[name] for name in ("glass", "offsets", *columns)}
    except (zipfile.BadZipFile, KeyError, EOFError, OSError, ValueError) as error:
        if isinstance(error, CampaignError):
            raise
        raise CampaignError(
            f"{path}: truncated, or no file of dipole stiffness ({error}); delete it and the record "
            "beside it to have them made again"
        ) from error
    offsets = arrays["offsets"]
    return {
        int(glass): pd.DataFrame({name: arrays[name][begin:end] for name in columns})
        for glass, begin, end in zip(arrays["glass"], offsets[:-1], offsets[1:], strict=True)
    }
