"""NetCDF-4 files, which are HDF5, read record by record with h5py where that is installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmpmeso.errors import ConfigurationError, MissingDependencyError

_RECORD = "frame"
"""Dimension of the frames in the AMBER convention."""


@contextmanager
def _damage_told(path: str) -> Iterator[None]:
    """What h5py raises for a damaged file, as an error that names the file."""
    try:
        yield
    except Exception as error:  # it has no class of its own for damage
        raise ConfigurationError(
            f"{path}: truncated or damaged NetCDF-4 file ({error}); write or copy it again"
        ) from error


class Hdf5Records:
    """An open file: its attributes, and its variables for the records that are asked for.

    ``n_records`` is the length of the dimension ``frame``.
    """

    def __init__(self, path: str | Path):
        """Open the file.

        Raises:
            ConfigurationError: it cannot be read, or is none of the AMBER convention.
            MissingDependencyError: h5py is not installed.
        """
        self.path = str(path)
        try:
            import h5py
        except ImportError as error:
            raise MissingDependencyError(
                f"{path}: a NetCDF-4 file (HDF5), which needs h5py: pip install h5py; or convert it: "
                f"nccopy -k 64-bit-offset {path} classic.nc"
            ) from error
        with _damage_told(self.path):
            self._file = h5py.File(path, "r")
            self._variables = {
                name: item
                for name, item in self._file.items()
                if isinstance(item, h5py.Dataset) and item.dtype.kind in "iufS"
            }
            self.attributes = {name: self._file.attrs[name] for name in self._file.attrs}
            self.n_records = self._length_of_records()

    def _length_of_records(self) -> int:
        """Length of the dimension of frames, which each variable's first axis has that varies."""
        coordinates = [
            self._variables[name].shape
            for name in ("coordinates", "unwrapped_coordinates", "scaled_coordinates")
            if name in self._variables
        ]
        if not coordinates or len(coordinates[0]) != 3:
            raise ValueError(f"no coordinates among {', '.join(list(self._variables)[:20])}")
        return int(coordinates[0][0])

    @property
    def variables(self) -> list[str]:
        """Names of the variables."""
        return list(self._variables)

    def varies(self, name: str) -> bool:
        """Whether a variable has one value a record."""
        item = self._variables[name]
        if not item.shape:
            return False
        axis = item.dims[0]
        return bool(axis[0].name == f"/{_RECORD}") if len(axis) else item.shape[0] == self.n_records

    def shape(self, name: str) -> tuple[int, ...]:
        """Shape of a variable, of one record where it varies."""
        with _damage_told(self.path):
            shape = self._variables[name].shape
            return tuple(shape[1:]) if self.varies(name) else tuple(shape)

    def dtype(self, name: str) -> np.dtype[Any]:
        """Type of a variable's numbers."""
        dtype: np.dtype[Any] = self._variables[name].dtype
        return dtype

    def attributes_of(self, name: str) -> dict[str, Any]:
        """Attributes of a variable."""
        with _damage_told(self.path):
            item = self._variables[name]
            return {key: item.attrs[key] for key in ("scale_factor",) if key in item.attrs}

    def read(self, name: str, records: slice = slice(None)) -> NDArray[Any]:
        """A variable, of some records where it varies."""
        with _damage_told(self.path):
            item = self._variables[name]
            found = np.asarray(item[records] if self.varies(name) else item[:])
            return found.astype(found.dtype.newbyteorder("="))
