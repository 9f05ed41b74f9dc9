"""NetCDF files of this package, read back; see ``amber_netcdf`` for what is in them.

Array suffixes: t frame, n particle, c Cartesian component.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmpmeso.arrays import FloatArray
from lmpmeso.configurations.amber_netcdf import EVIDENCE_NAMES, FORMAT_VERSION, OWN_NAMES
from lmpmeso.configurations.configuration import Configuration, InherentStructure
from lmpmeso.configurations.descent import DescentPath
from lmpmeso.configurations.netcdf_records import NetcdfRecords
from lmpmeso.errors import ConfigurationError

CONTENTS = ("trajectory", "configurations", "inherent structures")
_INTEGERS, _NUMBERS = "iu", "iuf"
_EXACT_TO = 2**53
"""Larger whole numbers are not all doubles."""


@dataclass(frozen=True, eq=False)
class NetcdfContent:
    """A file's arrays, in native byte order and free of the file.

    Attributes:
        path: the file.
        first_frame: number of the first frame read.
        content: ``"trajectory"``, ``"configurations"`` or ``"inherent structures"``.
        dimension: 2 or 3.
        time_step: δt [time] of a trajectory, else None.
        notes: what is text, by frame.
        arrays: the variables by name; the first axis is the frame, but for ``id``.
    """

    path: str
    first_frame: int
    content: str
    dimension: int
    time_step: float | None
    notes: list[dict[str, Any]]
    arrays: dict[str, NDArray[Any]]

    @property
    def n_frames(self) -> int:
        """Number of frames T."""
        return len(self.arrays["step"])

    def configuration(self, index: int) -> Configuration:
        """Frame ``index`` of those read: an ``InherentStructure`` where one was written.

        Raises:
            ConfigurationError: a value is none that was written.
        """
        where = f"{self.path}: frame {self.first_frame + index}"
        d, arrays, note = self.dimension, self.arrays, self.notes[index]
        step, temperature = float(arrays["step"][index]), arrays.get("parent_temperature")
        positions = arrays["coordinates"][index, :, :d].copy()
        images = None
        if self.content == "trajectory":
            images = np.zeros(positions.shape, dtype=np.int64)
        elif "images" in arrays:
            images = arrays["images"][index, :, :d].astype(np.int64)
        velocities, diameters = arrays.get("velocities"), arrays.get("diameter")
        configuration = Configuration(
            positions_nc=positions,
            species=arrays["type"][index].astype(np.int64) - 1,
            box_c=arrays["cell_lengths"][index, :d].copy(),
            origin_c=arrays["cell_origin"][index, :d].copy(),
            ids=arrays["id"].astype(np.int64),
            images_nc=images,
            velocities_nc=None if velocities is None else velocities[index, :, :d].copy(),
            step=None if math.isnan(step) else int(step),
            source=where,
            single_precision=bool(note.get("single_precision", False)),
            parent_temperature=_or_none(temperature, index),
            diameters=None if diameters is None else diameters[index].copy(),
        )
        if self.content != "inherent structures":
            return configuration
        with _damage_told(self.path):
            return InherentStructure.from_configuration(configuration, **self._evidence(index))

    def _evidence(self, index: int) -> dict[str, Any]:
        """What is known of an inherent structure besides its particles."""
        note = self.notes[index]
        evidence: dict[str, Any] = {}
        for entry in fields(InherentStructure):
            if entry.name not in EVIDENCE_NAMES:
                continue
            kind = type(entry.default) if isinstance(entry.default, int | str) else float
            if entry.name == "descent" and entry.name in note:
                evidence[entry.name] = DescentPath.from_plain_data(note[entry.name])
            elif entry.name in note:
                if not isinstance(note[entry.name], (int, float) if kind is float else kind):
                    raise ValueError(f"{entry.name} is {str(note[entry.name])[:40]!r}")
                evidence[entry.name] = note[entry.name]
            elif entry.name in self.arrays:
                evidence[entry.name] = kind(self.arrays[entry.name][index])
        return evidence


def _or_none(values: FloatArray | None, index: int) -> float | None:
    return None if values is None or np.isnan(values[index]) else float(values[index])


def read_netcdf(path: str | Path, frames: slice = slice(None)) -> NetcdfContent:
    """Some frames of a file that this package wrote, by default all.

    Raises:
        ConfigurationError: the file is truncated or damaged, of a newer format, or of another program.
    """
    return netcdf_content(open_netcdf(path), frames)


def netcdf_content(records: NetcdfRecords, frames: slice = slice(None)) -> NetcdfContent:
    """Some frames of an open file.

    Raises:
        ConfigurationError: what it says of itself is damaged.
    """
    with _damage_told(records.path):
        return NetcdfContent(
            path=records.path,
            first_frame=range(records.n_records)[frames].start,
            content=records.attributes["content"].decode(),
            dimension=int(records.attributes["dimension"][0]),
            time_step=stated_time_step(records),
            notes=_notes(records)[frames],
            arrays={name: records.read(name, frames) for name in records.variables},
        )


def open_netcdf(path: str | Path) -> NetcdfRecords:
    """A file that this package wrote, of which single variables and frames can be read.

    Raises:
        ConfigurationError: as ``read_netcdf``.
    """
    with _damage_told(path):
        records = NetcdfRecords(path)
        _refuse_foreign(path, records.attributes.get("lmpmeso_format"))
        _refuse_other_layout(records)
    return records


@contextmanager
def _damage_told(path: str | Path) -> Iterator[None]:
    """What fails because a file is damaged, as an error that says so."""
    try:
        yield
    except ConfigurationError:
        raise
    except (ValueError, TypeError, AttributeError, LookupError, OverflowError) as error:
        raise ConfigurationError(
            f"{path}: truncated or damaged NetCDF file ({error}); write or copy it again"
        ) from error


def _refuse_other_layout(records: NetcdfRecords) -> None:
    """Check that all is there that a file of this package has, in its shape."""
    if records.attributes["content"].decode() not in CONTENTS:
        raise ValueError(f"its content is {records.attributes['content'][:40]!r}")
    if int(records.attributes["dimension"][0]) not in (2, 3):
        raise ValueError(f"{records.attributes['dimension']} dimensions")
    if len(_notes(records)) != records.n_records:
        raise ValueError("its notes are not those of its frames")
    time_step = stated_time_step(records)
    if time_step is not None and not 0 < time_step < math.inf:
        raise ValueError(f"a time step of {time_step}")
    n, *_ = records.shape("coordinates")
    shapes: dict[str, tuple[tuple[int, ...], str]] = {
        "coordinates": ((n, 3), "f"),
        "step": ((), "f"),
        "type": ((n,), _INTEGERS),
        "cell_lengths": ((3,), "f"),
        "cell_origin": ((3,), "f"),
    }
    optional: dict[str, tuple[tuple[int, ...], str]] = {
        "images": ((n, 3), _INTEGERS),
        "velocities": ((n, 3), "f"),
        "diameter": ((n,), "f"),
    }
    optional |= dict.fromkeys((*EVIDENCE_NAMES, "parent_temperature"), ((), _NUMBERS))
    shapes |= {name: kind for name, kind in optional.items() if name in records.variables}
    for name, (shape, kinds) in shapes.items():
        found = records.shape(name), records.dtype(name).kind
        if found[0] != shape or found[1] not in kinds or not records.varies(name):
            raise ValueError(f"{name} has shape {found[0]} and type {found[1]!r}")
    if records.shape("id") != (n,) or records.varies("id") or n < 1:
        raise ValueError(f"id has shape {records.shape('id')}")
    ids = records.read("id")
    if ids.dtype.kind not in _INTEGERS or not np.array_equal(ids, np.arange(1, n + 1)):
        raise ValueError(f"the ids are not 1 to {n}")
    steps = records.read("step")
    bad = ~(np.isnan(steps) | ((np.abs(steps) <= _EXACT_TO) & (np.rint(steps) == steps)))
    if bad.any():
        raise ValueError(f"a step of {steps[bad][0]:g}")


def _notes(records: NetcdfRecords) -> list[dict[str, Any]]:
    notes = json.loads(records.attributes["notes"])
    if not isinstance(notes, list) or not all(isinstance(note, dict) for note in notes):
        raise ValueError("its notes are no list of tables")
    return notes


def stated_time_step(records: NetcdfRecords) -> float | None:
    """δt [time] of a trajectory, else None."""
    time_step = records.attributes.get("time_step")
    return None if time_step is None else float(time_step)


def _refuse_foreign(path: str | Path, found: Any) -> None:
    if found is None:
        raise ConfigurationError(f"{path}: a NetCDF file of another program, not of lmpmeso")
    if int(found[0]) > FORMAT_VERSION:
        raise ConfigurationError(
            f"{path}: format {int(found[0])} is newer than this lmpmeso reads ({FORMAT_VERSION}): "
            "install a newer lmpmeso"
        )


def read_netcdf_fields(path: str | Path) -> dict[str, FloatArray]:
    """The further fields of a file: per frame of shape (T,), per particle of shape (T, N).

    Raises:
        ConfigurationError: as ``read_netcdf``.
    """
    arrays = read_netcdf(path).arrays
    return {name: array for name, array in arrays.items() if name not in OWN_NAMES}
