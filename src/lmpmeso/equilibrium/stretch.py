"""One stretch of an equilibration: a trajectory, its summary, and the files of both.

Files in the folder of a stretch: ``trajectory.nc``, ``record.csv``, ``dynamics.csv`` (F_s and MSD), ``end.data``,
and ``summary.json``, which is written last: a stretch with a summary is finished.
"""

from __future__ import annotations

import math
import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lmpmeso.configurations import (
    Configuration,
    Trajectory,
    read_configuration,
    read_trajectory,
    write_data,
)
from lmpmeso.dynamics import (
    RelaxationTime,
    StructuralVerdict,
    check_structure,
    mean_squared_displacement,
    relaxation_time,
    self_intermediate,
)
from lmpmeso.errors import StatisticsError
from lmpmeso.files.checksums import Checksums, checked
from lmpmeso.files.plain_json import read_json, write_json
from lmpmeso.files.tables import with_units, write_table
from lmpmeso.models import GlassModel
from lmpmeso.protocols import EnergyConservation, TrajectoryRun

ORIGINS = 24
"""Blocks of frames in a stretch, each a time origin."""
FRAME_RATIO = 1.6
"""Ratio of successive times within a block of frames."""
RECORD_ROWS = 2400
"""Rows of the record of a stretch, about."""
MEAN_BLOCKS = 6
"""Blocks behind the error of a mean energy or pressure."""
STRUCTURE_FRAMES = 3
"""Frames in which crystals and voids are looked for."""


HISTORY_UNITS = {
    "begin": "time",
    "duration": "time",
    "tau_alpha": "time",
    "potential_energy": "energy",
    "pressure": "energy/length^d",
}
"""Of the table of stretches."""


@dataclass(frozen=True)
class StretchSummary:
    """What a stretch of an equilibration was like.

    Attributes:
        number: from 0.
        begin: time at which it begins [time].
        duration: its length [time].
        steps: its length in MD steps.
        relaxation_time: τ_α, or None when F_s did not fall far enough.
        too_short_because: why there is no τ_α; else empty.
        potential_energy: mean, per particle [energy], and its standard error.
        pressure: mean [energy/length^d] and its standard error.
        conservation: the drift of the conserved quantity.
        structure: whether it crystallised or cavitated.
        verdict: ``equilibrated``, ``changing``, ``too short``, ``crystallised``, ``cavitated`` or ``drifting``.
        reason: the verdict in words.
        p_value: of the comparison with the stretch before; None when there was none.
        comparisons: the rows of that comparison.
    """

    number: int
    begin: float
    duration: float
    steps: int
    relaxation_time: RelaxationTime | None
    too_short_because: str
    potential_energy: tuple[float, float]
    pressure: tuple[float, float]
    conservation: EnergyConservation
    structure: StructuralVerdict
    verdict: str = ""
    reason: str = ""
    p_value: float | None = None
    comparisons: tuple[dict[str, Any], ...] = ()

    @property
    def tau(self) -> float | None:
        """τ_α [time]."""
        return None if self.relaxation_time is None else self.relaxation_time.value

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> StretchSummary:
        """The summary that ``asdict`` and JSON made of one."""
        tau = content["relaxation_time"]
        return cls(
            **{
                **content,
                "relaxation_time": None if tau is None else RelaxationTime(**_numbers(tau)),
                "potential_energy": tuple(content["potential_energy"]),
                "pressure": tuple(content["pressure"]),
                "conservation": EnergyConservation(**_numbers(content["conservation"])),
                "structure": StructuralVerdict(**content["structure"]),
                "comparisons": tuple(content["comparisons"]),
            }
        )


