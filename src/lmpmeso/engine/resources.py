"""Where steps run: how many workers, of which kind, with which accelerator."""

from __future__ import annotations

from dataclasses import dataclass, field

from lmpmeso.backend import available_cores
from lmpmeso.files.toml_rules import choice, integer, setting, several, text
from lmpmeso.lammps.accelerators import ACCELERATORS


@dataclass(frozen=True)
class Slurm:
    """What sbatch is told about the job of one worker."""

    partition: str | None = setting(text(), "`--partition`", None)
    account: str | None = setting(text(), "`--account`", None)
    memory: str = setting(text(r"\d+ ?[kKMGT]i?B?", 'a size such as "4 GB"'), "`--mem`", "4 GB")
    directives: tuple[str, ...] = setting(
        several(text("-.*", 'an option of sbatch, such as "--qos=long"')),
        "further options of sbatch",
        (),
    )
    setup: tuple[str, ...] = setting(
        several(text()), 'shell lines before the worker starts, such as "module load python"', ()
    )
    interface: str | None = setting(
        text(), 'network interface the workers reach the program by, such as "ib0"', None
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
        "of LAMMPS; `auto` takes a GPU where LAMMPS and the machine have one; another one gives "
        "other trajectories of the same liquid",
        "auto",
    )
    gpus: int = setting(integer(0), "workers that get a GPU each, for the elasticity of glasses", 0)
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
    def wall_seconds(self) -> int | None:
        """The wall time [s], None without a limit."""
        if self.wall_time is None:
            return None
        days, _, clock = self.wall_time.rpartition("-")
        hours, minutes, seconds = map(int, clock.split(":"))
        return 86400 * int(days or 0) + 3600 * hours + 60 * minutes + seconds
