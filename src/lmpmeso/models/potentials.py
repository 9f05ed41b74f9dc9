"""Pair potentials with three analytic derivatives, and the Stillinger-Weber three-body term.

A pair potential is a small frozen class with a ``cutoff`` and one method,
``derivatives(r, order)``. It knows nothing of particles: neighbours and assembly are written
once for all of them, in :mod:`lmpmeso.hessians`.

Arrays of derivatives have the shape (order + 1, P): row k is the k-th derivative with respect to r.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import cache, cached_property
from math import comb, perm
from typing import Protocol

import numpy as np

from lmpmeso.arrays import FloatArray
from lmpmeso.errors import ModelError


class PairPotential(Protocol):
    """φ(r) of one pair of species."""

    @property
    def cutoff(self) -> float:
        """Distance beyond which φ and all its derivatives are zero [length]."""

    @property
    def diameter(self) -> float:
        """λ or σ: the length in which the formula measures distances [length]."""

    def derivatives(self, r: FloatArray, order: int = 2) -> tuple[FloatArray, ...]:
        """φ, φ′, … up to the given order (0 to 4) at distances r [length], shape (P,).

        Returns:
            order + 1 arrays of shape (P,) [energy/length^k], zero for r ≥ cutoff.
        """
        ...


class FormInside(Protocol):
    """What a potential says of itself: its cut-off, and its form below it."""

    @property
    def cutoff(self) -> float:
        """Distance from which φ is zero [length]."""

    def _inside(self, r: FloatArray, order: int) -> FloatArray:
        """φ and its derivatives for r < cutoff, shape (order + 1, P)."""
        ...


class TruncatedPotential:
    """A pair potential that is zero from its cut-off on."""

    def derivatives(self: FormInside, r: FloatArray, order: int = 2) -> tuple[FloatArray, ...]:
        """φ, φ′, … up to ``order`` at r [length]; arrays of r's shape."""
        return truncated(self._inside, r, self.cutoff, order)


@dataclass(frozen=True)
class SmoothInversePowerLaw(TruncatedPotential):
    """φ(r) = ε [x⁻¹⁰ + c0 + c2 x² + c4 x⁴ + c6 x⁶], x = r/λ < x_c: the IPL model.

    The four coefficients follow from φ = φ′ = φ″ = φ‴ = 0 at x_c (Lerner, J. Non-Cryst. Solids
    522, 119570 (2019), https://doi.org/10.1016/j.jnoncrysol.2019.119570).

    Attributes:
        size: λ of this pair of species [length].
        reduced_cutoff: x_c.
        energy: ε [energy].
    """

    size: float
    reduced_cutoff: float = 1.48
    energy: float = 1.0

    @property
    def cutoff(self) -> float:
        """x_c λ [length]."""
        return self.reduced_cutoff * self.size

    @property
    def coefficients(self) -> dict[int, float]:
        """The polynomial's coefficients {power of x: c}."""
        xc = self.reduced_cutoff
        return {0: -56.0 * xc**-10, 2: 140.0 * xc**-12, 4: -120.0 * xc**-14, 6: 35.0 * xc**-16}

    @property
    def diameter(self) -> float:
        """λ [length]."""
        return self.size

    def _inside(self, r: FloatArray, order: int) -> FloatArray:
        sums = power_sums(r / self.size, {-10: 1.0, **self.coefficients}, order)
        return rescaled(sums, self.energy, self.size)


@dataclass(frozen=True)
class CutLennardJones(TruncatedPotential):
    """A Lennard-Jones potential v(r) that ends at a cut-off.

    Attributes:
        epsilon: ε of this pair of species [energy].
        sigma: σ of this pair of species [length].
        cutoff: r_c, absolute [length].
    """

    epsilon: float
    sigma: float
    cutoff: float

    @property
    def diameter(self) -> float:
        """σ [length]."""
        return self.sigma


