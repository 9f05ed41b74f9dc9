"""Running the steps of a campaign until nothing is left that can be done.

Whether a step is done is the file system's word; the workers only decide where it runs. Two programs
may therefore work on one folder: a step that the other one is at is left to it.
"""

from __future__ import annotations

import heapq
import os
import secrets
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from lmpmeso.engine.deadline import program_deadline
from lmpmeso.engine.make import Run, tidy_up
from lmpmeso.engine.outcome import Failure, Outcome, RunOutcome
from lmpmeso.engine.progress import ProgressReport, ProgressSink
from lmpmeso.engine.repair import discard_damaged, discard_outdated
from lmpmeso.engine.resources import Resources
from lmpmeso.engine.step import Step
from lmpmeso.engine.step_files import (
    ENGINE_FOLDER,
    StepFiles,
    begun_targets,
    date_failures_back,
)
from lmpmeso.engine.step_graph import StepGraph
from lmpmeso.engine.whole import Listing, missing_files
from lmpmeso.engine.workers import SerialWorkers, Workers
from lmpmeso.errors import CampaignError
from lmpmeso.files.locks import is_locked

PATIENCE = 0.5
"""Time between two looks at what is not told [s]: other programs, the progress of steps."""


def run_steps(
    root: str | os.PathLike[str],
    steps: Iterable[Step],
    resources: Resources,
    sink: ProgressSink,
    repair: bool = False,
) -> RunOutcome:
    """Make the targets of all steps that are not there, in an order that their needs allow.

    A step that fails leaves a log in ``failures/``; whatever does not need it goes on. What failed in
    an earlier run is tried again. ``repair`` checks what is there and makes again what is damaged, and then what
    depends on it. ``campaign.log`` in the folder tells the story in plain lines.

    Raises:
        CampaignError: the steps contradict one another, or no workers can be started.
        MissingDependencyError: Dask is needed and not installed.
    """
    folder = Path(root).absolute()
    graph = StepGraph(folder, steps)
    (folder / ENGINE_FOLDER).mkdir(parents=True, exist_ok=True)
    with ProgressReport(folder, graph, sink) as report:
        _tidy(folder, graph)
        if repair:
            discard_damaged(folder, graph, report.say)
        outcome = _run_missing(folder, graph, resources, report)
        while discard_outdated(folder, graph, report.say):
            before, outcome = outcome, _run_missing(folder, graph, resources, report)
            outcome.count_made(before)
        outcome.damaged = missing_files(Listing(folder), [*outcome.kept, *outcome.made])
        report.end(outcome)
    return outcome


def _run_missing(
    root: Path, graph: StepGraph, resources: Resources, report: ProgressReport
) -> RunOutcome:
    """Make what is not there."""
    outcome = RunOutcome(kept=[t for t in graph.steps if _is_done(root, t)])
    report.begin(outcome.kept)
    if len(outcome.kept) < len(graph.steps):
        run = _new_run(root, resources)
        with _workers(root, resources, run, report) as workers:
            report.say(f"running {workers.description}")
            _Loop(root, graph, workers, run, report, outcome).go()
    return outcome


def _is_done(root: Path, target: str) -> bool:
    """Whether a target is there; what stands in its way counts as not, and its step will say so."""
    try:
        return StepFiles(root, target).is_done()
    except CampaignError:
        return False


def _tidy(root: Path, graph: StepGraph) -> None:
    """Tidy up after steps that were killed when their target was already there."""
    for target in begun_targets(root):
        if target in graph.steps and _is_done(root, target):
            tidy_up(StepFiles(root, target))


def _new_run(root: Path, resources: Resources) -> Run:
    """A name for this run, and its beginning by the clock of the file system."""
    name = secrets.token_hex(6)
    stamp = root / ENGINE_FOLDER / f"run-{name}"
    stamp.touch()
    began = stamp.stat().st_mtime
    stamp.unlink()
    date_failures_back(root, began)
    own = resources.engine != "slurm"
    wall_time = resources.wall_seconds
    deadline = program_deadline(wall_time if own else None)
    return Run(name, began, deadline, wall_time, captures=resources.engine != "serial")


