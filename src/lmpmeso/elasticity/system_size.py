"""What a finite periodic box takes from dipole responses: the sound waves that do not fit into it.

At wavelengths far beyond the particle spacing a glass is a continuum, whose modes are sound waves of wave vectors q of
the reciprocal lattice of the box, with eigenvalues λ = C q² of the Hessian. About a pair one of polarisation e is a strain
e⊗q, which stretches it by T:e⊗q with all that relaxes around it (:mod:`~lmpmeso.elasticity.strain_response`); a unit dipole
overlaps with it by |d̂·ψ|² = (T:e⊗q)²/(2N). Averaged over directions, waves of all q add to d̂·M⁻²·d̂::

    1/(2N) [A_L/C_L² + A_T/C_T²] Σ'_q 1/q²,   C_L = (K + 2(d-1)/d G)/ρ,  C_T = G/ρ,

A_L and A_T the mean squares of T:q̂⊗q̂ and, summed over the transverse e, of T:e⊗q̂. The sum over q of the box and that of
another box differ by a finite number (:func:`wave_sum`): -2.837297/(4π L) V in a cube against infinite space, growing as
ln L in 2D. The derivation and its tests are in docs/kappa-size.md.

Array suffixes: p pair, k wave vector or image, c Cartesian component.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import scipy
from numpy.typing import ArrayLike

from lmpmeso.arrays import FloatArray
from lmpmeso.errors import ConfigurationError

REFERENCE_SIZE = 10_000
"""Particles of the square box to which κ of 2D glasses is brought; there is no limit of infinite size."""
SIZE_CORRECTED = {2: "kappa_reference", 3: "kappa_infinity"}
"""By dimension: the name of the mean κ at that size, and of an infinite glass."""
SHELLS = 4.0
"""Edges of the cube of the box's volume up to which the Ewald sums take images, and likewise wave vectors."""
LARGEST_STEP = 0.5
"""Part of κ that may be taken off. What is more is no small correction, and long waves alone do not tell it."""
TOO_LARGE = "more than half of κ is taken off, too much for a formula of long waves alone"
"""What is said then."""
NEEDED = ("kappa", "compliance", "stretch_longitudinal", "stretch_transverse")
"""Columns of pairs that tell κ in a larger system."""


def is_too_large(kappa: float, corrected: float) -> bool:
    """Whether the step from κ of the box to that of the larger system is no small correction; not where that is NaN."""
    return corrected < (1.0 - LARGEST_STEP) * kappa


def wave_sum(box_c: ArrayLike) -> float:
    """Σ' 1/q² over the wave vectors of a box without q = 0, minus the integral, over the volume [length^(2-d)].

    In 3D the integral is over all q. In 2D neither converges at large q; what is left out is the same for every box, so
    that differences between boxes count. Ewald sums, for any box with right angles.
    """
    box_c = np.asarray(box_c, dtype=np.float64)
    d, volume = len(box_c), float(np.prod(box_c))
    edge = volume ** (1.0 / d)
    width = edge**2 / (4.0 * np.pi)
    square_k = ((2.0 * np.pi * _lattice(box_c / edge) / box_c) ** 2).sum(axis=1)
    distance_k = np.sqrt(((_lattice(edge / box_c) * box_c) ** 2).sum(axis=1))
    waves = float((np.exp(-square_k * width) / square_k).sum()) / volume - width / volume
    if d == 2:
        images = float(scipy.special.exp1(distance_k**2 / (4.0 * width)).sum()) / (4.0 * np.pi)
        return waves + images + float(np.log(width)) / (4.0 * np.pi)
    images = float((scipy.special.erfc(distance_k / (2.0 * np.sqrt(width))) / distance_k).sum()) / (
        4.0 * np.pi
    )
    return waves + images - 2.0 / ((4.0 * np.pi) ** 1.5 * np.sqrt(width))


def _lattice(reach_c: FloatArray) -> FloatArray:
    """Vectors of integers but 0, up to SHELLS times some reach along each axis, shape (K, d)."""
    axes = [np.arange(-n, n + 1.0) for n in np.ceil(SHELLS * reach_c)]
    numbers_kc = np.stack([axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")], axis=1)
    return np.asarray(numbers_kc[np.any(numbers_kc != 0, axis=1)])


def kappa_of_larger_system(
    bonds: pd.DataFrame,
    n_particles: int,
    box_c: ArrayLike,
    bulk_modulus: float,
    shear_modulus: float,
    larger_box_c: ArrayLike | None = None,
) -> FloatArray:
    """κ_ij that the same pairs would have in a larger system: an infinite glass, unless a box is given.

    Args:
        bonds: kappa [energy/length²], compliance, d̂·M⁻¹·d̂ [length²/energy], and the mean square stretch by
            longitudinal and by transverse waves [length²] of pairs, as :func:`~lmpmeso.dipole_stiffness` gives them.
        n_particles: N of the glass.
        box_c: edges of its box [length].
        bulk_modulus: K of such glasses, their mean rather than that of the single one [energy/length^d].
        shear_modulus: their G, likewise.
        larger_box_c: edges of a larger box, as densely filled [length]. None for an infinite glass; in 2D, where there
            is none, for a square of :data:`REFERENCE_SIZE` particles.

    Returns:
        κ_ij [energy/length²], shape (P,). NaN where G or K + 2(d-1)/d G is not positive: such a solid carries no
        sound. NaN of pairs whose d̂·M⁻²·d̂ would not be positive: in a slender box the waves take more than they feel.

    Raises:
        ConfigurationError: a column is missing.
    """
    if missing := [name for name in NEEDED if name not in bonds]:
        raise ConfigurationError(
            f"the size of the system is taken out of {', '.join(NEEDED)}; {', '.join(missing)} missing"
        )
    box_c = np.asarray(box_c, dtype=np.float64)
    d, density = len(box_c), n_particles / float(np.prod(box_c))
    transverse = shear_modulus / density
    longitudinal = (bulk_modulus + 2.0 * (d - 1) / d * shear_modulus) / density
    if min(transverse, longitudinal) <= 0.0:
        return np.full(len(bonds), np.nan)
    more, share = -wave_sum(box_c), 1.0 / n_particles
    if larger_box_c is None and d == 2:
        larger_box_c = [np.sqrt(REFERENCE_SIZE / density)] * d
    if larger_box_c is not None:
        larger_c = np.asarray(larger_box_c, dtype=np.float64)
        more += wave_sum(larger_c)
        share -= 1.0 / (density * float(np.prod(larger_c)))
    kappa_p, compliance_p, longitudinal_p, transverse_p = (
        bonds[name].to_numpy() for name in NEEDED
    )
    square_p = longitudinal_p / longitudinal**2 + transverse_p / transverse**2
    norm_p = compliance_p / kappa_p + square_p / (2.0 * density) * more
    # Of the sum over q that gives d̂·M⁻¹·d̂, whose terms do not depend on |q|, the term of q = 0 is missing.
    larger_p = (
        compliance_p + 0.5 * (longitudinal_p / longitudinal + transverse_p / transverse) * share
    )
    return np.where(norm_p > 0.0, larger_p / np.where(norm_p > 0.0, norm_p, 1.0), np.nan)
