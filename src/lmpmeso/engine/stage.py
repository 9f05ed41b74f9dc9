"""What a stage of a campaign is: its place among the folders, and a digest of all that it depends on.

Results of different parameters lie side by side, in folders that end with the digest. A stage's
digest covers the version of its code, its own parameters and the digests of the stages that it
needs, so that a changed parameter gives new folders from there on and leaves all others alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from lmpmeso.engine.step import JSON

DIGITS = 8
"""Hexadecimal digits of the digest in the name of a folder."""


@dataclass(frozen=True)
class Stage:
    """A kind of result of one liquid.

    Attributes:
        place: folder of the liquid, relative to the campaign's.
        version: of the code that makes it; raised when its results change.
        parameters: all that the results depend on besides the stages that it ``needs``.
    """

    place: str
    name: str
    version: int
    parameters: dict[str, JSON]
    needs: Mapping[str, Stage] = field(default_factory=dict)

    @cached_property
    def identity(self) -> dict[str, JSON]:
        """What the digest stands for."""
        return {
            "stage": self.name,
            "version": self.version,
            "parameters": dict(self.parameters),
            "needs": {name: stage.digest for name, stage in self.needs.items()},
        }

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the identity."""
        text = json.dumps(self.identity, sort_keys=True, allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()

    @cached_property
    def folder(self) -> str:
        """Where its files lie, relative to the campaign's folder."""
        return f"{self.place}/{self.name}-{self.digest[:DIGITS]}"

    def file(self, name: str) -> str:
        """Path of one of its files, relative to the campaign's folder."""
        return f"{self.folder}/{name}"


def seed_of(campaign_seed: int, *purpose: str | int | float) -> int:
    """A seed for one purpose, e.g. ``seed_of(1, "ipl", 2000, 0.65, 0, "quench", 17)``.

    Seeds of different purposes are independent, and do not change when others are added.
    """
    name = "/".join(map(repr, purpose)).encode()
    key = np.frombuffer(hashlib.sha256(name).digest()[:16], dtype="<u4")
    sequence = np.random.SeedSequence(campaign_seed, spawn_key=tuple(map(int, key)))
    return int(sequence.generate_state(1)[0])
