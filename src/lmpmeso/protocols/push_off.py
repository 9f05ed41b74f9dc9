"""Overlapping particles, pushed apart until the model's own potential can take over.

The LAMMPS commands are those of ``lmp_inputs/in.push_off``.
"""

from __future__ import annotations

import math
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from lmpmeso.arrays import FloatArray
from lmpmeso.configurations import (
    Configuration,
    particles_of_bonds,
    random_configuration,
    write_data,
)
from lmpmeso.errors import ConfigurationError, LammpsError
from lmpmeso.execution import DEFAULT, Execution
from lmpmeso.files.package_data import lmp_input
from lmpmeso.hessians import InteractingPairs
from lmpmeso.hessians.neighbours import pairs_within
from lmpmeso.lammps.accelerators import force_norm
from lmpmeso.lammps.box import with_consecutive_ids
from lmpmeso.lammps.build import lammps_build
from lmpmeso.lammps.inputs import script_variables, style_on
from lmpmeso.lammps.session import LammpsSession
from lmpmeso.models import GlassModel, get_model
from lmpmeso.models.lammps_styles import lammps_pair_style
from lmpmeso.models.tables import SPLINED, closest_distance
from lmpmeso.protocols.outside_surface import outside_surface


def random_start(
    model: GlassModel | str,
    n_particles: int | None = None,
    seed: int = 0,
    *,
    density: float | None = None,
    execution: Execution = DEFAULT,
) -> Configuration:
    """Random positions, pushed apart; where bonds join particles, those of the data file that lists them.

    Args:
        model: the model.
        n_particles: number of particles; the paper's when None.
        seed: of the positions.
        density: number density [length^-d]; the model's when None.
        execution: its accelerator and threads are used.

    Raises:
        ConfigurationError: the box would be shorter than twice the largest cut-off, or bonds join another number of
            particles, or at another density.
        LammpsError: LAMMPS stopped.
    """
    model = get_model(model)
    joined = particles_of_bonds(model)
    if joined is not None:
        _refuse_another_system(joined, model, n_particles, density)
        return replace(joined, velocities_nc=None)
    overlapping = random_configuration(model, n_particles or model.n_particles, seed, density)
    pushed = push_apart(overlapping, model, execution=execution)
    return replace(pushed, source=f"random start (seed {seed})")


def _refuse_another_system(
    joined: Configuration, model: GlassModel, n_particles: int | None, density: float | None
) -> None:
    """Particles that bonds join are not placed at random."""
    for what, wanted, there in (
        ("particles", n_particles, joined.n_particles),
        ("a density", density, joined.density),
    ):
        if wanted is not None and not math.isclose(wanted, there, rel_tol=1e-6):
            raise ConfigurationError(
                f"{what} of {wanted:g} was asked for, but model {model.name!r} starts from {joined.source}, where "
                f"it is {there:g}: a random start knows no bonds, so make another data file"
            )


def push_apart(
    configuration: Configuration, model: GlassModel, *, execution: Execution = DEFAULT
) -> Configuration:
    """A configuration without its overlaps: minimised with soft spheres, then briefly with the model.

    Args:
        configuration: the particles, anywhere in their box.
        model: the model.
        execution: its accelerator and threads are used.

    Raises:
        LammpsError: LAMMPS stopped.
    """
    style = style_on(execution.accelerator, model, lammps_build())
    styles = ["soft", lammps_pair_style(model, style)]
    with (
        tempfile.TemporaryDirectory(prefix="lmpmeso-") as folder,
        LammpsSession(execution.accelerator, execution.threads, styles) as lmp,
    ):
        work = Path(folder)
        write_data(work / "overlapping.data", with_consecutive_ids(configuration), model)
        lmp.run_file(
            lmp_input("in.push_off"),
            {
                **script_variables(model, work, style),
                "start": "data",
                "data": work / "overlapping.data",
                "norm": force_norm(lmp.accelerator.name),
                "output": work / "pushed_off.data",
            },
            surface=outside_surface(configuration, model, execution),
        )
        return lmp.get_configuration(configuration, velocities_nc=None, source=configuration.source)


def has_overlaps(pairs: InteractingPairs, configuration: Configuration, model: GlassModel) -> bool:
    """Whether particles are closer than LAMMPS's tables can be trusted: half a diameter, or a twentieth where φ is bounded.

    Nobody knows of interactions that are given as LAMMPS commands.
    """
    if model.lammps is not None:
        return False
    species = configuration.species
    splined = [[SPLINED * p.diameter for p in row] for row in model.pair_potentials]
    closest_p = np.maximum(inner_ends(model), splined)[species[pairs.i], species[pairs.j]]
    if model.sizes is not None and configuration.diameters is not None:
        closest_p = closest_p * model.sizes.of_pairs(configuration.diameters, pairs.i, pairs.j)
    return bool(np.any(pairs.distances_p < closest_p))


def inner_ends(model: GlassModel) -> FloatArray:
    """Distance at which LAMMPS's table of each two species begins [length, or σ_ij], shape (n_species, n_species)."""
    return np.array([[closest_distance(p) for p in row] for row in model.pair_potentials])


def refuse_overlaps(configuration: Configuration, model: GlassModel) -> None:
    """Stop where particles of a run on a device are closer than its table reaches: it goes on there without a word.

    Raises:
        LammpsError: two are.
    """
    pairs = pairs_within(configuration, inner_ends(model), "the inner end of LAMMPS's table")
    if pairs.n_pairs:
        p = int(pairs.distances_p.argmin())
        ids = configuration.ids
        raise LammpsError(
            f"{configuration.source}: particles {ids[pairs.i[p]]} and {ids[pairs.j[p]]} are "
            f"{pairs.distances_p[p]:.4g} apart, closer than the table of {model.name} reaches, and the accelerator has "
            "gone on: take a shorter time step, or a start without overlaps"
        )
