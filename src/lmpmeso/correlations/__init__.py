"""Local dipole stiffness against the mobility of particles."""

from lmpmeso.correlations.local_correlations import (
    LocalCorrelations,
    LocalField,
    local_correlations,
    spearman,
)
from lmpmeso.correlations.populations import extreme_particles

__all__ = [
    "LocalCorrelations",
    "LocalField",
    "extreme_particles",
    "local_correlations",
    "spearman",
]
