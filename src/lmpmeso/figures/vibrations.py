"""The vibrational density of states of glasses, as it is and over Debye's."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lmpmeso.figures.entry import RUN, Entry
from lmpmeso.figures.results import Results
from lmpmeso.figures.style import (
    DASHED,
    GREY,
    Colour,
    band,
    canvas,
    readable_log_ticks,
    require_columns,
    rows,
    styled,
    temperature_colours,
)

COLUMNS = (
    *("label", "temperature", "omega_low_edge", "omega_high_edge", "omega"),
    *("dos", "dos_low", "dos_high", "reduced", "reduced_low", "reduced_high"),
)
FREQUENCY = r"$\omega$  [1/time]"
LEAST_RATIO = 0.05
"""Debye's density says nothing of the highest frequencies, where the ratio is smaller."""


@styled
def density_of_states(density: pd.DataFrame, points: pd.DataFrame) -> Figure:
    """D(ω) and D over Debye's, a column of two panels a liquid and a colour a temperature.

    Args:
        density: label, temperature, the edges of bins and their middle omega [1/time], dos [time] and
            ``reduced`` with the ends of their intervals.
        points: label, temperature, omega_phonon [1/time], the lowest sound wave of the box.
    """
    require_columns(density, COLUMNS, "density_of_states")
    require_columns(points, ("label", "temperature", "omega_phonon"), "density_of_states")
    labels = list(dict.fromkeys(density["label"]))
    figure, axes = canvas(len(labels), 2, width=3.1)
    for k, label in enumerate(labels):
        mine, own = density[density["label"] == label], points[points["label"] == label]
        colours = temperature_colours(mine["temperature"])
        above, below = axes[k], axes[len(labels) + k]
        for temperature, bins in mine.groupby("temperature"):
            colour, text = colours[float(temperature)], f"$T_p$ = {temperature:.4g}"
            _draw(above, bins, "dos", colour, text)
            _draw(below, bins[bins["n_modes"] > 0], "reduced", colour, text)
        for temperature, phonon in zip(own["temperature"], own["omega_phonon"], strict=True):
            below.axvline(phonon, color=colours[float(temperature)], linewidth=0.8, linestyle=":")
        above.set_ylim(bottom=0.0)
        above.set_xlim(left=0.0)
        above.set(title=label, xlabel=FREQUENCY, ylabel=r"$D(\omega)$  [time]")
        above.legend()
        below.axhline(1.0, color=GREY, linewidth=0.9, linestyle=DASHED)
        below.set(xscale="log", yscale="log", xlabel=FREQUENCY)
        below.set_ylim(bottom=LEAST_RATIO)
        readable_log_ticks(below.xaxis)
        readable_log_ticks(below.yaxis)
        below.set_ylabel(r"$D(\omega)\,/\,D_\mathrm{Debye}(\omega)$")
    return figure


def _draw(ax: Axes, bins: pd.DataFrame, name: str, colour: Colour, label: str) -> None:
    """A curve through the middles of the bins with its interval as a band."""
    omega = bins["omega"].to_numpy()
    ax.plot(omega, bins[name], color=colour, linewidth=1.3, label=label)
    low = np.maximum(bins[f"{name}_low"], bins[name] * 1e-3)
    band(ax, omega, low, bins[f"{name}_high"], colour)


def _draw_results(results: Results) -> Figure:
    return density_of_states(results.table("density_of_states"), results.table("vibrations"))


def _caption(results: Results) -> str:
    words = "; ".join(
        f"{row.label.replace(r'$', '')}, T = {row.temperature:.4g}: {row.n_glasses} glasses of "
        f"{row.n_modes} modes"
        for row in rows(results.table("vibrations"))
    )
    return (
        "Above: vibrational density of states D(ω) of the glasses, normalised to one. Below: the same "
        "over Debye's, d ω^(d-1)/ω_D^d, with ω_D from their mean G and K; dashed: 1; dotted: the lowest "
        f"sound wave that fits into the box. {words}. Bands: {100 * results.level:g} % intervals by "
        "bootstrap over glasses"
    )


ENTRIES = (
    Entry(
        "vibrations",
        "",
        "Vibrational density of states of the glasses, as it is and over Debye's",
        ("vibrations", "density_of_states"),
        f"{RUN}, with a section [vibrations]",
        _draw_results,
        _caption,
    ),
)
