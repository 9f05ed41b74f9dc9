"""Trajectories: the same particles at recorded time steps, from one file or several.

Array suffixes: t frame, n particle, c Cartesian component.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from lmpmeso.arrays import FloatArray, IntArray
from lmpmeso.configurations.configuration import Configuration, Trajectory, TrajectoryLike
from lmpmeso.configurations.formats import file_format
from lmpmeso.configurations.frame_choice import FrameChoice, Frames, Steps
from lmpmeso.configurations.frames import Frame, frames_of, in_order_of_steps, is_continued
from lmpmeso.configurations.impossible_motion import refuse_impossible_motion
from lmpmeso.configurations.model_fit import check_fits_model, refuse_impossible_positions
from lmpmeso.configurations.netcdf_records import NetcdfRecords
from lmpmeso.configurations.stored_frames import IN_MEMORY_BYTES, FrameCollector
from lmpmeso.configurations.stored_netcdf import (
    netcdf_content,
    open_netcdf,
    stated_time_step,
)
from lmpmeso.errors import AssumedTimeStepWarning, ConfigurationError, TrajectoryWarning
from lmpmeso.models import GlassModel, get_model

_FRAMES_AT_ONCE = 100
_PRINTED = 1.1e-5
"""Two positions that differ by less of themselves are equal but for the last of LAMMPS's six digits."""


def read_trajectory(
    path: str | Path | Sequence[str | Path],
    model: GlassModel | str,
    time_step: float | None = None,
    *,
    frames: Frames = None,
    steps: Steps = None,
    temperature: float | None = None,
    force: bool = False,
) -> Trajectory:
    """Unwrapped positions of the same particles at recorded time steps.

    A trajectory larger than 256 MiB stays on disk: that of a NetCDF file in the file, that of dumps, which
    are read once, in a nameless file in the folder for temporary files (``TMPDIR``).

    Positions must be unwrapped (xu, xsu) or come with image flags. Frames need not be evenly spaced. Several
    files are put in the order of their first steps. A frame that repeats the one before it, as where a run was
    continued, is dropped. Where a run was continued from an earlier frame, which must be the same in both, the
    later run counts; where the steps were set back to 0 at the same positions, the frames before it are dropped.

    Args:
        path: a LAMMPS dump, an extended XYZ or a NetCDF file of this package, or several of one run, one frame each or
            many.
        model: a model or its name.
        time_step: δt [time]; None takes it from the file (NetCDF, or ``dump_modify time yes``), and where the
            file does not tell, from the model.
        frames: only these, numbered from 0 through all files as they stand there: a slice, or ``"A:B:STEP"``. Where a run
            was continued, every STEP-th of the frames that count.
        steps: only MD steps from the first to the last, both included: a pair, or ``"A:B"``.
        temperature: of the run [energy], where it is known: bounds how far particles can move between frames.
        force: take positions that no motion explains; of runs of this program, whose frames are unwrapped, all are.

    Raises:
        ConfigurationError: a frame is malformed, is wrapped without image flags, holds other particles
            or another box than the first; steps do not increase; δt is not that of the file; no frame is chosen;
            particles move between two frames as no motion explains.

    Warns:
        AssumedTimeStepWarning: neither the caller nor the file tells δt.
        ModelMismatchWarning: as ``read_configuration``.
        TrajectoryWarning: frames are left out: the last one is cut, or steps were run twice.
    """
    model = get_model(model)
    paths = [path] if isinstance(path, str | Path) else [*path]
    if not paths:
        raise ConfigurationError("there is no file to read a trajectory from")
    choice = FrameChoice.of(frames, steps)
    trajectory = _read(paths, model, time_step, choice)
    if not force:
        refuse_impossible_motion(trajectory, model, temperature)
    return replace(trajectory, model=model)


def trajectory_and_model(
    given: TrajectoryLike, model: GlassModel | str | None
) -> tuple[Trajectory, GlassModel | None]:
    """A trajectory as it is, or that of the file whose path is given; the model given, else its own.

    Raises:
        ConfigurationError: it is neither, or a path without a model; or as :func:`read_trajectory`.
    """
    model = None if model is None else get_model(model)
    if isinstance(given, str | os.PathLike):
        if model is None:
            raise ConfigurationError(
                f"{os.fspath(given)}: a trajectory is read with its model: model=…"
            )
        return read_trajectory(os.fspath(given), model), model
    if not isinstance(given, Trajectory):
        raise ConfigurationError(
            f"a trajectory is needed here, not of type {type(given).__name__}: "
            "read one with lmpmeso.read_trajectory(path, model)"
        )
    return given, model or given.model


