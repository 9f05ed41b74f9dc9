"""How stiff a glass is at each particle, by several definitions.

Array suffixes: n particle, c and t Cartesian components.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, get_args

import numpy as np

from lmpmeso.arrays import FloatArray
from lmpmeso.elasticity.analysis import GlassAnalysis
from lmpmeso.elasticity.factor import HessianFactor
from lmpmeso.elasticity.kappa_field import kappa_field
from lmpmeso.errors import ConfigurationError

LocalStiffness = Literal["arithmetic", "geometric", "harmonic", "softest", "debye-waller"]
LOCAL_STIFFNESSES: tuple[LocalStiffness, ...] = get_args(LocalStiffness)
"""Means of the κ_ij of a particle and the softest of them; and what holds the particle itself."""


def local_stiffness(
    found: GlassAnalysis, definitions: Iterable[LocalStiffness] = LOCAL_STIFFNESSES
) -> dict[str, FloatArray]:
    """The stiffness of each particle by each definition [energy/length²], shape (N,).

    Raises:
        ConfigurationError: there is no such definition, or the analysis is of a sample of pairs.
    """
    fields: dict[str, FloatArray] = {}
    for name in definitions:
        if name not in LOCAL_STIFFNESSES:
            raise ConfigurationError(
                f"local stiffness must be one of {LOCAL_STIFFNESSES}, got {name!r}"
            )
        if name == "debye-waller":
            fields[name] = debye_waller_stiffness(found.factor)
        elif name == "arithmetic":
            fields[name] = found.field
        else:
            fields[name] = kappa_field(found.bonds, found.hessian.n_particles, name)
    return fields


def debye_waller_stiffness(factor: HessianFactor) -> FloatArray:
    """1/tr(M⁻¹)_nn of each particle [energy/length²], shape (N,); translations of the whole are taken out.

    In the harmonic approximation ⟨u_n²⟩ = T tr(M⁻¹)_nn: this is T over the particle's mean squared
    displacement about the minimum, its Debye-Waller factor.

    Raises:
        ResourceError: the selected inverse does not fit into the memory.
    """
    pairs = factor.plan.hessian.pairs
    n, d = factor.plan.hessian.n_particles, factor.plan.hessian.dimension
    inverse_ncc = factor.selected_inverse(pairs.i, pairs.j).inverse_ncc
    # M⁺ = P M_α⁻¹ P, where P takes the translations out.
    y_nct = factor.solve_with_spring(np.tile(np.eye(d), (n, 1))).reshape(n, d, d)
    trace_n = np.trace(inverse_ncc, axis1=1, axis2=2)
    trace_n = trace_n - 2.0 * np.trace(y_nct, axis1=1, axis2=2) / n
    return np.asarray(1.0 / (trace_n + np.trace(y_nct.sum(axis=0)) / n**2))
