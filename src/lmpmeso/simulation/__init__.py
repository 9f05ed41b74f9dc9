"""LAMMPS sessions, and the protocols on them: equilibrate, trajectory, quench."""

from lmpmeso.simulation.session import LammpsSession, lammps_build

__all__ = ["LammpsSession", "lammps_build"]