def _read(
    paths: Sequence[str | Path], model: GlassModel, time_step: float | None, choice: FrameChoice
) -> Trajectory:
    """The chosen frames, where they lie or collected."""
    if len(paths) == 1 and file_format(paths[0]) == "netcdf":
        records = open_netcdf(paths[0])
        if records.attributes["content"] == b"trajectory":
            return _chosen(_stored_trajectory(records, model, time_step), choice)
    return _collected_trajectory(in_order_of_steps(paths), model, time_step, choice)


def _chosen(trajectory: Trajectory, choice: FrameChoice) -> Trajectory:
    """Some frames of a trajectory."""
    if choice == FrameChoice():
        return trajectory
    indices = choice.indices(trajectory.steps)
    if not len(indices):
        raise ConfigurationError(
            f"{trajectory.source}: none of its {trajectory.n_frames} frames, steps {trajectory.steps[0]} to "
            f"{trajectory.steps[-1]}, is among those chosen"
        )
    return replace(
        trajectory,
        positions_tnc=trajectory.positions_tnc[indices],
        steps=trajectory.steps[indices],
    )


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
        if first.diameters is not None:
            for k, diameters in enumerate(records.read("diameter", frames)):
                _refuse_other_sizes(diameters, first, f"{records.path}: frame {begin + k}")
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
        time_step_assumed=time_step is None and stated is None,
        species=first.species,
        diameters=first.diameters,
        box_c=first.box_c,
        ids=first.ids,
        source=records.path,
    )


def _collected_trajectory(
    paths: Sequence[str | Path], model: GlassModel, time_step: float | None, choice: FrameChoice
) -> Trajectory:
    """The frames of files that follow one another, read once."""
    every = choice.every
    # Which frames of a run that was continued count, only all of them tell.
    all_are_read = every > 1 and is_continued(paths, model, choice)
    joined: _Joined | None = None
    taken = replace(choice, every=1) if all_are_read else choice
    for k, frame in enumerate(frames_of(paths, model, taken)):
        joined = joined or _Joined(frame.configuration)
        joined.add(frame)
        if k == 0:
            check_fits_model(frame.configuration, model)
    assert joined is not None  # frames_of raises where there is no frame
    source = str(paths[0]) if len(paths) == 1 else f"{paths[0]} … {paths[-1]}"
    steps = np.array(joined.steps, dtype=np.int64)
    _warn_of_minimisation(steps, source)
    recorded = _recorded_time_step(joined.declared, steps, np.array(joined.times), source)
    trajectory = Trajectory(
        positions_tnc=joined.collector.frames(),
        steps=steps,
        time_step=_agreed_time_step(time_step, recorded, model, source, len(steps)),
        time_step_assumed=time_step is None and recorded is None,
        species=joined.first.species,
        diameters=joined.first.diameters,
        box_c=joined.first.box_c,
        ids=joined.first.ids,
        source=source,
    )
    return _chosen(trajectory, FrameChoice(every=every)) if all_are_read else trajectory


