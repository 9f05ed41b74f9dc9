"""The energy along a mode to fourth order: U(s) = U + λ s²/2 + τ s³/6 + χ s⁴/24 at x + s π̂.

The derivatives are contractions of the energy's derivative tensors with the mode, such as
τ = ∂³U/∂x∂x∂x ⋮ π̂π̂π̂, and analytic: a distance along the mode is r(s)² = |r + s u|², so that with
q = r²/2 every function of it is composed of q′ = r·u and q″ = u·u alone. For the use of λ, τ and χ see
Kapteijns, Richard and Lerner, Phys. Rev. E 101, 032130 (2020),
https://doi.org/10.1103/PhysRevE.101.032130.

Array suffixes: m mode, n particle, p pair, h half-bond, t triplet, c Cartesian component, k order of
the derivative with respect to s.
"""

from __future__ import annotations

from math import comb

import numpy as np
import pandas as pd

from lmpmeso.arrays import FloatArray
from lmpmeso.configurations import Configuration
from lmpmeso.errors import ConfigurationError
from lmpmeso.files.tables import with_units
from lmpmeso.hessians.embedding import Densities, densities, summed
from lmpmeso.hessians.from_lammps import lammps_forces_at
from lmpmeso.hessians.half_bonds import HalfBonds, half_bonds
from lmpmeso.hessians.neighbours import InteractingPairs, interacting_pairs
from lmpmeso.hessians.three_body import triplet_blocks
from lmpmeso.models import GlassModel, get_model
from lmpmeso.models.potentials import StillingerWeberThreeBody

ORDER = 4
LARGEST_MOVE = 2e-3
"""Displacement of the particle that moves most, between two points on a mode, in units of (V/N)^(1/d)."""
STENCILS = np.array(
    [
        [0, 0, 0, 1, 0, 0, 0],
        np.array([-1, 9, -45, 0, 45, -9, 1]) / 60,
        np.array([2, -27, 270, -490, 270, -27, 2]) / 180,
        np.array([1, -8, 13, 0, -13, 8, -1]) / 8,
    ]
)
"""Value and derivatives from seven values at equal distances, Fornberg, Math. Comput. 51, 699 (1988)."""


def energy_along_modes(
    structure: Configuration, model: GlassModel | str, vectors_mnc: FloatArray
) -> pd.DataFrame:
    """First to fourth derivative of the energy along each mode.

    By differences of the forces where the interactions are LAMMPS's. Otherwise pairs count that interact
    at s = 0. Where a model's derivatives jump at its cut-off (the third of
    ``ss``, the second of ``mblj``, the first of ``ka``), U(s) has them on one side of each jump only.

    Args:
        structure: an inherent structure.
        model: its potential.
        vectors_mnc: modes π̂ [1], shape (m, N, d), of length 1 over all components.

    Returns:
        A row a mode: slope dU/ds [energy/length], stiffness λ [energy/length²], cubic τ
        [energy/length³], quartic χ [energy/length⁴].

    Raises:
        ConfigurationError: the modes are not of this structure.
    """
    model = get_model(model)
    if vectors_mnc.ndim != 3 or vectors_mnc.shape[1:] != structure.positions_nc.shape:
        raise ConfigurationError(
            f"modes of this structure have shape (m, {structure.n_particles}, "
            f"{structure.dimension}), got {vectors_mnc.shape}"
        )
    if model.lammps is not None:
        return _table(_differences(structure, model, vectors_mnc))
    pairs = interacting_pairs(structure, model)
    species = structure.species
    phi_kp = np.array(
        model.pair_derivatives(
            pairs.distances_p, species[pairs.i], species[pairs.j], ORDER, pairs.size_p
        )
    )
    derivatives_mk = np.empty((len(vectors_mnc), ORDER + 1))
    for derivatives_k, vectors_nc in zip(derivatives_mk, vectors_mnc, strict=True):
        u_pc = vectors_nc[pairs.j] - vectors_nc[pairs.i]
        derivatives_k[:] = _along(phi_kp, pairs.vectors_pc, u_pc).sum(axis=1)
    if model.embedding is not None:
        found = densities(pairs, species, model.embedding, ORDER)
        for derivatives_k, vectors_nc in zip(derivatives_mk, vectors_mnc, strict=True):
            derivatives_k += _embedding(found, pairs, vectors_nc)
    if model.three_body is not None:
        bonds = half_bonds(pairs.i, pairs.j, structure.n_particles)
        for derivatives_k, vectors_nc in zip(derivatives_mk, vectors_mnc, strict=True):
            derivatives_k += _three_body(pairs, bonds, model.three_body, vectors_nc)
    return _table(derivatives_mk[:, 1:])


def _table(derivatives_mk: FloatArray) -> pd.DataFrame:
    """U′ to U⁗ as columns."""
    units = {
        "slope": "energy/length",
        "stiffness": "energy/length^2",
        "cubic": "energy/length^3",
        "quartic": "energy/length^4",
    }
    return with_units(pd.DataFrame(derivatives_mk, columns=[*units]), units)


