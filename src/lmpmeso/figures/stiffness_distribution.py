"""The distribution of the dipole stiffnesses κ_ij, whose soft tail the glass's history shapes."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lmpmeso.figures.style import canvas, require_columns, styled, temperature_colours


@styled
def stiffness_distribution(
    histogram: pd.DataFrame, means: pd.DataFrame | None = None, unit: str = r"\epsilon/\sigma^2"
) -> Figure:
    """Probability density of κ_ij on logarithmic axes, one step curve a temperature.

    Args:
        histogram: temperature, kappa_low_edge, kappa_high_edge, density and, where there are
            intervals, density_low, density_high; bins of a temperature in increasing order.
        means: temperature, kappa: marked at the bottom of the panel.
        unit: of κ, as Matplotlib mathematics.
    """
    columns = ("temperature", "kappa_low_edge", "kappa_high_edge", "density")
    require_columns(histogram, columns, "stiffness_distribution")
    figure, (ax,) = canvas()
    colours = temperature_colours(histogram["temperature"])
    for temperature, bins in histogram.groupby("temperature"):
        edges = np.append(bins["kappa_low_edge"], bins["kappa_high_edge"].iloc[-1])
        ax.stairs(
            np.where(bins["density"] > 0, bins["density"], np.nan),
            edges,
            baseline=None,
            color=colours[temperature],
            linewidth=1.4,
            label=f"$T_p$ = {temperature:g}",
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
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_ylim(0.5 * positive["density"].min(), 2.0 * positive["density"].max())
    if means is not None:
        for row in means.itertuples():
            ax.plot(
                row.kappa,
                0.0,
                transform=ax.get_xaxis_transform(),
                marker="^",
                markersize=7,
                color=colours[row.temperature],
                markeredgecolor="white",
                markeredgewidth=0.6,
                clip_on=False,
                zorder=5,
                linestyle="none",
            )
        ax.plot([], [], marker="^", color="0.4", linestyle="none", label=r"mean $\kappa$")
    ax.set_xlabel(rf"$\kappa_{{ij}}$  $[{unit}]$")
    ax.set_ylabel(rf"$p(\kappa_{{ij}})$  $[({unit})^{{-1}}]$")
    ax.legend(loc="lower center")
    return figure
