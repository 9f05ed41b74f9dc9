"""NetCDF files of the classic kinds (CDF-1, CDF-2, CDF-5) read record by record, so that they may be larger than the memory.

A record holds one frame: the values of every variable with the unlimited dimension, one after the
other. The format: https://docs.unidata.ucar.edu/netcdf-c/current/file_format_specifications.html
"""

from __future__ import annotations

import math
import os
import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from lmpmeso.configurations.stored_frames import OpenFile, StoredFrames, fill
from lmpmeso.errors import ConfigurationError
from lmpmeso.files.given import refuse_streams

_TYPES = {
    **{1: ">i1", 2: "S1", 3: ">i2", 4: ">i4", 5: ">f4", 6: ">f8"},
    **{7: ">u1", 8: ">u2", 9: ">u4", 10: ">i8", 11: ">u8"},
}
_OFFSETS_OF_64_BITS, _NUMBERS_OF_64_BITS = (2, 5), (5,)
"""Kinds of files, by the fourth byte."""
_MOST_ENTRIES = 10**5
"""Of a list in the header."""
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
    attributes: dict[str, Any]

    @property
    def n_bytes(self) -> int:
        """Of a record."""
        return math.prod(self.shape) * self.dtype.itemsize


class NetcdfRecords:
    """An open file: its attributes (text as bytes), and its variables for the records that are asked for.

    ``n_records`` is the length of the unlimited dimension.
    """

    def __init__(self, path: str | Path):
        """Read the header.

        Raises:
            ConfigurationError: it is no file on a disk.
            ValueError: it is no such NetCDF file, or it is shorter than its header tells.
        """
        refuse_streams(path, ConfigurationError)
        self.path = str(path)
        self._file = OpenFile(path)
        size = os.fstat(self._file.fileno()).st_size
        with open(path, "rb") as file:
            header = _Header(file, size)
            self.n_records = header.integer()
            dimensions = header.dimensions()
            self.attributes = header.attributes()
            self._variables = header.variables([length for _, length in dimensions])
            end = file.tell()
        varying = [v for v in self._variables.values() if v.varies]
        # Values are padded to four bytes, but not those of a record of one variable.
        widths = [v.n_bytes if len(varying) == 1 else _padded(v.n_bytes) for v in varying]
        self._stride = sum(widths)
        if self.n_records == -1 and self._stride:  # written as a stream: as many as there are
            self.n_records = (size - min(v.begin for v in varying)) // self._stride
        if self.n_records and not self._stride:
            raise ValueError(f"{self.n_records} records without content")
        self._refuse_overlaps(end, size)

    def _refuse_overlaps(self, end: int, size: int) -> None:
        """Variables lie behind the header, within the file and one behind the other."""
        behind = self._stride * (self.n_records - 1)
        for variable in self._variables.values():
            last = variable.begin + (behind if variable.varies else 0) + variable.n_bytes
            if variable.begin < end or (last > size and (self.n_records or not variable.varies)):
                raise ValueError(f"the file has {size} bytes, fewer than its header tells")
        ordered = sorted(self._variables.values(), key=lambda v: (v.begin, v.n_bytes))
        for one, other in pairwise(ordered):
            if one.begin + one.n_bytes > other.begin:
                raise ValueError("two variables lie at one place")

    @property
    def variables(self) -> list[str]:
        """Names of the variables."""
        return list(self._variables)

    def varies(self, name: str) -> bool:
        """Whether a variable has one value a record."""
        return self._variables[name].varies

    def shape(self, name: str) -> tuple[int, ...]:
        """Shape of a variable, of one record where it varies."""
        return self._variables[name].shape

    def dtype(self, name: str) -> np.dtype[Any]:
        """Type of a variable's numbers."""
        return self._variables[name].dtype

    def attributes_of(self, name: str) -> dict[str, Any]:
        """Attributes of a variable, text as bytes."""
        return self._variables[name].attributes

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


def _padded(n: int) -> int:
    return -(-n // 4) * 4


class _Header:
    """The header of a file of ``size`` bytes, taken piece by piece from its begin."""

    def __init__(self, file: BinaryIO, size: int):
        self._file, self._size = file, size
        magic = self.take(4)
        if magic[:3] != b"CDF" or magic[3] not in (1, 2, 5):
            raise ValueError("no NetCDF file of a kind that is known")
        self._wide_offsets = magic[3] in _OFFSETS_OF_64_BITS
        self._wide_numbers = magic[3] in _NUMBERS_OF_64_BITS

    def take(self, n: int) -> bytes:
        """The next bytes."""
        found = self._file.read(n) if 0 <= n <= self._size else b""
        if len(found) < n or n < 0:
            raise ValueError("the file ends in its header")
        return found

    def _unpacked(self, wide: bool) -> int:
        return int(struct.unpack(">q" if wide else ">i", self.take(8 if wide else 4))[0])

    def integer(self) -> int:
        """The next whole number."""
        return self._unpacked(self._wide_numbers)

    def _length(self) -> int:
        length = self.integer()
        if length < 0:
            raise ValueError(f"a length of {length} in the header")
        return length

    def _taken_padded(self, n: int) -> bytes:
        return self.take(_padded(n))[:n]

    def _name(self) -> str:
        return self._taken_padded(self._length()).decode()

    def _entries(self, tag: int) -> range:
        found, length = self._unpacked(False), self._length()
        if found not in (0, tag) or (found == 0 and length):
            raise ValueError(f"list {found} in the header where list {tag} should be")
        if length > _MOST_ENTRIES:
            raise ValueError(f"a list of {length} entries in the header")
        return range(length)

    def _type(self) -> np.dtype[Any]:
        kind = self._unpacked(False)
        if kind not in _TYPES:
            raise ValueError(f"numbers of type {kind} in the header")
        return np.dtype(_TYPES[kind])

    def dimensions(self) -> list[tuple[str, int]]:
        """Names and lengths; 0 for the unlimited one."""
        return [(self._name(), self._length()) for _ in self._entries(_DIMENSIONS)]

    def attributes(self) -> dict[str, Any]:
        """Values by name, text as bytes."""
        found: dict[str, Any] = {}
        for _ in self._entries(_ATTRIBUTES):
            name, dtype = self._name(), self._type()
            data = self._taken_padded(self._length() * dtype.itemsize)
            found[name] = data if dtype.kind == "S" else np.frombuffer(data, dtype)
        return found

    def variables(self, lengths: list[int]) -> dict[str, _Variable]:
        """Where each variable is."""
        found: dict[str, _Variable] = {}
        for _ in self._entries(_VARIABLES):
            name = self._name()
            places = [self.integer() for _ in range(min(self._length(), _MOST_ENTRIES))]
            if not all(0 <= place < len(lengths) for place in places):
                raise ValueError(f"variable {name!r} has a dimension that there is not")
            shape = [lengths[place] for place in places]
            attributes = self.attributes()
            dtype = self._type()
            self.integer()  # the size, which the shape tells already
            varies = shape[:1] == [_UNLIMITED]
            if name in found or _UNLIMITED in shape[varies:]:
                raise ValueError(f"variable {name!r} is there twice, or unlimited in two ways")
            begin = self._unpacked(self._wide_offsets)
            found[name] = _Variable(dtype, tuple(shape[varies:]), begin, varies, attributes)
        return found
