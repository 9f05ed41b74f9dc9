"""Means with honest intervals, and the fits of the paper."""

from lmpmeso.statistics.bootstrap import (
    Estimate,
    bootstrap_mean,
    bootstrap_ratio,
    relative_change,
)
from lmpmeso.statistics.fits import MesoelasticFit, fit_mesoelastic

__all__ = [
    "Estimate",
    "MesoelasticFit",
    "bootstrap_mean",
    "bootstrap_ratio",
    "fit_mesoelastic",
    "relative_change",
]
