"""Inherent-structure trajectories: the minima that underlie the frames of a liquid's trajectory.

Array suffixes: f frame, q quenched frame, n particle, c Cartesian component.
"""

from __future__ import annotations

import itertools
import math
import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import pandas as pd

from lmpmeso.arrays import BoolArray, FloatArray, IntArray
from lmpmeso.backend.processes import run_in_processes
from lmpmeso.configurations import (
    Configuration,
    InherentStructure,
    Trajectory,
    TrajectoryLike,
    trajectory_and_model,
)
from lmpmeso.errors import ProtocolError
from lmpmeso.execution import DEFAULT, Execution
from lmpmeso.files.run_folder import sole_worker
from lmpmeso.files.tables import with_units
from lmpmeso.landscape.recognition import FrameQuencher, QuenchSettings, largest_displacement
from lmpmeso.landscape.structure_store import StoredStructure, StructureStore, frame_mark
from lmpmeso.models import GlassModel, get_model
from lmpmeso.printing import Printed
from lmpmeso.protocols.steepest_descent import PATH_TOLERANCE

Search = Literal["exhaustive", "bisection"]

SAME_DISPLACEMENT = 1e-5
"""Two structures are one when no particle is farther apart [length]: the authors' threshold."""
SHARD_FRAMES = 25
"""Frames that one task quenches one after the other."""
SAVE_INTERVAL = 30.0
"""Least time between two shards of one task [s]."""
BLOCK_FRAMES = 64
"""Bisection begins between frames so far apart."""
LANDSCAPE_UNITS: Mapping[str, str] = {
    "t": "time",
    "energy": "energy",
    "interval": "time",
    "threshold": "length",
    "energy_step": "energy",
    "largest_displacement": "length",
    "squared_displacement": "length^2",
}
"""Units of the columns of the tables of this package; a column without unit is a number."""


@dataclass(frozen=True, eq=False, repr=False)
class InherentStructureTrajectory(Printed):
    """U_IHS(t) and the structures below the frames of a trajectory (Fig. 5a, c).

    Attributes:
        steps_f: MD step of each frame, shape (F,).
        quench_f: for each frame the quenched frame whose structure it has, shape (F,): itself, or
            in a bisected trajectory an earlier one when both neighbours agree.
        steps_q: MD step of each quenched frame, shape (Q,).
        positions_qnc: unwrapped positions of the structures [length], shape (Q, N, d).
        energies_q: U_IHS, extensive [energy], shape (Q,).
        max_forces_q: largest residual force [energy/length], shape (Q,).
        recognised_q: whether a structure was met before rather than polished by itself.
        time_step: δt [time].
        search: ``"exhaustive"`` or ``"bisection"``.
        same_displacement: threshold of the bisection [length].
        source: of the trajectory.
    """

    steps_f: IntArray
    quench_f: IntArray
    steps_q: IntArray
    positions_qnc: FloatArray
    energies_q: FloatArray
    max_forces_q: FloatArray
    recognised_q: BoolArray
    time_step: float
    search: Search
    same_displacement: float
    source: str

    @property
    def n_frames(self) -> int:
        """Number of frames F."""
        return len(self.steps_f)

    @property
    def n_particles(self) -> int:
        """Number of particles N."""
        return self.positions_qnc.shape[1]

    @property
    def n_quenches(self) -> int:
        """Number of frames that were quenched Q; the others follow from their neighbours."""
        return len(self.steps_q)

    @property
    def energies_f(self) -> FloatArray:
        """U_IHS of each frame [energy], shape (F,)."""
        return self.energies_q[self.quench_f]

    @property
    def duration(self) -> float:
        """Time from the first frame to the last [time]."""
        return float(self.steps_f[-1] - self.steps_f[0]) * self.time_step

    def every(self, stride: int) -> InherentStructureTrajectory:
        """The same trajectory looked at in every ``stride``-th frame only.

        Raises:
            ProtocolError: fewer than two frames would remain.
        """
        if stride < 1 or self.n_frames <= stride:
            raise ProtocolError(
                f"{self.source}: every {stride}-th of {self.n_frames} frames leaves nothing to compare"
            )
        return replace(self, steps_f=self.steps_f[::stride], quench_f=self.quench_f[::stride])

    def table(self) -> pd.DataFrame:
        """Columns ``step``, ``t`` [time], ``energy`` (U_IHS) [energy], ``quenched``, a row a frame."""
        table = pd.DataFrame(
            {
                "step": self.steps_f,
                "t": self.steps_f * self.time_step,
                "energy": self.energies_f,
                "quenched": self.steps_q[self.quench_f] == self.steps_f,
            }
        )
        return with_units(table, LANDSCAPE_UNITS)


