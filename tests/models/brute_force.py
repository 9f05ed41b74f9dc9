"""Potential energy of a configuration by plain sums over all pairs and triplets.

No neighbour lists, no shared code with :mod:`lmpmeso.hessians` but the potentials themselves.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lmpmeso.configurations import Configuration
from lmpmeso.models import GlassModel


def energy(
    configuration: Configuration, model: GlassModel, strain_cc: NDArray[np.float64] | None = None
) -> float:
    """U after the homogeneous displacement gradient x → (1 + γ) x [energy]."""
    x = configuration.positions_nc
    difference = x[None, :, :] - x[:, None, :]
    difference -= configuration.box_c * np.rint(difference / configuration.box_c)
    if strain_cc is not None:
        difference = difference + difference @ strain_cc.T
    distance = np.sqrt((difference**2).sum(axis=-1))
    i, j = np.triu_indices(len(x), k=1)
    species = configuration.species
    phi = model.pair_derivatives(distance[i, j], species[i], species[j], order=0)[0]
    return float(phi.sum()) + _three_body_energy(difference, distance, model)


def _three_body_energy(
    difference: NDArray[np.float64], distance: NDArray[np.float64], model: GlassModel
) -> float:
    """Σ_i Σ_{j<k} λ ε (cos θ_jik - cos θ0)² g_ij g_ik."""
    three = model.three_body
    if three is None:
        return 0.0
    total = 0.0
    for i in range(len(distance)):
        near = np.flatnonzero((distance[i] < three.cutoff) & (np.arange(len(distance)) != i))
        g = np.exp(three.gamma * three.sigma / (distance[i, near] - three.a * three.sigma))
        unit = difference[i, near] / distance[i, near, None]
        term = (unit @ unit.T - three.cos_theta0) ** 2 * np.outer(g, g)
        total += three.strength * three.epsilon * np.triu(term, k=1).sum()
    return float(total)


def stress(
    configuration: Configuration, model: GlassModel, step: float = 1e-5
) -> NDArray[np.float64]:
    """σ_ab = (1/V) ∂U/∂γ_ab by a five-point difference quotient [energy/length^d]."""
    d = configuration.dimension
    result = np.zeros((d, d))
    for a in range(d):
        for b in range(d):
            unit = np.zeros((d, d))
            unit[a, b] = step
            u = {k: energy(configuration, model, k * unit) for k in (-2, -1, 1, 2)}
            result[a, b] = (8 * (u[1] - u[-1]) - (u[2] - u[-2])) / (12 * step)
    return result / configuration.volume
