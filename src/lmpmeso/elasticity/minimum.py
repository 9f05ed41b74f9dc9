"""The one criterion for "this is an inherent structure" that every elastic quantity asks for."""

from __future__ import annotations

import os

from lmpmeso.configurations import ConfigurationLike, require_configuration
from lmpmeso.errors import ConfigurationError, UnstableStructureError
from lmpmeso.hessians import Hessian, hessian
from lmpmeso.models import GlassModel

MINIMUM_FORCE_RATIO = 1e-5
"""Largest force on a particle, in units of :func:`force_scale`, that a minimum may have."""

STRESS_FREE_STRAIN = 1e-3
"""Strain whose force is the scale where the contacts carry none (a crystal at zero pressure)."""


def hessian_at_minimum(
    structure_or_hessian: ConfigurationLike | Hessian, model: GlassModel | None = None
) -> Hessian:
    """The Hessian of a structure, or the one given, checked to be taken at a minimum's forces.

    Raises:
        ConfigurationError: a structure was given without its model.
        UnstableStructureError: see :func:`require_minimum`.
    """
    if isinstance(structure_or_hessian, Hessian):
        result = structure_or_hessian
    elif model is None:
        raise ConfigurationError(
            f"{_source(structure_or_hessian)}: the model is needed to build the Hessian; pass it as "
            "the second argument"
        )
    else:
        result = hessian(structure_or_hessian, model)
    require_minimum(result)
    return result


def _source(structure: ConfigurationLike) -> str:
    """Where a structure comes from."""
    if isinstance(structure, str | os.PathLike):
        return os.fspath(structure)
    return require_configuration(structure).source


def force_scale(structure: Hessian) -> float:
    """The natural unit of force of a structure [energy/length].

    The rms contact force; but no less than the force that a displacement by ``STRESS_FREE_STRAIN``
    times the particle spacing meets, because the contacts of a stress-free crystal carry no force.
    """
    spacing = (structure.volume / structure.n_particles) ** (1.0 / structure.dimension)
    stiffness = float(structure.matrix.diagonal().mean())
    return max(structure.contact_force_rms, STRESS_FREE_STRAIN * spacing * abs(stiffness))


def is_minimum(structure: Hessian) -> bool:
    """Whether the forces are small enough for the structure to count as a stationary point."""
    return structure.max_force <= MINIMUM_FORCE_RATIO * force_scale(structure)


def require_minimum(structure: Hessian) -> None:
    """Refuse a structure whose residual forces are too large for linear response about it.

    The authors of the paper reject an rms gradient above 1e-5 of the rms contact force; here the
    largest force on a particle must meet that bound, which is stricter.

    Raises:
        UnstableStructureError: the structure is not at a stationary point of the energy.
    """
    if not is_minimum(structure):
        scale = force_scale(structure)
        raise UnstableStructureError(
            f"not an inherent structure: the largest force on a particle is {structure.max_force:.3g}, "
            f"{structure.max_force / scale:.1e} of the contact force scale {scale:.3g} "
            f"(at most {MINIMUM_FORCE_RATIO:g} is accepted); quench the configuration first "
            "(lmpmeso.quench, or lmpmeso.elasticity.newton_polish when it is nearly there)"
        )
