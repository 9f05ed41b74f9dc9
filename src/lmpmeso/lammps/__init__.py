"""LAMMPS, opened in one place: sessions, accelerators, input scripts, worker processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lmpmeso.on_demand import names_on_demand

if TYPE_CHECKING:
    from lmpmeso.lammps.build import lammps_build as lammps_build
    from lmpmeso.lammps.forces import close_kept_forces as close_kept_forces
    from lmpmeso.lammps.forces import with_reach as with_reach
    from lmpmeso.lammps.installation import LammpsInstallation as LammpsInstallation
    from lmpmeso.lammps.installation import lammps_installation as lammps_installation
    from lmpmeso.lammps.session import LammpsSession as LammpsSession
    from lmpmeso.lammps.worker import run_in_worker as run_in_worker

_HOMES = {
    "LammpsInstallation": "installation",
    "LammpsSession": "session",
    "close_kept_forces": "forces",
    "lammps_build": "build",
    "lammps_installation": "installation",
    "run_in_worker": "worker",
    "with_reach": "forces",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = names_on_demand(__name__, _HOMES)
