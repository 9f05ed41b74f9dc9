"""Linear response of inherent structures: factorisation, moduli, dipole stiffness, polish."""

from lmpmeso.elasticity.analysis import GlassAnalysis, analyse
from lmpmeso.elasticity.dipoles import dipole_stiffness
from lmpmeso.elasticity.ensemble import dipole_stiffness_ensemble
from lmpmeso.elasticity.factor import HessianFactor, HessianPlan, factorise
from lmpmeso.elasticity.field_map import planar_bonds, slice_of_field, slice_of_particles
from lmpmeso.elasticity.kappa_field import kappa_field, write_bonds
from lmpmeso.elasticity.local_stiffness import (
    LOCAL_STIFFNESSES,
    LocalStiffness,
    debye_waller_stiffness,
    local_stiffness,
)
from lmpmeso.elasticity.minimum import MINIMUM_FORCE_RATIO, is_minimum, require_minimum
from lmpmeso.elasticity.mode_anharmonicity import energy_along_modes
from lmpmeso.elasticity.mode_files import planar_displacements, write_modes
from lmpmeso.elasticity.modes import (
    Modes,
    all_frequencies,
    all_modes,
    debye_frequency,
    density_of_states,
    lowest_modes,
)
from lmpmeso.elasticity.moduli import (
    BulkModulus,
    ElasticTensor,
    ShearModulus,
    bulk_modulus,
    elastic_tensor,
    shear_modulus,
    voigt,
)
from lmpmeso.elasticity.polish import newton_polish
from lmpmeso.elasticity.pseudo_harmonic_cost import PseudoHarmonicCost
from lmpmeso.elasticity.quadratic_region import minimum_of_region
from lmpmeso.elasticity.soft_mode_search import SoftModes, soft_modes
from lmpmeso.elasticity.system_size import kappa_of_larger_system

__all__ = [
    "LOCAL_STIFFNESSES",
    "MINIMUM_FORCE_RATIO",
    "BulkModulus",
    "ElasticTensor",
    "GlassAnalysis",
    "HessianFactor",
    "HessianPlan",
    "LocalStiffness",
    "Modes",
    "PseudoHarmonicCost",
    "ShearModulus",
    "SoftModes",
    "all_frequencies",
    "all_modes",
    "analyse",
    "bulk_modulus",
    "debye_frequency",
    "debye_waller_stiffness",
    "density_of_states",
    "dipole_stiffness",
    "dipole_stiffness_ensemble",
    "elastic_tensor",
    "energy_along_modes",
    "factorise",
    "is_minimum",
    "kappa_field",
    "kappa_of_larger_system",
    "local_stiffness",
    "lowest_modes",
    "minimum_of_region",
    "newton_polish",
    "planar_bonds",
    "planar_displacements",
    "require_minimum",
    "shear_modulus",
    "slice_of_field",
    "slice_of_particles",
    "soft_modes",
    "voigt",
    "write_bonds",
    "write_modes",
]
