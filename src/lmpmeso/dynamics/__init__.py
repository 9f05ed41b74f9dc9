"""Correlators of trajectories: mean squared displacement, F_s, relaxation time, diffusion."""

from lmpmeso.dynamics.correlators import mean_squared_displacement, self_intermediate
from lmpmeso.dynamics.diffusion import DiffusionCoefficient, diffusion_coefficient
from lmpmeso.dynamics.equilibration import EquilibrationVerdict, check_equilibration
from lmpmeso.dynamics.lags import LagTable, lag_table
from lmpmeso.dynamics.relaxation import RelaxationTime, relaxation_time

__all__ = [
    "DiffusionCoefficient",
    "EquilibrationVerdict",
    "LagTable",
    "RelaxationTime",
    "check_equilibration",
    "diffusion_coefficient",
    "lag_table",
    "mean_squared_displacement",
    "relaxation_time",
    "self_intermediate",
]