def _workers(
    root: Path, resources: Resources, run: Run, report: ProgressReport
) -> AbstractContextManager[Workers]:
    """What the resources ask for."""
    if resources.engine == "serial":
        return nullcontext(SerialWorkers(root, run))
    if resources.engine == "slurm":
        from lmpmeso.engine.slurm import slurm_workers

        return slurm_workers(root, resources, run, report.say)
    from lmpmeso.engine.local import local_workers

    return local_workers(root, resources, run)


class _Loop:
    """Hands steps to workers as they become ready, and keeps the books."""

    def __init__(
        self,
        root: Path,
        graph: StepGraph,
        workers: Workers,
        run: Run,
        report: ProgressReport,
        outcome: RunOutcome,
    ):
        self._root = root
        self._graph = graph
        self._workers = workers
        self._run = run
        self._report = report
        self._outcome = outcome
        done = set(outcome.kept)
        self._open_needs = {
            target: {need for need in graph.needs(target) if need not in done}
            for target in graph.steps
            if target not in done
        }
        self._ready: dict[bool, list[tuple[int, int, str]]] = {False: [], True: []}
        self._place = {target: place for place, target in enumerate(graph.steps)}
        self._running: set[str] = set()
        self._elsewhere: set[str] = set()
        self._looked = 0.0
        for target, needs in self._open_needs.items():
            if not needs:
                self._push(target)

    def go(self) -> None:
        """Until nothing is left to do or to wait for."""
        while True:
            if self._outcome.stopped is None:
                self._submit()
            elif not self._running:
                break
            if not (self._running or self._elsewhere or any(self._ready.values())):
                break
            for result in self._workers.completed(PATIENCE):
                self._running.discard(result.target)
                self._settle(result)
            self._look_around()
        self._outcome.waiting = [t for t in self._graph.steps if t in self._open_needs]

    def _push(self, target: str) -> None:
        entry = (-self._graph.heights[target], self._place[target], target)
        heapq.heappush(self._ready[self._graph.steps[target].gpu], entry)

    def _submit(self) -> None:
        """Keep the workers supplied."""
        for queue in self._ready.values():
            while queue and self._workers.has_room_for(self._graph.steps[queue[0][2]]):
                height, _, target = heapq.heappop(queue)
                self._running.add(target)
                self._workers.submit(self._graph.steps[target], priority=-height)

    def _settle(self, result: Outcome) -> None:
        """Take note of what has become of a step."""
        target = result.target
        self._report.messages(result)
        if result.kind in ("made", "kept"):
            self._finish(target)
        elif result.kind == "failed":
            self._fail(target, result.reason)
        elif result.kind == "busy":
            self._elsewhere.add(target)
        else:
            self._push(target)
            if result.kind == "no space" or not self._workers.replaced_in_time:
                self._stop(result.reason)

    def _finish(self, target: str) -> None:
        self._outcome.made.append(target)
        del self._open_needs[target]
        self._report.done(target)
        for follower in self._graph.followers(target):
            needs = self._open_needs.get(follower)
            if needs is not None and target in needs:
                needs.remove(target)
                if not needs:
                    self._push(follower)

    def _fail(self, target: str, reason: str) -> None:
        log = StepFiles(self._root, target).failure
        self._outcome.failed[target] = Failure(reason, log)
        del self._open_needs[target]
        self._report.failed(target, reason, log)
        for follower in self._graph.all_after(target):
            if self._open_needs.pop(follower, None) is not None:
                self._outcome.blocked.append(follower)

    def _stop(self, reason: str) -> None:
        if self._outcome.stopped is None:
            self._outcome.stopped = reason
            self._report.say(f"stopping: {reason}")

    def _look_around(self) -> None:
        """Every now and then: steps that another program is at, and how far all are."""
        now = time.monotonic()
        if now - self._looked < PATIENCE:
            return
        for target in sorted(self._elsewhere):
            files = StepFiles(self._root, target)
            if _is_done(self._root, target):
                self._elsewhere.remove(target)
                self._finish(target)
            elif not is_locked(files.lock):
                self._elsewhere.remove(target)
                self._push(target)
        if self._elsewhere and not self._running:
            time.sleep(PATIENCE)
        self._report.look(self._running | self._elsewhere)
        self._looked = time.monotonic()
