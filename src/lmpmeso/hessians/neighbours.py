"""Interacting pairs: every pair of particles within the cut-off of its species.

Array suffixes: n particle, p pair, c Cartesian component.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import scipy

from lmpmeso.arrays import BoolArray, FloatArray, IntArray
from lmpmeso.configurations import Configuration, check_fits_model
from lmpmeso.errors import ConfigurationError
from lmpmeso.hessians.grouping import lexicographic_order
from lmpmeso.models import GlassModel
from lmpmeso.printing import Printed

COINCIDENT = 1e-9
"""Particles closer than this part of the cut-off are at the same position up to rounding."""
INTERACTION = "range of the interaction"
"""Where cut-offs come from that nobody chose."""
INTERACTION_OF_SIZES = (
    "range of the interaction, in proportion to the sizes; here of the largest particles"
)
"""The same where particles have sizes of their own."""


@dataclass(frozen=True, eq=False, repr=False)
class InteractingPairs(Printed):
    """Pairs i < j closer than their cut-off, sorted by i and then by j.

    Attributes:
        i: index of the first particle, shape (P,).
        j: index of the second particle, shape (P,).
        vectors_pc: minimum-image vector x_j - x_i [length], shape (P, d).
        distances_p: its length [length], shape (P,).
        cutoffs_ss: cut-off of each two species [length], shape (n_species, n_species).
        origin: where the cut-offs come from, in words.
        size_p: σ_ij of each pair where particles have sizes of their own [length], shape (P,), else None; the
            cut-offs are then those of the largest.
        bonded_p: whether a bond joins the two, shape (P,); None where the model has no bonds.
    """

    i: IntArray
    j: IntArray
    vectors_pc: FloatArray
    distances_p: FloatArray
    cutoffs_ss: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    origin: str = INTERACTION
    size_p: FloatArray | None = None
    bonded_p: BoolArray | None = None

    @property
    def n_pairs(self) -> int:
        """Number of interacting pairs P."""
        return len(self.i)

    def chosen(self, which_p: IntArray) -> InteractingPairs:
        """Some of the pairs, by their numbers."""
        return replace(
            self,
            i=self.i[which_p],
            j=self.j[which_p],
            vectors_pc=self.vectors_pc.T.take(which_p, axis=1).T,
            distances_p=self.distances_p[which_p],
            size_p=None if self.size_p is None else self.size_p[which_p],
            bonded_p=None if self.bonded_p is None else self.bonded_p[which_p],
        )


def cutoff_matrix(model: GlassModel) -> FloatArray:
    """Distance within which two species interact [length], shape (n_species, n_species)."""
    reach = 0.0 if model.three_body is None else model.three_body.cutoff
    return np.maximum(model.cutoffs, reach)


def interacting_pairs(configuration: Configuration, model: GlassModel) -> InteractingPairs:
    """All pairs of particles within their cut-off, in an orthogonal periodic box.

    Args:
        configuration: particles in 2D or 3D, wrapped or not.
        model: gives the cut-off of each pair of species.

    Raises:
        ConfigurationError: the configuration does not fit the model, holds a position that is not
            finite or two particles on top of each other, or has a box shorter than twice the
            largest cut-off.
    """
    check_fits_model(configuration, model, warn=False)
    pairs = pairs_within(configuration, cutoff_matrix(model), INTERACTION)
    if model.sizes is None or configuration.diameters is None:
        return pairs
    size_p = model.sizes.of_pairs(configuration.diameters, pairs.i, pairs.j)
    reach_ss = cutoff_matrix(model) / model.sizes.largest
    species = configuration.species
    reach_p = size_p * reach_ss[species[pairs.i], species[pairs.j]]
    pairs = replace(pairs, size_p=size_p, origin=INTERACTION_OF_SIZES)
    return pairs.chosen(np.flatnonzero(pairs.distances_p < reach_p))


def pairs_within(
    configuration: Configuration, cutoffs_ss: FloatArray, origin: str
) -> InteractingPairs:
    """All pairs of particles within given cut-offs, in an orthogonal periodic box.

    Args:
        configuration: particles in 2D or 3D, wrapped or not.
        cutoffs_ss: distance of each two species [length], shape (n_species, n_species).
        origin: where the cut-offs come from.

    Raises:
        ConfigurationError: a position is not finite, two particles lie on top of each other, or an edge
            of the box is shorter than twice the largest cut-off.
    """
    _refuse_undefined_positions(configuration)
    box_c, reach = configuration.box_c, float(cutoffs_ss.max())
    if box_c.min() < 2.0 * reach:
        raise ConfigurationError(
            f"{configuration.source}: the shortest box edge, {box_c.min():.6g}, is less than twice the "
            f"largest cut-off of pairs ({2.0 * reach:.6g}): use a larger system"
        )
    wrapped_nc = configuration.wrapped_positions()
    found = scipy.spatial.cKDTree(wrapped_nc, boxsize=box_c).query_pairs(
        reach, output_type="ndarray"
    )
    i, j = np.ascontiguousarray(found.T)
    order = lexicographic_order(i, j, configuration.n_particles)
    i, j = i.take(order), j.take(order)
    vectors_cp = np.empty((configuration.dimension, len(i)))
    for x_n, edge, vector_p in zip(wrapped_nc.T.copy(), box_c, vectors_cp, strict=True):
        np.subtract(x_n.take(j), x_n.take(i), out=vector_p)
        vector_p -= edge * np.rint(vector_p / edge)
    distances_p = np.sqrt(np.einsum("cp,cp->p", vectors_cp, vectors_cp))
    species = configuration.species
    cutoffs_p = cutoffs_ss.ravel().take(species.take(i) * len(cutoffs_ss) + species.take(j))
    within = np.flatnonzero(distances_p < cutoffs_p)
    pairs = InteractingPairs(
        i.take(within),
        j.take(within),
        vectors_cp.take(within, axis=1).T,
        distances_p.take(within),
        cutoffs_ss,
        origin,
    )
    if pairs.n_pairs and pairs.distances_p.min() < COINCIDENT * reach:
        p = int(pairs.distances_p.argmin())
        raise ConfigurationError(
            f"{configuration.source}: particles {configuration.ids[pairs.i[p]]} and "
            f"{configuration.ids[pairs.j[p]]} are at the same position"
        )
    return pairs


def _refuse_undefined_positions(configuration: Configuration) -> None:
    """Refuse a position that is not finite, by the id of its particle."""
    finite = np.isfinite(configuration.positions_nc).all(axis=1)
    if not finite.all():
        raise ConfigurationError(
            f"{configuration.source}: particle {configuration.ids[int(finite.argmin())]} has a "
            "position that is not finite"
        )
