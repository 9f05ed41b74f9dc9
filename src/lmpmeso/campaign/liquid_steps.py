"""Steps that run a liquid: equilibration, and the production run in segments of a few blocks.

A production run is a chain of segments, so that more glasses lengthen it without another beginning.
Each segment starts from the positions and velocities at the end of the one before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lmpmeso.configurations import (
    Configuration,
    Trajectory,
    read_configuration,
    read_trajectory,
    write_configurations,
    write_trajectory,
)
from lmpmeso.engine.records import noted_warnings, read_record, write_record
from lmpmeso.engine.step import Workplace
from lmpmeso.equilibrium import Criterion, EquilibratedLiquid, equilibrate_liquid
from lmpmeso.errors import CampaignError
from lmpmeso.execution import Execution
from lmpmeso.files.plain_json import write_json
from lmpmeso.files.tables import write_table
from lmpmeso.models import GlassModel, get_model
from lmpmeso.protocols import run_trajectory

EQUILIBRATION_VERSION = 1
PRODUCTION_VERSION = 1
SEGMENT_BLOCKS = 5
"""Blocks of a segment of the production run; a configuration to quench comes after each."""
ROWS_PER_BLOCK = 100
"""Rows of the record of energies and pressure that a block is to have at least."""

EQUILIBRATION_FILE = "equilibration.json"
VERDICT_FILE = "not-equilibrated.json"
"""What is left of an equilibration that did not succeed, for the tables and the report."""
END_FILE = "end.nc"
RECORD_FILE = "record.csv"
HISTORY_FILE = "history.csv"

RECORD_UNITS = {
    "time": "time",
    "temperature": "energy",
    "potential_energy": "energy",
    "kinetic_energy": "energy",
    "conserved_energy": "energy",
    "pressure": "energy/length^d",
}
HISTORY_UNITS = {
    "begin": "time",
    "duration": "time",
    "tau_alpha": "time",
    "potential_energy": "energy",
    "pressure": "energy/length^d",
}


def equilibrate(
    work: Workplace,
    *,
    model: str,
    temperature: float,
    n_particles: int,
    seed: int,
    stretch_tau: float,
    max_duration: float,
    q: float,
    threshold: float,
    accelerator: str,
    identity: Mapping[str, Any],
) -> None:
    """Equilibrate a liquid, from random positions or from the end of a hotter one (``work.needs``).

    Raises:
        CampaignError: it did not come to equilibrium, or is no liquid; what was found is in
            ``not-equilibrated.json``, and the run goes on when it may take longer.
    """
    glass_model = get_model(model)
    start = None
    if work.needs:
        hotter = read_record(work.needs[0], "equilibration")
        start = read_configuration(hotter.data(END_FILE), glass_model)
    with noted_warnings() as notes:
        liquid = equilibrate_liquid(
            glass_model,
            temperature,
            None if start is not None else n_particles,
            seed,
            start=start,
            folder=work.folder,
            max_duration=max_duration,
            criterion=Criterion(stretch_tau, q=q, threshold=threshold),
            execution=Execution(accelerator, progress=work.progress, on_checkpoint=work.checkpoint),
        )
    verdict = _verdict(liquid, temperature, seed) | {"warnings": notes}
    folder = work.target.parent
    tau = liquid.relaxation_time
    if not liquid.equilibrated or tau is None:
        write_json(folder / VERDICT_FILE, verdict)
        raise CampaignError(
            f"{model} at T = {temperature:g} is not in equilibrium and is left out: {liquid.reason}. "
            "If it only needs longer, raise max_tau (or max_t0) under [equilibration] and run again: "
            "it goes on from where it is"
        )
    write_configurations(folder / END_FILE, [liquid.configuration])
    files = {
        END_FILE: folder / END_FILE,
        RECORD_FILE: write_table(folder / RECORD_FILE, liquid.record, RECORD_UNITS),
        HISTORY_FILE: write_table(folder / HISTORY_FILE, liquid.history, HISTORY_UNITS),
    }
    (folder / VERDICT_FILE).unlink(missing_ok=True)
    write_record(work, "equilibration", identity, files, **verdict)


def _verdict(liquid: EquilibratedLiquid, temperature: float, seed: int) -> dict[str, Any]:
    """What an equilibration found."""
    tau = liquid.relaxation_time
    return {
        "temperature": temperature,
        "seed": seed,
        "equilibrated": liquid.equilibrated,
        "reason": liquid.reason,
        "crystallised": liquid.structure.crystallised,
        "cavitated": liquid.structure.cavitated,
        "structure": liquid.structure.reason,
        "duration": liquid.duration,
        "tau_alpha": None if tau is None else tau.value,
    }


def run_segment(
    work: Workplace,
    *,
    model: str,
    temperature: float,
    segment: int,
    spacing_tau: float,
    shortest_spacing_t0: float,
    ratio: float,
    accelerator: str,
    identity: Mapping[str, Any],
) -> None:
    """Run a segment of the production run.

    ``work.needs`` are the equilibration and, but for the first segment, the segment before.
    """
    glass_model = get_model(model)
    equilibration = read_record(work.needs[0], "equilibration")
    if segment == 0:
        start = read_configuration(equilibration.data(END_FILE), glass_model)
    else:
        before = read_record(work.needs[1], "production")
        start = read_configuration(before.data(end_file(segment - 1)), glass_model)
    block = max(
        spacing_tau * equilibration["tau_alpha"],
        shortest_spacing_t0 * glass_model.t0(temperature),
    )
    block_steps = _block_steps(block, glass_model, temperature)
    with noted_warnings() as notes:
        run = run_trajectory(
            start,
            glass_model,
            temperature,
            block_duration=block_steps * glass_model.time_step_at(temperature),
            n_blocks=SEGMENT_BLOCKS,
            ratio=ratio,
            folder=work.folder,
            execution=Execution(
                accelerator,
                record_every=max(1, min(100, block_steps // ROWS_PER_BLOCK)),
                progress=work.progress,
                on_checkpoint=work.checkpoint,
            ),
        )
    first_step = segment * SEGMENT_BLOCKS * block_steps
    folder = work.target.parent
    frames, end, record = (
        folder / name for name in (frames_file(segment), end_file(segment), record_file(segment))
    )
    write_trajectory(frames, _continued(run.trajectory, first_step))
    write_configurations(
        end, [replace(run.configuration, step=first_step + SEGMENT_BLOCKS * block_steps)]
    )
    write_table(record, _shifted(run.record, first_step, run.time_step), RECORD_UNITS)
    write_record(
        work,
        "production",
        identity,
        {path.name: path for path in (frames, end, record)},
        segment=segment,
        first_step=first_step,
        block_steps=block_steps,
        n_blocks=SEGMENT_BLOCKS,
        time_step=run.time_step,
        warnings=notes,
    )


def segment_file(segment: int) -> str:
    """Name of the record of a segment."""
    return f"{segment:04d}.json"


def frames_file(segment: int) -> str:
    """Name of the trajectory of a segment."""
    return f"{segment:04d}.nc"


def end_file(segment: int) -> str:
    """Name of the configuration, with velocities, at the end of a segment."""
    return f"{segment:04d}-end.nc"


def record_file(segment: int) -> str:
    """Name of the table of energies and pressure of a segment."""
    return f"{segment:04d}-record.csv"


def segments_of(first_block: int, last_block: int) -> range:
    """The segments that hold the blocks from one to another, both included."""
    return range(first_block // SEGMENT_BLOCKS, last_block // SEGMENT_BLOCKS + 1)


class ProductionRun:
    """The configurations at the ends of the blocks of a production run.

    Args:
        records: paths of the records of some of its segments.
        model: the model.
        temperature: T.
    """

    def __init__(self, records: tuple[Path, ...], model: GlassModel, temperature: float):
        self._records = {r["segment"]: r for r in (read_record(p, "production") for p in records)}
        self._model = model
        self._temperature = temperature
        self._loaded: tuple[int, Trajectory] | None = None

    def configuration(self, block: int) -> Configuration:
        """The liquid at the end of a block, without velocities."""
        segment = block // SEGMENT_BLOCKS
        record = self._records[segment]
        if self._loaded is None or self._loaded[0] != segment:
            path = record.data(frames_file(segment))
            self._loaded = segment, read_trajectory(path, self._model)
        trajectory = self._loaded[1]
        step = (block + 1) * record["block_steps"]
        found = np.flatnonzero(np.asarray(trajectory.steps) == step)
        if len(found) != 1:
            raise CampaignError(
                f"{record.path}: no frame at step {step}; delete it to have it made again"
            )
        return replace(
            trajectory.configuration(int(found[0])), parent_temperature=self._temperature
        )


def _block_steps(duration: float, model: GlassModel, temperature: float) -> int:
    """A duration in MD steps, rounded up to whole rows of the record."""
    steps = int(np.ceil(duration / model.time_step_at(temperature) - 1e-9))
    every = max(1, min(100, steps // ROWS_PER_BLOCK))
    return -(-steps // every) * every


def _continued(trajectory: Trajectory, first_step: int) -> Trajectory:
    """A segment at its place in the run; a later one without the frame that ends the one before."""
    begin = 0 if first_step == 0 else 1
    return replace(
        trajectory,
        positions_tnc=trajectory.positions_tnc[begin:],
        steps=np.asarray(trajectory.steps)[begin:] + first_step,
    )


def _shifted(record: pd.DataFrame, first_step: int, time_step: float) -> pd.DataFrame:
    """The record of a segment at its place in the run."""
    steps = record["step"] + first_step
    shifted = record.assign(step=steps, time=steps * time_step)
    return shifted if first_step == 0 else shifted[shifted["step"] > first_step]
