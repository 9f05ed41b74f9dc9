"""Whether a configuration can be one of a model, and whether it is near the model's state point."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import numpy as np

from lmpmeso.arrays import FloatArray
from lmpmeso.configurations import compression
from lmpmeso.configurations.configuration import Configuration
from lmpmeso.errors import ConfigurationError, StatePointWarning
from lmpmeso.models import GlassModel, Sizes

_HEAD = 400
_UNITS = re.compile(
    rb"^(?:ITEM: UNITS\r?\n\s*|units: +|LAMMPS data file [^\n]*\bunits = )(\w+)", re.MULTILINE
)
"""In the head of a text or YAML dump, or of a data file; later frames do not repeat it."""
_DENSITY_TOLERANCE = 0.02
_FRACTION_TOLERANCE = 0.02
_FARTHEST = 1e9
"""Box lengths from the origin."""
LIKE_ANGSTROMS = (1.8, 6.0)
"""Spacing of particles in Å, in units of σ."""
LIKE_SIGMAS = 0.6
"""Spacing of particles in σ or nm, in units of Å, is shorter."""


def check_fits_model(configuration: Configuration, model: GlassModel, *, warn: bool = True) -> None:
    """Refuse what the model cannot describe; warn of what lies far from its state point.

    Every edge must be at least twice the largest cut-off r_c: then a particle meets at most one image of
    another within r_c. This suffices for three-body terms too, which depend on the two vectors from the
    central particle only; their Hessian reaches 2 r_c, but the block of two particles that meet
    through several images is rightly the sum over the images.

    Args:
        configuration: the particles.
        model: what they are said to be.
        warn: whether to warn of a density more than 2 % off, or a composition more than 0.02 off.

    Raises:
        ConfigurationError: a position is none, another dimension, a species or a size the model does not have, no sizes
            where particles have their own, another number of particles than its bonds join, or a box edge shorter
            than twice the largest cut-off.
    """
    where = configuration.source
    refuse_impossible_positions(configuration.positions_nc, configuration.box_c, where)
    if (
        configuration.velocities_nc is not None
        and not np.isfinite(configuration.velocities_nc).all()
    ):
        raise ConfigurationError(f"{where}: a velocity is no finite number: the file is damaged")
    if configuration.dimension != model.dimension:
        raise ConfigurationError(
            f"{where}: {configuration.dimension}D positions, but model {model.name!r} is "
            f"{model.dimension}D"
        )
    if model.sizes is not None:
        _refuse_impossible_sizes(configuration, model, model.sizes)
    species = configuration.species
    if species.min() < 0 or species.max() >= model.n_species:
        raise ConfigurationError(
            f"{where}: species {species.min()} to {species.max()}, but model {model.name!r} has "
            f"{model.n_species} (0 to {model.n_species - 1})"
        )
    topology = model.topology
    if topology is not None and configuration.n_particles != topology.n_particles:
        raise ConfigurationError(
            f"{where}: {configuration.n_particles} particles, but the bonds of model {model.name!r} are between the "
            f"{topology.n_particles} of {topology.path.name}: name the data file of this system, data_file = … "
            "under [lammps]"
        )
    shortest, needed = float(configuration.box_c.min()), model.least_edge
    if shortest < needed:
        if model.dimension == 3 and np.ptp(configuration.positions_nc[:, 2]) == 0.0:
            raise ConfigurationError(
                f"{where}: all particles lie in one plane, as those of two-dimensional systems do, but model "
                f"{model.name!r} is 3D: name a model of two dimensions"
            )
        raise ConfigurationError(
            f"{where}: the shortest box edge, {shortest:.6g}, is less than twice the largest cut-off "
            f"of model {model.name!r} ({needed:.6g}): a particle would meet two images of another; "
            "use a larger system"
        )
    if warn:
        _warn_of_state_point(configuration, model)


def _refuse_impossible_sizes(configuration: Configuration, model: GlassModel, sizes: Sizes) -> None:
    where = configuration.source
    if configuration.diameters is None:
        raise ConfigurationError(
            f"{where}: model {model.name!r} has particles of sizes of their own, and there are none: give a column "
            "diameter or radius (dump, extended XYZ), atom style sphere (data file), or diameters=…"
        )
    fault = sizes.fault(configuration.diameters)
    if fault is not None:
        raise ConfigurationError(f"{where}: particle {configuration.ids[fault[0]]} {fault[1]}")


def particle_diameters(configuration: Configuration, model: GlassModel) -> FloatArray:
    """About the size of each particle [length], shape (N,): its own, or that of its species."""
    if configuration.diameters is not None:
        return configuration.diameters
    return model.diameters[configuration.species]


def refuse_other_units(path: str | Path, model: GlassModel) -> None:
    """Refuse a dump or data file that says that its numbers are in other units than the model's.

    A dump does with ``dump_modify units yes``, a data file as ``write_data`` writes it.

    Raises:
        ConfigurationError: it says so.
    """
    with compression.reading(path) as stream:
        told = _UNITS.search(compression.Available(stream).read(_HEAD))
    if told and (units := told[1].decode()) != model.units:
        raise ConfigurationError(
            f"{path}: its numbers are in LAMMPS's units {units!r}, and those of model {model.name!r} in {model.units!r}; "
            f'take a model in those units (a model file says units = "{units}")'
        )


def refuse_impossible_positions(positions: FloatArray, box_c: FloatArray, where: str) -> None:
    """Refuse positions, shape (…, N, d), that are no numbers or where nothing can have diffused to.

    Raises:
        ConfigurationError: one is NaN, infinite, or more than a thousand million box lengths away.
    """
    # Not ">", which NaN passes.
    bad = ~(np.abs(positions) <= _FARTHEST * box_c)
    if bad.any():
        particle = np.argwhere(bad)[0][-2]
        raise ConfigurationError(
            f"{where}: the position of particle {particle + 1} is {positions[bad][0]:g} in a box of edge "
            f"{box_c.max():.6g}: the file is damaged"
        )


def _warn_of_state_point(configuration: Configuration, model: GlassModel) -> None:
    density, n = configuration.density, configuration.n_particles
    if abs(density / model.density - 1) > _DENSITY_TOLERANCE:
        warnings.warn(
            f"{configuration.source}: density {density:.6g}, but model {model.name!r} is studied at "
            f"{model.density:.6g}; {_about_lengths(configuration, model)}",
            StatePointWarning,
            stacklevel=4,
        )
    fractions = np.bincount(configuration.species, minlength=model.n_species) / n
    wanted = np.array([s.fraction for s in model.species])
    # One particle more or less is rounding, however small the system.
    if np.abs(fractions - wanted).max() > max(_FRACTION_TOLERANCE, 1.5 / n):
        names = ", ".join(
            f"{s.name} {found:.3g} (model: {s.fraction:.3g})"
            for s, found in zip(model.species, fractions, strict=True)
        )
        warnings.warn(
            f"{configuration.source}: composition far from that of model {model.name!r}: {names}; "
            "is this the right model, and LAMMPS type 1 its first species?",
            StatePointWarning,
            stacklevel=4,
        )


def _about_lengths(configuration: Configuration, model: GlassModel) -> str:
    """What may be wrong where the density is: the unit of length, if the spacing says so."""
    longer = (model.density / configuration.density) ** (1.0 / model.dimension)
    if model.units == "lj" and LIKE_ANGSTROMS[0] < longer < LIKE_ANGSTROMS[1]:
        return (
            "are its lengths in ångströms? Those of this model are in σ: divide by σ in Å (3.4 of argon), or take a "
            'model file with units = "metal" or "real"'
        )
    if model.units != "lj" and longer < LIKE_SIGMAS:
        return "are its lengths in σ or nm? Those of this model are in Å"
    return "is this the right model?"
