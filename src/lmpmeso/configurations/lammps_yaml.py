"""Dumps of LAMMPS in YAML (``dump … yaml …``), read as text dumps are.

https://docs.lammps.org/dump.html describes the format.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from lmpmeso.configurations.cut_frames import CutFrameError, without_rubble
from lmpmeso.configurations.frame_texts import FrameText, frame_text, frame_texts
from lmpmeso.configurations.lammps_dump import FrameHead
from lmpmeso.configurations.particle_table import ParticleTable
from lmpmeso.errors import ConfigurationError
from lmpmeso.files.words import shown, whole

START = b"creator: LAMMPS"
"""How each frame begins, behind the line of three hyphens."""
_DATA = re.compile(rb"^data:[^\n]*\n", re.MULTILINE)
_STEP = re.compile(rb"^timestep:([^\n]*)\n", re.MULTILINE)
_LIST = re.compile(r"\[(.*)\]")
_END = re.compile(rb"^(\.\.\.|---)", re.MULTILINE)
_TO_BLANKS = bytes.maketrans(b"[],\"'", b"     ")


def yaml_frames(path: str | Path) -> Iterator[FrameText]:
    """The frames of a dump in YAML, one in memory at a time.

    Raises:
        ConfigurationError: there is none, or the compressed file is damaged.
    """
    return frame_texts(path, START)


def yaml_frame(path: str | Path, index: int) -> FrameText:
    """Frame ``index`` of a dump in YAML; negative ones count from the end.

    Raises:
        ConfigurationError: there is no such frame.
    """
    return frame_text(path, index, START)


def parse_yaml_frame(frame: FrameText, *, with_velocities: bool = True) -> ParticleTable:
    """The particles of a frame, as the file gives them.

    Raises:
        CutFrameError: the frame is truncated.
        ConfigurationError: it is malformed, its box is triclinic or not periodic, or a number of a column
            that is used is not a finite number.
    """
    step = yaml_step(frame)
    data = _DATA.search(frame.text)
    if data is None:
        raise CutFrameError(
            f"{frame.where} (step {step}), line {frame.first_line()}: truncated: the frame ends in its header",
            step,
        )
    keys, lists = _header(frame.text[: data.start()].decode(errors="replace"))
    where = f"{frame.where} (step {step})"
    bounds = lists.get("box", [])
    if len(bounds) == 4:  # the tilts stand below the edges
        bounds = [[*edge, tilt] for edge, tilt in zip(bounds[:3], bounds[3], strict=False)]
    words = _words(keys.get("boundary", ""))
    head = FrameHead(
        step=step,
        n=_whole(keys, "natoms", where),
        bounds=bounds,
        flags=[low + high for low, high in zip(words[::2], words[1::2], strict=False)],
        names=_words(keys.get("keywords", "")),
        time=keys.get("time"),
    )
    end = _END.search(frame.text, data.end())
    rows = without_rubble(frame.text[data.end() : end.start() if end else None], b"---")
    n_head_lines = frame.text.count(b"\n", 0, data.end())
    return head.table(
        _columns(rows), where, lambda row: frame.first_line() + n_head_lines + row, with_velocities
    )


def yaml_step(frame: FrameText) -> int:
    """The time step of a frame.

    Raises:
        ConfigurationError: there is no whole number.
        CutFrameError: the frame ends before.
    """
    line = _STEP.search(frame.text)
    if line is None:
        raise CutFrameError(
            f"{frame.where}, line {frame.first_line()}: truncated: the frame ends in its header",
            None,
        )
    return _whole({"timestep": line[1].decode(errors="replace").strip()}, "timestep", frame.where)


def _header(text: str) -> tuple[dict[str, str], dict[str, list[list[str]]]]:
    """Values by key, and for keys with a list of lists below them these."""
    keys: dict[str, str] = {}
    lists: dict[str, list[list[str]]] = {}
    key = ""
    for line in text.splitlines():
        if line.lstrip().startswith("- "):
            lists.setdefault(key, []).append(_words(line))
        elif not line.startswith(" "):
            key, _, value = line.partition(":")
            keys[key] = value.strip()
    return keys, lists


def _words(text: str) -> list[str]:
    """The words of a list in brackets, which may end with a comma."""
    found = _LIST.search(text)
    return [word.strip(" \"'") for word in found[1].split(",") if word.strip()] if found else []


def _columns(rows: bytes) -> bytes:
    """``  - [ 1, 2.5, ]`` as words between blanks."""
    plain = re.sub(rb"^[ \t]*-[ \t]*\[", b"", rows, flags=re.MULTILINE).translate(_TO_BLANKS)
    return plain if plain[-1:].strip() else plain.rstrip() + b"\n" * bool(plain.strip())


def _whole(keys: dict[str, str], key: str, where: str) -> int:
    try:
        return whole(keys[key])
    except (KeyError, ValueError):
        raise ConfigurationError(
            f"{where}: {key} must be a whole number, got {shown(keys.get(key, ''))}"
        ) from None
