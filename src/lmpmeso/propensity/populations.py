"""The mobile and the immobile population: extremes of the propensity, selected as in the paper.

Array suffixes: n particle, l large particle.
"""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import ArrayLike

from lmpmeso.arrays import IntArray
from lmpmeso.configurations import Configuration
from lmpmeso.errors import StatisticsError
from lmpmeso.models import GlassModel

EXTREMES = 5
"""Particles of each population that a configuration contributes; the paper's number."""


def extreme_particles(
    structure: Configuration, model: GlassModel, mobility_n: ArrayLike, n_extremes: int = EXTREMES
) -> tuple[IntArray, IntArray]:
    """The most and the least mobile large particles, no two of a kind close together (Sec. III C).

    A particle of the largest species is a candidate for the mobile ones when no other of its species
    within the cut-off of their interaction is more mobile, and for the immobile ones when none
    is less mobile. Of the candidates the ``n_extremes`` most and least mobile are taken.

    Args:
        structure: where the particles are.
        model: names the largest species and its cut-off.
        mobility_n: propensity of each particle, shape (N,).
        n_extremes: of each kind.

    Returns:
        Indices of the mobile and of the immobile particles, from the most extreme on.

    Raises:
        StatisticsError: mobilities that do not fit, or fewer candidates than asked for.
    """
    mobility_n = np.asarray(mobility_n, dtype=np.float64)
    if mobility_n.shape != (structure.n_particles,) or not np.isfinite(mobility_n).all():
        raise StatisticsError(
            f"{structure.source}: the mobility needs one finite number a particle, shape "
            f"({structure.n_particles},), got {mobility_n.shape}"
        )
    large = model.largest_species
    index_l = np.flatnonzero(structure.species == large)
    radius = float(model.cutoffs[large, large])
    positions = structure.wrapped_positions()[index_l]
    i, j = (
        scipy.spatial.cKDTree(positions, boxsize=structure.box_c)
        .query_pairs(radius, output_type="ndarray")
        .T
    )
    both, other = np.concatenate([i, j]), np.concatenate([j, i])
    populations = []
    for sign in (1.0, -1.0):
        value_l = sign * mobility_n[index_l]
        highest_near_l = np.full(len(index_l), -np.inf)
        np.maximum.at(highest_near_l, both, value_l[other])
        candidates = np.flatnonzero(value_l >= highest_near_l)
        if len(candidates) < n_extremes:
            raise StatisticsError(
                f"{structure.source}: {len(candidates)} spheres of radius {radius:g} have an extreme "
                f"particle of their own, fewer than {n_extremes}; take a larger system"
            )
        ordered = candidates[np.argsort(-value_l[candidates], kind="stable")]
        populations.append(index_l[ordered[:n_extremes]])
    return populations[0], populations[1]
