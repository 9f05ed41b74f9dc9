"""Energy, forces and stress of a configuration, and all its second derivatives, from one pass.

Array suffixes: n particle, p pair, a b c d Cartesian components.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from lmpmeso.arrays import FloatArray, IntArray
from lmpmeso.configurations import Configuration, ConfigurationLike, as_configuration
from lmpmeso.hessians.assembly import block_matrix, sum_equal_pairs, with_blocks
from lmpmeso.hessians.dipole_pairs import dipole_pairs
from lmpmeso.hessians.embedding import embedding_hessian, embedding_terms
from lmpmeso.hessians.from_lammps import lammps_evaluation, lammps_hessian
from lmpmeso.hessians.half_bonds import HalfBonds, half_bonds
from lmpmeso.hessians.neighbours import InteractingPairs, interacting_pairs
from lmpmeso.hessians.pair_terms import pair_gradient, pair_stiffness
from lmpmeso.hessians.strain_differences import strain_derivatives
from lmpmeso.hessians.three_body import three_body_hessian, three_body_terms
from lmpmeso.models import GlassModel, get_model


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Potential energy of a configuration and its first derivatives.

    Attributes:
        energy: potential energy U, extensive [energy].
        forces_nc: -∂U/∂x [energy/length], shape (N, d).
        stress_cc: σ_ab = (1/V) ∂U/∂γ_ab for the homogeneous displacement gradient x → (1 + γ) x
            [energy/length^d], shape (d, d); the virial part, no kinetic term.
        volume: V [length^d].
        contact_force_rms: root mean square of φ′, with what an embedding adds to it, over the interacting
            pairs [energy/length]; for a model given as LAMMPS commands see
            :func:`~lmpmeso.hessians.from_lammps.lammps_evaluation`.
        pairs: the pairs whose κ is asked for: the interacting ones, if the model does not say otherwise.
    """

    energy: float
    forces_nc: FloatArray
    stress_cc: FloatArray
    volume: float
    contact_force_rms: float
    pairs: InteractingPairs

    def __repr__(self) -> str:
        """One line: what it is, not its arrays."""
        return (
            f"<{type(self).__name__}: {self.n_particles} particles, {self.pairs.n_pairs} interacting pairs, "
            f"U/N = {self.energy / self.n_particles:.9g}, pressure {self.pressure:.6g}, largest force "
            f"{self.max_force:.2g}>"
        )

    @property
    def n_particles(self) -> int:
        """Number of particles N."""
        return self.forces_nc.shape[0]

    @property
    def dimension(self) -> int:
        """Spatial dimension d."""
        return self.forces_nc.shape[1]

    @property
    def pressure(self) -> float:
        """-tr σ / d [energy/length^d], virial part."""
        return -float(np.trace(self.stress_cc)) / self.dimension

    @property
    def max_force(self) -> float:
        """Largest force on a particle [energy/length]."""
        return float(np.sqrt((self.forces_nc**2).sum(axis=1).max()))

    @property
    def evidence(self) -> dict[str, float]:
        """What an inherent structure keeps of it: energy, largest force, rms contact force."""
        return {
            "energy": self.energy,
            "max_force": self.max_force,
            "contact_force_rms": self.contact_force_rms,
        }


@dataclass(frozen=True, eq=False, repr=False)
class Hessian(Evaluation):
    """An :class:`Evaluation` with all second derivatives in positions and strain.

    The modulus of the strain γ_ab at a minimum is
    ``(born_cccc[a, b, a, b] - Ξ_ab · M⁻¹ · Ξ_ab) / volume``.

    Attributes:
        matrix: M = ∂²U/∂x∂x [energy/length²], (dN, dN), d × d blocks in BSR storage with sorted
            indices, particles in the configuration's order; exactly symmetric.
        born_cccc: ∂²U/∂γ_ab∂γ_cd, extensive [energy], shape (d, d, d, d).
        strain_coupling_nccc: Ξ[n, c, a, b] = ∂²U/∂x_nc∂γ_ab [energy/length], shape (N, d, d, d);
            minus the force that appears when the strain is applied.
        positions_nc: positions in [0, L) that the derivatives were taken at [length], shape (N, d).
        box_c: edge lengths L [length], shape (d,).
        error: what an element of the matrix may be wrong by [energy/length²]; 0 for closed forms.
        masses_n: masses [energy·time²/length²], shape (N,); None where all are 1.
    """

    matrix: scipy.sparse.bsr_array
    born_cccc: FloatArray
    strain_coupling_nccc: FloatArray
    positions_nc: FloatArray
    box_c: FloatArray
    error: float = 0.0
    masses_n: FloatArray | None = None


