"""Displacements relative to the cage, which do not feel the long waves of a two-dimensional system.

Δr_i − (1/n_i) Σ_j Δr_j over the n_i neighbours j that particle i has at the time origin (S. Mazoyer, F. Ebert,
G. Maret and P. Keim, EPL 88, 66004 (2009), doi:10.1209/0295-5075/88/66004).

Array suffixes: t frame, p pair of frames, n particle, s sum over particles, c Cartesian component.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy

from lmpmeso.arrays import FloatArray, IntArray
from lmpmeso.configurations import TrajectoryLike
from lmpmeso.configurations.configuration import wrapped
from lmpmeso.dynamics.correlators import Species, self_correlations
from lmpmeso.dynamics.displacements import Displacements
from lmpmeso.dynamics.lags import LagChoice, LagTable
from lmpmeso.dynamics.quantities import Quantity
from lmpmeso.models import GlassModel

NEIGHBOURS_WITHIN = 1.5
"""Neighbours are closer than so many a₀: between the first and the second shell of dense liquids."""


@dataclass(frozen=True, eq=False)
class CageRelativeDisplacements(Displacements):
    """Displacements of one species, each less the mean displacement of its neighbours at the time origin."""

    def _means_over_particles(
        self, quantities: Sequence[Quantity], table: LagTable, offsets: IntArray
    ) -> list[FloatArray]:
        """Means over particles of each quantity for every pair of frames, shapes (S, P)."""
        origins, ends, _ = table.all_pairs()
        self._refuse_too_many(len(origins), quantities, table)
        means: list[FloatArray] = []
        order = np.argsort(origins, kind="stable")
        starts = np.flatnonzero(np.diff(origins[order], prepend=-1))
        for pairs in np.split(order, starts[1:]):
            moved_tcn = self._relative_to_cage(int(origins[pairs[0]]), ends[pairs])
            before = np.zeros(len(pairs), dtype=np.int64)
            for k, quantity in enumerate(quantities):
                sums_sp = quantity.measure(moved_tcn, before, before + np.arange(1, len(pairs) + 1))
                if k == len(means):
                    means.append(np.empty((len(sums_sp), len(origins))))
                means[k][:, pairs] = sums_sp / self.n_particles
        return means

    def _relative_to_cage(self, origin: int, ends: IntArray) -> FloatArray:
        """0 and the displacements of the chosen particles until each end, shape (1 + P, d, n)."""
        start_nc = self.trajectory.positions_tnc[origin]
        less_mean = cage_matrix(start_nc, self.trajectory.box_c)[np.flatnonzero(self.is_chosen)]
        moved_tcn = np.zeros((1 + len(ends), self.dimension, self.n_particles))
        for k, end in enumerate(ends.tolist(), start=1):
            drift_c = self.drift_tc[end] - self.drift_tc[origin]
            moved_nc = self.trajectory.positions_tnc[end] - start_nc - drift_c
            moved_tcn[k] = (less_mean @ moved_nc).T
        return moved_tcn


def cage_matrix(positions_nc: FloatArray, box_c: FloatArray) -> scipy.sparse.csr_array:
    """The matrix that takes the mean of its neighbours from the displacement of each particle, shape (N, N).

    Neighbours are within 1.5 a₀, a₀ = (V/N)^(1/d); a particle without any keeps its own displacement.
    """
    n, d = positions_nc.shape
    a0 = (float(np.prod(box_c)) / n) ** (1.0 / d)
    tree = scipy.spatial.cKDTree(wrapped(positions_nc, box_c), boxsize=box_c)
    i, j = tree.query_pairs(NEIGHBOURS_WITHIN * a0, output_type="ndarray").T
    return less_neighbours(i, j, n)


def less_neighbours(i: IntArray, j: IntArray, n: int) -> scipy.sparse.csr_array:
    """The matrix that takes from what each of n particles has the mean over its neighbours, shape (N, N).

    ``i`` and ``j`` are the pairs of neighbours, each once; a particle without any keeps what it has.
    """
    rows, columns = np.concatenate([i, j]), np.concatenate([j, i])
    share_n = 1.0 / np.maximum(np.bincount(rows, minlength=n), 1)
    means = scipy.sparse.csr_array((share_n[rows], (rows, columns)), shape=(n, n))
    return scipy.sparse.csr_array(scipy.sparse.eye_array(n) - means)


def cage_relative_correlations(
    trajectory: TrajectoryLike,
    species: Species = None,
    *,
    model: GlassModel | str | None = None,
    q: float | None = None,
    distance: float | None = None,
    lags: LagChoice | LagTable = "log",
) -> pd.DataFrame:
    """F_s, MSD, α₂, Q and χ₄ of displacements relative to the cage, as `self_correlations` gives them of plain ones.

    In two dimensions the plain ones hold waves as long as the box, whose amplitude grows as ln L (N. D. Mermin, Phys.
    Rev. 176, 250 (1968), doi:10.1103/PhysRev.176.250), so that τ_α and D depend on N; these hardly do (H. Shiba,
    Y. Yamada, T. Kawasaki and K. Kim, Phys. Rev. Lett. 117, 245701 (2016), doi:10.1103/PhysRevLett.117.245701).
    At long times the mean square is larger than the plain one, by what the neighbours diffuse.

    Arguments, columns and what is raised as for `self_correlations`.
    """
    result = self_correlations(
        trajectory,
        species,
        model=model,
        q=q,
        distance=distance,
        lags=lags,
        displacements_kind=CageRelativeDisplacements,
    )
    result.attrs["cage_relative"] = True
    return result
