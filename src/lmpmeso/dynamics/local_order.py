"""What is around each particle: its Voronoi cell, its bond order, and how far its neighbours are.

Array suffixes: n particle, p pair, k radial function or vertex, c Cartesian component.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import scipy

from lmpmeso.arrays import FloatArray
from lmpmeso.configurations import Configuration
from lmpmeso.dynamics.bond_order import bond_orientation, solid_angle_neighbours
from lmpmeso.errors import ConfigurationError

MARGIN = 4.0
"""Particles this far beyond the faces of the box are copied to close the cells at its rim [a0]."""
CLOSED = 1e-6
"""The cells fill the box, but for this part of it."""
FIRST, LAST, WIDTH = 0.5, 2.5, 0.1
"""Radial functions are centred from FIRST to LAST, WIDTH apart, and are WIDTH wide [a0]."""
TAIL = 3.0
"""Beyond so many widths a radial function is 0: exp(−9)."""


def voronoi_volumes(configuration: Configuration) -> FloatArray:
    """Volume of the Voronoi cell of each particle in the periodic box [length^d], shape (N,).

    All particles count as points, of whatever size.

    Raises:
        ConfigurationError: the cells do not fill the box: a void, a small box, or two particles at one position.
    """
    x_nc, box_c = configuration.wrapped_positions(), configuration.box_c
    n, d = x_nc.shape
    margin = MARGIN * configuration.density ** (-1.0 / d)
    images = [x_nc]
    for shift in product((-1.0, 0.0, 1.0), repeat=d):
        if any(shift):
            moved_nc = x_nc + np.array(shift) * box_c
            near = np.all((moved_nc > -margin) & (moved_nc < box_c + margin), axis=1)
            images.append(moved_nc[near])
    cells = scipy.spatial.Voronoi(np.concatenate(images))
    corners = [cells.regions[region] for region in cells.point_region[:n]]
    if any(-1 in corner or len(corner) <= d for corner in corners):
        raise ConfigurationError(f"{configuration.source}: a Voronoi cell is open: a void?")
    volume_n = np.array(
        [scipy.spatial.ConvexHull(cells.vertices[corner]).volume for corner in corners]
    )
    if abs(volume_n.sum() / box_c.prod() - 1.0) > CLOSED:
        raise ConfigurationError(
            f"{configuration.source}: the Voronoi cells do not fill the box: a void, or a box too small"
        )
    return volume_n


def bond_order(configuration: Configuration, order: int = 6) -> FloatArray:
    """Size of the bond-orientational order of each particle, shape (N,); 1 at most.

    q_l = √(4π/(2l + 1) Σ_m |q_lm|²) in 3D (Steinhardt, Nelson and Ronchetti, doi:10.1103/PhysRevB.28.784), |ψ_l| in 2D;
    neighbours are those of `solid_angle_neighbours`.

    Raises:
        ConfigurationError: as there.
    """
    i, _, vectors_pc = solid_angle_neighbours(configuration)
    order_nm = bond_orientation(i, vectors_pc, configuration.n_particles, order)
    square_n = (np.abs(order_nm) ** 2).sum(axis=1)
    if configuration.dimension == 3:
        square_n *= 4.0 * np.pi / (2 * order + 1)
    return np.sqrt(square_n)


def radial_functions(configuration: Configuration, n_species: int) -> FloatArray:
    """How many particles of each species are about each distance: Σ_j exp(−(r_nj − μ_k)²/w²), shape (N, S·K).

    Those of the first species come first, by increasing μ. Structure functions of Behler and Parrinello, as Cubuk et al.
    take them (doi:10.1103/PhysRevLett.114.108001); μ from 0.5 a0 to 2.5 a0 in steps of w = 0.1 a0.

    Raises:
        ConfigurationError: the box is too small for them.
    """
    a0 = configuration.density ** (-1.0 / configuration.dimension)
    centres_k = a0 * np.arange(FIRST, LAST + 0.5 * WIDTH, WIDTH)
    reach = centres_k[-1] + TAIL * WIDTH * a0
    x_nc, box_c, n = (
        configuration.wrapped_positions(),
        configuration.box_c,
        configuration.n_particles,
    )
    if 2.0 * reach > box_c.min():
        raise ConfigurationError(
            f"{configuration.source}: the box is narrower than {2.0 * reach:.3g}, twice the reach of the radial functions"
        )
    pairs = scipy.spatial.cKDTree(x_nc, boxsize=box_c).query_pairs(reach, output_type="ndarray")
    i, j = np.concatenate([pairs, pairs[:, ::-1]]).T
    apart_pc = x_nc[j] - x_nc[i]
    apart_pc -= box_c * np.rint(apart_pc / box_c)
    r_p = np.linalg.norm(apart_pc, axis=1)
    near_pk = np.exp(-(((r_p[:, None] - centres_k) / (WIDTH * a0)) ** 2))
    by_species = []
    for species in range(n_species):
        own = configuration.species[j] == species
        rows = (np.ones(int(own.sum())), (i[own], np.arange(int(own.sum()))))
        by_species.append(scipy.sparse.csr_array(rows, (n, int(own.sum()))) @ near_pk[own])
    return np.concatenate(by_species, axis=1)
