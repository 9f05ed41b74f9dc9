"""How a pair potential ends at its cut-off: what is added to the bare function v(r)."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from lmpmeso.arrays import FloatArray
from lmpmeso.errors import ModelError
from lmpmeso.models.potentials import falling_factorial, power_sums, rescaled

Shift = Literal["none", "energy", "force", "smooth-2", "smooth-3"]
SHIFTS: tuple[str, ...] = get_args(Shift)
"""``none``: v is cut; ``energy``: a constant makes φ vanish at the cut-off; ``force``: a line makes φ and
φ′ vanish (LAMMPS ``lj/smooth/linear``); ``smooth-2`` and ``smooth-3``: an even polynomial in r makes φ and
its first two or three derivatives vanish, as in the IPL model."""
_POWERS: dict[str, tuple[int, ...]] = {
    "none": (),
    "energy": (0,),
    "force": (0, 1),
    "smooth-2": (0, 2, 4),
    "smooth-3": (0, 2, 4, 6),
}


def end_polynomial(shift: str, at_cutoff: FloatArray, cutoff: float) -> dict[int, float]:
    """The polynomial that a shift adds to v, as {power of r/cutoff: coefficient [energy]}.

    Args:
        shift: one of :data:`SHIFTS`.
        at_cutoff: v, v′, v″, v‴ at the cut-off [energy/length^k], shape (4,).
        cutoff: r_c [length].

    Raises:
        ModelError: there is no such shift.
    """
    if shift not in _POWERS:
        raise ModelError(f"unknown shift {shift!r}; known: {', '.join(SHIFTS)}")
    powers = _POWERS[shift]
    orders = range(len(powers))
    matrix = np.array([[falling_factorial(n, k) for n in powers] for k in orders], dtype=float)
    right = np.array([-at_cutoff[k] * cutoff**k for k in orders])
    coefficients = np.linalg.solve(matrix, right) if powers else right
    return dict(zip(powers, coefficients.tolist(), strict=True))


def with_polynomial(
    values: FloatArray, r: FloatArray, cutoff: float, coefficients: dict[int, float]
) -> FloatArray:
    """Derivatives of v, shape (order + 1, P), with those of a polynomial in r/cutoff added in place."""
    if coefficients:
        values += rescaled(power_sums(r / cutoff, coefficients, len(values) - 1), 1.0, cutoff)
    return values


def refuse_impossible_lengths(cutoff: float, diameter: float) -> None:
    """Refuse a cut-off or a diameter [length] that no potential can have.

    Raises:
        ModelError: one is not positive and finite, or the particles are larger than their potential reaches.
    """
    if not (0 < cutoff < np.inf and 0 < diameter < np.inf):
        raise ModelError(f"cut-off and diameter must be positive, got {cutoff} and {diameter}")
    if diameter > cutoff * (1 + 1e-9):
        raise ModelError(
            f"the diameter {diameter:.6g} is larger than the cut-off {cutoff:.6g}: particles must not be "
            "larger than their potential reaches"
        )
