"""LAMMPS, opened in one place: sessions, accelerators, input scripts, worker processes."""

from lmpmeso.lammps.forces import close_kept_forces, with_reach
from lmpmeso.lammps.installation import LammpsInstallation, lammps_installation
from lmpmeso.lammps.session import LammpsSession, lammps_build
from lmpmeso.lammps.worker import run_in_worker

__all__ = [
    "LammpsInstallation",
    "LammpsSession",
    "close_kept_forces",
    "lammps_build",
    "lammps_installation",
    "run_in_worker",
    "with_reach",
]
