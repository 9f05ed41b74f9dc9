"""Configurations of particles in periodic boxes: liquids, inherent structures, trajectories.

Array suffixes: n particle, c Cartesian component, t frame.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self, TypeAlias

import numpy as np

from lmpmeso.arrays import FloatArray, IntArray
from lmpmeso.configurations.descent import DescentPath
from lmpmeso.configurations.stored_frames import StoredFrames
from lmpmeso.errors import ConfigurationError
from lmpmeso.models import GlassModel

_LONGEST_EDGE = 1e30
"""Of a box [length]; volumes of larger ones overflow."""


def wrapped(positions_nc: FloatArray, box_c: FloatArray) -> FloatArray:
    """Positions relative to the lower corner of a box, in [0, L), shape (N, d) [length]."""
    inside_nc = np.mod(positions_nc, box_c)
    return np.where(inside_nc >= box_c, 0.0, inside_nc)


@dataclass(frozen=True, eq=False, repr=False)
class Configuration:
    """N particles in an orthogonal periodic box, in the order of their ids.

    Attributes:
        positions_nc: positions [length], shape (N, d); as read, wrapped or unwrapped.
        species: index of each particle's species, shape (N,); LAMMPS type = species + 1.
        box_c: edge lengths [length], shape (d,).
        origin_c: lower corner of the box [length], shape (d,).
        ids: LAMMPS ids (1-based, increasing), shape (N,).
        images_nc: image flags, shape (N, d): positions + image flags · box are the unwrapped positions
            (0 where the source gave those); None where the source had none.
        velocities_nc: velocities [length/time], shape (N, d), or None.
        step: time step of the frame, or None.
        source: where it came from, for messages.
        single_precision: True when the source held float32 positions, or text of few digits.
        parent_temperature: temperature of the liquid it was taken from, or None.
        diameters: size of each particle [length], shape (N,), of a model whose particles have sizes of their own;
            None of any other.
    """

    positions_nc: FloatArray
    species: IntArray
    box_c: FloatArray
    origin_c: FloatArray
    ids: IntArray
    images_nc: IntArray | None = None
    velocities_nc: FloatArray | None = None
    step: int | None = None
    source: str = "memory"
    single_precision: bool = False
    parent_temperature: float | None = None
    diameters: FloatArray | None = None

    def __post_init__(self) -> None:
        """Check the shapes in one place."""
        n, d = self.positions_nc.shape if self.positions_nc.ndim == 2 else (-1, -1)
        if d not in (2, 3) or n < 1:
            raise ConfigurationError(
                f"{self.source}: positions must have shape (N, 2) or (N, 3), got {self.positions_nc.shape}"
            )
        expected = {
            "species": (n,),
            "box_c": (d,),
            "origin_c": (d,),
            "ids": (n,),
            "images_nc": (n, d),
            "velocities_nc": (n, d),
            "diameters": (n,),
        }
        for name, shape in expected.items():
            value = getattr(self, name)
            if value is not None and value.shape != shape:
                raise ConfigurationError(
                    f"{self.source}: {name} must have shape {shape}, got {value.shape}"
                )
        if not np.all((self.box_c > 0) & (self.box_c <= _LONGEST_EDGE)):
            raise ConfigurationError(
                f"{self.source}: box lengths must be positive and at most {_LONGEST_EDGE:g}, got {self.box_c}"
            )

    def __repr__(self) -> str:
        """One line: what it is, not its arrays."""
        return f"<{type(self).__name__}: {self._summary()}>"

    def _summary(self) -> str:
        counts = "+".join(str(count) for count in np.bincount(self.species) if count)
        edges = " × ".join(f"{edge:.6g}" for edge in self.box_c)
        step = "" if self.step is None else f", step {self.step}"
        return f"{self.n_particles} particles ({counts}), box {edges}{step}, from {self.source}"

    @property
    def n_particles(self) -> int:
        """Number of particles N."""
        return len(self.positions_nc)

    @property
    def dimension(self) -> int:
        """Spatial dimension d."""
        return self.positions_nc.shape[1]

    @property
    def volume(self) -> float:
        """Volume (area in 2D) of the box [length^d]."""
        return float(np.prod(self.box_c))

    @property
    def density(self) -> float:
        """Number density N/V [length^-d]."""
        return self.n_particles / self.volume

    def wrapped_positions(self) -> FloatArray:
        """Positions relative to the box's lower corner, in [0, L), shape (N, d) [length]."""
        return wrapped(self.positions_nc - self.origin_c, self.box_c)

    def unwrapped_positions(self) -> FloatArray:
        """Positions followed through the periodic boundaries, shape (N, d) [length].

        Raises:
            ConfigurationError: there are no image flags, so that displacements are unknown.
        """
        if self.images_nc is None:
            raise ConfigurationError(
                f"{self.source}: the positions are wrapped and have no image flags, so that displacements "
                "are unknown; in LAMMPS dump xu yu zu, or x y z with ix iy iz"
            )
        return self.positions_nc + self.images_nc * self.box_c

    def with_positions(self, positions_nc: FloatArray, **changes: Any) -> Self:
        """The same particles elsewhere."""
        return replace(
            self, positions_nc=np.ascontiguousarray(positions_nc, dtype=float), **changes
        )