def inherent_structure_trajectory(
    trajectory: TrajectoryLike,
    model: GlassModel | str,
    *,
    folder: str | os.PathLike[str] | None = None,
    search: Search = "exhaustive",
    same_displacement: float = SAME_DISPLACEMENT,
    minimizer: str = "steepest",
    tolerance: float = 1e-10,
    recognise: bool = True,
    path_tolerance: float = PATH_TOLERANCE,
    execution: Execution = DEFAULT,
) -> InherentStructureTrajectory:
    """Quench the frames of one trajectory, or of the file whose path is given; see :func:`inherent_structure_trajectories`."""
    model = get_model(model)
    trajectory, _ = trajectory_and_model(trajectory, model)
    return inherent_structure_trajectories(
        [trajectory],
        model,
        folders=None if folder is None else [folder],
        search=search,
        same_displacement=same_displacement,
        minimizer=minimizer,
        tolerance=tolerance,
        recognise=recognise,
        path_tolerance=path_tolerance,
        execution=execution,
    )[0]


def inherent_structure_trajectories(
    trajectories: Sequence[Trajectory],
    model: GlassModel | str,
    *,
    folders: Sequence[str | os.PathLike[str]] | None = None,
    search: Search = "exhaustive",
    same_displacement: float = SAME_DISPLACEMENT,
    minimizer: str = "steepest",
    tolerance: float = 1e-10,
    recognise: bool = True,
    path_tolerance: float = PATH_TOLERANCE,
    execution: Execution = DEFAULT,
) -> list[InherentStructureTrajectory]:
    """Quench the frames of several trajectories, in parallel over frames and trajectories.

    ``"exhaustive"`` quenches every frame. ``"bisection"`` quenches every 64th, and between two that
    differ the frame in the middle, down to neighbouring frames; between two that agree all frames
    count as the same, so that an excursion there and back stays hidden. Where the transitions are
    few that saves nearly all quenches.

    Every frame is quenched by :func:`lmpmeso.protocols.quench`, to the last digit that matters:
    ``recognise`` only shortens the polish of frames whose minimiser ended beside a structure met
    before (see :mod:`lmpmeso.landscape.recognition`).

    Args:
        trajectories: unwrapped frames, any MD steps apart.
        model: the model.
        folders: one folder a trajectory for the quenched frames, made if need be; whatever is there
            already is not computed again, and a trajectory that was extended is quenched where it is
            new. Temporary ones when None.
        search: ``"exhaustive"`` or ``"bisection"``.
        same_displacement: bisection takes two structures for one when no particle is farther apart
            [length].
        minimizer: ``"steepest"``, whose ends are the structures below the frames, or ``"cg"`` or ``"fire"``, which
            find others (docs/true-basins.md).
        tolerance: largest force of a structure [energy/length].
        recognise: see above; False polishes every frame by itself.
        path_tolerance: of steepest descent, see :func:`lmpmeso.protocols.quench`.
        execution: how it runs; ``progress`` is told of shards of quenched frames.

    Raises:
        ProtocolError: no such search, or a trajectory of a single frame.
        FolderError: a folder is of another trajectory, or in use.
        UnstableStructureError, ConvergenceError: a frame could not be quenched.
        LammpsError: LAMMPS stopped.
        ProcessError: a worker process died.
    """
    model = get_model(model)
    if search not in get_args(Search):
        raise ProtocolError(f"search must be one of {get_args(Search)}, got {search!r}")
    if not same_displacement > 0:
        raise ProtocolError(f"same_displacement must be positive, got {same_displacement}")
    for trajectory in trajectories:
        if trajectory.n_frames < 2:
            raise ProtocolError(f"{trajectory.source}: a single frame holds no transition")
    if folders is not None and len(folders) != len(trajectories):
        raise ProtocolError(f"{len(folders)} folders for {len(trajectories)} trajectories")
    settings = QuenchSettings(
        model, minimizer, tolerance, recognise, execution.silent(), path_tolerance
    )
    with ExitStack() as stack:
        if folders is None:
            root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lmpmeso-")))
            folders = [root / f"{k}" for k in range(len(trajectories))]
        stores = [StructureStore(Path(folder).absolute(), model) for folder in folders]
        for trajectory, store in zip(trajectories, stores, strict=True):
            stack.enter_context(sole_worker(store.folder))
            store.claim(trajectory, minimizer, tolerance, path_tolerance)
        pairs = list(zip(trajectories, stores, strict=True))
        if search == "exhaustive":
            tasks = [task for pair in pairs for task in _exhaustive_tasks(*pair, settings)]
            _run(tasks, execution, 0, len(tasks))
        else:
            edges = [task for pair in pairs for task in _edge_tasks(*pair, settings)]
            n_blocks = sum(math.ceil((t.n_frames - 1) / BLOCK_FRAMES) for t in trajectories)
            total = len(edges) + n_blocks
            _run(edges, execution, 0, total)
            blocks = [
                task for pair in pairs for task in _block_tasks(*pair, settings, same_displacement)
            ]
            _run(blocks, execution, total - len(blocks), total)
        for store in stores:
            store.list_shards()
        return [
            _assembled(trajectory, store.read(), search, same_displacement)
            for trajectory, store in pairs
        ]


