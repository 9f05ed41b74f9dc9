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
from lmpmeso.errors import LammpsError
from lmpmeso.models import GlassModel

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


def encoded_images(lmp: Any, images_nc: IntArray) -> list[int]:
    """Image flags packed into one integer a particle, as a build of LAMMPS does.

    Raises:
        LammpsError: one is beyond what it can hold.
    """
    limit = 512 if lmp.extract_setting("imageint") == 4 else 1048576
    if np.abs(images_nc).max(initial=0) >= limit:
        raise LammpsError(
            f"image flags reach {np.abs(images_nc).max()}, but this LAMMPS holds less than "
            f"{limit}: wrap the configuration first"
        )
    zero = lmp.encode_image_flags(0, 0, 0)
    unit = [lmp.encode_image_flags(*e) - zero for e in ((1, 0, 0), (0, 1, 0), (0, 0, 1))]
    packed: list[int] = (zero + images_nc @ np.array(unit, dtype=np.int64)).tolist()
    return packed


def before_box(configuration: Configuration, model: GlassModel) -> list[str]:
    """Commands that come before there is a box."""
    return [
        f"units {model.units}",
        f"dimension {configuration.dimension}",
        "boundary p p p",
        f"atom_style {model.atom_style}",
        "atom_modify map yes",
    ]
