"""Bond-orientational order: how well the surroundings of neighbouring particles agree.

Array suffixes: n particle, p bond, m component of an order parameter, c Cartesian component.
"""

from __future__ import annotations

import numpy as np
import scipy

from lmpmeso.arrays import ComplexArray, FloatArray, IntArray
from lmpmeso.configurations import Configuration
from lmpmeso.errors import ConfigurationError

MOST_NEIGHBOURS = {2: 16, 3: 36}
"""Nearest particles among which the neighbours are sought, by dimension."""


def solid_angle_neighbours(configuration: Configuration) -> tuple[IntArray, IntArray, FloatArray]:
    """The nearest particles whose solid angles together fill the sphere (the circle in 2D).

    A neighbour at distance r seen from a shell of radius R covers the solid angle 2π (1 - r/R), or
    the angle 2 arccos(r/R). The shell is the smallest one that is covered, so that there is no
    parameter: 12 neighbours in a close-packed crystal, 14 in a body-centred one, 6 in a triangular one.

    Source: van Meel, Filion, Valeriani and Frenkel, J. Chem. Phys. 136, 234107 (2012),
    doi:10.1063/1.4729313.

    Returns:
        Bonds sorted by first particle: the particle, its neighbour, the vector to it [length];
        shapes (P,), (P,), (P, d).

    Raises:
        ConfigurationError: the system is too small, or two particles are at one position.
    """
    d, n = configuration.dimension, configuration.n_particles
    wrapped_nc, box_c = configuration.wrapped_positions(), configuration.box_c
    most = MOST_NEIGHBOURS[d]
    if n <= most + 1:
        raise ConfigurationError(
            f"{configuration.source}: {n} particles are too few for bond order, which looks at the "
            f"{most} nearest of each"
        )
    distances, found = map(
        np.asarray, scipy.spatial.cKDTree(wrapped_nc, boxsize=box_c).query(wrapped_nc, k=most + 2)
    )
    r, shell = distances[:, 1:-1], distances[:, 2:]
    if not np.all(r[:, 0] > 0):
        raise ConfigurationError(f"{configuration.source}: two particles are at the same position")
    enough = np.zeros(r.shape, dtype=bool)
    for m in range(d, most):
        ratio = r[:, : m + 1] / shell[:, m, None]
        covered = (
            (1.0 - ratio).sum(axis=1) / 2.0 if d == 3 else np.arccos(ratio).sum(axis=1) / np.pi
        )
        enough[:, m] = covered >= 1.0
    # Particles at the rim of a void may find no closed shell: they keep all that were looked at.
    count = np.where(enough.any(axis=1), enough.argmax(axis=1) + 1, most)
    within = np.arange(most) < count[:, None]
    i = np.repeat(np.arange(n), count)
    j = found[:, 1:-1][within]
    vectors_pc = wrapped_nc[j] - wrapped_nc[i]
    vectors_pc -= box_c * np.rint(vectors_pc / box_c)
    return i, j, vectors_pc


def bond_coherence(configuration: Configuration, order: int) -> FloatArray:
    """Mean correlation of the bond-orientational order of each particle with its neighbours'.

    s_n = mean over neighbours j of Re q_n·q_j* / (|q_n| |q_j|), where q_n has the components
    mean over bonds of Y_lm (3D) or of exp(i l θ) (2D). It is 1 in a perfect crystal, whatever its
    orientation and kind (if l is a symmetry), and small in a liquid. Neighbours are those of
    `solid_angle_neighbours`.

    Source: ten Wolde, Ruiz-Montero and Frenkel, J. Chem. Phys. 104, 9932 (1996),
    doi:10.1063/1.471721.

    Args:
        configuration: particles in 2D or 3D.
        order: l.

    Returns:
        s_n, between -1 and 1, shape (N,).

    Raises:
        ConfigurationError: as of `solid_angle_neighbours`.
    """
    i, j, vectors_pc = solid_angle_neighbours(configuration)
    order_nm = bond_orientation(i, vectors_pc, configuration.n_particles, order)
    size_n = np.sqrt((np.abs(order_nm) ** 2).sum(axis=1))
    order_nm /= np.maximum(size_n, np.finfo(float).tiny)[:, None]
    s_p = np.einsum("pm,pm->p", order_nm[i], order_nm[j].conj()).real
    return np.bincount(i, s_p) / np.bincount(i)


def bond_orientation(
    i: IntArray, vectors_pc: FloatArray, n_particles: int, order: int
) -> ComplexArray:
    """q_nm of order l: mean over the bonds of each particle, of which it has one at least, of Y_lm or exp(i l θ).

    Bonds go from particle i, shape (P,), along ``vectors_pc`` [length], shape (P, d). The result has the
    shape (N, 2 l + 1) in 3D, (N, 1) in 2D.
    """
    azimuth_p = np.arctan2(vectors_pc[:, 1], vectors_pc[:, 0])
    if vectors_pc.shape[1] == 2:
        harmonics_mp = np.exp(1j * order * azimuth_p)[None]
    else:
        polar_p = np.arccos(np.clip(vectors_pc[:, 2] / np.linalg.norm(vectors_pc, axis=1), -1, 1))
        m = np.arange(-order, order + 1)[:, None]
        harmonics_mp = scipy.special.sph_harm_y(order, m, polar_p, azimuth_p)
    bonds = scipy.sparse.csr_array((np.ones(len(i)), (i, np.arange(len(i)))), (n_particles, len(i)))
    means_nm: ComplexArray = np.asarray(bonds @ harmonics_mp.T)
    means_nm /= np.bincount(i, minlength=n_particles)[:, None]
    return means_nm
