"""The propensity of motion as a study: glasses, runs from them, their mobility against κ_i, tables.

The command ``propensity``, campaigns and scripts call the same pieces and write the same tables.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from lmpmeso.arrays import FloatArray
from lmpmeso.backend import DeviceName
from lmpmeso.configurations import (
    Configuration,
    InherentStructure,
    read_inherent_structures,
    read_netcdf_fields,
    write_inherent_structures,
)
from lmpmeso.elasticity import LocalStiffness, analyse, local_stiffness, slice_of_particles
from lmpmeso.errors import ProtocolError
from lmpmeso.execution import Execution, Progress
from lmpmeso.files.checksums import Checksums, checked
from lmpmeso.files.run_folder import claim, digest, particles_digest
from lmpmeso.files.tables import with_units
from lmpmeso.hessians import interacting_pairs
from lmpmeso.models import GlassModel, get_model
from lmpmeso.printing import Printed
from lmpmeso.propensity.local_correlations import (
    LocalCorrelations,
    LocalField,
    kappa_by_population,
    local_correlations,
)
from lmpmeso.propensity.mobility import Propensity, propensity
from lmpmeso.propensity.populations import extreme_particles
from lmpmeso.propensity.stiffness_comparison import PAPERS, field_name, stiffness_comparison
from lmpmeso.protocols import IsoconfigurationalRuns, isoconfigurational_runs, quench
from lmpmeso.protocols.heating import ThermalStart
from lmpmeso.protocols.steepest_descent import path_parameters

PROPENSITY_UNITS: Mapping[str, str] = {
    "kappa": "energy/length^2",
    **dict.fromkeys(("mobility", "x", "y", "z", "diameter"), "length"),
    "t": "time",
    **dict.fromkeys(("kinetic_temperature", "lowest", "highest"), "energy"),
}
"""Units of the columns of :class:`StiffnessAndMobility`'s tables; a column without unit is a number."""
GLASS_FILE = "glass.nc"


