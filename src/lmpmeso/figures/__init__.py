"""Figures: one module each; they read tables and compute nothing."""

from lmpmeso.figures.kappa_map import bond_map, particle_map
from lmpmeso.figures.scattering import scattering
from lmpmeso.figures.stiffness_and_modulus import stiffness_and_modulus
from lmpmeso.figures.stiffness_distribution import stiffness_distribution
from lmpmeso.figures.style import save_figure

__all__ = [
    "bond_map",
    "particle_map",
    "save_figure",
    "scattering",
    "stiffness_and_modulus",
    "stiffness_distribution",
]
