"""Whether the displacements from frame to frame can be those of particles that move.

Nothing is known of the liquid but its trajectory, and no true one may be refused: gases, glasses, a few
particles, frames far apart in time. So each bound stands on what the other particles and the other
intervals between frames do, and asks for what chance gives once in a million trajectories.

1. Wrapped. Free particles leave a box of edge L with probability |Δx|/L, and displacements above L/2 leave it
   mostly. Where there are such and no particle ever is outside, the coordinates were wrapped.
2. From elsewhere. The displacements of nearly all particles in one interval are compared with those in the other
   ones of about its length. Displacements grow at most linearly in time: for stationary velocities
   rms(n Δt) ≤ n rms(Δt), by the triangle inequality.
3. One particle jumps, beyond the others of its species: a few may wander through a glass of the others, as lithium
   does. Van Hove functions of supercooled liquids end exponentially (P. Chaudhuri, L. Berthier and W. Kob,
   Phys. Rev. Lett. 99, 060604 (2007), doi:10.1103/PhysRevLett.99.060604), others faster. The end of such a
   tail is bounded by its own decay length and, where there are intervals enough, by the extremes of those. Where the
   particle is back at its place but for a box, the bound is Gauss's: lost image flags are likelier than such a hop.
4. Too fast. At a known temperature ⟨exp(λ v̄²)⟩ ≤ ⟨exp(λ v²)⟩ for the mean velocity v̄ = Δr/Δt of any
   motion (Jensen), so that Maxwell's distribution bounds its tail.

Array suffixes: k interval between successive frames, n particle, c Cartesian component.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lmpmeso.arrays import BoolArray, FloatArray, IntArray
from lmpmeso.configurations.configuration import Trajectory
from lmpmeso.errors import ConfigurationError
from lmpmeso.models import GlassModel

ONCE_IN = 1e6
"""Chance gives what is refused once in so many trajectories."""
FEWEST_PARTICLES = 10
"""With fewer no tail of a distribution can be told."""
FEWEST_INTERVALS = 10
"""Intervals of about the same length from which on their extremes bound one another."""
HOP = 4.0
"""A hop of so many a₀ between two frames is never refused without a temperature."""
REARRANGEMENT = 2.5
"""Nor that all particles move by so many a₀, as where a liquid falls out of a metastable state."""


@dataclass(frozen=True, eq=False)
class _Moved:
    """Displacements [length] of some particles in each interval between successive frames.

    ``most_k`` is what 98 % of them stay below, ``many_k`` 80 %; the largest is that of ``farthest_k``. ``is_boxes_k``
    tells whether that is an ordinary displacement and whole boxes.
    """

    n_particles: int
    many_k: FloatArray
    most_k: FloatArray
    largest_k: FloatArray
    farthest_k: IntArray
    is_boxes_k: BoolArray


@dataclass(frozen=True, eq=False)
class _Intervals:
    """Displacements [length] in each interval between successive frames, relative to their median.

    ``of_all`` and ``of_species`` are those of all particles and of each species whose tail can be told.
    ``unlikely_c`` is the logarithm of the probability that no particle left the box along an axis, of
    displacements above half of it; the first of those is in interval ``crossing_c``. ``span_c`` is where all
    positions lie.
    """

    duration_k: FloatArray
    of_all: _Moved
    of_species: list[_Moved]
    span_c: FloatArray
    unlikely_c: FloatArray
    crossing_c: list[tuple[int, int] | None]


def refuse_impossible_motion(
    trajectory: Trajectory, model: GlassModel, temperature: float | None = None
) -> None:
    """Refuse a trajectory whose displacements no motion explains.

    Args:
        trajectory: its positions, said to be unwrapped.
        model: masses and unit of length.
        temperature: of the run [energy], where it is known: then no particle may be faster.

    Raises:
        ConfigurationError: the message names frame and particle.
    """
    if trajectory.n_frames < 2:
        return
    found = _intervals(trajectory)
    enough = trajectory.n_particles >= FEWEST_PARTICLES
    if enough:
        _refuse_from_elsewhere(found, trajectory, model.a0)
    _refuse_wrapped(found, trajectory, model.a0)
    for moved in found.of_species:
        _refuse_jumps(moved, found.duration_k, trajectory, model.a0)
    if temperature is not None:
        _refuse_too_fast(found, trajectory, model, temperature)


def _intervals(trajectory: Trajectory) -> _Intervals:
    """One pass over the frames."""
    box_c = trajectory.box_c
    before_nc = trajectory.positions_tnc[0]
    low_c, high_c = before_nc.min(axis=0), before_nc.max(axis=0)
    crossing_c: list[tuple[int, int] | None] = [None] * len(box_c)
    far: list[list[FloatArray]] = [[] for _ in box_c]
    groups = [np.arange(trajectory.n_particles), *_alike(trajectory.species)]
    rows = []
    for k in range(trajectory.n_frames - 1):
        after_nc = trajectory.positions_tnc[k + 1]
        moved_nc = after_nc - before_nc
        for c in np.flatnonzero((np.abs(moved_nc) > box_c / 2).any(axis=0)).tolist():
            distance_n = np.abs(moved_nc[:, c])
            far[c].append(distance_n[distance_n > box_c[c] / 2])
            crossing_c[c] = crossing_c[c] or (k, int(np.argmax(distance_n)))
        moved_nc -= np.median(moved_nc, axis=0)
        distance_n = np.sqrt(np.einsum("nc,nc->n", moved_nc, moved_nc))
        low_c, high_c = (
            np.minimum(low_c, after_nc.min(axis=0)),
            np.maximum(high_c, after_nc.max(axis=0)),
        )
        rows.append([_measures(moved_nc, distance_n, group, box_c) for group in groups])
        before_nc = after_nc
    span_c = np.maximum(high_c - low_c, box_c)
    unlikely_c = [
        sum(float(np.log(np.maximum(1.0 - d / span, 1e-9)).sum()) for d in distances)
        for distances, span in zip(far, span_c, strict=True)
    ]
    of_all, *of_species = [
        _Moved(
            len(group),
            np.minimum(many_k, most_k),
            most_k,
            largest_k,
            farthest_k.astype(np.int64),
            left_k <= most_k,
        )
        for group, (many_k, most_k, largest_k, farthest_k, left_k) in zip(
            groups, np.array(rows).transpose(1, 2, 0), strict=True
        )
    ]
    return _Intervals(
        np.diff(trajectory.times),
        of_all,
        of_species,
        span_c,
        np.array(unlikely_c),
        crossing_c,
    )


def _alike(species_n: IntArray) -> list[IntArray]:
    """The particles of each species with particles enough; all of them where no species has."""
    groups = [np.flatnonzero(species_n == species) for species in np.unique(species_n)]
    if max(map(len, groups)) < FEWEST_PARTICLES:
        groups = [np.arange(len(species_n))]
    return [group for group in groups if len(group) >= FEWEST_PARTICLES]


def _measures(
    moved_nc: FloatArray, distance_n: FloatArray, group: IntArray, box_c: FloatArray
) -> tuple[float, float, float, int, float]:
    """What 80 % and 98 % of some particles stay below, the largest displacement, whose, and less whole boxes."""
    own = distance_n[group]
    # The last but one of few particles: the largest displacement must not bound itself.
    last = len(own) - 1
    ranks = (int(0.8 * len(own)), max(0, last - max(1, round(0.02 * len(own)))))
    sorted_n = np.partition(own, sorted(set(ranks)))
    farthest = int(group[np.argmax(own)])
    boxes_c = np.round(moved_nc[farthest] / box_c)
    left = np.linalg.norm(moved_nc[farthest] - boxes_c * box_c) if boxes_c.any() else np.inf
    many, most = sorted_n[ranks[0]], sorted_n[ranks[1]]
    return float(many), float(most), float(distance_n[farthest]), farthest, float(left)


def _refuse_wrapped(found: _Intervals, trajectory: Trajectory, a0: float) -> None:
    # Between two lists of neighbours LAMMPS lets wrapped particles be a little outside.
    is_inside_c = found.span_c < trajectory.box_c + a0
    wrapped = np.flatnonzero(is_inside_c & (found.unlikely_c < -np.log(ONCE_IN)))
    if not len(wrapped):
        return
    crossing = found.crossing_c[int(wrapped[0])]
    assert crossing is not None  # there is one where the probability is below 1
    axis = "xyz"[int(wrapped[0])]
    _refuse(
        trajectory,
        *crossing,
        f"crosses more than half of the box in {axis}, and no particle of any frame is ever outside of the "
        "box: the coordinates are wrapped. In LAMMPS dump xu yu zu, or x y z with ix iy iz",
    )


def _refuse_too_fast(
    found: _Intervals, trajectory: Trajectory, model: GlassModel, temperature: float
) -> None:
    lightest = float(model.masses[np.unique(trajectory.species)].min())
    thermal_speed = model.a0 / model.t0(temperature) * np.sqrt(model.mean_mass / lightest)
    n_samples = trajectory.n_particles * len(found.duration_k)
    speeds = np.sqrt(2.0 * np.log(n_samples * ONCE_IN) + 10.0)
    bound_k = 1.2 * speeds * thermal_speed * found.duration_k
    largest_k = found.of_all.largest_k
    late = np.flatnonzero(largest_k > bound_k)
    if len(late):
        k = int(late[0])
        _refuse(
            trajectory,
            k,
            int(found.of_all.farthest_k[k]),
            f"moves {largest_k[k]:.4g}, and at the temperature {temperature:g} no particle is fast "
            f"enough for more than {bound_k[k]:.4g}",
        )


def _refuse_from_elsewhere(found: _Intervals, trajectory: Trajectory, a0: float) -> None:
    duration_k, most_k = found.duration_k, found.of_all.most_k
    n_intervals = len(duration_k)
    factor = 1.5 + 5.0 / np.sqrt(trajectory.n_particles)
    # A bound of all intervals together spares most of them the comparison one by one.
    for k in np.flatnonzero(most_k > REARRANGEMENT * a0).tolist():
        others = np.ones(n_intervals, dtype=bool)
        others[k] = False
        if n_intervals > 3:  # a single frame from elsewhere makes two such intervals
            others[max(0, k - 1) : k + 2] = False
        if not others.any():
            continue
        long = others & (duration_k >= min(duration_k[k] / 4, duration_k[others].max() / 2))
        grown_k = most_k[long] * np.maximum(1.0, duration_k[k] / duration_k[long])
        bound = factor * grown_k.max() + REARRANGEMENT * a0
        if most_k[k] > bound:
            _refuse(
                trajectory,
                k,
                int(found.of_all.farthest_k[k]),
                f"and many others move {most_k[k]:.4g} or more, but in the other intervals of that length "
                f"hardly any particle moves more than {grown_k.max():.4g}: the frames before and after are not "
                "of one run, or image flags were lost",
            )


def _refuse_jumps(moved: _Moved, duration_k: FloatArray, trajectory: Trajectory, a0: float) -> None:
    n_samples = moved.n_particles * len(duration_k)
    length_k = np.maximum((moved.most_k - moved.many_k) / np.log(10.0), 0.2 * moved.most_k)
    hop_k = np.maximum(HOP * a0, moved.most_k + length_k * np.log(0.02 * n_samples * ONCE_IN))
    # 98 % of Gaussian displacements are within 3.14 standard deviations in 3D, 2.80 in 2D.
    gauss_k = a0 + moved.most_k / 2.8 * np.sqrt(2.0 * np.log(n_samples * ONCE_IN))
    bound_k = np.where(moved.is_boxes_k, np.minimum(hop_k, gauss_k), hop_k)
    for k in np.flatnonzero(moved.largest_k > bound_k).tolist():
        bound = max(float(bound_k[k]), _extreme(moved.largest_k, duration_k, k))
        if moved.largest_k[k] > bound:
            _refuse(
                trajectory,
                k,
                int(moved.farthest_k[k]),
                f"moves {moved.largest_k[k]:.4g}, where 98 % of the particles move less than "
                f"{moved.most_k[k]:.4g} and chance would allow {bound:.4g}",
            )


def _extreme(largest_k: FloatArray, duration_k: FloatArray, k: int) -> float:
    """What the largest displacements in intervals of about the length of one let expect of it; 0 for few."""
    ratio_k = duration_k / duration_k[k]
    largest = largest_k[(ratio_k > 0.5) & (ratio_k < 2.0)]
    if len(largest) < FEWEST_INTERVALS:
        return 0.0
    middle, high = np.quantile(largest, [0.5, 0.9])
    # Gumbel's distribution: from its median to 90 % it is 1.88 of its lengths.
    return float(middle + (high - middle) / 1.88 * np.log(len(largest) * ONCE_IN))


def _refuse(trajectory: Trajectory, k: int, particle: int, what: str) -> None:
    duration = trajectory.times[k + 1] - trajectory.times[k]
    raise ConfigurationError(
        f"{trajectory.source}: frame {k + 1} (step {trajectory.steps[k + 1]}): particle "
        f"{trajectory.ids[particle]} {what} (since step {trajectory.steps[k]}, {duration:.4g} time units before). "
        "Leave frames out with --frames A:B or --steps A:B (frames=, steps=), or take them as they are with --force "
        "(force=True)"
    )
