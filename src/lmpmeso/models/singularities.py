"""Where a function of the distance has no finite value: poles lie between the points of any grid."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lmpmeso.arrays import FloatArray

N_POINTS = 4001
N_PEAKS = 20
"""Largest values that are looked at from nearer by."""
N_ZOOMED, N_ZOOMS = 101, 5
"""Points of a closer look, and how many there are, each at two spaces of the one before."""
GROWS = 1.5
"""A value that is so many times larger at the last look than at the one before has no end."""
STANDS_OUT = 10.0
"""A pole is so much larger than the values at most distances."""


def singular_distance(
    values: Callable[[FloatArray], FloatArray], low: float, high: float
) -> float | None:
    """A distance between ``low`` and ``high`` [length] where a value is not finite; None where all are.

    Args:
        low: the shortest distance.
        high: the longest.
        values: from distances, shape (P,), to values and derivatives there, shape (k, P). The last is
            the one that is looked at between the points, since it grows fastest towards a pole.
    """
    r = np.linspace(low, high, N_POINTS)
    found = values(r)
    bad = ~np.isfinite(found).all(axis=0)
    if bad.any():
        return float(r[int(bad.argmax())])
    size = np.abs(found[-1])
    usual = float(np.median(size))
    peaks = 1 + np.flatnonzero((size[1:-1] > size[:-2]) & (size[1:-1] >= size[2:]))
    for k in peaks[np.argsort(-size[peaks])[:N_PEAKS]]:
        pole = _pole(values, r[k - 1], r[k + 1], float(size[k]), usual)
        if pole is not None:
            return pole
    return None


def _pole(
    values: Callable[[FloatArray], FloatArray], low: float, high: float, size: float, usual: float
) -> float | None:
    """Where a value grows without end between two distances, None if it does not."""
    for _ in range(N_ZOOMS):
        before = size
        r = np.linspace(low, high, N_ZOOMED)
        sizes = np.abs(values(r)[-1])
        if not np.isfinite(sizes).all():
            return float(r[int((~np.isfinite(sizes)).argmax())])
        k = int(sizes.argmax())
        size, at = float(sizes[k]), float(r[k])
        if size < GROWS * before:
            return None
        low, high = float(r[max(k - 1, 0)]), float(r[min(k + 1, N_ZOOMED - 1)])
    return at if size > STANDS_OUT * usual else None