@dataclass(frozen=True)
class ShiftedForceLennardJones(CutLennardJones):
    """φ(r) = v(r) - v(r_c) - (r - r_c) v′(r_c), v the Lennard-Jones potential: the mBLJ model.

    LAMMPS ``lj/smooth/linear``. φ and φ′ vanish at r_c; φ″ jumps there (Schrøder and Dyre,
    J. Chem. Phys. 152, 141101 (2020), https://doi.org/10.1063/5.0004093).
    """

    def _inside(self, r: FloatArray, order: int) -> FloatArray:
        values = lennard_jones(r, self.epsilon, self.sigma, order)
        value_at_cutoff, slope_at_cutoff = self.at_cutoff
        values[0] -= value_at_cutoff + (r - self.cutoff) * slope_at_cutoff
        if order >= 1:
            values[1] -= slope_at_cutoff
        return values

    @cached_property
    def at_cutoff(self) -> tuple[float, float]:
        """v(r_c) [energy] and v′(r_c) [energy/length]."""
        value, slope = lennard_jones(np.array([self.cutoff]), self.epsilon, self.sigma, 1)[:, 0]
        return float(value), float(slope)


@dataclass(frozen=True)
class ShiftedLennardJones(CutLennardJones):
    """φ(r) = v(r) - v(r_c): the Kob-Andersen mixture, LAMMPS ``lj/cut`` with ``shift yes``.

    Kob and Andersen, Phys. Rev. E 51, 4626 (1995), https://doi.org/10.1103/PhysRevE.51.4626.
    """

    def _inside(self, r: FloatArray, order: int) -> FloatArray:
        values = lennard_jones(r, self.epsilon, self.sigma, order)
        values[0] -= self.value_at_cutoff
        return values

    @cached_property
    def value_at_cutoff(self) -> float:
        """v(r_c) [energy]."""
        return float(lennard_jones(np.array([self.cutoff]), self.epsilon, self.sigma, 0)[0, 0])


@dataclass(frozen=True)
class StickySphere(TruncatedPotential):
    """Lennard-Jones repulsion to the minimum, then a short, strong, smooth attraction: the SS model.

    φ/ε = 4 (x⁻¹² - x⁻⁶) for x = r/λ < 2^(1/6), a x⁻¹² - b x⁻⁶ + c0 + c2 x² + c4 x⁴ + c6 x⁶ up to
    x_c, where the six coefficients make value and first two derivatives continuous at the minimum
    and zero at x_c. The third derivative jumps at both (Chattoraj and Ciamarra, Phys. Rev. Lett.
    124, 028001 (2020), https://doi.org/10.1103/PhysRevLett.124.028001).

    Attributes:
        size: λ of this pair of species [length].
        relative_cutoff: x_c / 2^(1/6); 1.2 in the paper, any value above 1 is allowed.
        energy: ε [energy].
    """

    size: float
    relative_cutoff: float = 1.2
    energy: float = 1.0

    def __post_init__(self) -> None:
        """Refuse a cut-off inside the repulsive part."""
        if not self.relative_cutoff > 1.0:
            raise ModelError(
                f"relative_cutoff must exceed 1 (the minimum of the potential), got {self.relative_cutoff}"
            )

    @property
    def cutoff(self) -> float:
        """x_c λ [length]."""
        return self.relative_cutoff * REDUCED_MINIMUM * self.size

    @property
    def coefficients(self) -> dict[int, float]:
        """The tail's coefficients {power of x: coefficient}; a belongs to -12 and -b to -6."""
        return sticky_tail_coefficients(self.relative_cutoff)

    @property
    def diameter(self) -> float:
        """λ [length]."""
        return self.size

    def _inside(self, r: FloatArray, order: int) -> FloatArray:
        x = r / self.size
        core = power_sums(x, LENNARD_JONES, order)
        tail = power_sums(x, self.coefficients, order)
        return rescaled(np.where(x < REDUCED_MINIMUM, core, tail), self.energy, self.size)


