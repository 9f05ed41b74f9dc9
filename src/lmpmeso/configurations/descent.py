"""What is recorded of a path of steepest descent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Saddle:
    """A saddle at which a path ended, and where the two ways down from it lead.

    Energies U [energy] of the saddle and of the end on either side of its softest mode, the lower one first;
    the lowest eigenvalue of its Hessian [energy/length²].
    """

    energy: float
    lowest_eigenvalue: float
    end_energies: tuple[float, float]


@dataclass(frozen=True)
class DescentPath:
    """The path of steepest descent dx/dt = -∇U from a configuration to its inherent structure.

    Attributes:
        tolerance: largest local error of a step [length].
        steps: accepted steps.
        refused: steps that were too long.
        force_evaluations: of all.
        length: of the path in all coordinates together [length].
        time: t at its end [length²/energy].
        largest_rise: of U in a step [energy]; 0 where U fell in each.
        hand_over_force: largest force on a particle where Newton steps took over [energy/length].
        saddles: at which it ended on its way; a path from elsewhere than a saddle meets none.
    """

    tolerance: float
    steps: int
    refused: int
    force_evaluations: int
    length: float
    time: float
    largest_rise: float
    hand_over_force: float
    saddles: tuple[Saddle, ...] = ()

    def as_plain_data(self) -> dict[str, Any]:
        """Numbers, lists and dictionaries, as JSON holds them."""
        return asdict(self)

    @classmethod
    def from_plain_data(cls, data: Mapping[str, Any]) -> DescentPath:
        """The record that :meth:`as_plain_data` wrote."""
        saddles = tuple(
            Saddle(**{**saddle, "end_energies": tuple(saddle["end_energies"])})
            for saddle in data["saddles"]
        )
        return cls(**{**data, "saddles": saddles})