@dataclass(frozen=True)
class PropensityStudy:
    """How the propensity of a liquid's particles is measured.

    Attributes:
        model: the model.
        temperature: T of the runs.
        duration: time of the displacement [time].
        n_runs: runs from each configuration.
        start: where runs start: the inherent structures, as in the paper, or the liquid's configurations.
        from_start: displacements from the configuration that runs start from, not from its inherent
            structure.
        neighbour_relative: displacements relative to the mean of the interacting neighbours.
        minimizer: ``"cg"``, ``"fire"`` or ``"steepest"``.
        accelerator: of LAMMPS.
        processes: worker processes of the runs.
        threads: of the linear algebra.
        local_stiffness: further definitions of local stiffness, to compare with κ_i; see
            :func:`lmpmeso.elasticity.local_stiffness`.
        thermal_start: how runs are brought to T; see :func:`lmpmeso.protocols.isoconfigurational_runs`.
    """

    model: GlassModel
    temperature: float
    duration: float
    n_runs: int = 20
    start: Literal["inherent", "liquid"] = "inherent"
    from_start: bool = False
    neighbour_relative: bool = False
    minimizer: str = "cg"
    accelerator: str = "auto"
    processes: int = 1
    threads: int = 1
    local_stiffness: tuple[LocalStiffness, ...] = ()
    thermal_start: ThermalStart = "minimum"

    def __post_init__(self) -> None:
        """Refuse a way of heating that only a minimum allows.

        Raises:
            ProtocolError: ``"doubled"`` from liquid configurations, whose potential energy is that of T already.
        """
        if self.thermal_start == "doubled" and self.start == "liquid":
            raise ProtocolError('thermal_start "doubled" starts from inherent structures only')

    def ensemble(
        self,
        start: Configuration,
        seed: int,
        folder: str | os.PathLike[str],
        progress: Progress | None = None,
    ) -> IsoconfigurationalRuns:
        """The runs from a configuration; see :func:`lmpmeso.protocols.isoconfigurational_runs`."""
        return isoconfigurational_runs(
            start,
            self.model,
            self.temperature,
            duration=self.duration,
            n_runs=self.n_runs,
            seed=seed,
            thermal_start=self.thermal_start,
            folder=folder,
            execution=Execution(self.accelerator, processes=self.processes, progress=progress),
        )

    def stiffness_fields(
        self, structure: InherentStructure, device: DeviceName = "auto"
    ) -> dict[str, FloatArray]:
        """κ_i of a glass, and its stiffness by the further definitions [energy/length²], each of shape (N,)."""
        found = analyse(structure, self.model, device=device, threads=self.threads)
        return local_stiffness(found, dict.fromkeys((PAPERS, *self.local_stiffness)))

    def glass(
        self, frame: Configuration, folder: Path
    ) -> tuple[InherentStructure, dict[str, FloatArray]]:
        """The inherent structure and its local stiffness, kept in a file that belongs to this very frame.

        A file that lacks a definition that is asked for is written anew, the structure in it as it is.

        Raises:
            FolderError: the folder is of another frame, model or minimiser.
        """
        folder.mkdir(parents=True, exist_ok=True)
        identity = {
            "model": self.model.signature(),
            "minimizer": self.minimizer,
            "frame": digest(frame.positions_nc),
            "particles": particles_digest(frame.species, frame.box_c, frame.diameters),
            **path_parameters(self.minimizer),
        }
        path = folder / GLASS_FILE
        claim(folder, identity, "glass", products=(path.name,), added=("particles",))
        names = {name: field_name(name) for name in (PAPERS, *self.local_stiffness)}
        if path.is_file():
            (structure,) = read_inherent_structures(checked(path), self.model)
        else:
            structure = quench(
                frame, self.model, self.minimizer, execution=Execution(self.accelerator)
            )
        if not path.is_file() or not set(names.values()) <= read_netcdf_fields(path).keys():
            found = self.stiffness_fields(structure)
            fields = {field_name(name): values_n for name, values_n in found.items()}
            write_inherent_structures(path, [structure], per_particle=fields)
            Checksums(folder).note([path])
            (structure,) = read_inherent_structures(path, self.model)
        there = read_netcdf_fields(path)
        return structure, {name: there[field][0] for name, field in names.items()}

    def mobility_of(
        self, frame: Configuration, seed: int, folder: Path
    ) -> tuple[LocalField, Propensity]:
        """κ_i and mobility of one configuration; ``glass.nc`` and ``runs/`` in the folder are kept.

        Raises:
            FolderError, ProtocolError, ConfigurationError, LammpsError, UnstableStructureError, ConvergenceError:
                as :func:`isoconfigurational_runs` and :func:`lmpmeso.protocols.quench`.
        """
        structure, stiffness = self.glass(frame, folder)
        runs = self.ensemble(
            structure if self.start == "inherent" else frame, seed, folder / "runs"
        )
        moved = propensity(
            runs,
            reference=None if self.from_start else structure,
            neighbours=interacting_pairs(structure, self.model)
            if self.neighbour_relative
            else None,
        )
        kappa_n = stiffness.pop(PAPERS)
        temperatures = runs.kinetic_temperature()
        return LocalField(
            structure, kappa_n, moved.mean_n, moved.reliability, stiffness, temperatures
        ), moved

    def mobilities(
        self, frames: Sequence[Configuration], seed: int, folder: Path
    ) -> Iterator[tuple[LocalField, Propensity]]:
        """The same of independent configurations, the k-th with ``seed + k`` in ``configuration-KKK``.

        Raises:
            StatisticsError: a system too small for its extremes, after the first configuration rather
                than after the last.
        """
        for k, frame in enumerate(frames):
            found = self.mobility_of(frame, seed + k, folder / f"configuration-{k:03d}")
            extreme_particles(found[0].structure, self.model, found[0].mobility_n)
            yield found