@dataclass(frozen=True)
class StillingerWeberPair(TruncatedPotential):
    """φ(r) = A ε [B (σ/r)^p - (σ/r)^q] exp(σ/(r - aσ)): the two-body part of the SW model.

    Stillinger and Weber, Phys. Rev. B 31, 5262 (1985), https://doi.org/10.1103/PhysRevB.31.5262.

    Attributes:
        epsilon: ε [energy].
        sigma: σ [length].
        a: cut-off in units of σ.
        A, B, p, q: the potential's constants.
    """

    epsilon: float = 1.0
    sigma: float = 1.0
    a: float = 1.80
    A: float = 7.049556277
    B: float = 0.6022245584
    p: int = 4
    q: int = 0

    @property
    def cutoff(self) -> float:
        """a·σ [length]."""
        return self.a * self.sigma

    @property
    def diameter(self) -> float:
        """σ [length]."""
        return self.sigma

    def _inside(self, r: FloatArray, order: int) -> FloatArray:
        x = r / self.sigma
        algebraic = power_sums(x, {-self.p: self.B, -self.q: -1.0}, order)
        screening = exponential_screening(x, 1.0, self.a, order)
        product = np.array(
            [
                sum(comb(k, m) * algebraic[m] * screening[k - m] for m in range(k + 1))
                for k in range(order + 1)
            ]
        )
        return rescaled(product, self.A * self.epsilon, self.sigma)


@dataclass(frozen=True)
class StillingerWeberThreeBody:
    """Σ_i Σ_{j<k} λ ε (cos θ_jik - cos θ0)² g(r_ij) g(r_ik), g(r) = exp(γσ/(r - aσ)).

    Attributes:
        strength: λ; 18.75 makes the glass former of the paper, 21 silicon.
        epsilon: ε [energy].
        sigma: σ [length].
        a: cut-off in units of σ.
        gamma: γ.
        cos_theta0: cosine of the favoured angle.
    """

    strength: float
    epsilon: float = 1.0
    sigma: float = 1.0
    a: float = 1.80
    gamma: float = 1.20
    cos_theta0: float = -1.0 / 3.0

    @property
    def cutoff(self) -> float:
        """a·σ [length]."""
        return self.a * self.sigma

    def radial(self, r: FloatArray, order: int = 2) -> tuple[FloatArray, ...]:
        """g, g′, … up to ``order`` (at most 4) at r [length]; zero beyond the cut-off."""
        return truncated(self._inside, r, self.cutoff, order)

    def _inside(self, r: FloatArray, order: int) -> FloatArray:
        screening = exponential_screening(r / self.sigma, self.gamma, self.a, order)
        return rescaled(screening, 1.0, self.sigma)


LENNARD_JONES = {-12: 4.0, -6: -4.0}
"""Coefficients {power of r/σ: c} of the Lennard-Jones potential in units of ε."""

REDUCED_MINIMUM = 2.0 ** (1.0 / 6.0)
"""Position of the Lennard-Jones minimum in units of σ."""


BLOCK = 8192
"""Distances evaluated at once: few enough for all intermediate arrays to stay in the cache."""


def truncated(
    inside: Callable[[FloatArray, int], FloatArray], r: FloatArray, cutoff: float, order: int
) -> tuple[FloatArray, ...]:
    """``inside(r, order)``, shape (order + 1, P), below the cut-off [length] and zero from there on.

    The distances r [length] have the shape (P,); order is the highest derivative.
    """
    result = np.zeros((order + 1, r.size))
    for start in range(0, r.size, BLOCK):
        block = r[start : start + BLOCK]
        values = result[:, start : start + BLOCK]
        within = block < cutoff
        if within.all():
            values[:] = inside(block, order)
        else:
            values[:, within] = inside(block[within], order)
    return tuple(result)


def rescaled(derivatives: FloatArray, energy: float, length: float) -> FloatArray:
    """From the derivatives of f(x) in place to those of energy · f(r/length)."""
    for k, derivative in enumerate(derivatives):
        derivative *= energy / length**k
    return derivatives


