"""Vibrational modes of inherent structures: the softest by shift-invert, all of them when N is small.

Modes are those of the Hessian weighted with the masses, m^(-1/2) M m^(-1/2), so that an eigenvalue is a squared
frequency, λ = ω²; where all masses are 1 that is the Hessian itself. The d translations, whose eigenvalue is
zero, are left out everywhere.

Array suffixes: m mode, n particle, c Cartesian component.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy

from lmpmeso.arrays import FloatArray
from lmpmeso.backend import LapackBackend
from lmpmeso.configurations import ConfigurationLike
from lmpmeso.elasticity.factor import HessianFactor, factor_of, require_memory
from lmpmeso.elasticity.minimum import hessian_at_minimum
from lmpmeso.errors import ConfigurationError, UnstableStructureError
from lmpmeso.hessians import Hessian
from lmpmeso.models import GlassModel, get_model


@dataclass(frozen=True, eq=False)
class Modes:
    """Eigenmodes of a Hessian, softest first, without the translations.

    Attributes:
        eigenvalues: λ = ω² [1/time²], increasing, shape (m,); [energy/length²] where all masses are 1.
        vectors_mnc: normalised eigenvectors, shape (m, N, d): displacements times the root of the mass.
    """

    eigenvalues: FloatArray
    vectors_mnc: FloatArray

    def __repr__(self) -> str:
        """One line: how many and how soft, not their arrays."""
        count, n_particles, _ = self.vectors_mnc.shape
        told = f"λ = {self.eigenvalues[0]:.6g} to {self.eigenvalues[-1]:.6g}, " if count else ""
        return f"<{type(self).__name__}: {count} modes, {told}{n_particles} particles>"

    @property
    def frequencies(self) -> FloatArray:
        """ω = √λ [1/time], shape (m,)."""
        return np.sqrt(self.eigenvalues)

    @property
    def participation_ratios(self) -> FloatArray:
        """From 1/N (one particle moves) to 1 (all move alike), shape (m,).

        (Σ_n |ψ_n|²)² / (N Σ_n |ψ_n|⁴).
        """
        weight_mn = (self.vectors_mnc**2).sum(axis=2)
        n_particles = weight_mn.shape[1]
        return weight_mn.sum(axis=1) ** 2 / (n_particles * (weight_mn**2).sum(axis=1))


def lowest_modes(
    structure_or_hessian: ConfigurationLike | Hessian,
    model: GlassModel | str | None = None,
    n_modes: int = 10,
    factor: HessianFactor | None = None,
    seed: int = 0,
) -> Modes:
    """The softest modes, by Lanczos iteration with the factorised Hessian (shift-invert about 0).

    M⁺ has the eigenvalues 1/λ, the largest first to converge, and takes the translations to zero.

    Args:
        structure_or_hessian: an inherent structure, or its Hessian.
        model: the model of the structure; needed unless a Hessian is given.
        n_modes: how many modes beside the translations.
        factor: factor of the Hessian where there is one already.
        seed: of the start vector.

    Raises:
        UnstableStructureError: not at a minimum, or not a stable one.
        ConfigurationError: so many modes cannot be had in this way (use :func:`all_modes`).
    """
    model = None if model is None else get_model(model)
    hessian = hessian_at_minimum(structure_or_hessian, model)
    n_rows = hessian.matrix.shape[0]
    if not 1 <= n_modes < n_rows - hessian.dimension:
        raise ConfigurationError(
            f"n_modes must lie between 1 and {n_rows - hessian.dimension - 1}, got {n_modes}; "
            "all_modes gives the whole spectrum"
        )
    solve = _weighted_solve(hessian, factor_of(hessian, factor).solve)
    inverse = scipy.sparse.linalg.LinearOperator((n_rows, n_rows), matvec=solve, dtype=np.float64)
    start = np.random.default_rng(seed).normal(size=n_rows)
    _, vectors = scipy.sparse.linalg.eigsh(inverse, k=n_modes, which="LA", v0=start)
    # The quotient with M itself is exact to the square of the vector's error.
    eigenvalues = np.einsum("km,km->m", vectors, _weighted_product(hessian, vectors))
    order = np.argsort(eigenvalues)
    return Modes(eigenvalues[order], _by_particle(vectors[:, order], hessian))


def stiffness_along(modes: Modes, hessian: Hessian) -> FloatArray:
    """u·M·u of the normalised displacements u of modes [energy/length²], shape (m,): λ where all masses are 1."""
    roots = _roots(hessian)
    if roots is None:
        return modes.eigenvalues
    displacements = modes.vectors_mnc.reshape(len(modes.eigenvalues), -1) / roots
    displacements /= np.linalg.norm(displacements, axis=1, keepdims=True)
    return np.einsum("mk,km->m", displacements, hessian.matrix @ displacements.T)


def all_modes(
    structure_or_hessian: ConfigurationLike | Hessian, model: GlassModel | str | None = None
) -> Modes:
    """The whole spectrum beside the translations, by dense diagonalisation: for some 2000 particles.

    Args:
        structure_or_hessian: an inherent structure, or its Hessian.
        model: the model of the structure; needed unless a Hessian is given.

    Raises:
        UnstableStructureError: not at a minimum.
        ResourceError: the dense matrices do not fit into the memory.
    """
    model = None if model is None else get_model(model)
    hessian = hessian_at_minimum(structure_or_hessian, model)
    held = _translations_on_top(hessian, n_matrices=5)
    eigenvalues, vectors = scipy.linalg.eigh(held, overwrite_a=True, check_finite=False)
    n_modes = len(eigenvalues) - hessian.dimension
    return Modes(eigenvalues[:n_modes], _by_particle(vectors[:, :n_modes], hessian))


def all_frequencies(
    structure_or_hessian: ConfigurationLike | Hessian, model: GlassModel | str | None = None
) -> FloatArray:
    """ω of all modes beside the translations, increasing [1/time], shape (m,).

    Args:
        structure_or_hessian: an inherent structure, or its Hessian.
        model: the model of the structure; needed unless a Hessian is given.

    Raises:
        UnstableStructureError: not at a minimum, or not at a stable one.
        ResourceError: the dense matrix does not fit into the memory.
    """
    model = None if model is None else get_model(model)
    hessian = hessian_at_minimum(structure_or_hessian, model)
    held = _translations_on_top(hessian, n_matrices=2)
    eigenvalues = scipy.linalg.eigh(held, eigvals_only=True, overwrite_a=True, check_finite=False)
    eigenvalues = eigenvalues[: len(eigenvalues) - hessian.dimension]
    if eigenvalues[0] <= 0.0:
        raise UnstableStructureError(
            f"no stable minimum: the lowest eigenvalue of the Hessian is {eigenvalues[0]:.3g}"
        )
    return np.sqrt(eigenvalues)


def debye_frequency(
    shear_modulus: float, bulk_modulus: float, density: float, dimension: int, mass: float = 1.0
) -> float:
    """ω_D of an isotropic solid [1/time], which has d modes a particle below it.

    From the speeds of sound c_T² = G/(ρm) and c_L² = (K + 2(d-1)/d G)/(ρm):
    ω_D³ = 18π² ρ/(2 c_T⁻³ + c_L⁻³) in three dimensions, ω_D² = 8π ρ/(c_T⁻² + c_L⁻²) in two.

    Args:
        shear_modulus: G [energy/length^d], positive.
        bulk_modulus: K [energy/length^d].
        density: ρ, particles in a volume [1/length^d].
        dimension: d.
        mass: mean mass m of a particle [energy·time²/length²].
    """
    d = dimension
    transverse = np.sqrt(shear_modulus / (density * mass))
    longitudinal = np.sqrt((bulk_modulus + 2.0 * (d - 1) / d * shear_modulus) / (density * mass))
    modes = {2: 8.0 * np.pi, 3: 18.0 * np.pi**2}[d] * density
    return float((modes / ((d - 1) * transverse**-d + longitudinal**-d)) ** (1.0 / d))


def _roots(hessian: Hessian) -> FloatArray | None:
    """√m of every component, shape (dN,); None where all masses are 1."""
    return None if hessian.masses_n is None else np.sqrt(hessian.masses_n).repeat(hessian.dimension)


def _weighted_product(hessian: Hessian, vectors: FloatArray) -> FloatArray:
    """m^(-1/2) M m^(-1/2) times columns, shape (dN, m)."""
    roots = _roots(hessian)
    if roots is None:
        return np.asarray(hessian.matrix @ vectors)
    return np.asarray(hessian.matrix @ (vectors / roots[:, None])) / roots[:, None]


def _weighted_solve(
    hessian: Hessian, solve: Callable[[FloatArray], FloatArray]
) -> Callable[[FloatArray], FloatArray]:
    """The pseudo-inverse of m^(-1/2) M m^(-1/2): zero on its translations, the vectors √m."""
    roots = _roots(hessian)
    if roots is None:
        return solve
    d = hessian.dimension
    shape = roots[::d] / np.linalg.norm(roots[::d])

    def without_translations(x: FloatArray) -> FloatArray:
        x_nc = x.reshape(-1, d)
        return (x_nc - np.outer(shape, shape @ x_nc)).ravel()

    def weighted(x: FloatArray) -> FloatArray:
        return without_translations(roots * solve(roots * without_translations(x)))

    return weighted


def _translations_on_top(hessian: Hessian, n_matrices: int) -> FloatArray:
    """The dense Hessian with the translations, whose eigenvalue is zero, lifted above the spectrum.

    Raises:
        ResourceError: so many matrices do not fit into the memory.
    """
    n_rows, d = hessian.matrix.shape[0], hessian.dimension
    require_memory(8 * n_matrices * n_rows**2, LapackBackend(), "the whole spectrum")
    held = hessian.matrix.toarray(order="F")
    roots = _roots(hessian)
    uniform: float | FloatArray = 1.0 / hessian.n_particles
    if roots is not None:
        held /= roots
        held /= roots[:, None]
        uniform = np.outer(roots[::d], roots[::d]) / (roots[::d] @ roots[::d])
    above_spectrum = 2.0 * float(np.abs(held).sum(axis=1).max())
    for c in range(d):
        held[c::d, c::d] += above_spectrum * uniform
    return held


def _by_particle(vectors: FloatArray, hessian: Hessian) -> FloatArray:
    """Columns of components as (mode, particle, component)."""
    return np.ascontiguousarray(vectors.T).reshape(-1, hessian.n_particles, hessian.dimension)


def density_of_states(modes: Modes, n_bins: int = 50) -> pd.DataFrame:
    """Vibrational density of states D(ω), normalised to one over the whole spectrum.

    Args:
        modes: all modes of a structure; see :func:`all_modes`.
        n_bins: bins of equal width between 0 and the highest frequency.

    Returns:
        Table with the columns omega (middle of the bin) [1/time], dos [time], and n_modes.
    """
    omega = modes.frequencies
    edges = np.linspace(0.0, float(omega.max()), n_bins + 1)
    n_modes, _ = np.histogram(omega, edges)
    dos = n_modes / (len(omega) * np.diff(edges))
    middle = 0.5 * (edges[1:] + edges[:-1])
    return pd.DataFrame({"omega": middle, "dos": dos, "n_modes": n_modes})
