"""Swap Monte Carlo: two particles exchange their species and sizes, by the exact energy.

Array suffixes: n particle, c Cartesian component.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lmpmeso.arrays import FloatArray
from lmpmeso.configurations import Configuration
from lmpmeso.errors import ModelError
from lmpmeso.hessians.compiled_forces import CompiledForces
from lmpmeso.models import GlassModel


@dataclass(frozen=True)
class SwapCount:
    """Attempts to exchange different particles, exchanges, and what they changed the energy by [energy]."""

    attempted: int = 0
    accepted: int = 0
    energy: float = 0.0

    def __add__(self, other: SwapCount) -> SwapCount:
        return SwapCount(
            self.attempted + other.attempted,
            self.accepted + other.accepted,
            self.energy + other.energy,
        )


def refuse_unswappable(model: GlassModel) -> None:
    """Refuse a model in which an exchange means nothing, or whose energy is no sum over pairs.

    Raises:
        ModelError: it is one.
    """
    what = ""
    if model.lammps is not None:
        what = "is given as LAMMPS commands: swaps need pair potentials that are formulas or tables"
    elif model.embedding is not None or model.three_body is not None:
        what = "is more than pairs of particles: swaps need pair potentials alone"
    elif model.sizes is None and model.n_species == 1:
        what = "has one species and no sizes: to swap two particles changes nothing"
    if what:
        raise ModelError(f"model {model.name!r} {what}")


class ParticleSwaps:
    """Exchanges of species and sizes of particles that stay where they are, at constant temperature.

    Two particles are chosen at random, all pairs alike, and the exchange is accepted with probability
    min(1, exp(-ΔU/k_B T)): detailed balance. Grigera and Parisi, Phys. Rev. E 63, 045102 (2001),
    https://doi.org/10.1103/PhysRevE.63.045102.

    Args:
        configuration: gives species, sizes and box.
        model: the model.
        surface: its energy surface, made ``swappable``, which is told of every exchange; None makes one.

    Attributes:
        species: index of each particle's species now, shape (N,).
        diameters: size of each particle now [length], shape (N,); None where there are none.

    Raises:
        ModelError: see :func:`refuse_unswappable`.
    """

    def __init__(
        self, configuration: Configuration, model: GlassModel, surface: CompiledForces | None = None
    ):
        refuse_unswappable(model)
        from lmpmeso.hessians import swap_kernels

        self._kernels = swap_kernels
        self._surface = surface or CompiledForces(configuration, model, swappable=True)
        self._nonadditivity = 0.0 if model.sizes is None else model.sizes.nonadditivity
        self.species = configuration.species.copy()
        self.diameters = None if model.sizes is None else np.array(configuration.diameters)

    def __call__(
        self,
        positions_nc: FloatArray,
        thermal_energy: float,
        attempts: int,
        generator: np.random.Generator,
    ) -> SwapCount:
        """Attempt exchanges at the given positions, anywhere [length], (N, d), and k_B T [energy]."""
        n = len(self.species)
        pairs = generator.integers(0, n, (2, attempts))
        sizes = np.zeros(n) if self.diameters is None else self.diameters
        surface = self._surface
        surface.prepare(positions_nc)
        particles = (self.species, sizes, self._nonadditivity)
        liquid = (*surface.place, *surface.near(), *particles, *surface.tables)
        found = self._kernels.swap(*pairs, generator.random(attempts), thermal_energy, liquid)
        surface.relabel(self.species, self.diameters)
        return SwapCount(*found)
