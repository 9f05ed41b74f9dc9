"""From a configuration to the inherent structure below it.

LAMMPS minimises (``lmp_inputs/in.quench``) in the potential it simulates with, or steepest descent is
followed; Newton steps in the exact potential do the rest.
"""

from __future__ import annotations

import math
import tempfile
import warnings
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from lmpmeso.configurations import (
    Configuration,
    ConfigurationLike,
    InherentStructure,
    as_configuration,
    check_fits_model,
    write_data,
)
from lmpmeso.configurations.reading import rounding_is_no_matter
from lmpmeso.elasticity.polish import newton_polish
from lmpmeso.errors import (
    ConvergenceError,
    ProtocolError,
    UnfinishedQuenchWarning,
    UnstableStructureError,
)
from lmpmeso.execution import DEFAULT, Execution
from lmpmeso.files.package_data import lmp_input
from lmpmeso.hessians import Evaluation, evaluate, without_rattlers
from lmpmeso.lammps.accelerators import LammpsBuild, choose_accelerator, force_norm
from lmpmeso.lammps.box import with_consecutive_ids
from lmpmeso.lammps.build import lammps_build
from lmpmeso.lammps.inputs import script_variables, style_on
from lmpmeso.lammps.session import LammpsSession
from lmpmeso.models import GlassModel, get_model, is_packaged_name
from lmpmeso.models.lammps_styles import lammps_pair_style
from lmpmeso.protocols.outside_surface import outside_surface
from lmpmeso.protocols.push_off import has_overlaps, push_apart
from lmpmeso.protocols.steepest_descent import PATH_TOLERANCE, DescentSettings, steepest_descent

MINIMIZERS = ("cg", "fire", "steepest")
POLISHABLE_FORCE_RATIO = 1e-5
"""A configuration whose largest force, in units of the rms contact force, is below this is taken for
a minimum already, and polished only."""
FORCE_RATIOS = (1e-7, 1e-9, 1e-11)
"""Largest force at which LAMMPS's minimiser stops, in units of the rms contact force: the first try,
and the tries after a polish that failed."""
UNFINISHED = ("max iterations", "max force evaluations")
"""Stopping criteria of a minimisation that is not at a minimum."""
FINISHED = ("force tolerance", "quadratic region")
"""Those of one that is; where rounding ends the search for a lower energy, the forces tell."""
NUDGE = 1e-4
"""Random displacement that takes a structure off a saddle, in units of (V/N)^(1/d)."""


@dataclass(frozen=True)
class Minimisation:
    """Where LAMMPS's minimiser (``cg`` or ``fire``) ended, its iterations, and its words on why it stopped."""

    configuration: Configuration
    minimizer: str
    iterations: int
    stopping_criterion: str


def quench(
    configuration: ConfigurationLike,
    model: GlassModel | str,
    minimizer: str = "cg",
    *,
    tolerance: float = 1e-10,
    polish: bool = True,
    leave_out_rattlers: bool = False,
    max_iterations: int = 200_000,
    seed: int = 0,
    path_tolerance: float = PATH_TOLERANCE,
    execution: Execution = DEFAULT,
) -> InherentStructure:
    """The inherent structure below a configuration, at constant volume.

    ``"steepest"`` follows the path of steepest descent, whose end is the inherent structure by
    definition; see :func:`~lmpmeso.protocols.steepest_descent.steepest_descent`. Where that path meets a saddle,
    the lower of the structures below it is returned, and ``descent`` of the result tells of it.

    ``"cg"`` and ``"fire"`` are LAMMPS's and shorter ways to some minimum nearby: LAMMPS goes down until the largest force is 1e-7 of the rms contact force; Newton
    steps in the exact potential then reach ``tolerance``. Where they find the structure on a
    saddle, it is nudged at random and minimised again, to smaller forces, twice at most. What is
    returned is a minimum: its Hessian is positive definite (without ``polish`` this is not checked).
    A configuration that is a minimum already is polished only, and its minimiser is ``"none"``.
    Overlapping particles, as in random positions, are pushed apart first, with a warning.

    Args:
        configuration: any configuration of the model, or the path of its file.
        model: the model.
        minimizer: ``"cg"`` (conjugate gradients), ``"fire"`` or ``"steepest"``. They may end in different minima.
        tolerance: largest force on a particle in the exact potential [energy/length].
        polish: do the Newton steps.
        leave_out_rattlers: return the particles that contacts hold, see :func:`~lmpmeso.hessians.without_rattlers`.
            Otherwise a packing with rattlers is no minimum, and refused.
        max_iterations: of LAMMPS's minimiser, or steps of steepest descent.
        seed: of the nudge.
        path_tolerance: largest local error of a step of steepest descent, in units of the particle
            spacing (V/N)^(1/d).
        execution: its accelerator and threads are used.

    Returns:
        Positions as LAMMPS wraps them, with image flags, without velocities; energy, largest force,
        rms contact force, iterations, stopping criterion, minimiser, parent temperature, and the path
        of steepest descent.

    Raises:
        ConfigurationError: the configuration does not fit the model.
        ProtocolError: there is no such minimiser.
        UnstableStructureError: every try ended on a saddle.
        ConvergenceError: the forces stayed above the tolerance.
        LammpsError: LAMMPS stopped.
    """
    model = get_model(model)
    if minimizer not in MINIMIZERS:
        raise ProtocolError(f"minimizer must be one of {MINIMIZERS}, got {minimizer!r}")
    with rounding_is_no_matter():
        configuration = as_configuration(configuration, model)
    check_fits_model(configuration, model)
    quenched = partial(
        _quenched,
        model=model,
        minimizer=minimizer,
        tolerance=tolerance,
        max_iterations=max_iterations,
        seed=seed,
        path_tolerance=path_tolerance,
        execution=execution,
    )
    if not leave_out_rattlers:
        return quenched(configuration, polish=polish)
    at_rest = quenched(configuration, polish=False)
    _refuse_unbalanced(at_rest)
    return _with_way_there(quenched(without_rattlers(at_rest, model), polish=polish), at_rest)


