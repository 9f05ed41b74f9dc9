"""Pairs of frames at equal step difference: the (origin, lag) table behind every correlator.

Frames may be linear, log-spaced or block-logarithmic in time: only the recorded steps count.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lmpmeso.arrays import BoolArray, IntArray
from lmpmeso.errors import ConfigurationError, StatisticsError

LagChoice = Literal["log", "all"] | Sequence[int] | IntArray
"""Which lags: log-thinned, all, or a list of step differences."""

MAX_PAIRS_SEARCHED = 10_000_000
"""Log-thinned lags are looked for among the pairs of the first frames, up to this many pairs."""
MAX_BLOCKS = 10
"""Largest number of blocks of time origins behind an error."""


@dataclass(frozen=True, eq=False)
class LagTable:
    """Which pairs of frames are compared at which lag.

    Attributes:
        steps: MD step of each frame, shape (T,), increasing.
        lags: step differences, shape (L,), increasing, positive.
        is_origin: which frames may serve as time origin, shape (T,).
    """

    steps: IntArray
    lags: IntArray
    is_origin: BoolArray

    def pairs(self, lag: int) -> tuple[IntArray, IntArray]:
        """Frame indices (origins, ends) of every pair that is exactly ``lag`` steps apart.

        Ordered by origin; two arrays of equal length.
        """
        later = self.steps + lag
        end = np.searchsorted(self.steps, later)
        end[end == len(self.steps)] = 0
        origins = np.flatnonzero((self.steps[end] == later) & self.is_origin)
        return origins, end[origins]

    def all_pairs(self) -> tuple[IntArray, IntArray, IntArray]:
        """Origins and ends of all lags one after the other, and where each lag starts.

        Returns:
            (origins, ends, offsets), shapes (P,), (P,), (L + 1,).
        """
        ((_, origins, ends),) = self.batches(max_pairs=None)
        return origins, ends, self.offsets()

    def offsets(self) -> IntArray:
        """Where the pairs of each lag start when all lags are put one after the other, shape (L + 1,)."""
        counts = [len(self.pairs(lag)[0]) for lag in self.lags.tolist()]
        return np.cumsum([0, *counts], dtype=np.int64)

    def batches(self, max_pairs: int | None) -> Iterator[tuple[slice, IntArray, IntArray]]:
        """All pairs, lag after lag, as many lags at a time as hold about ``max_pairs`` pairs.

        Yields:
            Which pairs of all, their origins and their ends.
        """
        held: list[tuple[IntArray, IntArray]] = []
        start, n_held = 0, 0
        last = len(self.lags) - 1
        for number, lag in enumerate(self.lags.tolist()):
            held.append(self.pairs(lag))
            n_held += len(held[-1][0])
            if number == last or (max_pairs is not None and n_held >= max_pairs):
                origins, ends = (np.concatenate(frames) for frames in zip(*held, strict=True))
                yield slice(start, start + n_held), origins, ends
                held, start, n_held = [], start + n_held, 0

    @property
    def span(self) -> int:
        """Steps between the first and the last frame."""
        return int(self.steps[-1] - self.steps[0])


def lag_table(
    steps: IntArray,
    lags: LagChoice = "log",
    *,
    per_decade: int = 20,
    min_origins: int = 1,
    origins: Sequence[int] | IntArray | None = None,
) -> LagTable:
    """Choose the lags at which a trajectory recorded at ``steps`` can be correlated.

    Args:
        steps: MD step of each frame, shape (T,), strictly increasing.
        lags: ``"all"``: every step difference that occurs; ``"log"``: at most ``per_decade`` of
            them in each decade, in each interval the one with the most origins (then the
            shortest); or the step differences themselves.
        per_decade: lags a decade of ``"log"``.
        min_origins: lags with fewer origins are left out.
        origins: indices of the frames that may be time origins (default: all).

    Returns:
        The table; every pair of frames at a chosen lag is in it.

    Raises:
        ConfigurationError: the steps do not increase.
        StatisticsError: no lag is left, or a requested one does not occur.
    """
    steps = np.asarray(steps, dtype=np.int64)
    if steps.ndim != 1 or np.any(np.diff(steps) <= 0):
        raise ConfigurationError(
            "the MD steps of a trajectory must increase strictly from frame to frame; "
            "remove repeated frames (a restarted run often writes its first frame twice)"
        )
    if per_decade < 1:
        raise StatisticsError(f"per_decade must be at least 1, got {per_decade}")
    is_origin = np.ones(len(steps), dtype=bool)
    if origins is not None:
        is_origin[:] = False
        is_origin[np.asarray(origins, dtype=np.int64)] = True

    if isinstance(lags, str):
        chosen = _existing_lags(steps, np.flatnonzero(is_origin), lags, per_decade, min_origins)
    else:
        chosen = np.unique(np.asarray(lags, dtype=np.int64))
        if np.any(chosen <= 0):
            raise StatisticsError(f"lags must be positive numbers of MD steps, got {chosen.min()}")
    table = LagTable(steps, chosen, is_origin)
    n_origins = np.array([len(table.pairs(lag)[0]) for lag in chosen.tolist()], dtype=np.int64)
    if not isinstance(lags, str) and np.any(n_origins == 0):
        absent = chosen[n_origins == 0].tolist()
        raise StatisticsError(f"no two frames are {absent} steps apart; recorded: {steps[:8]} …")
    kept = chosen[n_origins >= min_origins]
    if len(kept) == 0:
        raise StatisticsError(
            f"a trajectory of {len(steps)} frames has no lag with {min_origins} time origins; "
            "record more frames or ask for fewer origins"
        )
    return LagTable(steps, kept, is_origin)


def _existing_lags(
    steps: IntArray, origins: IntArray, choice: str, per_decade: int, min_origins: int
) -> IntArray:
    """Step differences from the given origins, all or the best ones of each log interval."""
    if choice not in ("log", "all"):
        raise StatisticsError(f'lags must be "log", "all" or a list of steps, got {choice!r}')
    # Neighbouring origins, not scattered ones: they hold whole blocks of a block-logarithmic run.
    searched = origins
    if choice == "log":
        searched = origins[: max(1, MAX_PAIRS_SEARCHED // max(1, len(steps)))]
    lags, counts = _step_differences(steps, searched)
    if choice == "all" or len(lags) == 0:
        return lags
    if len(searched) == len(origins):
        lags, counts = lags[counts >= min_origins], counts[counts >= min_origins]
    interval = np.floor(np.log10(lags) * per_decade + 1e-9).astype(np.int64)
    best_first = np.lexsort((lags, -counts, interval))
    _, first = np.unique(interval[best_first], return_index=True)
    return lags[best_first[first]]


def _step_differences(steps: IntArray, origins: IntArray) -> tuple[IntArray, IntArray]:
    """Distinct positive step differences from the origins, and how often each occurs."""
    lags = np.empty(0, dtype=np.int64)
    counts = np.empty(0, dtype=np.int64)
    batch = max(1, 2_000_000 // max(1, len(steps)))
    for start in range(0, len(origins), batch):
        differences = (steps[None, :] - steps[origins[start : start + batch], None]).ravel()
        found, n_found = np.unique(differences[differences > 0], return_counts=True)
        lags, where = np.unique(np.concatenate([lags, found]), return_inverse=True)
        counts = np.bincount(
            where, weights=np.concatenate([counts, n_found]), minlength=len(lags)
        ).astype(np.int64)
    return lags, counts
