"""NetCDF in the AMBER convention as LAMMPS (``dump … netcdf …``) and others write it: frame by frame.

What LAMMPS writes: https://docs.lammps.org/dump_netcdf.html. Array suffixes: t frame, n particle.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lmpmeso.arrays import FloatArray
from lmpmeso.configurations.limits import refuse_more_than_fits
from lmpmeso.configurations.netcdf_records import NetcdfRecords
from lmpmeso.configurations.particle_table import ParticleTable
from lmpmeso.errors import ConfigurationError

_TYPES = ("type", "atom_types")
_VECTORS = {
    "coordinates": ("x", "y", "z"),
    "unwrapped_coordinates": ("xu", "yu", "zu"),
    "scaled_coordinates": ("xs", "ys", "zs"),
    "velocities": ("vx", "vy", "vz"),
}
_SCALARS = ("id", "ix", "iy", "iz", "diameter", "radius")
_RIGHT_ANGLE = 90.0
_ANGLE_ROUNDING = 1e-4
"""Degrees: angles are kept in single precision."""
_MOST = 2**53
"""Steps and times beyond are none."""
_WHOLE = 1e-4
"""Times that are whole multiples of one another are so to this part of it."""


class Records(Protocol):
    """Variables that are read for the records that are asked for: classic NetCDF, or NetCDF in HDF5."""

    path: str
    n_records: int
    attributes: dict[str, Any]

    @property
    def variables(self) -> list[str]:
        """Names of the variables."""

    def varies(self, name: str) -> bool:
        """Whether a variable has one value a record."""

    def shape(self, name: str) -> tuple[int, ...]:
        """Shape of a variable, of one record where it varies."""

    def dtype(self, name: str) -> np.dtype[Any]:
        """Type of a variable's numbers."""

    def attributes_of(self, name: str) -> dict[str, Any]:
        """Attributes of a variable."""

    def read(self, name: str, records: slice = slice(None)) -> NDArray[Any]:
        """A variable, of some records where it varies."""


@dataclass(frozen=True, eq=False)
class ForeignFrame:
    """Record ``index`` of a file, its step, and its time and δt [time] where the file tells them."""

    where: str
    records: Records
    index: int
    step: int | None
    time: float | None
    time_step: float | None
    cut: str = ""


def foreign_frames(path: str | Path) -> Iterator[ForeignFrame]:
    """The frames of a file from the first to the last.

    Raises:
        ConfigurationError: it holds none, or not what particles are.
        MissingDependencyError: it is in HDF5, and h5py is not installed.
    """
    records = _open(path)
    clock = _Clock.of(records)
    for index in range(records.n_records):
        yield clock.frame(records, index, f"{path}: frame {index}")


def foreign_frame(path: str | Path, index: int) -> ForeignFrame:
    """Frame ``index``; negative ones count from the end.

    Raises:
        ConfigurationError: there is no such frame, or not what particles are.
        MissingDependencyError: it is in HDF5, and h5py is not installed.
    """
    records = _open(path)
    n = records.n_records
    if not -n <= index < n:
        raise ConfigurationError(f"{path}: no frame {index}: the file has {n}")
    return _Clock.of(records).frame(records, index % n, f"{path}: frame {index % n}")


def parse_foreign_frame(frame: ForeignFrame, *, with_velocities: bool = True) -> ParticleTable:
    """The particles of a frame, as the file gives them.

    Raises:
        ConfigurationError: the box is missing or triclinic.
    """
    records, where = frame.records, frame.where
    record = slice(frame.index, frame.index + 1)

    def values(name: str) -> NDArray[Any]:
        found = records.read(name, record)
        return found[0] if records.varies(name) else found

    def numbers(name: str) -> FloatArray:
        with np.errstate(invalid="ignore"):  # a NaN, which is refused with the others
            return values(name).astype(np.float64)

    columns: dict[str, FloatArray] = {}
    for name, components in _VECTORS.items():
        if name in records.variables and (with_velocities or name != "velocities"):
            array = numbers(name)
            columns |= {c: array[:, k] for k, c in enumerate(components)}
    for name in _SCALARS:
        if name in records.variables:
            columns[name] = numbers(name)
    columns["type"] = numbers(_type_name(records))
    n = len(columns["type"])
    columns.setdefault("id", np.arange(1.0, n + 1.0))
    lengths, lower = _shortest(values("cell_lengths")), np.zeros(3)
    if "cell_origin" in records.variables:
        lower = _shortest(values("cell_origin"))
    if "cell_angles" in records.variables:
        angles = numbers("cell_angles")
        if not (np.abs(angles - _RIGHT_ANGLE) <= _ANGLE_ROUNDING).all():
            raise ConfigurationError(
                f"{where}: the box is triclinic (angles {angles}); only orthogonal boxes are supported"
            )
    if not np.isfinite([lengths, lower]).all():
        raise ConfigurationError(f"{where}: the box is no box: edges {lengths} from {lower}")
    return ParticleTable(
        where=where,
        columns=columns,
        lower=tuple(lower.tolist()),
        lengths=tuple(lengths.tolist()),
        line_of_row=lambda row: row + 1,
        # A length of 0 says that an axis is not periodic.
        open_axes="".join(a for a, length in zip("xyz", lengths, strict=True) if length == 0),
        step=frame.step,
        time=frame.time,
        time_step=frame.time_step,
        few_digits=_positions_dtype(records).itemsize < 8,
    )


