"""Where LAMMPS's own style is slow: particles of sizes of their own move on our compiled forces."""

from __future__ import annotations

from lmpmeso.configurations import Configuration
from lmpmeso.execution import Execution
from lmpmeso.hessians.compiled_forces import CompiledForces
from lmpmeso.models import GlassModel

PLAIN = ("auto", "none")
"""Accelerators under which it does; any other one keeps LAMMPS's ``lepton/sphere``."""


def outside_surface(
    configuration: Configuration, model: GlassModel, execution: Execution
) -> CompiledForces | None:
    """The forces that LAMMPS is to take from us; None where those of its pair style are as good.

    LAMMPS interprets the expression of ``lepton/sphere`` for each pair; the compiled loops are the same potential.
    """
    if model.sizes is None or execution.accelerator not in PLAIN:
        return None
    return CompiledForces(configuration, model, swappable=True)
