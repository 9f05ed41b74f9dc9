"""The path of steepest descent dx/dt = -∇U of any function U, by a stabilised explicit method.

Second-order Runge-Kutta-Chebyshev formulas (RKC2: B. P. Sommeijer, L. F. Shampine, J. G. Verwer,
J. Comput. Appl. Math. 88, 315 (1998), https://doi.org/10.1016/S0377-0427(97)00219-7) with adaptive steps
and stages. With s stages a step may be 0.65 s²/ρ long, ρ the largest curvature: stiff valleys cost
the square root of their stiffness, and no Hessian.

Array suffixes: n point (particle), c Cartesian component.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np

from lmpmeso.arrays import FloatArray
from lmpmeso.errors import ConvergenceError

Surface = Callable[[FloatArray], tuple[float, FloatArray]]
"""U and -∇U at given positions, (N, d)."""

DAMPING = 2.0 / 13.0
"""ε of the stability polynomial, which keeps high frequencies damped."""
MOST_STAGES = 100
SAFETY = 0.8
"""A step aims at this part of the length at which the error estimate would reach the tolerance."""
MOST_GROWTH, LEAST_GROWTH = 5.0, 0.1
REFRESH = 25
"""Accepted steps after which the largest curvature is looked at again, as in the code that the method came with."""
CURVATURE_MARGIN = 1.1
"""The largest curvature in use, in units of the estimate, which power iteration approaches from below."""
CURVATURE_CHANGE = 0.02
"""Power iteration ends when the estimate changes by less than this part."""
CURVATURE_TRIALS = 50
PROBE = 1e-5
"""Displacement by which curvature is probed, in units of the tolerance's length scale."""
SHARE = 0.5
"""The local error is at most this part of a step too: where the rest of the path is shorter than the tolerance,
longer steps would only go to and fro."""
RISE = 1e-2
"""A step in which U rises by more than this part of the descent it should make is refused."""
ROUND_OFF = 1e-14
"""Relative error of a sum of energies."""
UNSTABLE = 10.0
"""A local error above so many tolerances, or a rise of U, may mean that the largest curvature was taken too small."""
NOWHERE = 1e-300
SHORTEST_STEP = 1e-12
"""A step shorter than this part of 1/ρ means that U is not what its gradient says."""