@dataclass(frozen=True, eq=False)
class _Clock:
    """Step of each record, or None; and its time or δt [time], of which the file tells one or neither."""

    steps_t: list[int] | None
    times_t: list[float] | None
    time_step: float | None

    @classmethod
    def of(cls, records: Records) -> _Clock:
        """What the variable ``time`` means: LAMMPS's steps, with δt as their scale, else times."""
        if "time" not in records.variables or not records.varies("time"):
            return cls(None, None, None)
        times_t = _shortest(records.read("time"))
        if not np.isfinite(times_t).all() or np.abs(times_t).max(initial=0.0) > _MOST:
            raise ConfigurationError(f"{records.path}: the times are {times_t}: damaged")
        scale = records.attributes_of("time").get("scale_factor")
        time_step = None if scale is None else float(_shortest(np.ravel(scale)[:1])[0])
        if time_step is not None and not 0 < time_step < np.inf:
            raise ConfigurationError(f"{records.path}: the time step is {time_step}: damaged")
        whole = np.rint(times_t)
        if np.array_equal(whole, times_t):
            return cls(whole.astype(int).tolist(), None, time_step)
        # Times, not steps: steps of the shortest interval are as good as those of the run.
        intervals = np.diff(np.unique(times_t))
        if not len(intervals):
            return cls(None, times_t.tolist(), None)
        numbers = times_t / max(intervals.min(), np.abs(times_t).max() / _MOST)
        whole = np.rint(numbers)
        if np.abs(numbers - whole).max() > _WHOLE * max(1.0, np.abs(numbers).max()):
            raise ConfigurationError(
                f"{records.path}: it tells times and no steps, and they are no multiples of the shortest "
                "interval between them; dump with `dump … custom …`, which keeps the steps"
            )
        return cls(whole.astype(int).tolist(), times_t.tolist(), None)

    def frame(self, records: Records, index: int, where: str) -> ForeignFrame:
        """A record with its step and time."""
        return ForeignFrame(
            where,
            records,
            index,
            None if self.steps_t is None else self.steps_t[index],
            None if self.times_t is None else self.times_t[index],
            self.time_step,
        )


def _shortest(values: NDArray[Any]) -> FloatArray:
    """Numbers of single precision as the decimals that they were: 0.005, not 0.004999999888."""
    if values.dtype.kind == "f" and values.dtype.itemsize == 4:
        decimals = [float(str(x)) for x in values.astype(np.float32).ravel()]
        return np.array(decimals).reshape(values.shape)
    return values.astype(np.float64)


def _open(path: str | Path) -> Records:
    """The file, with all that a frame needs."""
    records = _records(path)
    kind = _type_name(records)
    if not records.n_records:
        raise ConfigurationError(f"{path}: there is no frame in it")
    found = [name for name in _VECTORS if name in records.variables and name != "velocities"]
    if not found or "cell_lengths" not in records.variables:
        raise ConfigurationError(
            f"{path}: a NetCDF file without coordinates or cell_lengths; it has "
            f"{', '.join(records.variables) or 'nothing'}"
        )
    n = records.shape(found[0])[0] if records.shape(found[0]) else 0
    shapes: dict[str, tuple[int, ...]] = {"time": ()}
    shapes |= dict.fromkeys(_VECTORS, (n, 3))
    shapes |= dict.fromkeys((*_SCALARS, kind), (n,))
    shapes |= dict.fromkeys(("cell_lengths", "cell_origin", "cell_angles"), (3,))
    for name, shape in shapes.items():
        if name in records.variables and (
            records.shape(name) != shape or records.dtype(name).kind not in "iuf"
        ):
            raise ConfigurationError(
                f"{path}: damaged: {name} has shape {records.shape(name)}, where {shape} belongs"
            )
    refuse_more_than_fits(8 * 3 * n, str(path))
    return records


def _records(path: str | Path) -> Records:
    with open(path, "rb") as file:
        classic = file.read(3) == b"CDF"
    if not classic:
        from lmpmeso.configurations.hdf5_records import Hdf5Records

        return Hdf5Records(path)
    try:
        return NetcdfRecords(path)
    except ConfigurationError:
        raise
    except ValueError as error:
        raise ConfigurationError(
            f"{path}: truncated or damaged NetCDF file ({error}); write or copy it again"
        ) from error


def _type_name(records: Records) -> str:
    """The variable that says what each particle is."""
    for name in _TYPES:
        if name in records.variables:
            return name
    raise ConfigurationError(
        f"{records.path}: a NetCDF file of another program, without particle types (AMBER's have none): in "
        "LAMMPS dump … netcdf … id type x y z ix iy iz; else convert it to a LAMMPS dump, or load it with a "
        "topology and use from_universe"
    )


def _positions_dtype(records: Records) -> np.dtype[Any]:
    return next(records.dtype(name) for name in _VECTORS if name in records.variables)
