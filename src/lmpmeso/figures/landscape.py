"""The granularity of the energy landscape: U_IHS(t) and the rate of transitions (Fig. 5)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lmpmeso.arrays import FloatArray
from lmpmeso.figures.entry import RUN, Entry, bars, coldest, plain_label
from lmpmeso.figures.liquids import STICKY, look
from lmpmeso.figures.results import Results
from lmpmeso.figures.style import (
    DASHED,
    MARKERS,
    PALETTE,
    canvas,
    panel_name,
    readable_log_ticks,
    require_columns,
    rows,
    styled,
)

RATE = ("transition_rate_reduced", "transition_rate_reduced_low", "transition_rate_reduced_high")
"""Columns of Γ t_ballistic N0/N and the ends of its interval."""
REDUCED_RATE = r"$\Gamma\, t_{\rm ballistic}\, N_0/N$"


@styled
def landscape(
    energies: pd.DataFrame, rates: pd.DataFrame, intervals: pd.DataFrame | None = None
) -> Figure:
    """Inherent-structure energies against time, and the rate of transitions, liquid by liquid.

    Args:
        energies: label, reduced_time (N t/(N0 t_ballistic)), reduced_energy (ΔU_IHS/k_B T): one
            trajectory a label.
        rates: label, transition_rate_reduced (Γ t_ballistic N0/N) with _low and _high, in the order of
            the axis.
        intervals: label, interval_over_ballistic_time, rate and, where there are intervals, low,
            high: the rate as a function of the sampling interval, in a third panel. A column
            highest, the rate when every look finds another structure, is drawn dashed.
    """
    figure, axes = canvas(columns=2 if intervals is None else 3, width=3.2, height=2.9)
    looks = _draw_liquids(axes, energies, rates, "landscape")
    if intervals is not None:
        required = ("label", "interval_over_ballistic_time", "rate")
        require_columns(intervals, required, "landscape")
        _draw_intervals(axes[2], intervals, looks)
    return figure


@styled
def granularity(groups: Sequence[tuple[pd.DataFrame, pd.DataFrame]]) -> Figure:
    """Energies of inherent structures and the rate of transitions, two panels a group (Fig. 5 a-d).

    The groups are as :func:`landscape` takes them.
    """
    figure, axes = canvas(columns=2, rows=len(groups), width=3.2, height=2.7)
    for k, (energies, rates) in enumerate(groups):
        _draw_liquids(axes[2 * k : 2 * k + 2], energies, rates, "granularity")
    for ax, letter in zip(axes, "abcdefgh", strict=False):
        panel_name(ax, f"({letter})")
    return figure


@styled
def sampling_interval(rates: pd.DataFrame, intervals: pd.DataFrame) -> Figure:
    """Γ against the time between looks: has it converged?

    ``rates`` has label and model, in the order of the legend; ``intervals`` are as :func:`landscape`
    takes them, with low and high.
    """
    required = ("label", "interval_over_ballistic_time", "rate", "low", "high")
    require_columns(intervals, required, "sampling_interval")
    figure, (ax,) = canvas(width=3.6, height=3.0)
    _draw_intervals(ax, intervals, liquid_looks(rates))
    ax.legend(fontsize=7, handlelength=1.5)
    return figure


def _draw_liquids(
    axes: Sequence[Axes], energies: pd.DataFrame, rates: pd.DataFrame, figure: str
) -> dict[str, tuple[str, str]]:
    """The energies in the first panel and the rates in the second; returns how each liquid looks."""
    require_columns(energies, ("label", "reduced_time", "reduced_energy"), figure)
    require_columns(rates, ("label", *RATE), figure)
    looks = liquid_looks(rates)
    _draw_energies(axes[0], energies, looks)
    _draw_rates(axes[1], rates, looks)
    return looks


def liquid_looks(rates: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Colour and marker of each label: those of its model, where it is told."""
    labels = list(dict.fromkeys(rates["label"]))
    if "model" in rates.columns:
        models = rates.drop_duplicates("label").set_index("label")["model"]
        return {label: look(str(models[label])) for label in labels}
    return dict(zip(labels, zip(cycle(PALETTE), cycle(MARKERS), strict=False), strict=False))


def _draw_energies(ax: Axes, energies: pd.DataFrame, looks: dict[str, tuple[str, str]]) -> None:
    """One curve a liquid, set apart from top to bottom."""
    offset = 0.0
    for label in [name for name in looks if name in set(energies["label"])]:
        own = energies[energies["label"] == label].sort_values("reduced_time")
        t, colour = own["reduced_time"], looks[label][0]
        curve = own["reduced_energy"] - own["reduced_energy"].max()
        ax.step(t, offset + curve, where="post", color=colour, linewidth=1.0)
        ax.annotate(
            label,
            (t.iloc[0], offset),
            xytext=(2, 1),
            textcoords="offset points",
            color=colour,
            fontsize=7.5,
            va="bottom",
        )
        offset -= -curve.min() + 12.0
    ax.set_xlabel(r"$N t \, / \, (N_0\, t_{\rm ballistic})$")
    ax.set_ylabel(r"$U_{\rm IHS} \, / \, T$  (shifted)")
    ax.set_ylim(top=14.0)


