"""Plain and compressed files behind one stream of bytes."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, cast

from lmpmeso.configurations.limits import LONGEST_LINE, MOST_EMPTY_LINES
from lmpmeso.errors import ConfigurationError
from lmpmeso.files.given import refuse_streams

_GZIP, _ZSTD, _BZIP2, _XZ = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"BZh", b"\xfd7zXZ"
_LONGEST_MAGIC = 5
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def is_compressed(path: str | Path) -> bool:
    """Whether the first bytes of the file are those of gzip, Zstandard, bzip2 or xz."""
    refuse_streams(path, ConfigurationError)
    with open(path, "rb") as file:
        return file.read(_LONGEST_MAGIC).startswith((_GZIP, _ZSTD, _BZIP2, _XZ))


@contextmanager
def reading(path: str | Path) -> Iterator[BinaryIO]:
    """The decompressed bytes of a file; those of a plain one without a byte-order mark.

    The compression is known by the content, not the name.

    Raises:
        ConfigurationError: it is no file on a disk, or the compressed data end early or are damaged.
    """
    refuse_streams(path, ConfigurationError)
    with open(path, "rb") as file:
        magic = file.read(_LONGEST_MAGIC)
        file.seek(len(BYTE_ORDER_MARK) if magic.startswith(BYTE_ORDER_MARK) else 0)
        stream: Any = file
        damage: tuple[type[Exception], ...] = (EOFError, gzip.BadGzipFile, zlib.error)
        if magic.startswith(_GZIP):
            stream = gzip.GzipFile(fileobj=file)
        elif magic.startswith(_ZSTD):
            import zstandard

            damage = (*damage, zstandard.ZstdError)
            decompressor = zstandard.ZstdDecompressor()
            stream = decompressor.stream_reader(file, read_across_frames=True)
            # It cannot iterate over lines by itself.
            stream = io.BufferedReader(cast(io.RawIOBase, stream))
        elif magic.startswith(_BZIP2):
            damage = (*damage, OSError)
            stream = bz2.BZ2File(file)
        elif magic.startswith(_XZ):
            damage = (*damage, lzma.LZMAError)
            stream = lzma.LZMAFile(file)  # noqa: SIM115 (closes with the file)
        try:
            yield stream
        except damage as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise  # the disk's, not the decompressor's
            raise ConfigurationError(damaged(path, str(error))) from error


def damaged(path: str | Path, reason: str) -> str:
    """What to tell of a compressed file that is not whole."""
    return f"{path}: the compressed data end early or are damaged ({reason}); copy or write the file again"


class Available:
    """The bytes of a stream that are there; where the compressed data end too early, ``cut`` says so then."""

    def __init__(self, stream: BinaryIO):
        self._stream = stream
        self.cut = ""

    def read(self, size: int) -> bytes:
        """The next bytes, as many as come at once; none at the end."""
        try:
            # In one go, read would lose what precedes the cut.
            return cast(io.BufferedReader, self._stream).read1(size)
        except EOFError as error:
            self.cut = str(error)
            return b""


def lines_of(stream: BinaryIO, path: str | Path) -> Iterator[bytes]:
    """The lines of a stream, none of which is without end.

    Raises:
        ConfigurationError: a line is longer than any that holds a particle, or too many are empty.
    """
    empty = 0
    for number, line in enumerate(iter(partial(stream.readline, LONGEST_LINE), b""), start=1):
        if len(line) == LONGEST_LINE:
            raise endless_line(path, f", line {number}")
        empty = 0 if line.strip() else empty + 1
        if empty > MOST_EMPTY_LINES:
            raise ConfigurationError(f"{path}, line {number}: {empty} empty lines: damaged")
        yield line


def endless_line(path: str | Path, place: str = "") -> ConfigurationError:
    """What is said of a line without end."""
    return ConfigurationError(
        f"{path}{place}: a line of more than {LONGEST_LINE} bytes: no text of particles, or a damaged one"
    )


@contextmanager
def writing(path: str | Path) -> Iterator[BinaryIO]:
    """A stream to write bytes to, compressed as the name ends: ``.gz``, ``.zst``, else plain.

    Compressed data carry a checksum, so that a flipped bit is noticed.
    """
    suffix = Path(path).suffix
    with open(path, "wb") as file:
        if suffix == ".gz":
            # No time stamp and no name inside: equal configurations give equal files.
            with gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0) as packed:
                yield cast(BinaryIO, packed)
        elif suffix == ".zst":
            import zstandard

            with zstandard.ZstdCompressor(write_checksum=True).stream_writer(
                file, closefd=False
            ) as compressor:
                buffered = io.BufferedWriter(cast(io.RawIOBase, compressor))
                yield cast(BinaryIO, buffered)
                buffered.flush()
                buffered.detach()
        else:
            yield file