def _quenched(
    configuration: Configuration,
    model: GlassModel,
    minimizer: str,
    *,
    tolerance: float,
    polish: bool,
    max_iterations: int,
    seed: int,
    path_tolerance: float,
    execution: Execution,
) -> InherentStructure:
    """The structure below a configuration that was looked at; arguments as :func:`quench`."""
    before = evaluate(configuration, model)
    if before.max_force <= max(POLISHABLE_FORCE_RATIO * before.contact_force_rms, tolerance):
        already = _already_minimum(configuration, before, model, tolerance, polish)
        if already is not None:
            return already
    current = configuration
    if has_overlaps(before.pairs, configuration, model):
        warnings.warn(
            f"{configuration.source}: particles overlap (closest pair at "
            f"{before.pairs.distances_p.min():.3g}), as in no liquid; they are pushed apart with soft "
            "spheres before the quench",
            UserWarning,
            stacklevel=3,
        )
        current = push_apart(configuration, model, execution=execution)
        before = evaluate(current, model)
    if minimizer == "steepest":
        settings = DescentSettings(
            path_tolerance, tolerance, polish, max_iterations, seed, execution=execution
        )
        return steepest_descent(current, model, settings)[0]
    method = _usable_minimizer(minimizer, model, execution)
    force_scale = max(before.contact_force_rms, tolerance)
    generator = np.random.default_rng(seed)
    iterations = 0
    for force_ratio in FORCE_RATIOS:
        done = _minimise(
            current, model, method, force_ratio * force_scale, max_iterations, execution
        )
        iterations += done.iterations
        _warn_of_unfinished(done, configuration.source)
        structure = _as_structure(replace(done, iterations=iterations), model)
        if not polish:
            return structure
        try:
            return newton_polish(structure, model, tolerance)
        except (UnstableStructureError, ConvergenceError) as error:
            failure = error
            current = _nudged(structure, generator)
    message = (
        f"{configuration.source}: {len(FORCE_RATIOS)} quenches by {method} found no minimum. The last "
        f"stopped by {done.stopping_criterion!r} at a largest force of {structure.max_force:.3g}; "
        f"then: {failure}"
    )
    if not is_packaged_name(model.name):
        message += (
            ". Where a force of the model jumps at its cut-off there may be no minimum to find: shift it "
            '(shift = "force" of a formula, lj/smooth/linear in LAMMPS)'
        )
    if isinstance(failure, UnstableStructureError):
        raise UnstableStructureError(message, failure.lowest_eigenvalue) from failure
    raise ConvergenceError(message) from failure


def minimizer_of_build(minimizer: str, accelerator: str, build: LammpsBuild) -> str:
    """The minimiser that runs: FIRE gives way to CG where KOKKOS does not have it, or runs on a GPU.

    There ``fire/kk`` ends the process when neighbours are found anew (https://github.com/lammps/lammps/issues/4947,
    of 30 March 2026); no release is known to be free of it.
    """
    if accelerator != "kokkos":
        return minimizer
    return "cg" if build.kokkos_on_gpu or f"{minimizer}/kk" not in build.min_styles else minimizer


def _usable_minimizer(minimizer: str, model: GlassModel, execution: Execution) -> str:
    """The minimiser that runs, with a warning when it is not the one asked for."""
    build = lammps_build()
    style = style_on(execution.accelerator, model, build)
    choice = choose_accelerator(
        execution.accelerator, build, [lammps_pair_style(model, style)], execution.threads
    )
    usable = minimizer_of_build(minimizer, choice.name, build)
    if usable != minimizer:
        warnings.warn(
            f"this LAMMPS has no {minimizer.upper()} that is safe on KOKKOS: quenching by {usable.upper()} instead",
            UserWarning,
            stacklevel=3,
        )
    return usable


