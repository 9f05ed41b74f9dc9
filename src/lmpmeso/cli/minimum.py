"""A configuration that shall be at a minimum: as it is, polished, or quenched first, which is said."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from lmpmeso.cli.console import say
from lmpmeso.execution import Execution

if TYPE_CHECKING:
    from lmpmeso.configurations import Configuration
    from lmpmeso.elasticity import GlassAnalysis
    from lmpmeso.models import GlassModel

NEGLIGIBLE_FORCE_RATIO = 1e-9
"""Largest force, in units of the contact forces, that moves no κ_ij; a structure above it is polished.
At the 1e-5 that still counts as a minimum, a single κ_ij can be off by per cents."""


def at_minimum(
    configuration: Configuration, model: GlassModel, arguments: argparse.Namespace, **settings: Any
) -> tuple[Configuration, GlassAnalysis, str]:
    """The structure, polished or quenched when its forces are not negligible; its analysis; which.

    ``settings`` are those of :func:`~lmpmeso.analyse`.
    """
    from lmpmeso.elasticity import analyse
    from lmpmeso.elasticity.minimum import force_scale, is_minimum
    from lmpmeso.hessians import hessian

    hess = hessian(configuration, model)
    if hess.max_force <= NEGLIGIBLE_FORCE_RATIO * force_scale(hess):
        return configuration, analyse(hess, **settings), "neither"
    if is_minimum(hess):
        say(
            f"{arguments.file} is near a minimum of the energy (largest force {hess.max_force:.3g}): "
            "polishing it with Newton steps"
        )
    else:
        say(
            f"{arguments.file} is not at a minimum of the energy (largest force "
            f"{hess.max_force:.3g}, rms contact force {hess.contact_force_rms:.3g}): quenching it "
            f"first with {arguments.minimizer}"
        )
    from lmpmeso.protocols import quench

    structure = quench(
        configuration,
        model,
        minimizer=arguments.minimizer,
        execution=Execution(arguments.accelerator),
    )
    preparation = "polished" if structure.minimizer == "none" else "quenched"
    return structure, analyse(structure, model, **settings), preparation
