"""The landscape under a liquid as a study: short runs, the structures below their frames, Γ, tables.

The command ``landscape``, campaigns and scripts call the same pieces and write the same tables.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from lmpmeso.configurations import Configuration, Trajectory
from lmpmeso.execution import Execution, Progress
from lmpmeso.files.tables import with_units
from lmpmeso.landscape.inherent_structures import (
    LANDSCAPE_UNITS,
    SAME_DISPLACEMENT,
    InherentStructureTrajectory,
    Search,
    inherent_structure_trajectories,
)
from lmpmeso.landscape.rate import (
    BALLISTIC_TIME,
    REFERENCE_SIZE,
    RateConvergence,
    TransitionRate,
    bisection_rate,
    rate_convergence,
    transition_rate,
)
from lmpmeso.landscape.short_run import short_run
from lmpmeso.landscape.transitions import quench_noise, transitions
from lmpmeso.models import GlassModel
from lmpmeso.printing import Printed
from lmpmeso.protocols.steepest_descent import PATH_TOLERANCE
from lmpmeso.statistics import Estimate


@dataclass(frozen=True)
class LandscapeStudy:
    """How the landscape under a liquid is looked at.

    Attributes:
        model: the model.
        temperature: T.
        interval_steps: MD steps from frame to frame.
        time_step: δt [time]; the model's when None.
        search: which frames are quenched, see :func:`inherent_structure_trajectories`.
        threshold: displacement of a particle that makes a transition [length].
        minimizer: ``"steepest"``, whose ends are the structures below the frames, or ``"cg"`` or ``"fire"``, which
            find others (docs/true-basins.md).
        tolerance: largest force of a structure [energy/length].
        path_tolerance: of steepest descent, see :func:`lmpmeso.protocols.quench`.
        accelerator: of LAMMPS.
        processes: worker processes of the quenches.
    """

    model: GlassModel
    temperature: float
    interval_steps: int = 1
    time_step: float | None = None
    search: Search = "exhaustive"
    threshold: float = SAME_DISPLACEMENT
    minimizer: str = "steepest"
    tolerance: float = 1e-10
    path_tolerance: float = PATH_TOLERANCE
    accelerator: str = "auto"
    processes: int = 1

    @property
    def ballistic_time(self) -> float:
        """t_ballistic [time]."""
        return BALLISTIC_TIME * self.model.t0(self.temperature)

    def run(
        self, start: Configuration, duration: float, seed: int, folder: str | os.PathLike[str]
    ) -> Trajectory:
        """A short run from a configuration with fresh velocities; see :func:`short_run`."""
        return short_run(
            start,
            self.model,
            self.temperature,
            duration=duration,
            interval_steps=self.interval_steps,
            seed=seed,
            time_step=self.time_step,
            folder=folder,
            execution=Execution(self.accelerator),
        )

    def structures(
        self,
        runs: Sequence[Trajectory],
        folders: Sequence[str | os.PathLike[str]],
        progress: Progress | None = None,
    ) -> list[InherentStructureTrajectory]:
        """The structures below the frames of runs; see :func:`inherent_structure_trajectories`."""
        return inherent_structure_trajectories(
            runs,
            self.model,
            folders=folders,
            search=self.search,
            same_displacement=self.threshold,
            minimizer=self.minimizer,
            tolerance=self.tolerance,
            path_tolerance=self.path_tolerance,
            execution=Execution(self.accelerator, processes=self.processes, progress=progress),
        )

    def quenched_runs(
        self,
        starts: Sequence[Configuration],
        duration: float,
        seed: int,
        folder: Path,
        progress: Callable[[str, float, float], None] = lambda stage, done, total: None,
    ) -> list[InherentStructureTrajectory]:
        """Run from configurations and quench the frames; goes on where it was stopped.

        Args:
            starts: independent configurations of the liquid.
            duration: of each run [time].
            seed: of the velocities of the first run; the k-th after it takes ``seed + k``.
            folder: each run has a folder ``trajectory-KKK`` in it, with ``run/`` and ``structures/``.
            progress: called as ``progress(stage, done, total)``.

        Raises:
            FolderError, ProtocolError, ConfigurationError, LammpsError, UnstableStructureError, ConvergenceError:
                as :func:`short_run` and :func:`inherent_structure_trajectories`.
        """
        folders = [folder / f"trajectory-{k:03d}" for k in range(len(starts))]
        runs = []
        for k, (start, own) in enumerate(zip(starts, folders, strict=True)):
            runs.append(self.run(start, duration, seed + k, own / "run"))
            progress("runs", k + 1, len(starts))
        return self.structures(
            runs,
            [own / "structures" for own in folders],
            lambda done, total: progress("quenches", done, max(total, 1)),
        )

    def measure(
        self,
        trajectories: Sequence[InherentStructureTrajectory],
        *,
        level: float = 0.9,
        seed: int = 0,
        numbers: Sequence[int] | None = None,
    ) -> Landscape:
        """Γ of trajectories, and whether it has converged.

        Args:
            trajectories: of independent initial configurations.
            level: confidence level of the intervals.
            seed: of the bootstrap.
            numbers: what the tables call the trajectories; from 0 on when None.

        Raises:
            StatisticsError: as :func:`transition_rate`.
        """
        options: dict[str, Any] = {"threshold": self.threshold, "level": level, "seed": seed}
        return Landscape(
            self,
            tuple(trajectories),
            tuple(range(len(trajectories)) if numbers is None else numbers),
            transition_rate(trajectories, self.model, self.temperature, **options),
            rate_convergence(trajectories, self.model, self.temperature, **options),
            bisection_rate(trajectories, self.model, self.temperature, **options),
        )


@dataclass(frozen=True, eq=False, repr=False)
class Landscape(Printed):
    """What the inherent-structure trajectories of a liquid say (Fig. 5).

    Attributes:
        study: how they were made.
        trajectories: the trajectories.
        numbers: their numbers in the tables.
        rate: Γ.
        convergence: Γ by sampling interval and threshold.
        bisection: Γ t_ballistic N0/N as the authors search: ends of a block, and bisection where they differ.
    """

    study: LandscapeStudy
    trajectories: tuple[InherentStructureTrajectory, ...]
    numbers: tuple[int, ...]
    rate: TransitionRate
    convergence: RateConvergence
    bisection: Estimate

    @property
    def interval_over_ballistic_time(self) -> float:
        """Time between frames [t_ballistic]."""
        return self.rate.interval / self.study.ballistic_time

    @property
    def bound(self) -> float:
        """Γ t_ballistic N0/N when every frame has another structure: no interval shows more."""
        return REFERENCE_SIZE / self.rate.n_particles / self.interval_over_ballistic_time

    @property
    def typical(self) -> int:
        """Number of the trajectory whose transitions are nearest to the mean."""
        counts_k = self.rate.counts_k
        return self.numbers[int(abs(counts_k - counts_k.mean()).argmin())]

    def summary(self) -> dict[str, Any]:
        """Γ and what it rests on: a row of the table ``landscape``."""
        return {
            **self.rate.reduced.columns("transition_rate_reduced"),
            "n_trajectories": len(self.trajectories),
            "n_transitions": int(self.rate.counts_k.sum()),
            "interval": self.rate.interval,
            "threshold": self.rate.threshold,
            "search": self.rate.search,
            "minimizer": self.study.minimizer,
            **self.bisection.columns("transition_rate_bisection"),
            "convergence": self.convergence.statement,
            "caveat": self.rate.reduced.caveat,
        }

    def tables(self) -> dict[str, pd.DataFrame]:
        """The curves by name, in the units of :data:`LANDSCAPE_UNITS`.

        Returns:
            ``landscape_energies``: a row a frame: step, t, energy (U_IHS), quenched, trajectory,
            reduced_time (N t/(N0 t_ballistic)), reduced_energy (U_IHS/k_B T). ``landscape_intervals`` and
            ``landscape_thresholds``: those of :class:`RateConvergence`, the first with highest, the
            rate when every look finds another structure.
        """
        relative_size = self.rate.n_particles / REFERENCE_SIZE
        thermal = self.study.model.thermal_energy(self.study.temperature)
        energies = [
            t.table().assign(
                trajectory=number,
                reduced_time=lambda table: table["t"] / self.study.ballistic_time * relative_size,
                reduced_energy=lambda table: table["energy"] / thermal,
            )
            for number, t in zip(self.numbers, self.trajectories, strict=True)
        ]
        intervals = self.convergence.by_interval
        highest = 1.0 / (relative_size * intervals["interval_over_ballistic_time"])
        tables = {
            "landscape_energies": pd.concat(energies, ignore_index=True),
            "landscape_intervals": intervals.assign(highest=highest),
            "landscape_thresholds": self.convergence.by_threshold.copy(),
        }
        return {name: with_units(table, LANDSCAPE_UNITS) for name, table in tables.items()}

    def transitions(self) -> pd.DataFrame:
        """All transitions as :func:`transitions` gives them, with the number of the trajectory."""
        found = [
            transitions(t, threshold=self.study.threshold).assign(trajectory=number)
            for number, t in zip(self.numbers, self.trajectories, strict=True)
        ]
        return pd.concat(found, ignore_index=True)

    def evidence(self) -> dict[str, Any]:
        """How well transitions are told from the noise of the quench, and what they look like.

        Raises:
            StatisticsError: the criterion in energy is within the noise.
        """
        every, study = self.trajectories, self.study
        by_energy = transition_rate(every, study.model, study.temperature, criterion="energy")
        noise = [quench_noise(t) for t in every]
        jumps = self.transitions()
        return {
            "n_quenches": sum(t.n_quenches for t in every),
            "n_transitions_by_energy": int(by_energy.counts_k.sum()),
            "quench_noise_displacement": max(
                (n.displacement for n in noise if n.n_same), default=None
            ),
            "quench_noise_energy": max((n.energy for n in noise if n.n_same), default=None),
            "smallest_displacement": min(
                (n.smallest_displacement for n in noise if n.n_different), default=None
            ),
            "participation_median": float(jumps["participation"].median()),
            "energy_step_rms": float((jumps["energy_step"] ** 2).mean() ** 0.5),
        }
