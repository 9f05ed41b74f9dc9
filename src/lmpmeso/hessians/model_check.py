"""Whether a model of the user's own is what it should be: derivatives, cut-offs, LAMMPS, Hessian.

Array suffixes: n particle, c Cartesian component.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lmpmeso.arrays import FloatArray
from lmpmeso.configurations import Configuration, particles_of_bonds, random_configuration
from lmpmeso.errors import ConfigurationError
from lmpmeso.hessians.evaluation import evaluate, hessian
from lmpmeso.hessians.force_jumps import force_jumps
from lmpmeso.lammps.forces import with_reach
from lmpmeso.lammps.inputs import place_interaction
from lmpmeso.lammps.session import LammpsSession
from lmpmeso.models import GlassModel, lammps_pair_style
from lmpmeso.models.derivative_check import DERIVATIVE, derivative_checks

N_PARTICLES = 400
AGREES_WITH_TABLE = 1e-5
"""Largest relative difference between our forces and those of a table in LAMMPS."""
AGREES_EXACTLY = 1e-9
"""The same of a style that LAMMPS evaluates as it is."""
LONGEST_EDGE = 40.0
"""Of the box of a check, in units of the particles' spacing."""
HESSIAN_AGREES = 1e-5
STEP = 1e-5
"""Of the displacement that the Hessian is checked with, in units of the particles' spacing."""
ROUGH_AGREES, ROUGH_STEP = 1e-3, 1e-7
"""The same two for embedded atoms: φ″ jumps from node to node of their table, as it does in LAMMPS."""
CONTINUOUS = 1e-9
"""Largest jump that is rounding."""
JUMPS = (
    "the energy jumps: MD does not conserve it",
    "forces jump: G∞ has no value, and MD heats",
    "κ and G see a jump",
)
"""What a jump of φ, φ′, φ″ at the cut-off means."""


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Attributes:
        what: what it is, e.g. ``"φ″ of A-B against differences"``.
        value: what was measured: a relative difference, or the size of a jump.
        limit: the largest that passes; None for what is only told.
        words: what it means where that needs saying.
    """

    what: str
    value: float
    limit: float | None
    words: str = ""

    @property
    def passed(self) -> bool:
        """Whether it is as it should be."""
        return self.limit is None or bool(self.value <= self.limit)


def check_model(model: GlassModel, seed: int = 1) -> list[Check]:
    """Look at a model from all sides.

    Each φ^(k+1) is compared with differences of φ^(k); jumps at the cut-off are told; energy, forces and
    stress of a liquid-like configuration are compared with LAMMPS's, and the Hessian with differences of
    the forces along a random direction. Of a model given as LAMMPS commands only the last remains, and jumps of
    the force between two particles.

    Raises:
        ModelError: a potential does not return what it should.
        ConfigurationError: no system of a reasonable size holds its cut-off.
        LammpsError: LAMMPS refuses it.
    """
    model = with_reach(model)
    checks = [check for a, b, _ in model.species_pairs() for check in _pair_checks(model, a, b)]
    configuration = _packed(model, seed)
    if model.lammps is None:
        checks += _lammps_checks(configuration, model)
    else:
        checks += _jump_checks(model)
    return [*checks, _hessian_check(configuration, model, seed)]


def _pair_checks(model: GlassModel, a: int, b: int) -> Iterator[Check]:
    """Derivatives and cut-off of one pair of species."""
    potential = model.pair_potentials[a][b]
    label = f"{model.species[a].name}-{model.species[b].name}"
    for check in derivative_checks(potential):
        words = (
            ""
            if check.passed
            else (
                f"at r = {check.distance:.6g} stated {check.stated:.6g}, measured {check.measured:.6g}"
            )
        )
        limit = 1e-4 if check.order <= 2 else None
        yield Check(
            f"{DERIVATIVE[check.order]} of {label} against differences",
            check.mismatch,
            limit,
            words,
        )
    ends = np.array([np.nextafter(potential.cutoff, 0.0)])
    size = np.abs(potential.derivatives(np.array([potential.diameter]), 2)[2][0]) or 1.0
    for k, (value, what) in enumerate(zip(potential.derivatives(ends, 2), JUMPS, strict=True)):
        jump = float(abs(value[0]) * potential.diameter ** (k - 2) / size)
        words = what if jump > CONTINUOUS else ""
        yield Check(f"jump of {DERIVATIVE[k]} of {label} at the cut-off", jump, None, words)


def _jump_checks(model: GlassModel) -> Iterator[Check]:
    """Jumps of the forces of LAMMPS commands [energy/length]."""
    for jump in force_jumps(model):
        label = f"{model.species[jump.first].name}-{model.species[jump.second].name}"
        words = f"at r = {jump.distance:.6g}: {JUMPS[1]}" if jump.size else ""
        yield Check(f"jump of the force of {label}", jump.size, None, words)


def _packed(model: GlassModel, seed: int) -> Configuration:
    """A random configuration whose particles were pushed apart until they do not overlap; or those that bonds join."""
    joined = particles_of_bonds(model)
    if joined is not None:
        return joined
    if 2.0 * model.max_cutoff * model.density ** (1.0 / model.dimension) > LONGEST_EDGE:
        raise ConfigurationError(
            f"a box of two cut-offs of model {model.name!r} ({model.max_cutoff:.6g}) would hold too many "
            "particles to be checked: is the cut-off right?"
        )
    least = int(np.ceil(model.density * (2.0 * model.max_cutoff) ** model.dimension * 1.02))
    start = random_configuration(model, max(N_PARTICLES, least), seed)
    with LammpsSession("none", 1, ["soft"]) as lmp:
        lmp.set_configuration(start, model)
        lmp.commands(
            [
                f"neighbor {0.3 * model.a0!r} bin",
                f"pair_style soft {1.05 * model.a0!r}",
                "pair_coeff * * 50.0",
                f"min_modify dmax {0.1 * model.a0!r}",
                "minimize 0.0 1.0e-4 1000 10000",
            ]
        )
        return lmp.get_configuration(start, velocities_nc=None)


def _lammps_checks(configuration: Configuration, model: GlassModel) -> Iterator[Check]:
    """Energy, forces and pressure against LAMMPS's."""
    ours = evaluate(configuration, model)
    style = lammps_pair_style(model)
    limit = AGREES_WITH_TABLE if style == "table" else AGREES_EXACTLY
    with (
        tempfile.TemporaryDirectory(prefix="lmpmeso-") as folder,
        LammpsSession("none", 1, [style]) as lmp,
    ):
        lmp.set_configuration(configuration, model)
        lmp.command(f"neighbor {0.3 * model.a0!r} bin")
        lmp.commands(place_interaction(model, Path(folder)))
        lmp.command("run 0 post no")
        energy = lmp.potential_energy()
        forces_nc = lmp.forces()[:, : model.dimension]
        stress_cc = lmp.virial_stress()
    scale = max(abs(ours.energy), ours.contact_force_rms * model.a0) or 1.0
    yield Check(f"energy against LAMMPS ({style})", abs(energy - ours.energy) / scale, limit)
    yield Check(f"forces against LAMMPS ({style})", _relative(forces_nc, ours.forces_nc), limit)
    yield Check(f"stress against LAMMPS ({style})", _relative(stress_cc, ours.stress_cc), limit)


def _hessian_check(configuration: Configuration, model: GlassModel, seed: int) -> Check:
    """The Hessian times a random displacement against the change of the forces."""
    displacement_nc = np.random.default_rng(seed).normal(size=configuration.positions_nc.shape)
    relative_step, limit = (
        (STEP, HESSIAN_AGREES) if model.embedding is None else (ROUGH_STEP, ROUGH_AGREES)
    )
    step = relative_step * model.a0
    plus, minus = (
        evaluate(
            configuration.with_positions(
                configuration.positions_nc + sign * step * displacement_nc
            ),
            model,
        ).forces_nc
        for sign in (1.0, -1.0)
    )
    stated = hessian(configuration, model).matrix @ displacement_nc.ravel()
    measured = (minus - plus).ravel() / (2.0 * step)
    return Check("Hessian against differences of forces", _relative(measured, stated), limit)


def _relative(found: FloatArray, expected: FloatArray) -> float:
    """The largest difference in parts of the root mean square."""
    scale = float(np.sqrt(np.mean(expected**2)))
    return float(np.abs(found - expected).max()) / scale if scale else float(np.abs(found).max())
