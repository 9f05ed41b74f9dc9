"""A Hessian with its order of elimination and its factor, each made once, when it is first needed.

A Newton polish hands on what it knows of the minimum that it found; whoever analyses that minimum next
takes it over. What has been handed on belongs to one structure, is dropped with it or when another one
is polished, and is not used where a position or the model has changed since.
"""

from __future__ import annotations

from functools import cached_property
from weakref import ReferenceType, ref

import numpy as np

from lmpmeso.arrays import FloatArray
from lmpmeso.backend import ArrayBackend, get_backend
from lmpmeso.configurations import Configuration
from lmpmeso.elasticity.factor import HessianFactor, HessianPlan
from lmpmeso.elasticity.nested_dissection import LEAF_SIZES
from lmpmeso.elasticity.strain_response import strain_response
from lmpmeso.hessians import Hessian
from lmpmeso.models import GlassModel


class LinearResponse:
    """What answers forces on a structure, with a plan and a factor of its Hessian where they are given.

    A factor is made where ``backend`` says; None means where a given factor is, else the CPU.
    ``threads`` share the work of the factorisation.

    Raises:
        ConfigurationError: the factor is that of another Hessian.
    """

    def __init__(
        self,
        hessian: Hessian,
        backend: ArrayBackend | None = None,
        threads: int | None = None,
        plan: HessianPlan | None = None,
        factor: HessianFactor | None = None,
    ):
        self.hessian, self.threads = hessian, threads
        if factor is not None:
            factor.require_same(hessian)
            plan = factor.plan
            self.factor = factor
        self.backend = backend or (get_backend("cpu") if factor is None else factor.backend)
        if plan is not None:
            self.plan = plan

    @cached_property
    def plan(self) -> HessianPlan:
        """Order of elimination."""
        return HessianPlan(self.hessian, LEAF_SIZES[self.backend.device])

    @cached_property
    def factor(self) -> HessianFactor:
        """The factor."""
        return self.plan.factorise(self.backend, self.threads)

    @cached_property
    def to_strain(self) -> FloatArray:
        """Displacements that answer a strain, beyond affine ones [length], shape (N, d, d, d)."""
        return strain_response(self.hessian, self.factor.solve)

    def on(self, backend: ArrayBackend, threads: int | None) -> LinearResponse:
        """The same with its factor on a backend: what is there is kept if it is for such a device."""
        if backend.device != self.backend.device:
            return LinearResponse(self.hessian, backend, threads)
        known = self.__dict__
        return LinearResponse(
            self.hessian, backend, threads, known.get("plan"), known.get("factor")
        )


_handed_on: tuple[ReferenceType[Configuration], GlassModel, LinearResponse] | None = None
"""Of the structure that was polished last; one only, because a factor may fill the memory."""


def hand_on(structure: Configuration, model: GlassModel, response: LinearResponse) -> None:
    """Keep the response of a structure for :func:`take_over`."""
    global _handed_on
    _handed_on = (ref(structure, _forget), model, response)


def take_over(structure: Configuration, model: GlassModel) -> LinearResponse | None:
    """The response that was handed on with this very structure, once; None where it is not its own."""
    global _handed_on
    if _handed_on is None or _handed_on[0]() is not structure:
        return None
    (_, of_model, response), _handed_on = _handed_on, None
    is_same = (
        of_model == model
        and np.array_equal(structure.wrapped_positions(), response.hessian.positions_nc)
        and np.array_equal(structure.box_c, response.hessian.box_c)
    )
    return response if is_same else None


def _forget(structure: ReferenceType[Configuration]) -> None:
    """Drop what was handed on with a structure that nobody holds any more."""
    global _handed_on
    if _handed_on is not None and _handed_on[0] is structure:
        _handed_on = None
