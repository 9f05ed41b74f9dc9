"""What a campaign is of: its liquids, and the sections that say what is measured of them and how.

Times are given in τ_α (of the state point) or in t0 = a0/√T; everything else in the units of the
models (ε, σ, m = k_B = 1). The sections are :mod:`lmpmeso.campaign.measurements`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lmpmeso.campaign.own_models import OwnModel
from lmpmeso.engine.resources import Resources
from lmpmeso.files.toml_rules import integer, real, setting, several, text
from lmpmeso.models import GlassModel, get_model

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Liquid:
    """One model at one size and a chain of temperatures, each started from the one above it."""

    model: str = setting(
        text(), "name of the model (`lmpmeso models` lists them), or a model file beside this one"
    )
    n_particles: int = setting(integer(2), "number of particles; default: the model's", None)
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
    swap_below: float | None = setting(
        real(above=0),
        "below this temperature [ε/k_B] liquids are equilibrated, and their glasses separated, with "
        "swaps of particles: glasses of temperatures that MD does not reach, without a τ_α; default: nowhere",
        None,
    )

    own_model: OwnModel | None = None

    @property
    def glass_model(self) -> GlassModel:
        """The model."""
        return get_model(self.model) if self.own_model is None else self.own_model.model

    @property
    def wave_number(self) -> float:
        """Wave number of F_s [length⁻¹]."""
        model = self.glass_model
        q = self.q or model.species[model.largest_species].q_max
        assert q is not None, "the campaign file was not checked"
        return q

    @property
    def keys(self) -> dict[str, Any]:
        """What names it in every table."""
        return {"model": self.model, "n_particles": self.n_particles}

    def rows_of(self, table: pd.DataFrame) -> pd.DataFrame:
        """Its rows of a table."""
        if table.empty:
            return table
        return table[(table["model"] == self.model) & (table["n_particles"] == self.n_particles)]

    def swapped(self, temperature: float) -> bool:
        """Whether swaps of particles are part of its runs at a temperature."""
        return self.swap_below is not None and temperature < self.swap_below

    def glasses_at(self, temperature: float) -> int:
        """Number of inherent structures of one temperature, over all replicas."""
        return self.glasses[self.temperatures.index(temperature)]


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """A whole campaign, checked.

    ``sections`` are the measurements in their order, as :func:`lmpmeso.campaign.measurements.sections`
    makes them, None where nothing is computed; each is an attribute, too.
    """

    name: str = setting(
        text(r"[A-Za-z0-9][A-Za-z0-9._-]*", "a name of letters, digits, `.`, `_` and `-`"),
        "of the campaign; also of its folder, unless `-o` says otherwise",
    )
    liquids: tuple[Liquid, ...]
    seed: int = setting(integer(0), "all random numbers follow from it", 1)
    sections: Mapping[str, Any]
    resources: Resources = field(default_factory=Resources)

    def __getattr__(self, name: str) -> Any:
        """A section."""
        try:
            return vars(self)["sections"][name]
        except KeyError:
            raise AttributeError(f"a campaign has no {name!r}") from None