@dataclass(frozen=True, eq=False, repr=False)
class InherentStructure(Configuration):
    """A local minimum of the potential energy, with the evidence that it is one.

    Attributes:
        energy: potential energy U, extensive [energy].
        max_force: largest force on a particle, in the exact potential [energy/length].
        contact_force_rms: rms of |φ′| over interacting pairs [energy/length]; the natural unit of max_force.
        minimizer: ``"cg"``, ``"fire"``, ``"steepest"``, or ``"none"`` when the input was a minimum already.
        iterations: iterations of the minimiser in LAMMPS, or steps of the path of steepest descent.
        newton_iterations: Newton steps of the polish.
        stopping_criterion: LAMMPS's own words on why the minimiser stopped.
        descent: how the path of steepest descent went; None for other minimisers.
    """

    energy: float = field(default=float("nan"), kw_only=True)
    max_force: float = field(default=float("nan"), kw_only=True)
    contact_force_rms: float = field(default=float("nan"), kw_only=True)
    minimizer: str = field(default="none", kw_only=True)
    iterations: int = field(default=0, kw_only=True)
    newton_iterations: int = field(default=0, kw_only=True)
    stopping_criterion: str = field(default="", kw_only=True)
    descent: DescentPath | None = field(default=None, kw_only=True)

    def _summary(self) -> str:
        return (
            f"{super()._summary()}, U/N = {self.energy / self.n_particles:.9g}, "
            f"largest force {self.max_force:.2g}"
        )

    @classmethod
    def from_configuration(cls, configuration: Configuration, **evidence: Any) -> InherentStructure:
        """An inherent structure with the particles of ``configuration`` and the given evidence."""
        inherited = {f.name: getattr(configuration, f.name) for f in fields(Configuration)}
        return cls(**{**inherited, **evidence})


@dataclass(frozen=True, eq=False, repr=False)
class Trajectory:
    """Unwrapped positions of the same particles at recorded time steps.

    Attributes:
        positions_tnc: unwrapped positions [length], shape (T, N, d): an array, or `StoredFrames` where a
            long trajectory stays on disk. Both give a frame by ``[k]``, frames by ``[a:b]`` and particles
            of frames by ``[a:b, i:j]``.
        steps: MD step of each frame, shape (T,), increasing.
        time_step: δt [time].
        species: index of each particle's species, shape (N,).
        box_c: edge lengths [length], shape (d,).
        ids: LAMMPS ids, shape (N,).
        source: where it came from, for messages.
        time_step_assumed: nothing told δt, and it is the model's.
        diameters: size of each particle [length], shape (N,), as of a configuration; or None.
        model: with which it was read; names species, and knows their masses and q_max. None where none is known.
    """

    positions_tnc: FloatArray | StoredFrames
    steps: IntArray
    time_step: float
    species: IntArray
    box_c: FloatArray
    ids: IntArray
    source: str = "memory"
    time_step_assumed: bool = False
    diameters: FloatArray | None = None
    model: GlassModel | None = None

    def __repr__(self) -> str:
        """One line: what it is, not its arrays."""
        edges = " × ".join(f"{edge:.6g}" for edge in self.box_c)
        of_model = "" if self.model is None else f" of model {self.model.name}"
        return (
            f"<{type(self).__name__}: {self.n_frames} frames of {self.n_particles} particles{of_model}, steps "
            f"{self.steps[0]} to {self.steps[-1]} of {self.time_step:g}, box {edges}, "
            f"from {self.source}>"
        )

    @property
    def times(self) -> FloatArray:
        """Time of each frame [time], shape (T,)."""
        return np.asarray(self.steps, dtype=np.float64) * self.time_step

    def configuration(self, index: int) -> Configuration:
        """The particles of one frame, unwrapped, with image flags 0 and the box's corner at 0."""
        positions_nc = self.positions_tnc[index].copy()
        return Configuration(
            positions_nc=positions_nc,
            species=self.species,
            box_c=self.box_c,
            origin_c=np.zeros_like(self.box_c),
            ids=self.ids,
            images_nc=np.zeros(positions_nc.shape, dtype=np.int64),
            step=int(self.steps[index]),
            diameters=self.diameters,
            source=f"{self.source}: step {self.steps[index]}",
        )

    @property
    def n_frames(self) -> int:
        """Number of frames T."""
        return len(self.positions_tnc)

    @property
    def n_particles(self) -> int:
        """Number of particles N."""
        return self.positions_tnc.shape[1]


ConfigurationLike: TypeAlias = Configuration | str | os.PathLike[str]
"""A configuration, or the path of a file whose last frame it is."""
TrajectoryLike: TypeAlias = Trajectory | str | os.PathLike[str]
"""A trajectory, or the path of the file that holds it."""


def require_configuration(given: object) -> Configuration:
    """A configuration as it is; anything else is refused with what to write instead.

    Raises:
        ConfigurationError: it is none.
    """
    if isinstance(given, Configuration):
        return given
    kind = type(given).__name__
    instead = "read one with lmpmeso.read_configuration(path, model)"
    if isinstance(given, Trajectory):
        instead = "take one frame of it: .configuration(-1)"
    elif isinstance(getattr(given, "configuration", None), Configuration):
        instead = f"take the .configuration of the {kind}"
    elif kind == "Atoms":
        instead = "convert it with lmpmeso.from_ase(atoms, model)"
    elif kind == "Universe":
        instead = "convert it with lmpmeso.from_universe(universe, model)"
    raise ConfigurationError(f"a configuration is needed here, not of type {kind}: {instead}")


def as_frames(given: Configuration | Trajectory | Iterable[Configuration]) -> list[Configuration]:
    """One configuration, several, or the frames of a trajectory, as a list.

    Raises:
        ConfigurationError: there is something else, or nothing.
    """
    if isinstance(given, Trajectory):
        return [given.configuration(k) for k in range(given.n_frames)]
    if isinstance(given, Configuration | str) or not isinstance(given, Iterable):
        return [require_configuration(given)]
    frames = [require_configuration(one) for one in given]
    if not frames:
        raise ConfigurationError("there is no frame to write")
    return frames
