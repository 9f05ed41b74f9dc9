"""Sparse block Hessians of pair, Stillinger-Weber and embedded-atom models, with forces, stress and Born term."""

from lmpmeso.hessians.compiled_forces import CompiledForces
from lmpmeso.hessians.evaluation import Evaluation, Hessian, evaluate, hessian
from lmpmeso.hessians.neighbours import InteractingPairs, interacting_pairs

__all__ = [
    "CompiledForces",
    "Evaluation",
    "Hessian",
    "InteractingPairs",
    "evaluate",
    "hessian",
    "interacting_pairs",
]