@dataclass(frozen=True, eq=False)
class Task:
    """Frames that one process quenches, and the folder of the shards they go to.

    They are all frames (``ends`` None), or those between two that are quenched already, whose structures
    are ``ends``: bisect between them. ``done`` are those of frames between that are there already, by MD
    step. Two structures within ``same_displacement`` [length] are one.
    """

    frames: Trajectory
    folder: Path
    settings: QuenchSettings
    ends: tuple[StoredStructure, StoredStructure] | None = None
    done: tuple[StoredStructure, ...] = ()
    same_displacement: float = SAME_DISPLACEMENT


def _run(tasks: Sequence[Task], execution: Execution, done: int, total: int) -> None:
    """Do the tasks, in any order."""
    execution.tell(done, total)
    jobs = [(task,) for task in tasks]
    for number, _ in enumerate(
        run_in_processes(_quench_task, jobs, execution.processes), start=done + 1
    ):
        execution.tell(number, total)
        execution.checkpoint()


def _quench_task(task: Task) -> None:
    """Quench the frames of a task; what is done goes to a shard now and then, and where it ends."""
    quencher = FrameQuencher(task.settings)
    store = StructureStore(task.folder, task.settings.model)
    new: list[StoredStructure] = []
    saved = time.monotonic()
    try:
        for entry in _one_by_one(task, quencher) if task.ends is None else _bisect(task, quencher):
            new.append(entry)
            if time.monotonic() - saved >= SAVE_INTERVAL:
                store.write(new)
                new, saved = [], time.monotonic()
    finally:
        store.write(new)


def _one_by_one(task: Task, quencher: FrameQuencher) -> Iterator[StoredStructure]:
    """Quench all frames."""
    for k in range(task.frames.n_frames):
        yield _quenched(task.frames.configuration(k), quencher)


def _quenched(frame: Configuration, quencher: FrameQuencher) -> StoredStructure:
    return StoredStructure(*quencher.quench(frame), frame_mark(frame.positions_nc))


def _bisect(task: Task, quencher: FrameQuencher) -> Iterator[StoredStructure]:
    """Quench frames until every two neighbouring quenched ones agree or are adjacent."""
    assert task.ends is not None
    last = task.frames.n_frames - 1
    frame_of_step = {int(step): k for k, step in enumerate(task.frames.steps)}
    found = {0: task.ends[0], last: task.ends[1]}
    found |= {frame_of_step[entry.structure.step or 0]: entry for entry in task.done}
    for entry in (task.ends[1], task.ends[0]):
        quencher.remember(entry.structure)
    known = sorted(found)
    open_gaps = list(itertools.pairwise(known))[::-1]
    while open_gaps:
        low, high = open_gaps.pop()
        same = _are_same(found[low].structure, found[high].structure, task.same_displacement)
        if high - low < 2 or same:
            continue
        middle = (low + high) // 2
        found[middle] = _quenched(task.frames.configuration(middle), quencher)
        yield found[middle]
        open_gaps += [(middle, high), (low, middle)]