def evaluate(configuration: ConfigurationLike, model: GlassModel | str) -> Evaluation:
    """Energy, forces and stress of any configuration, without second derivatives.

    Args:
        configuration: particles in an orthogonal periodic box, or the path of their file.
        model: the potential.

    Raises:
        ConfigurationError: see :func:`lmpmeso.hessians.neighbours.interacting_pairs`.
    """
    model = get_model(model)
    configuration = as_configuration(configuration, model)
    if model.lammps is not None:
        return Evaluation(**lammps_evaluation(configuration, model))
    pairs = interacting_pairs(configuration, model)
    bonds = half_bonds(pairs.i, pairs.j, configuration.n_particles)
    energy, gradient_cp, phi1_p = bond_gradient(pairs, bonds, configuration.species, model)
    first = _first_derivatives(configuration, pairs, bonds, gradient_cp, phi1_p)
    first["pairs"] = dipole_pairs(configuration, model, pairs)
    return Evaluation(energy=energy, **first)


def bond_gradient(
    pairs: InteractingPairs, bonds: HalfBonds, species: IntArray, model: GlassModel
) -> tuple[float, FloatArray, FloatArray]:
    """Energy of the given bonds and its gradient; pairs beyond their cut-off add nothing.

    Returns:
        U [energy]; ∂U/∂r_p [energy/length], shape (d, P); φ′ of the pair potential, with what an
        embedding adds to it [energy/length], shape (P,).
    """
    phi_p, phi1_p = model.pair_derivatives(
        pairs.distances_p, species[pairs.i], species[pairs.j], 1, pairs.size_p
    )
    energy = float(phi_p.sum())
    if model.embedding is not None:
        embedded = embedding_terms(pairs, species, model.embedding)
        energy += embedded.energy
        phi1_p = phi1_p + embedded.slope_p
    gradient_cp = pair_gradient(pairs, phi1_p)
    if model.three_body is not None:
        terms = three_body_terms(pairs, bonds, model.three_body)
        energy += terms.energy
        gradient_cp += terms.gradient_cp
    return energy, gradient_cp, phi1_p


def hessian(configuration: ConfigurationLike, model: GlassModel | str) -> Hessian:
    """Hessian, Born term, strain coupling, forces, stress and energy of any configuration.

    The energy is a function of the bond vectors r_p = x_j - x_i alone. With its gradient g_p and
    second derivatives K_pq: stress = Σ g_p r_p / V, X_p = Σ_q K_pq r_q, Born term = Σ r_p X_p, and
    forces, Hessian and Ξ are g, K and X carried from bonds to particles.

    Args:
        configuration: particles in an orthogonal periodic box, or the path of their file; a minimum or not.
        model: the potential.

    Raises:
        ConfigurationError: see :func:`lmpmeso.hessians.neighbours.interacting_pairs`.
    """
    model = get_model(model)
    configuration = as_configuration(configuration, model)
    if model.lammps is not None:
        return Hessian(
            **lammps_hessian(configuration, model), masses_n=_masses(configuration, model)
        )
    pairs = interacting_pairs(configuration, model)
    n_particles, species = configuration.n_particles, configuration.species
    bonds = half_bonds(pairs.i, pairs.j, n_particles)
    phi_p, phi1_p, phi2_p = model.pair_derivatives(
        pairs.distances_p, species[pairs.i], species[pairs.j], 2, pairs.size_p
    )
    energy = float(phi_p.sum())
    many_body: list[ManyBody] = []
    if model.embedding is not None:
        embedded = embedding_hessian(pairs, species, model.embedding)
        energy += embedded.energy
        phi1_p, phi2_p = phi1_p + embedded.slope_p, phi2_p + embedded.curvature_p
        many_body.append(
            ManyBody(embedded.strain_gradient_cabp, embedded.i, embedded.j, embedded.blocks_abb)
        )
    gradient_cp = pair_gradient(pairs, phi1_p)
    if model.three_body is not None:
        terms = three_body_hessian(pairs, bonds, model.three_body)
        energy += terms.energy
        gradient_cp += terms.gradient_cp
        many_body.append(
            ManyBody(terms.strain_gradient_cabp, terms.j, terms.k, terms.ends_abt, terms.bonded_abp)
        )
    stiffness_abp = pair_stiffness(pairs, phi1_p, phi2_p)
    matrix = _assemble(pairs, bonds, stiffness_abp, many_body)
    born_cccc, coupling_nccc = _strain_derivatives(pairs, bonds, stiffness_abp, many_body)
    first = _first_derivatives(configuration, pairs, bonds, gradient_cp, phi1_p)
    dipoles = first["pairs"] = dipole_pairs(configuration, model, pairs)
    shortest_ss = pairs.cutoffs_ss * (0.0 if model.sizes else 1.0)
    inside = dipoles is pairs or bool((dipoles.cutoffs_ss <= shortest_ss).all())
    return Hessian(
        energy=energy,
        **first,
        matrix=matrix if inside else with_blocks(matrix, dipoles.i, dipoles.j),
        born_cccc=born_cccc,
        strain_coupling_nccc=coupling_nccc,
        positions_nc=configuration.wrapped_positions(),
        box_c=configuration.box_c,
        masses_n=_masses(configuration, model),
    )


