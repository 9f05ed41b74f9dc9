"""An equilibration: F_s of its successive stretches, and the energy along the way."""

from __future__ import annotations

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure

from lmpmeso.figures.style import (
    DASHED,
    GREY,
    MARKERS,
    band,
    canvas,
    parts,
    readable_log_ticks,
    require_columns,
    rows,
    styled,
)


@styled
def equilibration(
    curves: pd.DataFrame, energies: pd.DataFrame, threshold: float = 0.2, title: str = ""
) -> Figure:
    """F_s(q_max, t) of each stretch, and the mean energy of each, in order of time.

    Args:
        curves: stretch (from 1), t_over_t0, Fs, and Fs_error where it is known.
        energies: stretch, begin_over_t0, duration_over_t0, potential_energy, potential_energy_error.
        threshold: F_s(τ_α).
        title: above the first panel.
    """
    require_columns(curves, ("stretch", "t_over_t0", "Fs"), "equilibration")
    require_columns(
        energies,
        ("begin_over_t0", "duration_over_t0", "potential_energy", "potential_energy_error"),
        "equilibration",
    )
    figure, (left, right) = canvas(columns=2)
    numbers = sorted(set(curves["stretch"]))
    scale = mpl.colormaps["viridis"]
    colours = {k: scale(0.85 * (1 - i / max(1, len(numbers) - 1))) for i, k in enumerate(numbers)}
    for number, curve in parts(curves[curves["t_over_t0"] > 0], "stretch"):
        left.errorbar(
            curve["t_over_t0"],
            curve["Fs"],
            yerr=curve.get("Fs_error"),
            color=colours[number],
            marker=MARKERS[(number - 1) % len(MARKERS)],
            markersize=2.6,
            linewidth=1.1,
            elinewidth=0.6,
            label=f"stretch {number}",
        )
    left.axhline(threshold, color=GREY, linewidth=0.8, linestyle=DASHED)
    left.set(xscale="log", ylim=(-0.05, 1.02), title=title)
    left.set(xlabel=r"$t\,/\,t_0$", ylabel=r"$F_s(q_\mathrm{max}, t)$")
    readable_log_ticks(left.xaxis)
    left.legend(loc="lower left", bbox_to_anchor=(0.0, threshold))
    for row in rows(energies):
        end = row.begin_over_t0 + row.duration_over_t0
        colour = colours[row.stretch]
        right.plot([row.begin_over_t0, end], [row.potential_energy] * 2, color=colour)
        low = row.potential_energy - row.potential_energy_error
        high = row.potential_energy + row.potential_energy_error
        band(right, [row.begin_over_t0, end], low, high, colour, 0.3)
    right.set(xlabel=r"time since the start$\,/\,t_0$", ylabel=r"$U/N$  [$\varepsilon$]")
    return figure
