"""Which stiffness orders the relaxation best: κ, G, G∞, the cage or κ∞, on equal terms, and against none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lmpmeso.campaign.tables.predictors import NULL
from lmpmeso.figures.entry import RUN, Entry, bars
from lmpmeso.figures.liquids import draw_state_points, in_equilibrium
from lmpmeso.figures.results import Results
from lmpmeso.figures.style import (
    DASHED,
    GREY,
    PALETTE,
    canvas,
    interval_ends,
    note,
    panel_name,
    readable_log_ticks,
    require_columns,
    styled,
)

NAMES = {
    "kappa": (r"$\kappa\,a_0^2/T$", r"$\kappa$"),
    "shear_modulus": (r"$G\,a_0^d/T$", "$G$"),
    "instantaneous_shear_modulus": (r"$G_\infty a_0^d/T$", r"$G_\infty$"),
    "cage": (r"$a_0^2/\langle u^2\rangle$", "cage"),
    "kappa_infinity": (r"$\kappa_\infty a_0^2/T$", r"$\kappa_\infty$"),
    "kappa_reference": (r"$\kappa_\mathrm{ref}\,a_0^2/T$", r"$\kappa_\mathrm{ref}$"),
}
"""Abscissa and symbol of each predictor."""
NULL_SYMBOL = "$1/T$\nalone"
"""Of the line without any stiffness."""


@styled
def predictors(values: pd.DataFrame, fits: pd.DataFrame) -> Figure:
    """τ_α/t0 against each predictor, a row of panels a liquid, and how far the points are off the lines.

    Args:
        values: label, model, predictor, reduced_stiffness and tau_alpha_over_t0 with their _low and
            _high, excluded.
        fits: label, predictor, slope, intercept, rms_residual, rms_left_out (in ln τ_α), n_points,
            lowest_temperature, highest_temperature.
    """
    required = ("label", "predictor", "reduced_stiffness", "tau_alpha_over_t0", "temperature")
    require_columns(values, required, "predictors")
    require_columns(fits, ("label", "predictor", "n_points"), "predictors")
    labels = list(dict.fromkeys(values["label"]))
    shown = [name for name in NAMES if (values["predictor"] == name).any()]
    columns = len(shown) + int(_anything_fitted(fits))
    figure, axes = canvas(columns, rows=len(labels), width=2.1, height=2.2)
    for k, label in enumerate(labels):
        mine = values[values["label"] == label]
        own = fits[fits["label"] == label].set_index("predictor")
        row = axes[columns * k : columns * (k + 1)]
        row[0].set_title(label, loc="left")
        for ax, name in zip(row, shown, strict=False):
            _draw_points(ax, mine[mine["predictor"] == name], own, name)
            ax.set_ylim(_limits(mine))
            readable_log_ticks(ax.yaxis)
        for ax in row[len(shown) :]:
            _draw_residuals(ax, own)
        for ax, letter in zip(row, "abcdefg", strict=False):
            panel_name(ax, f"({letter}{k + 1})" if len(labels) > 1 else f"({letter})")
        row[0].set_ylabel(r"$\tau_\alpha/t_0$")
    return figure


def _anything_fitted(fits: pd.DataFrame) -> bool:
    """Whether there is a line for any of these predictors."""
    return bool((fits["n_points"] > 0).any())


def _limits(values: pd.DataFrame) -> tuple[float, float]:
    """τ_α/t0 at the ends of the axis, the same for all predictors."""
    tau = values["tau_alpha_over_t0"].dropna()
    return (0.6 * float(tau.min()), 1.7 * float(tau.max())) if len(tau) else (1.0, 10.0)


def _draw_points(ax: Axes, values: pd.DataFrame, fits: pd.DataFrame, name: str) -> None:
    """The state points, filled where they were fitted, and the line."""
    ax.set(yscale="log", xlabel=NAMES[name][0])
    known = values[
        np.isfinite(values["reduced_stiffness"]) & np.isfinite(values["tau_alpha_over_t0"])
    ]
    if known.empty:
        note(ax, 0.5, 0.5, "not known at\nthese temperatures", ha="center")
        return
    fitted, fit = np.zeros(len(known), dtype=bool), fits.loc[name]
    if fit["n_points"] > 0:
        between = known["temperature"].between(
            fit["lowest_temperature"], fit["highest_temperature"]
        )
        fitted = between.to_numpy() & in_equilibrium(known)
    across = interval_ends(known, "reduced_stiffness")
    x = known["reduced_stiffness"]
    draw_state_points(ax, known, x, "tau_alpha_over_t0", across, fitted)
    if fitted.any():
        ends = np.array([x[fitted].min(), x[fitted].max()])
        line = np.exp(fit["intercept"] + fit["slope"] * ends)
        ax.plot(ends, line, color="black", linewidth=1.0, zorder=1)


def _draw_residuals(ax: Axes, fits: pd.DataFrame) -> None:
    """How far ln τ_α is off each line: of the points fitted, and of points left out, with their intervals."""
    symbols = {name: symbol for name, (_, symbol) in NAMES.items()} | {NULL: NULL_SYMBOL}
    order = [name for name in symbols if name in fits.index]
    place = np.arange(len(order))
    chosen = fits.loc[order]
    if not _anything_fitted(chosen):
        note(ax, 0.5, 0.5, "too few points\nfor a line", ha="center")
        ax.set_axis_off()
        return
    for offset, column, colour, hatch, label in (
        (-0.2, "rms_residual", PALETTE[0], "", "points fitted"),
        (0.2, "rms_left_out", PALETTE[4], "////", "each left out"),
    ):
        if chosen[column].isna().all():
            continue
        looks: dict[str, Any] = {
            "color": colour,
            "hatch": hatch,
            "edgecolor": "white",
            "linewidth": 0.4,
        }
        ax.bar(place + offset, chosen[column], width=0.38, label=label, **looks)
    shown = ["rms_residual", "rms_left_out"]
    if "rms_left_out_low" in chosen:
        low, high = chosen["rms_left_out_low"], chosen["rms_left_out_high"]
        ax.vlines(place + 0.2, low, high, color="black", linewidth=0.8)
        shown.append("rms_left_out_high")
    ax.set_xticks(place, [symbols[name] for name in order])
    ax.set_ylabel(r"rms error of $\ln\tau_\alpha$")
    ax.set_ylim(0.0, 1.45 * float(np.nanmax(chosen[shown].to_numpy())))
    ax.legend(loc="upper left", fontsize=6.5, handlelength=1.2)
    counts = sorted({int(n) for n in chosen["n_points"] if n > 0})
    ax.set_xlabel(f"{counts[-1]} state points")
    for null in chosen.loc[chosen.index == NULL, "rms_left_out"].dropna():
        ax.axhline(null, color=GREY, linewidth=0.8, linestyle=DASHED, zorder=0)


def _predictors_caption(results: Results) -> str:
    fits = results.table("predictor_fits")
    lines = (
        "All lines have two parameters and go, unweighted, through the "
        "same state points: those (filled) in equilibrium with τ_α/t0 above the limit of the fits where κ, G, "
        "G∞ and the cage are all known. Last panel: rms distance of ln τ_α from the line, of the points fitted and "
        "of each point from the line through the others, with intervals by resampling; dashed: ln τ_α "
        "linear in 1/T, without any stiffness, which a stiffness that orders the relaxation must beat"
        if _anything_fitted(fits)
        else f"No lines: {'; '.join(dict.fromkeys(fits['caveat']))}"
    )
    return (
        "Which stiffness orders the relaxation best? ln(τ_α/t0) against κ, the shear modulus G of the "
        "glass, G∞ of the liquid (shoving model) and the inverse of the mean squared displacement in "
        "the cage, and where it is known κ without the size of the system, "
        f"all in units of T/a0². {lines}. {bars(results, 'of each quantity')}"
    )


ENTRIES = (
    Entry(
        "predictors",
        "",
        "Relaxation time against several stiffnesses, and how well each orders it",
        ("predictors", "predictor_fits"),
        RUN,
        lambda results: predictors(results.table("predictors"), results.table("predictor_fits")),
        _predictors_caption,
    ),
)
