"""Positions of a trajectory that stay on disk: read frame by frame, or a few particles at a time.

Array suffixes: t frame, n particle, c Cartesian component.
"""

from __future__ import annotations

import math
import os
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from lmpmeso.arrays import FloatArray, IntArray
from lmpmeso.errors import ConfigurationError

IN_MEMORY_BYTES = 2**28
"""Larger trajectories stay on disk."""


class OpenFile:
    """A file that is closed with the last object that reads it, and not before."""

    def __init__(self, name: str | Path, descriptor: int | None = None):
        """Open a file for reading, or take one that is open."""
        self.name = str(name)
        self._descriptor = os.open(name, os.O_RDONLY) if descriptor is None else descriptor
        weakref.finalize(self, os.close, self._descriptor)

    def fileno(self) -> int:
        """The file descriptor."""
        return self._descriptor


class StoredFrames:
    """Positions (T, N, d) in a file, one frame every so many bytes; indexed as an array would be.

    ``frames[k]`` reads a frame, ``frames[a:b]`` some frames, ``frames[a:b, i:j]`` some particles of
    them: native float64 arrays, of which no more is read than is asked for. A mask or an array of
    indices gives the same positions for fewer frames, still on disk. The file stays open, so that
    it may be replaced or removed meanwhile.
    """

    def __init__(
        self,
        file: OpenFile,
        shape: tuple[int, int, int],
        *,
        first: int = 0,
        stride: int | None = None,
        dtype: DTypeLike = np.float64,
        components: int | None = None,
    ):
        """Describe frames of ``shape`` (T, N, d), the first of which begins at byte ``first``.

        They are ``stride`` bytes apart (None: they follow one another); a particle has as many
        ``components`` in the file (None: d), of which the first d count.
        """
        n_frames, n_particles, d = shape
        self._file = file
        self._dtype = np.dtype(dtype)
        self._components = d if components is None else components
        self._frame_bytes = n_particles * self._components * self._dtype.itemsize
        self._offsets_t = first + (stride or self._frame_bytes) * np.arange(n_frames)
        self._n_particles, self._d = n_particles, d

    @property
    def shape(self) -> tuple[int, int, int]:
        """(T, N, d)."""
        return len(self._offsets_t), self._n_particles, self._d

    @property
    def ndim(self) -> int:
        """3, as of the array it stands for."""
        return 3

    @property
    def nbytes(self) -> int:
        """Size in memory, were it read as a whole."""
        return 8 * len(self._offsets_t) * self._n_particles * self._d

    def __len__(self) -> int:
        """Number of frames T."""
        return len(self._offsets_t)

    def __iter__(self) -> Iterator[FloatArray]:
        """The frames, one at a time."""
        return (self[k] for k in range(len(self)))

    def __getitem__(self, key: Any) -> Any:
        """Positions of a frame or of a slice of frames, or fewer frames on disk."""
        frames, particles = key if isinstance(key, tuple) else (key, slice(None))
        if not isinstance(particles, slice) or particles.step not in (None, 1):
            raise TypeError("particles of a trajectory on disk are taken by slices without a step")
        begin, end, _ = particles.indices(self._n_particles)
        if isinstance(frames, slice):
            return self._read(self._offsets_t[frames], begin, max(begin, end))
        if isinstance(frames, int | np.integer):
            return self._read(self._offsets_t[[int(frames)]], begin, max(begin, end))[0]
        if (begin, end) != (0, self._n_particles):
            raise TypeError("choose frames by a mask or by indices, then particles by a slice")
        fewer = object.__new__(StoredFrames)
        fewer.__dict__.update(self.__dict__)
        fewer._offsets_t = self._offsets_t[np.asarray(frames)]
        return fewer

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        """All positions in memory."""
        if copy is False:
            raise ValueError("positions on disk cannot become an array without reading them")
        return np.asarray(self[:], dtype=dtype)

    def _read(self, offsets_t: IntArray, begin: int, end: int) -> FloatArray:
        """Positions [length], shape (T, end - begin, d)."""
        raw = np.empty((len(offsets_t), end - begin, self._components), dtype=self._dtype)
        fill(self._file, offsets_t + begin * self._components * self._dtype.itemsize, raw)
        return np.ascontiguousarray(raw[..., : self._d], dtype=np.float64)


def fill(file: OpenFile, offsets_t: IntArray, raw: NDArray[Any]) -> None:
    """Fill each row of ``raw`` from its place in the file [byte].

    Raises:
        ConfigurationError: the file ends before.
    """
    if raw.size == 0:
        return
    descriptor = file.fileno()
    row_bytes = raw.reshape(len(raw), -1).view(np.uint8)
    for offset, row in zip(offsets_t.tolist(), row_bytes, strict=True):
        n_read = os.preadv(descriptor, [row.data], offset)
        while n_read < len(row):
            more = os.preadv(descriptor, [row[n_read:].data], offset + n_read)
            if more == 0:
                raise ConfigurationError(
                    f"{file.name}: the file ends before byte {offset + len(row)}: it was cut while "
                    "it was read"
                )
            n_read += more


class FrameCollector:
    """Takes frames one after the other; past a size that memory should hold, into a nameless file.

    The file lies in the folder for temporary files (``TMPDIR``) and vanishes with the positions.
    """

    def __init__(self) -> None:
        self._held: list[FloatArray] = []
        self._n_written = 0
        self._shape: tuple[int, ...] = ()
        self._file: OpenFile | None = None

    def append(self, positions_nc: FloatArray) -> None:
        """Take a frame, shape (N, d), of the same shape as the others."""
        frame = np.ascontiguousarray(positions_nc, dtype=np.float64)
        self._shape = frame.shape
        self._held.append(frame)
        if (self._n_written + len(self._held)) * frame.nbytes > IN_MEMORY_BYTES:
            self._write_out()

    def frame(self, index: int) -> FloatArray:
        """A frame that was taken, shape (N, d); negative indices count from the last."""
        index = range(self._n_written + len(self._held))[index]
        if index >= self._n_written:
            return self._held[index - self._n_written]
        frame: FloatArray = self._written()[index]
        return frame

    def cut(self, n_frames: int) -> None:
        """Forget all but the first frames."""
        del self._held[max(0, n_frames - self._n_written) :]
        if self._file is not None and n_frames < self._n_written:
            size = 8 * n_frames * math.prod(self._shape)
            os.ftruncate(self._file.fileno(), size)
            os.lseek(self._file.fileno(), size, os.SEEK_SET)
            self._n_written = n_frames

    def _write_out(self) -> None:
        if self._file is None:
            descriptor, name = tempfile.mkstemp(prefix="lmpmeso-")
            os.unlink(name)
            self._file = OpenFile(name, descriptor)
        for frame in self._held:
            left = frame.data.cast("B")
            while len(left):
                left = left[os.write(self._file.fileno(), left) :]
        self._n_written += len(self._held)
        self._held.clear()

    def _written(self) -> StoredFrames:
        assert self._file is not None
        n_particles, d = self._shape
        return StoredFrames(self._file, (self._n_written, n_particles, d))

    def frames(self) -> FloatArray | StoredFrames:
        """All frames, shape (T, N, d)."""
        if self._file is None:
            return np.stack(self._held)
        self._write_out()
        return self._written()
