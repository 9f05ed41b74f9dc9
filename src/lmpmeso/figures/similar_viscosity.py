"""State points of similar viscosity: MSD, F_s and displacements of several liquids (Figs. 10, 11)."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lmpmeso.errors import StatisticsError
from lmpmeso.figures.entry import RUN, Entry, coldest
from lmpmeso.figures.liquids import STICKY, look
from lmpmeso.figures.results import Results
from lmpmeso.figures.style import (
    DASHED,
    GREY,
    band,
    canvas,
    panel_name,
    readable_log_ticks,
    require_columns,
    styled,
)


@styled
def similar_viscosity(
    curves: pd.DataFrame, displacements: pd.DataFrame | None = None, threshold: float = 0.2
) -> Figure:
    """MSD and F_s averaged over species, one curve a liquid, and how far particles have moved.

    Args:
        curves: one temperature a liquid: label, model, temperature, t_over_t0, msd_over_a02, Fs, each
            with its _error.
        displacements: of the same: label, model, r_low_over_a0, r_high_over_a0, r_low, r_high, P with
            P_error [length⁻¹]: a third panel.
        threshold: F_s(τ_α).
    """
    required = ("label", "model", "temperature", "t_over_t0", "msd_over_a02", "Fs")
    require_columns(curves, required, "similar_viscosity")
    with_displacements = displacements is not None and not displacements.empty
    figure, axes = canvas(columns=2 + with_displacements, width=2.9, height=2.6)
    for label, mine in curves[curves["t_over_t0"] > 0].groupby("label", sort=False):
        colour, _ = look(str(mine["model"].iloc[0]))
        words = f"{label}, $T$ = {mine['temperature'].iloc[0]:.4g}"
        _draw_mean(axes[0], mine, "msd_over_a02", colour, words)
        _draw_mean(axes[1], mine, "Fs", colour)
    axes[0].set(yscale="log", ylabel=r"species-averaged MSD$/a_0^2$")
    axes[0].legend(loc="lower right", fontsize=6.5, handlelength=1.2, borderpad=0.1)
    axes[1].set(ylim=(0.0, 1.02), ylabel=r"species-averaged $F_s(t)$")
    axes[1].axhline(threshold, color=GREY, linewidth=0.8, linestyle=DASHED)
    for ax in axes[:2]:
        ax.set(xscale="log", xlabel="$t/t_0$")
        readable_log_ticks(ax.xaxis)
    readable_log_ticks(axes[0].yaxis)
    if displacements is not None and with_displacements:
        _draw_displacements(axes[2], displacements)
    for ax, name in zip(axes, "abc", strict=False):
        panel_name(ax, f"({name})")
    return figure


def _draw_mean(
    ax: Axes, curve: pd.DataFrame, name: str, colour: str, label: str | None = None
) -> None:
    """A quantity against t/t0, with its standard error."""
    t, value, error = curve["t_over_t0"], curve[name], curve[f"{name}_error"]
    ax.plot(t, value, color=colour, linewidth=1.2, label=label)
    low = value - error
    band(ax, t, low.where(low > 0), value + error, colour, 0.3)


def _draw_displacements(ax: Axes, displacements: pd.DataFrame) -> None:
    """The distribution of |u|/a0, in units of 1/a0."""
    required = ("label", "r_low_over_a0", "r_high_over_a0", "r_low", "r_high", "P", "P_error")
    require_columns(displacements, required, "similar_viscosity")
    top = 0.0
    for _, mine in displacements.groupby("label", sort=False):
        colour, marker = look(str(mine["model"].iloc[0]))
        a0 = mine["r_high"] / mine["r_high_over_a0"]
        middle = 0.5 * (mine["r_low_over_a0"] + mine["r_high_over_a0"])
        seen = mine["P"] > 0
        top = max(top, float((mine["P"] * a0).max()))
        ax.errorbar(
            middle[seen],
            (mine["P"] * a0)[seen],
            yerr=(mine["P_error"] * a0)[seen],
            color=colour,
            marker=marker,
            markersize=2.6,
            linewidth=0.8,
            elinewidth=0.7,
        )
    ax.set_xlim(left=0.0)
    ax.set(yscale="log", ylim=(1e-4 * top, 2.0 * top))
    ax.set(xlabel=r"$|u(\tau_\alpha/10)|/a_0$", ylabel=r"$P(|u|)\,a_0$")


def _viscosity(results: Results, models: Sequence[str] | None) -> Figure:
    """The coldest state point of each liquid, of some models only."""
    curves, moved = coldest(results.table("species_average")), None
    if models is not None:
        moved = coldest(results.table("displacement_distribution"))
        curves, moved = (table[table["model"].isin(models)] for table in (curves, moved))
    if curves["label"].nunique() < 2:
        raise StatisticsError("two liquids are needed to compare")
    return similar_viscosity(
        curves, moved, threshold=float(results.table("liquids")["threshold"].iloc[0])
    )


def _viscosity_caption(results: Results) -> str:
    return (
        "Coldest state point of each liquid: MSD and F_s averaged over the species, each at its own "
        "q_max where all are known; bands: standard errors by blocks of time origins. Curves fall "
        "together where the viscosities are alike."
    )


def _density_caption(results: Results) -> str:
    return (
        _viscosity_caption(results)
        + " (c) Distribution of the displacements of the largest species after τ_α/10."
    )


ENTRIES = (
    Entry(
        "similar-viscosity",
        "Fig. 10",
        "Mean squared displacement and scattering function of the coldest state point of each liquid",
        ("species_average",),
        f"{RUN}, with several liquids",
        lambda results: _viscosity(results, None),
        _viscosity_caption,
    ),
    Entry(
        "densities",
        "Fig. 11",
        "The same for sticky spheres at several densities, and the distribution of displacements",
        ("species_average", "displacement_distribution"),
        f"{RUN}, with the models {', '.join(STICKY)}",
        lambda results: _viscosity(results, STICKY),
        _density_caption,
    ),
)
