"""Energy and forces at one set of positions after another, by compiled loops in the exact potential.

Array suffixes: n particle, c Cartesian component, k kind of pair, p pair.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmpmeso.arrays import FloatArray, IntArray
from lmpmeso.configurations import Configuration
from lmpmeso.errors import ModelError
from lmpmeso.hessians.half_bonds import HalfBonds, half_bonds
from lmpmeso.hessians.neighbours import cutoff_matrix
from lmpmeso.models import GlassModel
from lmpmeso.models.tables import closest_distance

SKIN = 0.3
"""The list of neighbours reaches so far beyond the cut-off, in units of the particle spacing."""
INTERVALS = 2048
"""Of a table, which must fit into the cache.

Forces by quintic polynomials of that width differ from the formula by 1e-12 of the largest; 1e-7 in the model ss.
"""


class CompiledForces:
    """U and -∂U/∂x of the particles of a configuration, anywhere.

    The radial functions of the model are tabulated as quintic polynomials that join in value, slope and
    curvature, so that forces are the gradient of the energy to the last digit. Neighbours are
    listed anew when a particle has moved by half the skin.

    Args:
        configuration: gives species and box; its box must hold twice the cut-off.
        model: the model.
        swappable: neighbours are listed so that particles can exchange their species; see :meth:`relabel`.

    Raises:
        ModelError: its energy is more than pairs and triplets.
    """

    def __init__(self, configuration: Configuration, model: GlassModel, swappable: bool = False):
        if model.embedding is not None or model.lammps is not None:
            raise ModelError(
                f"model {model.name!r} is more than pairs and triplets: its forces come from evaluate, or "
                "from LAMMPS"
            )
        from lmpmeso.hessians import cell_lists, force_kernels

        self._kernels, self._lists = force_kernels, cell_lists
        n, self._d = configuration.positions_nc.shape
        self._species, self._model = configuration.species, model
        self._diameters = configuration.diameters
        self._box_c = np.full(3, 1e30)
        self._box_c[: self._d] = configuration.box_c
        spacing = configuration.density ** (-1.0 / self._d)
        fits = 0.499 * configuration.box_c.min() - model.max_cutoff
        self._skin = max(min(SKIN * spacing, fits), 0.01 * spacing)
        kinds = [
            _table(_by_square(p.derivatives), closest_distance(p) ** 2, p.cutoff**2)
            for _, _, p in model.species_pairs()
        ]
        self._tables = np.stack([table for table, _, _ in kinds])
        self._inner_k = np.array([inner for _, inner, _ in kinds])
        self._per_square_k = np.array([per_square for _, _, per_square in kinds])
        self._cutoff_k = np.array([p.cutoff for _, _, p in model.species_pairs()])
        self._kind = np.empty((model.n_species, model.n_species), dtype=np.int8)
        for kind, (a, b, _) in enumerate(model.species_pairs()):
            self._kind[a, b] = self._kind[b, a] = kind
        self._three_body: tuple[Any, ...] | None = None
        if model.three_body is not None:
            three = model.three_body
            table = _table(three.radial, 0.5 * three.sigma, three.cutoff)
            height = three.strength * three.epsilon
            self._three_body = (*table, three.cutoff, height, three.cos_theta0)
        self._shifts_sc = cell_lists.shifts_of(self._box_c)
        self._x_nc, self._origin_nc = np.zeros((n, 3)), np.zeros((n, self._d))
        self._listed_nc = np.full((n, 3), np.inf)
        self._reach_ss = cutoff_matrix(model) + self._skin
        self._swappable = swappable
        if swappable:
            self._reach_ss = np.full_like(self._reach_ss, self._reach_ss.max())
        self._virial_cc = np.zeros((3, 3))
        self._near: HalfBonds | None = None

    def __call__(self, positions_nc: FloatArray) -> tuple[float, FloatArray]:
        """U [energy] and -∂U/∂x [energy/length], (N, d), at positions anywhere [length], (N, d)."""
        self.prepare(positions_nc)
        x_nc, box_c = self._x_nc, self._box_c
        forces_nc = np.zeros_like(x_nc)
        energy = self._kernels.add_pairs(
            *(x_nc, self._shifts_sc, *self._acting),
            *(self._tables, self._inner_k, self._per_square_k, forces_nc, self._virial_cc),
        )
        if self._three_body is not None:
            energy += self._kernels.add_triplets(
                x_nc, box_c, self._bonds, self._neighbours, *self._three_body, forces_nc
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

    def prepare(self, positions_nc: FloatArray) -> None:
        """Place the particles, and list neighbours anew if one has moved by half the skin."""
        moved = self._kernels.place(positions_nc, self._origin_nc, self._listed_nc, self._x_nc)
        if not moved < (0.5 * self._skin) ** 2:
            self._list(positions_nc)

    def relabel(self, species: IntArray, diameters: FloatArray | None) -> None:
        """Give the particles, where they are, other species and diameters [length]."""
        self._species, self._diameters = species, diameters
        if np.isfinite(self._listed_nc[0, 0]):
            self._label()

    def near(self) -> tuple[IntArray, IntArray]:
        """Whom each particle can meet before the next list: starts, (N + 1,), and neighbours, (H,)."""
        if self._near is None:
            self._near = half_bonds(self._i, self._j.astype(np.int64), len(self._species))
        return self._near.starts, self._near.neighbour

    @property
    def place(self) -> tuple[FloatArray, FloatArray]:
        """Positions of the last call, near the box, and its edges [length], in three dimensions: (N, 3), (3,)."""
        return self._x_nc, self._box_c

    @property
    def tables(self) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, NDArray[np.int8]]:
        """What :mod:`force_kernels` asks of the radial functions; the last is the kind of two species."""
        return self._tables, self._inner_k, self._per_square_k, self._cutoff_k, self._kind

    def _label(self) -> None:
        """Kinds and sizes of the pairs listed; of those listed for exchanges, the ones that act as particles are now."""
        i, j, starts, shift_p = self._i, self._j, self._starts, self._shift_p
        kind_p = self._kind[self._species[i], self._species[j]]
        size_p = np.ones(len(i))
        if self._model.sizes is not None and self._diameters is not None:
            size_p = self._model.sizes.of_pairs(self._diameters, i, j)
        if self._swappable:
            reach_p = size_p * self._cutoff_k[kind_p] + self._skin
            act = self._square_p < reach_p * reach_p
            counts = np.bincount(i[act], minlength=len(self._species))
            starts = np.concatenate([[0], np.cumsum(counts)])
            j, shift_p, kind_p, size_p = j[act], shift_p[act], kind_p[act], size_p[act]
        ends_p = (size_p * self._cutoff_k[kind_p]) ** 2
        self._acting = starts, j, shift_p, kind_p, size_p**-2.0, ends_p

    def _list(self, positions_nc: FloatArray) -> None:
        """List the pairs within their cut-off and the skin, and put the particles into the box."""
        edges_c = self._box_c[: self._d]
        inside_nc = np.mod(positions_nc, edges_c)
        inside_nc[inside_nc >= edges_c] = 0.0
        self._origin_nc = positions_nc - inside_nc
        self._x_nc[:, : self._d] = inside_nc
        self._starts, self._j, self._shift_p = self._lists.rows_of_pairs(
            self._x_nc, self._box_c, self._species, self._reach_ss
        )
        self._i = np.repeat(np.arange(len(inside_nc)), np.diff(self._starts))
        if self._swappable:
            apart_pc = self._x_nc[self._j] - self._x_nc[self._i] + self._shifts_sc[self._shift_p]
            self._square_p = np.einsum("pc,pc->p", apart_pc, apart_pc)
        self._label()
        self._near = None
        if self._three_body is not None:
            bonds = half_bonds(self._i, self._j.astype(np.int64), len(inside_nc))
            self._bonds, self._neighbours = bonds.starts, bonds.neighbour
        self._listed_nc = self._x_nc.copy()


def _by_square(
    derivatives: Callable[[FloatArray, int], tuple[FloatArray, ...]],
) -> Callable[[FloatArray, int], tuple[FloatArray, ...]]:
    """A function of the distance and its derivatives as one of the square of the distance."""

    def of_square(square: FloatArray, order: int) -> tuple[FloatArray, ...]:
        r = np.sqrt(square)
        f, f1, f2 = derivatives(r, 2)
        return f, f1 / (2.0 * r), (f2 - f1 / r) / (4.0 * square)

    return of_square


def _table(
    derivatives: Callable[[FloatArray, int], tuple[FloatArray, ...]], inner: float, cutoff: float
) -> tuple[FloatArray, float, float]:
    """Quintic polynomials of a function of one variable from ``inner`` to its cut-off.

    Returns:
        Coefficients in the fraction of an interval, (INTERVALS, 6); ``inner``; intervals per unit of the variable.
    """
    # At the cut-off itself a function is zero by definition, whatever its limit from inside.
    r = np.linspace(inner, cutoff, INTERVALS + 1)
    r[-1] *= 1.0 - 4.0 * np.finfo(float).eps
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
