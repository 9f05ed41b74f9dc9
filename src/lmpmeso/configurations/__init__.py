"""Configurations, inherent structures and trajectories; reading and writing them."""

from lmpmeso.configurations.amber_netcdf import (
    write_configurations,
    write_inherent_structures,
    write_trajectory,
)
from lmpmeso.configurations.ase import from_ase, to_ase
from lmpmeso.configurations.configuration import (
    Configuration,
    ConfigurationLike,
    InherentStructure,
    Trajectory,
    TrajectoryLike,
    require_configuration,
)
from lmpmeso.configurations.creation import (
    configuration_from_arrays,
    edge_of_random_box,
    random_configuration,
)
from lmpmeso.configurations.descent import DescentPath, Saddle
from lmpmeso.configurations.extended_xyz import write_extxyz
from lmpmeso.configurations.frames import all_configurations, iter_configurations
from lmpmeso.configurations.lammps_data_writing import write_data
from lmpmeso.configurations.lammps_dump import write_dump
from lmpmeso.configurations.mdanalysis import from_universe, to_universe
from lmpmeso.configurations.model_fit import check_fits_model, particle_diameters
from lmpmeso.configurations.reading import (
    as_configuration,
    box_of_runs,
    particles_of_bonds,
    read_configuration,
    read_inherent_structures,
)
from lmpmeso.configurations.stored_netcdf import read_netcdf_fields
from lmpmeso.configurations.trajectories import read_trajectory, trajectory_and_model

__all__ = [
    "Configuration",
    "ConfigurationLike",
    "DescentPath",
    "InherentStructure",
    "Saddle",
    "Trajectory",
    "TrajectoryLike",
    "all_configurations",
    "as_configuration",
    "box_of_runs",
    "check_fits_model",
    "configuration_from_arrays",
    "edge_of_random_box",
    "from_ase",
    "from_universe",
    "iter_configurations",
    "particle_diameters",
    "particles_of_bonds",
    "random_configuration",
    "read_configuration",
    "read_inherent_structures",
    "read_netcdf_fields",
    "read_trajectory",
    "require_configuration",
    "to_ase",
    "to_universe",
    "trajectory_and_model",
    "write_configurations",
    "write_data",
    "write_dump",
    "write_extxyz",
    "write_inherent_structures",
    "write_trajectory",
]
