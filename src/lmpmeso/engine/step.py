"""A step of a campaign: one file, and the function that makes it from other files."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from lmpmeso.errors import CampaignError

JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"

PLAIN = {str, int, bool, float, type(None)}
WORK_SUFFIX = ".work"
"""Ends the name of the folder beside a target that holds its checkpoints."""


@dataclass(frozen=True)
class Step:
    """A file, and how to make it.

    Attributes:
        target: path of the file, relative to the folder of the campaign, with ``/`` between parts.
            A step whose target is there is done.
        function: a function of a module, called as ``function(workplace, **parameters)``. It may
            write other files too, as long as its target comes last: in the folder of the target,
            whatever their names where ``alone`` says so, else under that of the target, without
            its suffix, with ``-WORDS`` or another suffix behind it. Parameters must say everything that the target depends on besides ``needs``.
        parameters: its keyword arguments, in the types of JSON.
        needs: targets of other steps, which must be there before, by what they are to the function.
        group: the steps that a person counts together, e.g. ``"ipl T=0.65 glasses"``.
        gpu: the step is to have a GPU to itself where the engine has any.
        alone: no other step has its target in the same folder.
        identity: what its record says that the target depends on.

    Raises:
        CampaignError: a path leads out of the folder, the function is not of a module, or a
            parameter does not survive JSON unchanged.
    """

    target: str
    function: Callable[..., None]
    parameters: Mapping[str, JSON] = field(default_factory=dict)
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    group: str = "tasks"
    gpu: bool = False
    alone: bool = False
    identity: Mapping[str, JSON] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for path in (self.target, *self.needed):
            _refuse_outside(path)
        name = getattr(self.function, "__qualname__", "<")
        if "<" in name or "." in name:
            raise CampaignError(
                f"{self.target}: {self.function!r} is not a function of a module, and worker "
                "processes can import no other"
            )
        if _are_plain(self.parameters):
            return
        try:
            plain = json.loads(json.dumps(dict(self.parameters), allow_nan=False))
        except (TypeError, ValueError) as error:
            raise CampaignError(
                f"{self.target}: a parameter is not plain JSON ({error})"
            ) from error
        for key, value in self.parameters.items():
            if plain.get(key) != value:
                raise CampaignError(
                    f"{self.target}: JSON makes {plain.get(key)!r} of the parameter "
                    f"{key} = {value!r}; use lists, and strings as keys"
                )

    @property
    def needed(self) -> tuple[str, ...]:
        """All targets that it needs."""
        return tuple(itertools.chain.from_iterable(self.needs.values()))


@dataclass(frozen=True)
class Workplace:
    """Where a step's function works.

    Attributes:
        target: name to write the target under, with its suffix; renamed when the function returns.
        needs: paths of the files that the step needs, by the names that it gives them.
        work: folder for checkpoints; None: beside the target.
        on_progress, on_checkpoint: told of both.
        identity: of the step.
        root: folder that all targets are in.
        accelerator: of LAMMPS, for the record.
    """

    target: Path
    needs: Mapping[str, Sequence[Path]] = field(default_factory=dict)
    work: Path | None = None
    on_progress: Callable[[float, float], None] | None = None
    on_checkpoint: Callable[[], None] | None = None
    identity: Mapping[str, JSON] = field(default_factory=dict)
    root: Path | None = None
    accelerator: str = "auto"

    @property
    def folder(self) -> Path:
        """A folder for checkpoints, which outlives a kill and is removed when the target is there."""
        folder = self.work or work_folder(self.target)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def need(self, name: str) -> Path:
        """The one file that the step needs under a name."""
        (path,) = self.needs[name]
        return path

    def progress(self, done: float, total: float) -> None:
        """Say how far the step is."""
        if self.on_progress is not None:
            self.on_progress(done, total)

    def checkpoint(self) -> None:
        """Say that what was done so far is safe on the disk, in :attr:`folder`.

        Attempts that died before no longer count against the step. Steps of more than some minutes
        should come here every few minutes.

        Raises:
            WallTimeReached: there is not enough time left to come to the next checkpoint. Let it
                pass: another worker goes on from here.
        """
        if self.on_checkpoint is not None:
            self.on_checkpoint()


class WallTimeReached(BaseException):
    """A step has ended at a checkpoint because the time of its job is over.

    No error, and nothing that a step should catch as one: hence not an Exception.
    """


def work_folder(target: Path) -> Path:
    """The folder beside a target that holds its checkpoints."""
    return target.with_name(target.name + WORK_SUFFIX)


def _are_plain(parameters: Mapping[str, JSON]) -> bool:
    """Whether all parameters are single words and finite numbers, which JSON brings back as they are."""
    kinds = set(map(type, parameters.values()))
    if not kinds <= PLAIN:
        return False
    return float not in kinds or all(
        math.isfinite(value) for value in parameters.values() if isinstance(value, float)
    )


def _refuse_outside(path: str) -> None:
    """Refuse a path that is not a plain relative one with a CampaignError."""
    # A campaign may have some 10⁵ paths: most are told to be good by their characters alone.
    if path and "/." not in path and "//" not in path and path[0] not in "./" and path[-1] != "/":
        return
    if not {"", ".", ".."}.isdisjoint(path.split("/")):
        raise CampaignError(
            f"{path!r} is no path inside a campaign's folder: it must be relative, with / between "
            "its parts and without .."
        )
