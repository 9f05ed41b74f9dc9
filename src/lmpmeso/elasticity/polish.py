"""Newton polish of a nearly quenched configuration to its inherent structure, without LAMMPS.

A minimiser that sees only forces ends with residual forces of 1e-6 to 1e-9, in whatever
interpolation of the potential it was given. A few Newton steps x → x + α M⁻¹ f in the exact
potential end at the round-off of the positions.

Array suffixes: n particle, c Cartesian component.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lmpmeso.arrays import FloatArray
from lmpmeso.configurations import (
    Configuration,
    ConfigurationLike,
    InherentStructure,
    as_configuration,
)
from lmpmeso.elasticity.factor import HessianFactor, factorise
from lmpmeso.elasticity.linear_response import LinearResponse, hand_on
from lmpmeso.errors import ConvergenceError, UnstableStructureError
from lmpmeso.hessians import Evaluation, Hessian, evaluate, hessian
from lmpmeso.models import GlassModel, get_model

LARGEST_DISPLACEMENT = 0.05
"""How far a particle may move in all, in units of the particle spacing (V/N)^(1/d)."""
LARGEST_STEP = 0.01
"""How far a particle may move in one step, in units of the particle spacing."""
CURVATURE = 0.5
"""A step is too long when the slope along it ends above this fraction of its initial descent."""
LINE_SEARCH_TRIALS = 25
ENERGY_ROUND_OFF = 1e-14
"""Relative error of a sum of pair energies."""


def newton_polish(
    configuration: ConfigurationLike,
    model: GlassModel | str,
    tolerance: float = 1e-10,
    max_iterations: int = 30,
    largest_displacement: float = LARGEST_DISPLACEMENT,
    factor: HessianFactor | None = None,
) -> InherentStructure:
    """Take a configuration that is nearly at a minimum to it, in the exact potential.

    Each step descends along M⁻¹ f with M positive definite, and a line search on the slope
    (the approximate Wolfe condition of Hager and Zhang, SIAM J. Optim. 16, 170 (2005),
    https://doi.org/10.1137/030601880, which stays exact where differences of energies drown in
    round-off) makes it short enough. The line search also breaks the cycles of plain Newton steps
    where φ″ jumps: two structures on either side of a pair's cut-off, each sending to the other.
    The Hessian is positive definite at every structure visited, and no particle moves further than
    ``largest_displacement``: the polish stays in the basin where it began. At the last structure the
    factor of the step before shows it where the Hessian has hardly changed, which it has not after
    a last step from small forces. What is known of the minimum is handed on to its analysis.

    Args:
        configuration: positions near a minimum, from LAMMPS's minimiser for instance; or the path of their file.
        model: the exact potential.
        tolerance: largest force on a particle to reach [energy/length].
        max_iterations: largest number of Newton steps.
        largest_displacement: how far a particle may move in all, in units of (V/N)^(1/d).
        factor: of a Hessian nearby, which saves an order of elimination.

    Returns:
        The inherent structure with its energy, residual force, contact force and number of Newton
        steps; what LAMMPS's minimiser reported is kept when an inherent structure is given.

    Raises:
        UnstableStructureError: the Hessian is not positive definite: a saddle or a liquid.
        ConvergenceError: the tolerance was not reached, or a particle would move too far.
    """
    model = get_model(model)
    configuration = as_configuration(configuration, model)
    spacing = configuration.density ** (-1.0 / configuration.dimension)
    start_nc = configuration.positions_nc
    current = configuration
    for iteration in range(max_iterations + 1):
        here = hessian(current, model)
        ended = here.max_force <= tolerance
        if ended and factor is not None and factor.keeps_definite(here):
            response = LinearResponse(here, plan=factor.plan.for_hessian(here))
        else:
            factor = _factorise_or_explain(here, factor, configuration, iteration)
            response = LinearResponse(here, factor=factor)
        if ended:
            structure = _inherent_structure(current, configuration, here, iteration)
            hand_on(structure, model, response)
            return structure
        if iteration == max_iterations:
            break
        step_nc = factor.solve(here.forces_nc.ravel()).reshape(here.forces_nc.shape)
        step_nc *= min(1.0, LARGEST_STEP * spacing / _longest(step_nc))
        current = _line_search(current, model, here, step_nc)
        displacement = _longest(current.positions_nc - start_nc) / spacing
        if displacement > largest_displacement:
            raise ConvergenceError(
                f"{configuration.source}: after {iteration + 1} Newton steps a particle has moved by "
                f"{displacement:.3g} particle spacings (at most {largest_displacement:g} is "
                "accepted) and may leave its basin: quench to smaller forces first"
            )
    raise ConvergenceError(
        f"{configuration.source}: {max_iterations} Newton steps left a force of "
        f"{here.max_force:.3g}, not {tolerance:g}; {_round_off_advice(current, here)}"
    )


def _factorise_or_explain(
    here: Hessian, last: HessianFactor | None, configuration: Configuration, iteration: int
) -> HessianFactor:
    """The factor, by the plan of the last one if it fits; where there is none, an error that says at which step."""
    try:
        if last is not None and last.plan.fits(here):
            return last.plan.for_hessian(here).factorise(last.backend)
        return factorise(here)
    except UnstableStructureError as error:
        if error.lowest_eigenvalue == 0.0:  # loose particles or parts: no quench would hold them
            raise UnstableStructureError(f"{configuration.source}: {error}", 0.0) from error
        raise UnstableStructureError(
            f"{configuration.source}: the Hessian is not positive definite after {iteration} Newton "
            f"steps (largest force {here.max_force:.3g}): the configuration is not near a minimum; "
            f"quench it to smaller forces first ({error})",
            error.lowest_eigenvalue,
        ) from error


def _line_search(
    current: Configuration, model: GlassModel, here: Hessian, step_nc: FloatArray
) -> Configuration:
    """The end of the longest acceptable part of a step."""
    descent = float(np.vdot(here.forces_nc, step_nc))
    energy_noise = ENERGY_ROUND_OFF * abs(here.energy)
    fraction = 1.0
    for _ in range(LINE_SEARCH_TRIALS):
        trial = current.with_positions(current.positions_nc + fraction * step_nc)
        there = evaluate(trial, model)
        slope = -float(np.vdot(there.forces_nc, step_nc))
        if slope <= CURVATURE * descent and there.energy <= here.energy + energy_noise:
            return trial
        secant = descent / (descent + slope) if slope > -descent else 0.5
        fraction *= min(max(secant, 0.1), 0.9)
    raise ConvergenceError(
        f"{current.source}: no fraction of a Newton step lowers the energy from a largest force of "
        f"{here.max_force:.3g}; {_round_off_advice(current, here)}"
    )


def _inherent_structure(
    end: Configuration, start: Configuration, evaluation: Evaluation, newton_iterations: int
) -> InherentStructure:
    """The polished positions with the evidence that they are a minimum."""
    evidence: dict[str, Any] = {}
    if isinstance(start, InherentStructure):
        evidence = {
            "minimizer": start.minimizer,
            "iterations": start.iterations,
            "stopping_criterion": start.stopping_criterion,
            "descent": start.descent,
        }
    return InherentStructure.from_configuration(
        end,
        **evidence,
        velocities_nc=None,
        single_precision=False,
        **evaluation.evidence,
        newton_iterations=newton_iterations,
    )


def _round_off_advice(current: Configuration, here: Hessian) -> str:
    """What the rounding of positions alone does to the forces, and what follows."""
    reach = max(float(np.abs(current.positions_nc).max()), float(current.box_c.max()))
    floor = np.finfo(np.float64).eps * reach * float(here.matrix.diagonal().max())
    return (
        f"rounding of the positions alone gives forces of about {floor:.1g} in this box; where "
        "that is far smaller, the forces of the model may jump at its cut-off"
    )


def _longest(vectors_nc: FloatArray) -> float:
    """Length of the longest vector."""
    return float(np.sqrt((vectors_nc**2).sum(axis=1).max()))
