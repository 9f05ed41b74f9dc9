"""Configurations, inherent structures and trajectories; reading and writing them."""

from lmpmeso.configurations.configuration import Configuration, InherentStructure, Trajectory
from lmpmeso.configurations.creation import configuration_from_arrays, random_configuration

__all__ = [
    "Configuration",
    "InherentStructure",
    "Trajectory",
    "configuration_from_arrays",
    "random_configuration",
]
