"""Mesoscopic elasticity and dynamics of glass-forming liquids.

The names below are the public interface; each is imported when it is first used, so that
analysis never loads LAMMPS and ``import lmpmeso`` is instant.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

from lmpmeso.on_demand import names_on_demand

if TYPE_CHECKING:
    from lmpmeso import plot as plot
    from lmpmeso.configurations import Configuration as Configuration
    from lmpmeso.configurations import InherentStructure as InherentStructure
    from lmpmeso.configurations import Trajectory as Trajectory
    from lmpmeso.configurations import read_configuration as read_configuration
    from lmpmeso.configurations import read_trajectory as read_trajectory
    from lmpmeso.configurations.script_model import LammpsModel as LammpsModel
    from lmpmeso.dynamics import mean_squared_displacement as mean_squared_displacement
    from lmpmeso.dynamics import relaxation_time as relaxation_time
    from lmpmeso.dynamics import self_intermediate as self_intermediate
    from lmpmeso.elasticity import analyse as analyse
    from lmpmeso.elasticity import dipole_stiffness as dipole_stiffness
    from lmpmeso.elasticity import kappa_field as kappa_field
    from lmpmeso.elasticity import shear_modulus as shear_modulus
    from lmpmeso.hessians import hessian as hessian
    from lmpmeso.models import GlassModel as GlassModel
    from lmpmeso.models import Species as Species
    from lmpmeso.models import get_model as get_model
    from lmpmeso.models import read_model as read_model
    from lmpmeso.models import register_model as register_model
    from lmpmeso.protocols import quench as quench
    from lmpmeso.statistics import bootstrap_mean as bootstrap_mean
    from lmpmeso.study.campaign_file import read_campaign as read_campaign

__version__ = version("lmpmeso")

_HOMES = {
    "Configuration": "configurations",
    "InherentStructure": "configurations",
    "LammpsModel": "configurations.script_model",
    "Trajectory": "configurations",
    "read_configuration": "configurations",
    "read_trajectory": "configurations",
    "mean_squared_displacement": "dynamics",
    "relaxation_time": "dynamics",
    "self_intermediate": "dynamics",
    "analyse": "elasticity",
    "dipole_stiffness": "elasticity",
    "kappa_field": "elasticity",
    "shear_modulus": "elasticity",
    "hessian": "hessians",
    "GlassModel": "models",
    "Species": "models",
    "get_model": "models",
    "read_model": "models",
    "register_model": "models",
    "plot": "",
    "quench": "protocols",
    "bootstrap_mean": "statistics",
    "read_campaign": "study.campaign_file",
}
"""Public name → the part of the package that defines it."""

__all__ = sorted(_HOMES)

__getattr__, __dir__ = names_on_demand(__name__, _HOMES)
