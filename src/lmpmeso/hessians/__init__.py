"""Sparse block Hessians of pair and Stillinger-Weber models, with forces, stress and Born term."""

from lmpmeso.hessians.evaluation import Evaluation, Hessian, evaluate, hessian
from lmpmeso.hessians.neighbours import InteractingPairs, interacting_pairs

__all__ = ["Evaluation", "Hessian", "InteractingPairs", "evaluate", "hessian", "interacting_pairs"]
