"""Forces at one set of positions after another, from a LAMMPS that is set up once.

Array suffixes: n particle, c Cartesian component.
"""

from __future__ import annotations

import atexit
import os
import re
import tempfile
from collections.abc import Hashable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from lmpmeso.arrays import FloatArray
from lmpmeso.configurations import Configuration, particles_of_bonds, write_data
from lmpmeso.errors import LammpsError, ModelError
from lmpmeso.execution import DEFAULT, Execution
from lmpmeso.files.package_data import lmp_input
from lmpmeso.lammps.accelerators import ON_DEVICE, on_host
from lmpmeso.lammps.box import with_consecutive_ids
from lmpmeso.lammps.build import lammps_build
from lmpmeso.lammps.inputs import place_interaction, script_variables
from lmpmeso.lammps.session import LammpsSession
from lmpmeso.models import GlassModel
from lmpmeso.models.lammps_interaction import placed_name
from lmpmeso.models.lammps_styles import lammps_pair_style

VIRIAL = "lmpmeso_virial"
"""Name of the compute that keeps the stress of every step."""
SKIN = 0.05
"""Of neighbour lists, in units of (V/N)^(1/d), where particles stay close to where they are."""
LIST_DISTANCE = re.compile(r"master list distance cutoff = (\S+)")


