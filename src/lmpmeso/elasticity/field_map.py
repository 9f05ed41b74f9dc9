"""The κ-field as tables to draw: a slice through a glass, or the bonds of a 2D glass (Fig. 2, right).

Array suffixes: n particle, p pair, c Cartesian.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from lmpmeso.arrays import FloatArray
from lmpmeso.configurations import Configuration, particle_diameters
from lmpmeso.elasticity.kappa_field import kappa_field
from lmpmeso.errors import ConfigurationError
from lmpmeso.models import GlassModel

SLICE_THICKNESS = 1.0
"""Thickness of a slice, in σ; of models in other units in particle spacings a0, whose unit says nothing of their size."""


def slice_of_particles(
    structure: Configuration, model: GlassModel, **fields: ArrayLike
) -> pd.DataFrame:
    """The particles whose centres lie in a slice through the middle of a 3D glass.

    Args:
        structure: the inherent structure.
        model: gives the particles' diameters.
        fields: further numbers of each particle, shape (N,), by the name of their column.

    Returns:
        Table with the columns x, y, z (inside the box), diameter [length] and the fields, from low to
        high z. Of a 2D glass all particles, with z = 0.
    """
    positions_nc = structure.wrapped_positions()
    flat = structure.dimension == 2
    height = np.zeros(structure.n_particles) if flat else positions_nc[:, 2]
    table = pd.DataFrame(
        {
            "x": positions_nc[:, 0],
            "y": positions_nc[:, 1],
            "z": height,
            "diameter": particle_diameters(structure, model),
            **fields,
        }
    )
    middle = 0.0 if flat else structure.box_c[2] / 2
    thickness = SLICE_THICKNESS * (1.0 if model.units == "lj" else model.a0)
    near = (table["z"] - middle).abs() <= thickness / 2
    return table[near].sort_values("z", kind="stable")


def slice_of_field(
    structure: Configuration, model: GlassModel, bonds: pd.DataFrame
) -> pd.DataFrame:
    """The same with the column kappa (κ_i) [energy/length²].

    Args:
        structure: the inherent structure.
        model: gives the particles' diameters.
        bonds: its κ_ij, all pairs, as :func:`dipole_stiffness` gives them.
    """
    return slice_of_particles(structure, model, kappa=kappa_field(bonds, structure.n_particles))


def planar_bonds(structure: Configuration, bonds: pd.DataFrame) -> pd.DataFrame:
    """The bonds of a 2D glass with their ends.

    Args:
        structure: the inherent structure.
        bonds: its κ_ij, as :func:`dipole_stiffness` gives them.

    Returns:
        Table with the columns x_i, y_i (inside the box), dx, dy (minimum-image vector from i to j)
        [length] and kappa [energy/length²].

    Raises:
        ConfigurationError: the structure is not two-dimensional.
    """
    positions_nc = planar_positions(structure, "bonds")
    start_pc = positions_nc[bonds["i"].to_numpy()]
    vector_pc = positions_nc[bonds["j"].to_numpy()] - start_pc
    vector_pc -= structure.box_c * np.rint(vector_pc / structure.box_c)
    table = pd.DataFrame(np.hstack([start_pc, vector_pc]), columns=["x_i", "y_i", "dx", "dy"])
    return table.assign(kappa=bonds["kappa"].to_numpy())


def planar_positions(structure: Configuration, what: str) -> FloatArray:
    """Positions inside the box of a 2D glass [length], shape (N, 2).

    Raises:
        ConfigurationError: the structure is not two-dimensional; it says ``what`` is drawn there.
    """
    if structure.dimension != 2:
        raise ConfigurationError(
            f"{structure.source}: {what} are drawn in two-dimensional glasses, this one has "
            f"{structure.dimension} dimensions"
        )
    return structure.wrapped_positions()
