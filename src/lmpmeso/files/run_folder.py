"""Whose results a folder of shards holds, so that nobody continues another computation by mistake."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lmpmeso.arrays import FloatArray
from lmpmeso.errors import ProtocolError
from lmpmeso.files.atomic import leftovers
from lmpmeso.files.plain_json import read_json, write_json

PARAMETERS_FILE = "parameters.json"


def claim_folder(folder: Path, parameters: Mapping[str, Any], shards: Iterable[str]) -> None:
    """Write down what a folder's results depend on, or make sure that they depend on the same.

    What a killed process left half-written is removed. To be called with the folder's lock held.

    Args:
        folder: an existing folder.
        parameters: whatever the results depend on, as plain data.
        shards: patterns of the names of the result files.

    Raises:
        ProtocolError: the folder holds results of other parameters, or its record is damaged.
    """
    for path in leftovers(folder, (*shards, PARAMETERS_FILE)):
        path.unlink()
    record = folder / PARAMETERS_FILE
    if not record.is_file():
        write_json(record, parameters)
        return
    try:
        theirs = read_json(record)
    except json.JSONDecodeError as error:
        raise ProtocolError(f"{record} is damaged ({error}): delete {folder}") from error
    for name, value in parameters.items():
        if theirs.get(name) != value:
            raise ProtocolError(
                f"{folder} holds the results of another computation: {name} is {theirs.get(name)!r} "
                f"there and {value!r} here; use another folder, or delete that one"
            )


def digest(positions_nc: FloatArray) -> str:
    """What tells one configuration from another: equal for positions that agree in every bit."""
    return hashlib.sha256(
        np.ascontiguousarray(positions_nc, dtype=np.float64).tobytes()
    ).hexdigest()
