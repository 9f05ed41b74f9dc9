"""Steps of the landscape: short runs quenched frame by frame, and the rate of transitions Γ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lmpmeso.campaign.dynamics_steps import equilibrium_parts
from lmpmeso.campaign.liquid_steps import ProductionRun
from lmpmeso.configurations import read_trajectory, write_trajectory
from lmpmeso.engine.records import Record, noted_warnings, read_record, write_record, write_table
from lmpmeso.engine.stage import seed_of
from lmpmeso.engine.step import Workplace
from lmpmeso.landscape import InherentStructureTrajectory, LandscapeStudy
from lmpmeso.landscape.study import LANDSCAPE_UNITS
from lmpmeso.models import GlassModel, get_model

TRAJECTORY_VERSION = 1
RATE_VERSION = 3
RATE_FILE = "landscape.json"
LANDSCAPE_FILES = {
    "landscape_energies": "energies.csv",
    "landscape_intervals": "by-interval.csv",
    "landscape_thresholds": "by-threshold.csv",
}
"""File of a state point by the name of its table."""


def quench_trajectory(
    work: Workplace,
    *,
    model: str,
    temperature: float,
    number: int,
    frames: int,
    interval_steps: int,
    minimizer: str,
    tolerance: float,
    seed: int,
    accelerator: str,
    identity: Mapping[str, Any],
) -> None:
    """Run from the configuration after a block of the production run, and quench every frame.

    The frames lie in ``NNNN.nc``, the structures in shards in the folder ``NNNN``.
    """
    glass_model = get_model(model)
    folder = work.target.parent
    with noted_warnings() as notes:
        study = LandscapeStudy(
            glass_model,
            temperature,
            interval_steps,
            minimizer=minimizer,
            tolerance=tolerance,
            accelerator=accelerator,
        )
        start = ProductionRun(work.needs, glass_model, temperature).configuration(number)
        duration = (frames - 1) * (interval_steps * glass_model.time_step_at(temperature))
        path = folder / f"{number:04d}.nc"
        write_trajectory(
            path, study.run(start, duration, seed_of(seed, "velocities", number), work.folder)
        )
        (structures,) = study.structures(
            [read_trajectory(path, glass_model)], [path.with_suffix("")], Checkpoints(work)
        )
    table = write_table(folder / f"{number:04d}.csv", structures.table(), LANDSCAPE_UNITS)
    write_record(
        work,
        "inherent-structure trajectory",
        identity,
        {path.name: path, table.name: table},
        number=number,
        seed=seed_of(seed, "velocities", number),
        minimizer=minimizer,
        tolerance=tolerance,
        warnings=notes,
    )


def measure_rate(
    work: Workplace,
    *,
    model: str,
    temperature: float,
    shares: Sequence[int],
    threshold: float,
    level: float,
    seed: int,
    identity: Mapping[str, Any],
) -> None:
    """Γ of the quenched trajectories, whether it has converged, and U_IHS(t).

    ``work.needs`` are, of each replica, its dynamics and as many trajectories as ``shares`` says. A
    replica that was no equilibrium liquid is left out, as in :func:`~lmpmeso.campaign.summary_steps.summarise`.
    """
    glass_model = get_model(model)
    parts = equilibrium_parts(work.needs, shares)
    records = [read_record(path, "inherent-structure trajectory") for path in parts.paths]
    landscape = LandscapeStudy(glass_model, temperature, threshold=threshold).measure(
        [_reread(record, glass_model, temperature) for record in records],
        level=level,
        seed=seed,
        numbers=[record["number"] for record in records],
    )
    summary = landscape.summary()
    folder = work.target.parent
    files = {
        (file := LANDSCAPE_FILES[name]): write_table(folder / file, table, LANDSCAPE_UNITS)
        for name, table in landscape.tables().items()
    }
    write_record(
        work,
        "landscape",
        identity,
        files,
        summary=summary
        | {
            "caveat": "; ".join(filter(None, (summary["caveat"], parts.left_out, parts.excluded))),
            "excluded": parts.excluded,
        },
    )


class Checkpoints:
    """Tells the engine of progress that is on the disk, as ``progress(done, total)``.

    Args:
        work: the step's place.
        part: which of ``parts`` equal parts of the step this is, from 0.
        parts: number of them.
    """

    def __init__(self, work: Workplace, part: int = 0, parts: int = 1):
        self._work, self._part, self._parts = work, part, parts
        self._known: int | None = None

    def __call__(self, done: int, total: int) -> None:
        """Hand progress on; a checkpoint where something was finished since the last call."""
        self._work.progress(self._part * total + done, self._parts * total)
        if self._known is not None and done > self._known:
            self._work.checkpoint()
        self._known = done


def _reread(record: Record, model: GlassModel, temperature: float) -> InherentStructureTrajectory:
    """The structures of a finished trajectory."""
    path = record.data(f"{record['number']:04d}.nc")
    study = LandscapeStudy(
        model, temperature, minimizer=record["minimizer"], tolerance=record["tolerance"]
    )
    return study.structures([read_trajectory(path, model)], [path.with_suffix("")])[0]
