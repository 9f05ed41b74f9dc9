"""Energy, forces, stress and second derivatives of models given as LAMMPS commands.

Array suffixes: n particle, c Cartesian component.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from lmpmeso.arrays import FloatArray
from lmpmeso.configurations import Configuration, check_fits_model
from lmpmeso.errors import ConfigurationError, LammpsError
from lmpmeso.hessians.assembly import with_blocks
from lmpmeso.hessians.coloured_differences import coloured_differences
from lmpmeso.hessians.dipole_pairs import dipole_pairs
from lmpmeso.hessians.strain_differences import strain_derivatives
from lmpmeso.lammps.forces import (
    LammpsForces,
    close_kept_forces,
    forces_and_reach,
    kept_forces,
)
from lmpmeso.models import GlassModel

CURVATURE_PROBE = 1e-5
"""Displacement that tells the curvature, in units of (V/N)^(1/d)."""
TYPICAL_STRETCH = 0.01
"""Compression of a contact whose force is the scale of forces, in the same units: within a factor of four
of what the contacts of the packaged models carry."""


def lammps_evaluation(configuration: Configuration, model: GlassModel) -> dict[str, Any]:
    """The fields of an :class:`~lmpmeso.hessians.Evaluation`.

    The contact force of an interaction that need not have contacts is what a contact of the mean stiffness
    carries that is compressed by a hundredth of the particle spacing. The stiffness, the rms change of
    force for an rms displacement, is measured in one random direction, always the same.

    Raises:
        ConfigurationError: the configuration does not fit the model, or no two particles interact.
        LammpsError: LAMMPS stopped.
    """
    check_fits_model(configuration, model, warn=False)
    pairs = dipole_pairs(configuration, model)
    positions_nc = _inside(configuration)
    probe_nc = _probe(configuration)
    with _lammps_of(configuration, model) as lammps:
        energy, forces_nc = lammps(positions_nc)
        stress_cc = lammps.stress()
        change_nc = lammps(positions_nc + probe_nc)[1] - forces_nc
    stiffness = float(np.linalg.norm(change_nc) / np.linalg.norm(probe_nc))
    if stiffness == 0.0:
        raise ConfigurationError(
            f"{configuration.source}: no force changes when the particles move: by the commands of model "
            f"{model.name!r} no two of them interact. Do units, density and cut-off fit?"
        )
    return {
        "energy": energy,
        "forces_nc": forces_nc,
        "stress_cc": stress_cc,
        "volume": configuration.volume,
        "contact_force_rms": TYPICAL_STRETCH * _spacing(configuration) * stiffness,
        "pairs": pairs,
    }


def lammps_forces_at(
    configuration: Configuration, model: GlassModel, shift_nc: FloatArray
) -> FloatArray:
    """Forces on particles displaced a little from a configuration [energy/length], (N, d).

    Raises:
        LammpsError: LAMMPS stopped.
    """
    with _lammps_of(configuration, model) as lammps:
        return lammps(_inside(configuration) + shift_nc)[1]


def lammps_hessian(configuration: Configuration, model: GlassModel) -> dict[str, Any]:
    """The fields of a :class:`~lmpmeso.hessians.Hessian`, by differences of LAMMPS's forces.

    Raises:
        ConfigurationError: the configuration does not fit the model.
        ModelError: the interaction reaches through the whole box, or its forces are not smooth.
        LammpsError: LAMMPS stopped.
    """
    assert model.lammps is not None, "only such models come here"
    model.lammps.refuse_long_range()
    first = lammps_evaluation(configuration, model)
    wrapped_nc, origin_c = configuration.wrapped_positions(), configuration.origin_c
    with forces_and_reach(configuration, model) as (lammps, reach):
        found = coloured_differences(
            lambda x_nc: lammps(origin_c + x_nc)[1],
            wrapped_nc,
            configuration.box_c,
            reach,
            joined_p2=None if model.topology is None else model.topology.joined_pairs(),
        )
    strained = strain_derivatives(configuration, model)
    return {
        **first,
        "matrix": with_blocks(found.matrix, first["pairs"].i, first["pairs"].j),
        "error": found.error,
        "born_cccc": strained.born_cccc,
        "strain_coupling_nccc": strained.strain_coupling_nccc,
        "positions_nc": wrapped_nc,
        "box_c": configuration.box_c,
    }


@contextmanager
def _lammps_of(configuration: Configuration, model: GlassModel) -> Iterator[LammpsForces]:
    """The LAMMPS that stays open for this system; closed where it has stopped."""
    try:
        yield kept_forces(configuration, model)
    except LammpsError:
        close_kept_forces()
        raise


def _inside(configuration: Configuration) -> FloatArray:
    """Positions in LAMMPS's box, (N, d)."""
    return configuration.origin_c + configuration.wrapped_positions()


def _spacing(configuration: Configuration) -> float:
    return float(configuration.density ** (-1.0 / configuration.dimension))


def _probe(configuration: Configuration) -> FloatArray:
    """A small displacement of all particles, the same whenever there are as many, (N, d)."""
    shape = configuration.positions_nc.shape
    direction_nc = np.random.default_rng(0).normal(size=shape)
    return CURVATURE_PROBE * _spacing(configuration) * direction_nc