class GradientFlow:
    """A point on its way down the path of steepest descent.

    A step is accepted when its estimated local error, the largest displacement of one of the N points, is
    within the tolerance, and U has not risen.

    Args:
        surface: U and -∇U.
        positions_nc: where the path begins [length], (N, d).
        tolerance: largest local error of a step [length].
        reach: farthest that a point may move within a step [length]; what takes it farther is refused
            before U is looked at there.
        most_stages: largest number of force evaluations in a step.

    Attributes:
        positions_nc: where the path is now [length], (N, d).
        energy: U there [energy].
        forces_nc: -∇U there [energy/length], (N, d).
        time: of the flow, in which velocity is force [length²/energy].
        length: of the path in all N·d coordinates, chord by chord [length].
        steps: accepted ones.
        refused: steps that were too long.
        evaluations: of forces.
        largest_rise: of U in an accepted step [energy]; 0 where U fell in each.
    """

    def __init__(
        self,
        surface: Surface,
        positions_nc: FloatArray,
        tolerance: float,
        reach: float,
        most_stages: int = MOST_STAGES,
    ):
        from lmpmeso.protocols.stage_kernels import next_stage

        self._next_stage = next_stage
        self._surface, self._most_stages = surface, most_stages
        self.tolerance, self.reach = tolerance, reach
        self.positions_nc = np.array(positions_nc, dtype=float)
        self.time = self.length = self.largest_rise = 0.0
        self.steps = self.refused = self.evaluations = 0
        self.energy, self.forces_nc = self._look(self.positions_nc)
        self._softening_nc = self.forces_nc.copy()
        self._curvature_age = REFRESH
        self._curvature = 0.0
        self._next: float | None = None
        self._last: tuple[float, float] | None = None

    @property
    def largest_force(self) -> float:
        """Largest force on a point [energy/length]."""
        return longest(self.forces_nc)

    def step(self) -> None:
        """Go on by one accepted step.

        Raises:
            ConvergenceError: no step, however short, lowers U.
        """
        if self._curvature_age >= REFRESH:
            self._look_at_curvature()
        h = self._next if self._next is not None else self._first_step()
        while True:
            h = min(h, _longest_step(self._most_stages, self._curvature))
            end = self._advanced(h)
            error = math.inf if end is None else self._error(h, *end)
            if end is not None and error <= 1.0 and self._falls(h, *end):
                break
            self.refused += 1
            h *= min(max(SAFETY * error ** (-1 / 3), LEAST_GROWTH), 0.5)
            if error <= 1.0 or error > UNSTABLE:
                self._look_at_curvature()
            if not h * self._curvature > SHORTEST_STEP:
                raise ConvergenceError(
                    f"steepest descent: no step lowers the energy at a largest force of "
                    f"{self.largest_force:.3g} (after {self.steps} steps); the forces are not the "
                    "gradient of the energy, or jump"
                )
        end_nc, energy, forces_nc = end
        self._next = h * self._growth(h, error)
        self._last = (h, error)
        self.length += float(np.linalg.norm(end_nc - self.positions_nc))
        self.largest_rise = max(self.largest_rise, energy - self.energy)
        self.time += h
        self.steps += 1
        self._curvature_age += 1
        self.positions_nc, self.energy, self.forces_nc = end_nc, energy, forces_nc

    def _look(self, positions_nc: FloatArray) -> tuple[float, FloatArray]:
        self.evaluations += 1
        return self._surface(positions_nc)

    def _advanced(self, h: float) -> tuple[FloatArray, float, FloatArray] | None:
        """The end of a step of length h, U and -∇U there (Eqs. 2.1 to 2.8); None beyond the reach."""
        start_nc, first_nc = self.positions_nc, self.forces_nc
        first, rest = coefficients(_stages(h, self._curvature))
        before_nc, now_nc = start_nc, start_nc + (first * h) * first_nc
        farthest = (first * h * self.largest_force) ** 2
        for mu, nu, mu_tilde, gamma_tilde in rest:
            if not farthest <= self.reach**2:
                return None
            forces_nc = self._look(now_nc)[1]
            weights = (mu, nu, 1.0 - mu - nu, mu_tilde * h, gamma_tilde * h)
            after_nc = np.empty_like(start_nc)
            farthest = self._next_stage(
                start_nc, first_nc, before_nc, now_nc, forces_nc, weights, after_nc
            )
            before_nc, now_nc = now_nc, after_nc
        if not farthest <= self.reach**2:
            return None
        return now_nc, *self._look(now_nc)

    def _error(self, h: float, end_nc: FloatArray, energy: float, forces_nc: FloatArray) -> float:
        """Local error of a step in units of the tolerance (Eq. 2.9)."""
        estimate_nc = 0.8 * (self.positions_nc - end_nc) + (0.4 * h) * (self.forces_nc + forces_nc)
        allowed = min(self.tolerance, SHARE * longest(end_nc - self.positions_nc))
        return longest(estimate_nc) / max(allowed, NOWHERE)

    def _falls(self, h: float, end_nc: FloatArray, energy: float, forces_nc: FloatArray) -> bool:
        """Whether U rises by no more than a small part of the descent ∫ f² dt, or round-off."""
        descent = (
            0.5 * h * (np.vdot(self.forces_nc, self.forces_nc) + np.vdot(forces_nc, forces_nc))
        )
        return energy - self.energy <= RISE * float(descent) + ROUND_OFF * abs(self.energy)

    def _growth(self, h: float, error: float) -> float:
        """Next step in units of this one, from two successive errors where there are two."""
        error = max(error, 1e-10)
        factor = SAFETY * error ** (-1 / 3)
        if self._last is not None:
            last_h, last_error = self._last
            predicted = SAFETY * h / last_h * (max(last_error, 1e-10) / error**2) ** (1 / 3)
            factor = min(factor, predicted)
        return min(max(factor, LEAST_GROWTH), MOST_GROWTH)

    def _first_step(self) -> float:
        """A step whose error is well below the tolerance."""
        h = 1.0 / self._curvature
        return min(h, math.sqrt(self.tolerance * h / max(self.largest_force, 1e-300)))

    def _look_at_curvature(self) -> None:
        """Largest curvature by power iteration on differences of forces, from the last vector."""
        vector_nc = self._softening_nc
        probe = PROBE * self.tolerance
        estimate = 0.0
        for _ in range(CURVATURE_TRIALS):
            norm = float(np.linalg.norm(vector_nc))
            if not norm > 0.0:
                vector_nc = np.random.default_rng(0).normal(size=self.positions_nc.shape)
                norm = float(np.linalg.norm(vector_nc))
            # The largest displacement of a point is the probe, however many points there are.
            shift = probe / (longest(vector_nc) / norm)
            moved_nc = self.positions_nc + (shift / norm) * vector_nc
            change_nc = (self.forces_nc - self._look(moved_nc)[1]) / shift
            last, estimate = estimate, float(np.linalg.norm(change_nc))
            vector_nc = change_nc
            if abs(estimate - last) <= CURVATURE_CHANGE * estimate:
                break
        self._softening_nc = vector_nc
        self._curvature = max(CURVATURE_MARGIN * estimate, 1e-300)
        self._curvature_age = 0


def longest(vectors_nc: FloatArray) -> float:
    """Length of the longest vector."""
    return math.sqrt(float(np.einsum("nc,nc->n", vectors_nc, vectors_nc).max()))


def _stages(h: float, curvature: float) -> int:
    """Fewest stages that are stable for a step (Eq. 2.4)."""
    return max(2, 1 + math.ceil(math.sqrt(1.0 + 1.54 * h * curvature)))


def _longest_step(stages: int, curvature: float) -> float:
    """The longest step that so many stages allow."""
    return ((stages - 1) ** 2 - 1.0) / (1.54 * curvature)


@cache
def coefficients(
    stages: int,
) -> tuple[float, tuple[tuple[float, float, float, float], ...]]:
    """Coefficients of the method with s stages.

    Returns:
        μ̃_1, and (μ_j, ν_j, μ̃_j, γ̃_j) for j = 2 … s (Eqs. 2.6 to 2.8).
    """
    w0 = 1.0 + DAMPING / stages**2
    t, t1, t2 = [1.0, w0], [0.0, 1.0], [0.0, 0.0]
    for _ in range(2, stages + 1):
        t.append(2 * w0 * t[-1] - t[-2])
        t1.append(2 * w0 * t1[-1] - t1[-2] + 2 * t[-2])
        t2.append(2 * w0 * t2[-1] - t2[-2] + 4 * t1[-2])
    w1 = t1[stages] / t2[stages]
    b = [0.0, 0.0, *(t2[j] / t1[j] ** 2 for j in range(2, stages + 1))]
    b[0] = b[1] = b[2]
    rest = []
    for j in range(2, stages + 1):
        mu_tilde = 2 * b[j] * w1 / b[j - 1]
        a = 1.0 - b[j - 1] * t[j - 1]
        rest.append((2 * b[j] * w0 / b[j - 1], -b[j] / b[j - 2], mu_tilde, -a * mu_tilde))
    return b[1] * w1, tuple(rest)
