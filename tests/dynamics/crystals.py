"""Perfect and thermally disturbed crystals."""

import numpy as np
from scipy.spatial import cKDTree

from lmpmeso.configurations import configuration_from_arrays

FCC = np.array([[0, 0, 0], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]])
DIAMOND = np.concatenate([FCC, FCC + 0.25])
BCC = np.array([[0, 0, 0], [0.5, 0.5, 0.5]])
RECTANGLE = np.array([[0, 0], [0.5, 0.5]])

LATTICES = {
    "fcc": (FCC, (1, 1, 1)),
    "diamond": (DIAMOND, (1, 1, 1)),
    "CsCl": (BCC, (1, 1, 1)),
    "triangular": (RECTANGLE, (1, np.sqrt(3))),
    "square": (np.zeros((1, 2)), (1, 1)),
}
"""Basis and edge lengths of the cell."""


def crystal(kind, cells, density, noise=0.0, seed=0, species=0):
    """A crystal whose particles are displaced by ``noise`` nearest-neighbour distances (rms)."""
    basis, edges_c = LATTICES[kind]
    d = basis.shape[1]
    grid = np.stack(np.meshgrid(*[np.arange(n) for n in cells], indexing="ij"), axis=-1)
    positions = (grid.reshape(-1, 1, d) + basis).reshape(-1, d) * edges_c
    box_c = np.array(cells) * edges_c
    scale = (len(positions) / density / np.prod(box_c)) ** (1 / d)
    positions, box_c = positions * scale, box_c * scale
    nearest = cKDTree(positions % box_c, boxsize=box_c).query(positions[0] % box_c, k=2)[0][1]
    rng = np.random.default_rng(seed)
    positions = positions + rng.normal(0.0, noise * nearest, positions.shape) / np.sqrt(d)
    if kind == "CsCl":
        species = np.tile([0, 1], len(positions) // 2) if species == "alternating" else species
    return configuration_from_arrays(positions, species, box_c)
