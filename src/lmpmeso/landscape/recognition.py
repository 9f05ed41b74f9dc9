"""Quenching frame after frame, and recognising structures that were met before.

Array suffixes: n particle, c Cartesian component.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

import numpy as np

from lmpmeso.arrays import FloatArray
from lmpmeso.configurations import Configuration, InherentStructure
from lmpmeso.elasticity import HessianFactor, factorise, newton_polish
from lmpmeso.elasticity.quadratic_region import contracted
from lmpmeso.errors import ConvergenceError, UnstableStructureError
from lmpmeso.execution import DEFAULT, Execution
from lmpmeso.hessians import evaluate, hessian
from lmpmeso.models import GlassModel
from lmpmeso.protocols import quench
from lmpmeso.protocols.steepest_descent import PATH_TOLERANCE, DescentSettings, steepest_descent

REMEMBERED = 3
"""Structures kept for recognition; neighbouring frames share the last ones or none."""
NEAR = 1e-3
"""A quenched frame is compared with structures whose particles are all nearer, in units of a0."""
REGION = 0.1
"""The same for a frame on its path of steepest descent, which is followed only as far as it must."""
SAME = 1e-7
"""Where the Newton steps must end for a structure to be recognised, in units of a0."""
CONTRACTION = 0.1
"""Each Newton step must be shorter than this part of the one before."""
MOST_STEPS = 5


def largest_displacement(first_nc: FloatArray, second_nc: FloatArray) -> float:
    """Largest distance of a particle between two sets of unwrapped positions [length].

    A common translation does not count.
    """
    moved_nc = second_nc - first_nc
    moved_nc -= moved_nc.mean(axis=0)
    return float(np.sqrt((moved_nc**2).sum(axis=1).max()))


@dataclass
class Known:
    """A structure met before; its factor is made when it is first needed."""

    structure: InherentStructure
    unwrapped_nc: FloatArray
    factor: HessianFactor | None = None


@dataclass(frozen=True)
class QuenchSettings:
    """How frames are quenched; without ``recognise`` each is polished by itself.

    The minimiser is ``"cg"``, ``"fire"`` or ``"steepest"``; the tolerance is the largest force of a structure [energy/length],
    that of the path the local error of a step of steepest descent (see :func:`lmpmeso.protocols.quench`).
    """

    model: GlassModel
    minimizer: str = "cg"
    tolerance: float = 1e-10
    recognise: bool = True
    execution: Execution = DEFAULT
    path_tolerance: float = PATH_TOLERANCE


class FrameQuencher:
    """Inherent structures of the frames of a trajectory, one after the other.

    The answer is that of :func:`lmpmeso.protocols.quench`. What is saved is the proof: LAMMPS's
    minimiser runs as ever, but where it ends beside a structure met before, Newton steps with *that*
    structure's factor decide. If they contract onto it the frame belongs to it, and no Hessian is
    built and factorised. Otherwise the frame is polished as usual; so is the first frame that is
    recognised, because only two polishes that lead to one structure tell how exact they are.
    """

    def __init__(self, settings: QuenchSettings):
        self.settings = settings
        self._known: deque[Known] = deque(maxlen=REMEMBERED)
        self._recognised_one = False

    def remember(self, structure: InherentStructure) -> None:
        """A structure that the next frames may belong to."""
        self._known.appendleft(Known(structure, structure.unwrapped_positions()))

    def quench(self, frame: Configuration) -> tuple[InherentStructure, bool]:
        """The structure below a frame, and whether it was met before.

        Raises:
            UnstableStructureError, ConvergenceError, LammpsError: as :func:`quench`.
        """
        settings = self.settings
        if settings.minimizer == "steepest":
            return self._descended(frame)
        rough = self._quenched(frame, polish=False)
        known = self._recognised(rough) if settings.recognise else None
        if known is not None:
            self._met_again(known)
            if self._recognised_one:
                return replace(
                    known.structure,
                    step=frame.step,
                    source=frame.source,
                    minimizer=rough.minimizer,
                    iterations=rough.iterations,
                    stopping_criterion=rough.stopping_criterion,
                ), True
            self._recognised_one = True
        try:
            structure = newton_polish(rough, settings.model, settings.tolerance)
        except (UnstableStructureError, ConvergenceError):
            # On a saddle: the whole protocol nudges it off and minimises again.
            structure = self._quenched(frame, polish=True)
        if known is None:
            self.remember(structure)
        return structure, False

    def _descended(self, frame: Configuration) -> tuple[InherentStructure, bool]:
        """The same by steepest descent, which asks for known structures wherever Newton steps might take over."""
        settings = self.settings
        met: list[Known] = []

        def known_below(here: InherentStructure) -> InherentStructure | None:
            known = self._recognised(here) if settings.recognise else None
            if known is None:
                return None
            met.append(known)
            return known.structure if self._recognised_one else None

        descent = DescentSettings(
            settings.path_tolerance, settings.tolerance, execution=settings.execution
        )
        structure = steepest_descent(frame, settings.model, descent, known_below)[0]
        recognised = any(structure.positions_nc is known.structure.positions_nc for known in met)
        if met:
            self._met_again(met[-1])
            self._recognised_one = True
        else:
            self.remember(structure)
        return structure, recognised

    def _met_again(self, known: Known) -> None:
        """Ask for it first."""
        self._known.remove(known)
        self._known.appendleft(known)

    def _recognised(self, rough: InherentStructure) -> Known | None:
        """The structure met before that ``rough`` lies in."""
        return next((known for known in self._known if self._leads_to(rough, known)), None)

    def _quenched(self, frame: Configuration, polish: bool) -> InherentStructure:
        settings = self.settings
        return quench(
            frame,
            settings.model,
            settings.minimizer,
            tolerance=settings.tolerance,
            polish=polish,
            execution=settings.execution,
        )

    def _leads_to(self, rough: InherentStructure, known: Known) -> bool:
        """Whether simplified Newton steps from ``rough`` contract onto a known structure."""
        model, tolerance = self.settings.model, self.settings.tolerance
        a0, descends = model.a0, self.settings.minimizer == "steepest"
        near = (REGION if descends else NEAR) * a0
        if largest_displacement(known.unwrapped_nc, rough.unwrapped_positions()) > near:
            return False
        if known.factor is None:
            known.factor = factorise(hessian(known.structure, model))
        if descends:
            try:
                end = contracted(rough, model, known.factor, tolerance)
            except ConvergenceError:
                return False
            end_nc = end.unwrapped_positions()
            return largest_displacement(known.unwrapped_nc, end_nc) <= SAME * a0
        current, longest = rough, np.inf
        for _ in range(MOST_STEPS):
            here = evaluate(current, model)
            if here.max_force <= tolerance:
                end_nc = current.unwrapped_positions()
                return largest_displacement(known.unwrapped_nc, end_nc) <= SAME * a0
            step_nc = known.factor.solve(here.forces_nc.ravel()).reshape(here.forces_nc.shape)
            length = float(np.sqrt((step_nc**2).sum(axis=1).max()))
            if length > CONTRACTION * longest or length > NEAR * a0:
                return False
            current, longest = current.with_positions(current.positions_nc + step_nc), length
        return False
