"""The Hessian of whatever LAMMPS computes: central differences of its forces, many particles at a time.

Particles of one colour are moved together, see :mod:`lmpmeso.hessians.colouring`: 2·d·(number of colours)
sets of forces, whatever N is. What comes out is checked every time: no force may change, to the last
bit, that was not thought to depend on what moved; blocks (i, j) and (j, i) are measured apart and must
agree; so must the own block of a particle and minus the sum of the others in its row, and the product
with a random direction and its derivative with another step. The largest of these discrepancies is the
error that is stated.

Array suffixes: n particle, e entry of the graph, p pair, c a b Cartesian component.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import scipy

from lmpmeso.arrays import FloatArray, IntArray
from lmpmeso.errors import ModelError
from lmpmeso.hessians.assembly import block_matrix
from lmpmeso.hessians.colouring import (
    DependenceGraph,
    colours_of,
    dependence_graph,
    hops_to,
    one_hop,
)
from lmpmeso.hessians.grouping import group
from lmpmeso.hessians.half_bonds import HalfBonds, half_bonds

Forces = Callable[[FloatArray], FloatArray]
"""Forces (N, d) at positions (N, d)."""

STEPS = tuple(2.0**-k for k in range(9, 24, 2))
"""Displacements that are tried, in units of (V/N)^(1/d)."""
MOVED_ALONE = 3
"""Particles whose displacement shows how many hops forces reach."""
MARGIN = 1e-5
"""Of the reach, which LAMMPS tells with six digits and displacements widen."""
SHORTER = (1.0 / 16.0, 1.0 / 256.0)
"""Steps that are tried where forces are not smooth, in units of the best one elsewhere: a kink in the
forces of few particles is hardly ever so near."""
GOOD = 1e-7
"""Error, in units of the largest element, from which other steps are tried."""
BAD = 1e-2
"""Error, in units of the largest element, that makes the result worthless."""
MOST_HOPS = 6
EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, eq=False)
class Differences:
    """A Hessian by coloured differences.

    Attributes:
        matrix: as in :class:`~lmpmeso.hessians.Hessian`.
        error: largest discrepancy that the checks found, of one element [energy/length²].
        colours: number of colours.
        hops: terms of the energy from a particle to the farthest whose force it changes.
        force_calls: sets of forces that were asked for.
        step: displacement [length].
    """

    matrix: scipy.sparse.bsr_array
    error: float
    colours: int
    hops: int
    force_calls: int
    step: float


class _Measured:
    """Blocks -∂F_row/∂x_column of every entry of a graph, shape (E, d, d), and what is wrong with them.

    ``error`` is the largest discrepancy of an element, of blocks (i, j) and (j, i), and of sums of rows,
    whose discrepancy grows as the root of the number of blocks in them.
    """

    def __init__(self, graph: DependenceGraph, blocks_eab: FloatArray, step: float):
        self.graph, self.step = graph, step
        mirrored_eab = blocks_eab[graph.transposed].transpose(0, 2, 1)
        self._symmetric_eab = 0.5 * (blocks_eab + mirrored_eab)
        self.largest = float(np.abs(blocks_eab).max())
        row_sums_nab = np.add.reduceat(blocks_eab, graph.starts[:-1])
        self.error = float(np.abs(blocks_eab - mirrored_eab).max())
        self.count_discrepancy(np.abs(row_sums_nab).max(axis=(1, 2)))

    def count_discrepancy(self, of_rows_n: FloatArray) -> None:
        """Take notice of what sums over the blocks of each row are wrong by, shape (N,)."""
        entries_n = np.diff(self.graph.starts)
        self.error = max(self.error, float((of_rows_n / np.sqrt(entries_n)).max()))

    @cached_property
    def matrix(self) -> scipy.sparse.bsr_array:
        """The symmetric, translation-invariant matrix, without blocks that are zero to the last bit."""
        graph = self.graph
        kept = (graph.rows < graph.columns) & self._symmetric_eab.any(axis=(1, 2))
        blocks_abp = np.ascontiguousarray(self._symmetric_eab[kept].transpose(1, 2, 0))
        bonds = half_bonds(graph.rows[kept], graph.columns[kept], graph.n_particles)
        _balance(blocks_abp, bonds)
        return block_matrix(bonds, blocks_abp, symmetric_blocks=False)


def coloured_differences(
    forces: Forces,
    positions_nc: FloatArray,
    box_c: FloatArray,
    reach: float,
    seed: int = 0,
    joined_p2: IntArray | None = None,
) -> Differences:
    """∂²U/∂x∂x from forces alone.

    Args:
        forces: at any positions near the given ones, for which it must be a function of nothing else.
        positions_nc: where the derivatives are taken [length], in [0, L), shape (N, d).
        box_c: edge lengths [length], shape (d,).
        reach: largest distance of two particles in one term of the energy [length].
        seed: of the random directions.
        joined_p2: particles in one term at whatever distance, as bonds and angles are, shape (P, 2).

    Raises:
        ModelError: forces reach farther than can be, or are no smooth function of the positions.
    """
    search = _Search(forces, positions_nc, box_c, seed)
    step = search.best_step()
    adjacency = one_hop(positions_nc, box_c, reach * (1.0 + MARGIN) + 4.0 * step, joined_p2)
    painted, blocks_eab = _wide_enough(search, adjacency, step, reach)
    best = _least_wrong(search, painted, blocks_eab, step)
    if not best.error <= BAD * best.largest:
        raise ModelError(
            f"the forces of LAMMPS have no Hessian to speak of: differences disagree by {best.error:.3g}, "
            f"its largest element is {best.largest:.3g}; do forces jump at the cut-off, or depend on "
            "more than the positions?"
        )
    return Differences(
        best.matrix, best.error, painted.n_colours, painted.hops, search.calls, best.step
    )


@dataclass(frozen=True, eq=False)
class _Painted:
    """A graph of so many hops with a colour of each particle, shape (N,)."""

    hops: int
    graph: DependenceGraph
    colour_n: IntArray

    @property
    def n_colours(self) -> int:
        return int(self.colour_n.max()) + 1


def _wide_enough(
    search: _Search, adjacency: scipy.sparse.csr_array, step: float, reach: float
) -> tuple[_Painted, FloatArray]:
    """The graph that no force reaches beyond, and the blocks of its entries."""
    hops = search.hops(adjacency, step)
    while True:
        if hops > MOST_HOPS:
            raise ModelError(
                f"forces change more than {MOST_HOPS} times {reach:.4g}, the cut-off of LAMMPS's "
                "lists, away from what moved: this interaction has no sparse Hessian"
            )
        graph = dependence_graph(adjacency, hops)
        painted = _Painted(hops, graph, colours_of(graph))
        blocks_eab = search.blocks(painted, step)
        if blocks_eab is not None:
            return painted, blocks_eab
        hops += 1
        warnings.warn(
            f"a force changed that lies more than {hops - 1} times {reach:.4g} away from what moved: "
            f"the Hessian is taken again with {hops} times",
            UserWarning,
            stacklevel=5,
        )


def _least_wrong(
    search: _Search, painted: _Painted, blocks_eab: FloatArray, step: float
) -> _Measured:
    """The blocks; where they err by much, their extrapolation from two steps, or those of a shorter step."""
    graph = painted.graph
    best = search.judged(_Measured(graph, blocks_eab, step))
    if best.error <= GOOD * best.largest:
        return best
    longer_eab = search.blocks(painted, 2.0 * step)
    if longer_eab is not None:
        extrapolated_eab = (4.0 * blocks_eab - longer_eab) / 3.0
        best = min(best, search.judged(_Measured(graph, extrapolated_eab, step)), key=_error)
    for shorter in (step * ratio for ratio in SHORTER):
        if best.error <= GOOD * best.largest:
            break
        shorter_eab = search.blocks(painted, shorter)
        if shorter_eab is not None:
            best = min(best, search.judged(_Measured(graph, shorter_eab, shorter)), key=_error)
    return best


def _error(measured: _Measured) -> float:
    return measured.error


def _balance(blocks_abp: FloatArray, bonds: HalfBonds) -> None:
    """Change blocks as little as makes the sum of each row symmetric, as its own block has to be.

    Only antisymmetric parts count: the matrix is then symmetric and translation-invariant to rounding.
    """
    incidence = bonds.incidence(signed=True)
    laplacian = (incidence @ incidence.T).tocsr()
    rounding = EPSILON * float(np.abs(blocks_abp).max()) * np.sqrt(incidence.nnz)
    for a, b in zip(*np.triu_indices(len(blocks_abp), k=1), strict=True):
        antisymmetric_p = 0.5 * (blocks_abp[a, b] - blocks_abp[b, a])
        # Below the rounding of the sums there is no solution, and conjugate gradients go astray.
        potential_n, _ = scipy.sparse.linalg.cg(
            laplacian, incidence @ antisymmetric_p, rtol=0.0, atol=rounding
        )
        change_p = incidence.T @ potential_n
        blocks_abp[a, b] -= change_p
        blocks_abp[b, a] += change_p


class _Search:
    """Forces near one configuration, counted."""

    def __init__(self, forces: Forces, positions_nc: FloatArray, box_c: FloatArray, seed: int):
        self._forces, self._x_nc = forces, positions_nc
        n, d = positions_nc.shape
        self._spacing = float((np.prod(box_c) / n) ** (1.0 / d))
        self._generator = np.random.default_rng(seed)
        self.calls = 0
        self._at_rest_nc = self._at(np.zeros_like(positions_nc))

    def best_step(self) -> float:
        """The step at which the derivative along a random direction changes least with the step [length]."""
        direction_nc = self._direction()
        derivatives = [self._along(direction_nc, s * self._spacing) for s in STEPS]
        # The median leaves out particles whose forces are not smooth.
        changes = [float(np.median(np.abs(a - b))) for a, b in pairwise(derivatives)]
        return STEPS[int(np.argmin(changes)) + 1] * self._spacing

    def hops(self, adjacency: scipy.sparse.csr_array, step: float) -> int:
        """Hops to the farthest force that changes when a particle moves alone.

        Raises:
            ModelError: a force changes to which there is no way.
        """
        chosen = self._generator.choice(len(self._x_nc), min(MOVED_ALONE, len(self._x_nc)), False)
        most = 1
        for particle in chosen.tolist():
            shift_nc = np.zeros_like(self._x_nc)
            shift_nc[particle] = step
            changed = (self._at(shift_nc) != self._at_rest_nc).any(axis=1)
            hops_n = hops_to(adjacency, particle)[changed]
            if (hops_n < 0).any():
                raise ModelError(
                    "a particle changes forces on others to which no chain of particles leads: this "
                    "interaction has no sparse Hessian"
                )
            most = max(most, int(hops_n.max(initial=0)))
        return most

    def blocks(self, painted: _Painted, step: float) -> FloatArray | None:
        """-∂F/∂x of every entry, shape (E, d, d); None if a force changed that no entry stands for."""
        graph, colour_n = painted.graph, painted.colour_n
        n, d = self._x_nc.shape
        blocks_eab = np.empty((graph.n_entries, d, d))
        by_colour, starts = group(colour_n[graph.columns], painted.n_colours)
        for colour, (low, high) in enumerate(pairwise(starts)):
            entries = by_colour[low:high]
            feeling = graph.rows[entries]
            others = np.ones(n, dtype=bool)
            others[feeling] = False
            for b in range(d):
                shift_nc = np.zeros((n, d))
                shift_nc[colour_n == colour, b] = step
                ahead_nc, behind_nc = self._at(shift_nc), self._at(-shift_nc)
                if (ahead_nc[others] != self._at_rest_nc[others]).any():
                    return None
                blocks_eab[entries, :, b] = (behind_nc - ahead_nc)[feeling] / (2.0 * step)
        return blocks_eab

    def judged(self, measured: _Measured) -> _Measured:
        """The same, whose error knows of the derivative along a random direction with another step."""
        direction_nc = self._direction()
        product_nc = (measured.matrix @ direction_nc.ravel()).reshape(direction_nc.shape)
        missing_nc = product_nc + self._along(direction_nc, 0.7 * measured.step)
        measured.count_discrepancy(np.abs(missing_nc).max(axis=1))
        return measured

    def _direction(self) -> FloatArray:
        """A random direction of length 1 in each component of each particle, about."""
        return self._generator.normal(size=self._x_nc.shape)

    def _along(self, direction_nc: FloatArray, step: float) -> FloatArray:
        """∂F along a direction [energy/length²], (N, d)."""
        shift_nc = step * direction_nc
        return (self._at(shift_nc) - self._at(-shift_nc)) / (2.0 * step)

    def _at(self, shift_nc: FloatArray) -> FloatArray:
        self.calls += 1
        return self._forces(self._x_nc + shift_nc)
