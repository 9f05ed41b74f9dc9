"""Figures: one module each; they read tables and compute nothing.

``lmpmeso.figures.catalogue.FIGURES`` lists those of the paper and ours: name, the paper's number, title, the tables
needed, the command that makes them, the function that draws and the caption. ``drawn_figures(results)`` there
goes through it and yields a ``DrawnFigure`` (figure, caption, alt) or a ``SkippedFigure`` (reason) for each;
``lmpmeso.figures.results.read_results(folders)`` reads what one or several folders hold.
"""

from lmpmeso.figures.dynamics import dynamics
from lmpmeso.figures.equilibration import equilibration
from lmpmeso.figures.kappa_map import bond_map, particle_map
from lmpmeso.figures.landscape import landscape
from lmpmeso.figures.local_correlations import local_correlations
from lmpmeso.figures.scattering import scattering
from lmpmeso.figures.soft_modes import arrow_map, draw_modes
from lmpmeso.figures.stiffness_and_modulus import stiffness_and_modulus
from lmpmeso.figures.stiffness_distribution import stiffness_distribution
from lmpmeso.figures.style import save_figure

__all__ = [
    "arrow_map",
    "bond_map",
    "draw_modes",
    "dynamics",
    "equilibration",
    "landscape",
    "local_correlations",
    "particle_map",
    "save_figure",
    "scattering",
    "stiffness_and_modulus",
    "stiffness_distribution",
]