class LammpsForces:
    """Energy and forces of particles at any positions, in the potential that LAMMPS simulates with.

    Each call displaces the particles in place and lets LAMMPS make a step in which nothing moves:
    no set-up, and a new neighbour list only where a particle has moved by half the skin.

    Args:
        lmp: a session with box, particles and pair style; nothing in it may move particles.
        dimension: 2 or 3.
        with_stress: keep the virial stress of each call for :meth:`stress`.

    Raises:
        LammpsError: the session runs on a device, where positions cannot be displaced in place.
    """

    def __init__(self, lmp: LammpsSession, dimension: int, with_stress: bool = False):
        if lmp.accelerator.name in ON_DEVICE:
            raise LammpsError(
                "particles are displaced in place, which accelerator "
                f"{lmp.accelerator.name!r} does not see: ask for 'none', 'opt' or 'omp'"
            )
        self._lmp, self._d = lmp, dimension
        stress = " ".join(f"c_{VIRIAL}[{k}]" for k in range(1, 7)) if with_stress else ""
        lmp.commands(
            [
                *([f"compute {VIRIAL} all pressure NULL virial"] if with_stress else []),
                "neigh_modify every 1 delay 0 check yes",
                f"thermo_style custom step pe {stress}",
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

    def stress(self) -> FloatArray:
        """Virial stress σ at the positions of the last call [energy/length^d], (d, d)."""
        return self._lmp.stress_of(VIRIAL)


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
    accelerator = on_host(execution.accelerator, lammps_build(), [style], execution.threads)
    with (
        tempfile.TemporaryDirectory(prefix="lmpmeso-") as folder,
        LammpsSession(accelerator, execution.threads, [style]) as lmp,
    ):
        work = Path(folder)
        write_data(work / "configuration.data", with_consecutive_ids(configuration), model)
        variables = script_variables(model, work)
        lmp.run_file(lmp_input("in.forces"), {**variables, "data": work / "configuration.data"})
        yield LammpsForces(lmp, model.dimension)


@contextmanager
def command_session(configuration: Configuration, model: GlassModel) -> Iterator[LammpsSession]:
    """LAMMPS with the particles of a configuration and the commands of a model, in one process.

    Particles stay in their order, and neighbour lists have a thin skin: :data:`SKIN`.

    Raises:
        LammpsError: LAMMPS refused the commands.
    """
    still = replace(configuration, velocities_nc=None, images_nc=None)
    with (
        tempfile.TemporaryDirectory(prefix="lmpmeso-") as folder,
        LammpsSession("none", 1, [lammps_pair_style(model)]) as lmp,
    ):
        lmp.set_configuration(still, model)
        lmp.command("atom_modify sort 0 0.0")
        try:
            lmp.commands(place_interaction(model, Path(folder)))
        except LammpsError as error:
            raise LammpsError(_as_given(str(error), model), error.command) from error
        lmp.command(f"neighbor {_skin(configuration)!r} bin")
        yield lmp


def _as_given(text: str, model: GlassModel) -> str:
    """A message with potential files as the model names them, not where they were put for LAMMPS."""
    for word, _ in () if model.lammps is None else model.lammps.files:
        text = re.sub(rf"\S*{re.escape(placed_name(word))}", word, text)
    return text


@contextmanager
def forces_and_reach(
    configuration: Configuration, model: GlassModel
) -> Iterator[tuple[LammpsForces, float]]:
    """Forces on the particles of a configuration, and how far a term of the energy reaches [length]."""
    with command_session(configuration, model) as lmp:
        lmp.command("run 0 post no")
        yield LammpsForces(lmp, model.dimension), _reach(lmp, configuration, model)


def with_reach(model: GlassModel) -> GlassModel:
    """A model given as LAMMPS commands with the reach of its interactions, as LAMMPS has it.

    Raises:
        LammpsError: LAMMPS refused the commands.
    """
    if model.lammps is None or model.lammps.reach is not None:
        return model
    sample = particles_of_bonds(model) or _few_particles(model)
    with command_session(sample, model) as lmp:
        lmp.command("run 0 post no")
        reach = _reach(lmp, sample, model)
    return replace(model, lammps=replace(model.lammps, reach=reach))


def _few_particles(model: GlassModel) -> Configuration:
    """One particle of each species on a line, far apart by the standards of a dense liquid."""
    n, d = model.n_species, model.dimension
    box_c = np.full(d, 4.0 * n * model.a0)
    positions_nc = np.zeros((n, d))
    positions_nc[:, 0] = (np.arange(n) + 0.5) * box_c[0] / n
    return Configuration(
        positions_nc, np.arange(n), box_c, np.zeros(d), np.arange(1, n + 1, dtype=np.int64)
    )


def _skin(configuration: Configuration) -> float:
    return float(SKIN * configuration.density ** (-1.0 / configuration.dimension))


def _reach(lmp: LammpsSession, configuration: Configuration, model: GlassModel) -> float:
    """The largest cut-off, as LAMMPS's log has it after a run; or what the model says."""
    if model.lammps is not None and model.lammps.reach is not None:
        return model.lammps.reach
    found = LIST_DISTANCE.findall(lmp.log_text())
    if not found:
        raise ModelError(
            f"LAMMPS does not say how far the interactions of model {model.name!r} reach: give reach "
            "with its commands"
        )
    return float(found[-1]) - _skin(configuration)


_kept: tuple[Hashable, ExitStack, LammpsForces] | None = None
"""What :func:`kept_forces` opened last."""


def kept_forces(configuration: Configuration, model: GlassModel) -> LammpsForces:
    """Energy, forces and stress for a model given as LAMMPS commands, from a LAMMPS that stays open.

    One stays open in a process: until forces of another system are asked for, or
    :func:`close_kept_forces` is called, or the process ends.

    Raises:
        LammpsError: LAMMPS refused the commands.
    """
    global _kept
    system = _system(configuration, model)
    if _kept is None or _kept[0] != system:
        close_kept_forces()
        with ExitStack() as stack:
            lmp = stack.enter_context(command_session(configuration, model))
            forces = LammpsForces(lmp, model.dimension, with_stress=True)
            _kept = system, stack.pop_all(), forces
    return _kept[2]


@atexit.register
def close_kept_forces() -> None:
    """Close the LAMMPS of :func:`kept_forces`."""
    global _kept
    if _kept is not None:
        (_, stack, _), _kept = _kept, None
        stack.close()


def _system(configuration: Configuration, model: GlassModel) -> Hashable:
    """What tells one system from another: all but where its particles are."""
    return (
        os.getpid(),
        model.digest(),
        configuration.species.tobytes(),
        configuration.box_c.tobytes(),
        configuration.origin_c.tobytes(),
    )
