"""LAMMPS, opened in one place: sessions, accelerators, input scripts, worker processes."""

from lmpmeso.lammps.installation import LammpsReport, lammps_report
from lmpmeso.lammps.session import LammpsSession, lammps_build
from lmpmeso.lammps.worker import run_in_worker

__all__ = [
    "LammpsReport",
    "LammpsSession",
    "lammps_build",
    "lammps_report",
    "run_in_worker",
]
