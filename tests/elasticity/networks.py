"""Made-up spring networks and the committed glasses, with dense algebra as the oracle."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import cKDTree

from lmpmeso.configurations import Configuration, read_configuration
from lmpmeso.hessians import Hessian, InteractingPairs, hessian
from lmpmeso.models import get_model

FloatArray = NDArray[np.float64]
DATA = Path(__file__).resolve().parents[1] / "data"


@cache
def committed_glass(name: str) -> Configuration:
    """The inherent structure of a model in tests/data."""
    return read_configuration(DATA / f"{name}.glass.dump.gz", get_model(name))


@cache
def glass_hessian(name: str) -> Hessian:
    """Its Hessian."""
    return hessian(committed_glass(name), get_model(name))


def block_matrix(
    i: NDArray[np.int64], j: NDArray[np.int64], blocks_pcc: FloatArray, n_particles: int
) -> sparse.bsr_array:
    """Translation-invariant matrix with the given blocks (i, j) off its diagonal."""
    d = blocks_pcc.shape[1]
    own = np.arange(n_particles)
    diagonal_ncc = np.zeros((n_particles, d, d))
    np.subtract.at(diagonal_ncc, i, blocks_pcc)
    np.subtract.at(diagonal_ncc, j, blocks_pcc.transpose(0, 2, 1))
    rows, columns = np.concatenate([i, j, own]), np.concatenate([j, i, own])
    blocks = np.concatenate([blocks_pcc, blocks_pcc.transpose(0, 2, 1), diagonal_ncc])
    order = np.lexsort((columns, rows))
    starts = np.searchsorted(rows[order], np.arange(n_particles + 1))
    shape = (d * n_particles, d * n_particles)
    return sparse.bsr_array((blocks[order], columns[order], starts), shape=shape)


def spring_network(
    n_particles: int, dimension: int, n_neighbours: float, seed: int, aspect: float = 1.0
) -> Hessian:
    """Hessian of springs of random stiffness between random points of a periodic box.

    Each spring also resists sideways, so that a connected network has no zero modes beside the
    translations; particles without a neighbour within reach are joined to the nearest.
    """
    rng = np.random.default_rng(seed)
    edge = n_particles ** (1 / dimension)
    box_c = np.full(dimension, edge)
    box_c[0] *= aspect
    box_c[-1] /= aspect
    positions_nc = rng.random((n_particles, dimension)) * box_c
    ball = {2: np.pi, 3: 4 * np.pi / 3}[dimension]
    reach = min((n_neighbours / ball) ** (1 / dimension), 0.49 * box_c.min())
    tree = cKDTree(positions_nc, boxsize=box_c)
    pairs = tree.query_pairs(reach, output_type="ndarray")
    chain = np.stack([np.arange(n_particles - 1), np.arange(1, n_particles)], axis=1)
    by_x = np.argsort(positions_nc[:, 0])
    pairs = np.unique(np.sort(np.concatenate([pairs, by_x[chain]]), axis=1), axis=0)
    i, j = pairs.T
    vectors_pc = positions_nc[j] - positions_nc[i]
    vectors_pc -= box_c * np.round(vectors_pc / box_c)
    distances_p = np.linalg.norm(vectors_pc, axis=1)
    normals_pc = vectors_pc / distances_p[:, None]
    along = rng.lognormal(2.0, 1.0, len(i))
    sideways = 0.1 * along * rng.random(len(i)) + 0.1
    outer = normals_pc[:, :, None] * normals_pc[:, None, :]
    blocks_pcc = along[:, None, None] * outer + sideways[:, None, None] * (
        np.eye(dimension) - outer
    )
    return Hessian(
        energy=0.0,
        forces_nc=np.zeros((n_particles, dimension)),
        stress_cc=np.zeros((dimension, dimension)),
        volume=float(box_c.prod()),
        contact_force_rms=1.0,
        pairs=InteractingPairs(i, j, vectors_pc, distances_p),
        matrix=block_matrix(i, j, -blocks_pcc, n_particles),
        born_cccc=np.zeros((dimension,) * 4),
        strain_coupling_nccc=np.zeros((n_particles, dimension, dimension, dimension)),
        positions_nc=positions_nc,
        box_c=box_c,
    )


def pseudo_inverse(hess: Hessian) -> FloatArray:
    """M⁺ by dense diagonalisation, the d translations left out by hand."""
    eigenvalues, vectors = np.linalg.eigh(hess.matrix.toarray())
    order = np.argsort(np.abs(eigenvalues))[hess.dimension :]
    kept = vectors[:, order]
    return (kept / eigenvalues[order]) @ kept.T


def dense_kappa(hess: Hessian) -> FloatArray:
    """κ_ij of all interacting pairs from the definition, with M⁺."""
    n, d = hess.n_particles, hess.dimension
    pairs = hess.pairs
    dipoles = np.zeros((pairs.n_pairs, n, d))
    normals_pc = pairs.vectors_pc / pairs.distances_p[:, None] / np.sqrt(2.0)
    row = np.arange(pairs.n_pairs)
    dipoles[row, pairs.j] = normals_pc
    dipoles[row, pairs.i] = -normals_pc
    d_hat = dipoles.reshape(pairs.n_pairs, -1)
    z = d_hat @ pseudo_inverse(hess)
    return (d_hat * z).sum(axis=1) / (z * z).sum(axis=1)
