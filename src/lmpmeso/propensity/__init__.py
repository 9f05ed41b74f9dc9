"""Mobility of particles in an isoconfigurational ensemble, and local dipole stiffness against it."""

from lmpmeso.propensity.local_correlations import (
    LocalCorrelations,
    LocalField,
    kappa_by_population,
    local_correlations,
    spearman,
)
from lmpmeso.propensity.local_predictors import local_structure, predictor_comparison
from lmpmeso.propensity.mobility import Propensity, mean_displacement, propensity
from lmpmeso.propensity.populations import extreme_particles
from lmpmeso.propensity.stiffness_comparison import stiffness_comparison
from lmpmeso.propensity.study import PropensityStudy, StiffnessAndMobility, stiffness_and_mobility

__all__ = [
    "LocalCorrelations",
    "LocalField",
    "Propensity",
    "PropensityStudy",
    "StiffnessAndMobility",
    "extreme_particles",
    "kappa_by_population",
    "local_correlations",
    "local_structure",
    "mean_displacement",
    "predictor_comparison",
    "propensity",
    "spearman",
    "stiffness_and_mobility",
    "stiffness_comparison",
]
