"""Which minimiser finds the true basin, and how granular the landscape looks by each."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lmpmeso.figures.entry import Entry, bars, coldest, plain_label
from lmpmeso.figures.landscape import REDUCED_RATE
from lmpmeso.figures.results import Results
from lmpmeso.figures.style import (
    DASHED,
    GREY,
    MARKERS,
    PALETTE,
    canvas,
    require_columns,
    rows,
    styled,
)

SHARE = "share of frames in their true basin"


@styled
def minimizers(comparison: pd.DataFrame) -> Figure:
    """Share of frames in the true basin, and the rate of transitions, by minimiser; a marker a liquid.

    Args:
        comparison: label, minimizer; share_true, rate and rate_new, each with _low and _high: Γ t_ballistic N0/N
            of every change, and of new structures only (open markers).
    """
    needed = ("share_true", "rate", "rate_new")
    require_columns(comparison, ("label", "minimizer", *needed), "minimizers")
    figure, (left, right) = canvas(columns=2, width=3.2, height=2.9)
    names = list(dict.fromkeys(comparison["minimizer"]))
    labels = list(dict.fromkeys(comparison["label"]))
    for k, label in enumerate(labels):
        own = comparison[comparison["label"] == label]
        x = np.array([names.index(name) for name in own["minimizer"]])
        x = x + 0.5 * ((k + 0.5) / len(labels) - 0.5)
        colour, marker = PALETTE[k % len(PALETTE)], MARKERS[k % len(MARKERS)]
        _points(left, x, own, "share_true", colour, marker, label)
        _points(right, x, own, "rate", colour, marker, label)
        _points(right, x, own, "rate_new", colour, marker, None)
    for ax in (left, right):
        ax.set_xticks(range(len(names)), names)
        ax.set_xlim(-0.6, len(names) - 0.4)
    left.axhline(1.0, color=GREY, linewidth=0.9, linestyle=DASHED)
    left.set(ylabel=SHARE, ylim=(-0.03, 1.05))
    right.set(ylabel=REDUCED_RATE)
    right.set_ylim(bottom=0.0)
    figure.legend(
        *left.get_legend_handles_labels(), loc="outside upper center", ncols=3, fontsize=7
    )
    return figure


@styled
def true_basin_shares(methods: pd.DataFrame) -> Figure:
    """Share of frames that many methods take to their true basin, a row a method, a marker a liquid.

    Args:
        methods: label, method, share with share_low and share_high.
    """
    require_columns(methods, ("label", "method", "share", "share_low", "share_high"), "true_basins")
    names = list(dict.fromkeys(methods["method"]))[::-1]
    labels = list(dict.fromkeys(methods["label"]))
    figure, (ax,) = canvas(width=5.0, height=0.8 + 0.27 * len(names))
    for k, label in enumerate(labels):
        own = methods[methods["label"] == label]
        y = np.array([names.index(name) for name in own["method"]], dtype=float)
        y += 0.7 * (0.5 - (k + 0.5) / len(labels))
        ends = [own["share"] - own["share_low"], own["share_high"] - own["share"]]
        ax.errorbar(
            own["share"],
            y,
            xerr=np.maximum(ends, 0.0),
            linestyle="",
            marker=MARKERS[k % len(MARKERS)],
            color=PALETTE[k % len(PALETTE)],
            markersize=3.5,
            elinewidth=0.8,
            label=label,
        )
    ax.set_yticks(range(len(names)), names)
    ax.set(xlabel=SHARE, xlim=(-0.03, 1.03))
    ax.legend(fontsize=7, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


def _points(
    ax: Axes,
    x: np.ndarray,
    own: pd.DataFrame,
    name: str,
    colour: str,
    marker: str,
    label: str | None,
) -> None:
    """A point a minimiser with its interval; open where it has no name in the legend."""
    ends = np.array([own[name] - own[f"{name}_low"], own[f"{name}_high"] - own[name]])
    ax.errorbar(
        x,
        own[name],
        yerr=np.maximum(ends, 0.0),
        linestyle="",
        marker=marker,
        color=colour,
        markerfacecolor=colour if label else "white",
        markersize=4.5,
        elinewidth=0.8,
        label=label,
    )


def _draw(results: Results) -> Figure:
    return minimizers(coldest(results.table("landscape_minimizers")))


def _caption(results: Results) -> str:
    table = coldest(results.table("landscape_minimizers"))
    words = "; ".join(
        f"{plain_label(str(label))}: T = {mine['temperature'].iloc[0]:.4g}, {mine['n_trajectories'].iloc[0]} "
        f"trajectories, {mine['n_frames'].iloc[0]} frames; in the true basin "
        + ", ".join(f"{row.minimizer} {row.n_true}" for row in rows(mine))
        for label, mine in table.groupby("label", sort=False)
    )
    return (
        "First panel: share of frames that a minimiser takes to the basin where steepest descent ends. Second: "
        "reduced rate of transitions by each minimiser in the same frames; open: of new structures only. "
        f"{words}. {bars(results, 'by bootstrap over trajectories')}"
    )


ENTRIES = (
    Entry(
        "minimizers",
        "",
        "Frames in their true basin, and rates of transitions, by minimiser",
        ("landscape_minimizers",),
        "lmpmeso landscape --compare cg,fire,steepest",
        _draw,
        _caption,
    ),
)
