"""Shear modulus, bulk modulus and elastic tensor of an inherent structure, by linear response.

Everything follows from the energy U(γ) of the structure under a homogeneous displacement gradient,
x → (1 + γ) x, with the particles relaxed at each γ:

    A_abcd = (1/V) d²U/dγ_ab dγ_cd = (1/V) (∂²U/∂γ_ab∂γ_cd - Ξ_ab · M⁻¹ · Ξ_cd),  Ξ_ab = ∂²U/∂x∂γ_ab.

The first term is the affine (Born) part, the second the non-affine one. An inherent structure
carries stress, so that A, the stress-strain coefficients and the thermodynamic constants differ;
:class:`ElasticTensor` names each. See docs/elasticity.md.

Array suffixes: n particle, c Cartesian component.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from lmpmeso.arrays import FloatArray
from lmpmeso.configurations import ConfigurationLike
from lmpmeso.elasticity.factor import HessianFactor, factor_of
from lmpmeso.elasticity.minimum import hessian_at_minimum
from lmpmeso.elasticity.strain_response import strain_response
from lmpmeso.errors import ConfigurationError
from lmpmeso.hessians import Hessian
from lmpmeso.models import GlassModel, get_model

PLANES = {2: {"xy": (0, 1)}, 3: {"xy": (0, 1), "xz": (0, 2), "yz": (1, 2)}}
"""Shear planes by dimension: name → (direction of displacement, direction of its gradient)."""
VOIGT = {2: ((0, 0), (1, 1), (0, 1)), 3: ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))}
"""Index pairs in Voigt's order: 11, 22, (33, 23, 13,) 12."""


@dataclass(frozen=True)
class ShearModulus:
    """The shear modulus G of Eq. A1, G = born - nonaffine.

    Each plane "ab" is the shear x → (1 + γ ê_a ⊗ ê_b) x: displacement along a that grows along b.
    In a stressed structure the shear "ba" gives G_ba = G_ab - (σ_bb - σ_aa), stress σ positive in
    tension; :meth:`ElasticTensor.shear_modulus` has both.

    Attributes:
        value: mean over planes [energy/length^d].
        born: affine part, mean over planes [energy/length^d].
        nonaffine: what relaxation takes off, mean over planes, positive [energy/length^d].
        planes: G of each plane: ``xy`` in 2D; ``xy``, ``xz``, ``yz`` in 3D.
        born_planes: affine part of each plane.
        nonaffine_planes: non-affine part of each plane.
        n_particles: N.
    """

    value: float
    born: float
    nonaffine: float
    planes: Mapping[str, float]
    born_planes: Mapping[str, float]
    nonaffine_planes: Mapping[str, float]
    n_particles: int

    @classmethod
    def of(cls, h: Hessian, response_nccc: FloatArray) -> Self:
        """From a Hessian and its response u to strain, shape (N, d, d, d) [length]."""
        planes = PLANES[h.dimension]
        born = {name: float(h.born_cccc[a, b, a, b]) / h.volume for name, (a, b) in planes.items()}
        coupling, u = h.strain_coupling_nccc, response_nccc
        nonaffine = {
            name: -float(np.vdot(coupling[:, :, a, b], u[:, :, a, b])) / h.volume
            for name, (a, b) in planes.items()
        }
        total = {name: born[name] - nonaffine[name] for name in planes}
        return cls(
            value=_mean(total),
            born=_mean(born),
            nonaffine=_mean(nonaffine),
            planes=total,
            born_planes=born,
            nonaffine_planes=nonaffine,
            n_particles=h.n_particles,
        )

    def __repr__(self) -> str:
        """One line with its planes."""
        planes = ", ".join(f"{name} {value:.6g}" for name, value in self.planes.items())
        return (
            f"<ShearModulus: {self.value:.6g} = {self.born:.6g} (Born) - {self.nonaffine:.6g} (non-affine); "
            f"planes {planes}; {self.n_particles} particles>"
        )


