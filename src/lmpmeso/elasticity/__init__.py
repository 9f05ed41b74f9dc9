"""Linear response of inherent structures: factorisation, moduli, dipole stiffness, polish."""

from lmpmeso.elasticity.factor import HessianFactor, factorise
from lmpmeso.elasticity.minimum import MINIMUM_FORCE_RATIO, is_minimum, require_minimum
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

__all__ = [
    "MINIMUM_FORCE_RATIO",
    "BulkModulus",
    "ElasticTensor",
    "HessianFactor",
    "ShearModulus",
    "bulk_modulus",
    "elastic_tensor",
    "factorise",
    "is_minimum",
    "newton_polish",
    "require_minimum",
    "shear_modulus",
    "voigt",
]
