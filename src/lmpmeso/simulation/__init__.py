"""LAMMPS sessions, and the protocols on them: equilibrate, trajectory, quench."""

from lmpmeso.simulation.conservation import EnergyConservation, energy_conservation
from lmpmeso.simulation.isoconfigurational import (
    IsoconfigurationalRuns,
    isoconfigurational_runs,
)
from lmpmeso.simulation.liquid import (
    Equilibration,
    TrajectoryRun,
    equilibrate,
    run_trajectory,
)
from lmpmeso.simulation.push_off import push_apart, random_start
from lmpmeso.simulation.quench import quench
from lmpmeso.simulation.report import LammpsReport, lammps_report
from lmpmeso.simulation.session import LammpsSession, lammps_build
from lmpmeso.simulation.worker import run_in_worker

__all__ = [
    "EnergyConservation",
    "Equilibration",
    "IsoconfigurationalRuns",
    "LammpsReport",
    "LammpsSession",
    "TrajectoryRun",
    "energy_conservation",
    "equilibrate",
    "isoconfigurational_runs",
    "lammps_build",
    "lammps_report",
    "push_apart",
    "quench",
    "random_start",
    "run_in_worker",
    "run_trajectory",
]
