"""The model's formulas in exact and in 100-digit arithmetic, written down a second time.

Nothing here is shared with the package: coefficients come from the defining conditions by rational
elimination, derivatives from difference quotients so fine that 100 digits are needed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal, getcontext
from fractions import Fraction

getcontext().prec = 120
STEP = Decimal("1e-22")
MINIMUM = Decimal(2) ** (Decimal(1) / Decimal(6))


def solve(matrix: Sequence[Sequence[Fraction]], right: Sequence[Fraction]) -> list[Fraction]:
    """Solve a linear system of rational numbers exactly."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    n = len(rows)
    for column in range(n):
        pivot = next(i for i in range(column, n) if rows[i][column] != 0)
        rows[column], rows[pivot] = rows[pivot], rows[column]
        for i in range(column + 1, n):
            factor = rows[i][column] / rows[column][column]
            rows[i] = [a - factor * b for a, b in zip(rows[i], rows[column], strict=True)]
    solution = [Fraction(0)] * n
    for i in reversed(range(n)):
        known = sum((rows[i][j] * solution[j] for j in range(i + 1, n)), Fraction(0))
        solution[i] = (rows[i][n] - known) / rows[i][i]
    return solution


def monomial(x: Fraction, power: int, order: int) -> Fraction:
    """The derivative of the given order of x^power."""
    factor = Fraction(1)
    for m in range(order):
        factor *= power - m
    return factor * x ** (power - order)


def inverse_power_law_coefficients(cutoff: Fraction) -> dict[int, Fraction]:
    """{power: c} from φ = φ′ = φ″ = φ‴ = 0 at the cut-off."""
    powers = (0, 2, 4, 6)
    matrix = [[monomial(cutoff, n, k) for n in powers] for k in range(4)]
    right = [-monomial(cutoff, -10, k) for k in range(4)]
    return dict(zip(powers, solve(matrix, right), strict=True))


def sticky_sphere_coefficients(relative_cutoff: Fraction) -> dict[int, Fraction]:
    """{power: c} from continuity of φ, φ′, φ″ at 2^(1/6) and at the cut-off."""
    powers = (-12, -6, 0, 2, 4, 6)
    minimum = Fraction(MINIMUM)
    ends = (minimum, minimum * relative_cutoff)
    matrix = [[monomial(x, n, k) for n in powers] for x in ends for k in range(3)]
    core = [4 * monomial(minimum, -12, k) - 4 * monomial(minimum, -6, k) for k in range(3)]
    return dict(zip(powers, solve(matrix, core + [Fraction(0)] * 3), strict=True))


def derivatives(f: Callable[[Decimal], Decimal], r: float, order: int = 4) -> list[Decimal]:
    """f(r) and its derivatives by central differences with a step of 1e-22."""
    x, h = Decimal(r), STEP
    minus2, minus, here, plus, plus2 = (f(x + k * h) for k in (-2, -1, 0, 1, 2))
    return [
        here,
        (plus - minus) / (2 * h),
        (plus - 2 * here + minus) / h**2,
        (plus2 - 2 * plus + 2 * minus - minus2) / (2 * h**3),
        (plus2 - 4 * plus + 6 * here - 4 * minus + minus2) / h**4,
    ][: order + 1]


def as_decimal(value: Fraction) -> Decimal:
    """A rational number to 120 digits."""
    return Decimal(value.numerator) / Decimal(value.denominator)


def inverse_power_law(size: float) -> Callable[[Decimal], Decimal]:
    """φ of the IPL model."""
    coefficients = {
        n: as_decimal(c) for n, c in inverse_power_law_coefficients(Fraction("1.48")).items()
    }

    def phi(r: Decimal) -> Decimal:
        x = r / Decimal(size)
        return x**-10 + sum(c * x**n for n, c in coefficients.items())

    return phi


def lennard_jones(r: Decimal, epsilon: float, sigma: float) -> Decimal:
    """4ε [(σ/r)¹² - (σ/r)⁶]."""
    sixth = (Decimal(sigma) / r) ** 6
    return 4 * Decimal(epsilon) * (sixth * sixth - sixth)


def shifted_force(epsilon: float, sigma: float, cutoff: float) -> Callable[[Decimal], Decimal]:
    """φ of the mBLJ model."""
    value, slope = derivatives(lambda r: lennard_jones(r, epsilon, sigma), cutoff, 1)
    return lambda r: lennard_jones(r, epsilon, sigma) - value - (r - Decimal(cutoff)) * slope


def shifted(epsilon: float, sigma: float, cutoff: float) -> Callable[[Decimal], Decimal]:
    """φ of the Kob-Andersen model."""
    value = lennard_jones(Decimal(cutoff), epsilon, sigma)
    return lambda r: lennard_jones(r, epsilon, sigma) - value


def sticky_sphere(size: float, relative_cutoff: float) -> Callable[[Decimal], Decimal]:
    """φ of the SS model."""
    exact = sticky_sphere_coefficients(Fraction(relative_cutoff))
    coefficients = {n: as_decimal(c) for n, c in exact.items()}

    def phi(r: Decimal) -> Decimal:
        x = r / Decimal(size)
        if x < MINIMUM:
            return 4 * (x**-12 - x**-6)
        return sum((c * x**n for n, c in coefficients.items()), Decimal(0))

    return phi


# The doubles that the package works with, digit for digit: near the cut-off the exponential feels
# the difference between 1.8 and the double next to it.
SW_A, SW_B, SW_CUTOFF, SW_GAMMA = map(Decimal, (7.049556277, 0.6022245584, 1.80, 1.20))


def stillinger_weber(r: Decimal) -> Decimal:
    """Two-body term of the SW model."""
    return SW_A * (SW_B / r**4 - 1) * (1 / (r - SW_CUTOFF)).exp()


def stillinger_weber_radial(r: Decimal) -> Decimal:
    """Radial factor of the three-body term of the SW model."""
    return (SW_GAMMA / (r - SW_CUTOFF)).exp()
