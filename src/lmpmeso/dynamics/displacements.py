"""Displacements of the chosen particles between any two frames of a trajectory.

Array suffixes: t frame, p pair of frames, n particle, c Cartesian component.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lmpmeso.configurations import Trajectory
from lmpmeso.dynamics.lags import LagTable, average_over_origins
from lmpmeso.dynamics.observables import Observable
from lmpmeso.errors import ConfigurationError, ModelError, StatisticsError
from lmpmeso.models import GlassModel

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Displacements:
    """Displacements of one species from the first frame on.

    Subtracting the first frame before anything else keeps the rounding error of a short-time
    displacement relative to the displacement, not to the position in the box.

    Attributes:
        from_first_tcn: displacements since the first frame [length], shape (T, d, n).
        steps: MD step of each frame, shape (T,).
        time_step: δt [time].
        description: what they are of, for the ``attrs`` of tables.
    """

    from_first_tcn: FloatArray
    steps: IntArray
    time_step: float
    description: dict[str, int | float | str | bool]

    @property
    def n_particles(self) -> int:
        """Number of chosen particles."""
        return self.from_first_tcn.shape[2]

    @property
    def dimension(self) -> int:
        """Spatial dimension d."""
        return self.from_first_tcn.shape[1]

    def correlate(self, observables: dict[str, Observable], table: LagTable) -> pd.DataFrame:
        """Average observables of the displacement over all time origins of each lag.

        Args:
            observables: column name → function of the displacements.
            table: the pairs of frames.

        Returns:
            A row a lag: ``t`` [time], for each observable its mean and its standard error
            (``NAME``, ``NAME_error``), ``n_origins``, ``n_blocks`` (blocks of origins behind the
            error); ``attrs`` tell of what.
        """
        origins, ends, offsets = table.all_pairs()
        values = {
            name: observable(self.from_first_tcn, origins, ends)
            for name, observable in observables.items()
        }
        rows = []
        for lag, start, stop in zip(table.lags.tolist(), offsets[:-1], offsets[1:], strict=True):
            row: dict[str, float | int] = {"t": lag * self.time_step}
            origin_steps = self.steps[origins[start:stop]]
            for name, values_p in values.items():
                average = average_over_origins(values_p[start:stop], origin_steps, lag)
                row |= {name: average.mean, f"{name}_error": average.error}
            rows.append(row | {"n_origins": average.n_origins, "n_blocks": average.n_blocks})
        result = pd.DataFrame(rows)
        result.attrs.update(self.description, run_time=table.span * self.time_step)
        return result


def displacements(
    trajectory: Trajectory,
    species: int | str | None = None,
    model: GlassModel | None = None,
    fix_center_of_mass: bool = True,
) -> Displacements:
    """Displacements of one species, by default relative to the centre of mass of all particles.

    Args:
        trajectory: unwrapped positions.
        species: index or, with ``model``, name of a species; ``"all"`` for all particles. None
            means the model's largest species, or all particles when no model is given.
        model: the model that names the species.
        fix_center_of_mass: subtract the drift of the whole system (all masses are 1).

    Raises:
        ConfigurationError: fewer than two frames, a number that is not finite, or a wrong number
            of steps or species.
        ModelError: the model has no such species, or a name came without a model.
        StatisticsError: the trajectory holds no particle of the species.
    """
    positions_tnc = np.asarray(trajectory.positions_tnc, dtype=np.float64)
    _check(trajectory, positions_tnc)
    chosen, description = _choose(trajectory, species, model)

    n_frames, _, d = positions_tnc.shape
    from_first_tcn = np.empty((n_frames, d, int(chosen.sum())))
    for x_nc, moved_cn in zip(positions_tnc, from_first_tcn, strict=True):
        since_first_nc = x_nc - positions_tnc[0]
        if fix_center_of_mass:
            since_first_nc -= since_first_nc.mean(axis=0)
        moved_cn[:] = since_first_nc[chosen].T
    return Displacements(
        from_first_tcn,
        np.asarray(trajectory.steps, dtype=np.int64),
        float(trajectory.time_step),
        description
        | {
            "dimension": d,
            "center_of_mass_fixed": fix_center_of_mass,
            "source": trajectory.source,
        },
    )


def _check(trajectory: Trajectory, positions_tnc: FloatArray) -> None:
    """Refuse what would give wrong displacements silently."""
    source = trajectory.source
    if positions_tnc.ndim != 3 or positions_tnc.shape[2] not in (2, 3):
        raise ConfigurationError(
            f"{source}: positions of a trajectory must have shape (T, N, 2) or (T, N, 3), "
            f"got {positions_tnc.shape}"
        )
    n_frames, n_particles, _ = positions_tnc.shape
    if n_frames < 2:
        raise ConfigurationError(
            f"{source}: displacements need at least two frames, got {n_frames}"
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
    for frame, x_nc in enumerate(positions_tnc):
        if not np.all(np.isfinite(x_nc)):
            particle = int(np.flatnonzero(~np.isfinite(x_nc).all(axis=1))[0])
            raise ConfigurationError(
                f"{source}: frame {frame}, particle {particle}: position {x_nc[particle]} is not "
                "finite; the run exploded or the file is damaged"
            )
    if not trajectory.time_step > 0:
        raise ConfigurationError(
            f"{source}: the time step must be positive, got {trajectory.time_step}; "
            "give it to read_trajectory(…, time_step=…)"
        )


def _choose(
    trajectory: Trajectory, species: int | str | None, model: GlassModel | None
) -> tuple[NDArray[np.bool_], dict[str, int | float | str | bool]]:
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
