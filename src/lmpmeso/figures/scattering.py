"""F_s(q, t): how long a liquid remembers where its particles were."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lmpmeso.figures.style import (
    COLUMN_WIDTH,
    DASHED,
    GREY,
    band,
    canvas,
    parts,
    readable_log_ticks,
    require_columns,
    styled,
    temperature_colours,
    temperature_markers,
)

MOST_AT_THEIR_MARKERS = 4
LEAST_GAP = 0.9
"""Decades between two relaxation times whose values have room at their markers."""


@styled
def draw_scattering(
    curves: pd.DataFrame,
    relaxation: pd.DataFrame | None = None,
    threshold: float = 0.2,
    q: float | None = None,
) -> Figure:
    """F_s against t/t0, one curve a temperature, with the threshold that defines τ_α.

    Args:
        curves: temperature, t_over_t0, Fs and, where there are intervals, Fs_low, Fs_high.
        relaxation: temperature, tau_alpha_over_t0 (NaN where F_s did not reach the threshold);
            marked by a triangle and its value, which goes into a legend beside the panel where the
            values would overlap.
        threshold: F_s(τ_α).
        q: wave number named on the axis [length⁻¹].
    """
    require_columns(curves, ("temperature", "t_over_t0", "Fs"), "scattering")
    times = {} if relaxation is None else _known_times(relaxation)
    beside = _overlap(times)
    figure, (ax,) = canvas(width=(1.5 if beside else 1.0) * COLUMN_WIDTH)
    colours = temperature_colours(curves["temperature"])
    markers = temperature_markers(curves["temperature"])
    for temperature, curve in parts(curves[curves["t_over_t0"] > 0], "temperature"):
        ax.plot(
            curve["t_over_t0"],
            curve["Fs"],
            color=colours[temperature],
            marker=markers[temperature],
            markersize=3.2,
            linewidth=1.3,
            label=f"$T$ = {temperature:g}" + (_in_words(times.get(temperature)) if beside else ""),
        )
        if {"Fs_low", "Fs_high"} <= set(curve.columns):
            low, high = curve["Fs_low"], curve["Fs_high"]
            band(ax, curve["t_over_t0"], low, high, colours[temperature], 0.22)
    ax.axhline(threshold, color=GREY, linewidth=0.8, linestyle=DASHED)
    ax.annotate(
        f"{threshold:g}",
        (0.0, threshold),
        xycoords=("axes fraction", "data"),
        xytext=(8, -3),
        textcoords="offset points",
        color=GREY,
        va="top",
        fontsize=7.5,
    )
    for temperature, tau in times.items():
        ax.plot(
            tau,
            threshold,
            marker="v",
            markersize=7,
            color=colours[temperature],
            markeredgecolor="white",
            markeredgewidth=0.7,
            zorder=5,
        )
        if not beside:
            ax.annotate(
                rf"{_number(tau)} $t_0$",
                (tau, threshold),
                xytext=(5, 3),
                textcoords="offset points",
                color=colours[temperature],
                fontsize=7.5,
            )
    ax.set(xscale="log", ylim=(0.0, 1.02), xlabel=r"$t\,/\,t_0$", ylabel=r"$F_s(q, t)$")
    readable_log_ticks(ax.xaxis)
    ax.legend(
        title=None if q is None else rf"$q$ = {q:g} $\sigma^{{-1}}$",
        alignment="left",
        loc="center left" if beside else "lower left",
        bbox_to_anchor=(1.02, 0.5) if beside else (0.0, threshold),
    )
    return figure


def _known_times(relaxation: pd.DataFrame) -> dict[float, float]:
    """τ_α/t0 of each temperature where it is known."""
    known = relaxation.dropna(subset=["tau_alpha_over_t0"])
    return dict(zip(known["temperature"], known["tau_alpha_over_t0"], strict=True))


def _overlap(times: dict[float, float]) -> bool:
    """Whether values written at their markers would overlap, or be too many to have room."""
    gaps = np.diff(np.log10(sorted(times.values())))
    return len(times) > MOST_AT_THEIR_MARKERS or bool((gaps < LEAST_GAP).any())


def _in_words(tau: float | None) -> str:
    """τ_α for the legend."""
    return "" if tau is None else rf", $\tau_\alpha$ = {_number(tau)} $t_0$"


def _number(tau: float) -> str:
    """Three digits, large numbers with a power of ten."""
    if tau < 1000:
        return f"{tau:.3g}"
    digits, exponent = f"{tau:.2e}".split("e")
    return rf"{digits} $\times$ $10^{{{int(exponent)}}}$"
