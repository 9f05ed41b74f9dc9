"""Numerical twins of the analytic derivatives, by central differences.

They share nothing with the sparse assembly: pairs are found by looking at all of them, energies are
plain sums, and every derivative is taken one coordinate or one strain component at a time. For
small systems.

Array suffixes: n particle, p pair, a b c d Cartesian components.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lmpmeso.arrays import FloatArray, IntArray
from lmpmeso.configurations import Configuration
from lmpmeso.hessians.evaluation import bond_gradient, evaluate
from lmpmeso.hessians.half_bonds import half_bonds
from lmpmeso.hessians.neighbours import InteractingPairs
from lmpmeso.models import GlassModel
from lmpmeso.models.embedded_atom import EmbeddedAtom

MARGIN = 1.01
"""Pairs up to this many cut-offs are followed, so that a small deformation brings in no new ones."""


def potential_energy(
    configuration: Configuration, model: GlassModel, gamma_cc: FloatArray | None = None
) -> float:
    """U after x → (1 + γ) x, particles and box, as a plain sum over pairs and triplets [energy].

    Args:
        configuration: particles in an orthogonal periodic box.
        model: the potential.
        gamma_cc: small displacement gradient with any components, shape (d, d); None for none.
            Bond vectors are deformed, so a sheared box needs no triclinic images.
    """
    pairs = _deformed(_all_pairs(configuration, model), gamma_cc)
    species = configuration.species
    (phi_p,) = model.pair_derivatives(
        pairs.distances_p, species[pairs.i], species[pairs.j], order=0
    )
    energy = float(phi_p.sum())
    if model.embedding is not None:
        energy += _embedding_energy(pairs, species, model.embedding)
    if model.three_body is not None:
        n_pc = pairs.vectors_pc / pairs.distances_p[:, None]
        (g_p,) = model.three_body.radial(pairs.distances_p, order=0)
        strength = model.three_body.strength * model.three_body.epsilon
        for centre in range(configuration.n_particles):
            out, back = pairs.i == centre, pairs.j == centre
            n_hc, g_h = (
                np.concatenate([n_pc[out], -n_pc[back]]),
                np.concatenate([g_p[out], g_p[back]]),
            )
            u_hh = (
                strength * (n_hc @ n_hc.T - model.three_body.cos_theta0) ** 2 * np.outer(g_h, g_h)
            )
            energy += float(np.triu(u_hh, k=1).sum())
    return energy


def _embedding_energy(pairs: InteractingPairs, species: IntArray, term: EmbeddedAtom) -> float:
    """Σ_i F_i(ρ_i), the density summed particle by particle over all pairs."""
    rho_n = np.zeros(len(species))
    for here, there in ((pairs.i, pairs.j), (pairs.j, pairs.i)):
        (rho_p,) = term.densities(pairs.distances_p, species[there], species[here], order=0)
        np.add.at(rho_n, here, np.where(pairs.distances_p < term.density_cutoff, rho_p, 0.0))
    return float(term.energies(rho_n, species, order=0).sum())


def numerical_forces(
    configuration: Configuration, model: GlassModel, step: float = 1e-5
) -> FloatArray:
    """-∂U/∂x from energies [energy/length], shape (N, d)."""

    def energy_at(positions_nc: FloatArray) -> float:
        return potential_energy(configuration.with_positions(positions_nc), model)

    gradient = _derivative(energy_at, configuration.positions_nc, step)
    return -gradient.reshape(configuration.positions_nc.shape)


def numerical_hessian(
    configuration: Configuration, model: GlassModel, step: float = 1e-6
) -> FloatArray:
    """∂²U/∂x∂x from analytic forces [energy/length²], dense, shape (dN, dN)."""

    def gradient_at(positions_nc: FloatArray) -> FloatArray:
        return -evaluate(configuration.with_positions(positions_nc), model).forces_nc.ravel()

    return _derivative(gradient_at, configuration.positions_nc, step).T


def numerical_stress(
    configuration: Configuration, model: GlassModel, step: float = 1e-6
) -> FloatArray:
    """(1/V) ∂U/∂γ from energies of deformed systems [energy/length^d], shape (d, d)."""
    d = configuration.dimension
    derivative = _derivative(
        lambda gamma_cc: potential_energy(configuration, model, gamma_cc), np.zeros((d, d)), step
    )
    return derivative.reshape(d, d) / configuration.volume


def numerical_born(
    configuration: Configuration, model: GlassModel, step: float = 1e-6
) -> FloatArray:
    """∂²U/∂γ_ab∂γ_cd from the analytic ∂U/∂γ of deformed systems [energy], shape (d, d, d, d)."""
    d, pairs = configuration.dimension, _all_pairs(configuration, model)
    species = configuration.species
    bonds = half_bonds(pairs.i, pairs.j, len(species))

    def strain_gradient_at(gamma_cc: FloatArray) -> FloatArray:
        _, gradient_cp, _ = bond_gradient(_deformed(pairs, gamma_cc), bonds, species, model)
        return gradient_cp @ pairs.vectors_pc

    return _derivative(strain_gradient_at, np.zeros((d, d)), step).reshape(d, d, d, d)


def numerical_strain_coupling(
    configuration: Configuration, model: GlassModel, step: float = 1e-6
) -> FloatArray:
    """Ξ = ∂²U/∂x∂γ from analytic forces in deformed systems [energy/length], shape (N, d, d, d)."""
    d, pairs = configuration.dimension, _all_pairs(configuration, model)
    species = configuration.species
    bonds = half_bonds(pairs.i, pairs.j, len(species))

    def gradient_at(gamma_cc: FloatArray) -> FloatArray:
        _, gradient_cp, _ = bond_gradient(_deformed(pairs, gamma_cc), bonds, species, model)
        return bonds.incidence(signed=True) @ gradient_cp.T

    by_strain = _derivative(gradient_at, np.zeros((d, d)), step).reshape(d, d, -1, d)
    return by_strain.transpose(2, 3, 0, 1)


def _derivative(
    function: Callable[[FloatArray], float | FloatArray], at: FloatArray, step: float
) -> FloatArray:
    """Central differences of a function of an array, shape (at.size, …)."""
    result = []
    for index in np.ndindex(at.shape):
        displacement = np.zeros_like(at)
        displacement[index] = step
        forward, backward = function(at + displacement), function(at - displacement)
        result.append((forward - backward) / (2.0 * step))
    return np.array(result)


def _all_pairs(configuration: Configuration, model: GlassModel) -> InteractingPairs:
    """Every pair closer than the largest cut-off with a margin, found by looking at all pairs."""
    x_nc = configuration.positions_nc
    i, j = np.triu_indices(len(x_nc), k=1)
    vectors_pc = x_nc[j] - x_nc[i]
    vectors_pc -= configuration.box_c * np.round(vectors_pc / configuration.box_c)
    distances_p = np.linalg.norm(vectors_pc, axis=1)
    close = distances_p < MARGIN * model.max_cutoff
    return InteractingPairs(i[close], j[close], vectors_pc[close], distances_p[close])


def _deformed(pairs: InteractingPairs, gamma_cc: FloatArray | None) -> InteractingPairs:
    """The same pairs with bond vectors (1 + γ) r."""
    if gamma_cc is None:
        return pairs
    vectors_pc = pairs.vectors_pc + pairs.vectors_pc @ gamma_cc.T
    return InteractingPairs(pairs.i, pairs.j, vectors_pc, np.linalg.norm(vectors_pc, axis=1))
