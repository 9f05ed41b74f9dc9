"""Means with honest intervals, distributions, and the fits of the paper."""

from lmpmeso.statistics.bootstrap import Estimate, bootstrap_mean, bootstrap_ratio, mean_over_time
from lmpmeso.statistics.fits import (
    MesoelasticFit,
    StokesEinsteinFit,
    fit_mesoelastic,
    fit_stokes_einstein,
)
from lmpmeso.statistics.left_out import best_probabilities, left_out_error, win_probabilities
from lmpmeso.statistics.state_points import equal_viscosity
from lmpmeso.statistics.stiffness_distribution import (
    StiffnessDistribution,
    stiffness_bins,
    stiffness_distribution,
)
from lmpmeso.statistics.straight_line import StraightLine, fit_straight_line

__all__ = [
    "Estimate",
    "MesoelasticFit",
    "StiffnessDistribution",
    "StokesEinsteinFit",
    "StraightLine",
    "best_probabilities",
    "bootstrap_mean",
    "bootstrap_ratio",
    "equal_viscosity",
    "fit_mesoelastic",
    "fit_stokes_einstein",
    "fit_straight_line",
    "left_out_error",
    "mean_over_time",
    "stiffness_bins",
    "stiffness_distribution",
    "win_probabilities",
]
