"""NetCDF-3 files read record by record, so that they may be larger than the memory.

A record holds one frame: the values of every variable with the unlimited dimension, one after the
other. The format: https://docs.unidata.ucar.edu/netcdf-c/current/file_format_specifications.html
"""

from __future__ import annotations

import math
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from lmpmeso.configurations.stored_frames import OpenFile, StoredFrames, fill

_TYPES = {1: ">i1", 2: "S1", 3: ">i2", 4: ">i4", 5: ">f4", 6: ">f8"}
_DIMENSIONS, _VARIABLES, _ATTRIBUTES = 10, 11, 12
_UNLIMITED = 0


@dataclass(frozen=True)
class _Variable:
    """Where the values of a variable are: from byte ``begin`` on, one a record where it ``varies``.

    ``shape`` is of a record, or of the whole where the variable does not vary with the record.
    """

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    begin: int
    varies: bool

    @property
    def n_bytes(self) -> int:
        """Of a record, padded to four."""
        return -(-math.prod(self.shape) * self.dtype.itemsize // 4) * 4


class NetcdfRecords:
    """An open file: its attributes (text as bytes), and its variables for the records that are asked for.

    ``n_records`` is the length of the unlimited dimension.
    """

    def __init__(self, path: str | Path):
        """Read the header.

        Raises:
            ValueError: it is no NetCDF-3 file, or it is shorter than its header tells.
        """
        self.path = str(path)
        self._file = OpenFile(path)
        with open(path, "rb") as file:
            header = _Header(file)
            self.n_records = header.integer()
            dimensions = header.dimensions()
            self.attributes = header.attributes()
            self._variables = header.variables([length for _, length in dimensions])
        self._stride = sum(v.n_bytes for v in self._variables.values() if v.varies)
        size = os.fstat(self._file.fileno()).st_size
        for variable in self._variables.values():
            # The last record of a variable ends within its record.
            behind = self._stride * (self.n_records - 1) if variable.varies else 0
            if variable.begin + behind + variable.n_bytes > size:
                raise ValueError(f"the file has {size} bytes, fewer than its header tells")

    @property
    def variables(self) -> list[str]:
        """Names of the variables."""
        return list(self._variables)

    def varies(self, name: str) -> bool:
        """Whether a variable has one value a record."""
        return self._variables[name].varies

    def read(self, name: str, records: slice = slice(None)) -> NDArray[Any]:
        """A variable in native byte order, of some records where it varies."""
        variable = self._variables[name]
        numbers = np.arange(self.n_records)[records] if variable.varies else np.zeros(1, int)
        raw = np.empty((len(numbers), *variable.shape), dtype=variable.dtype)
        fill(self._file, variable.begin + self._stride * numbers, raw)
        native = raw.astype(variable.dtype.newbyteorder("="))
        return native if variable.varies else native[0]

    def positions(self, name: str, dimension: int) -> StoredFrames:
        """A variable of shape (T, N, 3 or d) as positions (T, N, d) that stay on disk."""
        variable = self._variables[name]
        n_particles, components = variable.shape
        return StoredFrames(
            self._file,
            (self.n_records, n_particles, dimension),
            first=variable.begin,
            stride=self._stride,
            dtype=variable.dtype,
            components=components,
        )


class _Header:
    """The header of a file, taken piece by piece from its begin."""

    def __init__(self, file: BinaryIO):
        self._file = file
        magic = self.take(4)
        if magic[:3] != b"CDF":
            raise ValueError("no NetCDF-3 file")
        self._wide = magic[3] == 2

    def take(self, n: int) -> bytes:
        """The next bytes."""
        found = self._file.read(n)
        if len(found) < n:
            raise ValueError("the file ends in its header")
        return found

    def integer(self) -> int:
        """The next whole number."""
        return int(struct.unpack(">i", self.take(4))[0])

    def _offset(self) -> int:
        return int(struct.unpack(">q", self.take(8))[0]) if self._wide else self.integer()

    def _padded(self, n: int) -> bytes:
        return self.take(-(-n // 4) * 4)[:n]

    def _name(self) -> str:
        return self._padded(self.integer()).decode()

    def _list_length(self, tag: int) -> int:
        found, length = self.integer(), self.integer()
        if found not in (0, tag):
            raise ValueError(f"list {found} in the header where list {tag} should be")
        return length

    def dimensions(self) -> list[tuple[str, int]]:
        """Names and lengths; 0 for the unlimited one."""
        return [(self._name(), self.integer()) for _ in range(self._list_length(_DIMENSIONS))]

    def attributes(self) -> dict[str, Any]:
        """Values by name, text as bytes."""
        found: dict[str, Any] = {}
        for _ in range(self._list_length(_ATTRIBUTES)):
            name, kind, length = self._name(), self.integer(), self.integer()
            dtype = np.dtype(_TYPES[kind])
            data = self._padded(length * dtype.itemsize)
            found[name] = data if dtype.kind == "S" else np.frombuffer(data, dtype)
        return found

    def variables(self, lengths: list[int]) -> dict[str, _Variable]:
        """Where each variable is."""
        found: dict[str, _Variable] = {}
        for _ in range(self._list_length(_VARIABLES)):
            name = self._name()
            shape = [lengths[self.integer()] for _ in range(self.integer())]
            self.attributes()
            dtype = np.dtype(_TYPES[self.integer()])
            self.take(4)  # the size, which the shape tells already
            varies = shape[:1] == [_UNLIMITED]
            found[name] = _Variable(dtype, tuple(shape[varies:]), self._offset(), varies)
        return found
