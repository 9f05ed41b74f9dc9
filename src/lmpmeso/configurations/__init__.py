"""Configurations, inherent structures and trajectories; reading and writing them."""

from lmpmeso.configurations.configuration import Configuration, InherentStructure, Trajectory

__all__ = ["Configuration", "InherentStructure", "Trajectory"]
