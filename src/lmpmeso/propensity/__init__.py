"""Mobility of particles in an isoconfigurational ensemble, and local dipole stiffness against it."""

from lmpmeso.propensity.local_correlations import (
    LocalCorrelations,
    LocalField,
    local_correlations,
    spearman,
)
from lmpmeso.propensity.mobility import Propensity, mean_displacement, propensity
from lmpmeso.propensity.populations import extreme_particles

__all__ = [
    "LocalCorrelations",
    "LocalField",
    "Propensity",
    "extreme_particles",
    "local_correlations",
    "mean_displacement",
    "propensity",
    "spearman",
]
