"""Where steps run: how many workers, of which kind, with which accelerator."""

from __future__ import annotations

from dataclasses import dataclass, field

from lmpmeso.backend import available_cores
from lmpmeso.files.toml_rules import choice, integer, setting, several, text
from lmpmeso.lammps.accelerators import ACCELERATORS

ON_GPU = ("kokkos", "gpu")
"""Accelerators that may run on a GPU, the better one first."""
ONE_WORD = text(r"[^\s\x00-\x1f]+", "a name without blanks")
ONE_LINE = text(r"[^\x00-\x1f\x7f\x85\u2028\u2029]+", "one line of text")


@dataclass(frozen=True)
class Slurm:
    """What sbatch is told about the job of one worker."""

    partition: str | None = setting(ONE_WORD, "`--partition`", None)
    account: str | None = setting(ONE_WORD, "`--account`", None)
    memory: str = setting(text(r"\d+ ?[kKMGT]i?B?", 'a size such as "4 GB"'), "`--mem`", "4 GB")
    directives: tuple[str, ...] = setting(
        several(
            text(r"-[^\x00-\x1f\x7f\x85\u2028\u2029]*", 'an option of sbatch, such as "--qos=long"')
        ),
        "further options of sbatch",
        (),
    )
    setup: tuple[str, ...] = setting(
        several(ONE_LINE), 'shell lines before the worker starts, such as "module load python"', ()
    )
    interface: str | None = setting(
        ONE_WORD, 'network interface the workers reach the program by, such as "ib0"', None
    )


@dataclass(frozen=True)
class Resources:
    """Where the campaign runs. No result depends on it, but for what an accelerator rounds differently."""

    engine: str = setting(
        choice("serial", "local", "slurm"),
        "in one process, in worker processes of this machine, or as Slurm jobs",
        "local",
    )
    workers: int | None = setting(
        integer(),
        "worker processes, or Slurm jobs at a time; default: the cores this process may use "
        "(local), 4 (slurm)",
        None,
    )
    accelerator: str = setting(
        choice(*ACCELERATORS),
        "of LAMMPS, one for all liquids; `auto` takes GPUs where there are `gpus` and LAMMPS can run all liquids on "
        "them; another one gives other trajectories of the same liquid",
        "auto",
    )
    gpus: int = setting(
        integer(0), "workers that get a GPU each, for the elasticity and for LAMMPS on GPUs", 0
    )
    wall_time: str | None = setting(
        text(r"(\d+-)?\d{1,3}:\d\d:\d\d", 'a time such as "12:00:00" or "1-00:00:00"'),
        "of a Slurm job; a worker stops after a checkpoint before it is over",
        None,
    )
    slurm: Slurm = field(default_factory=Slurm)

    @property
    def n_workers(self) -> int:
        """How many workers there are, also where nobody says."""
        usual = {"serial": 1, "slurm": 4}
        return self.workers or usual.get(self.engine) or available_cores()

    @property
    def lammps_on_gpu(self) -> bool:
        """Whether steps of LAMMPS go to the workers with a GPU."""
        return self.gpus > 0 and self.accelerator in ON_GPU

    @property
    def wall_seconds(self) -> int | None:
        """The wall time [s], None without a limit."""
        if self.wall_time is None:
            return None
        days, _, clock = self.wall_time.rpartition("-")
        hours, minutes, seconds = map(int, clock.split(":"))
        return 86400 * int(days or 0) + 3600 * hours + 60 * minutes + seconds