class _Joined:
    """Frames of one run, also where it was continued from an earlier frame.

    ``first`` is the first frame read; ``steps``, ``times`` and ``collector`` hold those that count; ``declared``
    are the time steps that the files state.
    """

    def __init__(self, first: Configuration):
        self.first = first
        self.collector = FrameCollector()
        self.steps: list[int] = []
        self.times: list[float] = []
        self.declared: set[float | None] = set()
        self._is_back = False

    def add(self, frame: Frame) -> None:
        """Take the next frame.

        Raises:
            ConfigurationError: it is of another system, or its step is not a later one.
        """
        unwrapped_nc = frame.configuration.unwrapped_positions()
        refuse_impossible_positions(unwrapped_nc, self.first.box_c, frame.configuration.source)
        _refuse_other_system(frame.configuration, self.first)
        self.declared.add(frame.time_step)
        step = _step(frame.configuration)
        if self.steps and step <= self.steps[-1]:
            if self._is_back and step < self.steps[-1]:
                raise _out_of_order(frame.configuration.source, step, self.steps[-1])
            self._is_back = step < self.steps[-1]
            n_kept = self._n_that_count(step, unwrapped_nc, frame.configuration.source)
            self.collector.cut(n_kept)
            del self.steps[n_kept:], self.times[n_kept:]
            if n_kept:
                return
        self._is_back = False
        self.collector.append(unwrapped_nc)
        self.steps.append(step)
        self.times.append(np.nan if frame.time is None else frame.time)

    def _n_that_count(self, step: int, unwrapped_nc: FloatArray, where: str) -> int:
        """How many of the frames so far count when this step comes again, the last of them at this step."""
        index = int(np.searchsorted(self.steps, step))
        last = self.steps[-1]
        was_read = self.steps[index] == step
        if was_read and self._is_at(index, unwrapped_nc):
            void = self.steps[index + 1 :]
            if void:
                _warn(
                    f"{where}: step {step} comes again after step {last}, at the same positions: the run was "
                    f"continued from there. {last - step} steps were run twice and the later run counts: "
                    f"{len(void)} frames of the earlier one, from step {void[0]} on, are left out"
                )
            return index + 1
        if step == 0 and self._is_at(-1, unwrapped_nc):
            _warn(
                f"{where}: step 0 follows step {last} at the same positions: the steps were set back, as after "
                f"a minimisation or an equilibration. The {len(self.steps)} frames before are left out; "
                f"--frames 0:{len(self.steps)} (frames=) takes those"
            )
            return 0
        told = (
            "which was read before with other positions"
            if was_read
            else "which was not read before"
        )
        raise ConfigurationError(
            f"{where}: step {step} follows step {last}: frames must be in the order of their steps, and a run "
            f"that was continued must repeat the frame of step {step}, {told}. Are these the frames of one "
            "run? Take those of one with --frames A:B or --steps A:B (frames=, steps=)"
        )

    def _is_at(self, index: int, positions_nc: FloatArray) -> bool:
        """Whether a frame has these positions, to the digits that LAMMPS prints."""
        rounding = 1e-7 * float(self.first.box_c.max())
        return np.allclose(self.collector.frame(index), positions_nc, rtol=_PRINTED, atol=rounding)


def _warn_of_minimisation(steps: IntArray, source: str) -> None:
    """Say where one frame is off the grid of all others: LAMMPS writes one at the end of a minimisation."""
    if len(steps) < 5:
        return
    interval = int(steps[-1] - steps[-2])
    off = np.flatnonzero((steps - steps[0]) % interval)
    if len(off) == 1 and (np.diff(np.delete(steps, off)) == interval).all():
        _warn(
            f"{source}: step {steps[off[0]]} is off the grid of {interval} steps of all other frames, as where a "
            f"minimisation ends: its frames are no dynamics; --steps {steps[off[0]]}: (steps=) leaves them out"
        )


def _warn(message: str) -> None:
    warnings.warn(message, TrajectoryWarning, stacklevel=5)


def _out_of_order(where: str, step: int, before: int) -> ConfigurationError:
    return ConfigurationError(
        f"{where}: step {step} follows step {before}: frames must be in the order of their steps, time does "
        "not run backwards"
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
    _refuse_other_sizes(configuration.diameters, first, where)
    _refuse_other_box(configuration.box_c, first, where)


def _refuse_other_species(species: IntArray, first: Configuration, where: str) -> None:
    changed = np.flatnonzero(species != first.species)
    if len(changed):
        raise ConfigurationError(
            f"{where}: particle {first.ids[changed[0]]} changed its species since the first frame"
        )


def _refuse_other_sizes(diameters: FloatArray | None, first: Configuration, where: str) -> None:
    if diameters is None or first.diameters is None:
        return
    if not np.array_equal(diameters, first.diameters):
        changed = int(np.flatnonzero(diameters != first.diameters)[0])
        raise ConfigurationError(
            f"{where}: particle {first.ids[changed]} changed its size since the first frame, as in a run with swaps: "
            "read such frames one by one"
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
