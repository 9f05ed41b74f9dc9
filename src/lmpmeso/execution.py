"""How a computation is carried out: what every run has, and what does not change its physics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

Progress = Callable[[float, float], None]
"""Called as progress(done, total), at the start and whenever something is finished."""


@dataclass(frozen=True)
class Execution:
    """How LAMMPS runs, and who is told of it.

    Attributes:
        accelerator: ``"auto"``, ``"none"``, ``"opt"``, ``"omp"``, ``"intel"``, ``"gpu"`` or
            ``"kokkos"``; see :class:`lmpmeso.lammps.LammpsSession`.
        threads: OpenMP threads of a LAMMPS.
        processes: worker processes of whatever consists of many runs, each with a LAMMPS of its own; 1
            works in this process.
        chunk_steps: largest number of steps between checkpoints, as far as frames allow; None: about
            ten seconds' worth.
        record_every: steps between rows of the record of a run; 0: of a trajectory, a row a frame.
        progress: told how far it is.
        on_checkpoint: called when a checkpoint is on the disk; what it raises ends the run there, to be
            taken up again.
    """

    accelerator: str = "auto"
    threads: int = 1
    processes: int = 1
    chunk_steps: int | None = None
    record_every: int = 100
    progress: Progress | None = None
    on_checkpoint: Callable[[], None] | None = None

    def tell(self, done: float, total: float) -> None:
        """Say how far it is."""
        if self.progress is not None:
            self.progress(done, total)

    def checkpoint(self) -> None:
        """Say that what was done so far is safe on the disk."""
        if self.on_checkpoint is not None:
            self.on_checkpoint()

    def silent(self) -> Execution:
        """The same in this process alone, telling nobody: for a part of the work, or a worker."""
        return replace(self, processes=1, progress=None, on_checkpoint=None)


DEFAULT = Execution()
"""Whatever accelerator is there, one thread, one process, in silence."""