def _warn_of_unfinished(done: Minimisation, source: str) -> None:
    """Tell of a minimisation that ended before its forces were small."""
    if done.stopping_criterion in UNFINISHED:
        warnings.warn(
            f"{source}: {done.minimizer} stopped after {done.iterations} iterations by {done.stopping_criterion!r}, "
            "not by its forces: raise max_iterations, or ask for accelerator 'none' if that does not help",
            UnfinishedQuenchWarning,
            stacklevel=3,
        )


def _already_minimum(
    configuration: Configuration,
    evaluation: Evaluation,
    model: GlassModel,
    tolerance: float,
    polish: bool,
) -> InherentStructure | None:
    """The structure of a configuration that is nearly at a minimum; None when it turns out not to be."""
    structure = InherentStructure.from_configuration(
        configuration,
        velocities_nc=None,
        **evaluation.evidence,
    )
    if not polish:
        return structure
    try:
        return newton_polish(structure, model, tolerance)
    except (UnstableStructureError, ConvergenceError):
        return None


def _refuse_unbalanced(structure: InherentStructure) -> None:
    """Which particles contacts hold can be told where the forces balance only, or vanish with all contacts.

    Raises:
        ConvergenceError: they do not.
    """
    finished = structure.minimizer == "none" or structure.stopping_criterion in FINISHED
    if not finished and structure.max_force > POLISHABLE_FORCE_RATIO * structure.contact_force_rms:
        raise ConvergenceError(
            f"{structure.source}: {structure.minimizer} stopped by {structure.stopping_criterion!r} at a largest force of "
            f"{structure.max_force:.3g}: before the forces balance nobody can tell which particles are rattlers"
        )


def _with_way_there(held: InherentStructure, at_rest: InherentStructure) -> InherentStructure:
    """A structure without rattlers with the record of the quench that it was at rest after.

    Rattlers bear no load, so that there is mostly nothing left to minimise.
    """
    if held.minimizer != "none":
        return replace(held, iterations=at_rest.iterations + held.iterations)
    return replace(
        held,
        minimizer=at_rest.minimizer,
        iterations=at_rest.iterations,
        stopping_criterion=at_rest.stopping_criterion,
        descent=at_rest.descent,
    )


def _minimise(
    configuration: Configuration,
    model: GlassModel,
    minimizer: str,
    force_tolerance: float,
    max_iterations: int,
    execution: Execution,
) -> Minimisation:
    """Run ``in.quench`` once."""
    style = style_on(execution.accelerator, model, lammps_build())
    pair_style = lammps_pair_style(model, style)
    with (
        tempfile.TemporaryDirectory(prefix="lmpmeso-") as folder,
        LammpsSession(execution.accelerator, execution.threads, [pair_style]) as lmp,
    ):
        work = Path(folder)
        lmp.require_style("minimize", minimizer)
        write_data(work / "liquid.data", with_consecutive_ids(configuration), model)
        lmp.run_file(
            lmp_input("in.quench"),
            {
                **script_variables(model, work, style),
                "data": work / "liquid.data",
                "minimizer": minimizer,
                **_stopping_rule(force_tolerance, lmp.accelerator.name),
                "line": "quadratic" if model.units == "lj" else "forcezero",
                "max_iterations": max_iterations,
                "write_output": "no",
            },
            surface=outside_surface(configuration, model, execution),
        )
        return Minimisation(
            lmp.get_configuration(configuration, velocities_nc=None, source=configuration.source),
            minimizer,
            lmp.minimizer_iterations(),
            lmp.stopping_criterion(),
        )


def _stopping_rule(force_tolerance: float, accelerator: str) -> dict[str, object]:
    """Variables of ``in.quench`` for a largest force on a particle [energy/length].

    No force is longer than √3 of its largest component.
    """
    norm = force_norm(accelerator)
    shorter = math.sqrt(3.0) if norm == "inf" else 1.0
    return {"norm": norm, "force_tolerance": force_tolerance / shorter}


def _as_structure(done: Minimisation, model: GlassModel) -> InherentStructure:
    """What LAMMPS found, judged in the exact potential."""
    evaluation = evaluate(done.configuration, model)
    return InherentStructure.from_configuration(
        done.configuration,
        **evaluation.evidence,
        minimizer=done.minimizer,
        iterations=done.iterations,
        stopping_criterion=done.stopping_criterion,
    )


def _nudged(structure: InherentStructure, generator: np.random.Generator) -> Configuration:
    """The same particles, each displaced a little at random."""
    spacing = structure.density ** (-1.0 / structure.dimension)
    shift_nc = generator.normal(0.0, NUDGE * spacing, structure.positions_nc.shape)
    return structure.with_positions(structure.positions_nc + shift_nc)
