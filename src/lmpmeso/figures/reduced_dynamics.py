"""The MSD in reduced units, whose ballistic regime ends alike, and Stokes-Einstein (Fig. 9)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lmpmeso.figures.entry import RUN, Entry, bars, finished_points
from lmpmeso.figures.liquids import draw_curves, draw_state_points
from lmpmeso.figures.results import Results
from lmpmeso.figures.style import (
    DASHED,
    GREY,
    canvas,
    interval,
    interval_ends,
    note,
    panel_name,
    readable_log_ticks,
    require_columns,
    row_at,
    rows,
    styled,
)

BALLISTIC_END = 0.1
"""End of the ballistic regime [t0]."""


@styled
def reduced_dynamics(
    curves: pd.DataFrame, points: pd.DataFrame, fits: pd.DataFrame, liquids: pd.DataFrame
) -> Figure:
    """MSD/a0² against t/t0 above, D t0/a0² against τ_α/t0 below, a column a liquid.

    Args:
        curves: label, temperature, replica, t_over_t0, msd_over_a02 with its _low and _high.
        points: label, model, temperature, tau_alpha_over_t0 and diffusion_reduced with theirs, excluded.
        fits: label, fit (rows ``"stokes_einstein"``), quantity (``"exponent"``, ``"prefactor"``),
            value with its _low and _high.
        liquids: label, dimension, a column of panels each.
    """
    require_columns(curves, ("label", "temperature", "t_over_t0", "msd_over_a02"), "msd")
    require_columns(points, ("label", "tau_alpha_over_t0", "diffusion_reduced"), "msd")
    shown = [row for row in rows(liquids) if row.label in set(curves["label"])]
    diffusive = _any_diffusion(points)
    figure, axes = canvas(columns=len(shown), rows=1 + diffusive, width=2.35, height=2.2)
    for k, liquid in enumerate(shown):
        above = axes[k]
        _draw_msd(above, curves[curves["label"] == liquid.label], int(liquid.dimension))
        above.set_title(liquid.label, loc="left")
        panel_name(above, f"(a{k + 1})")
        if not diffusive:
            continue
        below = axes[len(shown) + k]
        mine = points[points["label"] == liquid.label]
        own = fits[fits["label"] == liquid.label] if len(fits) else fits
        _draw_stokes_einstein(below, mine, own)
        for axis in (below.xaxis, below.yaxis):
            readable_log_ticks(axis)
        panel_name(below, f"(b{k + 1})")
    axes[0].set_ylabel(r"MSD$/a_0^2$")
    if diffusive:
        axes[len(shown)].set_ylabel(r"$D\,t_0/a_0^2$")
    return figure


def _any_diffusion(points: pd.DataFrame) -> bool:
    """Whether D is known anywhere: without, there is nothing to draw it against."""
    return bool(np.isfinite(points["diffusion_reduced"]).any())


def _draw_msd(ax: Axes, curves: pd.DataFrame, dimension: int) -> None:
    """The MSD of each temperature, with the ballistic d (t/t0)²."""
    draw_curves(ax, curves, "msd_over_a02", (0.96, 0.05), positive=True)
    first = curves[curves["replica"] == curves["replica"].min()]["t_over_t0"]
    t = np.array([float(first[first > 0].min()), 3.0 * BALLISTIC_END])
    ax.plot(t, dimension * t**2, color="black", linewidth=0.9, linestyle=DASHED)
    ax.axvline(BALLISTIC_END, color=GREY, linewidth=0.7, linestyle=(0, (1, 2)))
    ax.set(xscale="log", yscale="log", xlabel="$t/t_0$")


def _draw_stokes_einstein(ax: Axes, points: pd.DataFrame, fits: pd.DataFrame) -> None:
    """D against τ_α with the fitted power law."""
    known = points[
        np.isfinite(points["tau_alpha_over_t0"]) & np.isfinite(points["diffusion_reduced"])
    ]
    ax.set(xscale="log", yscale="log", xlabel=r"$\tau_\alpha/t_0$")
    if known.empty:
        note(ax, 0.5, 0.5, "$D$ not known: run longer", ha="center", color=None)
        return
    tau, across = known["tau_alpha_over_t0"], interval_ends(known, "tau_alpha_over_t0")
    draw_state_points(ax, known, tau, "diffusion_reduced", across)
    mine = fits[fits["fit"] == "stokes_einstein"].set_index("quantity") if len(fits) else fits
    if not {"exponent", "prefactor"} <= set(mine.index):
        note(ax, 0.96, 0.9, "no fit", ha="right")
        return
    exponent, prefactor = row_at(mine, "exponent"), row_at(mine, "prefactor")
    tau = np.array([known["tau_alpha_over_t0"].min(), known["tau_alpha_over_t0"].max()])
    line = float(prefactor["value"]) * tau ** -float(exponent["value"])
    ax.plot(tau, line, color="black", linewidth=1.0, linestyle=DASHED, zorder=1)
    words = rf"$\zeta$ = {interval(exponent)}"
    note(ax, 0.96, 0.95, words, ha="right", va="top", color=None)


def _reduced_dynamics(results: Results) -> Figure:
    return reduced_dynamics(
        results.table("displacement"),
        finished_points(results),
        results.table("fits"),
        results.table("liquids"),
    )


def _reduced_dynamics_caption(results: Results) -> str:
    below = (
        "(b) Diffusion coefficient against τ_α with the Stokes-Einstein exponent ζ of D t0/a0² ∝ "
        "(τ_α/t0)^(-ζ) (the paper: 0.74 to 0.79); open points were no equilibrium liquids"
        if _any_diffusion(finished_points(results))
        else "D is known at no temperature: run longer"
    )
    return (
        "(a) Mean squared displacement of the largest species; dashed: ballistic motion, d (t/t0)²; "
        f"dotted: 0.1 t0. {below}. " + bars(results, "by blocks of time origins")
    )


ENTRIES = (
    Entry(
        "reduced-dynamics",
        "Fig. 9",
        "Mean squared displacements in reduced units, and diffusion against relaxation",
        ("displacement", "state_points"),
        RUN,
        _reduced_dynamics,
        _reduced_dynamics_caption,
    ),
)
