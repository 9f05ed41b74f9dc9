"""Soft modes as files that other programs read, and as tables to draw.

Array suffixes: m mode, n particle, c Cartesian component.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from lmpmeso.arrays import FloatArray
from lmpmeso.configurations import Configuration, write_configurations, write_dump
from lmpmeso.elasticity.field_map import planar_positions
from lmpmeso.elasticity.soft_mode_search import SoftModes
from lmpmeso.errors import ConfigurationError
from lmpmeso.files.tables import NO_UNITS, write_table

CORE_COLUMNS = {"x": "core_x", "y": "core_y", "z": "core_z"}
"""Names of a core's coordinates where x, y, z are those of the particles."""


def write_modes(
    path: str | Path,
    modes: SoftModes,
    structure: Configuration,
    table: pd.DataFrame | None = None,
    units: Mapping[str, str] = NO_UNITS,
) -> None:
    """Write modes in the format that the name asks for; every digit is kept.

    - ``.csv``: the table, a row a mode.
    - ``.nc``: a frame a mode in AMBER-convention NetCDF: the structure, the displacement of each
      particle as mode_x, mode_y (and mode_z), the columns of the table as numbers of the frame
      (the core's position as core_x …).
    - ``.dump`` (or ``.dump.gz``): a frame a mode as LAMMPS dump with the columns mode_x, mode_y,
      mode_z.

    Args:
        path: the file; it appears only when complete.
        modes: the modes.
        structure: the inherent structure they belong to.
        table: the numbers to write; default: the modes' own table.
        units: of its columns, for CSV.

    Raises:
        ConfigurationError: the name has none of these endings, or the modes are not of this structure.
    """
    path = Path(path)
    table = modes.table if table is None else table
    if modes.vectors_mnc.shape[1:] != structure.positions_nc.shape:
        raise ConfigurationError(
            f"{path}: the modes have {modes.vectors_mnc.shape[1]} particles in "
            f"{modes.vectors_mnc.shape[2]} dimensions, the structure "
            f"{structure.n_particles} in {structure.dimension}"
        )
    if path.suffix == ".csv":
        write_table(path, table.rename_axis("mode").reset_index(), units)
    elif path.suffix == ".nc":
        write_configurations(
            path,
            [structure] * modes.n_modes,
            per_frame=dict(table.rename(columns=CORE_COLUMNS)),
            per_particle=_components(modes.vectors_mnc),
        )
    elif ".dump" in path.suffixes:
        columns = _components(modes.vectors_mnc)
        columns.setdefault("mode_z", np.zeros(modes.vectors_mnc.shape[:2]))
        write_dump(path, [structure] * modes.n_modes, columns)
    else:
        raise ConfigurationError(f"{path}: modes are written to files in .csv, .nc or .dump")


def _components(vectors_mnc: FloatArray) -> dict[str, FloatArray]:
    """The displacements by component, each of shape (m, N)."""
    return {
        f"mode_{axis}": vectors_mnc[:, :, c]
        for axis, c in zip("xyz", range(vectors_mnc.shape[2]), strict=False)
    }


def planar_displacements(structure: Configuration, vectors_nc: FloatArray) -> pd.DataFrame:
    """Displacements of the particles of a 2D glass, as arrows to draw.

    Args:
        structure: the inherent structure.
        vectors_nc: displacements, of a mode or of a response, shape (N, 2).

    Returns:
        Table with the columns x, y (inside the box) [length] and u_x, u_y, of length 1 over all
        particles.

    Raises:
        ConfigurationError: the structure is not two-dimensional.
    """
    positions_nc = planar_positions(structure, "arrows")
    u_nc = vectors_nc / np.linalg.norm(vectors_nc)
    return pd.DataFrame(np.hstack([positions_nc, u_nc]), columns=["x", "y", "u_x", "u_y"])
