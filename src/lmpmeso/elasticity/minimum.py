"""The one criterion for "this is an inherent structure" that every elastic quantity asks for."""

from __future__ import annotations

from lmpmeso.errors import UnstableStructureError
from lmpmeso.hessian import Hessian

MINIMUM_FORCE_RATIO = 1e-5
"""Largest force on a particle, in units of :func:`force_scale`, that a minimum may have."""

STRESS_FREE_STRAIN = 1e-3
"""Strain whose force is the scale where the contacts carry none (a crystal at zero pressure)."""


def force_scale(hessian: Hessian) -> float:
    """The natural unit of force of a structure [energy/length].

    The rms contact force; but no less than the force that a displacement by ``STRESS_FREE_STRAIN``
    times the particle spacing meets, because the contacts of a stress-free crystal carry no force.
    """
    spacing = (hessian.volume / hessian.n_particles) ** (1.0 / hessian.dimension)
    stiffness = float(hessian.matrix.diagonal().mean())
    return max(hessian.contact_force_rms, STRESS_FREE_STRAIN * spacing * abs(stiffness))


def is_minimum(hessian: Hessian) -> bool:
    """Whether the forces are small enough for the structure to count as a stationary point."""
    return hessian.max_force <= MINIMUM_FORCE_RATIO * force_scale(hessian)


def require_minimum(hessian: Hessian) -> None:
    """Refuse a structure whose residual forces are too large for linear response about it.

    The authors of the paper reject an rms gradient above 1e-5 of the rms contact force; here the
    largest force on a particle must meet that bound, which is stricter.

    Raises:
        UnstableStructureError: the structure is not at a stationary point of the energy.
    """
    if not is_minimum(hessian):
        scale = force_scale(hessian)
        raise UnstableStructureError(
            f"not an inherent structure: the largest force on a particle is {hessian.max_force:.3g}, "
            f"{hessian.max_force / scale:.1e} of the contact force scale {scale:.3g} "
            f"(at most {MINIMUM_FORCE_RATIO:g} is accepted); quench the configuration first "
            "(lmpmeso.quench, or lmpmeso.newton_polish when it is nearly there)"
        )