@dataclass(frozen=True)
class BulkModulus:
    """The bulk modulus K = -V dp/dV, K = affine - nonaffine.

    Attributes:
        value: with relaxation [energy/length^d].
        affine: without relaxation, the pressure term included [energy/length^d].
        nonaffine: what relaxation takes off, positive [energy/length^d].
        pressure: virial pressure p = -tr σ/d [energy/length^d].
        n_particles: N.
    """

    value: float
    affine: float
    nonaffine: float
    pressure: float
    n_particles: int

    @classmethod
    def of(cls, h: Hessian, response_nccc: FloatArray) -> Self:
        """From a Hessian and its response u to strain, shape (N, d, d, d) [length]."""
        d = h.dimension
        pressure = -float(np.trace(h.stress_cc)) / d
        coupling_nc, dilation_nc = (
            np.einsum("ncaa->nc", x) for x in (h.strain_coupling_nccc, response_nccc)
        )
        nonaffine = -float(np.vdot(coupling_nc, dilation_nc)) / (d**2 * h.volume)
        affine = float(np.einsum("aabb->", h.born_cccc)) / (d**2 * h.volume)
        affine += pressure * (d - 1) / d
        return cls(
            value=affine - nonaffine,
            affine=affine,
            nonaffine=nonaffine,
            pressure=pressure,
            n_particles=h.n_particles,
        )


@dataclass(frozen=True, eq=False)
class ElasticTensor:
    """Second derivatives of the energy with respect to deformation, relaxed and affine.

    Three tensors of different meaning are derived from one another with the stress σ (positive in
    tension), and agree where σ = 0 (Barron and Klein, Proc. Phys. Soc. 85, 523 (1965),
    https://doi.org/10.1088/0370-1328/85/3/313; Wallace, *Thermodynamics of Crystals* (1972)):

    - ``displacement_gradient``: A_abcd = (1/V) d²U/dγ_ab dγ_cd.
    - ``thermodynamic``: C_abcd = (1/V) d²U/dη_ab dη_cd = A_abcd - δ_ac σ_bd, η the Green strain.
    - ``stress_strain`` (Birch): B_abcd = dσ_ab/dε_cd = C_abcd - σ_ab δ_cd
      + (σ_ac δ_bd + σ_ad δ_bc + σ_bc δ_ad + σ_bd δ_ac)/2, what a stress-strain measurement gives.

    Attributes:
        relaxed_cccc: A with relaxation, shape (d, d, d, d) [energy/length^d].
        affine_cccc: A without relaxation (Born), shape (d, d, d, d) [energy/length^d].
        stress_cc: σ, shape (d, d) [energy/length^d].
        n_particles: N.
    """

    relaxed_cccc: FloatArray
    affine_cccc: FloatArray
    stress_cc: FloatArray
    n_particles: int

    @classmethod
    def of(cls, h: Hessian, response_nccc: FloatArray) -> Self:
        """From a Hessian and its response u to strain, shape (N, d, d, d) [length]."""
        relaxation = -np.tensordot(h.strain_coupling_nccc, response_nccc, ((0, 1), (0, 1)))
        relaxation = 0.5 * (relaxation + relaxation.transpose(2, 3, 0, 1))
        affine = h.born_cccc / h.volume
        return cls(
            relaxed_cccc=affine - relaxation / h.volume,
            affine_cccc=affine,
            stress_cc=h.stress_cc,
            n_particles=h.n_particles,
        )

    def __repr__(self) -> str:
        """One line: its moduli, not its arrays."""
        planes = PLANES[self.dimension].values()
        mean_shear = sum(self.shear_modulus(a, b) for a, b in planes) / len(planes)
        return (
            f"<ElasticTensor: G = {mean_shear:.6g}, K = {self.bulk_modulus():.6g}, pressure "
            f"{-np.trace(self.stress_cc) / self.dimension:.6g}; {self.n_particles} particles>"
        )

    @property
    def dimension(self) -> int:
        """Spatial dimension d."""
        return len(self.stress_cc)

    @property
    def pressure(self) -> float:
        """The virial pressure p = -tr σ/d [energy/length^d]."""
        return -float(np.trace(self.stress_cc)) / self.dimension

    def displacement_gradient(self, relaxed: bool = True) -> FloatArray:
        """A_abcd; only A_abcd = A_cdab holds, shape (d, d, d, d) [energy/length^d]."""
        return self.relaxed_cccc if relaxed else self.affine_cccc

    def thermodynamic(self, relaxed: bool = True) -> FloatArray:
        """C_abcd for the Green strain, with all symmetries, shape (d, d, d, d) [energy/length^d]."""
        unit = np.eye(self.dimension)
        return self.displacement_gradient(relaxed) - np.einsum("ac,bd->abcd", unit, self.stress_cc)

    def stress_strain(self, relaxed: bool = True) -> FloatArray:
        """Birch coefficients B_abcd = dσ_ab/dε_cd, shape (d, d, d, d) [energy/length^d].

        Symmetric in ab and in cd; B_abcd = B_cdab only where the stress is isotropic.
        """
        unit, stress = np.eye(self.dimension), self.stress_cc
        rotated = sum(
            np.einsum(f"{pair},{rest}->abcd", stress, unit)
            for pair, rest in (("ac", "bd"), ("ad", "bc"), ("bc", "ad"), ("bd", "ac"))
        )
        return self.thermodynamic(relaxed) + 0.5 * rotated - np.einsum("ab,cd->abcd", stress, unit)

    def shear_modulus(self, a: int, b: int, relaxed: bool = True) -> float:
        """G of x → (1 + γ ê_a ⊗ ê_b) x, Eq. A1: A_abab = B_abab + (σ_bb - σ_aa)/2."""
        return float(self.displacement_gradient(relaxed)[a, b, a, b])

    def bulk_modulus(self, relaxed: bool = True) -> float:
        """K = -V dp/dV = Σ_ab B_aabb / d² [energy/length^d]."""
        return float(np.einsum("aabb->", self.stress_strain(relaxed))) / self.dimension**2


