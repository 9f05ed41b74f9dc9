"""What a glass former is: species, state point and interactions, in one frozen object."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from lmpmeso.arrays import FloatArray, IntArray
from lmpmeso.errors import ModelError
from lmpmeso.models.derivative_check import refuse_wrong_derivatives
from lmpmeso.models.embedded_atom import EmbeddedAtom
from lmpmeso.models.identity import digest_of, plain, plain_parameters
from lmpmeso.models.lammps_interaction import LammpsInteraction
from lmpmeso.models.potentials import PairPotential, StillingerWeberThreeBody
from lmpmeso.models.sizes import Sizes, scaled_derivatives
from lmpmeso.models.topology import Topology
from lmpmeso.models.units import UnitsStyle, units_style
from lmpmeso.models.version_0_1 import DIGESTS

Scalar = TypeVar("Scalar", float, FloatArray)


@dataclass(frozen=True)
class Species:
    """One kind of particle.

    Attributes:
        name: name used in tables and options, e.g. ``"large"`` or ``"A"``.
        fraction: number fraction in the mixture.
        q_max: first peak of this species' partial structure factor [length⁻¹], or None.
        mass: mass of a particle [mass].
        charge: charge of a particle [charge].
    """

    name: str
    fraction: float = 1.0
    q_max: float | None = None
    mass: float = 1.0
    charge: float = 0.0


@dataclass(frozen=True, kw_only=True, repr=False)
class GlassModel:
    """A glass-forming model at its state point.

    Species are numbered from 0 in the order of ``species``; LAMMPS type = species + 1. Only ``name``,
    ``density``, ``species`` and the interactions have to be given.

    Attributes:
        name: the model's name, e.g. ``"ss-0.70"``.
        density: number density ρ = N/V [length^{-dimension}].
        species: the species; index 0 is LAMMPS type 1.
        pair_potentials: ((φ_00, φ_01, …), …), symmetric.
        three_body: the three-body term, or None.
        interaction: name of its potentials, e.g. ``"ss"``: the same for models that differ only in
            dimension or state point, and the stem of its potential file; default: the name.
        title: one line that a physicist recognises; default: the name.
        dimension: 2 or 3.
        units: LAMMPS's units style that all its numbers are in: ``"lj"``, ``"metal"`` or ``"real"``.
        n_particles: N where none is asked for.
        largest_species: index of the species that F_s and the MSD refer to; default: the one whose
            particles have the largest diameter.
        time_step: integration step δt [time]; default: LAMMPS's own of the units style.
        high_temperature_time_step: δt above T = 1 [time]; default: ``time_step``.
        thermostat_time: Nosé-Hoover coupling time [time]; default: 100 time steps.
        temperature_range: (lowest, highest) temperature of the study it comes from, or where the liquid
            goes from fluid to viscous if that does not say; None where nobody knows.
        reference: where the parameters come from.
        embedding: energy of the particles in the density of their neighbours, or None.
        lammps: interactions as LAMMPS commands, or None; there are no potentials beside them.
        dipole_cutoffs: distances up to which two particles are a pair whose κ is asked for [length], a row
            a species; None: see :func:`lmpmeso.hessians.dipole_pairs.dipole_cutoffs`.
        sizes: how large the particles are where each has a size of its own: ``pair_potentials`` are then φ(r/σ_ij),
            with cut-offs in units of σ_ij; None where they have not.

    Raises:
        ModelError: species and potentials do not fit together, a number is impossible, or φ′ and φ″ of a
            potential of the user's own are not the derivatives of its φ.
    """

    name: str
    density: float
    species: tuple[Species, ...]
    pair_potentials: tuple[tuple[PairPotential, ...], ...] = ()
    three_body: StillingerWeberThreeBody | None = None
    interaction: str = ""
    title: str = ""
    dimension: int = 3
    units: str = "lj"
    n_particles: int = 1000
    largest_species: int = -1
    time_step: float = 0.0
    high_temperature_time_step: float = 0.0
    thermostat_time: float = 0.0
    temperature_range: tuple[float, float] | None = None
    reference: str = ""
    embedding: EmbeddedAtom | None = None
    lammps: LammpsInteraction | None = None
    dipole_cutoffs: tuple[tuple[float, ...], ...] | None = None
    sizes: Sizes | None = None

    def __post_init__(self) -> None:
        """Fill in what was left out, and refuse what cannot be."""
        self._check_composition()
        style = units_style(self.units)
        time_step = self.time_step or style.time_step
        defaults = {
            "interaction": self.name,
            "title": self.name,
            "time_step": time_step,
            "high_temperature_time_step": time_step,
            "thermostat_time": 100.0 * time_step,
        }
        if self.topology is not None:
            object.__setattr__(self, "n_particles", self.topology.n_particles)
        for name, default in defaults.items():
            if not getattr(self, name):
                object.__setattr__(self, name, default)
        if self.largest_species < 0:
            object.__setattr__(self, "largest_species", int(np.argmax(self.diameters)))

    def _check_composition(self) -> None:
        """Refuse species and potentials that do not fit together."""
        where = f"model {self.name!r}"
        if not self.species:
            raise ModelError(f"{where} has no species")
        names = [s.name for s in self.species]
        if len(set(names)) < len(names):
            raise ModelError(f"{where}: two species have one name: {', '.join(names)}")
        if self.dimension not in (2, 3) or not 0 < self.density < np.inf:
            raise ModelError(
                f"{where}: dimension must be 2 or 3 and density positive, got {self.dimension} and "
                f"{self.density}"
            )
        total = sum(s.fraction for s in self.species)
        if min(s.fraction for s in self.species) < 0 or not abs(total - 1.0) <= 1e-6:
            raise ModelError(f"{where}: the fractions of its species add up to {total:g}, not to 1")
        if not all(0 < s.mass < np.inf for s in self.species):
            raise ModelError(f"{where}: every species needs a positive mass")
        for what in ("time_step", "high_temperature_time_step", "thermostat_time"):
            if not 0 <= getattr(self, what) < np.inf:
                raise ModelError(f"{where}: {what} must be positive, got {getattr(self, what)}")
        if self.largest_species >= self.n_species:
            raise ModelError(
                f"{where}: there is no species of index {self.largest_species}, they are counted from 0"
            )
        if self.dipole_cutoffs is not None:
            self._check_square("dipole cut-offs", self.dipole_cutoffs)
        if self.sizes is not None and not self._has_pairs_only:
            raise ModelError(
                f"{where}: sizes of particles scale the distances of pair potentials, and it has other terms"
            )
        if self.lammps is not None:
            others = (self.three_body, self.embedding)
            if self.pair_potentials or any(term is not None for term in others):
                raise ModelError(
                    f"{where} has LAMMPS commands and potentials: it can have only one"
                )
            charged = any(s.charge for s in self.species) or self.lammps.long_ranged
            if self.lammps.of_charges and not charged:
                raise ModelError(
                    f"{where}: {self.lammps.of_charges} is an interaction of charges, but no species has one: "
                    "give charge = … of each species, or `set type K charge Q` in a script"
                )
            return
        self._check_square("pair potentials", self.pair_potentials)
        if self.embedding is not None:
            self.embedding.require_fit(where, self.n_species, self.units)
        for a, b, potential in self.species_pairs():
            if self.pair_potentials[b][a] != potential:
                raise ModelError(
                    f"{where}: the potential of {names[a]}-{names[b]} is not that of {names[b]}-{names[a]}"
                )
            if not type(potential).__module__.startswith("lmpmeso."):
                refuse_wrong_derivatives(potential, f"{where}, {names[a]}-{names[b]}")

    def _check_square(self, what: str, matrix: tuple[tuple[Any, ...], ...]) -> None:
        """Refuse what has not an entry for each two species."""
        n = self.n_species
        if len(matrix) != n or {len(row) for row in matrix} != {n}:
            raise ModelError(
                f"model {self.name!r} has {n} species: its {what} must be a square matrix of that size"
            )

    def __repr__(self) -> str:
        """Name, title and composition; :func:`~lmpmeso.models.describe_model` has all the rest."""
        species = ", ".join(f"{s.name} {100 * s.fraction:.4g}%" for s in self.species)
        title = "" if self.title == self.name else f": {self.title}"
        return f"<model {self.name}{title}; {species}; {self.dimension}D, density {self.density:g}>"

    def identity(self) -> dict[str, Any]:
        """What a trajectory or a stored result depends on, as plain data for JSON.

        In it are the interactions, the composition (fractions in the order of LAMMPS types), masses,
        density, dimension, both time steps and the thermostat; and ``largest_species`` and the
        ``q_max``, since τ_α refers to them wherever no species or wave number is given, and with it the
        length of an equilibration. Not in it are ``name``, ``interaction``, ``title``, ``reference`` and
        the names of species, which are words; ``temperature_range``, which is advice; and
        ``n_particles``, a default that every run notes as its own number. Units and charges are in it
        where they are not those of the Lennard-Jones system and none.

        Raises:
            ModelError: a potential is no dataclass.
        """
        told = {
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
        if self.units != "lj":
            told["units"] = self.units
        if any(s.charge for s in self.species):
            told["charges"] = plain([s.charge for s in self.species])
        if self.embedding is not None:
            told["embedding"] = plain_parameters(self.embedding)
        if self.lammps is not None:
            told["lammps"] = self.lammps.identity()
        if self.dipole_cutoffs is not None:
            told["dipole_cutoffs"] = plain(self.dipole_cutoffs)
        if self.sizes is not None:
            told["sizes"] = plain_parameters(self.sizes)
        return told

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
    def _has_pairs_only(self) -> bool:
        """Whether its energy is a sum over pairs that we know."""
        others = (self.lammps, self.three_body, self.embedding)
        return all(term is None for term in others) and not any(s.charge for s in self.species)

    @property
    def n_species(self) -> int:
        """Number of species."""
        return len(self.species)

    @property
    def a0(self) -> float:
        """Reduced unit of length a0 = (V/N)^(1/d) [length]."""
        return float(self.density ** (-1.0 / self.dimension))

    @property
    def units_style(self) -> UnitsStyle:
        """The units that its numbers are in."""
        return units_style(self.units)

    @property
    def masses(self) -> FloatArray:
        """Mass of a particle of each species [mass], shape (n_species,)."""
        return np.array([s.mass for s in self.species])

    @property
    def topology(self) -> Topology | None:
        """Which particles bonds and angles join; None where there are none. It says how many particles there are."""
        return None if self.lammps is None else self.lammps.topology

    @property
    def atom_style(self) -> str:
        """LAMMPS's atom style that holds its particles."""
        if self.sizes is not None:
            return "sphere"
        charged = any(s.charge for s in self.species)
        if self.topology is not None:
            return "full" if charged else "molecular"
        return "charge" if charged else "atomic"

    @property
    def mean_mass(self) -> float:
        """Mass of a particle, averaged over the composition [mass]."""
        return float(sum(s.fraction * s.mass for s in self.species))

    def thermal_energy(self, temperature: Scalar) -> Scalar:
        """k_B T [energy]; of a number or an array."""
        return self.units_style.boltzmann * temperature

    def t0(self, temperature: float) -> float:
        """Reduced unit of time t0 = a0 √(m/k_B T) [time], m the mean mass."""
        return self.a0 / float(np.sqrt(self.thermal_velocity_squared(temperature)))

    def thermal_velocity_squared(self, temperature: Scalar) -> Scalar:
        """k_B T/m [length²/time²], m the mean mass; of a number or an array."""
        return self.thermal_energy(temperature) / (self.units_style.mass_energy * self.mean_mass)

    @property
    def cutoffs(self) -> FloatArray:
        """Matrix of pair cut-off distances [length], shape (n_species, n_species); of the largest particles.

        Raises:
            ModelError: the interactions are LAMMPS's, and nobody has asked it for their reach.
        """
        if self.lammps is not None:
            if self.lammps.reach is None:
                raise ModelError(
                    f"model {self.name!r} does not say how far its interactions reach: ask LAMMPS by "
                    "lmpmeso.lammps.with_reach(model)"
                )
            return np.full((self.n_species, self.n_species), self.lammps.reach)
        largest = 1.0 if self.sizes is None else self.sizes.largest
        return largest * np.array([[p.cutoff for p in row] for row in self.pair_potentials])

    @property
    def max_cutoff(self) -> float:
        """Largest distance at which two particles interact, three-body term included [length]."""
        three_body = 0.0 if self.three_body is None else self.three_body.cutoff
        return max(float(self.cutoffs.max()), three_body)

    @property
    def least_edge(self) -> float:
        """Shortest edge that a box may have [length], two cut-offs; any where LAMMPS looks after images."""
        return 0.0 if self.lammps is not None else 2.0 * self.max_cutoff

    @property
    def diameters(self) -> FloatArray:
        """About the size of a particle of each species [length], shape (n_species,).

        (V/N)^(1/d) for all where the interactions are LAMMPS's, and nobody knows.
        """
        if self.lammps is not None:
            return np.full(self.n_species, self.a0)
        mean = 1.0 if self.sizes is None else self.sizes.mean
        return mean * np.array([row[a].diameter for a, row in enumerate(self.pair_potentials)])

    def species_pairs(self) -> Iterator[tuple[int, int, PairPotential]]:
        """(a, b, φ_ab) of all pairs of species with a ≤ b; none where the interactions are LAMMPS's."""
        for a in range(len(self.pair_potentials)):
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
        self,
        r: FloatArray,
        species_i: IntArray,
        species_j: IntArray,
        order: int = 2,
        size_p: FloatArray | None = None,
    ) -> tuple[FloatArray, ...]:
        """φ_ij and its derivatives with respect to r, each particle pair by its species.

        Args:
            r: distances [length], shape (P,); zero is returned beyond the pair's cut-off.
            species_i: species of the first particles, shape (P,).
            species_j: species of the second particles, shape (P,).
            order: highest derivative, 0 to 4.
            size_p: σ_ij of each pair [length], shape (P,), where particles have sizes of their own.

        Returns:
            (φ, φ′, …): order + 1 arrays of shape (P,) [energy/length^k].
        """
        if size_p is not None:
            return scaled_derivatives(
                lambda x, k: self.pair_derivatives(x, species_i, species_j, k), r, size_p, order
            )
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
