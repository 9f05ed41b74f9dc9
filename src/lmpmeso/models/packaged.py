"""The models that come with the package beyond the paper's, as model files, and their relatives.

A file in :data:`FOLDER` is what a user writes, too: ``cp`` it under another name to change it. A name such as
``cuzr-64-36`` or ``harmonic-0.70`` is the model of a file at another state point.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from lmpmeso.errors import ModelError
from lmpmeso.models.glass_model import GlassModel

FOLDER = Path(__file__).parent / "packaged"
GLASS_VOLUMES = ((0.36, 19.72), (0.5, 17.975), (0.64, 16.38))
"""Volume per atom [Å³] of Cu-Zr glasses at 300 K by their fraction of copper; see :func:`copper_zirconium`."""
NUMBER = r"\d+\.?\d*(?:e[+-]?\d+)?"


def further_model_names() -> list[str]:
    """The names of the models that come with the package beyond those of the paper."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def packaged_file(name: str) -> Path:
    """Where the model file of a name of :func:`further_model_names` lies."""
    return FOLDER / f"{name}.toml"


def further_model(name: str) -> Callable[[], GlassModel] | None:
    """What makes the model of a file in the package, or a relative of one; None where there is none of that name."""
    if re.fullmatch(r"[a-z0-9-]+", name) and packaged_file(name).is_file():
        return partial(_read, name)
    if match := re.fullmatch(rf"cuzr-({NUMBER})-({NUMBER})", name):
        return partial(_of_percents, name, float(match[1]), float(match[2]))
    if match := re.fullmatch(rf"harmonic(-2d)?-({NUMBER})", name):
        return partial(harmonic_spheres, float(match[2]), 2 if match[1] else 3)
    return None


def copper_zirconium(copper: float = 0.5) -> GlassModel:
    """The model ``cuzr`` at any composition.

    The density is that of its glasses at 300 K and zero pressure, measured with LAMMPS: 0.05563 Å⁻³ for
    Cu50Zr50 (256 atoms, from 2000 K at 4e13 K/s). At 36 and 64 % copper 216 atoms were quenched to 0 K; their
    volumes are scaled by what warming to 300 K does at 50 %, 0.3 %. In between, and beyond, lines.

    Args:
        copper: fraction of copper.

    Raises:
        ModelError: the fraction is not between 0 and 1, or the potential file is not found.
    """
    if not 0.0 < copper < 1.0:
        raise ModelError(f"the fraction of copper must lie between 0 and 1, got {copper}")
    half = _read("cuzr")
    percent = round(100 * copper, 6)
    if percent == 50:
        return half
    rest = round(100 - percent, 6)
    fractions = (copper, 1.0 - copper)
    return replace(
        half,
        name=f"cuzr-{percent:g}-{rest:g}",
        title=half.title.replace("Cu50Zr50", f"Cu{percent:g}Zr{rest:g}"),
        density=1.0 / _volume(copper),
        species=tuple(
            replace(species, fraction=fraction)
            for species, fraction in zip(half.species, fractions, strict=True)
        ),
    )


def harmonic_spheres(packing_fraction: float, dimension: int = 3) -> GlassModel:
    """The model ``harmonic`` or ``harmonic-2d`` at any packing fraction; its q_max and temperatures are not known.

    Args:
        packing_fraction: volume of all particles over that of the box, overlaps counted twice.
        dimension: 2 or 3.

    Raises:
        ModelError: the packing fraction or the dimension is impossible.
    """
    if not 0.0 < packing_fraction < 10.0 or dimension not in (2, 3):
        raise ModelError(
            "a packing fraction above 0 and below 10 in 2 or 3 dimensions is needed, got "
            f"{packing_fraction} and {dimension}"
        )
    base = _read("harmonic" if dimension == 3 else "harmonic-2d")
    density = packing_fraction / _mean_volume(base)
    if math.isclose(density, base.density, rel_tol=1e-12):
        return base
    text = f"{packing_fraction:.2f}"
    text = text if float(text) == packing_fraction else repr(packing_fraction)
    return replace(
        base,
        name=f"{base.name}-{text}",
        title=re.sub(r"fraction [\d.]+", f"fraction {packing_fraction:g}", base.title),
        density=density,
        species=tuple(replace(species, q_max=None) for species in base.species),
        temperature_range=None,
    )


def packing_fraction(model: GlassModel) -> float:
    """Volume of all particles over that of the box, for particles that have a diameter."""
    return model.density * _mean_volume(model)


def _mean_volume(model: GlassModel) -> float:
    """Volume of a particle, averaged over the composition [length^d]."""
    unit = math.pi / 6.0 if model.dimension == 3 else math.pi / 4.0
    return unit * sum(
        species.fraction * float(diameter) ** model.dimension
        for species, diameter in zip(model.species, model.diameters, strict=True)
    )


def _read(name: str) -> GlassModel:
    """The model of a file of the package."""
    # model_file asks the registry, which imports this module, for the names that are taken.
    from lmpmeso.models.model_file import read_model

    return read_model(packaged_file(name))


def _of_percents(name: str, copper: float, zirconium: float) -> GlassModel:
    """Copper-zirconium by its percents."""
    if abs(copper + zirconium - 100.0) > 1e-9:
        raise ModelError(f"{name}: {copper:g} % copper and {zirconium:g} % zirconium are not 100 %")
    return copper_zirconium(copper / 100.0)


def _volume(copper: float) -> float:
    """Volume per atom [Å³], between and beyond the measured compositions on straight lines."""
    at, volumes = zip(*GLASS_VOLUMES, strict=True)
    k = 0 if copper < at[1] else 1
    slope = (volumes[k + 1] - volumes[k]) / (at[k + 1] - at[k])
    return volumes[k] + slope * (copper - at[k])