def voigt(tensor_cccc: FloatArray) -> FloatArray:
    """A tensor with both minor symmetries as Voigt's matrix, order 11, 22, 33, 23, 13, 12.

    Args:
        tensor_cccc: shape (3, 3, 3, 3) or (2, 2, 2, 2).

    Returns:
        The matrix, shape (6, 6), or (3, 3) in 2D in the order 11, 22, 12. No factors of 2.

    Raises:
        ConfigurationError: the tensor lacks the minor symmetries (A of a stressed structure does).
    """
    t = np.asarray(tensor_cccc, dtype=np.float64)
    tolerance = 1e-6 * np.abs(t).max()
    asymmetry = max(
        np.abs(t - t.transpose(1, 0, 2, 3)).max(), np.abs(t - t.transpose(0, 1, 3, 2)).max()
    )
    if asymmetry > tolerance:
        raise ConfigurationError(
            f"Voigt's notation needs T_abcd = T_bacd = T_abdc, violated by {asymmetry:.3g}: use "
            "thermodynamic() or stress_strain(), not displacement_gradient(), of a stressed structure"
        )
    rows, columns = np.array(VOIGT[len(t)]).T
    return t[rows[:, None], columns[:, None], rows[None, :], columns[None, :]]


def shear_modulus(
    structure_or_hessian: ConfigurationLike | Hessian,
    model: GlassModel | str | None = None,
    factor: HessianFactor | None = None,
) -> ShearModulus:
    """The shear modulus of an inherent structure, Eq. A1, for every plane.

    Args:
        structure_or_hessian: the inherent structure, or its Hessian.
        model: the model; needed unless a Hessian is given.
        factor: the factor of that Hessian, when it is there already.

    Raises:
        UnstableStructureError: the structure is not a minimum.
        ConfigurationError: a structure without a model, or the factor of another structure.
    """
    return ShearModulus.of(*_strained(structure_or_hessian, model, factor))


def bulk_modulus(
    structure_or_hessian: ConfigurationLike | Hessian,
    model: GlassModel | str | None = None,
    factor: HessianFactor | None = None,
) -> BulkModulus:
    """The bulk modulus K = -V dp/dV = Σ_ab A_aabb/d² + p (d-1)/d of an inherent structure.

    Arguments and errors as for :func:`shear_modulus`.
    """
    return BulkModulus.of(*_strained(structure_or_hessian, model, factor))


def elastic_tensor(
    structure_or_hessian: ConfigurationLike | Hessian,
    model: GlassModel | str | None = None,
    factor: HessianFactor | None = None,
) -> ElasticTensor:
    """All elastic coefficients of an inherent structure, relaxed and affine.

    Arguments and errors as for :func:`shear_modulus`.
    """
    return ElasticTensor.of(*_strained(structure_or_hessian, model, factor))


def _strained(
    structure_or_hessian: ConfigurationLike | Hessian,
    model: GlassModel | str | None,
    factor: HessianFactor | None,
) -> tuple[Hessian, FloatArray]:
    """The Hessian at a minimum, and how its particles answer a strain."""
    h = hessian_at_minimum(structure_or_hessian, None if model is None else get_model(model))
    return h, strain_response(h, factor_of(h, factor).solve)


def unstable_to_shear(planes: Mapping[str, Any]) -> dict[str, Any]:
    """Of each plane whether its G, or each of many, is negative: only the box holds such a glass."""
    return {name: modulus < 0 for name, modulus in planes.items()}


def _mean(planes: Mapping[str, float]) -> float:
    return sum(planes.values()) / len(planes)
