"""Named columns of numbers, one row a particle, as a file gave them; from them a configuration.

Array suffixes: n particle (in file order until sorted), c Cartesian component.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lmpmeso.arrays import FloatArray, IntArray
from lmpmeso.configurations.configuration import Configuration
from lmpmeso.errors import ConfigurationError
from lmpmeso.files.words import begin_of, is_number, shown, whole
from lmpmeso.models import GlassModel

_AXES = "xyz"
_POSITION = re.compile(r"[xyz](s|u|su)?")
_BOOLEAN = re.compile(rb"(?<!\S)(true|false)(?!\S)", re.IGNORECASE)
"""pandas takes them for the numbers 1 and 0."""
_EXACT_TO = 2**53
"""Larger whole numbers are not all doubles."""
NAMED = ("typelabel", "element", "species")
"""Columns of names of species, which count where there is none of types."""
SIZES = {"diameter": 1.0, "radius": 2.0}
"""Columns of sizes, and what makes a diameter of each."""
ROUNDED = "rounded"
"""Column of a dump, or key of another file, that says that positions are rounded where their digits do not."""

EXACT_DIGITS = 15
"""A position with so many is written in full."""
SMALL_BLOCK = 32_000
"""Blocks of at most this many bytes are read word by word: pandas takes 1.3 ms to begin."""


def _exact(version: str) -> dict[str, Any]:
    """What makes a version of pandas return the nearest double.

    Up to 3.0 only the "round_trip" converter does; from 3.1 on every converter does, and naming one is deprecated.
    """
    is_default = tuple(int(part) for part in version.split(".")[:2]) >= (3, 1)
    return {} if is_default else {"float_precision": "round_trip"}


@dataclass(frozen=True, eq=False)
class ParticleTable:
    """The particles of one frame, in the order of the file.

    Attributes:
        where: file and frame, for messages.
        columns: values of each column, shape (N,), under LAMMPS's dump names (``id``, ``type``,
            ``x``, ``xs``, ``xu``, ``xsu``, ``ix``, ``vx``, …).
        lower: lower corner of the box [length], for x, y and z.
        lengths: edge lengths of the box [length], for x, y and z.
        line_of_row: line of the file that holds a row.
        open_axes: letters of the axes that are not periodic.
        step: time step of the frame, or None.
        time: elapsed time of the frame [time], or None where the file does not say.
        time_step: δt that the file states [time], or None.
        few_digits: True when the positions were printed with fewer digits than float64 holds.
        labels: what each particle is, shape (N,), where there is no column ``type``: names of species.
    """

    where: str
    columns: dict[str, FloatArray]
    lower: tuple[float, ...]
    lengths: tuple[float, ...]
    line_of_row: Callable[[int], int]
    open_axes: str = ""
    step: int | None = None
    time: float | None = None
    time_step: float | None = None
    few_digits: bool = False
    labels: Sequence[str] | None = None

    def configuration(self, model: GlassModel) -> Configuration:
        """The particles in the order of their ids, in the model's dimension.

        Unwrapped columns give image flags 0, so that positions + image flags · box are the unwrapped
        positions wherever there are image flags.

        Raises:
            ConfigurationError: a column is missing, a number is not finite or not whole, an id is
                missing or occurs twice, a type is not one of the model's, or z varies in 2D.
        """
        d = model.dimension
        axes = _AXES[:d]
        style, with_images = self._position_style(axes)
        self._refuse_open_boundaries(axes)
        self._require("id", *(["type"] if self.labels is None else []))
        self._refuse_non_finite()
        ids = self._whole_numbers("id")
        types = self._types(model)
        self._refuse_foreign_types(types, model)
        if d == 2:
            self._refuse_varying_z()
        order = self._order(ids)
        lower, lengths = np.array(self.lower[:d]), np.array(self.lengths[:d])

        positions = self._stacked([a + style for a in axes], order)
        if style.startswith("s"):
            positions = lower + positions * lengths
        images = None
        if style.endswith("u"):
            images = np.zeros_like(positions, dtype=np.int64)
        elif with_images:
            images = np.stack([self._whole_numbers(f"i{a}")[order] for a in axes], axis=1)
        velocities = None
        if all(f"v{a}" in self.columns for a in axes):
            velocities = self._stacked([f"v{a}" for a in axes], order)
        return Configuration(
            positions_nc=positions,
            species=types[order] - 1,
            box_c=lengths,
            origin_c=lower,
            ids=ids[order],
            images_nc=images,
            velocities_nc=velocities,
            step=self.step,
            source=self.where,
            single_precision=self.few_digits or is_single(positions),
            diameters=None if model.sizes is None else self._diameters(model, order),
        )

    def _diameters(self, model: GlassModel, order: IntArray) -> FloatArray:
        """The size of each particle [length], which a file gives as its diameter or as its radius."""
        given = [f * self.columns[name] for name, f in SIZES.items() if name in self.columns]
        if not given:
            raise ConfigurationError(
                f"{self.where}: model {model.name!r} has particles of sizes of their own, and the file has no column "
                f"diameter or radius; it has {', '.join(self.columns)}"
            )
        if len(given) > 1 and not np.allclose(given[0], given[1], rtol=1e-4, atol=0.0):
            row = int(np.argmax(np.abs(given[0] - given[1])))
            raise ConfigurationError(
                f"{self.where}, line {self.line_of_row(row)}: particle {self._particle(row)} has the diameter "
                f"{given[0][row]:g} and the radius {0.5 * given[1][row]:g}: leave out the column that is wrong"
            )
        return np.ascontiguousarray(given[0][order])

    def _types(self, model: GlassModel) -> IntArray:
        if self.labels is None:
            return self._whole_numbers("type")
        return species_types(self.labels, model, self.where, self.line_of_row)

    def _position_style(self, axes: str) -> tuple[str, bool]:
        """What follows the axis letter in the position columns, and whether image flags are there."""
        with_images = all(f"i{a}" in self.columns for a in axes)
        for style in ("", "s", "u", "su") if with_images else ("u", "su", "", "s"):
            if all(a + style in self.columns for a in axes):
                return style, with_images
        wanted = " or ".join(", ".join(a + style for a in axes) for style in ("", "u", "s", "su"))
        raise ConfigurationError(
            f"{self.where}: no column for every coordinate: a {len(axes)}D model needs {wanted}; "
            f"the file has {', '.join(self.columns) or 'none'}"
        )

    def _refuse_open_boundaries(self, axes: str) -> None:
        open_axes = [axis for axis in axes if axis in self.open_axes]
        if open_axes:
            raise ConfigurationError(
                f"{self.where}: the box is not periodic in {' and '.join(open_axes)}; only periodic "
                "boxes are supported (LAMMPS: boundary p p p)"
            )

    def _require(self, *names: str) -> None:
        missing = [name for name in names if name not in self.columns]
        if missing:
            raise ConfigurationError(
                f"{self.where}: missing column {' and '.join(missing)}; the file has "
                f"{', '.join(self.columns)}. In LAMMPS: dump ... custom ... id type x y z ix iy iz"
            )

    def _refuse_non_finite(self) -> None:
        for name, values in self.columns.items():
            if not np.isfinite(values).all():
                row = int(np.flatnonzero(~np.isfinite(values))[0])
                raise ConfigurationError(
                    f"{self.where}, line {self.line_of_row(row)}: column {name} of particle "
                    f"{self._particle(row)} is {values[row]}"
                )

    def _particle(self, row: int) -> str:
        return f"{self.columns['id'][row]:.0f}" if "id" in self.columns else f"in row {row + 1}"

    def _whole_numbers(self, name: str) -> IntArray:
        values = self.columns[name]
        numbers = np.clip(values, -_EXACT_TO, _EXACT_TO).astype(np.int64)
        if not np.array_equal(numbers, values):
            row = int(np.flatnonzero(numbers != values)[0])
            raise ConfigurationError(
                f"{self.where}, line {self.line_of_row(row)}: {name} must be a whole number, "
                f"got {values[row]}"
            )
        return numbers

    def _refuse_foreign_types(self, types: IntArray, model: GlassModel) -> None:
        foreign = (types < 1) | (types > model.n_species)
        if foreign.any():
            row = int(np.flatnonzero(foreign)[0])
            raise ConfigurationError(
                f"{self.where}, line {self.line_of_row(row)}: particle {self._particle(row)} has "
                f"type {types[row]}, but model {model.name!r} has {model.n_species} species "
                f"(types 1 to {model.n_species}). Another model is wanted: `lmpmeso models` lists them; --lammps "
                "takes the script that wrote the file, and `lmpmeso models --new mine.toml` begins one of your own"
            )

    def _refuse_varying_z(self) -> None:
        for name in ("z", "zu", "zs", "zsu"):
            values = self.columns.get(name)
            if values is not None and np.ptp(values) > 1e-6:
                row = int(np.argmax(np.abs(values - values[0])))
                raise ConfigurationError(
                    f"{self.where}, line {self.line_of_row(row)}: column {name} varies "
                    f"({values[0]:g} and {values[row]:g}), but the model is two-dimensional; "
                    "choose a 3D model, or write the dump of a run with `dimension 2`"
                )

    def _order(self, ids: IntArray) -> IntArray:
        """Rows in the order of the ids, which must be 1 … N."""
        order = np.argsort(ids, kind="stable")
        wanted = np.arange(1, len(ids) + 1)
        sorted_ids = ids[order]
        if np.array_equal(sorted_ids, wanted):
            return order
        twice = np.flatnonzero(np.diff(sorted_ids) == 0)
        if len(twice):
            first, second = (self.line_of_row(int(order[twice[0] + k])) for k in (0, 1))
            raise ConfigurationError(
                f"{self.where}: id {sorted_ids[twice[0]]} occurs twice, in lines {first} and {second}"
            )
        missing = int(wanted[sorted_ids != wanted][0])
        raise ConfigurationError(
            f"{self.where}: the ids must be 1 to {len(ids)}, but {missing} is missing (smallest "
            f"{sorted_ids[0]}, largest {sorted_ids[-1]}); dump all particles, or number those that there are from 1 on "
            "(in LAMMPS: `reset_atoms id`)"
        )

    def _stacked(self, names: Sequence[str], order: IntArray) -> FloatArray:
        return np.stack([self.columns[name][order] for name in names], axis=1)


def parse_columns(
    body: bytes,
    names: Sequence[str],
    wanted: Sequence[str],
    where: str,
    line_of_row: Callable[[int], int],
) -> dict[str, FloatArray]:
    """The ``wanted`` of the named columns of whitespace-separated text, each number to the nearest double.

    A line is a particle; columns that are not wanted may hold any word. ``where`` (file and frame) and
    ``line_of_row`` are for messages.

    Raises:
        ConfigurationError: a line has too few or too many words, or a word is not a finite number.
    """
    if len(body) <= SMALL_BLOCK and (columns := _small_columns(body, names, wanted)):
        return columns
    if not _fills_columns(body, len(names)):
        raise _bad_line(body, names, wanted, where, line_of_row) or ConfigurationError(
            f"{where}: not as many words as columns"
        )
    if _BOOLEAN.search(body) and (bad := _bad_line(body, names, wanted, where, line_of_row)):
        raise bad
    # Here, because pandas takes a while to load, and small blocks do without.
    import pandas as pd

    try:
        frame = pd.read_csv(
            io.BytesIO(body),
            sep=r"\s+",
            header=None,
            names=list(names),
            usecols=list(wanted),
            index_col=False,
            dtype=np.float64,
            na_filter=False,
            quoting=3,
            engine="c",
            low_memory=False,
            **_exact(pd.__version__),
        )
    except ValueError as error:  # pandas.errors.ParserError is one too
        raise _bad_line(body, names, wanted, where, line_of_row) or ConfigurationError(
            f"{where}: {error}"
        ) from error
    return dict(zip(frame.columns, frame.to_numpy().T, strict=True))


def _small_columns(
    body: bytes, names: Sequence[str], wanted: Sequence[str]
) -> dict[str, FloatArray]:
    """The wanted columns; none of them where a line or a number is not as it should be."""
    rows = [line.split() for line in body.splitlines()]
    if b"_" in body or len(set(names)) < len(names) or {len(row) for row in rows} != {len(names)}:
        return {}
    try:
        columns = {
            name: np.array([float(word) for word in words])
            for name, words in zip(names, zip(*rows, strict=True), strict=True)
            if name in wanted
        }
    except ValueError:
        return {}
    return columns if all(np.isfinite(values).all() for values in columns.values()) else {}


def _fills_columns(body: bytes, n_columns: int) -> bool:
    """Whether there are as many words as lines times columns."""
    n_lines = body.count(b"\n")
    # LAMMPS separates words by one space, with or without one at the end: counting spaces is
    # eight times faster than splitting.
    if body.count(b" ") in (n_lines * (n_columns - 1), n_lines * n_columns):
        return True
    return len(body.split()) == n_lines * n_columns


def _bad_line(
    body: bytes,
    names: Sequence[str],
    wanted: Sequence[str],
    where: str,
    line_of_row: Callable[[int], int],
) -> ConfigurationError | None:
    """The error that names the first line which does not fit the columns; None where all fit."""
    for row, line in enumerate(body.splitlines()):
        words = line.decode(errors="replace").split()
        if len(words) != len(names):
            return ConfigurationError(
                f"{where}, line {line_of_row(row)}: {len(words)} words, but there are "
                f"{len(names)} columns ({begin_of(' '.join(names))})"
            )
        for name, word in zip(names, words, strict=True):
            if name in wanted and not is_number(word):
                particle = (
                    f" of particle {begin_of(words[names.index('id')])}" if "id" in names else ""
                )
                return ConfigurationError(
                    f"{where}, line {line_of_row(row)}: column {name}{particle} is {shown(word)}, "
                    "which is not a finite number"
                )
    return None


def labels_in(body: bytes, names: Sequence[str]) -> list[str] | None:
    """What each particle is by name, shape (N,); None where there is a column of types, or none of names."""
    named = [name for name in NAMED if name in names]
    if "type" in names or not named:
        return None
    column = list(names).index(named[0])
    return [line.split()[column].decode(errors="replace") for line in body.splitlines()]


def has_few_digits(body: bytes, names: Sequence[str]) -> bool:
    """Whether the positions are rounded, as by LAMMPS's default of six digits, or said to be.

    Looks at the first lines. Multiples of 1/1024, and numbers of fewer than five digits, are taken for
    exact ones, such as those of a lattice.
    """
    if ROUNDED in names:
        return True
    columns = [k for k, name in enumerate(names) if _POSITION.fullmatch(name)]
    digits = 0
    for line in body[:1024].splitlines()[:-1]:
        words = line.decode(errors="replace").lower().split()
        for word in (words[k] for k in columns):
            if float(word) * 1024 % 1:
                mantissa = word.partition("e")[0].lstrip("+-").replace(".", "").lstrip("0")
                digits = max(digits, len(mantissa))
                if digits >= EXACT_DIGITS:
                    return False
    return digits >= 5


def is_single(positions_nc: FloatArray) -> bool:
    """Whether all positions are float32 numbers, in however many digits they were printed, and none of a lattice."""
    in_single = np.clip(positions_nc, -1e30, 1e30).astype(np.float32) == positions_nc
    return bool(in_single.all() and np.fmod(positions_nc, 2.0**-10).any())


def species_types(
    labels: Sequence[str],
    model: GlassModel,
    where: str,
    line_of_row: Callable[[int], int] | None = None,
) -> IntArray:
    """LAMMPS types, shape (N,), of particles labelled by type or by the name of their species.

    Raises:
        ConfigurationError: a label is neither a number nor the name of a species of the model.
    """
    types = {label: _type_of(label, model) for label in dict.fromkeys(labels)}
    unknown = [label for label, number in types.items() if number is None]
    if unknown:
        row = labels.index(unknown[0])
        line = f", line {line_of_row(row)}" if line_of_row else ""
        raise ConfigurationError(
            f"{where}{line}: particle {row + 1} is of species {shown(unknown[0])} (the file has "
            f"{shown(', '.join(types))[1:-1]}), but model {model.name!r} has "
            f"{', '.join(s.name for s in model.species)}; rename it, or give the numbers 1 to {model.n_species}"
        )
    return np.array([types[label] for label in labels], dtype=np.int64)


def _type_of(label: str, model: GlassModel) -> int | None:
    """The type that a label means; None where it means none."""
    names = [species.name for species in model.species]
    for known, name in ((names, label), ([n.lower() for n in names], label.lower())):
        if name in known:
            return known.index(name) + 1
    try:
        return whole(label)
    except ValueError:
        return None
