"""What a file is, by its content and never by its name; and how the frames of each format are read."""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any

from lmpmeso.configurations import compression
from lmpmeso.configurations.extended_xyz import (
    extended_xyz_frame,
    extended_xyz_frames,
    looks_like_extended_xyz,
    parse_extended_xyz,
    xyz_step,
)
from lmpmeso.configurations.foreign_netcdf import (
    foreign_frame,
    foreign_frames,
    parse_foreign_frame,
)
from lmpmeso.configurations.lammps_data import looks_like_data_file
from lmpmeso.configurations.lammps_dump import START as DUMP_START
from lmpmeso.configurations.lammps_dump import dump_frame, dump_frames, dump_step, parse_dump_frame
from lmpmeso.configurations.lammps_yaml import START as YAML_START
from lmpmeso.configurations.lammps_yaml import parse_yaml_frame, yaml_frame, yaml_frames, yaml_step
from lmpmeso.configurations.particle_table import ParticleTable
from lmpmeso.errors import ConfigurationError

_HEAD = 8192
_BLANK = b" \t\r\n\0"
_NETCDF, _HDF5 = b"CDF", b"\x89HDF\r\n\x1a\n"
_OWN_NETCDF = b"lmpmeso"
_H5MD = b"h5md"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_RESTART = b"LammpS RestartT"
_BINARY = re.compile(rb".{8}DUMP(ATOM|CUSTOM|GRID|LOCAL)", re.DOTALL)
_CFG = re.compile(rb"\s*Number of particles\s*=")
_ADIOS_FILE, _ADIOS_INDEX = b"ADIOS-BP", "md.idx"
_FOOTER = 64
_OLD_BINARY = struct.Struct("<qqi6i6d")


@dataclass(frozen=True)
class TableFormat:
    """How frames are read that are tables of particles.

    ``frames`` gives all of a file, ``frame`` one by its index, ``step`` the time step and ``parse`` the
    particles of either; a frame's ``cut`` says why a compressed file ends with it, if it ends early.
    """

    frames: Callable[[str | Path], Iterator[Any]]
    frame: Callable[[str | Path, int], Any]
    step: Callable[[Any], int | None]
    parse: Callable[..., ParticleTable]


TABLE_FORMATS = {
    "dump": TableFormat(dump_frames, dump_frame, dump_step, parse_dump_frame),
    "YAML dump": TableFormat(yaml_frames, yaml_frame, yaml_step, parse_yaml_frame),
    "extended XYZ": TableFormat(
        extended_xyz_frames, extended_xyz_frame, xyz_step, parse_extended_xyz
    ),
    "foreign NetCDF": TableFormat(
        foreign_frames, foreign_frame, attrgetter("step"), parse_foreign_frame
    ),
}
"""Formats of many frames, by the names that `file_format` gives them."""
TELL_UNITS = ("dump", "YAML dump", "data")
"""Files that may say in which of LAMMPS's units their numbers are."""


def file_format(path: str | Path) -> str:
    """``"netcdf"``, ``"data"``, one of ``TABLE_FORMATS`` or ``"other"``, by the first bytes.

    Raises:
        OSError: there is no such file.
        ConfigurationError: it is empty, no file on a disk, or in a format that is not read; the message
            says how to convert it.
    """
    if os.path.isdir(path):
        _refuse_folder(path)
    with compression.reading(path) as stream:
        head = stream.read(_HEAD).removeprefix(compression.BYTE_ORDER_MARK)
    if not head.strip(_BLANK):
        raise ConfigurationError(f"{path}: the file is empty" + (" (NULs only)" if head else ""))
    if head.startswith(_NETCDF):
        return "netcdf" if _OWN_NETCDF in head else "foreign NetCDF"
    _refuse_unread(head, path)
    if head.startswith(_HDF5):
        return "foreign NetCDF"
    text = _without_comments(head)
    if text.startswith(DUMP_START[:5]):
        return "dump"
    if text.startswith((b"---", YAML_START)) and YAML_START in text[:200]:
        return "YAML dump"
    words = head.decode(errors="replace")
    if looks_like_extended_xyz(words):
        return "extended XYZ"
    return "data" if looks_like_data_file(words) else "other"


def _without_comments(head: bytes) -> bytes:
    """The first lines without blank ones and comments above them."""
    lines = head.splitlines(keepends=True)
    while lines and (not lines[0].strip() or lines[0].lstrip().startswith(b"#")):
        del lines[0]
    return b"".join(lines).lstrip()


def _refuse_folder(path: str | Path) -> None:
    if (Path(path) / _ADIOS_INDEX).is_file():
        raise ConfigurationError(f"{path}: an ADIOS dump; {_IN_LAMMPS.format(style='adios')}")


_IN_LAMMPS = (
    "read it in LAMMPS, `read_dump FILE STEP x y z box yes format {style}`, and dump it again, `dump 1 all "
    "custom 1 run.dump id type x y z ix iy iz`"
)


def _refuse_unread(head: bytes, path: str | Path) -> None:
    """Refuse formats that are known and not read, each with the way to one that is."""
    told = None
    if head.startswith(_UTF16):
        told = (
            "text in UTF-16, as some editors and shells of Windows write it; save it as UTF-8, or "
            f"iconv -f UTF-16 -t UTF-8 {path} > utf8.dump"
        )
    elif head.startswith(_RESTART):
        told = (
            "a binary restart file of LAMMPS, which only LAMMPS reads; make a data file of it: "
            f"lmp -restart2data {path} liquid.data"
        )
    elif _BINARY.match(head) or _is_old_binary(head):
        told = (
            f"a binary dump of LAMMPS; make a text dump of it with LAMMPS's own tool, binary2txt {path}, "
            "which keeps all digits"
        )
    elif _CFG.match(head):
        told = (
            "an AtomEye file (dump … cfg …), which has no ids and no image flags; dump … custom … id type x "
            "y z ix iy iz instead, or make extended XYZ of it: ase convert FILE.cfg FILE.extxyz"
        )
    elif _ends_as_adios(path):
        told = f"an ADIOS dump; {_IN_LAMMPS.format(style='adios')}"
    elif head.startswith(_HDF5) and _H5MD in head:
        told = (
            "an H5MD file (dump … h5md …); dump … custom … id type x y z ix iy iz instead, or read it with "
            "MDAnalysis (format H5MD, single precision) and use from_universe"
        )
    if told is not None:
        raise ConfigurationError(f"{path}: {told}")


def _is_old_binary(head: bytes) -> bool:
    """Whether a file begins as binary dumps did up to 2020: step, number, box; nothing names them."""
    if len(head) < _OLD_BINARY.size:
        return False
    step, n, triclinic, *boundary = _OLD_BINARY.unpack_from(head)
    edges, flags = boundary[6:], boundary[:6]
    counts = step >= 0 and 0 < n < 2**40 and triclinic in (0, 1)
    return (
        counts
        and all(0 <= flag <= 3 for flag in flags)
        and all(
            low < high < 1e30 and low > -1e30
            for low, high in zip(edges[::2], edges[1::2], strict=True)
        )
    )


def _ends_as_adios(path: str | Path) -> bool:
    """Whether the last bytes name ADIOS, as those of its older files in one piece do."""
    with open(path, "rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _FOOTER))
        return _ADIOS_FILE in file.read()
