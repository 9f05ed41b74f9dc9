"""Forces at one set of positions after another, from a LAMMPS that is set up once.

Array suffixes: n particle, c Cartesian component.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from lmpmeso.arrays import FloatArray
from lmpmeso.configurations import Configuration, write_data
from lmpmeso.errors import LammpsError
from lmpmeso.execution import DEFAULT, Execution
from lmpmeso.files.package_data import lmp_input
from lmpmeso.lammps.accelerators import choose_accelerator
from lmpmeso.lammps.box import with_consecutive_ids
from lmpmeso.lammps.inputs import script_variables
from lmpmeso.lammps.session import LammpsSession, lammps_build
from lmpmeso.models import GlassModel
from lmpmeso.models.lammps_styles import lammps_pair_style

ON_DEVICE = frozenset({"kokkos", "gpu"})
"""Accelerators that keep their own copy of the positions, so that no array of this process moves particles."""


class LammpsForces:
    """Energy and forces of particles at any positions, in the potential that LAMMPS simulates with.

    Each call displaces the particles in place and lets LAMMPS make a step in which nothing moves:
    no set-up, and a new neighbour list only where a particle has moved by half the skin.

    Args:
        lmp: a session with box, particles and pair style; nothing in it may move particles.
        dimension: 2 or 3.

    Raises:
        LammpsError: the session runs on a device, where positions cannot be displaced in place.
    """

    def __init__(self, lmp: LammpsSession, dimension: int):
        if lmp.accelerator.name in ON_DEVICE:
            raise LammpsError(
                "particles are displaced in place, which accelerator "
                f"{lmp.accelerator.name!r} does not see: ask for 'none', 'opt' or 'omp'"
            )
        self._lmp, self._d = lmp, dimension
        lmp.commands(
            [
                "neigh_modify every 1 delay 0 check yes",
                "thermo_style custom step pe",
                "thermo_modify norm no",
                "thermo 1000000000",
                "log none",
                "run 0 post no",
            ]
        )
        low, high = lmp.box()
        self._box_c = (high - low)[:dimension]
        self._ids = lmp.live("id").copy()
        self._rank_n = np.argsort(self._ids)
        # LAMMPS may hold a particle in another periodic image than the caller.
        self._shift_nc = lmp.live("x")[:, :dimension] * 0.0

    def __call__(self, positions_nc: FloatArray) -> tuple[float, FloatArray]:
        """U [energy] and -∂U/∂x [energy/length], (N, d), at positions anywhere [length], (N, d).

        Raises:
            LammpsError: LAMMPS stopped, or has put its particles into another order.
        """
        lmp, d, box_c = self._lmp, self._d, self._box_c
        sorted_nc = positions_nc[self._ids - 1]
        x_nc = lmp.live("x")
        written_nc = sorted_nc + self._shift_nc
        x_nc[:, :d] = written_nc
        lmp.command("run 1 pre no post no")
        moved_nc = lmp.live("x")[:, :d] - written_nc
        if moved_nc.any():
            self._shift_nc += box_c * np.rint(moved_nc / box_c)
            if not np.array_equal(lmp.live("id"), self._ids):
                raise LammpsError("LAMMPS has reordered its particles between two forces")
        return lmp.last_energy(), lmp.live("f")[:, :d][self._rank_n]


@contextmanager
def lammps_forces(
    configuration: Configuration, model: GlassModel, execution: Execution = DEFAULT
) -> Iterator[LammpsForces]:
    """Forces on the particles of a configuration; LAMMPS is there as long as the context.

    ``auto`` leaves devices alone, which see no displaced particle.

    Raises:
        LammpsError: LAMMPS stopped, or the accelerator that was asked for is a device.
    """
    style = lammps_pair_style(model)
    with (
        tempfile.TemporaryDirectory(prefix="lmpmeso-") as folder,
        LammpsSession(_on_this_host(execution, style), execution.threads, [style]) as lmp,
    ):
        work = Path(folder)
        write_data(work / "configuration.data", with_consecutive_ids(configuration), model)
        variables = script_variables(model, work)
        lmp.run_file(lmp_input("in.forces"), {**variables, "data": work / "configuration.data"})
        yield LammpsForces(lmp, model.dimension)


def _on_this_host(execution: Execution, style: str) -> str:
    """The accelerator that was asked for; for ``auto`` the fastest that is no device."""
    if execution.accelerator != "auto":
        return execution.accelerator
    build = lammps_build()
    choice = choose_accelerator("auto", build, [style], execution.threads).name
    if choice not in ON_DEVICE:
        return choice
    return choose_accelerator(
        "auto", replace(build, gpu_present=False), [style], execution.threads
    ).name