def _masses(configuration: Configuration, model: GlassModel) -> FloatArray | None:
    """Masses in units in which λ = ω² [energy·time²/length²]; None where all are 1."""
    masses = model.masses * model.units_style.mass_energy
    return None if (masses == 1.0).all() else masses[configuration.species]


def born_term(configuration: Configuration, model: GlassModel) -> FloatArray:
    """∂²U/∂γ∂γ alone, as a :class:`Hessian` has it, extensive [energy], shape (d, d, d, d).

    Raises:
        ConfigurationError: see :func:`hessian`.
    """
    if model.lammps is not None:
        return strain_derivatives(configuration, model).born_cccc
    return hessian(configuration, model).born_cccc


@dataclass(frozen=True, eq=False)
class ManyBody:
    """Second derivatives of a term of the energy between different bonds.

    Attributes:
        strain_gradient_cabp: its part of X, shape (d, d, d, P).
        i, j: pairs of particles i < j that need not interact, shape (B,).
        blocks_abb: ∂²U/∂x_i∂x_j of these, shape (d, d, B).
        bonded_abp: further blocks, of the interacting pairs, shape (d, d, P).
    """

    strain_gradient_cabp: FloatArray
    i: IntArray
    j: IntArray
    blocks_abb: FloatArray
    bonded_abp: FloatArray | None = None


def _assemble(
    pairs: InteractingPairs,
    bonds: HalfBonds,
    stiffness_abp: FloatArray,
    many_body: Sequence[ManyBody],
) -> scipy.sparse.bsr_array:
    """The sparse Hessian from the stiffness of each bond and the terms between bonds."""
    pair_abp = -stiffness_abp
    if not many_body:
        return block_matrix(bonds, pair_abp, symmetric_blocks=True)
    for term in many_body:
        if term.bonded_abp is not None:
            pair_abp += term.bonded_abp
    n_particles = len(bonds.starts) - 1
    i, j, blocks_abp = sum_equal_pairs(
        np.concatenate([pairs.i, *(term.i for term in many_body)]),
        np.concatenate([pairs.j, *(term.j for term in many_body)]),
        np.concatenate([pair_abp, *(term.blocks_abb for term in many_body)], axis=-1),
        n_particles,
    )
    return block_matrix(half_bonds(i, j, n_particles), blocks_abp, symmetric_blocks=False)


def _strain_derivatives(
    pairs: InteractingPairs,
    bonds: HalfBonds,
    stiffness_abp: FloatArray,
    many_body: Sequence[ManyBody],
) -> tuple[FloatArray, FloatArray]:
    """Born term Σ_p r_p X_p and strain coupling Ξ from X_p = Σ_q K_pq r_q, one component at a time."""
    r_cp = pairs.vectors_pc.T
    d, n_particles = len(r_cp), len(bonds.starts) - 1
    born_cccc, coupling_nccc = np.empty((d,) * 4), np.empty((n_particles, d, d, d))
    incidence = bonds.incidence(signed=True)
    for c, a, b in np.ndindex(d, d, d):
        x_p = stiffness_abp[c, a] * r_cp[b]
        for term in many_body:
            x_p += term.strain_gradient_cabp[c, a, b]
        born_cccc[c, :, a, b] = r_cp @ x_p
        coupling_nccc[:, c, a, b] = incidence @ x_p
    return born_cccc, coupling_nccc


def _first_derivatives(
    configuration: Configuration,
    pairs: InteractingPairs,
    bonds: HalfBonds,
    gradient_cp: FloatArray,
    phi1_p: FloatArray,
) -> dict[str, Any]:
    """What an evaluation holds beside the energy, from its gradient in the bonds."""
    return {
        "forces_nc": -(bonds.incidence(signed=True) @ gradient_cp.T),
        "stress_cc": gradient_cp @ pairs.vectors_pc / configuration.volume,
        "volume": configuration.volume,
        "contact_force_rms": float(np.sqrt(np.mean(phi1_p**2))) if len(phi1_p) else 0.0,
    }
