"""Distances at which the force between two particles jumps, of interactions that LAMMPS commands give.

Two particles by themselves are asked, many such dimers in one box at a time.

Array suffixes: k dimer or distance, n particle, c Cartesian component.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from lmpmeso.arrays import FloatArray, IntArray
from lmpmeso.configurations import Configuration
from lmpmeso.lammps.forces import LammpsForces, command_session, with_reach
from lmpmeso.models import GlassModel
from lmpmeso.models.lammps_interaction import LammpsInteraction

DIMERS = 256
"""Dimers in one box."""
ROUNDS = 8
"""Boxes that make the grid of distances."""
NEAREST, FARTHEST = 0.6, 1.02
"""Ends of the grid, in units of (V/N)^(1/d) and of the reach."""
UNSTEADY = 0.25
"""An interval may hold a jump where the change of the force differs from its neighbours' by so much of itself."""
NARROW = 1e-9
"""Width at which a change of the force is a jump, in units of (V/N)^(1/d)."""
STEEPER, ROUNDING = 10.0, 1e-13
"""It is one where it is so many times that of as narrow an interval beside it, and above so much of the largest force."""


@dataclass(frozen=True)
class ForceJump:
    """A jump of the force between two species: by how much [energy/length], and at which distance [length]."""

    first: int
    second: int
    size: float
    distance: float


def force_jumps(model: GlassModel) -> Iterator[ForceJump]:
    """The largest jump of the force between each two species of a model given as LAMMPS commands, 0 where there is none.

    Of the pair commands only: what acts along bonds and angles is smooth, or ends the run.

    Raises:
        LammpsError: LAMMPS refused the commands.
    """
    model = with_reach(_of_pairs_only(model))
    for a in range(model.n_species):
        for b in range(a, model.n_species):
            yield _largest_jump(model, a, b)


def _of_pairs_only(model: GlassModel) -> GlassModel:
    """The model without its bonds and angles."""
    assert model.lammps is not None, "only such models come here"
    commands = [c for c in model.lammps.commands if c.split("_")[0] not in ("bond", "angle")]
    commands = [c for c in commands if not c.startswith("special_bonds")]
    pairs = LammpsInteraction(tuple(commands), model.lammps.files, model.lammps.reach)
    return replace(model, lammps=pairs)


def _largest_jump(model: GlassModel, a: int, b: int) -> ForceJump:
    """The largest jump of the force between two species."""
    dimers = _dimers(model, a, b)
    with command_session(dimers, model) as lmp:
        lmp.command("run 0 post no")
        forces = LammpsForces(lmp, model.dimension)
        start_nc = dimers.positions_nc

        def between(distance_k: FloatArray) -> FloatArray:
            """Force along each dimer of these lengths [energy/length]."""
            positions_nc = start_nc.copy()
            positions_nc[1::2, -1] = positions_nc[::2, -1]
            positions_nc[1 : 2 * len(distance_k) : 2, -1] += distance_k
            positions_nc[1 + 2 * len(distance_k) :: 2, -1] += distance_k[-1]
            return forces(positions_nc)[1][1::2, -1][: len(distance_k)].copy()

        low, high = NEAREST * model.a0, FARTHEST * model.max_cutoff
        distance_k = np.linspace(min(low, 0.5 * high), high, DIMERS * ROUNDS)
        force_k = np.concatenate([between(some) for some in np.split(distance_k, ROUNDS)])
        suspects = _suspects(force_k)
        if not len(suspects):
            return ForceJump(a, b, 0.0, float(high))
        rounding = ROUNDING * float(np.abs(force_k).max())
        found = _narrowed(between, distance_k, suspects, NARROW * model.a0, rounding)
        return ForceJump(a, b, *found)


def _dimers(model: GlassModel, a: int, b: int) -> Configuration:
    """Dimers that do not feel one another, side by side along x."""
    d, apart = model.dimension, 3.0 * model.max_cutoff
    box_c = np.full(d, 2.0 * apart)
    box_c[0] = DIMERS * apart
    positions_nc = np.full((2 * DIMERS, d), 0.25 * apart)
    positions_nc[:, 0] = (np.repeat(np.arange(DIMERS), 2) + 0.5) * apart
    positions_nc[1::2, -1] += FARTHEST * model.max_cutoff
    species = np.tile([a, b], DIMERS)
    ids = np.arange(1, 2 * DIMERS + 1, dtype=np.int64)
    return Configuration(positions_nc, species, box_c, np.zeros(d), ids)


def _suspects(force_k: FloatArray) -> IntArray:
    """Intervals of the grid in which the force may jump, at most as many as dimers can be asked for at once."""
    change_k = np.abs(np.diff(force_k))
    beside_k = 0.5 * (change_k[:-2] + change_k[2:])
    unsteady_k = np.abs(change_k[1:-1] - beside_k) > UNSTEADY * change_k[1:-1]
    found = np.flatnonzero(unsteady_k & (change_k[1:-1] > 0.0)) + 1
    return found[np.argsort(change_k[found])][::-1][:DIMERS]


def _narrowed(
    between: Callable[[FloatArray], FloatArray],
    distance_k: FloatArray,
    suspects: IntArray,
    width: float,
    rounding: float,
) -> tuple[float, float]:
    """The largest change of the force that is left where intervals are halved, and where [length].

    0 where it is no larger than the slopes beside it explain.
    """
    low_k, high_k = distance_k[suspects], distance_k[suspects + 1]
    f_low_k, f_high_k = between(low_k), between(high_k)
    while (high_k - low_k).max() > width:
        middle_k = 0.5 * (low_k + high_k)
        f_middle_k = between(middle_k)
        lower_k = np.abs(f_middle_k - f_low_k) > np.abs(f_high_k - f_middle_k)
        high_k, f_high_k = (
            np.where(lower_k, middle_k, high_k),
            np.where(lower_k, f_middle_k, f_high_k),
        )
        low_k, f_low_k = (
            np.where(lower_k, low_k, middle_k),
            np.where(lower_k, f_low_k, f_middle_k),
        )
    beside = high_k - low_k
    smooth_k = np.maximum(
        np.abs(between(low_k - beside) - f_low_k), np.abs(between(high_k + beside) - f_high_k)
    )
    change_k = np.abs(f_high_k - f_low_k)
    jump_k = np.where(change_k > STEEPER * smooth_k + rounding, change_k, 0.0)
    largest = int(jump_k.argmax())
    return float(jump_k[largest]), float(high_k[largest])
