"""The production run of a liquid, in segments of a few blocks.

A production run is a chain of segments, so that more glasses lengthen it without another beginning.
Each segment starts from the positions and velocities at the end of the one before.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from lmpmeso.campaign.cost import GIB, Cost, Expected
from lmpmeso.campaign.measurement import Measurement
from lmpmeso.campaign.measurements.equilibration import END_FILE, time_scale
from lmpmeso.campaign.own_models import model_of_step
from lmpmeso.campaign.run_parts import continued, shifted
from lmpmeso.campaign.state_point import StatePoint
from lmpmeso.campaign.swapped_run import SCHEDULE, SwappedRun, run_with_swaps
from lmpmeso.configurations import (
    Configuration,
    Trajectory,
    read_configuration,
    read_trajectory,
    write_configurations,
    write_trajectory,
)
from lmpmeso.engine.records import Record, noted_warnings, read_record, write_record
from lmpmeso.engine.stage import Stage
from lmpmeso.engine.step import Step, Workplace
from lmpmeso.errors import CampaignError
from lmpmeso.execution import Execution
from lmpmeso.files.tables import write_table
from lmpmeso.files.toml_rules import real, setting
from lmpmeso.models import GlassModel
from lmpmeso.protocols import TrajectoryRun, run_trajectory
from lmpmeso.protocols.chunked_run import RECORD_UNITS
from lmpmeso.protocols.frame_schedule import frame_steps

SEGMENT_BLOCKS = 5
"""Blocks of a segment of the production run; a configuration to quench comes after each."""
ROWS_PER_BLOCK = 100
"""Rows of the record of energies and pressure that a block is to have at least."""
LONGEST_BLOCK = 10**15
"""Frames are counted up to so many MD steps; nobody runs a liquid whose τ_α is longer."""
FRAME_BYTES = 24
"""A particle of a frame of a trajectory."""


@dataclass(frozen=True)
class Production(Measurement):
    """The run that is analysed: blocks of log-spaced frames, a configuration to quench after each."""

    name = "production"
    after = ("equilibration",)

    length_tau: float = setting(
        real(above=0), "least length [τ_α]; longer where the glasses need it", 20.0
    )
    spacing_tau: float = setting(
        real(above=0), "between configurations that are quenched; length of a block [τ_α]", 1.0
    )
    shortest_spacing_t0: float = setting(real(above=0), "and at least this [t0]", 5.0)
    ratio: float = setting(real(above=1), "of successive times of the frames within a block", 1.2)

    def n_blocks(self, point: StatePoint, replica: int) -> int:
        """The least length."""
        return math.ceil(self.length_tau / self.spacing_tau - 1e-9)

    def n_segments(self, point: StatePoint, replica: int) -> int:
        """Segments of a replica."""
        return math.ceil(point.n_blocks(replica) / SEGMENT_BLOCKS)

    def stage_parameters(self, point: StatePoint, replica: int) -> dict[str, Any]:
        """Depends on the equilibration; not on its length, which may grow."""
        return {
            "spacing_tau": self.spacing_tau,
            "shortest_spacing_t0": self.shortest_spacing_t0,
            "ratio": self.ratio,
            "segment_blocks": SEGMENT_BLOCKS,
            **self._swaps(point, replica),
        }

    def _swaps(self, point: StatePoint, replica: int) -> dict[str, Any]:
        """What is said of swaps, where they are part of the run."""
        if not point.liquid.swapped(point.temperature):
            return {}
        return {"swap_seed": point.seed(replica, "swaps"), **SCHEDULE}

    def steps(self, point: StatePoint, replica: int) -> Iterator[Step]:
        """The segments of each replica, one after the other."""
        stage = point.stage(self.name, replica)
        needs = {"equilibration": point.targets("equilibration", replica)}
        keys = ("spacing_tau", "shortest_spacing_t0", "ratio")
        told = {key: stage.parameters[key] for key in keys}
        told |= {"temperature": point.temperature}
        told |= {"accelerator": point.campaign.resources.accelerator}
        if "swap_seed" in stage.parameters:
            told["swap_seed"] = stage.parameters["swap_seed"]
        for segment in range(self.n_segments(point, replica)):
            if segment > 0:
                needs = needs | {"before": (stage.file(segment_file(segment - 1)),)}
            own = told | {"segment": segment}
            yield point.step(stage, segment_file(segment), run_segment, own, needs)

    def cost(self, expected: Expected) -> Cost:
        """MD steps, and the frames, which the analysis holds in memory."""
        tau, n_replicas = expected.tau_over_t0, expected.liquid.replicas
        block = max(self.spacing_tau * tau, self.shortest_spacing_t0)
        blocks = max(
            math.ceil(self.length_tau * tau / block), math.ceil(expected.n_glasses / n_replicas)
        )
        block_steps = block * expected.steps_per_t0
        frames = len(frame_steps(max(1, round(min(block_steps, LONGEST_BLOCK))), 1, self.ratio))
        run_bytes = frames * blocks * FRAME_BYTES * expected.liquid.n_particles
        one = blocks * block_steps * expected.step_seconds
        return Cost(one * n_replicas, n_replicas * run_bytes, run_bytes / GIB, chain=one)


def segments_with(stage: Stage, first_block: int, last_block: int) -> tuple[str, ...]:
    """Targets of the segments that hold the blocks from one to another, both included."""
    segments = range(first_block // SEGMENT_BLOCKS, last_block // SEGMENT_BLOCKS + 1)
    return tuple(stage.file(segment_file(segment)) for segment in segments)


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
    swap_seed: int | None = None,
) -> None:
    """Run a segment of the production run; with swaps where these have a seed.

    It needs the ``equilibration`` and, but for the first segment, the segment ``before``.
    """
    glass_model = model_of_step(work, model)
    equilibration = read_record(work.need("equilibration"), "equilibration")
    beginning = start = read_configuration(equilibration.data(END_FILE), glass_model)
    if segment > 0:
        before = read_record(work.need("before"), "production")
        start = read_configuration(before.data(end_file(segment - 1)), glass_model)
    block = max(
        spacing_tau * time_scale(equilibration), shortest_spacing_t0 * glass_model.t0(temperature)
    )
    block_steps = _block_steps(block, glass_model, temperature)
    execution = Execution(
        accelerator,
        record_every=max(1, min(100, block_steps // ROWS_PER_BLOCK)),
        progress=work.progress,
        on_checkpoint=work.checkpoint,
    )
    run: TrajectoryRun | SwappedRun
    with noted_warnings() as notes:
        if swap_seed is None:
            run = run_trajectory(
                start,
                glass_model,
                temperature,
                block_duration=block_steps * glass_model.time_step_at(temperature),
                n_blocks=SEGMENT_BLOCKS,
                ratio=ratio,
                folder=work.folder,
                execution=execution,
            )
        else:
            first_block = segment * SEGMENT_BLOCKS
            run = run_with_swaps(
                start,
                beginning,
                glass_model,
                temperature,
                block_steps=block_steps,
                blocks=range(first_block, first_block + SEGMENT_BLOCKS),
                seed=swap_seed,
                folder=work.folder,
                execution=execution,
            )
    first_step = segment * SEGMENT_BLOCKS * block_steps
    folder = work.target.parent
    frames, end, record = (
        folder / name for name in (frames_file(segment), end_file(segment), record_file(segment))
    )
    write_trajectory(frames, continued(run.trajectory, first_step))
    write_configurations(
        end, [replace(run.configuration, step=first_step + SEGMENT_BLOCKS * block_steps)]
    )
    write_table(record, shifted(run.record, first_step, run.time_step), RECORD_UNITS)
    files, told = [frames, end, record], {}
    if isinstance(run, SwappedRun):
        told = {"swap_acceptance": run.acceptance}
        for block, liquid in enumerate(run.ends, start=segment * SEGMENT_BLOCKS):
            files.append(folder / block_file(block))
            write_configurations(files[-1], [replace(liquid, velocities_nc=None)])
    write_record(
        work,
        "production",
        files,
        **told,
        segment=segment,
        first_step=first_step,
        block_steps=block_steps,
        n_blocks=SEGMENT_BLOCKS,
        time_step=run.time_step,
        warnings=notes,
    )


segment_file = "{:04d}.json".format
"""Name of the record of a segment."""
frames_file = "{:04d}.nc".format
"""Name of its trajectory."""
end_file = "{:04d}-end.nc".format
"""Name of the configuration, with velocities, at its end."""
block_file = "{:05d}-block.nc".format
"""Name of the configuration at the end of a block, where swaps have changed its particles."""
record_file = "{:04d}-record.csv".format
"""Name of its table of energies and pressure."""


class ProductionRun:
    """The configurations at the ends of the blocks of a production run, from the records of some segments."""

    def __init__(self, records: Sequence[Path], model: GlassModel, temperature: float):
        self._records = {r["segment"]: r for r in (read_record(p, "production") for p in records)}
        self._model = model
        self._temperature = temperature
        self._loaded: tuple[int, Trajectory] | None = None

    def configuration(self, block: int) -> Configuration:
        """The liquid at the end of a block, without velocities."""
        segment = block // SEGMENT_BLOCKS
        record = self._records[segment]
        if block_file(block) in record["files"]:
            liquid = read_configuration(record.data(block_file(block)), self._model)
            return replace(liquid, parent_temperature=self._temperature)
        if self._loaded is None or self._loaded[0] != segment:
            path = record.data(frames_file(segment))
            self._loaded = segment, read_trajectory(path, self._model, force=True)
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


def liquids(
    records: Sequence[Record], run: Trajectory, model: GlassModel, at_most: int
) -> list[Configuration]:
    """Configurations at the ends of blocks of a production run, evenly spread, the last included.

    Args:
        records: of its segments.
        run: their frames.
        model: the model.
        at_most: how many.
    """
    if block_file(0) not in records[0]["files"]:
        return ends_of_blocks(run, records[0]["block_steps"], at_most)
    return [
        read_configuration(records[k // SEGMENT_BLOCKS].data(block_file(k)), model)
        for k in _spread(SEGMENT_BLOCKS * len(records), at_most)
    ]


def ends_of_blocks(trajectory: Trajectory, block_steps: int, at_most: int) -> list[Configuration]:
    """Configurations at the ends of blocks, evenly spread, the last included."""
    steps = np.asarray(trajectory.steps)
    ends = np.flatnonzero((steps % block_steps == 0) & (steps > 0))
    return [trajectory.configuration(int(ends[k])) for k in _spread(len(ends), at_most)]


def _spread(number: int, at_most: int) -> list[int]:
    """Some of 0 … number - 1, evenly spread, the last included."""
    chosen: list[int] = np.unique(np.linspace(number - 1, 0, at_most).round().astype(int)).tolist()
    return chosen


def _block_steps(duration: float, model: GlassModel, temperature: float) -> int:
    """A duration in MD steps, rounded up to whole rows of the record."""
    steps = int(np.ceil(duration / model.time_step_at(temperature) - 1e-9))
    every = max(1, min(100, steps // ROWS_PER_BLOCK))
    return -(-steps // every) * every
