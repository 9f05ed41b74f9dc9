"""MD at constant temperature in short segments by LAMMPS, and between them swaps of particles.

Berthier, Flenner, Fullerton, Scalliet and Singh, J. Stat. Mech. 2019, 064004,
https://doi.org/10.1088/1742-5468/ab1910, mix the two in this way.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from lmpmeso.arrays import FloatArray, IntArray
from lmpmeso.configurations import Configuration, read_configuration, write_dump
from lmpmeso.errors import ProtocolError
from lmpmeso.files.checksums import checked
from lmpmeso.files.package_data import lmp_input
from lmpmeso.hessians.compiled_forces import CompiledForces
from lmpmeso.hessians.particle_swaps import ParticleSwaps, SwapCount, refuse_unswappable
from lmpmeso.lammps.accelerators import ON_DEVICE, on_host
from lmpmeso.lammps.box import with_consecutive_ids
from lmpmeso.lammps.build import lammps_build
from lmpmeso.lammps.session import LammpsSession
from lmpmeso.protocols.chunked_run import RECORD_COLUMNS, ChunkedRun
from lmpmeso.protocols.outside_surface import outside_surface
from lmpmeso.swaps import Swaps

if TYPE_CHECKING:
    import pandas as pd

    from lmpmeso.models import GlassModel

NEVER = 1_000_000_000
"""Steps between rows of LAMMPS's own record, which nobody reads here."""
SUMS = ("swaps_attempted", "swaps_accepted", "swap_energy")
"""Columns of a record that are sums from the beginning of a run."""
SUM_UNITS = {"swap_energy": "energy"}


def refuse_swaps(model: GlassModel, accelerator: str) -> None:
    """Refuse swaps of a model, or on an accelerator, that cannot have them.

    Raises:
        ModelError: see :func:`~lmpmeso.hessians.particle_swaps.refuse_unswappable`.
        ProtocolError: see :func:`refuse_swaps_on_device`.
    """
    refuse_unswappable(model)
    refuse_swaps_on_device(accelerator)


def refuse_swaps_on_device(accelerator: str) -> None:
    """Refuse an accelerator that keeps its own copy of what a swap changes.

    Raises:
        ProtocolError: it is KOKKOS or the GPU package.
    """
    if accelerator in ON_DEVICE:
        raise ProtocolError(
            f"swaps change species and sizes of particles in place, which accelerator {accelerator!r} does not see: "
            "ask for 'none', 'opt' or 'omp'"
        )


