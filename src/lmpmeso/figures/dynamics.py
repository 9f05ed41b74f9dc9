"""The dynamics and the structure of one liquid, as six panels."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lmpmeso.figures.style import (
    DASHED,
    GREY,
    PALETTE,
    band,
    canvas,
    note,
    readable_log_ticks,
    require_columns,
    styled,
)

MOST_IN_A_COLUMN = 3
"""Pairs of species; a legend of more would be as high as the panel."""


@styled
def dynamics(
    correlations: pd.DataFrame,
    radial: pd.DataFrame | None = None,
    structure: pd.DataFrame | None = None,
    *,
    q: float,
    threshold: float = 0.2,
    tau_alpha: float | None = None,
    diffusion: float | None = None,
    offset: float = 0.0,
    dimension: int = 3,
) -> Figure:
    """F_s with τ_α, MSD with D, α₂ and χ₄ against time; g(r) and S(q) where there are any.

    Args:
        correlations: t [time], Fs, msd [σ²], alpha2, chi4, each with its NAME_error.
        radial: r [σ], g and partial g_a-b.
        structure: q [σ⁻¹], S and partial S_a-b.
        q: wave number of F_s [σ⁻¹].
        threshold: F_s(τ_α).
        tau_alpha: τ_α [time], marked where it is known.
        diffusion: D [σ²/time], drawn as 2 d D t + c where it is known.
        offset: c [σ²].
        dimension: of space.
    """
    columns = ("t", "Fs", "msd", "alpha2", "chi4")
    require_columns(correlations, columns, "dynamics")
    structural = [table for table in (radial, structure) if table is not None]
    figure, axes = canvas(columns=2, rows=2 + bool(structural), height=2.2)
    draw_curve(axes[0], correlations, "Fs", r"$F_s(q, t)$")
    axes[0].axhline(threshold, color=GREY, linewidth=0.8, linestyle=DASHED)
    axes[0].set_ylim(min(0.0, 1.05 * float(correlations["Fs"].min())), 1.02)
    looks = {"va": "top", "fontsize": None}
    words = rf"$q$ = {q:.4g} $\sigma^{{-1}}$"
    note(axes[0], 0.97, 0.95, words, ha="right", color=None, **looks)
    if tau_alpha is not None:
        axes[0].plot(tau_alpha, threshold, marker="v", markersize=5, color=PALETTE[1], zorder=5)
        axes[0].annotate(
            rf"$\tau_\alpha$ = {tau_alpha:.3g}",
            (tau_alpha, threshold),
            xytext=(-6, -12) if threshold > 0.1 else (-6, 6),
            textcoords="offset points",
            ha="right",
            color=PALETTE[1],
        )
    draw_curve(axes[1], correlations, "msd", r"MSD [$\sigma^2$]")
    if (correlations["msd"] > 0).any():
        axes[1].set_yscale("log")
    if diffusion is not None:
        t = correlations["t"].to_numpy(dtype=np.float64)
        line = 2.0 * dimension * diffusion * t + offset
        late = line > 0
        axes[1].plot(t[late], line[late], color=PALETTE[1], linewidth=1.0, linestyle=(0, (5, 2)))
        words = rf"$D$ = {diffusion:.3g} $\sigma^2$/time"
        note(axes[1], 0.03, 0.95, words, color=PALETTE[1], **looks)
    draw_curve(axes[2], correlations, "alpha2", r"$\alpha_2(t)$")
    axes[2].axhline(0.0, color=GREY, linewidth=0.6)
    draw_curve(axes[3], correlations, "chi4", r"$\chi_4(t)$")
    axes[3].set_ylim(bottom=0.0)
    for ax in axes[:4]:
        if tau_alpha is not None:
            ax.axvline(tau_alpha, color=PALETTE[1], linewidth=0.6, alpha=0.5)
        readable_log_ticks(ax.xaxis)
    if axes[1].get_yscale() == "log":
        readable_log_ticks(axes[1].yaxis)
    for ax, table in zip(axes[4:], (radial, structure), strict=False):
        if table is None:
            ax.set_axis_off()
    if radial is not None:
        draw_partials(axes[4], radial, "r", "g", r"$r$ [$\sigma$]")
    if structure is not None:
        draw_partials(axes[5], structure, "q", "S", r"$q$ [$\sigma^{-1}$]")
    return figure


def draw_curve(ax: Axes, table: pd.DataFrame, name: str, label: str) -> None:
    """One quantity against time, with its standard error."""
    t, value = table["t"], table[name]
    ax.plot(t, value, color=PALETTE[0], marker="o", markersize=2.6, linewidth=1.2)
    if f"{name}_error" in table:
        error = table[f"{name}_error"]
        band(ax, t, value - error, value + error, PALETTE[0])
    ax.set(xscale="log", xlabel=r"$t$ [$\sigma\sqrt{m/\varepsilon}$]", ylabel=label)


def draw_partials(ax: Axes, table: pd.DataFrame, x: str, name: str, label: str) -> None:
    """The total and its parts by pair of species."""
    require_columns(table, (x, name), "dynamics")
    ax.plot(table[x], table[name], color="black", linewidth=1.4, label="all")
    parts = [c for c in table.columns if c.startswith(f"{name}_") and not c.endswith("_error")]
    for k, part in enumerate(parts if len(parts) > 1 else []):
        pair, colour = part.removeprefix(f"{name}_"), PALETTE[k % len(PALETTE)]
        ax.plot(table[x], table[part], color=colour, linewidth=1.0, label=pair.replace("-", "–"))
    if np.nanmin(table[[name, *parts]].to_numpy()) >= 0:
        ax.set_ylim(bottom=0.0)
    if len(parts) > 1:
        ax.legend(loc="best", ncols=1 if len(parts) <= MOST_IN_A_COLUMN else 2)
    ax.set(xlim=(0.0, float(table[x].iloc[-1])), xlabel=label, ylabel=f"${name}({x})$")