def power_sums(x: FloatArray, coefficients: dict[int, float], order: int) -> FloatArray:
    """Σ c_n x^n over integer powers n, and its derivatives up to ``order``.

    The k-th derivative is x^-k Σ n (n-1) … (n-k+1) c_n x^n: all orders share the powers of x.
    """
    inverse = 1.0 / x
    powers = np.empty((len(coefficients), x.size))
    for power, n in zip(powers, coefficients, strict=True):
        power[:] = integer_power(x if n >= 0 else inverse, abs(n))
    weights = [
        [c * falling_factorial(n, k) for n, c in coefficients.items()] for k in range(order + 1)
    ]
    sums: FloatArray = np.array(weights) @ powers
    for k in range(1, order + 1):
        sums[k:] *= inverse
    return sums


def integer_power(x: FloatArray, n: int) -> FloatArray:
    """x^n for n ≥ 0 by repeated squaring: ten times as fast as ``**`` and as accurate."""
    if n == 0:
        return np.ones_like(x)
    if n == 1:
        return x
    half = integer_power(x, n // 2)
    return half * half * x if n % 2 else half * half


def falling_factorial(n: int, k: int) -> int:
    """The factor n (n-1) … (n-k+1) that k derivatives of x^n bring down."""
    return perm(n, k) if n >= 0 else (-1) ** k * perm(k - n - 1, k)


def lennard_jones(r: FloatArray, epsilon: float, sigma: float, order: int) -> FloatArray:
    """4ε [(σ/r)¹² - (σ/r)⁶] and its derivatives up to ``order``, without any cut-off."""
    return rescaled(power_sums(r / sigma, LENNARD_JONES, order), epsilon, sigma)


def exponential_screening(x: FloatArray, gamma: float, a: float, order: int) -> FloatArray:
    """exp(γ/(x - a)) and its derivatives up to ``order`` (at most 4), for x < a."""
    s = 1.0 / (x - a)
    h1 = -gamma * s * s
    h2 = -2.0 * h1 * s
    h3 = -3.0 * h2 * s
    h4 = -4.0 * h3 * s
    factors = (
        np.ones_like(s),
        h1,
        h2 + h1 * h1,
        h3 + h1 * (3.0 * h2 + h1 * h1),
        h4 + 3.0 * h2 * h2 + h1 * (4.0 * h3 + h1 * (6.0 * h2 + h1 * h1)),
    )
    return np.exp(gamma * s) * np.array(factors[: order + 1])


@cache
def sticky_tail_coefficients(relative_cutoff: float) -> dict[int, float]:
    """Solve the six matching conditions of :class:`StickySphere` for its tail, given x_c / 2^(1/6).

    The system is badly scaled (coefficients of order 10³ that cancel), so it is solved with 60
    significant digits and rounded once.

    Returns:
        {power of x: coefficient} for the powers -12, -6, 0, 2, 4, 6.
    """
    powers = (-12, -6, 0, 2, 4, 6)
    with localcontext() as context:
        context.prec = 60
        minimum = Decimal(2) ** (Decimal(1) / Decimal(6))
        ends = (minimum, minimum * Decimal(relative_cutoff))
        rows = [[_monomial(x, n, k) for n in powers] for x in ends for k in range(3)]
        core = [4 * (_monomial(minimum, -12, k) - _monomial(minimum, -6, k)) for k in range(3)]
        solution = _solve_linear(rows, core + [Decimal(0)] * 3)
    return {power: float(value) for power, value in zip(powers, solution, strict=True)}


def _monomial(x: Decimal, power: int, order: int) -> Decimal:
    """The derivative of the given order of x^power."""
    return falling_factorial(power, order) * x ** (power - order)


def _solve_linear(matrix: list[list[Decimal]], right: list[Decimal]) -> list[Decimal]:
    """Gauss-Jordan elimination with pivoting, in the decimal context of the caller."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    n = len(rows)
    for column in range(n):
        pivot = max(range(column, n), key=lambda i: abs(rows[i][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        rows[column] = [value / rows[column][column] for value in rows[column]]
        for i in range(n):
            if i != column:
                factor = rows[i][column]
                rows[i] = [v - factor * p for v, p in zip(rows[i], rows[column], strict=True)]
    return [row[-1] for row in rows]
