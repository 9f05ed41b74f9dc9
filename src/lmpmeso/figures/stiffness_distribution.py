"""The distribution of the dipole stiffnesses κ_ij, whose soft tail the glass's history shapes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lmpmeso.errors import StatisticsError
from lmpmeso.figures.entry import (
    NO_EQUILIBRIUM,
    OVER_GLASSES,
    RUN,
    Entry,
    bars,
    counts_of_glasses,
    finished_points,
)
from lmpmeso.figures.liquids import in_equilibrium
from lmpmeso.figures.results import Results
from lmpmeso.figures.style import (
    interval,
    panels_by_label,
    parts,
    readable_log_ticks,
    require_columns,
    rows,
    styled,
    temperature_colours,
)

COLUMNS_OF_PANELS = 3


@styled
def draw_stiffness_distributions(histogram: pd.DataFrame, means: pd.DataFrame) -> Figure:
    """Probability density of κ_ij on logarithmic axes, a panel a liquid and one step curve a temperature.

    The power law of the coldest glass's soft tail is drawn where it has one.

    Args:
        histogram: label, temperature, kappa_low_edge, kappa_high_edge, density and, where there are
            intervals, density_low, density_high; bins of a temperature in increasing order.
        means: label, temperature, kappa, and of the tail: tail_exponent with its _low and _high,
            tail_limit [energy/length²], tail_share; κ is marked at the bottom of the panel.
    """
    columns = ("label", "temperature", "kappa_low_edge", "kappa_high_edge", "density")
    require_columns(histogram, columns, "stiffness_distribution")
    columns = ("label", "temperature", "kappa", "tail_exponent", "tail_limit")
    require_columns(means, (*columns, "tail_share"), "stiffness_distribution")
    figure, axes, labels = panels_by_label(means, COLUMNS_OF_PANELS, 3.1)
    for ax, label in zip(axes, labels, strict=True):
        mine = means[means["label"] == label].sort_values("temperature")
        _draw(ax, histogram[histogram["label"] == label], mine)
        _draw_tail(ax, mine.iloc[0])
        readable_log_ticks(ax.xaxis)
        ax.set_title(label)
    return figure


def _draw_tail(ax: Axes, point: pd.Series) -> None:
    """The power law whose integral up to the limit of the tail is the share of the tail."""
    exponent, limit = float(point["tail_exponent"]), float(point["tail_limit"])
    if not np.isfinite(exponent):
        return
    kappa = np.array([0.1 * limit, limit])
    density = point["tail_share"] * (exponent + 1.0) / limit * (kappa / limit) ** exponent
    label = rf"$p \propto \kappa^\beta$, $\beta$ = {interval(point, 'tail_exponent', 3)}"
    ax.plot(
        kappa, density, color="black", linewidth=1.2, linestyle=(0, (4, 2)), zorder=4, label=label
    )
    ax.legend(loc="lower center", fontsize=6.5)


def _draw(ax: Axes, histogram: pd.DataFrame, means: pd.DataFrame) -> None:
    """The steps of each temperature, their intervals, and the means."""
    colours = temperature_colours(histogram["temperature"])
    for temperature, bins in parts(histogram, "temperature"):
        edges = np.append(bins["kappa_low_edge"], bins["kappa_high_edge"].iloc[-1])
        ax.stairs(
            np.where(bins["density"] > 0, bins["density"], np.nan),
            edges,
            baseline=None,
            color=colours[temperature],
            linewidth=1.4,
            label=f"$T_p$ = {temperature:.4g}",
        )
        if {"density_low", "density_high"} <= set(bins.columns):
            centres = np.sqrt(edges[:-1] * edges[1:])
            seen = (bins["density"] > 0).to_numpy()
            lower = np.where(bins["density_low"] > 0, bins["density_low"], bins["density"] * 1e-3)
            ax.vlines(
                centres[seen],
                lower[seen],
                bins["density_high"].to_numpy()[seen],
                color=colours[temperature],
                linewidth=2.6,
                alpha=0.3,
            )
    positive = histogram.loc[histogram["density"] > 0]
    limits = (0.5 * positive["density"].min(), 2.0 * positive["density"].max())
    ax.set(xscale="log", yscale="log", ylim=limits)
    looks: dict[str, Any] = {"marker": "^", "linestyle": "none"}
    at_bottom: dict[str, Any] = {
        **{"markersize": 7, "markeredgecolor": "white", "markeredgewidth": 0.6},
        **{"transform": ax.get_xaxis_transform(), "clip_on": False, "zorder": 5},
    }
    for row in rows(means):
        colour = colours[row.temperature]
        ax.plot(row.kappa, 0.0, color=colour, **looks, **at_bottom)
    ax.plot([], [], color="0.4", label=r"mean $\kappa$", **looks)
    ax.set_xlabel(r"$\kappa_{ij}$  $[\epsilon/\sigma^2]$")
    ax.set_ylabel(r"$p(\kappa_{ij})$  $[(\epsilon/\sigma^2)^{-1}]$")
    ax.legend(loc="lower center")


def _draw_results(results: Results) -> Figure:
    """Those of the liquids in equilibrium."""
    points = finished_points(results)
    points = points[in_equilibrium(points)]
    if points.empty:
        raise StatisticsError(NO_EQUILIBRIUM)
    keys = ["label", "temperature"]
    return draw_stiffness_distributions(
        results.table("kappa_distribution").merge(points[keys], on=keys), points
    )


def _distribution_caption(results: Results) -> str:
    return (
        "Distribution of the dipole stiffnesses κ_ij of liquids in equilibrium. Dashed: the power law of the soft tail, with the "
        "exponent that was fitted below the limit of the tail; triangles: means. "
        f"{counts_of_glasses(results)}. {bars(results, OVER_GLASSES)}"
    )


ENTRIES = (
    Entry(
        "stiffness-distribution",
        "",
        "Distribution of the dipole stiffnesses with its soft tail",
        ("state_points", "kappa_distribution"),
        RUN,
        _draw_results,
        _distribution_caption,
    ),
)
