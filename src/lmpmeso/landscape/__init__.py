"""The potential energy landscape under a liquid: inherent-structure trajectories, transitions, Γ."""

from lmpmeso.landscape.comparison import MinimizerComparison, compare_minimizers
from lmpmeso.landscape.inherent_structures import (
    InherentStructureTrajectory,
    inherent_structure_trajectories,
    inherent_structure_trajectory,
)
from lmpmeso.landscape.rate import (
    RateConvergence,
    TransitionRate,
    rate_convergence,
    transition_rate,
)
from lmpmeso.landscape.short_run import short_run
from lmpmeso.landscape.study import Landscape, LandscapeStudy
from lmpmeso.landscape.transitions import QuenchNoise, moves, quench_noise, transitions

__all__ = [
    "InherentStructureTrajectory",
    "Landscape",
    "LandscapeStudy",
    "MinimizerComparison",
    "QuenchNoise",
    "RateConvergence",
    "TransitionRate",
    "compare_minimizers",
    "inherent_structure_trajectories",
    "inherent_structure_trajectory",
    "moves",
    "quench_noise",
    "rate_convergence",
    "short_run",
    "transition_rate",
    "transitions",
]
