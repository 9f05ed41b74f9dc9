"""Sparse block Hessians of any interaction, with forces, stress and Born term."""

from lmpmeso.hessians.compiled_forces import CompiledForces
from lmpmeso.hessians.evaluation import Evaluation, Hessian, born_term, evaluate, hessian
from lmpmeso.hessians.neighbours import InteractingPairs, interacting_pairs
from lmpmeso.hessians.rattlers import without_rattlers

__all__ = [
    "CompiledForces",
    "Evaluation",
    "Hessian",
    "InteractingPairs",
    "born_term",
    "evaluate",
    "hessian",
    "interacting_pairs",
    "without_rattlers",
]
