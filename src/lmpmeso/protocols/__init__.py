"""What LAMMPS is asked to do: push-off, equilibration, trajectory, quench, isoconfigurational runs."""

from lmpmeso.protocols.conservation import EnergyConservation, energy_conservation
from lmpmeso.protocols.isoconfigurational import IsoconfigurationalRuns, isoconfigurational_runs
from lmpmeso.protocols.liquid import (
    Equilibration,
    TrajectoryRun,
    equilibrate,
    run_swap_trajectory,
    run_trajectory,
)
from lmpmeso.protocols.push_off import push_apart, random_start
from lmpmeso.protocols.quench import quench
from lmpmeso.swaps import Swaps

__all__ = [
    "EnergyConservation",
    "Equilibration",
    "IsoconfigurationalRuns",
    "Swaps",
    "TrajectoryRun",
    "energy_conservation",
    "equilibrate",
    "isoconfigurational_runs",
    "push_apart",
    "quench",
    "random_start",
    "run_swap_trajectory",
    "run_trajectory",
]
