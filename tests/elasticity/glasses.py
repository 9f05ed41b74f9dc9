"""Small inherent structures for the tests, quenched by LAMMPS from random positions."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from lmpmeso.configurations import Configuration, InherentStructure
from lmpmeso.configurations.creation import configuration_from_arrays, random_configuration
from lmpmeso.elasticity.polish import newton_polish
from lmpmeso.models import GlassModel, get_model, lammps_pair_commands
from lmpmeso.models.registry import stillinger_weber
from lmpmeso.models.tables import write_potential
from lmpmeso.simulation.session import LammpsSession

SIZES = {"ipl": 200, "ipl2d": 200, "mblj": 200, "ss": 200, "ss-0.95": 200, "sw": 216, "ka": 400}
SILICON = stillinger_weber(strength=21.0, density=0.4592793)


def set_up(lammps: LammpsSession, configuration: Configuration, model: GlassModel) -> None:
    """Particles and the exact potential of a model."""
    lammps.set_configuration(configuration, model)
    if model.dimension == 2:
        lammps.command("fix flat all enforce2d")
    if model.three_body is None:
        lammps.commands(lammps_pair_commands(model, style="lepton"))
        return
    with TemporaryDirectory() as folder:
        write_potential(model, folder)
        (path,) = Path(folder).iterdir()
        lammps.commands(lammps_pair_commands(model, path))


def minimize(lammps: LammpsSession, force: float = 1e-9, iterations: int = 20_000) -> None:
    """Minimise at fixed box until no force exceeds the tolerance."""
    lammps.commands(
        [
            "min_style cg",
            "min_modify norm max dmax 0.1",
            f"minimize 0 {force} {iterations} {10 * iterations}",
        ]
    )


@cache
def quenched(
    name: str, seed: int = 1, n_particles: int | None = None, force: float = 1e-3
) -> Configuration:
    """A random configuration of a model, minimised in LAMMPS with the fast form of its potential."""
    model = get_model(name)
    start = random_configuration(model, n_particles or SIZES[name], seed)
    with LammpsSession(accelerator="none") as lammps:
        lammps.set_configuration(start, model)
        if model.dimension == 2:
            lammps.command("fix flat all enforce2d")
        lammps.commands([f"pair_style soft {1.1 * model.a0}", "pair_coeff * * 30"])
        minimize(lammps, 1e-2, 300)
        pushed = lammps.get_configuration(start, images_nc=None, velocities_nc=None)
    with LammpsSession(accelerator="none") as lammps:
        lammps.set_configuration(pushed, model)
        if model.dimension == 2:
            lammps.command("fix flat all enforce2d")
        lammps.commands(lammps_pair_commands(model))
        minimize(lammps, force)
        return lammps.get_configuration(start, images_nc=None, velocities_nc=None)


@cache
def glass(name: str, seed: int = 1, n_particles: int | None = None) -> InherentStructure:
    """An inherent structure of a model."""
    return newton_polish(quenched(name, seed, n_particles), get_model(name))


@cache
def silicon(cells: int = 3) -> Configuration:
    """Diamond silicon of 8 · cells³ atoms at its zero-pressure density."""
    edge = (8 / SILICON.density) ** (1 / 3)
    basis = np.array([[0, 0, 0], [0, 2, 2], [2, 0, 2], [2, 2, 0]]) / 4
    basis = np.concatenate([basis, basis + 0.25])
    corners = np.stack(np.meshgrid(*[np.arange(cells)] * 3, indexing="ij"), -1).reshape(-1, 1, 3)
    positions = ((corners + basis) * edge).reshape(-1, 3)
    return configuration_from_arrays(positions, 0, cells * edge)


def stretched(configuration: Configuration, strain_c: np.ndarray) -> Configuration:
    """The configuration after x_c → (1 + ε_c) x_c, particles and box."""
    factor = 1.0 + np.asarray(strain_c)
    return replace(
        configuration,
        positions_nc=configuration.positions_nc * factor,
        box_c=configuration.box_c * factor,
        origin_c=configuration.origin_c * factor,
    )
