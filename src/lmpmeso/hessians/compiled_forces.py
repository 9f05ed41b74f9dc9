"""Energy and forces at one set of positions after another, by compiled loops in the exact potential.

Array suffixes: n particle, c Cartesian component, k kind of pair, p pair.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from lmpmeso.arrays import FloatArray, IntArray
from lmpmeso.configurations import Configuration
from lmpmeso.errors import ModelError
from lmpmeso.hessians.grouping import lexicographic_order
from lmpmeso.hessians.half_bonds import HalfBonds, half_bonds
from lmpmeso.hessians.neighbours import cutoff_matrix
from lmpmeso.models import GlassModel
from lmpmeso.models.tables import closest_distance

SKIN = 0.3
"""The list of neighbours reaches so far beyond the cut-off, in units of the particle spacing."""
INTERVALS = 4096
"""Of a table. A quintic polynomial of that width differs from the formula by its rounding."""


class CompiledForces:
    """U and -∂U/∂x of the particles of a configuration, anywhere.

    The radial functions of the model are tabulated as quintic polynomials that join in value, slope and
    curvature, so that forces are the gradient of the energy to the last digit. Neighbours are
    listed anew when a particle has moved by half the skin.

    Args:
        configuration: gives species and box; its box must hold twice the cut-off.
        model: the model.

    Raises:
        ModelError: its energy is more than pairs and triplets.
    """

    def __init__(self, configuration: Configuration, model: GlassModel):
        if model.embedding is not None or model.lammps is not None:
            raise ModelError(
                f"model {model.name!r} is more than pairs and triplets: its forces come from evaluate, or "
                "from LAMMPS"
            )
        from lmpmeso.hessians import force_kernels

        self._kernels = force_kernels
        n, self._d = configuration.positions_nc.shape
        self._species, self._model = configuration.species, model
        self._diameters = configuration.diameters
        self._box_c = np.full(3, 1e30)
        self._box_c[: self._d] = configuration.box_c
        spacing = configuration.density ** (-1.0 / self._d)
        fits = 0.499 * configuration.box_c.min() - model.max_cutoff
        self._skin = max(min(SKIN * spacing, fits), 0.01 * spacing)
        kinds = [
            _table(p.derivatives, closest_distance(p), p.cutoff)
            for _, _, p in model.species_pairs()
        ]
        self._tables = np.stack([table for table, _, _ in kinds])
        self._inner_k = np.array([inner for _, inner, _ in kinds])
        self._per_length_k = np.array([per_length for _, _, per_length in kinds])
        self._cutoff_k = np.array([p.cutoff for _, _, p in model.species_pairs()])
        largest = 1.0 if model.sizes is None else model.sizes.largest
        self._reach_ss = cutoff_matrix(model) / largest
        self._kind = np.empty((model.n_species, model.n_species), dtype=np.int64)
        for kind, (a, b, _) in enumerate(model.species_pairs()):
            self._kind[a, b] = self._kind[b, a] = kind
        self._three_body: tuple[Any, ...] | None = None
        if model.three_body is not None:
            three = model.three_body
            table = _table(three.radial, 0.5 * three.sigma, three.cutoff)
            height = three.strength * three.epsilon
            self._three_body = (*table, three.cutoff, height, three.cos_theta0)
        self._x_nc = np.zeros((n, 3))
        self._virial_cc = np.zeros((3, 3))
        self._listed_nc: FloatArray | None = None
        self._near_bonds: HalfBonds | None = None

    def __call__(self, positions_nc: FloatArray) -> tuple[float, FloatArray]:
        """U [energy] and -∂U/∂x [energy/length], (N, d), at positions anywhere [length], (N, d)."""
        self.prepare(positions_nc)
        x_nc, box_c = self._x_nc, self._box_c
        forces_nc = np.zeros_like(x_nc)
        energy = self._kernels.add_pairs(
            *(x_nc, box_c, self._i, self._j, self._kind_p, self._size_p, self._tables),
            *(self._inner_k, self._per_length_k, self._cutoff_k, forces_nc, self._virial_cc),
        )
        if self._three_body is not None:
            energy += self._kernels.add_triplets(
                x_nc, box_c, self._starts, self._neighbours, *self._three_body, forces_nc
            )
        return energy, forces_nc[:, : self._d]

    @property
    def virial_cc(self) -> FloatArray:
        """Σ r_a f_b over the pairs at the last positions [energy], (d, d).

        Raises:
            ModelError: the model has triplets, whose virial is not summed.
        """
        if self._three_body is not None:
            raise ModelError(
                f"the virial of the triplets of model {self._model.name!r} is not known here"
            )
        return self._virial_cc[: self._d, : self._d]

    def _moved(self, positions_nc: FloatArray) -> float:
        """Farthest that a particle is from where it was listed [length]."""
        if self._listed_nc is None:
            return np.inf
        moved_nc = positions_nc - self._listed_nc
        return float(np.sqrt(np.einsum("nc,nc->n", moved_nc, moved_nc).max()))

    def prepare(self, positions_nc: FloatArray) -> None:
        """List neighbours anew if particles have moved by half the skin."""
        self._x_nc[:, : self._d] = positions_nc
        if self._moved(positions_nc) >= 0.5 * self._skin:
            self._list(positions_nc)

    def relabel(self, species: IntArray, diameters: FloatArray | None) -> None:
        """Give the particles, where they are, other species and diameters [length]."""
        self._species, self._diameters = species, diameters
        if self._listed_nc is not None:
            self._choose()

    def _list(self, positions_nc: FloatArray) -> None:
        """List the pairs that any two species and sizes can make interact before the next list."""
        edges_c = self._box_c[: self._d]
        wrapped_nc = np.mod(positions_nc, edges_c)
        wrapped_nc[wrapped_nc >= edges_c] = 0.0
        reach = self._model.max_cutoff + self._skin
        i, j = cKDTree(wrapped_nc, boxsize=edges_c).query_pairs(reach, output_type="ndarray").T
        order = lexicographic_order(i, j, len(positions_nc))
        i, j = i[order], j[order]
        moved_pc = wrapped_nc[j] - wrapped_nc[i]
        moved_pc -= edges_c * np.rint(moved_pc / edges_c)
        self._near = i, j, np.einsum("pc,pc->p", moved_pc, moved_pc)
        self._near_bonds = None
        self._listed_nc = positions_nc.copy()
        self._choose()

    def _choose(self) -> None:
        """Of the pairs listed, those that can interact by their species and sizes."""
        i, j, square_p = self._near
        species = self._species
        limit_p = self._sizes(i, j) * self._reach_ss[species[i], species[j]] + self._skin
        within = square_p < limit_p**2
        self._i, self._j = i[within], j[within]
        self._size_p = self._sizes(self._i, self._j)
        self._kind_p = self._kind[species[self._i], species[self._j]]
        if self._three_body is not None:
            bonds = half_bonds(self._i, self._j, len(species))
            self._starts, self._neighbours = bonds.starts, bonds.neighbour

    def near(self) -> tuple[IntArray, IntArray]:
        """Whom each particle can meet before the next list: starts, (N + 1,), and neighbours, (H,)."""
        if self._near_bonds is None:
            self._near_bonds = half_bonds(*self._near[:2], len(self._species))
        return self._near_bonds.starts, self._near_bonds.neighbour

    @property
    def place(self) -> tuple[FloatArray, FloatArray]:
        """Positions of the last call and edges of the box [length], in three dimensions: (N, 3), (3,)."""
        return self._x_nc, self._box_c

    @property
    def tables(self) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, IntArray]:
        """What :mod:`force_kernels` asks of the radial functions; the last is the kind of two species."""
        return self._tables, self._inner_k, self._per_length_k, self._cutoff_k, self._kind

    def _sizes(self, i: IntArray, j: IntArray) -> FloatArray:
        """σ_ij of pairs [length]; 1 where particles have no sizes of their own."""
        if self._model.sizes is None or self._diameters is None:
            return np.ones(len(i))
        return self._model.sizes.of_pairs(self._diameters, i, j)


def _table(
    derivatives: Callable[[FloatArray, int], tuple[FloatArray, ...]], inner: float, cutoff: float
) -> tuple[FloatArray, float, float]:
    """Quintic polynomials of a radial function from ``inner`` to its cut-off.

    Returns:
        Coefficients in the fraction of an interval, (INTERVALS, 6); ``inner``; intervals per length.
    """
    # At the cut-off itself a function is zero by definition, whatever its limit from inside.
    r = np.linspace(inner, cutoff, INTERVALS + 1)
    r[-1] = np.nextafter(cutoff, 0.0)
    h = (cutoff - inner) / INTERVALS
    f, f1, f2 = derivatives(r, 2)
    f0, d0, c0 = f[:-1], h * f1[:-1], h * h * f2[:-1]
    rest = f[1:] - f0 - d0 - 0.5 * c0
    slope = h * f1[1:] - d0 - c0
    curvature = h * h * f2[1:] - c0
    table = np.column_stack(
        [
            f0,
            d0,
            0.5 * c0,
            10.0 * rest - 4.0 * slope + 0.5 * curvature,
            -15.0 * rest + 7.0 * slope - curvature,
            6.0 * rest - 3.0 * slope + 0.5 * curvature,
        ]
    )
    return np.ascontiguousarray(table), inner, 1.0 / h
