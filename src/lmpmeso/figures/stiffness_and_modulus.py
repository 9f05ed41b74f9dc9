"""κ and G against the parent temperature: what annealing stiffens, and by how much."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lmpmeso.figures.style import (
    DASHED,
    GREY,
    PALETTE,
    canvas,
    interval_ends,
    require_columns,
    styled,
)

KAPPA, MODULUS = PALETTE[0], PALETTE[1]


@styled
def stiffness_and_modulus(summary: pd.DataFrame, glasses: pd.DataFrame | None = None) -> Figure:
    """Three panels: κ(T_p), G(T_p), and both relative to their values at the highest T_p.

    Args:
        summary: one row a temperature: temperature; kappa, kappa_low, kappa_high;
            shear_modulus, shear_modulus_low, shear_modulus_high; and the ratios to the highest
            temperature kappa_ratio and shear_modulus_ratio with their _low and _high.
        glasses: one row a glass: temperature, kappa_mean, shear_modulus; drawn as faint points.
    """
    names = ("kappa", "shear_modulus", "kappa_ratio", "shear_modulus_ratio")
    ends = ("", "_low", "_high")
    columns = ["temperature", *(name + end for name in names for end in ends)]
    require_columns(summary, columns, "stiffness_and_modulus")
    summary = summary.sort_values("temperature")
    figure, (left, middle, right) = canvas(columns=3, width=2.35, height=2.5)
    _panel(left, summary, "kappa", KAPPA, "o")
    _panel(middle, summary, "shear_modulus", MODULUS, "s")
    if glasses is not None:
        _each_glass(left, glasses, "kappa_mean", KAPPA)
        _each_glass(middle, glasses, "shear_modulus", MODULUS)
    _panel(right, summary, "kappa_ratio", KAPPA, "o", r"$\kappa$")
    _panel(right, summary, "shear_modulus_ratio", MODULUS, "s", r"$G$")
    left.set_ylabel(r"$\kappa$  $[\epsilon/\sigma^2]$")
    middle.set_ylabel(r"$G$  $[\epsilon/\sigma^3]$")
    right.set_ylabel(f"relative to $T_p$ = {summary['temperature'].max():g}")
    right.axhline(1.0, color=GREY, linewidth=0.7, linestyle=DASHED, zorder=0)
    right.legend(loc="best")
    for ax in (left, middle, right):
        ax.set_xlabel(r"$T_p$  $[\epsilon/k_\mathrm{B}]$")
        ax.margins(x=0.15)
    return figure


def _panel(
    ax: Axes, summary: pd.DataFrame, name: str, colour: str, marker: str, label: str | None = None
) -> None:
    """One quantity with its intervals, joined by a line."""
    ax.errorbar(
        summary["temperature"],
        summary[name],
        yerr=interval_ends(summary, name),
        color=colour,
        marker=marker,
        markersize=5,
        linewidth=1.0,
        elinewidth=1.2,
        capsize=3,
        zorder=3,
        label=label,
    )


def _each_glass(ax: Axes, glasses: pd.DataFrame, name: str, colour: str) -> None:
    """The single glasses behind a mean."""
    looks: dict[str, Any] = {
        "marker": "_",
        "markersize": 9,
        "linestyle": "none",
        "alpha": 0.35,
        "zorder": 1,
    }
    ax.plot(glasses["temperature"], glasses[name], color=colour, **looks)
