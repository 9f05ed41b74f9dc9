"""Whether the derivatives of a pair potential are those of its values: asked of every potential of the user's own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lmpmeso.arrays import FloatArray
from lmpmeso.errors import ModelError
from lmpmeso.models.potentials import PairPotential

PARTS = ("cutoff", "diameter", "derivatives")
"""What a pair potential has."""
DERIVATIVE = ("φ", "φ′", "φ″", "φ‴", "φ⁗")
"""Of order 0 to 4."""
N_DISTANCES = 400
STEP = 2e-3
"""Of the differences, in units of the diameter."""
STEP_BETWEEN_NODES = 0.1
"""The same in units of the distance between nodes."""
TOLERANCE = 1e-4
"""Largest difference between a derivative and a quotient of differences, in parts of its size."""
KINKS = 0.03
"""Part of the distances that may disagree: a potential made of pieces has derivatives that jump."""
STENCIL = np.array([1.0, -8.0, 0.0, 8.0, -1.0]) / 12.0
"""Weights of f(r - 2h) … f(r + 2h) in h f′(r), exact to the fourth order in h."""


@dataclass(frozen=True)
class DerivativeCheck:
    """How a derivative compares with differences of the one below it.

    Attributes:
        order: of the derivative, 1 to 4.
        mismatch: the largest but for the kinks, in parts of the derivative's size.
        distance: where it is largest [length].
        stated, measured: the derivative there as stated, and from differences [energy/length^order].
    """

    order: int
    mismatch: float
    distance: float
    stated: float
    measured: float

    @property
    def passed(self) -> bool:
        """Whether they agree."""
        return self.mismatch <= TOLERANCE


def derivative_checks(potential: PairPotential, highest: int = 4) -> list[DerivativeCheck]:
    """Each derivative up to ``highest`` against differences, where particles of a liquid can be.

    A potential that interpolates a table says the ``node_spacing``, and is looked at between the nodes: what
    its derivatives do there is what a simulation feels, however rough the table.

    Raises:
        ModelError: a derivative is not finite there, or the potential returns fewer than it was asked for.
    """
    step = STEP * potential.diameter
    low = min(0.8 * potential.diameter, 0.5 * potential.cutoff)
    low = max(low, getattr(potential, "begins", 0.0) + 3.0 * step)
    r = np.linspace(low, potential.cutoff - 3.0 * step, N_DISTANCES)
    spacing = getattr(potential, "node_spacing", None)
    if spacing is not None:
        r, step = spacing * (np.floor(r / spacing) + 0.5), STEP_BETWEEN_NODES * spacing
    stated = _values(potential, r, highest)
    shifted = [_values(potential, r + k * step, highest) for k in range(-2, 3)]
    found = []
    for order in range(1, highest + 1):
        measured = sum(w * values[order - 1] for w, values in zip(STENCIL, shifted, strict=True))
        measured = measured / step
        # Rounding of φ is at most some ulps of its largest value, divided by the step.
        rounding = 1e-12 * np.abs(stated[order - 1]).max() / step
        size = np.abs(stated[order]) + np.abs(measured) + _typical(measured) + rounding / TOLERANCE
        size[size == 0.0] = 1.0
        mismatch = np.abs(stated[order] - measured) / size
        beyond_kinks = np.sort(mismatch)[: int((1.0 - KINKS) * N_DISTANCES)]
        k = int(np.flatnonzero(mismatch == beyond_kinks[-1])[0])
        found.append(
            DerivativeCheck(
                order, float(mismatch[k]), float(r[k]), float(stated[order, k]), float(measured[k])
            )
        )
    return found


def refuse_wrong_derivatives(potential: PairPotential, where: str) -> None:
    """Refuse a potential whose φ′ or φ″ are not the derivatives of φ: forces, κ and G would be wrong.

    Raises:
        ModelError: they are not; the message says which, where, and by how much. Or it is no potential.
    """
    lacking = [part for part in PARTS if not hasattr(potential, part)]
    if lacking:
        raise ModelError(
            f"{where}: {type(potential).__name__} has no {' and no '.join(lacking)}; a pair potential has "
            f"{', '.join(PARTS)} (docs/your-own-model.md)"
        )
    for check in derivative_checks(potential, 2):
        if not check.passed:
            this, below = DERIVATIVE[check.order], DERIVATIVE[check.order - 1]
            raise ModelError(
                f"{where}: {this} is not the derivative of {below}: at r = {check.distance:.6g} it is stated as "
                f"{check.stated:.6g}, but differences of {below} give {check.measured:.6g}"
            )


def _values(potential: PairPotential, r: FloatArray, order: int) -> FloatArray:
    """φ and its derivatives, shape (order + 1, P)."""
    values = np.array(potential.derivatives(r, order))
    if values.shape != (order + 1, r.size) or not np.isfinite(values).all():
        raise ModelError(
            f"{type(potential).__name__}.derivatives(r, {order}) must return {order + 1} arrays of finite "
            "numbers, each of r's shape"
        )
    return values


def _typical(values: FloatArray) -> float:
    """A size of the values that a few large ones do not decide."""
    return float(np.median(np.abs(values)))
