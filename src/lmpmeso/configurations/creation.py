"""Configurations that do not come from a file: from arrays, and at random.

Array suffixes: n particle, c Cartesian component.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lmpmeso.configurations.configuration import Configuration
from lmpmeso.errors import ConfigurationError
from lmpmeso.models import GlassModel, get_model


def configuration_from_arrays(
    positions_nc: ArrayLike, species: ArrayLike, box_c: ArrayLike, **attributes: Any
) -> Configuration:
    """A configuration of given positions, with ids 1 … N and the box's lower corner at 0.

    Args:
        positions_nc: positions [length], shape (N, d), d = 2 or 3.
        species: index of each particle's species, 0-based, shape (N,), or one index for all.
        box_c: edge lengths [length], shape (d,), or one length for all.
        attributes: any further attribute of ``Configuration``, e.g. ``images_nc``, ``ids``,
            ``origin_c``, ``step``, ``source``.

    Raises:
        ConfigurationError: the shapes do not fit one another, or a number is not finite.
    """
    positions = np.array(positions_nc, dtype=np.float64, ndmin=2)
    n, d = positions.shape if positions.ndim == 2 else (0, 0)
    kinds = np.asarray(species)
    if kinds.size and not np.issubdtype(kinds.dtype, np.integer):
        raise ConfigurationError(f"species must be whole numbers, got an array of {kinds.dtype}")
    box = np.array(box_c, dtype=np.float64)
    result = {
        "species": np.full(n, kinds, dtype=np.int64) if kinds.ndim == 0 else np.array(kinds, int),
        "box_c": np.full(d, box) if box.ndim == 0 else box,
        "origin_c": np.zeros(d),
        "ids": np.arange(1, n + 1, dtype=np.int64),
        **attributes,
    }
    for name, value in (("positions", positions), ("box lengths", result["box_c"])):
        if not np.isfinite(value).all():
            raise ConfigurationError(f"{name} hold NaN or infinity")
    return Configuration(positions, **result)


def edge_of_random_box(model: GlassModel, n_particles: int, density: float | None = None) -> float:
    """Edge of the box of a :func:`random_configuration` [length].

    Raises:
        ConfigurationError: N < 1, density ≤ 0, or an edge shorter than twice the largest cut-off.
    """
    rho = model.density if density is None else float(density)
    if n_particles < 1 or not (np.isfinite(rho) and rho > 0):
        raise ConfigurationError(
            f"N and the density must be positive, got N = {n_particles}, density = {rho}"
        )
    edge = (n_particles / rho) ** (1.0 / model.dimension)
    if edge < model.least_edge:
        least = int(np.ceil(rho * model.least_edge**model.dimension))
        raise ConfigurationError(
            f"N = {n_particles} at density {rho:g} gives a box edge of {edge:.4g}, shorter than twice "
            f"the largest cut-off of model {model.name!r} ({model.least_edge:.4g}); "
            f"use at least {least} particles"
        )
    return edge


def random_configuration(
    model: GlassModel | str, n_particles: int, seed: int, density: float | None = None
) -> Configuration:
    """Uniformly random positions in a cube (square in 2D), with the model's composition.

    Particles overlap: push them apart (LAMMPS ``pair_style soft``) before the model's own
    potential is used. The species are in random order, and so are the sizes where particles have their own.

    Args:
        model: gives dimension, composition and density.
        n_particles: number of particles N.
        seed: of NumPy's default generator.
        density: number density [length^-d]; the model's own when None.

    Raises:
        ConfigurationError: N < 1, density ≤ 0, or a box edge shorter than twice the largest cut-off.
    """
    model = get_model(model)
    edge = edge_of_random_box(model, n_particles, density)
    generator = np.random.default_rng(seed)
    species = np.repeat(np.arange(model.n_species), model.composition(n_particles))
    positions_nc = generator.uniform(0.0, edge, (n_particles, model.dimension))
    species = generator.permutation(species)
    sizes = model.sizes
    return configuration_from_arrays(
        positions_nc,
        species,
        edge,
        diameters=None if sizes is None else sizes.drawn(n_particles, generator),
        source=f"random configuration (seed {seed})",
    )
