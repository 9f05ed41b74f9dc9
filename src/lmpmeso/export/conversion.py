"""One file of configurations as another that OVITO, LAMMPS or ASE reads, with its fields."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from lmpmeso.arrays import FloatArray
from lmpmeso.configurations import (
    Configuration,
    all_configurations,
    iter_configurations,
    read_configuration,
    read_netcdf_fields,
    write_configurations,
    write_data,
    write_dump,
    write_extxyz,
)
from lmpmeso.configurations.formats import file_format
from lmpmeso.configurations.frame_choice import FrameChoice, Frames, Steps
from lmpmeso.errors import ConfigurationError
from lmpmeso.models import GlassModel

FORMATS = (".dump", ".xyz", ".extxyz", ".data", ".nc")
COMPRESSIONS = (".gz", ".zst")


def convert(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    model: GlassModel,
    frame: int | None = None,
    *,
    frames: Frames = None,
    steps: Steps = None,
) -> int:
    """Write what one file holds into another, in the format that the target's name asks for.

    ``.dump`` (LAMMPS), ``.xyz`` (extended), both also ``.gz`` and ``.zst``; ``.data`` (LAMMPS, one
    frame); ``.nc`` (NetCDF, AMBER convention). Fields of particles that a NetCDF file of lmpmeso holds
    (κ_i, propensity, modes) go along as columns. Every number is kept, in as few digits as that takes, and
    so is the mark of rounded positions. What the source is its content tells, not its name.

    Args:
        source: anything that :func:`read_configuration` reads.
        target: it appears only when complete.
        model: of the particles.
        frame: only this one, from 0 or, negative, from the end; None: all.
        frames: of all, only these, as for :func:`read_trajectory`.
        steps: likewise.

    Returns:
        Number of frames written.

    Raises:
        ConfigurationError: an ending that is none of these, several frames for a data file, one frame and a
            range of frames, or a bad source.
    """
    path = Path(source)
    ending = format_of(target)
    if frame is not None and (frames, steps) != (None, None):
        raise ConfigurationError(
            "--frame takes one frame, --frames and --steps a range: give one of them"
        )
    taken, fields = _read(path, model, frame, frames, steps)
    if ending == ".data" and len(taken) > 1:
        raise ConfigurationError(
            f"{target}: a data file holds one frame and {path} has {len(taken)}: choose one with "
            "--frame, e.g. --frame -1 for the last"
        )
    write_frames(target, taken, model, fields)
    return len(taken)


def write_frames(
    target: str | os.PathLike[str],
    frames: Sequence[Configuration],
    model: GlassModel,
    fields: Mapping[str, FloatArray],
) -> None:
    """Write frames and fields (each of shape (T, N)) in the format of the name.

    Raises:
        ConfigurationError: as :func:`convert`.
    """
    ending, path = format_of(target), Path(target)
    if ending == ".dump":
        write_dump(path, frames, fields)
    elif ending in (".xyz", ".extxyz"):
        write_extxyz(path, frames, model, fields)
    elif ending == ".nc":
        write_configurations(path, frames, per_particle=fields)
    else:
        write_data(path, frames[0], model)


def format_of(target: str | os.PathLike[str]) -> str:
    """The ending that names the format, without that of a compression.

    Raises:
        ConfigurationError: it is none that can be written.
    """
    path = Path(target)
    suffixes = [s for s in path.suffixes if s not in COMPRESSIONS]
    ending = suffixes[-1] if suffixes else ""
    compressed = path.suffix in COMPRESSIONS
    if ending not in FORMATS or (compressed and ending == ".nc"):
        raise ConfigurationError(
            f"{target}: configurations are written to files in {', '.join(FORMATS)}; all but .nc also "
            f"with {' or '.join(COMPRESSIONS)}"
        )
    return ending


def _read(
    path: Path, model: GlassModel, frame: int | None, frames: Frames, steps: Steps
) -> tuple[list[Configuration], dict[str, FloatArray]]:
    """Frames of a file, and the fields of its particles."""
    if frame is None:
        taken = all_configurations(path, model, frames, steps)
    else:
        taken = [read_configuration(path, model, frame)]
    fields: dict[str, FloatArray] = {}
    if file_format(path) == "netcdf":
        fields = {name: a for name, a in read_netcdf_fields(path).items() if a.ndim == 2}
        if frame is not None:
            fields = {name: a[[frame]] for name, a in fields.items()}
        elif fields and (frames, steps) != (None, None):
            every = np.array([one.step or 0 for one in iter_configurations(path, model)])
            chosen = FrameChoice.of(frames, steps).indices(every)
            fields = {name: a[chosen] for name, a in fields.items()}
    return taken, fields
