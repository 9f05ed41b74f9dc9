"""Sparse block Hessians of pair and Stillinger-Weber models, with forces, stress and Born term."""

import sys
from types import ModuleType

from lmpmeso.configurations import Configuration
from lmpmeso.hessian.evaluation import Evaluation, Hessian, evaluate, hessian
from lmpmeso.hessian.neighbours import InteractingPairs, interacting_pairs
from lmpmeso.models import GlassModel

__all__ = [
    "Evaluation",
    "Hessian",
    "InteractingPairs",
    "evaluate",
    "hessian",
    "interacting_pairs",
]


class _CallableModule(ModuleType):
    """This module, callable: importing it puts it in the place of the public ``lmpmeso.hessian``."""

    def __call__(self, configuration: Configuration, model: GlassModel) -> Hessian:
        """See :func:`lmpmeso.hessian.evaluation.hessian`."""
        return hessian(configuration, model)


sys.modules[__name__].__class__ = _CallableModule
