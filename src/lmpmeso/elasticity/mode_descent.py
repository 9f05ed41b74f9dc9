"""Descents of the pseudo-harmonic cost function, many starts at a time on one factor of the Hessian.

At a stationary point M z ∝ ∇S. Of all z with z·M·z = 1, M⁻¹∇S/|·| maximises the linear part of the
convex S, so that the mapping z ← M⁻¹∇S/|·| never raises C. The same vector is the gradient of C in the
metric of M, up to a multiple of z: conjugate gradients with M as preconditioner, and exact line
searches on the quartic S(z + t p), need the same single solution a step.

Array suffixes: k displacement field; all fields are columns of shape (dN, k).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from lmpmeso.arrays import BoolArray, FloatArray, IntArray
from lmpmeso.elasticity.factor import HessianFactor
from lmpmeso.elasticity.pseudo_harmonic_cost import PseudoHarmonicCost
from lmpmeso.errors import ConfigurationError

Descent = Literal["gradient", "mapping"]
Recognise = Callable[[FloatArray], IntArray]

TOLERANCE = 1e-10
"""Largest |∇C| / ((z·M·z) |M z|) of a mode, at |z| = 1."""
MAX_ITERATIONS = 2000
WIDTH = 64
"""Descents that go on at one time: the blocks of the factor are read once for all of them."""
EPSILON = float(np.finfo(np.float64).eps)
ROUNDING = 2.0
"""A residual below this many roundings of M z cannot be lowered."""
REAL = 1e-9
"""Largest imaginary part of a real root, in units of the root."""


@dataclass(frozen=True, eq=False)
class DescentEnd:
    """Where descents ended.

    Attributes:
        start: column of the start of each, shape (k,).
        z: the fields, of length 1 and without translation, shape (dN, k).
        residual: |∇C| / ((z·M·z) |M z|) at the end, shape (k,).
        converged: whether it is below the tolerance, or below the rounding of M z, shape (k,).
        recognised: number that ``recognise`` gave a field when it was left there, else -1, shape (k,).
        iterations: solutions with the factor, shape (k,).
    """

    start: IntArray
    z: FloatArray
    residual: FloatArray
    converged: BoolArray
    recognised: IntArray
    iterations: IntArray


def descend(
    cost: PseudoHarmonicCost,
    factor: HessianFactor,
    start: FloatArray,
    descent: Descent = "gradient",
    tolerance: float = TOLERANCE,
    max_iterations: int = MAX_ITERATIONS,
) -> DescentEnd:
    """All ends, in the order of the starts (shape (dN, k)), of following C downhill to stationary points.

    ``descent`` is ``"gradient"``, conjugate gradients preconditioned with M, or ``"mapping"``,
    z ← M⁻¹∇S/|·|. For ``tolerance`` see :data:`TOLERANCE`; a start that has not converged by
    ``max_iterations``, at least 1, is left as it is.

    Raises:
        ConfigurationError: there is no such descent.
    """
    ends = list(descents(cost, factor, start, descent, tolerance, max_iterations))
    order = np.argsort(np.concatenate([end.start for end in ends]))
    return DescentEnd(
        *(
            np.concatenate([getattr(end, field.name) for end in ends], axis=-1)[..., order]
            for field in dataclasses.fields(DescentEnd)
        )
    )


def descents(
    cost: PseudoHarmonicCost,
    factor: HessianFactor,
    start: FloatArray,
    descent: Descent = "gradient",
    tolerance: float = TOLERANCE,
    max_iterations: int = MAX_ITERATIONS,
    recognise: Recognise | None = None,
    width: int = WIDTH,
) -> Iterator[DescentEnd]:
    """The ends of :func:`descend`, as soon as they are reached.

    Arguments as for :func:`descend`. ``recognise`` gets fields of length 1 that are on their way, and
    returns -1 for those to go on with, another number for those to leave there. ``width`` fields are on
    their way at one time; when one ends, the next start takes its place.

    Raises:
        ConfigurationError: there is no such descent.
    """
    if descent not in get_args(Descent):
        raise ConfigurationError(f"descent must be one of {get_args(Descent)}, got {descent!r}")
    begun = min(width, start.shape[1])
    fields = _Fields(cost, start[:, :begun])
    number, iterations = np.arange(begun), np.zeros(begun, dtype=np.int64)
    while len(number):
        fields.step(factor.solve(fields.slope), descent)
        iterations += 1
        residual, rounding = fields.residual()
        converged = residual <= np.maximum(tolerance, ROUNDING * rounding)
        known = np.full(len(number), -1)
        if recognise is not None:
            known[~converged] = recognise(fields.unit(~converged))
        leaving = converged | (known >= 0) | (iterations >= max_iterations)
        if leaving.any():
            yield DescentEnd(
                number[leaving],
                fields.unit(leaving),
                residual[leaving],
                converged[leaving],
                known[leaving],
                iterations[leaving],
            )
            free = np.flatnonzero(leaving)
            taken, empty = np.split(free, [min(len(free), start.shape[1] - begun)])
            number[taken] = np.arange(begun, begun + len(taken))
            iterations[taken] = 0
            fields.place(taken, start[:, number[taken]])
            begun += len(taken)
            if len(empty):
                fields.remove(empty)
                number, iterations = np.delete(number, empty), np.delete(iterations, empty)


class _Fields:
    """Fields on their way, scaled to z·M·z = 1, with all that their next step needs.

    Attributes:
        z, Mz, S, slope: each field, M z, S(z) and ∇S(z).
        p, Mp: the last direction of conjugate gradients.
        Ms, square: the last gradient in the metric of M: M s and s·M·s.
    """

    def __init__(self, cost: PseudoHarmonicCost, start: FloatArray):
        self.cost = cost
        self._set(start - _translation(start, cost))
        self.p, self.Mp, self.Ms = (np.zeros_like(self.z) for _ in range(3))
        self.square = np.full(self.z.shape[1], np.inf)

    def _set(self, z: FloatArray) -> None:
        self.z, self.Mz, self.S, self.slope = _evaluated(self.cost, z)

    def unit(self, chosen: BoolArray) -> FloatArray:
        """The chosen fields, of length 1."""
        z = self.z[:, chosen]
        z /= np.sqrt(_dot(z, z))
        return z

    def place(self, slots: IntArray, start: FloatArray) -> None:
        """Begin anew with other fields in some places."""
        fresh = _evaluated(self.cost, start - _translation(start, self.cost))
        for mine, new in zip((self.z, self.Mz, self.S, self.slope), fresh, strict=True):
            mine[..., slots] = new
        for last in (self.p, self.Mp, self.Ms):
            last[:, slots] = 0.0
        self.square[slots] = np.inf

    def remove(self, slots: IntArray) -> None:
        """Go on without some fields."""
        for name in ("z", "Mz", "S", "slope", "p", "Mp", "Ms", "square"):
            setattr(self, name, np.delete(getattr(self, name), slots, axis=-1))

    def step(self, image: FloatArray, descent: Descent) -> None:
        """One step downhill, given M⁻¹∇S."""
        if descent == "gradient":
            self._turn(image)
            self._set(self._line_minimum())
        else:
            self._set(image)

    def residual(self) -> tuple[FloatArray, FloatArray]:
        """|∇C| / ((z·M·z) |M z|) at |z| = 1, and the part of it that rounding of M z makes."""
        deviation = self.Mz - self.slope / (4.0 * self.S)
        norm_Mz = np.sqrt(_dot(self.Mz, self.Mz))
        square_length = _dot(self.z, self.z)
        relative = np.sqrt(_dot(deviation, deviation)) / norm_Mz
        rounding = EPSILON * self.cost.largest_stiffness * np.sqrt(square_length) / norm_Mz
        scale = 4.0 * square_length**2 / self.S
        return scale * relative, scale * rounding

    def _turn(self, image: FloatArray) -> None:
        """Polak and Ribière's direction in the metric of M, M-orthogonal to z."""
        weight = 1.0 / (4.0 * self.S)
        s = weight * image - self.z
        Ms = weight * self.slope - self.Mz
        square = _dot(s, Ms)
        memory = np.maximum(0.0, (square - _dot(s, self.Ms)) / self.square)
        p, Mp = s + memory * self.p, Ms + memory * self.Mp
        along_z = _dot(p, self.Mz)
        self.p, self.Mp = p - along_z * self.z, Mp - along_z * self.Mz
        self.Ms, self.square = Ms, square

    def _line_minimum(self) -> FloatArray:
        """The first minimum of C(z + t p), up to its length.

        With z·M·z = p·M·p = 1 and z·M·p = 0, dC/dt = 0 is 4 t S(t) = (1 + t²) S′(t), of which the
        terms of the fifth degree cancel. In u = 1/t, the largest positive root is wanted; where there
        is none, C falls all the way to p itself, which is u = 0.
        """
        p = self.p / np.sqrt(_dot(self.p, self.Mp))
        s0, s1, s2, s3, s4 = self.cost.along(self.z, p)
        # S′ (1 + t²) - 4 t S, from the constant term to t⁴: the coefficients of u⁴ … 1.
        polynomial = np.stack(
            [s1, 2.0 * s2 - 4.0 * s0, 3.0 * (s3 - s1), 4.0 * s4 - 2.0 * s2, -s3], axis=1
        )
        companion = np.zeros((len(s1), 4, 4))
        companion[:, 0] = -polynomial[:, 1:] / polynomial[:, :1]
        companion[:, [1, 2, 3], [0, 1, 2]] = 1.0
        roots = np.linalg.eigvals(companion)
        real = np.abs(roots.imag) <= REAL * np.abs(roots)
        u = np.where(real, roots.real, 0.0).max(axis=1, initial=0.0)
        result: FloatArray = u * self.z + p
        return result


def _dot(a: FloatArray, b: FloatArray) -> FloatArray:
    """Scalar product of each field of one array with the same of the other, shape (k,)."""
    product: FloatArray = np.einsum("xk,xk->k", a, b)
    return product


def _translation(z: FloatArray, cost: PseudoHarmonicCost) -> FloatArray:
    """The rigid displacement in z, shape of z."""
    n, d = cost.hessian.n_particles, cost.hessian.dimension
    mean: FloatArray = np.tile(z.reshape(n, d, -1).mean(axis=0), (n, 1))
    return mean


def _evaluated(
    cost: PseudoHarmonicCost, z: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """The fields scaled to z·M·z = 1, M z, S and ∇S."""
    Mz = cost.matrix @ z
    scale = 1.0 / np.sqrt(_dot(z, Mz))
    z, Mz = z * scale, Mz * scale
    return z, Mz, *cost.pair_sum(z)
