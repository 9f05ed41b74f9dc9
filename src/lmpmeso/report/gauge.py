"""A number with its interval on a scale, as the coordinates of a small drawing in a page."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
MOST_TICKS = 6


@dataclass(frozen=True)
class Scale:
    """An axis from low to high: where a value lies, in percent of its length; ticks are values with a mark."""

    low: float
    high: float
    logarithmic: bool
    ticks: tuple[float, ...]

    def percent(self, value: float) -> float:
        """Position of a value, held within the axis."""
        low, high, x = self.low, self.high, value
        if self.logarithmic:
            if value <= 0:
                return 0.0
            low, high, x = math.log(low), math.log(high), math.log(value)
        return round(min(max(100.0 * (x - low) / (high - low), 0.0), 100.0), 2)


@dataclass(frozen=True)
class Gauge:
    """A number on a scale, beside the paper's.

    Attributes:
        value: the number with its unit.
        interval: empty where there is none.
        paper: the paper's number or range, empty where it gives none.
        at: position of the number [percent].
        whisker: positions of the ends of the interval [percent], None without interval.
        mark: positions of the paper's number or range [percent], None without.
        ticks: position [percent] and label of each mark of the axis.
    """

    symbol: str
    name: str
    value: str
    interval: str
    paper: str
    at: float
    whisker: tuple[float, float] | None
    mark: tuple[float, float] | None
    ticks: tuple[tuple[float, str], ...]


def gauge(
    symbol: str,
    name: str,
    unit: str,
    value: float,
    interval: tuple[float, float],
    paper: Sequence[float],
    scale: Scale,
) -> Gauge:
    """Place a number on a scale, beside nothing, the paper's number, or the ends of its range.

    The ends of the interval are NaN where there is none.
    """
    known = all(map(math.isfinite, interval))
    low, high = interval
    return Gauge(
        symbol=symbol,
        name=name,
        value=f"{number_text(value)} {unit}".strip(),
        interval=f"{number_text(low)} to {number_text(high)}" if known else "",
        paper=" to ".join(map(_as_printed, paper)),
        at=scale.percent(value),
        whisker=(scale.percent(low), scale.percent(high)) if known else None,
        mark=(scale.percent(paper[0]), scale.percent(paper[-1])) if paper else None,
        ticks=tuple((scale.percent(tick), _tick_text(tick, scale)) for tick in scale.ticks),
    )


def linear_scale(values: Iterable[float], low: float, high: float, step: float) -> Scale:
    """A linear axis from ``low`` to ``high``, longer by steps where a finite value lies outside."""
    finite = [value for value in values if math.isfinite(value)]
    below = max(0, math.ceil((low - min(finite, default=low)) / step - 1e-9))
    above = max(0, math.ceil((max(finite, default=high) - high) / step - 1e-9))
    n_steps = round((high - low) / step) + below + above
    first = low - below * step
    every = math.ceil(n_steps / MOST_TICKS)
    ticks = tuple(first + k * step for k in range(0, n_steps + 1, every))
    return Scale(first, first + n_steps * step, False, ticks)


def decade_scale(values: Iterable[float], low: int, high: int, lowest: int) -> Scale:
    """A logarithmic axis from 10^low to 10^high, longer by decades where a value lies outside.

    It never begins below 10^lowest; values below lie on its left end.
    """
    logarithms = [math.log10(v) for v in values if math.isfinite(v) and v > 0]
    first = max(min([low, *map(math.floor, logarithms)]), lowest)
    last = max([high, *map(math.ceil, logarithms)])
    every = math.ceil((last - first) / MOST_TICKS)
    ticks = tuple(10.0**k for k in range(first, last + 1, every))
    return Scale(10.0**first, 10.0**last, True, ticks)


def number_text(value: float, digits: int = 2) -> str:
    """A number with so many digits as people write it: ``0.38``, ``120``, ``4.0 × 10⁻⁹``."""
    if not math.isfinite(value):
        return "–"
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    power = int(exponent)
    if value == 0.0 or -3 <= power <= 3:
        text = f"{value:.{max(digits - 1 - power, 0)}f}"
    else:
        text = f"{mantissa} × 10{str(power).translate(SUPERSCRIPTS)}"
    return text.replace("-", "−")


def _tick_text(value: float, scale: Scale) -> str:
    """The label of a mark."""
    if scale.logarithmic:
        exponent = round(math.log10(value))
        return {0: "1", 1: "10"}.get(exponent, f"10{str(exponent).translate(SUPERSCRIPTS)}")
    return f"{value:.4g}".replace("-", "−")


def _as_printed(number: float) -> str:
    """A number of the paper with no more digits than it gives: ``0.4``, ``4 × 10⁻⁹``."""
    mantissa, found, exponent = f"{number:g}".partition("e")
    return f"{mantissa} × 10{str(int(exponent)).translate(SUPERSCRIPTS)}" if found else mantissa
