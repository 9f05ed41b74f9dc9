"""Disordered configurations for the tests: no minima, so that nothing is zero by accident."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from lmpmeso.configurations import Configuration
from lmpmeso.configurations.creation import configuration_from_arrays
from lmpmeso.models import GlassModel, get_model

SIZES = {"ipl": 64, "ipl2d": 36, "mblj": 90, "ss": 60, "ss-0.95": 60, "sw": 40, "ka": 160}
"""Small systems whose boxes are just longer than twice the cut-off."""


def disordered(model: GlassModel, n_particles: int, seed: int) -> Configuration:
    """Particles about the sites of a simple lattice, species at random, some outside the box."""
    generator = np.random.default_rng(seed)
    d = model.dimension
    edge = (n_particles / model.density) ** (1.0 / d)
    cells = int(np.ceil(n_particles ** (1.0 / d) - 1e-9))
    sites = np.stack(np.meshgrid(*[np.arange(cells)] * d, indexing="ij"), axis=-1).reshape(-1, d)
    chosen = generator.permutation(len(sites))[:n_particles]
    positions_nc = sites[chosen] * (edge / cells)
    positions_nc += generator.uniform(-0.12, 0.12, positions_nc.shape) * edge / cells
    species = np.repeat(np.arange(model.n_species), model.composition(n_particles))
    return configuration_from_arrays(positions_nc, generator.permutation(species), edge)


@pytest.fixture(scope="session")
def sample() -> Callable[[str], Configuration]:
    """A small disordered configuration of a model, by the model's name."""

    @cache
    def make(name: str) -> Configuration:
        return disordered(get_model(name), SIZES[name], seed=len(name))

    return make