def _are_same(first: InherentStructure, second: InherentStructure, threshold: float) -> bool:
    """The authors' criterion."""
    first_nc, second_nc = first.unwrapped_positions(), second.unwrapped_positions()
    return largest_displacement(first_nc, second_nc) < threshold


def _part(trajectory: Trajectory, frames: Sequence[int]) -> Trajectory:
    """Some frames of a trajectory."""
    index = np.asarray(frames, dtype=np.int64)
    return replace(
        trajectory, positions_tnc=trajectory.positions_tnc[index], steps=trajectory.steps[index]
    )


def _missing(trajectory: Trajectory, frames: Sequence[int], store: StructureStore) -> list[int]:
    """Those of the frames that are not quenched yet."""
    there = store.read()
    return [k for k in frames if int(trajectory.steps[k]) not in there]


def _sharded(
    trajectory: Trajectory, frames: list[int], store: StructureStore, settings: QuenchSettings
) -> Iterator[Task]:
    """Tasks that quench the given frames."""
    for start in range(0, len(frames), SHARD_FRAMES):
        part = _part(trajectory, frames[start : start + SHARD_FRAMES])
        yield Task(part, store.folder, settings)


def _exhaustive_tasks(
    trajectory: Trajectory, store: StructureStore, settings: QuenchSettings
) -> Iterator[Task]:
    missing = _missing(trajectory, range(trajectory.n_frames), store)
    return _sharded(trajectory, missing, store, settings)


def _edges(trajectory: Trajectory) -> list[int]:
    """Frames between which bisection begins."""
    return [*range(0, trajectory.n_frames - 1, BLOCK_FRAMES), trajectory.n_frames - 1]


def _edge_tasks(
    trajectory: Trajectory, store: StructureStore, settings: QuenchSettings
) -> Iterator[Task]:
    return _sharded(trajectory, _missing(trajectory, _edges(trajectory), store), store, settings)


def _block_tasks(
    trajectory: Trajectory, store: StructureStore, settings: QuenchSettings, threshold: float
) -> Iterator[Task]:
    """Blocks in which something is left to find."""
    there = store.read()
    steps = [int(step) for step in trajectory.steps]
    edges = _edges(trajectory)
    for low, high in itertools.pairwise(edges):
        known = [k for k in range(low, high + 1) if steps[k] in there]
        if any(
            right - left > 1
            and not _are_same(
                there[steps[left]].structure, there[steps[right]].structure, threshold
            )
            for left, right in itertools.pairwise(known)
        ):
            yield Task(
                _part(trajectory, range(low, high + 1)),
                store.folder,
                settings,
                ends=(there[steps[low]], there[steps[high]]),
                done=tuple(there[steps[k]] for k in known[1:-1]),
                same_displacement=threshold,
            )


def _assembled(
    trajectory: Trajectory,
    stored: dict[int, StoredStructure],
    search: Search,
    same_displacement: float,
) -> InherentStructureTrajectory:
    """The trajectory of structures from its quenched frames."""
    steps_f = np.asarray(trajectory.steps, dtype=np.int64)
    present = set(steps_f.tolist())
    steps = sorted(step for step in stored if step in present)
    structures = [stored[step].structure for step in steps]
    steps_q = np.array(steps, dtype=np.int64)
    return InherentStructureTrajectory(
        steps_f=steps_f,
        quench_f=np.searchsorted(steps_q, steps_f, side="right") - 1,
        steps_q=steps_q,
        positions_qnc=np.stack([s.unwrapped_positions() for s in structures]),
        energies_q=np.array([s.energy for s in structures]),
        max_forces_q=np.array([s.max_force for s in structures]),
        recognised_q=np.array([stored[step].recognised for step in steps]),
        time_step=float(trajectory.time_step),
        search=search,
        same_displacement=same_displacement,
        source=trajectory.source,
    )
