"""Box bounds as LAMMPS writes them: lower and upper edge instead of lower edge and length."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, localcontext

import numpy as np
from numpy.typing import ArrayLike

from lmpmeso.configurations.configuration import Configuration
from lmpmeso.errors import ConfigurationError
from lmpmeso.files.words import real, shown

# Enough for the difference of any two numbers that are printed with 17 digits and lie within
# thirty orders of magnitude of each other.
_DIGITS = 60
ROUNDING = 1e-10
"""A tilt of less, in parts of the edge, moves no particle: tools make it from the cosine of 90°."""


def edge_length(lower: str, upper: str) -> float:
    """Length between two bounds [length], rounded once instead of three times.

    Raises:
        ValueError: a bound is no finite number.
    """
    real(lower), real(upper)
    with localcontext(prec=_DIGITS):
        return float(Decimal(upper.strip()) - Decimal(lower.strip()))


def box_of_bounds(
    rows: Sequence[Sequence[str]], where: str
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Lower corner and edge lengths [length] from three rows ``lower upper``, each with a tilt or not.

    Raises:
        ConfigurationError: the rows are none of numbers, or the box is triclinic.
    """
    try:
        numbers = np.array([[real(word) for word in row] for row in rows])
        lengths = tuple(edge_length(row[0], row[1]) for row in rows)
    except (ValueError, IndexError):
        numbers, lengths = np.empty(0), ()
    if numbers.shape not in ((3, 2), (3, 3)) or not np.isfinite(lengths).all():
        given = shown("; ".join(" ".join(row) for row in rows), 100)
        raise ConfigurationError(
            f"{where}: the box must be given by three lines 'lower upper', got {given}"
        )
    refuse_tilt(numbers[:, 2:], lengths, where)
    return tuple(numbers[:, 0].tolist()), lengths


def box_of_vectors(
    rows: Sequence[Sequence[str]], where: str
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The same from LAMMPS's general box: rows of three components of an edge and one of the origin.

    Raises:
        ConfigurationError: the rows are none of numbers, or the edges do not lie along x, y, z.
    """
    try:
        numbers = np.array([[real(word) for word in row] for row in rows]).reshape(3, 4)
    except ValueError:
        raise ConfigurationError(
            f"{where}: the box must be given by three lines of four numbers"
        ) from None
    edges, lengths = numbers[:, :3], np.diag(numbers)
    refuse_tilt(edges - np.diag(lengths), lengths, where)
    return tuple(numbers[:, 3].tolist()), tuple(lengths.tolist())


def refuse_tilt(tilts: ArrayLike, lengths: ArrayLike, where: str) -> None:
    """Refuse a box that is triclinic by more than rounding; tilts and edge lengths [length].

    Raises:
        ConfigurationError: it is.
    """
    if np.size(tilts) and is_tilted(tilts, lengths):
        told = " ".join(f"{tilt:g}" for tilt in np.ravel(tilts))
        raise ConfigurationError(
            f"{where}: the box is triclinic (tilts {told}); only orthogonal boxes along x, y, z are "
            "supported"
        )


def is_tilted(tilts: ArrayLike, lengths: ArrayLike) -> bool:
    """Whether a box is triclinic by more than rounding: tilts and edge lengths [length]."""
    return bool(np.abs(np.asarray(tilts)).max() > ROUNDING * np.abs(np.asarray(lengths)).min())


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
