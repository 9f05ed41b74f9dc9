"""Particles of many sizes: how large they are, and the size of a pair.

Array suffixes: p pair.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lmpmeso.arrays import FloatArray, IntArray
from lmpmeso.errors import ModelError


@dataclass(frozen=True)
class Sizes:
    """A diameter of its own for each particle: p(σ) ∝ σ^exponent from ``smallest`` to ``largest``.

    Two particles interact by φ(r/σ_ij), σ_ij = ½(σ_i + σ_j)(1 - ε|σ_i - σ_j|); Ninarello, Berthier and Coslovich,
    Phys. Rev. X 7, 021039 (2017), https://doi.org/10.1103/PhysRevX.7.021039.

    Attributes:
        smallest, largest: diameters that there are [length]; files may hold no others.
        exponent: of the distribution from which diameters are drawn; 0 is a uniform one.
        nonadditivity: ε [length⁻¹], 0 or above.

    Raises:
        ModelError: there is no such distribution, or σ_ij would not be positive.
    """

    smallest: float
    largest: float
    exponent: float = 0.0
    nonadditivity: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if not 0 < self.smallest < self.largest < np.inf:
            raise ModelError(
                f"sizes go from a smallest to a larger largest, both positive, not from {self.smallest:g} to "
                f"{self.largest:g}"
            )
        spread = self.largest - self.smallest
        if not 0.0 <= self.nonadditivity * spread < 1.0:
            raise ModelError(
                f"a nonadditivity of {self.nonadditivity:g} makes the size of a pair {1 - self.nonadditivity * spread:.3g} "
                "times the mean of two, which must be between 0 and 1"
            )
        if not abs(self.exponent) <= 50.0:
            raise ModelError(
                f"the exponent of the sizes must lie between -50 and 50, got {self.exponent:g}"
            )

    def between(self, one_p: FloatArray, other_p: FloatArray) -> FloatArray:
        """σ_ij of particles of two diameters [length]."""
        return 0.5 * (one_p + other_p) * (1.0 - self.nonadditivity * np.abs(one_p - other_p))

    def of_pairs(self, diameters: FloatArray, i: IntArray, j: IntArray) -> FloatArray:
        """σ_ij of pairs of particles [length], shape (P,)."""
        return self.between(diameters[i], diameters[j])

    @property
    def mean(self) -> float:
        """Mean diameter of the distribution [length]."""
        middle = (np.arange(10_000) + 0.5) / 10_000
        return float(self._quantile(middle).mean())

    def drawn(self, n: int, generator: np.random.Generator) -> FloatArray:
        """Diameters of n particles in random order [length], shape (n,): the quantiles (k + ½)/n of the distribution.

        So each sample of n particles has the same diameters, as it has the same number of each species.
        """
        return generator.permutation(self._quantile((np.arange(n) + 0.5) / n))

    def _quantile(self, part: FloatArray) -> FloatArray:
        """The diameter below which a part of the particles is."""
        m, low, high = self.exponent + 1.0, self.smallest, self.largest
        if abs(m) < 1e-12:
            return np.asarray(low * (high / low) ** part)
        return np.asarray((low**m + part * (high**m - low**m)) ** (1.0 / m))

    def fault(self, diameters: FloatArray) -> tuple[int, str] | None:
        """The first particle of an impossible diameter, and what is wrong with it; None where all are possible."""
        # A last digit that a file has rounded is no fault.
        low, high = self.smallest * (1 - 1e-6), self.largest * (1 + 1e-6)
        bad = ~((diameters >= low) & (diameters <= high))
        if not bad.any():
            return None
        k = int(bad.argmax())
        if not diameters[k] > 0:
            return k, f"has the diameter {diameters[k]:g}, which is not positive"
        twice = 2.0 * diameters
        radii = bool(((twice >= low) & (twice <= high)).all())
        hint = ": are these radii? Then call the column radius" if radii else ""
        return k, (
            f"has the diameter {diameters[k]:g}, but those of the model go from {self.smallest:g} to "
            f"{self.largest:g}{hint}"
        )


def scaled_derivatives(
    derivatives: Callable[[FloatArray, int], tuple[FloatArray, ...]],
    r: FloatArray,
    size_p: FloatArray,
    order: int,
) -> tuple[FloatArray, ...]:
    """Derivatives with respect to r of φ(r/σ), from those of φ; arrays of shape (P,)."""
    values = derivatives(r / size_p, order)
    return tuple(value / size_p**k for k, value in enumerate(values))
