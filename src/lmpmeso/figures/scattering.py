"""F_s(q, t): how long a liquid remembers where its particles were."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from lmpmeso.figures.style import (
    GREY,
    canvas,
    require_columns,
    styled,
    temperature_colours,
    temperature_markers,
)


@styled
def scattering(
    curves: pd.DataFrame,
    relaxation: pd.DataFrame | None = None,
    threshold: float = 0.2,
    q: float | None = None,
) -> Figure:
    """F_s against t/t0, one curve a temperature, with the threshold that defines τ_α.

    Args:
        curves: temperature, t_over_t0, Fs and, where there are intervals, Fs_low, Fs_high.
        relaxation: temperature, tau_alpha_over_t0 (NaN where F_s did not reach the threshold);
            marked by a triangle and its value.
        threshold: F_s(τ_α).
        q: wave number named on the axis [length⁻¹].
    """
    require_columns(curves, ("temperature", "t_over_t0", "Fs"), "scattering")
    figure, (ax,) = canvas()
    colours = temperature_colours(curves["temperature"])
    markers = temperature_markers(curves["temperature"])
    for temperature, curve in curves[curves["t_over_t0"] > 0].groupby("temperature"):
        ax.plot(
            curve["t_over_t0"],
            curve["Fs"],
            color=colours[temperature],
            marker=markers[temperature],
            markersize=3.2,
            linewidth=1.3,
            label=f"$T$ = {temperature:g}",
        )
        if {"Fs_low", "Fs_high"} <= set(curve.columns):
            ax.fill_between(
                curve["t_over_t0"],
                curve["Fs_low"],
                curve["Fs_high"],
                color=colours[temperature],
                alpha=0.22,
                linewidth=0,
            )
    ax.axhline(threshold, color=GREY, linewidth=0.8, linestyle=(0, (4, 3)))
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
    if relaxation is not None:
        for row in relaxation.dropna(subset=["tau_alpha_over_t0"]).itertuples():
            ax.plot(
                row.tau_alpha_over_t0,
                threshold,
                marker="v",
                markersize=7,
                color=colours[row.temperature],
                markeredgecolor="white",
                markeredgewidth=0.7,
                zorder=5,
            )
            ax.annotate(
                rf"{row.tau_alpha_over_t0:.3g} $t_0$",
                (row.tau_alpha_over_t0, threshold),
                xytext=(5, 3),
                textcoords="offset points",
                color=colours[row.temperature],
                fontsize=7.5,
            )
    ax.set_xscale("log")
    ax.set_ylim(0.0, 1.02)
    ax.set_xlabel(r"$t\,/\,t_0$")
    ax.set_ylabel(r"$F_s(q, t)$")
    ax.legend(
        title=None if q is None else rf"$q$ = {q:g} $\sigma^{{-1}}$",
        alignment="left",
        loc="lower left",
        bbox_to_anchor=(0.0, threshold),
    )
    return figure
