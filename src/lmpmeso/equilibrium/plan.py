"""How long the next stretch of an equilibration shall be."""

from __future__ import annotations

FIRST_STRETCH = 50.0
"""Length of the first stretch, in t0: what the fastest liquids need."""
MARGIN = 1.25
"""The relaxation time of a stretch that was too short is likely to be underestimated."""
LARGEST_GROWTH = 4.0
"""A relaxation time from a short stretch is not trusted further than this."""


def next_duration(duration: float, tau: float | None, stretch_tau: float) -> float:
    """Length of the stretch that follows one of a given length [time].

    Twice as long while τ_α is not known; then as long as is asked for, never shorter than the last.

    Args:
        duration: length of the last stretch [time].
        tau: its τ_α [time]; None when F_s did not fall far enough.
        stretch_tau: length that a stretch must have, in τ_α.
    """
    if tau is None:
        return 2.0 * duration
    if duration >= stretch_tau * tau:
        return duration
    return min(max(duration, MARGIN * stretch_tau * tau), LARGEST_GROWTH * duration)
