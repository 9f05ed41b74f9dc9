"""Results that are not what was written are made again, and then what depends on them, where they came out otherwise.

A step reads nothing that is damaged. What was made from a result before it was damaged is therefore right, and
stays if the result comes out the same to the last bit; its seal tells. The seals are kept in ``.engine/repair.json``
until then, so that a repair that is killed goes on with the next run.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from lmpmeso.engine.step_files import ENGINE_FOLDER, StepFiles
from lmpmeso.engine.step_graph import StepGraph
from lmpmeso.errors import CampaignError
from lmpmeso.files.checksums import seal_of
from lmpmeso.files.locks import is_locked
from lmpmeso.files.plain_json import read_json, write_json

PENDING_FILE = "repair.json"
"""Seals of what is to be made again, by target; empty where there was none."""


def discard_damaged(root: Path, graph: StepGraph, say: Callable[[str], None]) -> None:
    """Check all results, and let those that are damaged count as not made.

    Raises:
        CampaignError: a result is of another format.
    """
    from lmpmeso.engine.records import fault_of_result

    faults = {
        target: fault
        for target in graph.steps
        if (root / target).is_file() and (fault := fault_of_result(root / target))
    }
    pending = _pending(root)
    for target, fault in faults.items():
        say(f"to be made again: {target}: {fault}")
        pending.setdefault(target, seal_of((root / target).read_bytes()) or "")
    _keep(root, pending)
    _discard(root, faults)
    for target in graph.steps:
        _discard_damaged_work(StepFiles(root, target), target, say)


def _discard_damaged_work(files: StepFiles, target: str, say: Callable[[str], None]) -> None:
    """Begin a step anew whose checkpoints are damaged: as long as they are there, it fails each time."""
    from lmpmeso.files.verification import verify

    if files.is_done() or not files.work.is_dir() or is_locked(files.lock):
        return
    if faults := verify(files.work).faults:
        path, fault = next(iter(faults.items()))
        say(f"to be begun anew: {target}: {path.relative_to(files.work)} {fault}")
        shutil.rmtree(files.work)


def discard_outdated(root: Path, graph: StepGraph, say: Callable[[str], None]) -> bool:
    """Let what was made from results that came out otherwise count as not made; whether there was anything."""
    pending = _pending(root)
    again = {target: seal for target, seal in pending.items() if (root / target).is_file()}
    outdated: set[str] = set()
    for target, seal in again.items():
        if target in graph.steps and (not seal or seal_of((root / target).read_bytes()) != seal):
            outdated |= graph.all_after(target)
    found = [target for target in outdated if (root / target).is_file()]
    if found:
        say(f"{len(found)} tasks to be done again: what they were made from came out otherwise")
    _discard(root, outdated)
    if again:
        _keep(root, {target: seal for target, seal in pending.items() if target not in again})
    return bool(found)


def _pending(root: Path) -> dict[str, str]:
    """What an earlier repair, perhaps a killed one, has yet to compare.

    Raises:
        CampaignError: the file that says so is damaged.
    """
    path = root / ENGINE_FOLDER / PENDING_FILE
    if not path.is_file():
        return {}
    try:
        found = read_json(path)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(seal, str) for seal in found.values()):
        raise CampaignError(
            f"{path} is damaged: it said what a repair that was ended has yet to compare. Delete it and run again: "
            "what that repair has made again, and what was made from it before, stay as they are"
        )
    return found


def _keep(root: Path, pending: dict[str, str]) -> None:
    path = root / ENGINE_FOLDER / PENDING_FILE
    if pending:
        write_json(path, pending)
    else:
        path.unlink(missing_ok=True)


def _discard(root: Path, targets: Iterable[str]) -> None:
    """Remove targets, and what was begun of them."""
    for target in targets:
        files = StepFiles(root, target)
        files.target.unlink(missing_ok=True)
        shutil.rmtree(files.work, ignore_errors=True)
