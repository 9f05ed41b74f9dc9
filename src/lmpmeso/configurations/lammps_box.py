"""Box bounds as LAMMPS writes them: lower and upper edge instead of lower edge and length."""

from __future__ import annotations

from decimal import Decimal, localcontext

# Enough for the difference of any two numbers that are printed with 17 digits and lie within
# thirty orders of magnitude of each other.
_DIGITS = 60


def edge_length(lower: str, upper: str) -> float:
    """Length between two bounds [length], rounded once instead of three times."""
    with localcontext(prec=_DIGITS):
        return float(Decimal(upper) - Decimal(lower))


def upper_bound(lower: float, length: float) -> str:
    """The upper bound as text with the digits that ``edge_length`` needs to return ``length``."""
    with localcontext(prec=_DIGITS):
        return str(Decimal(repr(float(lower))) + Decimal(repr(float(length))))