def _differences(
    structure: Configuration, model: GlassModel, vectors_mnc: FloatArray
) -> FloatArray:
    """U′ to U⁗ along each mode from slopes at seven points on it, shape (m, 4)."""
    spacing = structure.density ** (-1.0 / structure.dimension)
    derivatives_mk = np.empty((len(vectors_mnc), ORDER))
    for derivatives_k, vectors_nc in zip(derivatives_mk, vectors_mnc, strict=True):
        h = LARGEST_MOVE * spacing / float(np.sqrt((vectors_nc**2).sum(axis=1).max()))
        slopes = [
            -np.vdot(lammps_forces_at(structure, model, k * h * vectors_nc), vectors_nc)
            for k in range(-3, 4)
        ]
        derivatives_k[:] = (STENCILS @ slopes) / h ** np.arange(ORDER)
    return derivatives_mk


def _along(f_kp: FloatArray, r_pc: FloatArray, u_pc: FloatArray) -> FloatArray:
    """Derivatives of f(|r + s u|) at s = 0 from those of f(r), shape (5, P).

    With ψ_k the k-th derivative with respect to q = r²/2, the operator (1/r) d/dr applied k times.
    """
    w2_p = 1.0 / np.einsum("pc,pc->p", r_pc, r_pc)
    w_p = np.sqrt(w2_p)
    q1_p, q2_p = np.einsum("pc,pc->p", r_pc, u_pc), np.einsum("pc,pc->p", u_pc, u_pc)
    f0, f1, f2, f3, f4 = f_kp
    psi1 = f1 * w_p
    psi2 = (f2 - psi1) * w2_p
    psi3 = (f3 * w_p - 3.0 * psi2) * w2_p
    psi4 = (f4 * w2_p - 6.0 * psi3 - 3.0 * psi2 * w2_p) * w2_p
    return np.array(
        [
            f0,
            psi1 * q1_p,
            psi2 * q1_p**2 + psi1 * q2_p,
            psi3 * q1_p**3 + 3.0 * psi2 * q1_p * q2_p,
            psi4 * q1_p**4 + 6.0 * psi3 * q1_p**2 * q2_p + 3.0 * psi2 * q2_p**2,
        ]
    )


def _embedding(found: Densities, pairs: InteractingPairs, vectors_nc: FloatArray) -> FloatArray:
    """Derivatives of Σ_i F_i(ρ_i) along one mode, by the rule of Faà di Bruno, shape (5,)."""
    u_pc, r_pc = vectors_nc[found.j] - vectors_nc[found.i], pairs.vectors_pc[found.near]
    n = len(vectors_nc)
    rho = np.zeros((ORDER + 1, n))
    for end, rho_kp in ((found.i, found.at_i_kp), (found.j, found.at_j_kp)):
        for rho_n, along_p in zip(rho, _along(rho_kp, r_pc, u_pc), strict=True):
            rho_n += summed(end, along_p, n)
    _, r1, r2, r3, r4 = rho
    f0, f1, f2, f3, f4 = found.energies_kn
    return np.array(
        [
            f0,
            f1 * r1,
            f2 * r1**2 + f1 * r2,
            f3 * r1**3 + 3.0 * f2 * r1 * r2 + f1 * r3,
            f4 * r1**4 + 6.0 * f3 * r1**2 * r2 + f2 * (4.0 * r1 * r3 + 3.0 * r2**2) + f1 * r4,
        ]
    ).sum(axis=1)


def _three_body(
    pairs: InteractingPairs,
    bonds: HalfBonds,
    term: StillingerWeberThreeBody,
    vectors_nc: FloatArray,
) -> FloatArray:
    """Derivatives of Σ λε (c - c0)² g(r1) g(r2) along one mode, c = r1·r2/(|r1||r2|), shape (5,)."""
    u_pc = vectors_nc[pairs.j] - vectors_nc[pairs.i]
    g_kp = np.array(term.radial(pairs.distances_p, ORDER))
    inverse_kp = np.array(
        [(-1.0) ** k * np.prod(range(1, k + 1)) / pairs.distances_p ** (k + 1) for k in range(5)]
    )
    g_kh = _along(g_kp, pairs.vectors_pc, u_pc)[:, bonds.pair]
    inverse_kh = _along(inverse_kp, pairs.vectors_pc, u_pc)[:, bonds.pair]
    signs_h = bonds.signs[:, None]
    r_hc, u_hc = pairs.vectors_pc[bonds.pair] * signs_h, u_pc[bonds.pair] * signs_h
    total_k = np.zeros(ORDER + 1)
    for block in triplet_blocks(bonds.starts):
        once = block.first < block.second
        one, two = block.first[once], block.second[once]
        dot_kt = np.zeros((ORDER + 1, len(one)))
        dot_kt[0] = np.einsum("tc,tc->t", r_hc[one], r_hc[two])
        dot_kt[1] = np.einsum("tc,tc->t", r_hc[one], u_hc[two])
        dot_kt[1] += np.einsum("tc,tc->t", u_hc[one], r_hc[two])
        dot_kt[2] = 2.0 * np.einsum("tc,tc->t", u_hc[one], u_hc[two])
        delta_kt = _product(_product(dot_kt, inverse_kh[:, one]), inverse_kh[:, two])
        delta_kt[0] -= term.cos_theta0
        radial_kt = _product(g_kh[:, one], g_kh[:, two])
        total_k += _product(_product(delta_kt, delta_kt), radial_kt).sum(axis=1)
    return term.strength * term.epsilon * total_k


def _product(a_kt: FloatArray, b_kt: FloatArray) -> FloatArray:
    """Derivatives of a product by Leibniz's rule, shape (5, T)."""
    return np.array(
        [sum(comb(k, m) * a_kt[m] * b_kt[k - m] for m in range(k + 1)) for k in range(len(a_kt))]
    )
