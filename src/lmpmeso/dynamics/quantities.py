"""The quantities that displacements between two frames tell about, as columns of a table.

Array suffixes: s row of sums or of their means, p pair of frames.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lmpmeso.arrays import FloatArray
from lmpmeso.dynamics.observables import Observable, even_powers, number_within, square


def unchanged(values: FloatArray) -> FloatArray:
    """The values themselves."""
    return values


@dataclass(frozen=True)
class Quantity:
    """One or several columns, functions of averages over particles and time origins.

    ``measure`` sums over particles for each pair of frames; from the means over particles ``of_pair`` makes
    what is averaged over time origins, one column a pair; from those averages, or averages of a part of
    them, ``of_average`` makes the columns.
    """

    columns: tuple[str, ...]
    measure: Observable
    of_pair: Callable[[FloatArray], FloatArray] = unchanged
    of_average: Callable[[FloatArray], FloatArray] = unchanged


MEAN_SQUARE = Quantity(("msd",), square)


def scattering(observable: Observable) -> Quantity:
    """F_s by one of the averages over the direction of q."""
    return Quantity(("Fs",), observable)


def moments(dimension: int) -> Quantity:
    """MSD [length²] and α₂ = d ⟨Δr⁴⟩ / ((d + 2) ⟨Δr²⟩²) − 1, 0 for Gaussian displacements.

    A. Rahman, Phys. Rev. 136, A405 (1964), doi:10.1103/PhysRev.136.A405, for d = 3. NaN where nothing
    has moved.
    """

    def columns(mean_sp: FloatArray) -> FloatArray:
        second, fourth = mean_sp
        gaussian = (1.0 + 2.0 / dimension) * second**2
        ratio = np.divide(fourth, gaussian, out=np.full_like(second, np.nan), where=gaussian > 0)
        return np.stack([second, ratio - 1.0])

    return Quantity(("msd", "alpha2"), even_powers, of_average=columns)


def overlap_and_susceptibility(distance: float, n_particles: int) -> Quantity:
    """Q and χ₄ = N (⟨Q²⟩ − ⟨Q⟩²), Q the fraction of N particles within ``distance`` [length]."""

    def with_square(fraction_sp: FloatArray) -> FloatArray:
        return np.concatenate([fraction_sp, fraction_sp**2])

    def columns(mean_sp: FloatArray) -> FloatArray:
        overlap, squared = mean_sp
        return np.stack([overlap, n_particles * np.maximum(squared - overlap**2, 0.0)])

    return Quantity(("Q", "chi4"), number_within(distance), with_square, columns)
