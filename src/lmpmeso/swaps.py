"""Swap Monte Carlo between segments of MD: how often, and how many. The command line shows it, too, and loads nothing else."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lmpmeso.errors import ProtocolError


@dataclass(frozen=True)
class Swaps:
    """Exchanges of particles between segments of MD.

    Attributes:
        every: MD steps of a segment.
        per_particle: attempts after each segment, in units of N.
        seed: of the exchanges.

    Raises:
        ProtocolError: a number is impossible.
    """

    every: int = 50
    per_particle: float = 4.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if self.every < 1 or self.seed < 0 or not 0 < self.per_particle < math.inf:
            raise ProtocolError(
                "swaps need at least one MD step between them, a positive number of attempts per particle and a "
                f"seed that is not negative; got {self.every}, {self.per_particle}, {self.seed}"
            )

    def variables(self) -> dict[str, object]:
        """What tells one such run from another."""
        return {
            "swap_every": self.every,
            "swaps_per_particle": float(self.per_particle),
            "swap_seed": self.seed,
        }
