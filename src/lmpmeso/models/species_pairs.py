"""Each two species of a model, and what files call them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lmpmeso.models.glass_model import Species


@dataclass(frozen=True)
class SpeciesPair:
    """Two species, by their indices and their names."""

    a: int
    b: int
    names: tuple[str, str]

    @property
    def label(self) -> str:
        """``A-B``."""
        return "-".join(self.names)

    @property
    def labels(self) -> tuple[str, str]:
        """``A-B`` and ``B-A``."""
        return self.label, "-".join(reversed(self.names))


def pairs_of(species: Sequence[Species]) -> list[SpeciesPair]:
    """Each two species once."""
    names = [s.name for s in species]
    return [
        SpeciesPair(a, b, (names[a], names[b]))
        for a in range(len(names))
        for b in range(a, len(names))
    ]
