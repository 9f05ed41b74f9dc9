"""Models by name: those of the paper at their state points, those of the packaged files, the user's own."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from lmpmeso.errors import ModelError
from lmpmeso.files.toml_faults import nearest_name
from lmpmeso.models.glass_model import GlassModel, Species
from lmpmeso.models.packaged import NUMBER, further_model, further_model_names
from lmpmeso.models.potentials import (
    PairPotential,
    ShiftedForceLennardJones,
    ShiftedLennardJones,
    SmoothInversePowerLaw,
    StickySphere,
    StillingerWeberPair,
    StillingerWeberThreeBody,
)

PAPER = "Does mesoscopic elasticity control viscous slowing down in glassforming liquids?, Table I"
SIZES = ((1.0, 1.18), (1.18, 1.4))
"""λ of the small-small, small-large and large-large pairs of the IPL and SS models [length]."""
KOB_ANDERSEN_EPSILON = ((1.0, 1.5), (1.5, 0.5))
KOB_ANDERSEN_SIGMA = ((1.0, 0.8), (0.8, 0.88))
KOB_ANDERSEN: dict[str, Any] = {
    **{"dimension": 3, "density": 1.2, "largest_species": 0, "three_body": None},
    "species": (Species("A", 0.8, 7.25), Species("B", 0.2, None)),
    **{"time_step": 0.005, "high_temperature_time_step": 0.002, "thermostat_time": 0.2},
}
"""What the mixture of Kob and Andersen has in common, however its potentials are cut."""


def _matrix(make: Callable[[int, int], PairPotential]) -> tuple[tuple[PairPotential, ...], ...]:
    """A symmetric 2 × 2 matrix of pair potentials."""
    return tuple(tuple(make(a, b) for b in range(2)) for a in range(2))


def _small_and_large(q_small: float | None, q_large: float | None) -> tuple[Species, Species]:
    """The two species of the 50:50 mixtures."""
    return Species("small", 0.5, q_small), Species("large", 0.5, q_large)


def inverse_power_law(dimension: int = 3) -> GlassModel:
    """The IPL model in three or two dimensions."""
    three = dimension == 3
    return GlassModel(
        name="ipl" if three else "ipl2d",
        interaction="ipl",
        title=f"inverse power law r^-10, 50:50 mixture, {dimension}D",
        dimension=dimension,
        density=0.82 if three else 0.86,
        n_particles=2000,
        species=_small_and_large(6.88, 6.35) if three else _small_and_large(6.23, 5.91),
        largest_species=1,
        pair_potentials=_matrix(lambda a, b: SmoothInversePowerLaw(SIZES[a][b])),
        three_body=None,
        time_step=0.005,
        high_temperature_time_step=0.0025,
        thermostat_time=0.2,
        temperature_range=(0.5, 2.0) if three else (0.48, 2.0),
        reference=PAPER + "; doi:10.1016/j.jnoncrysol.2019.119570",
    )


def modified_binary_lennard_jones() -> GlassModel:
    """The mBLJ model: Kob-Andersen with shifted forces and short cut-offs."""
    cutoffs = ((1.5, 2.0), (2.0, 1.5))
    return GlassModel(
        name="mblj",
        interaction="mblj",
        title="modified binary Lennard-Jones (Kob-Andersen 80:20, shifted force)",
        **KOB_ANDERSEN,
        n_particles=8000,
        pair_potentials=_matrix(
            lambda a, b: ShiftedForceLennardJones(
                KOB_ANDERSEN_EPSILON[a][b], KOB_ANDERSEN_SIGMA[a][b], cutoffs[a][b]
            )
        ),
        temperature_range=(0.36, 2.0),
        reference=PAPER + "; doi:10.1063/5.0004093",
    )


def kob_andersen() -> GlassModel:
    """The original Kob-Andersen mixture, for comparison with the literature."""
    return GlassModel(
        name="ka",
        interaction="ka",
        title="Kob-Andersen 80:20 binary Lennard-Jones, cut and shifted at 2.5 sigma",
        **KOB_ANDERSEN,
        n_particles=1000,
        pair_potentials=_matrix(
            lambda a, b: ShiftedLennardJones(
                KOB_ANDERSEN_EPSILON[a][b], KOB_ANDERSEN_SIGMA[a][b], 2.5 * KOB_ANDERSEN_SIGMA[a][b]
            )
        ),
        temperature_range=(0.43, 2.0),
        reference="Kob and Andersen, doi:10.1103/PhysRevE.51.4626",
    )


@dataclass(frozen=True)
class StickyStatePoint:
    """What goes with a density of the SS model.

    Attributes:
        n_particles: N; Table III.
        time_step: δt [time]; Table III.
        high_temperature_time_step: δt above T = 1 [time]. Halved at ρ = 0.60; the liquids of the
            higher densities all lie above T = 1, and their δt is short enough as it is.
        q_small, q_large: q_max [length⁻¹]; q_large from Table III.
        temperature_range: from the paper at ρ = 0.60; where τ_α/t0 goes from about 2 to about 10³
            at the higher densities (docs/models.md).
    """

    n_particles: int
    time_step: float
    high_temperature_time_step: float
    q_small: float
    q_large: float
    temperature_range: tuple[float, float]


STICKY_STATE_POINTS = {
    0.60: StickyStatePoint(3000, 0.005, 0.0025, 6.44, 5.47, (0.7, 2.0)),
    0.70: StickyStatePoint(4000, 0.003, 0.003, 6.86, 5.87, (1.4, 4.0)),
    0.95: StickyStatePoint(4000, 0.002, 0.002, 7.35, 6.40, (5.0, 16.0)),
}
"""By density."""


def sticky_spheres(density: float = 0.60, relative_cutoff: float = 1.2) -> GlassModel:
    """The SS model at any density, with any range of the attraction.

    Args:
        density: number density. N, δt and q_max are those of Table III for the paper's three
            densities; for another density N, δt and the temperatures are the nearest one's, and
            q_max is not known.
        relative_cutoff: x_c / 2^(1/6); 1.2 is the paper's.

    Raises:
        ModelError: density ≤ 0 or relative_cutoff ≤ 1.
    """
    if not density > 0:
        raise ModelError(f"density must be positive, got {density}")
    nearest = min(STICKY_STATE_POINTS, key=lambda rho: abs(rho - density))
    point = STICKY_STATE_POINTS[nearest]
    interaction = "ss" if relative_cutoff == 1.2 else f"ss-xc{_shortest(relative_cutoff)}"
    tabulated = density == nearest and interaction == "ss"
    return GlassModel(
        name="ss" if tabulated and density == 0.60 else f"ss-{_decimals(density)}{interaction[2:]}",
        interaction=interaction,
        title=f"sticky spheres (CSS), 50:50 mixture, density {density:g}, cut-off at "
        f"{relative_cutoff:g} times the minimum",
        dimension=3,
        density=density,
        n_particles=point.n_particles,
        species=_small_and_large(
            point.q_small if tabulated else None, point.q_large if tabulated else None
        ),
        largest_species=1,
        pair_potentials=_matrix(lambda a, b: StickySphere(SIZES[a][b], relative_cutoff)),
        three_body=None,
        time_step=point.time_step,
        high_temperature_time_step=point.high_temperature_time_step,
        thermostat_time=0.2,
        temperature_range=point.temperature_range,
        reference=PAPER + " and Table III; doi:10.1103/PhysRevLett.124.028001",
    )


def _decimals(x: float) -> str:
    """A number with two decimals, or with all it needs to be read back."""
    return f"{x:.2f}" if float(f"{x:.2f}") == x else repr(x)


def _shortest(x: float) -> str:
    """A number without trailing zeros, with all the digits it needs to be read back."""
    return f"{x:g}" if float(f"{x:g}") == x else repr(x)


def stillinger_weber(strength: float = 18.75, density: float = 0.52) -> GlassModel:
    """The SW model; strength λ = 18.75 forms a glass, λ = 21 is silicon.

    Args:
        strength: λ of the three-body term.
        density: number density.

    Raises:
        ModelError: strength < 0 or density ≤ 0.
    """
    if not (strength >= 0 and density > 0):
        raise ModelError(
            f"strength must not be negative and density must be positive, got {strength}, {density}"
        )
    tabulated = (strength, density) == (18.75, 0.52)
    return GlassModel(
        name="sw" if tabulated else f"sw-{_shortest(strength)}-{_decimals(density)}",
        interaction="sw" if strength == 18.75 else f"sw-{_shortest(strength)}",
        title=f"Stillinger-Weber network former, lambda = {strength:g}",
        dimension=3,
        density=density,
        n_particles=8000,
        species=(Species("Si", 1.0, 6.28 if tabulated else None),),
        largest_species=0,
        pair_potentials=((StillingerWeberPair(),),),
        three_body=StillingerWeberThreeBody(strength),
        time_step=0.065,
        high_temperature_time_step=0.0325,
        thermostat_time=6.5,
        temperature_range=(0.018, 0.06),
        reference=PAPER + "; doi:10.1103/PhysRevB.31.5262",
    )


_MODELS: dict[str, Callable[[], GlassModel]] = {
    "ipl": inverse_power_law,
    "ipl2d": lambda: inverse_power_law(2),
    "mblj": modified_binary_lennard_jones,
    "ss": sticky_spheres,
    "ss-0.70": lambda: sticky_spheres(0.70),
    "ss-0.95": lambda: sticky_spheres(0.95),
    "sw": stillinger_weber,
    "ka": kob_andersen,
}


_REGISTERED: dict[str, GlassModel] = {}
"""Models of the user's own, by name, in this process."""