@dataclass(frozen=True)
class SwapRun(ChunkedRun):
    """A run of ``in.equilibrate`` in segments; frames at given steps hold species and sizes of the run's start.

    Its record has three more columns, sums from the beginning on: ``swaps_attempted`` of different particles,
    ``swaps_accepted``, and ``swap_energy``, what they changed the energy by [energy] per particle. That is taken
    out of ``conserved_energy``. Progress is told after each segment, for a chunk takes a minute or more.
    """

    swaps: Swaps = field(default_factory=Swaps)
    frame_steps: IntArray = field(default_factory=lambda: np.zeros(1, dtype=np.int64))

    def _session(self) -> LammpsSession:
        how, styles = self.execution, [self._pair_style]
        name = on_host(how.accelerator, lammps_build(), styles, how.threads)
        return LammpsSession(name, how.threads, styles)

    def _simulated(
        self, lmp: LammpsSession, variables: dict[str, Any], begin: int, stop: int
    ) -> tuple[pd.DataFrame, Configuration]:
        import pandas as pd

        refuse_swaps_on_device(lmp.accelerator.name)
        now = self._at(begin)
        # The script sets everything up, runs no step and writes a checkpoint, which is written again at the end.
        script = {**variables, "last_step": begin, "thermo_every": NEVER}
        lmp.run_file(
            lmp_input(self.script), script, outside_surface(now, self.model, self.execution)
        )
        segments = _Segments(self, lmp, now, self._count_at(begin))
        if begin == 0:
            segments.take(0)
        for step in self._events(begin, stop):
            segments.advance(step)
            self.execution.tell(step, int(self.frame_steps[-1]))
        segments.note(stop)
        lmp.command(f'write_restart "{variables["save_restart"]}"')
        write_dump(variables["output"], segments.frames)
        return pd.DataFrame(segments.rows), segments.configuration()

    def _at(self, step: int) -> Configuration:
        """The particles at a checkpoint."""
        if not step:
            return with_consecutive_ids(self.start)
        return read_configuration(checked(self._path("end", step, "data")), self.model)

    def _count_at(self, step: int) -> SwapCount:
        """All exchanges up to a checkpoint."""
        if not step:
            return SwapCount()
        import pandas as pd

        last = pd.read_csv(checked(self._path("record", step, "csv"))).iloc[-1]
        energy = float(last["swap_energy"]) * self.start.n_particles
        return SwapCount(int(last["swaps_attempted"]), int(last["swaps_accepted"]), energy)

    def _events(self, begin: int, stop: int) -> list[int]:
        """Steps at which MD pauses, in order."""
        every = {self.swaps.every, int(str(self.variables["thermo_every"]))}
        steps = {stop, *self.frame_steps.tolist()}
        for interval in every:
            steps |= set(range(interval * (begin // interval + 1), stop + 1, interval))
        return sorted(step for step in steps if begin < step <= stop)


class _Segments:
    """A LAMMPS that runs from pause to pause."""

    def __init__(self, run: SwapRun, lmp: LammpsSession, now: Configuration, count: SwapCount):
        self._run, self._lmp, self._now, self._count = run, lmp, now, count
        self._start = with_consecutive_ids(run.start)
        # Where LAMMPS has our forces, they must know of the exchanges; elsewhere this is a surface for swaps alone.
        surface = lmp.surface if isinstance(lmp.surface, CompiledForces) else None
        self._swaps = ParticleSwaps(now, run.model, surface)
        self._frames_at = set(run.frame_steps.tolist())
        self._record_every = int(str(run.variables["thermo_every"]))
        temperature = float(str(run.variables["temperature"]))
        self._thermal_energy = run.model.thermal_energy(temperature)
        self._step = int(lmp.thermo("step"))
        self.frames: list[Configuration] = []
        self.rows: list[dict[str, float]] = []
        lmp.commands(["log none", f"thermo {NEVER}"])

    def advance(self, step: int) -> None:
        """Exchange if it is time, run to a step, and take there what is due."""
        if self._step % self._run.swaps.every == 0:
            self._exchange(self._step)
        self._lmp.command(f"run {step - self._step} post no")
        self._step = step
        self.take(step)

    def take(self, step: int) -> None:
        """A row of the record and a frame, where they are due."""
        if step % self._record_every == 0:
            self.note(step)
        if step in self._frames_at:
            here = self._lmp.get_configuration(self._start, velocities_nc=None, step=step)
            unwrapped_nc = here.unwrapped_positions()
            images_nc = np.zeros(unwrapped_nc.shape, dtype=np.int64)
            self.frames.append(here.with_positions(unwrapped_nc, images_nc=images_nc))

    def note(self, step: int) -> None:
        """A row of the record, if there is none of this step."""
        if not self.rows or self.rows[-1]["step"] != step:
            self.rows.append(self._row(step))

    def _row(self, step: int) -> dict[str, float]:
        """The record at a step."""
        keywords = ("step", "temp", "pe", "ke", "press", "v_conserved")
        row = dict(zip(RECORD_COLUMNS.values(), map(self._lmp.thermo, keywords), strict=True))
        row["pressure"] /= self._run.model.units_style.pressure
        swap_energy = self._count.energy / len(self._swaps.species)
        row["conserved_energy"] -= swap_energy
        return {
            "step": step,
            "time": step * self._run.time_step,
            **{name: value for name, value in row.items() if name != "step"},
            **dict(
                zip(SUMS, (self._count.attempted, self._count.accepted, swap_energy), strict=True)
            ),
        }

    def _exchange(self, step: int) -> None:
        """Attempt exchanges, and tell LAMMPS of them."""
        d, swaps, settings = self._run.model.dimension, self._swaps, self._run.swaps
        masses = self._run.model.masses
        before = masses[swaps.species]
        attempts = max(1, round(settings.per_particle * len(before)))
        generator = np.random.default_rng([settings.seed, step])
        positions_nc = np.ascontiguousarray(self._lmp.positions()[:, :d])
        count = swaps(positions_nc, self._thermal_energy, attempts, generator)
        self._count += count
        if count.accepted:
            self._relabel(before, masses[swaps.species])

    def _relabel(self, before: FloatArray, after: FloatArray) -> None:
        """Species and sizes as they are now; velocities keep their distribution, and each its kinetic energy."""
        lmp, swaps = self._lmp, self._swaps
        place = lmp.live("id") - 1
        lmp.live("type")[:] = swaps.species[place] + 1
        if swaps.diameters is not None:
            lmp.live("radius")[:] = 0.5 * swaps.diameters[place]
            lmp.live("rmass")[:] = after[place]
        if not np.array_equal(before, after):
            lmp.live("v")[:] *= np.sqrt(before / after)[place, np.newaxis]

    def configuration(self) -> Configuration:
        """The particles now, with their species and sizes of now."""
        template = replace(
            self._start, species=self._swaps.species.copy(), diameters=self._swaps.diameters
        )
        return self._lmp.get_configuration(template)


def acceptance(record: pd.DataFrame) -> float:
    """Part of the attempts to exchange different particles that succeeded, in a record with swaps."""
    last = record.iloc[-1]
    return float(last["swaps_accepted"] / max(last["swaps_attempted"], 1))
