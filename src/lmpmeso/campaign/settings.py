"""What a campaign computes: the sections of its file as frozen objects, with their defaults.

Times are given in τ_α (of the state point) or in t0 = a0/√T; everything else in the units of the
models (ε, σ, m = k_B = 1).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lmpmeso.campaign.expected_relaxation import expected_relaxation
from lmpmeso.engine.resources import Resources
from lmpmeso.errors import CampaignError
from lmpmeso.files.toml_rules import (
    all_or_number,
    boolean,
    choice,
    integer,
    real,
    setting,
    several,
    text,
)
from lmpmeso.models import GlassModel, get_model

WHERE = choice("coldest", "all")
SHORTEST_LIMIT_T0 = 2000.0
"""No equilibration is given up sooner [t0], however short τ_α is."""


@dataclass(frozen=True)
class Liquid:
    """One model at one size and a chain of temperatures, each started from the one above it."""

    model: str = setting(text(), "name of the model; `lmpmeso models` lists them")
    n_particles: int = setting(integer(2), "number of particles; default: the paper's", None)
    temperatures: tuple[float, ...] = setting(
        several(real(above=0)), "parent temperatures [ε/k_B]; this or `relaxation`", None
    )
    relaxation: tuple[float, ...] | None = setting(
        several(real(above=0)),
        "τ_α/t0 instead of temperatures, which follow from the shipped table of short runs; to "
        "compare models at equal viscosity",
        None,
    )
    replicas: int = setting(integer(), "independent liquids of each temperature", 1)
    glasses: tuple[int, ...] = setting(
        several(integer(), or_one=True),
        "inherent structures of each temperature, over all replicas: one number, or one a "
        "temperature; default: `glasses.number`",
        None,
    )
    q: float | None = setting(
        real(above=0), "wave number of F_s [1/σ]; default: q_max of the largest species", None
    )

    @property
    def glass_model(self) -> GlassModel:
        """The model."""
        return get_model(self.model)

    @property
    def wave_number(self) -> float:
        """Wave number of F_s [length⁻¹]."""
        model = self.glass_model
        q = self.q or model.species[model.largest_species].q_max
        assert q is not None, "the campaign file was not checked"
        return q

    def glasses_at(self, temperature: float) -> int:
        """Number of inherent structures of one temperature, over all replicas."""
        return self.glasses[self.temperatures.index(temperature)]


@dataclass(frozen=True)
class Equilibration:
    """How long a liquid runs before it is called equilibrated, and when that is given up."""

    stretch_tau: float = setting(
        real(above=0), "length of each of the successive stretches that are compared [τ_α]", 5.0
    )
    max_tau: float = setting(
        real(above=0),
        "give up after so many τ_α, by the τ_α that the plan expects, and not before 2000 t0; the "
        "state point is then flagged and left out",
        100.0,
    )
    max_t0: float | None = setting(
        real(above=0), "give up after this time [t0], whatever τ_α is; overrides `max_tau`", None
    )


@dataclass(frozen=True)
class Production:
    """The run that is analysed: blocks of log-spaced frames, a configuration to quench after each."""

    length_tau: float = setting(
        real(above=0), "least length [τ_α]; longer where the glasses need it", 20.0
    )
    spacing_tau: float = setting(
        real(above=0), "between configurations that are quenched; length of a block [τ_α]", 1.0
    )
    shortest_spacing_t0: float = setting(real(above=0), "and at least this [t0]", 5.0)
    ratio: float = setting(real(above=1), "of successive times of the frames within a block", 1.2)


@dataclass(frozen=True)
class Glasses:
    """The quenches."""

    number: int = setting(integer(), "inherent structures of each temperature", 20)
    per_shard: int = setting(integer(), "quenches in one file, and in one task", 20)
    minimizer: str = setting(choice("cg", "fire"), "LAMMPS's minimiser", "cg")
    tolerance: float = setting(
        real(above=0), "largest force that is left on a particle [ε/σ]", 1e-10
    )


@dataclass(frozen=True)
class Elasticity:
    """Which stiffnesses are computed of each inherent structure, besides G."""

    pairs: str | int = setting(
        all_or_number(), "dipole stiffness of all interacting pairs, or of so many drawn", "all"
    )
    field: bool = setting(
        boolean(), "keep κ_i of each particle beside its structure; needs all pairs", True
    )


@dataclass(frozen=True)
class Dynamics:
    """The analysis of the production run."""

    threshold: float = setting(real(above=0, below=1), "F_s(τ_α)", 0.2)


@dataclass(frozen=True)
class Landscape:
    """Inherent-structure trajectories and the rate of transitions Γ."""

    trajectories: int = setting(
        integer(), "initial configurations of each state point, 2 τ_α apart or more", 10
    )
    frames: int = setting(integer(2), "frames of each that are quenched", 200)
    interval_steps: int = setting(integer(), "MD steps from one to the next", 1)
    threshold: float = setting(
        real(above=0), "largest displacement of a particle that counts as none [σ]", 1e-5
    )
    temperatures: str = setting(WHERE, "at which temperatures of each liquid", "coldest")


@dataclass(frozen=True)
class Isoconfigurational:
    """Runs from one configuration with fresh velocities, and the propensity from them."""

    configurations: int = setting(
        integer(),
        "inherent structures of each state point that runs begin from, 2 τ_α apart or more",
        240,
    )
    runs: int = setting(integer(2), "runs from each", 20)
    time_tau: float = setting(real(above=0), "length of each run [τ_α]", 0.1)
    temperatures: str = setting(WHERE, "at which temperatures of each liquid", "coldest")


@dataclass(frozen=True)
class Modes:
    """Soft quasilocalised (pseudo-harmonic) modes."""

    glasses: int = setting(integer(), "inherent structures of each state point", 1)
    starts: str | int = setting(
        all_or_number(), "dipole responses to start from: all, or so many drawn", 200
    )
    softest: int = setting(integer(), "modes that are kept of each structure", 12)
    temperatures: str = setting(WHERE, "at which temperatures of each liquid", "coldest")


@dataclass(frozen=True)
class Statistics:
    """How means become intervals, and which state points a fit takes."""

    level: float = setting(real(above=0, below=1), "confidence level of all intervals", 0.9)
    resamples: int = setting(integer(100), "of the bootstrap", 9999)
    fit_from: float = setting(
        real(above=0), "fits take the state points with τ_α/t0 from here on", 10.0
    )


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """A whole campaign, checked.

    Optional sections that the file does not hold are None: nothing of them is computed.
    """

    name: str = setting(
        text(r"[A-Za-z0-9][A-Za-z0-9._-]*", "a name of letters, digits, `.`, `_` and `-`"),
        "of the campaign; also of its folder, unless `-o` says otherwise",
    )
    liquids: tuple[Liquid, ...]
    seed: int = setting(integer(0), "all random numbers follow from it", 1)
    equilibration: Equilibration = field(default_factory=Equilibration)
    production: Production = field(default_factory=Production)
    glasses: Glasses = field(default_factory=Glasses)
    elasticity: Elasticity = field(default_factory=Elasticity)
    dynamics: Dynamics = field(default_factory=Dynamics)
    landscape: Landscape | None = None
    isoconfigurational: Isoconfigurational | None = None
    modes: Modes | None = None
    statistics: Statistics = field(default_factory=Statistics)
    resources: Resources = field(default_factory=Resources)

    def longest_equilibration(self, liquid: Liquid, temperature: float) -> float:
        """Time after which the equilibration of a state point is given up [time].

        Raises:
            CampaignError: it cannot be said, because no relaxation time is known to reckon with.
        """
        limit = self.equilibration.max_t0
        if limit is None:
            expected = expected_relaxation(liquid.model, temperature)
            if expected is None:
                raise CampaignError(
                    f"no relaxation time of {liquid.model} is known to plan with: give max_t0 under "
                    "[equilibration]"
                )
            limit = max(SHORTEST_LIMIT_T0, self.equilibration.max_tau * expected.tau_over_t0)
        return limit * liquid.glass_model.t0(temperature)

    def state_points(self) -> Iterator[tuple[Liquid, float]]:
        """Each liquid at each of its temperatures, from hot to cold."""
        for liquid in self.liquids:
            for temperature in liquid.temperatures:
                yield liquid, temperature
