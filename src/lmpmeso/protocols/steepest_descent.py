"""From a configuration to where steepest descent dx/dt = -∇U ends: its basin by definition.

Array suffixes: n particle, c Cartesian component.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from lmpmeso.backend import get_backend
from lmpmeso.configurations import Configuration, DescentPath, InherentStructure, Saddle
from lmpmeso.elasticity import HessianPlan, minimum_of_region
from lmpmeso.errors import ConvergenceError, UnstableStructureError
from lmpmeso.execution import DEFAULT, Execution
from lmpmeso.hessians import CompiledForces, evaluate, hessian
from lmpmeso.lammps.box import inside_box
from lmpmeso.lammps.forces import lammps_forces
from lmpmeso.models import GlassModel
from lmpmeso.protocols.gradient_flow import GradientFlow, Surface

PATH_TOLERANCE = 1e-3
"""Largest local error of a step, in units of the particle spacing (V/N)^(1/d): at ten times that, two of 31 frames
ended elsewhere than at a tenth (docs/true-basins.md)."""
REACH = 0.2
"""Farthest that a particle may move within a step, in the same units."""
HAND_OVER_FORCES = (1e-4, 1e-5, 1e-6, 1e-7, 1e-8)
"""Largest forces, in units of the rms contact force, at which the quadratic region of a minimum is looked
for. What is in none at the last of them is on a saddle."""
NUDGE = 1e-3
"""Displacement along the softest mode of a saddle that takes a structure off it, in units of the spacing."""
ASIDE = 0.01
"""Random displacement in units of the nudge: no symmetry shall hold a path on the next saddle."""
MOST_SADDLES = 5


def path_parameters(minimizer: str, path_tolerance: float = PATH_TOLERANCE) -> dict[str, float]:
    """What structures by a minimiser depend on beside its name: the tolerance of the path, if it has one."""
    return {"path_tolerance": path_tolerance} if minimizer == "steepest" else {}


Shortcut = Callable[[InherentStructure], InherentStructure | None]
"""A structure met before that a point of a path surely descends to, or None."""


@dataclass(frozen=True)
class DescentSettings:
    """How paths of steepest descent are followed.

    Attributes:
        path_tolerance: largest local error of a step, in units of the particle spacing (V/N)^(1/d).
        tolerance: largest force on a particle in the exact potential at the end [energy/length].
        polish: hand over to Newton steps; else the path is followed to its last force.
        max_steps: most steps of a path.
        seed: of the random part of a nudge.
        forces: ``"compiled"``: loops over the formulas of pair potentials and of a three-body term, two to
            three times as fast as ``"lammps"``: whatever LAMMPS simulates the model with. ``"auto"`` takes the
            first where the model allows it.
        execution: accelerator and threads of LAMMPS.
    """

    path_tolerance: float = PATH_TOLERANCE
    tolerance: float = 1e-10
    polish: bool = True
    max_steps: int = 200_000
    seed: int = 0
    forces: Literal["auto", "compiled", "lammps"] = "auto"
    execution: Execution = DEFAULT


def steepest_descent(
    configuration: Configuration,
    model: GlassModel,
    settings: DescentSettings | None = None,
    shortcut: Shortcut = lambda configuration: None,
) -> tuple[InherentStructure, ...]:
    """The end of the path of steepest descent from a configuration, at constant volume.

    The path is followed with error control until the configuration is in the quadratic region of a
    minimum of the exact potential, where Newton steps end in the minimum that the path leads to (:func:`~lmpmeso.elasticity.minimum_of_region`). A path that ends
    on a saddle instead goes on from both sides of it, along its softest mode.

    Args:
        configuration: particles without overlaps.
        model: the model.
        settings: of the path.
        shortcut: asked first wherever Newton steps might take over.

    Returns:
        One inherent structure, or where the path met a saddle that of each side, the lowest first; each
        with its ``descent``.

    Raises:
        UnstableStructureError: saddle upon saddle.
        ConvergenceError: too many steps, or forces that are no gradient.
        LammpsError: LAMMPS stopped, or its accelerator is a device, see :class:`LammpsForces`.
    """
    settings = settings or DescentSettings()
    with surface_of(configuration, model, settings) as forces:
        descent = _Descent(model, settings, forces, shortcut)
        ends = descent.ends(configuration, ())
    return tuple(sorted(ends, key=lambda end: end.energy))


@contextmanager
def surface_of(
    configuration: Configuration, model: GlassModel, settings: DescentSettings
) -> Iterator[Surface]:
    """U and -∂U/∂x as the settings want them, as long as the context."""
    has_formulas = model.lammps is None and model.embedding is None
    if settings.forces == "compiled" or (settings.forces == "auto" and has_formulas):
        yield CompiledForces(configuration, model)
    else:
        with lammps_forces(configuration, model, settings.execution) as forces:
            yield forces


@dataclass(frozen=True)
class _Descent:
    """Paths down one surface."""

    model: GlassModel
    settings: DescentSettings
    surface: Surface
    shortcut: Shortcut

    def ends(
        self, start: Configuration, before: tuple[DescentPath, ...]
    ) -> list[InherentStructure]:
        """The structures below a configuration, after the paths that led to it, from saddle to saddle."""
        spacing = start.density ** (-1.0 / start.dimension)
        flow = GradientFlow(
            self.surface,
            start.positions_nc,
            self.settings.path_tolerance * spacing,
            REACH * spacing,
        )
        scale = max(evaluate(start, self.model).contact_force_rms, self.settings.tolerance)
        for ratio in HAND_OVER_FORCES if self.settings.polish else HAND_OVER_FORCES[-2:-1]:
            self._follow(flow, ratio * scale, start)
            here = self._structure(flow, start, before)
            if not self.settings.polish:
                return [here]
            found = self._minimum(here)
            if found is not None:
                return [found]
        return self._sides(here, before)

    def _follow(self, flow: GradientFlow, force: float, start: Configuration) -> None:
        """Go down until the largest force is so small."""
        while flow.largest_force > force:
            if flow.steps >= self.settings.max_steps:
                raise ConvergenceError(
                    f"{start.source}: steepest descent stopped by 'max iterations' after {flow.steps} "
                    f"steps at a largest force of {flow.largest_force:.3g}, not {force:.3g}"
                )
            flow.step()

    def _minimum(self, here: InherentStructure) -> InherentStructure | None:
        """The minimum of the quadratic region; None where there is none."""
        known = self.shortcut(here)
        if known is not None:
            return replace(
                known,
                **{name: getattr(here, name) for name in _OF_THE_PATH},
            )
        try:
            return minimum_of_region(here, self.model, self.settings.tolerance)
        except (UnstableStructureError, ConvergenceError):
            return None

    def _sides(
        self, saddle: InherentStructure, before: tuple[DescentPath, ...]
    ) -> list[InherentStructure]:
        """The ends on both sides of a saddle."""
        assert saddle.descent is not None
        here = hessian(saddle, self.model)
        eigenvalue, mode = HessianPlan(here).lowest_mode(get_backend("cpu"))
        if len(before) >= MOST_SADDLES or not eigenvalue < 0.0:
            raise UnstableStructureError(
                f"{saddle.source}: after {len(before) + 1} paths of steepest descent the last ended at a largest "
                f"force of {saddle.max_force:.3g} where the lowest eigenvalue is {eigenvalue:.3g}: no minimum",
                eigenvalue,
            )
        generator = np.random.default_rng(self.settings.seed)
        spacing = saddle.density ** (-1.0 / saddle.dimension)
        along_nc = mode.reshape(saddle.positions_nc.shape)
        along_nc = along_nc / np.sqrt((along_nc**2).sum(axis=1).max())
        along_nc += generator.normal(0.0, ASIDE, along_nc.shape)
        sides = [
            self.ends(
                saddle.with_positions(saddle.positions_nc + sign * NUDGE * spacing * along_nc),
                (*before, saddle.descent),
            )
            for sign in (1.0, -1.0)
        ]
        low, high = sorted(min(end.energy for end in side) for side in sides)
        met = Saddle(saddle.energy, eigenvalue, (low, high))
        return [_with_saddle(end, met) for side in sides for end in side]

    def _structure(
        self, flow: GradientFlow, start: Configuration, before: tuple[DescentPath, ...]
    ) -> InherentStructure:
        """Where a path is, judged in the exact potential."""
        moved = start.with_positions(flow.positions_nc)
        positions_nc, images_nc = inside_box(moved)
        here = moved.with_positions(positions_nc, images_nc=images_nc)
        evaluation = evaluate(here, self.model)
        path = DescentPath(
            tolerance=flow.tolerance,
            steps=flow.steps,
            refused=flow.refused,
            force_evaluations=flow.evaluations,
            length=flow.length,
            time=flow.time,
            largest_rise=flow.largest_rise,
            hand_over_force=flow.largest_force,
        )
        whole = _sum(before, path)
        return InherentStructure.from_configuration(
            here,
            velocities_nc=None,
            single_precision=False,
            **evaluation.evidence,
            minimizer="steepest",
            iterations=whole.steps,
            stopping_criterion="quadratic region" if self.settings.polish else "force tolerance",
            descent=whole,
        )


_OF_THE_PATH = ("step", "source", "minimizer", "iterations", "stopping_criterion", "descent")
"""What a structure met before takes over from the path that led to it."""


def _sum(before: Sequence[DescentPath], last: DescentPath) -> DescentPath:
    """Paths from saddle to saddle as one; each of those before counts all before it."""
    if not before:
        return last
    first = before[-1]
    return replace(
        last,
        steps=first.steps + last.steps,
        refused=first.refused + last.refused,
        force_evaluations=first.force_evaluations + last.force_evaluations,
        length=first.length + last.length,
        time=first.time + last.time,
        largest_rise=max(first.largest_rise, last.largest_rise),
    )


def _with_saddle(end: InherentStructure, saddle: Saddle) -> InherentStructure:
    """The end of a path that met a saddle before all others it has met."""
    assert end.descent is not None
    descent = replace(end.descent, saddles=(saddle, *end.descent.saddles))
    return replace(end, descent=descent)
