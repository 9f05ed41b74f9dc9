"""Correlators of trajectories: mean squared displacement, F_s, relaxation time, diffusion."""

from lmpmeso.dynamics.cage_relative import cage_relative_correlations
from lmpmeso.dynamics.correlators import (
    dynamic_susceptibility,
    mean_squared_displacement,
    non_gaussian_parameter,
    one_correlation,
    overlap,
    self_correlations,
    self_intermediate,
    species_average,
)
from lmpmeso.dynamics.diffusion import DiffusionCoefficient, diffusion_coefficient
from lmpmeso.dynamics.displacement_distribution import displacement_distribution
from lmpmeso.dynamics.equilibration import (
    EquilibrationVerdict,
    check_equilibration,
    compare_stretches,
)
from lmpmeso.dynamics.lags import LagTable, lag_table
from lmpmeso.dynamics.liquid_elasticity import (
    CageDisplacement,
    InstantaneousShearModulus,
    cage_displacement,
    instantaneous_shear_modulus,
)
from lmpmeso.dynamics.peaks import Peak, correlation_peak
from lmpmeso.dynamics.pooling import pooled
from lmpmeso.dynamics.radial_distribution import radial_distribution
from lmpmeso.dynamics.relaxation import RelaxationTime, relaxation_time
from lmpmeso.dynamics.structural_order import StructuralVerdict, check_structure
from lmpmeso.dynamics.structure_factor import PeakPosition, StructureFactor, structure_factor

__all__ = [
    "CageDisplacement",
    "DiffusionCoefficient",
    "EquilibrationVerdict",
    "InstantaneousShearModulus",
    "LagTable",
    "Peak",
    "PeakPosition",
    "RelaxationTime",
    "StructuralVerdict",
    "StructureFactor",
    "cage_displacement",
    "cage_relative_correlations",
    "check_equilibration",
    "check_structure",
    "compare_stretches",
    "correlation_peak",
    "diffusion_coefficient",
    "displacement_distribution",
    "dynamic_susceptibility",
    "instantaneous_shear_modulus",
    "lag_table",
    "mean_squared_displacement",
    "non_gaussian_parameter",
    "one_correlation",
    "overlap",
    "pooled",
    "radial_distribution",
    "relaxation_time",
    "self_correlations",
    "self_intermediate",
    "species_average",
    "structure_factor",
]
