"""What a glass former is: species, state point and interactions, in one frozen object."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from lmpmeso.arrays import FloatArray, IntArray
from lmpmeso.errors import ModelError
from lmpmeso.models.embedded_atom import EmbeddedAtom
from lmpmeso.models.identity import digest_of, plain, plain_parameters
from lmpmeso.models.potentials import PairPotential, StillingerWeberThreeBody
from lmpmeso.models.version_0_1 import DIGESTS


@dataclass(frozen=True)
class Species:
    """One kind of particle.

    Attributes:
        name: name used in tables and options, e.g. ``"large"`` or ``"A"``.
        fraction: number fraction in the mixture.
        q_max: first peak of this species' partial structure factor [length⁻¹], or None.
        mass: mass of a particle [mass].
    """

    name: str
    fraction: float
    q_max: float | None
    mass: float = 1.0


@dataclass(frozen=True)
class GlassModel:
    """A glass-forming model at its state point.

    Species are numbered from 0 in the order of ``species``; LAMMPS type = species + 1.

    Attributes:
        name: the model's name, e.g. ``"ss-0.70"``.
        interaction: name of its potentials, e.g. ``"ss"``: the same for models that differ only in
            dimension or state point, and the stem of its potential file.
        title: one line that a physicist recognises.
        dimension: 2 or 3.
        density: number density ρ = N/V [length^{-dimension}].
        n_particles: N in the paper's simulations (2000, where the paper states none).
        species: the species; index 0 is LAMMPS type 1.
        largest_species: index of the species that F_s and the MSD refer to.
        pair_potentials: ((φ_00, φ_01, …), …), symmetric.
        three_body: the three-body term, or None.
        time_step: integration step δt [time].
        high_temperature_time_step: δt above T = 1 [time].
        thermostat_time: Nosé-Hoover coupling time [time].
        temperature_range: (lowest, highest) temperature of the paper's study, or where the liquid
            goes from fluid to viscous if the paper does not say.
        reference: where the parameters come from.
        units: LAMMPS's name of the units: ``lj``, ``metal`` or ``real``.
        embedding: energy of the particles in the density of their neighbours, or None.
    """

    name: str
    interaction: str
    title: str
    dimension: int
    density: float
    n_particles: int
    species: tuple[Species, ...]
    largest_species: int
    pair_potentials: tuple[tuple[PairPotential, ...], ...]
    three_body: StillingerWeberThreeBody | None
    time_step: float
    high_temperature_time_step: float
    thermostat_time: float
    temperature_range: tuple[float, float]
    reference: str
    units: str = "lj"
    embedding: EmbeddedAtom | None = None

    def identity(self) -> dict[str, Any]:
        """What a trajectory or a stored result depends on, as plain data for JSON.

        In it are the interactions, the composition (fractions in the order of LAMMPS types), masses,
        density, dimension, both time steps and the thermostat; and ``largest_species`` and the
        ``q_max``, since τ_α refers to them wherever no species or wave number is given, and with it the
        length of an equilibration. Not in it are ``name``, ``interaction``, ``title``, ``reference`` and
        the names of species, which are words; ``temperature_range``, which is advice; and
        ``n_particles``, a default that every run notes as its own number.

        Raises:
            ModelError: a potential is no dataclass.
        """
        identity = {
            "dimension": self.dimension,
            "density": plain(self.density),
            "fractions": plain([s.fraction for s in self.species]),
            "masses": plain([s.mass for s in self.species]),
            "largest_species": self.largest_species,
            "q_max": plain([s.q_max for s in self.species]),
            "pair_potentials": {
                f"{a + 1}-{b + 1}": plain_parameters(phi) for a, b, phi in self.species_pairs()
            },
            "three_body": None if self.three_body is None else plain_parameters(self.three_body),
            "time_step": plain(self.time_step),
            "high_temperature_time_step": plain(self.high_temperature_time_step),
            "thermostat_time": plain(self.thermostat_time),
        }
        # What the models of version 0.1.0 had not is mentioned only where it is there.
        if self.units != "lj":
            identity["units"] = self.units
        if self.embedding is not None:
            identity["embedding"] = plain_parameters(self.embedding)
        return identity

    def digest(self) -> str:
        """Tells models apart: hexadecimal digits of SHA-256 of :meth:`identity`.

        The packaged models keep what version 0.1.0 called them, as long as their identity is what it
        was then.
        """
        found = digest_of(self.identity())
        return DIGESTS.get(found, found)

    def signature(self) -> dict[str, Any]:
        """:meth:`identity` and :meth:`digest`: what a run keeps of its model."""
        return {**self.identity(), "digest": self.digest()}

    @property
    def n_species(self) -> int:
        """Number of species."""
        return len(self.species)

    @property
    def a0(self) -> float:
        """Reduced unit of length a0 = (V/N)^(1/d) [length]."""
        return float(self.density ** (-1.0 / self.dimension))

    def t0(self, temperature: float) -> float:
        """Reduced unit of time t0 = a0/√T [time] (m = k_B = 1)."""
        return self.a0 / float(np.sqrt(temperature))

    @property
    def cutoffs(self) -> FloatArray:
        """Matrix of pair cut-off distances [length], shape (n_species, n_species)."""
        return np.array([[p.cutoff for p in row] for row in self.pair_potentials])

    @property
    def max_cutoff(self) -> float:
        """Largest distance at which two particles interact, three-body term included [length]."""
        three_body = 0.0 if self.three_body is None else self.three_body.cutoff
        return max(float(self.cutoffs.max()), three_body)

    def species_pairs(self) -> Iterator[tuple[int, int, PairPotential]]:
        """(a, b, φ_ab) of all pairs of species with a ≤ b."""
        for a in range(self.n_species):
            for b in range(a, self.n_species):
                yield a, b, self.pair_potentials[a][b]

    def time_step_at(self, temperature: float) -> float:
        """Integration step for this temperature [time]: mostly shorter above T = 1."""
        return self.high_temperature_time_step if temperature > 1.0 else self.time_step

    def composition(self, n_particles: int) -> IntArray:
        """Number of particles of each species for a system of n_particles, shape (n_species,)."""
        counts = np.floor(np.array([s.fraction for s in self.species]) * n_particles + 0.5)
        counts = counts.astype(np.int64)
        counts[-1] = n_particles - counts[:-1].sum()
        return counts

    def species_index(self, species: int | str | None) -> int:
        """Index of a species given by name or index; None means the largest species.

        Raises:
            ModelError: there is no such species in this model.
        """
        if species is None:
            return self.largest_species
        names = [s.name for s in self.species]
        if isinstance(species, str) and species in names:
            return names.index(species)
        if not isinstance(species, str) and 0 <= species < len(names):
            return int(species)
        raise ModelError(f"model {self.name!r} has no species {species!r}; it has {names}")

    def pair_derivatives(
        self, r: FloatArray, species_i: IntArray, species_j: IntArray, order: int = 2
    ) -> tuple[FloatArray, ...]:
        """φ_ij and its derivatives with respect to r, each particle pair by its species.

        Args:
            r: distances [length], shape (P,); zero is returned beyond the pair's cut-off.
            species_i: species of the first particles, shape (P,).
            species_j: species of the second particles, shape (P,).
            order: highest derivative, 0 to 4.

        Returns:
            (φ, φ′, …): order + 1 arrays of shape (P,) [energy/length^k].
        """
        if self.n_species == 1:
            return self.pair_potentials[0][0].derivatives(r, order)
        result = np.empty((order + 1, r.size))
        code = species_i * self.n_species + species_j
        for a, b, potential in self.species_pairs():
            either_way = (code == a * self.n_species + b) | (code == b * self.n_species + a)
            chosen = np.flatnonzero(either_way)
            values = potential.derivatives(r[chosen], order)
            for total, value in zip(result, values, strict=True):
                total[chosen] = value
        return tuple(result)
