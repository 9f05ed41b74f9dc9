"""Figures: one module each; they read tables and compute nothing.

``lmpmeso.figures.catalogue.FIGURES`` lists those of the paper and ours: name, the paper's number, title, the tables
needed, the command that makes them, the function that draws and the caption. ``drawn_figures(results)`` there
goes through it and yields a ``DrawnFigure`` (figure, caption, alt) or a ``SkippedFigure`` (reason) for each;
``lmpmeso.figures.results.read_results(folders)`` reads what one or several folders hold.
"""

from lmpmeso.figures.annealing import annealing
from lmpmeso.figures.dynamics import dynamics
from lmpmeso.figures.equilibration import equilibration
from lmpmeso.figures.kappa_map import bond_map, particle_map
from lmpmeso.figures.landscape import landscape
from lmpmeso.figures.local_correlations import draw_local_correlations
from lmpmeso.figures.mesoelastic import mesoelastic
from lmpmeso.figures.pair_structure import pair_structure
from lmpmeso.figures.predictors import predictors
from lmpmeso.figures.reduced_dynamics import reduced_dynamics
from lmpmeso.figures.scattering import draw_scattering
from lmpmeso.figures.similar_viscosity import similar_viscosity
from lmpmeso.figures.soft_modes import arrow_map, draw_modes
from lmpmeso.figures.stiffness_and_modulus import stiffness_and_modulus
from lmpmeso.figures.stiffness_distribution import draw_stiffness_distributions
from lmpmeso.figures.style import save_figure
from lmpmeso.figures.units import label_units

__all__ = [
    "annealing",
    "arrow_map",
    "bond_map",
    "draw_local_correlations",
    "draw_modes",
    "draw_scattering",
    "draw_stiffness_distributions",
    "dynamics",
    "equilibration",
    "label_units",
    "landscape",
    "mesoelastic",
    "pair_structure",
    "particle_map",
    "predictors",
    "reduced_dynamics",
    "save_figure",
    "similar_viscosity",
    "stiffness_and_modulus",
]