@dataclass(frozen=True)
class StretchFiles:
    """The files of a stretch, in one folder."""

    folder: Path

    @property
    def work(self) -> Path:
        """Checkpoints while the stretch runs."""
        return self.folder / "run"

    @property
    def trajectory(self) -> Path:
        """Unwrapped positions, NetCDF."""
        return self.folder / "trajectory.nc"

    @property
    def end(self) -> Path:
        """The last configuration, with velocities, as a LAMMPS data file."""
        return self.folder / "end.data"

    @property
    def record_table(self) -> Path:
        """Energies, pressure and temperature."""
        return self.folder / "record.csv"

    @property
    def dynamics_table(self) -> Path:
        """F_s and MSD."""
        return self.folder / "dynamics.csv"

    @property
    def summary(self) -> Path:
        """Written last."""
        return self.folder / "summary.json"

    def read_summary(self) -> StretchSummary | None:
        """The summary of a finished stretch, None of an unfinished one."""
        if not self.summary.is_file():
            return None
        return StretchSummary.from_json(read_json(checked(self.summary)))

    def read_trajectory(self, model: GlassModel) -> Trajectory:
        """The trajectory."""
        return read_trajectory(checked(self.trajectory), model, force=True)

    def read_record(self) -> pd.DataFrame:
        """The record."""
        return pd.read_csv(checked(self.record_table))

    def read_end(self, model: GlassModel, temperature: float) -> Configuration:
        """The last configuration."""
        return replace(
            read_configuration(checked(self.end), model),
            source=f"equilibration at T = {temperature:g}",
            parent_temperature=temperature,
        )

    def finish(self, summary: StretchSummary) -> None:
        """Write the summary, and delete what only an unfinished stretch needs."""
        Checksums(self.folder).note(
            (self.trajectory, self.end, self.record_table, self.dynamics_table)
        )
        write_json(self.summary, asdict(summary))
        Checksums(self.folder).note([self.summary])
        shutil.rmtree(self.work, ignore_errors=True)

    def forget_trajectory(self) -> None:
        """Delete the trajectory, which is compared with no further one."""
        Checksums(self.folder).keep_up((), [self.trajectory])
        self.trajectory.unlink(missing_ok=True)


def measure_stretch(
    files: StretchFiles,
    run: TrajectoryRun,
    model: GlassModel,
    number: int,
    begin: float,
    q: float | None,
    threshold: float,
) -> StretchSummary:
    """Measure a stretch that has run, and keep what the next one and the judgement need.

    It began at ``begin`` [time]. F_s is taken at q [length⁻¹] (None: q_max of the model) and falls to
    ``threshold`` at τ_α.
    """
    write_data(files.end, run.configuration, model)
    write_table(files.record_table, run.record)
    fs = self_intermediate(run.trajectory, q, model=model)
    msd = mean_squared_displacement(run.trajectory, model=model)
    table = fs.rename(columns={"error": "Fs_error"})[["t", "Fs", "Fs_error", "n_origins"]]
    write_table(files.dynamics_table, table.assign(msd=msd["msd"], msd_error=msd["error"]))
    tau, problem = None, ""
    try:
        tau = relaxation_time(fs, threshold, min_run=1.0, pool=False)
    except StatisticsError as error:
        problem = str(error)
    steps = int(run.trajectory.steps[-1] - run.trajectory.steps[0])
    return StretchSummary(
        number=number,
        begin=begin,
        duration=steps * run.time_step,
        steps=steps,
        relaxation_time=tau,
        too_short_because=problem,
        potential_energy=_mean(run.record["potential_energy"]),
        pressure=_mean(run.record["pressure"]),
        conservation=run.conservation,
        structure=check_structure(run.trajectory, model, n_frames=STRUCTURE_FRAMES),
    )


def history_table(stretches: list[StretchSummary]) -> pd.DataFrame:
    """A row a stretch; columns as of :attr:`EquilibratedLiquid.history`."""
    rows = []
    for stretch in stretches:
        tau = stretch.relaxation_time
        rows.append(
            {
                "begin": stretch.begin,
                "duration": stretch.duration,
                "tau_alpha": math.nan if tau is None else tau.value,
                "tau_alpha_low": math.nan if tau is None else tau.low,
                "tau_alpha_high": math.nan if tau is None else tau.high,
                "potential_energy": stretch.potential_energy[0],
                "potential_energy_error": stretch.potential_energy[1],
                "pressure": stretch.pressure[0],
                "pressure_error": stretch.pressure[1],
                "p_value": math.nan if stretch.p_value is None else stretch.p_value,
                "verdict": stretch.verdict,
                "reason": stretch.reason,
            }
        )
    return with_units(pd.DataFrame(rows), HISTORY_UNITS)


def _mean(values: pd.Series) -> tuple[float, float]:
    """Mean and standard error by blocks."""
    blocks = np.array([b.mean() for b in np.array_split(values.to_numpy(), MEAN_BLOCKS)])
    return float(values.mean()), float(blocks.std(ddof=1) / np.sqrt(MEAN_BLOCKS))


def _numbers(content: dict[str, Any]) -> dict[str, Any]:
    """NaN and infinity back from JSON's null: an interval that is known at its lower end is without bound."""
    known_below = content.get("low") is not None
    unbounded = {"high": float("inf")} if known_below and content["high"] is None else {}
    return {
        name: float("nan") if value is None else value for name, value in content.items()
    } | unbounded
