"""To and from MDAnalysis, which holds positions in single precision.

Array suffixes: n particle, t frame, c Cartesian component.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lmpmeso.configurations.configuration import Configuration, Trajectory, require_configuration
from lmpmeso.configurations.model_fit import check_fits_model
from lmpmeso.configurations.particle_table import ParticleTable, species_types
from lmpmeso.errors import (
    ConfigurationError,
    MissingDependencyError,
    ModelMismatchWarning,
    PrecisionWarning,
)
from lmpmeso.files.words import begin_of
from lmpmeso.models import GlassModel, get_model

if TYPE_CHECKING:
    from MDAnalysis import Universe

OWN_FORMATS = "a LAMMPS dump (ITEM: TIMESTEP …) or data file, extended XYZ with Lattice or NetCDF of LAMMPS or lmpmeso"
BEGINNING = 40
"""Bytes of a file that a message quotes at most."""


def to_universe(source: Configuration | Trajectory) -> Universe:
    """An MDAnalysis Universe with the same particles, in single precision.

    Attributes: ``types`` (LAMMPS types as text), ``ids``, and ``radii`` of particles of sizes of their own. Frames carry their true step and time in
    ``ts.data["step"]`` and ``ts.time`` (for a configuration without δt the time is 0). In 2D z is 0 and
    the box is 1 high. Positions are those of the source, wrapped or not.
    """
    universe_class = _mdanalysis().Universe
    from MDAnalysis.coordinates.memory import MemoryReader

    if isinstance(source, Trajectory):
        positions_tnc, steps, times = source.positions_tnc, source.steps, source.times
    else:
        source = require_configuration(source)
        positions_tnc = source.positions_nc[np.newaxis]
        steps, times = np.array([source.step or 0]), np.zeros(1)
    t, n, d = positions_tnc.shape
    coordinates = np.zeros((t, n, 3), dtype=np.float32)
    coordinates[..., :d] = positions_tnc
    dimensions = np.tile(np.array([*source.box_c, *[1.0] * (3 - d), 90, 90, 90]), (t, 1))

    universe = universe_class.empty(n, trajectory=True)
    universe.add_TopologyAttr("types", (source.species + 1).astype(str))
    universe.add_TopologyAttr("ids", source.ids)
    if source.diameters is not None:
        universe.add_TopologyAttr("radii", 0.5 * source.diameters)

    class TimedMemoryReader(MemoryReader):
        """Frames in memory that need not be evenly spaced in time."""

        def _read_next_timestep(self, ts: Any = None) -> Any:
            ts = super()._read_next_timestep(ts)
            ts.time, ts.data["step"] = float(times[ts.frame]), int(steps[ts.frame])
            return ts

    universe.load_new(
        coordinates,
        format=TimedMemoryReader,
        order="fac",
        dimensions=dimensions.astype(np.float32),
        dt=1.0,
    )
    return universe


def from_universe(
    universe: Universe,
    model: GlassModel | str,
    frame: int | None = None,
    *,
    source: str = "MDAnalysis",
) -> Configuration:
    """A configuration from one frame of an MDAnalysis Universe, marked as single precision.

    Args:
        universe: its ``types`` (else ``names``) are LAMMPS types or the names of the model's species, its ``radii``
            the sizes of particles that have their own.
        model: what the particles are said to be.
        frame: index of the frame; None takes the current one.
        source: where it came from, for messages.

    Raises:
        ConfigurationError: there is no such frame or no box, the box is triclinic, or the particles do
            not fit the model.

    Warns:
        PrecisionWarning: always.
    """
    model = get_model(model)
    n_frames = _n_frames(universe, source)
    if frame is not None:
        if not -n_frames <= frame < n_frames:
            raise ConfigurationError(f"{source}: no frame {frame}: there are {n_frames}")
        try:
            universe.trajectory[frame]
        except Exception as error:  # as in `_universe`
            raise ConfigurationError(
                f"{source}: frame {frame} cannot be read ({error}): the file is truncated or damaged"
            ) from error
    timestep = universe.trajectory.ts
    where = f"{source}: frame {timestep.frame}"
    dimensions = timestep.dimensions
    if dimensions is None or not np.all(np.asarray(dimensions)[: model.dimension] > 0):
        raise ConfigurationError(
            f"{where}: no periodic box; set universe.dimensions, or use configuration_from_arrays"
        )
    if np.any(np.abs(dimensions[3:] - 90.0) > 1e-4):
        raise ConfigurationError(
            f"{where}: the box is triclinic (angles {dimensions[3:]}); only orthogonal boxes are "
            "supported"
        )
    atoms = universe.atoms
    columns = {name: timestep.positions[:, c].astype(np.float64) for c, name in enumerate("xyz")}
    if timestep.has_velocities:
        velocities = timestep.velocities.astype(np.float64)
        columns |= {name: velocities[:, c] for c, name in enumerate(("vx", "vy", "vz"))}
    columns["type"] = species_types(_labels(atoms, where), model, where).astype(float)
    columns["id"] = np.asarray(getattr(atoms, "ids", np.arange(1, len(atoms) + 1)), dtype=float)
    if model.sizes is not None and hasattr(atoms, "radii"):
        columns["radius"] = np.asarray(atoms.radii, dtype=np.float64)
    step = timestep.data.get("step")
    table = ParticleTable(
        where=where,
        columns=columns,
        lower=(0.0, 0.0, 0.0),
        lengths=tuple(float(length) for length in dimensions[:3]),
        line_of_row=lambda row: row + 1,
        step=None if step is None else int(step),
        few_digits=True,
    )
    configuration = table.configuration(model)
    check_fits_model(configuration, model)
    warn_of_precision(configuration)
    return configuration


def read_with_mdanalysis(path: str | Path, model: GlassModel, index: int) -> Configuration:
    """One frame of a file in a format that MDAnalysis knows, marked as single precision.

    Raises:
        ConfigurationError: MDAnalysis cannot read the file, or the frame does not fit the model.
        MissingDependencyError: the reader needs a package that is not installed.
    """
    return from_universe(_universe(path), model, index, source=str(path))


def iter_with_mdanalysis(path: str | Path, model: GlassModel) -> Iterator[Configuration]:
    """All frames of such a file, one after the other; the first one warns.

    Raises:
        ConfigurationError: as ``read_with_mdanalysis``.
        MissingDependencyError: as ``read_with_mdanalysis``.
    """
    universe = _universe(path)
    for k in range(_n_frames(universe, str(path))):
        with warnings.catch_warnings():
            if k:
                warnings.simplefilter("ignore", PrecisionWarning)
                warnings.simplefilter("ignore", ModelMismatchWarning)
            yield from_universe(universe, model, k, source=str(path))


def _n_frames(universe: Universe, source: str) -> int:
    """Number of frames, which some readers count only when they are asked."""
    try:
        return len(universe.trajectory)
    except Exception as error:  # as in `_universe`
        raise ConfigurationError(
            f"{source}: MDAnalysis finds no frames in it ({begin_of(str(error))}): a topology without positions, or a "
            "damaged file"
        ) from error


def _universe(path: str | Path) -> Universe:
    """The file as MDAnalysis reads it."""
    universe_class = _mdanalysis().Universe
    try:
        with warnings.catch_warnings():
            # MDAnalysis warns of each attribute it guesses or lacks (masses, elements, a box).
            warnings.simplefilter("ignore")
            return universe_class(str(path), to_guess=())
    except ImportError as error:
        raise MissingDependencyError(f"{path}: not {OWN_FORMATS}; for others: {error}") from error
    except Exception as error:  # its parsers raise whatever a damaged file makes them raise
        with open(path, "rb") as file:
            beginning = file.readline(BEGINNING).decode(errors="replace").strip()
        raise ConfigurationError(
            f"{path}: not {OWN_FORMATS}, and nothing that MDAnalysis reads by itself; it begins with "
            f"{beginning!r}"
        ) from error


def warn_of_precision(configuration: Configuration) -> None:
    """Say that the positions are rounded."""
    warnings.warn(
        f"{configuration.source}: the positions are rounded (float32, or text of few digits); an "
        "inherent structure must be polished again before its Hessian is used. Full precision in LAMMPS: "
        "dump_modify format float %.17g",
        PrecisionWarning,
        stacklevel=3,
    )


def _labels(atoms: Any, where: str) -> list[str]:
    for name in ("types", "names"):
        if hasattr(atoms, name):
            return [str(label) for label in getattr(atoms, name)]
    raise ConfigurationError(
        f"{where}: the particles have neither types nor names; "
        "use universe.add_TopologyAttr('types', …)"
    )


def _mdanalysis() -> Any:
    try:
        import MDAnalysis
    except ImportError as error:
        raise MissingDependencyError(
            f"MDAnalysis is not installed ({error}): pip install MDAnalysis"
        ) from error
    return MDAnalysis
