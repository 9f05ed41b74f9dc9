"""Inherent structures, trajectories and per-particle fields in AMBER-convention NetCDF, in double.

NetCDF-3 with 64-bit offsets; OVITO and MDAnalysis read it. The convention (https://ambermd.org/netcdf/nctraj.xhtml)
wants three coordinates, ångström and picosecond: in 2D z is 0, and the numbers are in the model's units.
Array suffixes: t frame, n particle, c Cartesian component.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lmpmeso.arrays import FloatArray, IntArray
from lmpmeso.configurations.configuration import Configuration, InherentStructure, Trajectory
from lmpmeso.configurations.stored_frames import StoredFrames
from lmpmeso.errors import ConfigurationError
from lmpmeso.files.atomic import replacing

if TYPE_CHECKING:
    from scipy.io import netcdf_file

FORMAT_VERSION = 1
_PIECE_BYTES = 2**23
_NUMBER_OF_RECORDS = 4  # byte of the header
EVIDENCE_NAMES = {f.name for f in fields(InherentStructure)} - {
    f.name for f in fields(Configuration)
}
_UNITS = {
    "time": "picosecond",
    "coordinates": "angstrom",
    "velocities": "angstrom/picosecond",
    "cell_lengths": "angstrom",
    "cell_angles": "degree",
}
OWN_NAMES = {
    *_UNITS,
    *EVIDENCE_NAMES,
    *("spatial", "cell_spatial", "cell_angular", "cell_origin", "step", "type", "id", "images"),
    *("diameter", "parent_temperature"),
}


@dataclass(frozen=True, eq=False)
class _Frames:
    """What a file holds, frame by frame; optional arrays are None throughout the file or nowhere."""

    positions_tnc: FloatArray | StoredFrames
    species_tn: IntArray
    box_tc: FloatArray
    origin_tc: FloatArray
    ids_n: IntArray
    steps_t: FloatArray
    images_tnc: IntArray | None = None
    velocities_tnc: FloatArray | None = None
    diameters_tn: FloatArray | None = None


def write_configurations(
    path: str | Path,
    configurations: Sequence[Configuration],
    *,
    per_frame: Mapping[str, ArrayLike] | None = None,
    per_particle: Mapping[str, ArrayLike] | None = None,
) -> None:
    """Write configurations of the same ids, with all that they know of themselves.

    What is read back has the file as its ``source``.

    Args:
        path: the file; by custom it ends in ``.nc``. It appears only when complete.
        configurations: the frames; inherent structures keep their evidence.
        per_frame: further numbers by name, each of shape (T,), e.g. ``{"shear_modulus": …}``.
        per_particle: further fields by name, each of shape (T, N), e.g. ``{"kappa": …}``.

    Raises:
        ConfigurationError: the configurations differ in what they hold, or a field has another shape.
    """
    frames = _collected(configurations)
    variables: dict[str, FloatArray] = {}
    notes: list[dict[str, Any]] = [
        {"single_precision": bool(c.single_precision)} for c in configurations
    ]
    variables["parent_temperature"] = _or_nan([c.parent_temperature for c in configurations])
    inherent = [c for c in configurations if isinstance(c, InherentStructure)]
    if inherent and len(inherent) < len(configurations):
        raise ConfigurationError(
            f"{path}: inherent structures and other configurations cannot share one file"
        )
    if inherent:
        for name in sorted(EVIDENCE_NAMES):
            values = [getattr(structure, name) for structure in inherent]
            if all(isinstance(v, Real) and not isinstance(v, bool) for v in values):
                variables[name] = np.array(values, dtype=np.float64)
            else:
                for note, value in zip(notes, values, strict=True):
                    if value is not None:
                        note[name] = value.as_plain_data() if name == "descent" else value
    content = "inherent structures" if inherent else "configurations"
    attributes = {"content": content, "notes": json.dumps(notes)}
    _write(path, frames, variables, per_frame or {}, per_particle or {}, attributes)


def write_inherent_structures(
    path: str | Path,
    structures: Sequence[InherentStructure],
    *,
    per_frame: Mapping[str, ArrayLike] | None = None,
    per_particle: Mapping[str, ArrayLike] | None = None,
) -> None:
    """Write inherent structures with their evidence (energy, largest force, minimiser, …).

    Args and errors as for ``write_configurations``; ``read_inherent_structures`` gives equal ones back.
    """
    for k, structure in enumerate(structures):
        if not isinstance(structure, InherentStructure):
            raise ConfigurationError(
                f"{path}: frame {k} is not an InherentStructure: quench it first"
            )
    write_configurations(path, structures, per_frame=per_frame, per_particle=per_particle)


def write_trajectory(
    path: str | Path,
    trajectory: Trajectory,
    *,
    per_frame: Mapping[str, ArrayLike] | None = None,
    per_particle: Mapping[str, ArrayLike] | None = None,
) -> None:
    """Write a trajectory: unwrapped positions, true time steps, and δt.

    Args and errors as for ``write_configurations``; ``read_trajectory`` gives an equal one back.
    """
    t, d = trajectory.n_frames, trajectory.positions_tnc.shape[2]
    frames = _Frames(
        positions_tnc=trajectory.positions_tnc,
        species_tn=np.broadcast_to(trajectory.species, (t, trajectory.n_particles)),
        box_tc=np.broadcast_to(trajectory.box_c, (t, d)),
        origin_tc=np.zeros((t, d)),
        ids_n=trajectory.ids,
        steps_t=np.asarray(trajectory.steps, dtype=np.float64),
        diameters_tn=None
        if trajectory.diameters is None
        else np.broadcast_to(trajectory.diameters, (t, trajectory.n_particles)),
    )
    attributes = {
        "content": "trajectory",
        "time_step": repr(float(trajectory.time_step)),
        "notes": json.dumps([{}] * t),
    }
    variables = {"time": trajectory.times}
    _write(path, frames, variables, per_frame or {}, per_particle or {}, attributes)


def _collected(configurations: Sequence[Configuration]) -> _Frames:
    if not configurations:
        raise ConfigurationError("there is no configuration to write")
    first = configurations[0]
    for k, other in enumerate(configurations):
        if other.positions_nc.shape != first.positions_nc.shape:
            raise ConfigurationError(
                f"frame {k} holds positions of shape {other.positions_nc.shape}, frame 0 of shape "
                f"{first.positions_nc.shape}: write them to different files"
            )
        if not np.array_equal(other.ids, first.ids):
            raise ConfigurationError(f"frame {k} has other ids than frame 0")

    def optional(name: str) -> Any:
        arrays = [getattr(c, name) for c in configurations]
        absent = [a is None for a in arrays]
        if any(absent) and not all(absent):
            raise ConfigurationError(f"{name} are in some of the configurations only")
        return None if any(absent) else np.stack(arrays)

    return _Frames(
        positions_tnc=np.stack([c.positions_nc for c in configurations]),
        species_tn=np.stack([c.species for c in configurations]),
        box_tc=np.stack([c.box_c for c in configurations]),
        origin_tc=np.stack([c.origin_c for c in configurations]),
        ids_n=first.ids,
        steps_t=_or_nan([c.step for c in configurations]),
        images_tnc=optional("images_nc"),
        velocities_tnc=optional("velocities_nc"),
        diameters_tn=optional("diameters"),
    )


def _or_nan(values: Sequence[float | None]) -> FloatArray:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _write(
    path: str | Path,
    frames: _Frames,
    variables: Mapping[str, FloatArray],
    per_frame: Mapping[str, ArrayLike],
    per_particle: Mapping[str, ArrayLike],
    attributes: Mapping[str, str],
) -> None:
    t, n, d = frames.positions_tnc.shape
    variables = dict(variables)
    for further, shape in ((per_frame, (t,)), (per_particle, (t, n))):
        for name, values in further.items():
            array = np.asarray(values, dtype=np.float64)
            if t == 1 and array.shape == shape[1:]:
                array = array[np.newaxis]
            if array.shape != shape:
                raise ConfigurationError(f"{name!r} must have shape {shape}, got {array.shape}")
            if name in OWN_NAMES or name in variables or not name.isidentifier():
                raise ConfigurationError(f"{name!r} cannot be the name of a further field")
            variables[name] = array
    # Here, because scipy.io takes a while to load.
    from scipy.io import netcdf_file

    with replacing(path) as temporary:
        with netcdf_file(str(temporary), "w", version=2) as file:
            about: dict[str, Any] = {
                "Conventions": "AMBER",
                "ConventionVersion": "1.0",
                "program": "lmpmeso",
            }
            about |= {"programVersion": str(FORMAT_VERSION), "lmpmeso_format": FORMAT_VERSION}
            for name, value in {**about, "dimension": d, **attributes}.items():
                setattr(file, name, value)
            _define_cell(file, n)
            for name, array, axis in _variables_of_frames(frames, variables, slice(0, 1)):
                _put(file, name, array, axis)
            ids = file.createVariable("id", "i4", ("atom",))
            ids[:] = frames.ids_n.astype("i4")
        with open(temporary, "r+b") as stream:
            stream.seek(0, os.SEEK_END)
            at_once = max(1, _PIECE_BYTES // (8 * n * d))
            for begin in range(1, t, at_once):
                piece = slice(begin, min(begin + at_once, t))
                columns = [a for _, a, _ in _variables_of_frames(frames, variables, piece)]
                stream.write(_records(columns))
            stream.seek(_NUMBER_OF_RECORDS)
            stream.write(struct.pack(">i", t))


def _variables_of_frames(
    frames: _Frames, variables: Mapping[str, FloatArray], piece: slice
) -> Iterator[tuple[str, NDArray[Any], str | None]]:
    """Name, values and last axis of every variable, for some of the frames."""
    steps_t = frames.steps_t[piece]
    yield "step", steps_t, None
    yield "time", variables["time"][piece] if "time" in variables else steps_t, None
    yield "type", _as_int32("type", frames.species_tn[piece] + 1), None
    yield "coordinates", _in_three(frames.positions_tnc[piece]), "spatial"
    yield "cell_lengths", _in_three(frames.box_tc[piece], fill=1.0), "cell_spatial"
    yield "cell_angles", np.full((len(steps_t), 3), 90.0), "cell_angular"
    yield "cell_origin", _in_three(frames.origin_tc[piece]), "cell_spatial"
    if frames.images_tnc is not None:
        yield "images", _as_int32("images", _in_three(frames.images_tnc[piece])), "spatial"
    if frames.velocities_tnc is not None:
        yield "velocities", _in_three(frames.velocities_tnc[piece]), "spatial"
    if frames.diameters_tn is not None:
        yield "diameter", frames.diameters_tn[piece], None
    for name, array in variables.items():
        if name != "time":
            yield name, array[piece], None


def _records(columns: Sequence[NDArray[Any]]) -> bytes:
    """Frames as NetCDF records: the values of each variable, one variable after the other."""
    kinds = [(f"{k}", a.dtype.newbyteorder(">"), a.shape[1:]) for k, a in enumerate(columns)]
    records = np.empty(len(columns[0]), dtype=np.dtype(kinds))
    for k, array in enumerate(columns):
        records[f"{k}"] = array
    return records.tobytes()


def _define_cell(file: netcdf_file, n: int) -> None:
    """Dimensions, and the labels of the convention."""
    file.createDimension("frame", None)
    file.createDimension("atom", n)
    file.createDimension("spatial", 3)
    file.createDimension("cell_spatial", 3)
    file.createDimension("cell_angular", 3)
    file.createDimension("label", 5)
    for name, labels in (("spatial", "xyz"), ("cell_spatial", "abc")):
        file.createVariable(name, "c", (name,))[:] = np.array(list(labels), dtype="S1")
    angles = file.createVariable("cell_angular", "c", ("cell_angular", "label"))
    for k, label in enumerate(("alpha", "beta ", "gamma")):
        angles[k] = np.array(list(label), dtype="S1")


def _put(file: netcdf_file, name: str, array: NDArray[Any], axis: str | None) -> None:
    """Define one variable by its first frame; ``axis`` names the last axis where that is not the particle."""
    dimensions = ["frame"]
    if array.ndim == 3 or (array.ndim == 2 and axis is None):
        dimensions.append("atom")
    if axis is not None:
        dimensions.append(axis)
    variable = file.createVariable(name, array.dtype, tuple(dimensions))
    variable[:] = array
    if name in _UNITS:
        setattr(variable, "units", _UNITS[name])  # noqa: B010


def _as_int32(name: str, array: NDArray[Any]) -> NDArray[np.int32]:
    """Whole numbers as NetCDF-3 holds them."""
    if np.abs(array).max() > np.iinfo("i4").max:
        raise ConfigurationError(f"{name} does not fit into the 32-bit integers of NetCDF-3")
    return array.astype("i4")


def _in_three(array: NDArray[Any], fill: float = 0.0) -> NDArray[Any]:
    """The last axis with three components, the third ``fill`` in 2D."""
    missing = 3 - array.shape[-1]
    padding = [(0, 0)] * (array.ndim - 1) + [(0, missing)]
    return np.pad(array, padding, constant_values=array.dtype.type(fill))
