"""Running a liquid until it is in equilibrium, and the evidence that it is."""

from lmpmeso.equilibrium.liquid import EquilibratedLiquid, equilibrate_liquid
from lmpmeso.equilibrium.plan import Criterion
from lmpmeso.equilibrium.stretch import StretchSummary

__all__ = ["Criterion", "EquilibratedLiquid", "StretchSummary", "equilibrate_liquid"]