def model_names() -> list[str]:
    """The names of the paper's models and of Kob and Andersen's; for others see :func:`further_model_names`."""
    return list(_MODELS)


def registered_names() -> list[str]:
    """The names of the models that :func:`register_model` was given in this process."""
    return list(_REGISTERED)


def register_model(model: GlassModel) -> None:
    """Give a model of one's own a name that every function of this process takes for it.

    A model of that name that was registered before is replaced. Worker processes do not know it: a
    campaign, or a run on several processes, takes a model file.

    Raises:
        ModelError: the package has a model of that name.
    """
    if is_packaged_name(model.name):
        raise ModelError(f"{model.name!r} is a model that comes with lmpmeso: take another name")
    _REGISTERED[model.name] = model


def is_packaged_name(name: str) -> bool:
    """Whether a name means a model that comes with the package."""
    return _packaged(name) is not None


def get_model(name: str | os.PathLike[str] | GlassModel) -> GlassModel:
    """The model of that name, or of that model file.

    Args:
        name: one of :func:`model_names` or of :func:`further_model_names`; or ``ss-DENSITY``,
            ``ss-DENSITY-xcRATIO`` (cut-off over distance of the minimum) and ``sw-STRENGTH-DENSITY`` for
            the state points and potentials in between, e.g. ``ss-0.80-xc1.5``; in percent
            ``cuzr-64-36``; by packing fraction ``harmonic-0.70`` and ``harmonic-2d-0.90``:
            ``get_model(model.name)`` gives every packaged model back. Or the name of a model that was
            registered; or the path of a model file (it ends in ``.toml``); a :class:`GlassModel` is
            returned as it is.

    Raises:
        ModelError: the name is unknown, with the nearest known one; or the file has faults; or it is no name at all.
    """
    if isinstance(name, GlassModel):
        return name
    if not isinstance(name, (str, os.PathLike)):
        raise ModelError(f"a model, its name or the path of its file is needed, got {name!r}")
    text = str(os.fspath(name))
    make = _packaged(text)
    if make is not None:
        return make()
    if text in _REGISTERED:
        return _REGISTERED[text]
    if is_model_file(text):
        from lmpmeso.models.model_file import read_model

        return read_model(text)
    known = [*_MODELS, *further_model_names(), *_REGISTERED]
    close = nearest_name(text, known)
    near = "." if close is None else f"; did you mean {close!r}?"
    raise ModelError(
        f"unknown model {text!r}{near} Known: {', '.join(known)}, and ss-DENSITY, ss-DENSITY-xcRATIO, "
        "sw-STRENGTH-DENSITY, harmonic-PACKING, harmonic-2d-PACKING, cuzr-COPPER-ZIRCONIUM (in percent) for "
        "other state points. A model of your own is a file that ends in .toml: `lmpmeso models --new mine.toml` "
        "writes one"
    )


def is_model_file(name: str) -> bool:
    """Whether a text that names a model is the path of a file."""
    return name.endswith(".toml")


def _packaged(name: str) -> Callable[[], GlassModel] | None:
    """What makes a model that comes with the package; None where it has none of that name."""
    if name in _MODELS:
        return _MODELS[name]
    if match := re.fullmatch(rf"ss-({NUMBER})(?:-xc({NUMBER}))?", name):
        return partial(sticky_spheres, float(match[1]), float(match[2] or 1.2))
    if match := re.fullmatch(rf"sw-({NUMBER})-({NUMBER})", name):
        return partial(stillinger_weber, float(match[1]), float(match[2]))
    return further_model(name)
