"""One way in: a configuration from a file of any format that is understood."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from lmpmeso.arrays import FloatArray
from lmpmeso.configurations.configuration import (
    Configuration,
    ConfigurationLike,
    InherentStructure,
    require_configuration,
)
from lmpmeso.configurations.cut_frames import CutFrameError
from lmpmeso.configurations.formats import TABLE_FORMATS, TELL_UNITS, file_format
from lmpmeso.configurations.lammps_data import parse_data_file
from lmpmeso.configurations.mdanalysis import read_with_mdanalysis, warn_of_precision
from lmpmeso.configurations.model_fit import check_fits_model, refuse_other_units
from lmpmeso.configurations.stored_netcdf import netcdf_content, open_netcdf, read_netcdf
from lmpmeso.errors import ConfigurationError, PrecisionWarning
from lmpmeso.models import GlassModel, get_model


def read_configuration(path: str | Path, model: GlassModel | str, frame: int = -1) -> Configuration:
    """One frame of a file, particles in the order of their ids.

    LAMMPS dumps (text, YAML, NetCDF) and data files (plain, .gz, .zst), extended XYZ and the NetCDF files
    of this package are read in float64; other formats through MDAnalysis, in single precision and marked
    so. The format is known by the content.

    Args:
        path: the file.
        model: a model or its name.
        frame: index of the frame; negative ones count from the end.

    Returns:
        The configuration; an ``InherentStructure``, with its evidence, where one was stored.

    Raises:
        ConfigurationError: the file is not understood, malformed, or does not fit the model; the message
            names file, frame and line.

    Warns:
        ModelMismatchWarning: density or composition lie far from the model's.
        PrecisionWarning: the positions hold fewer digits than float64.
    """
    model = get_model(model)
    form = file_format(path)
    if form in TELL_UNITS:
        refuse_other_units(path, model)
    if form == "netcdf":
        records = open_netcdf(path)
        k = _position(frame, records.n_records, path)
        configuration = netcdf_content(records, slice(k, k + 1)).configuration(0)
    elif form in TABLE_FORMATS:
        configuration = _of_table(path, form, frame, model)
    elif form == "data":
        _position(frame, 1, path)
        configuration = parse_data_file(path, model).configuration(model)
    else:
        return read_with_mdanalysis(path, model, frame)
    check_fits_model(configuration, model)
    if configuration.single_precision:
        warn_of_precision(configuration)
    return configuration


def as_configuration(given: ConfigurationLike, model: GlassModel | str) -> Configuration:
    """A configuration as it is, or the last frame of the file whose path is given.

    Raises:
        ConfigurationError: it is neither, or as :func:`read_configuration`.
    """
    if isinstance(given, str | os.PathLike):
        return read_configuration(os.fspath(given), model)
    return require_configuration(given)


@contextmanager
def rounding_is_no_matter() -> Iterator[None]:
    """What is read in here is minimised: nobody need be told that its positions are rounded."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PrecisionWarning)
        yield


def particles_of_bonds(model: GlassModel) -> Configuration | None:
    """The particles of the data file that lists a model's bonds; None where it has none.

    Raises:
        ConfigurationError: the file does not fit the model.
    """
    if model.topology is None:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Warning)  # told where somebody asks for the file
        return read_configuration(model.topology.path, model)


def box_of_runs(model: GlassModel, n_particles: int) -> FloatArray:
    """Edges of the box that runs of a model begin in, and keep [length], shape (d,).

    A cube, or a square; where bonds join particles, the box of the data file that lists them, whatever its shape.

    Raises:
        ConfigurationError: the file does not fit the model.
    """
    joined = particles_of_bonds(model)
    if joined is not None:
        return joined.box_c
    edge = (n_particles / model.density) ** (1.0 / model.dimension)
    return np.full(model.dimension, edge)


def read_inherent_structures(path: str | Path, model: GlassModel | str) -> list[InherentStructure]:
    """All inherent structures of a file that ``write_inherent_structures`` wrote, with their evidence.

    Raises:
        ConfigurationError: the file is not one of inherent structures, is truncated or newer than this
            package, or does not fit the model.
    """
    model = get_model(model)
    if file_format(path) != "netcdf":
        raise ConfigurationError(f"{path}: not a NetCDF file of inherent structures")
    content = read_netcdf(path)
    structures = []
    for k in range(content.n_frames):
        structure = content.configuration(k)
        if not isinstance(structure, InherentStructure):
            raise ConfigurationError(f"{path}: holds {content.content}, not inherent structures")
        check_fits_model(structure, model, warn=k == 0)
        structures.append(structure)
    return structures


def _of_table(path: str | Path, form: str, frame: int, model: GlassModel) -> Configuration:
    """One frame that is a table of particles."""
    reader = TABLE_FORMATS[form]
    try:
        return reader.parse(reader.frame(path, frame)).configuration(model)
    except CutFrameError as error:
        raise ConfigurationError(
            f"{error}; read an earlier frame where there is one (--frame -2, frame=-2)"
        ) from error


def _position(frame: int, n_frames: int, path: str | Path) -> int:
    if not -n_frames <= frame < n_frames:
        raise ConfigurationError(f"{path}: no frame {frame}: the file has {n_frames}")
    return frame % n_frames
