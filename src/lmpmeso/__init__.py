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
    from lmpmeso.campaign.tables import read_tables as read_tables
    from lmpmeso.configurations import Configuration as Configuration
    from lmpmeso.configurations import InherentStructure as InherentStructure
    from lmpmeso.configurations import Trajectory as Trajectory
    from lmpmeso.configurations import configuration_from_arrays as configuration_from_arrays
    from lmpmeso.configurations import from_ase as from_ase
    from lmpmeso.configurations import from_universe as from_universe
    from lmpmeso.configurations import read_configuration as read_configuration
    from lmpmeso.configurations import read_trajectory as read_trajectory
    from lmpmeso.configurations import to_ase as to_ase
    from lmpmeso.configurations import to_universe as to_universe
    from lmpmeso.configurations import write_data as write_data
    from lmpmeso.configurations import write_dump as write_dump
    from lmpmeso.configurations import write_extxyz as write_extxyz
    from lmpmeso.configurations import write_trajectory as write_trajectory
    from lmpmeso.configurations.script_model import LammpsModel as LammpsModel
    from lmpmeso.dynamics import diffusion_coefficient as diffusion_coefficient
    from lmpmeso.dynamics import mean_squared_displacement as mean_squared_displacement
    from lmpmeso.dynamics import radial_distribution as radial_distribution
    from lmpmeso.dynamics import relaxation_time as relaxation_time
    from lmpmeso.dynamics import self_correlations as self_correlations
    from lmpmeso.dynamics import self_intermediate as self_intermediate
    from lmpmeso.dynamics import structure_factor as structure_factor
    from lmpmeso.elasticity import analyse as analyse
    from lmpmeso.elasticity import bulk_modulus as bulk_modulus
    from lmpmeso.elasticity import dipole_stiffness as dipole_stiffness
    from lmpmeso.elasticity import elastic_tensor as elastic_tensor
    from lmpmeso.elasticity import kappa_field as kappa_field
    from lmpmeso.elasticity import lowest_modes as lowest_modes
    from lmpmeso.elasticity import shear_modulus as shear_modulus
    from lmpmeso.elasticity import soft_modes as soft_modes
    from lmpmeso.equilibrium import equilibrate_liquid as equilibrate_liquid
    from lmpmeso.hessians import hessian as hessian
    from lmpmeso.landscape import inherent_structure_trajectory as inherent_structure_trajectory
    from lmpmeso.landscape import transition_rate as transition_rate
    from lmpmeso.landscape import transitions as transitions
    from lmpmeso.models import GlassModel as GlassModel
    from lmpmeso.models import Species as Species
    from lmpmeso.models import further_model_names as further_model_names
    from lmpmeso.models import get_model as get_model
    from lmpmeso.models import model_names as model_names
    from lmpmeso.models import read_model as read_model
    from lmpmeso.models import register_model as register_model
    from lmpmeso.protocols import equilibrate as equilibrate
    from lmpmeso.protocols import isoconfigurational_runs as isoconfigurational_runs
    from lmpmeso.protocols import quench as quench
    from lmpmeso.protocols import random_start as random_start
    from lmpmeso.protocols import run_trajectory as run_trajectory
    from lmpmeso.statistics import bootstrap_mean as bootstrap_mean
    from lmpmeso.study.campaign_file import read_campaign as read_campaign

__version__ = version("lmpmeso")

_HOMES = {
    "read_tables": "campaign.tables",
    "Configuration": "configurations",
    "InherentStructure": "configurations",
    "Trajectory": "configurations",
    "configuration_from_arrays": "configurations",
    "from_ase": "configurations",
    "from_universe": "configurations",
    "read_configuration": "configurations",
    "read_trajectory": "configurations",
    "to_ase": "configurations",
    "to_universe": "configurations",
    "write_data": "configurations",
    "write_dump": "configurations",
    "write_extxyz": "configurations",
    "write_trajectory": "configurations",
    "LammpsModel": "configurations.script_model",
    "diffusion_coefficient": "dynamics",
    "mean_squared_displacement": "dynamics",
    "radial_distribution": "dynamics",
    "relaxation_time": "dynamics",
    "self_correlations": "dynamics",
    "self_intermediate": "dynamics",
    "structure_factor": "dynamics",
    "analyse": "elasticity",
    "bulk_modulus": "elasticity",
    "dipole_stiffness": "elasticity",
    "elastic_tensor": "elasticity",
    "kappa_field": "elasticity",
    "lowest_modes": "elasticity",
    "shear_modulus": "elasticity",
    "soft_modes": "elasticity",
    "equilibrate_liquid": "equilibrium",
    "hessian": "hessians",
    "inherent_structure_trajectory": "landscape",
    "transition_rate": "landscape",
    "transitions": "landscape",
    "GlassModel": "models",
    "Species": "models",
    "further_model_names": "models",
    "get_model": "models",
    "model_names": "models",
    "read_model": "models",
    "register_model": "models",
    "plot": "",
    "equilibrate": "protocols",
    "isoconfigurational_runs": "protocols",
    "quench": "protocols",
    "random_start": "protocols",
    "run_trajectory": "protocols",
    "bootstrap_mean": "statistics",
    "read_campaign": "study.campaign_file",
}
"""Public name → the part of the package that defines it."""

__all__ = sorted(_HOMES)

__getattr__, __dir__ = names_on_demand(__name__, _HOMES)
