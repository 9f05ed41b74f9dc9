"""One way in: configurations and trajectories from files of any format that is understood.

Array suffixes: t frame, n particle, c Cartesian component.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from lmpmeso.arrays import FloatArray, IntArray
from lmpmeso.configurations.configuration import Configuration, InherentStructure, Trajectory
from lmpmeso.configurations.formats import TABLE_FORMATS, file_format
from lmpmeso.configurations.lammps_data import parse_data_file
from lmpmeso.configurations.limits import refuse_more_than_fits
from lmpmeso.configurations.mdanalysis import (
    iter_with_mdanalysis,
    read_with_mdanalysis,
    warn_of_precision,
)
from lmpmeso.configurations.model_fit import check_fits_model, refuse_impossible_positions
from lmpmeso.configurations.netcdf_records import NetcdfRecords
from lmpmeso.configurations.stored_frames import IN_MEMORY_BYTES, FrameCollector
from lmpmeso.configurations.stored_netcdf import (
    netcdf_content,
    open_netcdf,
    read_netcdf,
    stated_time_step,
)
from lmpmeso.errors import AssumedTimeStepWarning, ConfigurationError
from lmpmeso.models import GlassModel, get_model

_FRAMES_AT_ONCE = 100


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
    model = _as_model(model)
    form = file_format(path)
    if form == "netcdf":
        records = open_netcdf(path)
        k = _position(frame, records.n_records, path)
        configuration = netcdf_content(records, slice(k, k + 1)).configuration(0)
    elif form in TABLE_FORMATS:
        reader = TABLE_FORMATS[form]
        configuration = reader.parse(reader.frame(path, frame)).configuration(model)
    elif form == "data":
        _position(frame, 1, path)
        configuration = parse_data_file(path, model).configuration(model)
    else:
        return read_with_mdanalysis(path, model, frame)
    check_fits_model(configuration, model)
    if configuration.single_precision:
        warn_of_precision(configuration)
    return configuration


def read_inherent_structures(path: str | Path, model: GlassModel | str) -> list[InherentStructure]:
    """All inherent structures of a file that ``write_inherent_structures`` wrote, with their evidence.

    Raises:
        ConfigurationError: the file is not one of inherent structures, is truncated or newer than this
            package, or does not fit the model.
    """
    model = _as_model(model)
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


def iter_configurations(path: str | Path, model: GlassModel | str) -> Iterator[Configuration]:
    """The frames of a file of any format, one after the other; the only one of a data file.

    Raises:
        ConfigurationError: as ``read_configuration``.

    Warns:
        ModelMismatchWarning: as ``read_configuration``, of the first frame.
        PrecisionWarning: as ``read_configuration``, of the first frame.
    """
    model = _as_model(model)
    form = file_format(path)
    if form == "data":
        yield read_configuration(path, model)
        return
    if form == "other":
        yield from iter_with_mdanalysis(path, model)
        return
    for k, (configuration, *_) in enumerate(_timed_frames(path, model, with_velocities=True)):
        check_fits_model(configuration, model, warn=k == 0)
        if k == 0 and configuration.single_precision:
            warn_of_precision(configuration)
        yield configuration


def all_configurations(path: str | Path, model: GlassModel | str) -> list[Configuration]:
    """All frames of a file at once.

    Raises:
        ConfigurationError: as ``iter_configurations``.
        ResourceError: the memory does not hold them.
    """
    frames: list[Configuration] = []
    size = 0
    for k, configuration in enumerate(iter_configurations(path, model)):
        frames.append(configuration)
        size += configuration.positions_nc.nbytes
        if not k % _FRAMES_AT_ONCE:
            refuse_more_than_fits(size, f"{path}: its first {k + 1} frames")
    return frames


def read_trajectory(
    path: str | Path | Sequence[str | Path], model: GlassModel | str, time_step: float | None = None
) -> Trajectory:
    """Unwrapped positions of the same particles at recorded time steps.

    A trajectory larger than 256 MiB stays on disk: that of a NetCDF file in the file, that of dumps, which
    are read once, in a nameless file in the folder for temporary files (``TMPDIR``).

    Positions must be unwrapped (xu, xsu) or come with image flags. Frames need not be evenly spaced. A
    frame that repeats the one before it, as where a run was continued, is dropped.

    Args:
        path: a LAMMPS dump or a NetCDF file of this package, or several that follow one another.
        model: a model or its name.
        time_step: δt [time]; None takes it from the file (NetCDF, or ``dump_modify time yes``), and where the
            file does not tell, from the model.

    Raises:
        ConfigurationError: a frame is malformed, is wrapped without image flags, holds other particles
            or another box than the first; steps do not increase; δt is not that of the file.

    Warns:
        AssumedTimeStepWarning: neither the caller nor the file tells δt.
        ModelMismatchWarning: as ``read_configuration``.
    """
    model = _as_model(model)
    paths = [path] if isinstance(path, str | Path) else [*path]
    if not paths:
        raise ConfigurationError("there is no file to read a trajectory from")
    if len(paths) == 1 and file_format(paths[0]) == "netcdf":
        records = open_netcdf(paths[0])
        if records.attributes["content"] == b"trajectory":
            return _stored_trajectory(records, model, time_step)
    return _collected_trajectory(paths, model, time_step)


def _stored_trajectory(
    records: NetcdfRecords, model: GlassModel, time_step: float | None
) -> Trajectory:
    """A trajectory that this package wrote; a long one stays where it is."""
    first = netcdf_content(records, slice(0, 1)).configuration(0)
    check_fits_model(first, model)
    steps = records.read("step").astype(np.int64)
    for begin in range(0, records.n_records, _FRAMES_AT_ONCE):
        frames = slice(begin, begin + _FRAMES_AT_ONCE)
        species_tn = records.read("type", frames) - 1
        box_tc = records.read("cell_lengths", frames)[:, : model.dimension]
        refuse_impossible_positions(
            records.read("coordinates", frames)[..., : model.dimension],
            first.box_c,
            f"{records.path}: frames from {begin} on",
        )
        for k, (species, box_c) in enumerate(zip(species_tn, box_tc, strict=True)):
            where = f"{records.path}: frame {begin + k}"
            _refuse_other_species(species, first, where)
            _refuse_other_box(box_c, first, where)
    late = np.flatnonzero(np.diff(steps) <= 0)
    if len(late):
        where = f"{records.path}: frame {late[0] + 1}"
        raise _out_of_order(where, steps[late[0] + 1], steps[late[0]])
    positions_tnc = records.positions("coordinates", model.dimension)
    stated = stated_time_step(records)
    return Trajectory(
        positions_tnc=positions_tnc if positions_tnc.nbytes > IN_MEMORY_BYTES else positions_tnc[:],
        steps=steps,
        time_step=_agreed_time_step(time_step, stated, model, records.path, len(steps)),
        species=first.species,
        box_c=first.box_c,
        ids=first.ids,
        source=records.path,
    )


def _collected_trajectory(
    paths: Sequence[str | Path], model: GlassModel, time_step: float | None
) -> Trajectory:
    """The frames of files that follow one another, read once."""
    first: Configuration | None = None
    collector = FrameCollector()
    steps: list[int] = []
    times: list[float] = []
    declared: set[float | None] = set()
    for file in paths:
        for configuration, time, stated in _timed_frames(file, model, with_velocities=False):
            declared.add(stated)
            unwrapped = configuration.unwrapped_positions()
            refuse_impossible_positions(unwrapped, configuration.box_c, configuration.source)
            if first is None:
                check_fits_model(configuration, model)
                first = configuration
            _refuse_other_system(configuration, first)
            step = _step(configuration)
            if steps and step == steps[-1] and collector.ends_with(unwrapped):
                continue
            if steps and step <= steps[-1]:
                raise _out_of_order(configuration.source, step, steps[-1])
            collector.append(unwrapped)
            steps.append(step)
            times.append(np.nan if time is None else time)
    assert first is not None  # _timed_frames raises where a file has no frame
    source = str(paths[0]) if len(paths) == 1 else f"{paths[0]} … {paths[-1]}"
    recorded = _recorded_time_step(declared, np.array(steps), np.array(times), source)
    return Trajectory(
        positions_tnc=collector.frames(),
        steps=np.array(steps, dtype=np.int64),
        time_step=_agreed_time_step(time_step, recorded, model, source, len(steps)),
        species=first.species,
        box_c=first.box_c,
        ids=first.ids,
        source=source,
    )


def _out_of_order(where: str, step: int, before: int) -> ConfigurationError:
    return ConfigurationError(
        f"{where}: step {step} follows step {before}: frames must be in the order of their steps (are "
        "these the frames of one run?)"
    )


def _as_model(model: GlassModel | str) -> GlassModel:
    return get_model(model) if isinstance(model, str) else model


def _position(frame: int, n_frames: int, path: str | Path) -> int:
    if not -n_frames <= frame < n_frames:
        raise ConfigurationError(f"{path}: no frame {frame}: the file has {n_frames}")
    return frame % n_frames


def _timed_frames(
    path: str | Path, model: GlassModel, *, with_velocities: bool
) -> Iterator[tuple[Configuration, float | None, float | None]]:
    """Each frame with its recorded time, and the δt that the file states [time]."""
    form = file_format(path)
    if form in TABLE_FORMATS:
        reader = TABLE_FORMATS[form]
        for frame in reader.frames(path):
            table = reader.parse(frame, with_velocities=with_velocities)
            yield table.configuration(model), table.time, table.time_step
    elif form == "netcdf":
        records = open_netcdf(path)
        for begin in range(0, records.n_records, _FRAMES_AT_ONCE):
            content = netcdf_content(records, slice(begin, begin + _FRAMES_AT_ONCE))
            for k in range(content.n_frames):
                yield content.configuration(k), None, content.time_step
    else:
        raise ConfigurationError(
            f"{path}: trajectories are read from LAMMPS dumps (text, YAML, NetCDF), extended XYZ and NetCDF "
            "files of lmpmeso, and this is none; formats of MDAnalysis hold single precision and no image "
            "flags: dump … custom … id type x y z ix iy iz"
        )


def _step(configuration: Configuration) -> int:
    if configuration.step is None:
        raise ConfigurationError(f"{configuration.source}: the frame has no time step")
    return configuration.step


def _refuse_other_system(configuration: Configuration, first: Configuration) -> None:
    where = configuration.source
    if configuration.n_particles != first.n_particles:
        raise ConfigurationError(
            f"{where}: {configuration.n_particles} particles, the first frame has {first.n_particles}"
        )
    _refuse_other_species(configuration.species, first, where)
    _refuse_other_box(configuration.box_c, first, where)


def _refuse_other_species(species: IntArray, first: Configuration, where: str) -> None:
    changed = np.flatnonzero(species != first.species)
    if len(changed):
        raise ConfigurationError(
            f"{where}: particle {first.ids[changed[0]]} changed its species since the first frame"
        )


def _refuse_other_box(box_c: FloatArray, first: Configuration, where: str) -> None:
    if not np.allclose(box_c, first.box_c, rtol=1e-10, atol=0):
        raise ConfigurationError(
            f"{where}: the box changed from {first.box_c} to {box_c}; dynamics are analysed at constant "
            "volume (NVT or NVE) only"
        )


def _recorded_time_step(
    declared: set[float | None], steps: IntArray, times: FloatArray, source: str
) -> float | None:
    """δt [time] as stated, else from recorded times; None where there is neither."""
    if len(declared) > 1:
        raise ConfigurationError(f"{source}: the files state different time steps: {declared}")
    if declared != {None}:
        return declared.pop()
    if len(steps) < 2 or np.isnan(times).any():
        return None
    time_step = (times[-1] - times[0]) / (steps[-1] - steps[0])
    off = np.abs(times - times[0] - time_step * (steps - steps[0])).max()
    if not time_step > 0 or off > 1e-6 * time_step * (steps[-1] - steps[0]):
        raise ConfigurationError(
            f"{source}: the recorded times are not proportional to the steps (the time step was changed "
            "during the run?); read the parts separately"
        )
    # Times are printed with 16 digits: their difference has not quite as many.
    return float(f"{time_step:.12g}")


def _agreed_time_step(
    given: float | None, recorded: float | None, model: GlassModel, source: str, n_frames: int
) -> float:
    if given is not None and not given > 0:
        raise ConfigurationError(f"the time step must be positive, got {given}")
    if given is not None and recorded is not None and abs(given / recorded - 1) > 1e-6:
        raise ConfigurationError(
            f"{source}: the time step given, {given:g}, is not the one the file records, {recorded:g}"
        )
    told = recorded if given is None else given
    if told is not None:
        return told
    if n_frames > 1:
        hot = model.high_temperature_time_step
        warnings.warn(
            f"{source}: no time step is recorded; that of model {model.name!r}, {model.time_step:g}"
            + (f" (above T = 1 it would be {hot:g})" if hot != model.time_step else "")
            + ", is assumed, and all times depend on it: give time_step (--time-step), or dump with "
            "`dump_modify ID time yes`",
            AssumedTimeStepWarning,
            stacklevel=4,
        )
    return model.time_step
