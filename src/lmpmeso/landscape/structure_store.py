"""Quenched frames of one trajectory, kept in shards that are written once and never changed.

A shard, ``structures-FIRST-LAST.nc``, holds inherent structures with their MD steps, energies and
residual forces, see docs/formats.md. A frame that is in a shard is never quenched again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lmpmeso.arrays import FloatArray
from lmpmeso.configurations import (
    InherentStructure,
    Trajectory,
    read_inherent_structures,
    read_netcdf_fields,
    write_inherent_structures,
)
from lmpmeso.errors import ConfigurationError
from lmpmeso.files.checksums import Checksums
from lmpmeso.files.run_folder import claim, digest, other_results, particles_digest
from lmpmeso.models import GlassModel
from lmpmeso.protocols.steepest_descent import path_parameters

SHARDS = "structures-*.nc"
FORMAT_VERSION = 1


@dataclass(frozen=True, eq=False)
class StoredStructure:
    """A frame's inherent structure, with its MD step, and whether it was recognised rather than polished.

    ``frame`` is the :func:`frame_mark` of the frame; NaN in files of earlier versions.
    """

    structure: InherentStructure
    recognised: bool
    frame: float = math.nan


def frame_mark(positions_nc: FloatArray) -> float:
    """A number that tells a frame from others, as long as a float64 holds exactly."""
    return float(int(digest(positions_nc)[:13], 16))


class StructureStore:
    """The shards of one folder, which is made if need be, with structures of one model."""

    def __init__(self, folder: Path, model: GlassModel):
        self.folder = folder
        self._model = model

    def claim(
        self, trajectory: Trajectory, minimizer: str, tolerance: float, path_tolerance: float
    ) -> None:
        """Write down whose structures these are, or make sure that they are this trajectory's.

        Runs from one configuration have their first frame in common, so all frames that are there are compared.

        Raises:
            FolderError: the folder holds structures of another trajectory or another protocol.
        """
        parameters = {
            "format": FORMAT_VERSION,
            "model": self._model.signature(),
            "minimizer": minimizer,
            "tolerance": tolerance,
            "time_step": float(trajectory.time_step),
            "first_step": int(trajectory.steps[0]),
            "first_frame": digest(trajectory.positions_tnc[0]),
            "particles": particles_digest(
                trajectory.species, trajectory.box_c, trajectory.diameters
            ),
            **path_parameters(minimizer, path_tolerance),
        }
        claim(self.folder, parameters, "landscape", products=(SHARDS,), added=("particles",))
        stored = self.read()
        for k, step in enumerate(trajectory.steps.tolist()):
            theirs = stored[step].frame if step in stored else math.nan
            mine = math.nan if math.isnan(theirs) else frame_mark(trajectory.positions_tnc[k])
            if not np.array_equal(theirs, mine, equal_nan=True):
                marks = f"{int(theirs):013x}", f"{int(mine):013x}"
                raise other_results(self.folder, "landscape", f"the frame at step {step}", *marks)

    def read(self) -> dict[int, StoredStructure]:
        """All quenched frames by MD step.

        Raises:
            ConfigurationError: a shard is damaged or of a newer format.
            FolderError: a shard was changed since it was listed.
        """
        found: dict[int, StoredStructure] = {}
        sums = Checksums(self.folder)
        for path in sorted(self.folder.glob(SHARDS)):
            sums.check(path)
            structures = read_inherent_structures(path, self._model)
            fields = read_netcdf_fields(path)
            recognised = fields["recognised"]
            frames = fields.get("frame", np.full(len(recognised), math.nan))
            for structure, flag, frame in zip(structures, recognised, frames, strict=True):
                if structure.step is None:
                    raise ConfigurationError(f"{path}: a structure without an MD step; delete it")
                found[structure.step] = StoredStructure(structure, bool(flag), float(frame))
        return found

    def list_shards(self) -> None:
        """Keep the checksums of the shards; for one process, when those that write have ended.

        Structures of a shard that was deleted are in another one by then.
        """
        sums = Checksums(self.folder)
        sums.keep_up(self.folder.glob(SHARDS), sums.missing())

    def write(self, stored: Sequence[StoredStructure]) -> None:
        """Add a shard; nothing is written for no structures."""
        if not stored:
            return
        ordered = sorted(stored, key=lambda entry: entry.structure.step or 0)
        first, last = ordered[0].structure.step, ordered[-1].structure.step
        write_inherent_structures(
            self.folder / f"structures-{first:012d}-{last:012d}.nc",
            [entry.structure for entry in ordered],
            per_frame={
                "recognised": [float(entry.recognised) for entry in ordered],
                "frame": [entry.frame for entry in ordered],
            },
        )
