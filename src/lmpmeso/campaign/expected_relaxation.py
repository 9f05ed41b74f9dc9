"""τ_α before anything has run: a table of short runs, to plan with and to choose temperatures by.

A campaign measures τ_α of each state point itself; what is expected here decides no result.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from lmpmeso.campaign.settings import Liquid
from lmpmeso.errors import StatisticsError

TABLE = "relaxation_times.csv"
ROUGH = "range of"
"""Begins the source of an entry that was read off an axis: good to an order of magnitude."""
MEASURED, INTERPOLATED = "measured", "interpolated"
ROUGHLY, EXTRAPOLATED = "order of magnitude", "extrapolated"
WITH_SWAPS = " with swaps"
"""Ends the name of a model in entries that are of its dynamics with swaps."""
APART = 3.0
"""Factor of τ_α between the entries that an extrapolation rests on."""
LONGEST = 1e100
"""No extrapolation goes beyond this τ_α/t0."""


@dataclass(frozen=True)
class ExpectedRelaxation:
    """τ_α/t0 that a state point is planned with.

    Its origin is ``measured`` (an entry of the table), ``interpolated``, ``order of magnitude``, or
    ``extrapolated``: of entries that were left out a decade beyond the others it gave half.
    """

    tau_over_t0: float
    origin: str


@dataclass(frozen=True)
class _Entry:
    temperature: float
    tau_over_t0: float
    rough: bool


def expected_relaxation(model: str, temperature: float) -> ExpectedRelaxation | None:
    """τ_α/t0 of a model at a temperature, linear in ln τ_α against 1/T; None for unknown models.

    Below the coldest entry ln τ_α goes on as a parabola, because the slope grows on cooling: through entries a factor
    apart in τ_α, so that two of nearly one temperature do not decide.
    """
    entries = _entries().get(model)
    if entries is None:
        return None
    for entry in entries:
        if math.isclose(entry.temperature, temperature):
            return ExpectedRelaxation(entry.tau_over_t0, ROUGHLY if entry.rough else MEASURED)
    x = 1.0 / temperature
    inverse = [1.0 / entry.temperature for entry in entries]
    logarithms = [math.log(entry.tau_over_t0) for entry in entries]
    k = int(np.clip(np.searchsorted(inverse, x), 1, len(entries) - 1))
    slope = (logarithms[k] - logarithms[k - 1]) / (inverse[k] - inverse[k - 1])
    expected = logarithms[k] + slope * (x - inverse[k])
    if x > inverse[-1]:
        expected = _beyond(inverse, logarithms, x)
    tau = math.exp(min(expected, math.log(LONGEST)))
    if not inverse[0] <= x <= inverse[-1]:
        return ExpectedRelaxation(tau, EXTRAPOLATED)
    rough = entries[k].rough or entries[k - 1].rough
    return ExpectedRelaxation(tau, ROUGHLY if rough else INTERPOLATED)


def _beyond(inverse: list[float], logarithms: list[float], x: float) -> float:
    """The logarithm of τ_α/t0 at a 1/T above all that are known."""
    last = len(inverse) - 1
    middle = _slower_by(APART, logarithms, last)
    first = _slower_by(APART, logarithms, middle)
    slope = (logarithms[last] - logarithms[middle]) / (inverse[last] - inverse[middle])
    bend = 0.0
    if first < middle:
        before = (logarithms[middle] - logarithms[first]) / (inverse[middle] - inverse[first])
        # Each slope is that half-way between its ends.
        bend = max(0.0, 2.0 * (slope - before) / (inverse[last] - inverse[first]))
        slope += bend * (inverse[last] - inverse[middle]) / 2.0
    further = x - inverse[last]
    return logarithms[last] + (slope + bend * further / 2.0) * further


def _slower_by(factor: float, logarithms: list[float], k: int) -> int:
    """The coldest entry than which entry k is slower by a factor; the hottest where none is so fast."""
    gap = math.log(factor)
    return next((j for j in range(k - 1, -1, -1) if logarithms[k] - logarithms[j] >= gap), 0)


def relaxation_of(liquid: Liquid, temperature: float) -> ExpectedRelaxation | None:
    """The same of a liquid of a campaign; with swaps where these are part of its runs."""
    swaps = WITH_SWAPS if liquid.swapped(temperature) else ""
    return expected_relaxation(liquid.model + swaps, temperature)


def temperature_of_relaxation(model: str, tau_over_t0: float) -> float:
    """The temperature at which a model has this τ_α/t0, from the same table.

    Raises:
        StatisticsError: the model is not in the table, or its entries do not reach so far; what was
            read off an axis does not count.
    """
    entries = [entry for entry in _entries().get(model, ()) if not entry.rough]
    if len(entries) < 2:
        raise StatisticsError(f"no relaxation times of {model} are known: give temperatures")
    logarithms = [math.log(entry.tau_over_t0) for entry in entries]
    wanted = math.log(tau_over_t0)
    if not logarithms[0] <= wanted <= logarithms[-1]:
        raise StatisticsError(
            f"{tau_over_t0:g} is outside {entries[0].tau_over_t0:g} to {entries[-1].tau_over_t0:g}, "
            f"where τ_α/t0 of {model} has been measured: give temperatures"
        )
    inverse = np.interp(wanted, logarithms, [1.0 / entry.temperature for entry in entries])
    return float(f"{1.0 / inverse:.4g}")


@cache
def _entries() -> dict[str, tuple[_Entry, ...]]:
    """The table by model, from hot to cold."""
    text = files("lmpmeso.campaign").joinpath(TABLE).read_text(encoding="utf-8")
    found: dict[str, list[_Entry]] = {}
    for row in csv.DictReader(text.splitlines()):
        entry = _Entry(
            float(row["temperature"]),
            float(row["tau_alpha_over_t0"]),
            row["source"].startswith(ROUGH),
        )
        found.setdefault(row["model"], []).append(entry)
    return {
        model: tuple(sorted(entries, key=lambda entry: -entry.temperature))
        for model, entries in found.items()
    }
