"""The frames of one file after the other, as they stand there; whole ones, where the last is cut."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lmpmeso.configurations import compression
from lmpmeso.configurations.configuration import Configuration
from lmpmeso.configurations.cut_frames import CutFrameError
from lmpmeso.configurations.formats import TABLE_FORMATS, TELL_UNITS, TableFormat, file_format
from lmpmeso.configurations.frame_choice import FrameChoice, Frames, Steps
from lmpmeso.configurations.limits import refuse_more_than_fits
from lmpmeso.configurations.mdanalysis import iter_with_mdanalysis, warn_of_precision
from lmpmeso.configurations.model_fit import check_fits_model, refuse_other_units
from lmpmeso.configurations.reading import read_configuration
from lmpmeso.configurations.stored_netcdf import netcdf_content, open_netcdf
from lmpmeso.errors import ConfigurationError, TrajectoryWarning
from lmpmeso.models import GlassModel, get_model

_FRAMES_AT_ONCE = 100
_BLANK = b"\0 \t\r\n"


@dataclass(frozen=True, eq=False)
class Frame:
    """A frame with its recorded time, and the δt that the file states [time]; None where it does not."""

    configuration: Configuration
    time: float | None = None
    time_step: float | None = None


@dataclass(frozen=True)
class _Unread:
    """A frame whose numbers are read when they are asked for."""

    step: Callable[[], int | None]
    read: Callable[[], Frame]


def iter_configurations(
    path: str | Path, model: GlassModel | str, frames: Frames = None, steps: Steps = None
) -> Iterator[Configuration]:
    """The frames of a file of any format, one after the other; the only one of a data file.

    ``frames`` and ``steps`` choose some, as for ``read_trajectory``.

    Raises:
        ConfigurationError: as ``read_configuration``, or no frame is chosen.

    Warns:
        ModelMismatchWarning: as ``read_configuration``, of the first frame.
        PrecisionWarning: as ``read_configuration``, of the first frame.
        TrajectoryWarning: the last frame is cut, and left out.
    """
    model = get_model(model)
    form = file_format(path)
    if form == "data":
        yield read_configuration(path, model)
        return
    choice = FrameChoice.of(frames, steps)
    if form == "other":
        yield from _chosen_with_mdanalysis(path, model, choice)
        return
    for k, frame in enumerate(frames_of([path], model, choice, with_velocities=True)):
        check_fits_model(frame.configuration, model, warn=k == 0)
        if k == 0 and frame.configuration.single_precision:
            warn_of_precision(frame.configuration)
        yield frame.configuration


def all_configurations(
    path: str | Path, model: GlassModel | str, frames: Frames = None, steps: Steps = None
) -> list[Configuration]:
    """The frames of ``iter_configurations`` at once.

    Raises:
        ConfigurationError: as ``iter_configurations``.
        ResourceError: the memory does not hold them.
    """
    found: list[Configuration] = []
    size = 0
    for configuration in iter_configurations(path, model, frames, steps):
        found.append(configuration)
        size += configuration.positions_nc.nbytes
        if not len(found) % _FRAMES_AT_ONCE:
            refuse_more_than_fits(size, f"{path}: its first {len(found)} frames")
    return found


def _chosen_with_mdanalysis(
    path: str | Path, model: GlassModel, choice: FrameChoice
) -> Iterator[Configuration]:
    """Frames of a format that MDAnalysis reads, of which all are read to choose some."""
    found = list(iter_with_mdanalysis(path, model))
    steps = np.array([k if one.step is None else one.step for k, one in enumerate(found)])
    for k in choice.indices(steps):
        yield found[k]


def in_order_of_steps(paths: Sequence[str | Path]) -> list[str | Path]:
    """Files by the MD step of their first frame; one that tells none comes last."""
    if len(paths) < 2:
        return [*paths]
    firsts = {path: _first_step(path) for path in paths}
    return sorted(paths, key=lambda path: (firsts[path] is None, firsts[path] or 0))


def frames_of(
    paths: Sequence[str | Path],
    model: GlassModel,
    choice: FrameChoice,
    *,
    with_velocities: bool = False,
) -> Iterator[Frame]:
    """The chosen frames of files, numbered through all of them; frames that are not chosen are not read.

    A frame that is cut at the end of a file is left out, and so is one that was written again after it.

    Raises:
        ConfigurationError: a frame is malformed, or cut although others follow; none is chosen.

    Warns:
        TrajectoryWarning: a frame is cut, and left out.
    """
    if choice.counts_from_the_end:
        choice = choice.of_total(sum(1 for path in paths for _ in _unread(path, model, False)))
    number, n_taken = -1, 0
    last_step: int | None = None
    cut: CutFrameError | None = None
    for path in paths:
        if n_taken and path == paths[-1] and _is_blank(path):
            _warn(f"{path}: the file holds nothing yet")
            break
        first_number = number + 1
        for unread in _unread(path, model, with_velocities):
            number += 1
            if cut is not None:
                _refuse_unless_written_again(cut, unread, last_step)
                cut = None
            if choice.is_past(number):
                break
            try:
                if not choice.takes_number(number) or not _has_chosen_step(unread, choice):
                    continue
                frame = unread.read()
            except CutFrameError as error:
                cut = error
                continue
            n_taken += 1
            last_step = frame.configuration.step
            yield frame
        if cut is not None and (not n_taken or (number == first_number and path != paths[-1])):
            raise cut
        if cut is not None:
            _warn(f"{cut}. The run was killed, or still writes: the whole frames before are taken")
            cut = None
    if n_taken == 0:
        # Those beyond the last one that may be chosen were not counted.
        counted = "" if choice.is_past(number) else f"{number + 1} "
        raise ConfigurationError(
            f"{paths[0]}: none of its {counted}frames is among those chosen (--frames A:B counts "
            "from 0, --steps A:B are MD steps)"
        )


def is_continued(paths: Sequence[str | Path], model: GlassModel, choice: FrameChoice) -> bool:
    """Whether steps come again among the frames from the first to the last that may be chosen; only their heads are read."""
    if choice.counts_from_the_end:
        choice = choice.of_total(sum(1 for path in paths for _ in _unread(path, model, False)))
    before: int | None = None
    for number, unread in enumerate(one for path in paths for one in _unread(path, model, False)):
        if choice.is_past(number):
            break
        with suppress(CutFrameError):
            step = unread.step() if number >= choice.begin else None
            if step is not None and before is not None and step <= before:
                return True
            before = before if step is None else step
    return False


def _has_chosen_step(unread: _Unread, choice: FrameChoice) -> bool:
    if not choice.asks_for_steps:
        return True
    step = unread.step()
    return step is not None and choice.takes_step(step)


def _refuse_unless_written_again(
    cut: CutFrameError, following: _Unread, last_step: int | None
) -> None:
    """A frame that is cut is no loss where the run was continued from before it."""
    step, lost = following.step(), last_step if cut.step is None else cut.step
    if step is None or lost is None or step > lost:
        raise ConfigurationError(
            f"{cut}, and a frame of step {step} follows; take the frames before it or after it with "
            "--frames A:B or --steps A:B (frames=, steps=)"
        ) from cut
    _warn(f"{cut}. Step {step} follows: the run was continued from there, and the later run counts")


def _unread(path: str | Path, model: GlassModel, with_velocities: bool) -> Iterator[_Unread]:
    form = file_format(path)
    if form in TELL_UNITS:
        refuse_other_units(path, model)
    if form in TABLE_FORMATS:
        reader = TABLE_FORMATS[form]
        for frame in reader.frames(path):
            yield _of_table(frame, reader, model, with_velocities)
    elif form == "netcdf":
        records = open_netcdf(path)
        for begin in range(0, records.n_records, _FRAMES_AT_ONCE):
            content = netcdf_content(records, slice(begin, begin + _FRAMES_AT_ONCE))
            for k in range(content.n_frames):
                yield _known(Frame(content.configuration(k), time_step=content.time_step))
    else:
        raise ConfigurationError(
            f"{path}: trajectories are read from LAMMPS dumps (text, YAML, NetCDF), extended XYZ and NetCDF "
            "files of lmpmeso, and this is none; formats of MDAnalysis hold single precision and no image "
            "flags: dump … custom … id type x y z ix iy iz"
        )


def _known(frame: Frame) -> _Unread:
    return _Unread(lambda: frame.configuration.step, lambda: frame)


def _of_table(frame: Any, reader: TableFormat, model: GlassModel, with_velocities: bool) -> _Unread:
    def read() -> Frame:
        table = reader.parse(frame, with_velocities=with_velocities)
        if frame.cut:
            _warn(
                f"{frame.where} (step {table.step}): the compressed file ends early after this frame "
                f"({frame.cut}); the frames that are whole are taken"
            )
        return Frame(table.configuration(model), table.time, table.time_step)

    return _Unread(lambda: reader.step(frame), read)


def _first_step(path: str | Path) -> int | None:
    """MD step of the first frame, where the file tells."""
    if _is_blank(path):
        return None
    form = file_format(path)
    if form == "netcdf":
        records = open_netcdf(path)
        return int(records.read("step", slice(0, 1))[0]) if records.n_records else None
    if form not in TABLE_FORMATS:
        return None
    reader = TABLE_FORMATS[form]
    try:
        return reader.step(next(reader.frames(path)))
    except CutFrameError:
        return None


def _is_blank(path: str | Path) -> bool:
    """Whether nothing but NULs and blanks is there: a file was made, and its frame not yet written."""
    with compression.reading(path) as stream:
        return not compression.Available(stream).read(8192).strip(_BLANK)


def _warn(message: str) -> None:
    warnings.warn(message, TrajectoryWarning, stacklevel=5)
