"""When a liquid is in equilibrium, and how long the next stretch of its run shall be."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lmpmeso.errors import ProtocolError

FIRST_STRETCH = 50.0
"""Length of the first stretch, in t0: what the fastest liquids need."""
MARGIN = 1.25
"""The relaxation time of a stretch that was too short is likely to be underestimated."""
LARGEST_GROWTH = 4.0
"""A relaxation time from a short stretch is not trusted further than this."""


def positive(name: str, value: float) -> float:
    """The value, if it is a positive number.

    Raises:
        ProtocolError: it is not.
    """
    if not (math.isfinite(value) and value > 0):
        raise ProtocolError(f"{name} must be a positive number, got {value!r}")
    return value


@dataclass(frozen=True)
class Criterion:
    """What two successive stretches of a run must fulfil.

    Attributes:
        stretch_tau: length of a stretch that is judged, in τ_α.
        significance: probability that a stretch of a liquid in equilibrium is rejected, and one more run.
        first_duration: length of the first stretch [time]; None: 50 t0.
        q: wave number of F_s [length⁻¹]; None: q_max of the largest species.
        threshold: F_s(τ_α).

    Raises:
        ProtocolError: a value is not possible.
    """

    stretch_tau: float = 6.0
    significance: float = 0.05
    first_duration: float | None = None
    q: float | None = None
    threshold: float = 0.2

    def __post_init__(self) -> None:
        positive("stretch_tau", self.stretch_tau)
        if self.first_duration is not None:
            positive("first_duration", self.first_duration)
        if not 0.0 < self.significance < 1.0:
            raise ProtocolError(f"significance must lie between 0 and 1, got {self.significance}")


STANDARD = Criterion()


def next_duration(duration: float, tau: float | None, stretch_tau: float) -> float:
    """Length of the stretch that follows one of a given length and τ_α [time].

    Twice as long while τ_α is not known (None: F_s did not fall far enough); then ``stretch_tau`` τ_α,
    never shorter than the last.
    """
    if tau is None:
        return 2.0 * duration
    if duration >= stretch_tau * tau:
        return duration
    return min(max(duration, MARGIN * stretch_tau * tau), LARGEST_GROWTH * duration)


SEEN = 2.0
"""A stretch so many τ_α long tells τ_α, about."""
JUDGED = 3
"""Stretches of full length that an equilibration takes: two that agree, and one more for a rejection or for ageing."""


def expected_duration(tau_over_t0: float, stretch_tau: float) -> float:
    """How long a liquid of a known τ_α is likely to run until it is called equilibrated [t0].

    The stretches that a run would take one after the other: doubled from the first on until τ_α is seen, then of full
    length. A liquid that ages for long, as after a large step of temperature, takes more of these.
    """
    total, duration, judged = 0.0, FIRST_STRETCH, 0
    while judged < JUDGED:
        total += duration
        judged += duration >= stretch_tau * tau_over_t0
        known = duration >= SEEN * tau_over_t0
        duration = next_duration(duration, tau_over_t0 if known else None, stretch_tau)
    return total
