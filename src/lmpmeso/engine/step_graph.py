"""Which step waits for which, and which goes first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from lmpmeso.engine.step import Step
from lmpmeso.errors import CampaignError


class StepGraph:
    """The steps of a campaign with what each needs.

    Attributes:
        steps: by target, in an order in which each comes after what it needs.

    Raises:
        CampaignError: two steps make one file, a step that says it is alone is not, a step needs what none makes and what is not there,
            or steps wait for one another in a circle.
    """

    def __init__(self, root: Path, steps: Iterable[Step]):
        given: dict[str, Step] = {}
        for step in steps:
            if step.target in given and given[step.target] != step:
                raise CampaignError(f"two different steps make {step.target}")
            given[step.target] = step
        shared = Counter(target.rpartition("/")[0] for target in given)
        for step in given.values():
            if step.alone and shared[step.target.rpartition("/")[0]] > 1:
                raise CampaignError(f"{step.target} is not alone in its folder, as it says")
            for need in step.needed:
                if need not in given and not (root / need).is_file():
                    raise CampaignError(
                        f"{step.target} needs {need}, which no step makes and which is not in {root}"
                    )
        self._needs = {
            target: tuple(need for need in dict.fromkeys(step.needed) if need in given)
            for target, step in given.items()
        }
        order = self._ordered()
        self.steps = {target: given[target] for target in order}

    @cached_property
    def heights(self) -> dict[str, int]:
        """By target, the number of steps in the longest chain that waits for it: long chains go first."""
        heights: dict[str, int] = {}
        for target in reversed(self.steps):
            heights[target] = 1 + max((heights[f] for f in self._followers[target]), default=0)
        return heights

    @cached_property
    def _followers(self) -> dict[str, list[str]]:
        """By target, those that need it."""
        followers: dict[str, list[str]] = {target: [] for target in self.steps}
        for target, needs in self._needs.items():
            for need in needs:
                followers[need].append(target)
        return followers

    def _ordered(self) -> list[str]:
        """The targets, each after those that it needs: as they are given, where they are given so."""
        seen: set[str] = set()
        for target, needs in self._needs.items():
            if not seen.issuperset(needs):
                break
            seen.add(target)
        else:
            return list(self._needs)
        try:
            return list(TopologicalSorter(self._needs).static_order())
        except CycleError as error:
            raise CampaignError(
                f"steps wait for one another in a circle: {' <- '.join(error.args[1])}"
            ) from error

    def needs(self, target: str) -> tuple[str, ...]:
        """Targets of other steps that a step needs."""
        return self._needs[target]

    def followers(self, target: str) -> list[str]:
        """Targets of the steps that need it."""
        return self._followers[target]

    def all_after(self, target: str) -> set[str]:
        """Targets of all steps that wait for it, directly or not."""
        found: set[str] = set()
        open_ends = [target]
        while open_ends:
            new = set(self._followers[open_ends.pop()]) - found
            found |= new
            open_ends += new
        return found
