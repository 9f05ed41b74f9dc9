"""Box bounds as LAMMPS writes them: lower and upper edge instead of lower edge and length."""

from __future__ import annotations

from decimal import Decimal, localcontext

from lmpmeso.configurations.configuration import Configuration

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


def bounds(configuration: Configuration) -> list[tuple[str, str]]:
    """The lower and the upper bound of x, y and z; in 2D the box is 1 high."""
    written = [
        (repr(float(low)), upper_bound(low, length))
        for low, length in zip(configuration.origin_c, configuration.box_c, strict=True)
    ]
    return written + [("-0.5", "0.5")] * (3 - configuration.dimension)