@dataclass(frozen=True, eq=False, repr=False)
class StiffnessAndMobility(Printed):
    """What κ_i says about mobility in configurations of one liquid (Figs. 6 and 7).

    Attributes:
        model: the model.
        fields: the configurations.
        correlations: C_s, ranks and populations.
        stiffnesses: C_s of every definition of local stiffness; see :func:`stiffness_comparison`.
    """

    model: GlassModel
    fields: tuple[LocalField, ...]
    correlations: LocalCorrelations
    stiffnesses: pd.DataFrame

    def summary(self) -> dict[str, Any]:
        """C_s and what it rests on: a row of the table ``local_correlations``."""
        average = self.correlations.average
        by_species: dict[str, float] = {}
        for name, estimate in self.correlations.by_species.items():
            by_species |= estimate.columns(f"spearman_{name}")
        return {
            **average.columns("spearman"),
            **by_species,
            "p_value": self.correlations.p_value,
            "n_configurations": len(self.fields),
            "reliability": float(np.mean([field.reliability for field in self.fields])),
            "caveat": average.caveat,
        }

    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables by name, in the units of :data:`PROPENSITY_UNITS`.

        Returns:
            ``spearman``, ``kappa_ranks`` and ``particles`` as :class:`LocalCorrelations` holds them,
            :func:`kappa_by_population` as ``kappa_populations``, ``representative``, the
            configuration whose C_s is nearest to the mean; ``local_stiffness``, a row a definition,
            where there are several; ``ensemble_temperature``, the kinetic temperature of the runs against
            time t, its mean over the configurations, the lowest and the highest, where it was recorded.
        """
        compared = {"local_stiffness": self.stiffnesses} if len(self.stiffnesses) > 1 else {}
        tables = {
            "spearman": self.correlations.spearman,
            "kappa_ranks": self.correlations.rank_distribution,
            "particles": self.correlations.particles,
            "kappa_populations": kappa_by_population(self.correlations.particles),
            "representative": self.representative(),
            **compared,
            **self._temperatures(),
        }
        return {name: with_units(table, PROPENSITY_UNITS) for name, table in tables.items()}

    def _temperatures(self) -> dict[str, pd.DataFrame]:
        """Kinetic temperature of the runs against time, where it was recorded."""
        known = [
            f.temperatures.assign(g=g) for g, f in enumerate(self.fields) if len(f.temperatures)
        ]
        if not known:
            return {}
        by_time = pd.concat(known).groupby("t")["kinetic_temperature"]
        table = by_time.agg(["mean", "min", "max", "count"]).reset_index()
        names = {"mean": "kinetic_temperature", "min": "lowest", "max": "highest"}
        return {"ensemble_temperature": table.rename(columns=names | {"count": "n_configurations"})}

    def representative(self) -> pd.DataFrame:
        """The particles of a slice through the configuration whose C_s is nearest to the mean (Fig. 7).

        Returns:
            A row a particle: x, y, z, diameter [length], kappa_rank, mobility_rank (within species,
            0 to 1), and the same for all rows: configuration, spearman, box_x, box_y [length]. Of a
            2D glass all particles, with z = 0.
        """
        spearman = self.correlations.spearman["all"]
        number = int((spearman - spearman.mean()).abs().to_numpy().argmin())
        structure = self.fields[number].structure
        particles = self.correlations.particles
        own = particles[particles["configuration"] == number]
        table = slice_of_particles(
            structure,
            self.model,
            kappa_rank=own["kappa_rank"].to_numpy(),
            mobility_rank=own["mobility_rank"].to_numpy(),
        )
        return table.assign(
            configuration=number,
            spearman=float(spearman.iloc[number]),
            box_x=float(structure.box_c[0]),
            box_y=float(structure.box_c[1]),
        ).reset_index(drop=True)


def stiffness_and_mobility(
    fields: Sequence[LocalField], model: GlassModel | str, *, level: float = 0.9, seed: int = 0
) -> StiffnessAndMobility:
    """Correlate κ_i with the mobility; arguments and errors as :func:`local_correlations`."""
    model = get_model(model)
    correlations = local_correlations(fields, model, level=level, seed=seed)
    compared = stiffness_comparison(fields, model, level=level, seed=seed)
    return StiffnessAndMobility(model, tuple(fields), correlations, compared)
