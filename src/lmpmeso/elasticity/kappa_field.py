"""The κ-field: dipole stiffness as a property of particles, and as bonds to look at.

Array suffixes: n particle.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from lmpmeso.arrays import FloatArray, IntArray
from lmpmeso.configurations import Configuration
from lmpmeso.configurations.lammps_box import bounds
from lmpmeso.errors import ConfigurationError
from lmpmeso.files.atomic import replacing

PairMean = Literal["arithmetic", "geometric", "harmonic", "softest"]
PAIR_MEANS: tuple[PairMean, ...] = ("arithmetic", "geometric", "harmonic", "softest")
"""What may be made of the κ_ij of a particle: three means, and the smallest."""


def kappa_field(bonds: pd.DataFrame, n_particles: int, mean: PairMean = "arithmetic") -> FloatArray:
    """Mean dipole stiffness κ_i of the interacting pairs of each particle (Figs. 2, 6 and 7).

    Args:
        bonds: table with the columns i, j, kappa, as :func:`dipole_stiffness` gives for all pairs.
        n_particles: N.
        mean: the paper's arithmetic mean; the geometric or the harmonic one, in which soft pairs weigh
            more; or the softest pair alone.

    Returns:
        κ_i [energy/length²], shape (N,); NaN for a particle without a pair in the table.

    Raises:
        ConfigurationError: a column is missing, the table names a particle that does not exist, or
            there is no such mean.
    """
    if mean not in PAIR_MEANS:
        raise ConfigurationError(f"the mean must be one of {PAIR_MEANS}, got {mean!r}")
    _require_bonds(bonds, n_particles)
    ends = np.concatenate([bonds["i"].to_numpy(), bonds["j"].to_numpy()])
    kappa = np.tile(bonds["kappa"].to_numpy(), 2)
    if mean == "softest":
        softest_n = np.full(n_particles, np.inf)
        np.minimum.at(softest_n, ends, kappa)
        return np.where(np.isfinite(softest_n), softest_n, np.nan)
    if mean == "geometric":
        return np.exp(_mean_by_particle(ends, np.log(kappa), n_particles))
    if mean == "harmonic":
        return np.asarray(1.0 / _mean_by_particle(ends, 1.0 / kappa, n_particles))
    return _mean_by_particle(ends, kappa, n_particles)


def _mean_by_particle(ends: IntArray, values: FloatArray, n_particles: int) -> FloatArray:
    """Mean of the values at each particle; NaN where there is none."""
    total_n = np.bincount(ends, values, minlength=n_particles)
    count_n = np.bincount(ends, minlength=n_particles)
    return np.divide(total_n, count_n, out=np.full(n_particles, np.nan), where=count_n > 0)


def write_bonds(path: str | Path, bonds: pd.DataFrame, structure: Configuration) -> None:
    """Write κ_ij as bonds in the format of LAMMPS's ``dump local``, which OVITO reads as bonds.

    Columns: index, batom1 and batom2 (the particles' LAMMPS ids), distance [length],
    kappa [energy/length²]; every digit is kept.

    Args:
        path: the file; it appears only when complete.
        bonds: table with the columns i, j, distance, kappa.
        structure: gives the ids and the box.

    Raises:
        ConfigurationError: a column is missing, or the table names a particle that does not exist.
    """
    _require_bonds(bonds, structure.n_particles)
    lines = [
        "ITEM: TIMESTEP",
        str(structure.step or 0),
        "ITEM: NUMBER OF ENTRIES",
        str(len(bonds)),
        "ITEM: BOX BOUNDS pp pp pp",
        *map(" ".join, bounds(structure)),
        "ITEM: ENTRIES index batom1 batom2 distance kappa",
    ]
    rows = zip(
        range(1, len(bonds) + 1),
        structure.ids[bonds["i"].to_numpy()],
        structure.ids[bonds["j"].to_numpy()],
        bonds["distance"],
        bonds["kappa"],
        strict=True,
    )
    lines += [f"{k} {i} {j} {r:.17g} {kappa:.17g}" for k, i, j, r, kappa in rows]
    with replacing(path) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="ascii")


def _require_bonds(bonds: pd.DataFrame, n_particles: int) -> None:
    """Refuse a table that is not one of bonds between these particles."""
    missing = [name for name in ("i", "j", "kappa") if name not in bonds.columns]
    if missing:
        raise ConfigurationError(
            f"a table of bonds needs the columns i, j and kappa; {', '.join(missing)} missing"
        )
    if len(bonds):
        ends = bonds[["i", "j"]].to_numpy()
        if ends.min() < 0 or ends.max() >= n_particles:
            raise ConfigurationError(
                f"the bonds join particles {ends.min()} to {ends.max()} (indices from 0), but there "
                f"are {n_particles} particles"
            )
