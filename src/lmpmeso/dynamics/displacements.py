"""Displacements of the chosen particles between any two frames of a trajectory.

Array suffixes: t frame, p pair of frames, n particle, s sum over particles, c Cartesian component.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
import pandas as pd

from lmpmeso.arrays import BoolArray, FloatArray, IntArray
from lmpmeso.configurations import Trajectory
from lmpmeso.dynamics.frame_pairs import in_tile_order
from lmpmeso.dynamics.lags import LagTable
from lmpmeso.dynamics.origin_averages import average_over_origins
from lmpmeso.dynamics.quantities import Quantity
from lmpmeso.errors import ConfigurationError, ModelError, ResourceError, StatisticsError
from lmpmeso.models import GlassModel

BLOCK_BYTES = 2**27
"""Displacements are held in memory for so many particles at a time."""
READ_BYTES = 2**23
"""Positions are taken from a trajectory in pieces of this size."""
PAIRS_AT_ONCE = 2_000_000
"""Pairs of frames that are listed at a time."""
MAX_SUMS = 100_000_000
"""Largest number of sums over particles, one for each pair of frames and quantity, kept at a time."""


@dataclass(frozen=True, eq=False)
class Displacements:
    """Displacements of one species from the first frame on, taken from the trajectory when needed.

    Subtracting the first frame before anything else keeps the rounding error of a short-time
    displacement relative to the displacement, not to the position in the box. ``is_chosen`` has the
    shape (N,); ``drift_tc`` is the displacement of the centre of mass since the first frame [length],
    shape (T, d), zeros where it is not subtracted.
    """

    trajectory: Trajectory
    is_chosen: BoolArray
    drift_tc: FloatArray
    description: dict[str, int | float | str | bool]

    @property
    def n_particles(self) -> int:
        """Number of chosen particles."""
        return int(self.is_chosen.sum())

    @property
    def dimension(self) -> int:
        """Spatial dimension d."""
        return self.drift_tc.shape[1]

    @property
    def steps(self) -> IntArray:
        """MD step of each frame, shape (T,)."""
        return np.asarray(self.trajectory.steps, dtype=np.int64)

    def particle_blocks(self) -> Iterator[FloatArray]:
        """Displacements since the first frame [length], shape (T, d, n), of some particles at a time."""
        positions_tnc = self.trajectory.positions_tnc
        n_frames, n_particles, d = positions_tnc.shape
        at_once = max(1, BLOCK_BYTES // (8 * n_frames * d))
        for start in range(0, n_particles, at_once):
            particles = slice(start, min(start + at_once, n_particles))
            chosen = self.is_chosen[particles]
            if not chosen.any():
                continue
            index = None if chosen.all() else np.flatnonzero(chosen)
            first_nc = _taken(positions_tnc[0][particles], index)
            from_first_tcn = np.empty((n_frames, d, len(first_nc)))
            for frames in _pieces(n_frames, (particles.stop - particles.start) * d):
                x_tnc = _taken(positions_tnc[frames, particles], index)
                for c in range(d):
                    moved_tn = from_first_tcn[frames, c]
                    np.subtract(x_tnc[..., c], first_nc[:, c], out=moved_tn)
                    moved_tn -= self.drift_tc[frames, c, None]
            yield from_first_tcn

    def correlate(self, quantities: Sequence[Quantity], table: LagTable) -> pd.DataFrame:
        """Average quantities over the particles and over all time origins of each lag.

        Returns:
            A row a lag: ``t`` [time], the columns of each quantity with their standard errors
            (``NAME``, ``NAME_error``), ``n_origins``, ``n_blocks`` (blocks of origins behind the
            errors); ``attrs`` tell of what.

        Raises:
            ResourceError: there are too many pairs of frames to keep a number for each.
        """
        offsets = table.offsets()
        means = self._means_over_particles(quantities, table, offsets)
        steps, time_step = self.steps, self.trajectory.time_step
        rows = []
        for lag, start, stop in zip(table.lags.tolist(), offsets[:-1], offsets[1:], strict=True):
            row: dict[str, float | int] = {"t": lag * time_step}
            origin_steps = steps[table.pairs(lag)[0]]
            for quantity, mean_sp in zip(quantities, means, strict=True):
                rows_sp = quantity.of_pair(mean_sp[:, start:stop])
                average = average_over_origins(rows_sp, origin_steps, lag, quantity.of_average)
                for k, name in enumerate(quantity.columns):
                    row[name] = float(average.values[k])
                    row[f"{name}_error"] = float(average.errors[k])
            rows.append(row | {"n_origins": average.n_origins, "n_blocks": average.n_blocks})
        result = pd.DataFrame(rows)
        result.attrs.update(self.description, run_time=table.span * time_step)
        return result

    def _means_over_particles(
        self, quantities: Sequence[Quantity], table: LagTable, offsets: IntArray
    ) -> list[FloatArray]:
        """Means over particles of each quantity for every pair of frames, shapes (S, P)."""
        n_pairs = int(offsets[-1])
        self._refuse_too_many(n_pairs, quantities, table)
        sums: list[FloatArray] = []
        for from_first_tcn in self.particle_blocks():
            for batch, origins, ends in table.batches(PAIRS_AT_ONCE):
                order = in_tile_order(origins, ends, len(from_first_tcn))
                origins, ends = origins[order], ends[order]
                for k, quantity in enumerate(quantities):
                    sums_sp = quantity.measure(from_first_tcn, origins, ends)
                    if k == len(sums):
                        sums.append(np.zeros((len(sums_sp), n_pairs)))
                    sums[k][:, batch.start + order] += sums_sp
        for sums_sp in sums:
            sums_sp /= self.n_particles
        return sums

    def _refuse_too_many(
        self, n_pairs: int, quantities: Sequence[Quantity], table: LagTable
    ) -> None:
        if n_pairs * len(quantities) > MAX_SUMS:
            raise ResourceError(
                f"{self.trajectory.source}: {n_pairs:,} pairs of frames at {len(table.lags)} lags are "
                f"more than the {MAX_SUMS // len(quantities):,} that fit; choose fewer lags "
                '(lags="log", per_decade) or fewer time origins (lag_table(…, origins=…))'
            )


def displacements(
    trajectory: Trajectory,
    species: int | str | None = None,
    model: GlassModel | None = None,
    fix_center_of_mass: bool = True,
    kind: type[Displacements] = Displacements,
) -> Displacements:
    """Displacements of one species, by default relative to the centre of mass of all particles.

    The masses are the model's; without one they are taken for equal. ``species`` is an index, a name of the model, or ``"all"``; None means the model's largest species, or
    all particles when no model is given. ``kind`` says what they are relative to.

    Raises:
        ConfigurationError: fewer than two frames, a number that is not finite, or a wrong number
            of steps or species.
        ModelError: the model has no such species, or a name came without a model.
        StatisticsError: the trajectory holds no particle of the species.
    """
    _check(trajectory)
    is_chosen, description = _choose(trajectory, species, model)
    drift_tc = _checked_drift(trajectory, _shares_of_mass(trajectory, model))
    if not fix_center_of_mass:
        drift_tc[:] = 0.0
    description |= {
        "dimension": drift_tc.shape[1],
        "center_of_mass_fixed": fix_center_of_mass,
        "source": trajectory.source,
    }
    return kind(trajectory, is_chosen, drift_tc, description)


def _taken(x: FloatArray, index: IntArray | None) -> FloatArray:
    """Some particles, along the last but one axis; None: all of them."""
    return x if index is None else np.take(x, index, axis=-2)


def _pieces(n_frames: int, numbers_a_frame: int) -> Iterator[slice]:
    """Frames that are read together."""
    at_once = max(1, READ_BYTES // (8 * numbers_a_frame))
    for start in range(0, n_frames, at_once):
        yield slice(start, min(start + at_once, n_frames))


def _shares_of_mass(trajectory: Trajectory, model: GlassModel | None) -> FloatArray:
    """The part of the total mass that each particle has, shape (N,)."""
    n = trajectory.positions_tnc.shape[1]
    if model is None or np.ptp(model.masses) == 0.0:
        return np.full(n, 1.0 / n)
    mass_n = model.masses[trajectory.species]
    return mass_n / mass_n.sum()


def _checked_drift(trajectory: Trajectory, shares_n: FloatArray) -> FloatArray:
    """Displacement of the centre of mass since the first frame [length], shape (T, d)."""
    positions_tnc = trajectory.positions_tnc
    n_frames, n_particles, d = positions_tnc.shape
    first_nc = positions_tnc[0]
    drift_tc = np.empty((n_frames, d))
    for frames in _pieces(n_frames, n_particles * d):
        # As a product of matrices: NumPy's sum over the middle axis is ten times slower.
        drift_tc[frames] = shares_n @ (positions_tnc[frames] - first_nc)
    # A position that is not finite leaves no finite mean.
    if not np.isfinite(drift_tc).all():
        _refuse_infinite(trajectory)
    return drift_tc


def _check(trajectory: Trajectory) -> None:
    """Refuse what would give wrong displacements silently."""
    source, positions_tnc = trajectory.source, trajectory.positions_tnc
    if positions_tnc.ndim != 3 or positions_tnc.shape[2] not in (2, 3):
        raise ConfigurationError(
            f"{source}: positions of a trajectory must have shape (T, N, 2) or (T, N, 3), "
            f"got {positions_tnc.shape}"
        )
    n_frames, n_particles, _ = positions_tnc.shape
    if n_frames < 2:
        raise ConfigurationError(
            f"{source}: displacements need at least two frames, got {n_frames}; give a trajectory "
            "(a dump with several frames, or several files)"
        )
    if np.shape(trajectory.steps) != (n_frames,):
        raise ConfigurationError(
            f"{source}: {n_frames} frames need as many steps, got {np.shape(trajectory.steps)}"
        )
    if np.shape(trajectory.species) != (n_particles,):
        raise ConfigurationError(
            f"{source}: {n_particles} particles need as many species, "
            f"got {np.shape(trajectory.species)}"
        )
    if not trajectory.time_step > 0:
        raise ConfigurationError(
            f"{source}: the time step must be positive, got {trajectory.time_step}; "
            "give it to read_trajectory(…, time_step=…)"
        )


def _refuse_infinite(trajectory: Trajectory) -> NoReturn:
    """Name the first position that is not finite."""
    for frame, x_nc in enumerate(trajectory.positions_tnc):
        if not np.all(np.isfinite(x_nc)):
            particle = int(np.flatnonzero(~np.isfinite(x_nc).all(axis=1))[0])
            raise ConfigurationError(
                f"{trajectory.source}: frame {frame}, particle {particle}: position {x_nc[particle]} "
                "is not finite; the run exploded or the file is damaged"
            )
    raise ConfigurationError(
        f"{trajectory.source}: displacements overflow; the run exploded or the file is damaged"
    )


def _choose(
    trajectory: Trajectory, species: int | str | None, model: GlassModel | None
) -> tuple[BoolArray, dict[str, int | float | str | bool]]:
    """Which particles, and their name for tables."""
    if species == "all" or (species is None and model is None):
        everybody = np.ones(trajectory.n_particles, dtype=bool)
        return everybody, {"species": "all", "n_particles": trajectory.n_particles}
    if model is not None:
        index = model.species_index(species)
        name = model.species[index].name
    elif species is None or isinstance(species, str):
        raise ModelError(
            f"species {species!r} by name needs model=…; without a model give its index"
        )
    else:
        index = int(species)
        name = str(index)
    chosen = np.asarray(trajectory.species) == index
    if not chosen.any():
        raise StatisticsError(
            f"{trajectory.source}: no particle of species {name!r} (index {index}); "
            f"there are {np.unique(trajectory.species).tolist()}"
        )
    return chosen, {"species": name, "n_particles": int(chosen.sum())}
