"""Small inherent structures for the tests, quenched by LAMMPS from random positions."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from lmpmeso.configurations import Configuration, InherentStructure
from lmpmeso.configurations.creation import configuration_from_arrays
from lmpmeso.elasticity.polish import newton_polish
from lmpmeso.errors import ConvergenceError, UnstableStructureError
from lmpmeso.execution import Execution
from lmpmeso.hessians import hessian
from lmpmeso.lammps.session import LammpsSession
from lmpmeso.models import GlassModel, get_model, lammps_pair_commands
from lmpmeso.models.registry import stillinger_weber
from lmpmeso.models.tables import write_potential
from lmpmeso.protocols import random_start

SIZES = {"ipl": 200, "ipl2d": 200, "mblj": 200, "ss": 200, "ss-0.95": 200, "sw": 216, "ka": 400}
SOFTEST_MODE = {"sw": 0.01}
"""Least eigenvalue of a test glass, in units of the Hessian's mean diagonal; 0.003 if not named."""
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


def quenched(name: str) -> Configuration:
    """A configuration of a model that LAMMPS left within 1e-3 of zero force, near a minimum."""
    return _quenched_and_polished(name)[0]


def glass(name: str) -> InherentStructure:
    """The inherent structure near :func:`quenched`."""
    return _quenched_and_polished(name)[1]


@cache
def _quenched_and_polished(name: str) -> tuple[Configuration, InherentStructure]:
    """The first random start that ends well inside a basin, where finite strains are small ones."""
    model = get_model(name)
    for seed in range(1, 50):
        start = _minimised(
            model, random_start(model, SIZES[name], seed, execution=Execution("none"))
        )
        try:
            structure = newton_polish(start, model)
        except (UnstableStructureError, ConvergenceError):
            continue
        matrix = hessian(structure, model).matrix.toarray()
        softest = np.linalg.eigvalsh(matrix)[model.dimension]
        if softest > SOFTEST_MODE.get(name, 0.003) * matrix.diagonal().mean():
            return start, structure
    raise AssertionError(f"no stable glass of model {name} among 49 random starts")


def _minimised(model: GlassModel, start: Configuration) -> Configuration:
    """LAMMPS's minimum with the fast form of the potential, to forces of 1e-3."""
    with LammpsSession(accelerator="none") as lammps:
        lammps.set_configuration(start, model)
        if model.dimension == 2:
            lammps.command("fix flat all enforce2d")
        lammps.commands(lammps_pair_commands(model))
        minimize(lammps, 1e-3)
        return lammps.get_configuration(start, images_nc=None, velocities_nc=None)


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
