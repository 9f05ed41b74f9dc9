"""Particles and their box as LAMMPS wants them: ids 1 … N, inside the box, three-dimensional.

Array suffixes: n particle, c Cartesian component.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmpmeso.arrays import FloatArray, IntArray
from lmpmeso.configurations import Configuration

THIN_BOX = 0.5
"""Half the height of the periodic box of a two-dimensional system [length]."""


def with_consecutive_ids(configuration: Configuration) -> Configuration:
    """The configuration with ids 1 … N: LAMMPS hands data back in order of id only then."""
    ids = np.arange(1, configuration.n_particles + 1, dtype=np.int64)
    return replace(configuration, ids=ids)


def corners(configuration: Configuration) -> tuple[FloatArray, FloatArray]:
    """Lower and upper corner of LAMMPS's box, shape (3,) each."""
    low, high = np.full(3, -THIN_BOX), np.full(3, THIN_BOX)
    d = configuration.dimension
    low[:d] = configuration.origin_c
    high[:d] = configuration.origin_c + configuration.box_c
    return low, high


def inside_box(configuration: Configuration) -> tuple[FloatArray, IntArray]:
    """Positions in the box and the image flags that go with them; untouched where inside."""
    low = configuration.origin_c
    positions_nc = configuration.positions_nc
    images_nc = configuration.images_nc
    if images_nc is None:
        images_nc = np.zeros(positions_nc.shape, dtype=np.int64)
    outside = (positions_nc < low) | (positions_nc >= low + configuration.box_c)
    if not outside.any():
        return positions_nc, images_nc
    wrapped_nc = low + configuration.wrapped_positions()
    turns_nc = np.rint((positions_nc - wrapped_nc) / configuration.box_c).astype(np.int64)
    return (
        np.where(outside, wrapped_nc, positions_nc),
        np.where(outside, images_nc + turns_nc, images_nc),
    )


def three_dimensional(values_nc: NDArray[Any]) -> NDArray[Any]:
    """Append z = 0 to two-dimensional vectors."""
    n, d = values_nc.shape
    return values_nc if d == 3 else np.hstack([values_nc, np.zeros((n, 1), dtype=values_nc.dtype)])