def _draw_rates(ax: Axes, rates: pd.DataFrame, looks: dict[str, tuple[str, str]]) -> None:
    """A point a liquid with its interval; a rate of 0 as the limit that it has."""
    for position, (label, rate, low, high) in enumerate(
        rates[["label", *RATE]].itertuples(index=False)
    ):
        colour, marker = looks[label]
        if rate > 0:
            ends = [[max(rate - low, 0.0)], [max(high - rate, 0.0)]]
            ax.errorbar(
                position,
                rate,
                yerr=ends if low == low else None,
                color=colour,
                marker=marker,
                capsize=3,
                linestyle="none",
            )
        elif high > 0:
            ax.plot(position, high, marker="v", color=colour, markerfacecolor="white")
    ax.set_yscale("log")
    readable_log_ticks(ax.yaxis)
    ax.set_xticks(range(len(rates)), rates["label"], rotation=40, ha="right")
    ax.set(xlim=(-0.6, len(rates) - 0.4), ylabel=REDUCED_RATE)


def _at_least_a_factor(ax: Axes, factor: float) -> None:
    """Widen a logarithmic axis of rates that are all but equal, or nothing on it can be read."""
    low, high = ax.get_ylim()
    if high / low < factor:
        middle = (low * high) ** 0.5
        ax.set_ylim(middle / factor**0.5, middle * factor**0.5)


def _ends(rates: pd.DataFrame) -> FloatArray:
    """Lengths of the error bars; NaN where there is no interval."""
    if not {"low", "high"} <= set(rates.columns):
        return np.full((2, len(rates)), np.nan)
    ends = np.array([rates["rate"] - rates["low"], rates["high"] - rates["rate"]])
    return np.maximum(ends, 0.0)


def _draw_intervals(ax: Axes, intervals: pd.DataFrame, looks: dict[str, tuple[str, str]]) -> None:
    """Γ against the sampling interval, and the most that an interval lets one see of so many particles."""
    for label in [name for name in looks if name in set(intervals["label"])]:
        every = intervals[intervals["label"] == label].sort_values("interval_over_ballistic_time")
        own = every[every["rate"] > 0]
        colour, marker = looks[label]
        ax.errorbar(
            own["interval_over_ballistic_time"],
            own["rate"],
            yerr=_ends(own),
            color=colour,
            marker=marker,
            markersize=3.5,
            linewidth=1.2,
            elinewidth=0.8,
            label=label,
        )
        if "highest" in every.columns:
            ax.plot(
                every["interval_over_ballistic_time"],
                every["highest"],
                color=colour,
                linewidth=0.8,
                linestyle=DASHED,
                marker="_" if len(every) == 1 else "",
                markersize=14,
                zorder=0,
            )
    ax.set(xscale="log", yscale="log")
    ax.set(xlabel=r"sampling interval $/\, t_{\rm ballistic}$", ylabel=REDUCED_RATE)
    _at_least_a_factor(ax, 3.0)
    for axis in (ax.xaxis, ax.yaxis):
        readable_log_ticks(axis)


def _rates(results: Results) -> pd.DataFrame:
    """Γ of the coldest temperature of each liquid."""
    return coldest(results.table("landscape"))


def _granularity(results: Results) -> Figure:
    energies, rates = coldest(results.table("landscape_energies")), _rates(results)
    energies = energies[
        energies.groupby("label")["trajectory"].transform("min") == energies["trajectory"]
    ]
    densities = [m for m in STICKY if m in set(rates["model"])]
    several = len(densities) > 1
    side_by_side = [m for m in dict.fromkeys(rates["model"]) if m not in STICKY[1:] or not several]
    if several and set(side_by_side) <= set(densities):
        side_by_side = []
    groups = [
        (energies[energies["model"].isin(models)], rates[rates["model"].isin(models)])
        for models in (side_by_side, densities if several else [])
        if models
    ]
    return granularity(groups)


def _granularity_caption(results: Results) -> str:
    rates = _rates(results)
    words = "; ".join(
        f"{plain_label(row.label)}: T = {row.temperature:.4g}, {row.n_trajectories} trajectories, "
        f"{row.n_transitions} transitions"
        for row in rows(rates)
    )
    return (
        "First panel: energy of the inherent structures along one trajectory a liquid, over T, shifted. Second: "
        "reduced rate of transitions Γ t_ballistic N0/N with t_ballistic = 0.1 t0, N0 = 1000; a rate "
        "without any event is an open triangle at its upper limit. It is a lower bound: see the figure "
        f"against the sampling interval. {words}. {bars(results, 'by bootstrap over trajectories')}"
    )


def _sampling_interval(results: Results) -> Figure:
    return sampling_interval(_rates(results), coldest(results.table("landscape_intervals")))


def _sampling_caption(results: Results) -> str:
    return (
        "Rate of transitions against the time between the frames that are quenched; dashed: the bound "
        "where every frame has another structure, lower for more particles. A rate that still rises to the left has not converged. "
        + bars(results, "by bootstrap over trajectories")
    )


ENTRIES = (
    Entry(
        "granularity",
        "Fig. 5",
        "Energies of inherent structures against time, and rates of transitions",
        ("landscape", "landscape_energies"),
        f"{RUN}, with a section [landscape]; or lmpmeso landscape",
        _granularity,
        _granularity_caption,
    ),
    Entry(
        "sampling-interval",
        "",
        "Rate of transitions between inherent structures against the sampling interval",
        ("landscape", "landscape_intervals"),
        f"{RUN}, with a section [landscape]; or lmpmeso landscape",
        _sampling_interval,
        _sampling_caption,
    ),
)
