"""Descents of the pseudo-harmonic cost function, many starts at a time on one factor of the Hessian.

At a stationary point M z ∝ ∇S. Of all z with z·M·z = 1, M⁻¹∇S/|·| maximises the linear part of the
convex S, so that the mapping z ← M⁻¹∇S/|·| never raises C. The same vector is the gradient of C in the
metric of M, up to a multiple of z: conjugate gradients with M as preconditioner, and exact line
searches on the quartic S(z + t p), need the same single solution a step.

Array suffixes: k displacement field; all fields are columns of shape (dN, k).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from lmpmeso.elasticity.factor import HessianFactor
from lmpmeso.elasticity.pseudo_harmonic_cost import PseudoHarmonicCost
from lmpmeso.errors import ConfigurationError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
Descent = Literal["gradient", "mapping"]
Recognise = Callable[[FloatArray], IntArray]

TOLERANCE = 1e-10
"""Largest |∇C| / ((z·M·z) |M z|) of a mode, at |z| = 1."""
MAX_ITERATIONS = 2000
ROUNDING = 2.0
"""A residual below this many roundings of M z cannot be lowered."""
REAL = 1e-9
"""Largest imaginary part of a real root, in units of the root."""


@dataclass(frozen=True, eq=False)
class DescentEnd:
    """Where descents ended.

    Attributes:
        z: the fields, of length 1 and without translation, shape (dN, k).
        residual: |∇C| / ((z·M·z) |M z|) at the end, shape (k,).
        converged: whether it is below the tolerance, or below the rounding of M z, shape (k,).
        recognised: number that ``recognise`` gave a field when it was left there, else -1, shape (k,).
        iterations: solutions with the factor, shape (k,).
    """

    z: FloatArray
    residual: FloatArray
    converged: BoolArray
    recognised: IntArray
    iterations: IntArray


@dataclass(frozen=True, eq=False)
class _Fields:
    """Fields that are still on their way, with z·M·z = 1: z, M z, S and ∇S."""

    z: FloatArray
    Mz: FloatArray
    S: FloatArray
    slope: FloatArray


@dataclass(frozen=True, eq=False)
class _Search:
    """The last step of conjugate gradients: direction p, M p, M-gradient times M, its square."""

    p: FloatArray
    Mp: FloatArray
    Ms: FloatArray
    square: FloatArray


def descend(
    cost: PseudoHarmonicCost,
    factor: HessianFactor,
    start: FloatArray,
    descent: Descent = "gradient",
    tolerance: float = TOLERANCE,
    max_iterations: int = MAX_ITERATIONS,
    recognise: Recognise | None = None,
) -> DescentEnd:
    """Follow C downhill from several starts to stationary points.

    Args:
        cost: of the glass.
        factor: of its Hessian.
        start: displacement fields, shape (dN, k).
        descent: ``"gradient"``, conjugate gradients preconditioned with M, or ``"mapping"``,
            z ← M⁻¹∇S/|·|.
        tolerance: see :data:`TOLERANCE`.
        max_iterations: a start that has not converged by then is left as it is.
        recognise: gets fields of length 1 that are on their way; -1 for those to go on with, another
            number for those to leave there.

    Raises:
        ConfigurationError: there is no such descent.
    """
    if descent not in get_args(Descent):
        raise ConfigurationError(f"descent must be one of {get_args(Descent)}, got {descent!r}")
    n_fields = start.shape[1]
    end = DescentEnd(
        z=np.empty_like(start),
        residual=np.full(n_fields, np.inf),
        converged=np.zeros(n_fields, dtype=bool),
        recognised=np.full(n_fields, -1),
        iterations=np.zeros(n_fields, dtype=np.int64),
    )
    running = np.arange(n_fields)
    z = start - _translation(start, cost)
    search = None
    for iteration in range(max_iterations + 1):
        fields = _evaluated(cost, z)
        length = np.sqrt(np.sum(fields.z**2, axis=0))
        unit = fields.z / length
        residual, rounding = _residual(fields, length, cost)
        converged = residual <= np.maximum(tolerance, ROUNDING * rounding)
        known = np.full(len(running), -1)
        if recognise is not None and iteration:
            known[~converged] = recognise(unit[:, ~converged])
        leaving = converged | (known >= 0) | (iteration == max_iterations)
        left = running[leaving]
        end.z[:, left] = unit[:, leaving]
        end.residual[left] = residual[leaving]
        end.converged[left] = converged[leaving]
        end.recognised[left] = known[leaving]
        end.iterations[left] = iteration
        if leaving.all():
            break
        if leaving.any():
            going = ~leaving
            running = running[going]
            fields = _Fields(*_columns(going, fields.z, fields.Mz, fields.S, fields.slope))
            if search is not None:
                search = _Search(*_columns(going, search.p, search.Mp, search.Ms, search.square))
        image = factor.solve(fields.slope)
        if descent == "mapping":
            z = image
        else:
            search = _next_direction(fields, image, search)
            z = _line_minimum(cost, fields, search)
    return end


def _columns(chosen: BoolArray, *arrays: FloatArray) -> tuple[FloatArray, ...]:
    """The chosen columns of each array."""
    return tuple(array[..., chosen] for array in arrays)


def _translation(z: FloatArray, cost: PseudoHarmonicCost) -> FloatArray:
    """The rigid displacement in z, shape of z."""
    n, d = cost.hessian.n_particles, cost.hessian.dimension
    mean: FloatArray = np.tile(z.reshape(n, d, -1).mean(axis=0), (n, 1))
    return mean


def _evaluated(cost: PseudoHarmonicCost, z: FloatArray) -> _Fields:
    """The fields scaled to z·M·z = 1, with all that the next step needs."""
    Mz = cost.matrix @ z
    scale = 1.0 / np.sqrt(np.sum(z * Mz, axis=0))
    z, Mz = z * scale, Mz * scale
    return _Fields(z, Mz, *cost.pair_sum(z))


def _residual(
    fields: _Fields, length: FloatArray, cost: PseudoHarmonicCost
) -> tuple[FloatArray, FloatArray]:
    """|∇C| / ((z·M·z) |M z|) at |z| = 1, and the part of it that rounding of M z makes."""
    norm_Mz = np.sqrt(np.sum(fields.Mz**2, axis=0))
    deviation = fields.Mz - fields.slope / (4.0 * fields.S)
    unit_S = fields.S / length**4
    relative = np.sqrt(np.sum(deviation**2, axis=0)) / norm_Mz
    stiffness = float(np.abs(cost.matrix.diagonal()).max())
    rounding = np.finfo(np.float64).eps * stiffness * length / norm_Mz
    return 4.0 / unit_S * relative, 4.0 / unit_S * rounding


def _next_direction(fields: _Fields, image: FloatArray, last: _Search | None) -> _Search:
    """Polak and Ribière's direction in the metric of M, M-orthogonal to z."""
    weight = 1.0 / (4.0 * fields.S)
    s = weight * image - fields.z
    Ms = weight * fields.slope - fields.Mz
    square = np.sum(s * Ms, axis=0)
    if last is None:
        return _Search(s, Ms, Ms, square)
    memory = np.maximum(0.0, (square - np.sum(s * last.Ms, axis=0)) / last.square)
    p, Mp = s + memory * last.p, Ms + memory * last.Mp
    along_z = np.sum(p * fields.Mz, axis=0)
    return _Search(p - along_z * fields.z, Mp - along_z * fields.Mz, Ms, square)


def _line_minimum(cost: PseudoHarmonicCost, fields: _Fields, search: _Search) -> FloatArray:
    """The first minimum of C(z + t p), up to its length.

    With z·M·z = p·M·p = 1 and z·M·p = 0, dC/dt = 0 is 4 t S(t) = (1 + t²) S′(t), of which the terms
    of the fifth degree cancel. In u = 1/t, the largest positive root is wanted; where there is none,
    C falls all the way to p itself, which is u = 0.
    """
    p = search.p / np.sqrt(np.sum(search.p * search.Mp, axis=0))
    s0, s1, s2, s3, s4 = cost.along(fields.z, p)
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
    result: FloatArray = u * fields.z + p
    return result
