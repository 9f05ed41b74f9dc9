"""Whether a configuration is so near a minimum that no path downhill leaves it, and that minimum.

Array suffixes: n particle, c Cartesian component.
"""

from __future__ import annotations

import math

import numpy as np

from lmpmeso.configurations import Configuration, InherentStructure
from lmpmeso.elasticity.factor import HessianFactor, factorise
from lmpmeso.elasticity.polish import newton_polish
from lmpmeso.errors import ConvergenceError
from lmpmeso.hessians import evaluate, hessian
from lmpmeso.models import GlassModel

CONTRACTION = 0.1
"""Each step must be shorter than this part of the one before, in the norm of the Hessian."""
MOST_STEPS = 15


def minimum_of_region(
    configuration: Configuration, model: GlassModel, tolerance: float = 1e-10
) -> InherentStructure:
    """The minimum of the quadratic region that a configuration lies in, in the exact potential.

    Simplified Newton steps x → x + M₀⁻¹ f with the Hessian M₀ of the configuration, lengths in the norm
    √(s·M₀·s). If the first two contract by a tenth, M₀⁻¹M changes by a fifth at most along the first step, so
    that M is positive definite far beyond it (Newton-Kantorovich in affine-invariant form: P. Deuflhard,
    Newton Methods for Nonlinear Problems, Springer 2004, Theorem 2.5). Steepest descent stays where U is below
    its start, and so ends in the same minimum.

    Args:
        configuration: positions on their way down.
        model: the exact potential.
        tolerance: largest force on a particle to reach [energy/length].

    Raises:
        UnstableStructureError: the Hessian is not positive definite here.
        ConvergenceError: the configuration is not in the quadratic region of a minimum.
    """
    factor = factorise(hessian(configuration, model))
    end = contracted(configuration, model, factor, tolerance)
    return newton_polish(end, model, tolerance, factor=factor)


def contracted(
    configuration: Configuration, model: GlassModel, factor: HessianFactor, tolerance: float
) -> Configuration:
    """Where simplified Newton steps with a given factor end.

    Raises:
        ConvergenceError: they do not contract by a tenth each.
    """
    current, last = configuration, math.inf
    for step in range(MOST_STEPS):
        here = evaluate(current, model)
        if here.max_force <= tolerance:
            return current
        step_nc = factor.solve(here.forces_nc.ravel()).reshape(here.forces_nc.shape)
        size = math.sqrt(max(float(np.vdot(step_nc, here.forces_nc)), 0.0))
        if size > CONTRACTION * last:
            raise ConvergenceError(
                f"{configuration.source}: step {step + 1} with one Hessian is {size / last:.2g} of the one "
                f"before (at most {CONTRACTION:g} is accepted): not in the quadratic region of a minimum"
            )
        current, last = current.with_positions(current.positions_nc + step_nc), size
    raise ConvergenceError(
        f"{configuration.source}: {MOST_STEPS} steps with one Hessian left a force of "
        f"{here.max_force:.3g}, not {tolerance:g}"
    )
