"""Does κ order the relaxation? F_s, τ_α, annealing and Eq. 3, a row of panels a liquid (Fig. 4)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lmpmeso.figures.entry import OVER_GLASSES, RUN, Entry, bars, counts_of_glasses, finished_points
from lmpmeso.figures.liquids import (
    PAPER_FITS,
    TITLES,
    draw_curves,
    draw_state_points,
    in_equilibrium,
    paper_line,
)
from lmpmeso.figures.results import Results
from lmpmeso.figures.style import (
    DASHED,
    GREY,
    PALETTE,
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

KAPPA, MODULUS = PALETTE[0], PALETTE[1]
SMALL = 0.01
"""An axis of values below this has a common power of ten."""


@styled
def mesoelastic(
    points: pd.DataFrame, curves: pd.DataFrame, fits: pd.DataFrame, liquids: pd.DataFrame
) -> Figure:
    """Four panels a liquid: F_s(t), τ_α against 1/T, κ and G against 1/T_p, and Eq. 3 with its fit.

    Args:
        points: a row a state point: label, model, temperature, a0, excluded, and tau_alpha_over_t0,
            kappa, kappa_ratio, shear_modulus_ratio with their _low and _high.
        curves: label, temperature, replica, t_over_t0, Fs, Fs_low, Fs_high.
        fits: label, fit (rows ``"mesoelastic"``), quantity (``"time"``, ``"length"``), value with its
            _low and _high, lowest_temperature, highest_temperature.
        liquids: label, threshold (F_s(τ_α)), a row of panels each.
    """
    names = ("tau_alpha_over_t0", "kappa", "kappa_ratio", "shear_modulus_ratio")
    require_columns(points, ("label", "temperature", "a0", "excluded", *names), "mesoelastic")
    require_columns(curves, ("label", "temperature", "t_over_t0", "Fs"), "mesoelastic")
    shown = [row for row in rows(liquids) if row.label in set(points["label"])]
    figure, axes = canvas(columns=4, rows=len(shown), width=2.25, height=2.1)
    for k, liquid in enumerate(shown):
        mine = points[points["label"] == liquid.label].sort_values("temperature")
        own = fits[fits["label"] == liquid.label] if len(fits) else fits
        row = axes[4 * k : 4 * k + 4]
        for number, ax in enumerate(row, start=1):
            panel_name(ax, f"({chr(ord('a') + k)}{number})")
        _draw_scattering(row[0], curves[curves["label"] == liquid.label], liquid.threshold)
        row[0].set_title(liquid.label, loc="left")
        draw_relaxation(row[1], mine)
        draw_annealing(row[2], mine)
        draw_eq3(row[3], mine, own)
    return figure


def _draw_scattering(ax: Axes, curves: pd.DataFrame, threshold: float) -> None:
    """F_s of each temperature, and the threshold that defines τ_α."""
    if curves.empty:
        note(ax, 0.5, 0.5, "$F_s$ not known", ha="center", color=None)
        return
    draw_curves(ax, curves, "Fs", (0.96, 0.94))
    ax.axhline(threshold, color=GREY, linewidth=0.8, linestyle=DASHED)
    ax.set(xscale="log", ylim=(0.0, 1.02), xlabel="$t/t_0$", ylabel=r"$F_s(t; q_{\rm max})$")
    readable_log_ticks(ax.xaxis)


def draw_relaxation(ax: Axes, points: pd.DataFrame) -> None:
    """τ_α/t0 against 1/T."""
    known = points[np.isfinite(points["tau_alpha_over_t0"])]
    draw_state_points(ax, known, 1.0 / known["temperature"], "tau_alpha_over_t0")
    _few_ticks(ax, 1.0 / known["temperature"])
    ax.set(yscale="log", xlabel=r"$1/T$", ylabel=r"$\tau_\alpha/t_0$")
    readable_log_ticks(ax.yaxis)


def draw_annealing(ax: Axes, points: pd.DataFrame) -> None:
    """κ and G relative to the hottest liquid in equilibrium, against 1/T_p."""
    draw_ratios(ax, 1.0 / points["temperature"], points, markersize=3.5)
    _few_ticks(ax, 1.0 / points["temperature"])
    ax.set(xlabel=r"$1/T_p$", ylabel="rel. change")
    ax.legend(loc="upper left", handlelength=1.4)


def _few_ticks(ax: Axes, x: pd.Series) -> None:
    """Numbers at an axis of small values, as 1/T of kelvins, that do not run into one another."""
    if x.max() < SMALL:
        ax.ticklabel_format(axis="x", style="sci", scilimits=(0, 0))
        ax.locator_params(axis="x", nbins=3)


def draw_ratios(ax: Axes, x: pd.Series, points: pd.DataFrame, markersize: float) -> None:
    """The ratios of κ and of G with their intervals; open where the liquid was in no equilibrium."""
    taken = in_equilibrium(points)
    for name, colour, marker, label in (
        ("kappa_ratio", KAPPA, "o", r"$\kappa$"),
        ("shear_modulus_ratio", MODULUS, "s", "$G$"),
    ):
        ends = interval_ends(points, name)
        for chosen, face, line, words in (
            (taken, colour, "-", label),
            (~taken, "white", "none", None),
        ):
            if chosen.any():
                ax.errorbar(
                    x[chosen],
                    points[name][chosen],
                    yerr=ends[:, chosen],
                    color=colour,
                    marker=marker,
                    markerfacecolor=face,
                    markersize=markersize,
                    linestyle=line,
                    linewidth=0.9,
                    elinewidth=0.9,
                    capsize=2,
                    label=words,
                )
    ax.axhline(1.0, color=GREY, linewidth=0.6, linestyle=DASHED, zorder=0)


def draw_eq3(ax: Axes, points: pd.DataFrame, fits: pd.DataFrame) -> None:
    """τ_α/t0 against κ a0²/T, and the line of Eq. 3 over the points that it was fitted to.

    Grey: the paper's line, and all that round to the t̃ and ℓ̃ it states.
    """
    known = points[np.isfinite(points["tau_alpha_over_t0"])]
    scale = known["a0"] ** 2 / (known["temperature"] * known.get("boltzmann", 1.0))
    x = known["kappa"] * scale
    across = interval_ends(known, "kappa") * scale.to_numpy()
    draw_state_points(ax, known, x, "tau_alpha_over_t0", across)
    ax.set(yscale="log", xlabel=r"$\kappa(T)\,a_0^2/T$", ylabel=r"$\tau_\alpha/t_0$")
    readable_log_ticks(ax.yaxis)
    if not len(known):
        return
    limits = ax.get_ylim()
    _draw_paper_line(ax, str(known["model"].iloc[0]), float(x.min()), float(x.max()))
    ax.set_ylim(limits)
    if not len(fits):
        return
    mine = fits[fits["fit"] == "mesoelastic"].set_index("quantity")
    if not {"time", "length"} <= set(mine.index) or not np.isfinite(
        row_at(mine, "length")["value"]
    ):
        note(ax, 0.96, 0.05, "no fit", ha="right")
        return
    time, length = row_at(mine, "time"), row_at(mine, "length")
    used = known["temperature"].between(
        float(time["lowest_temperature"]), float(time["highest_temperature"])
    )
    for ends, style in (((x.min(), x.max()), DASHED), ((x[used].min(), x[used].max()), "-")):
        abscissa = np.array(ends)
        line = float(time["value"]) * np.exp(float(length["value"]) ** 2 * abscissa)
        ax.plot(abscissa, line, color="black", linewidth=1.0, linestyle=style, zorder=1)
    ax.set_ylim(limits)
    # The interval below its number: one long line would reach the points on the left.
    words = "\n".join(
        f"{name} = {interval(row)}".replace(" [", "\n[")
        for name, row in ((r"$\tilde t$", time), (r"$\tilde\ell$", length))
    )
    behind = {"boxstyle": "round,pad=0.1", "fc": "white", "ec": "none", "alpha": 0.8}
    looks = {"fontsize": 6.8, "linespacing": 1.35, "color": None, "bbox": behind}
    note(ax, 0.97, 0.04, words, ha="right", va="bottom", **looks)


def _draw_paper_line(ax: Axes, model: str, low: float, high: float) -> None:
    """The paper's line of Eq. 3 over a range of κ a0²/T, where it states one for the model."""
    if model not in PAPER_FITS:
        return
    abscissa = np.linspace(low, high, 50)
    line, least, most = paper_line(model, abscissa)
    ax.fill_between(abscissa, least, most, color=GREY, alpha=0.15, linewidth=0, zorder=0)
    ax.plot(abscissa, line, color=GREY, linewidth=1.0, linestyle=":", zorder=1)


def _mesoelastic(results: Results) -> Figure:
    return mesoelastic(
        finished_points(results),
        results.table("scattering"),
        results.table("fits"),
        results.table("liquids"),
    )


def _mesoelastic_caption(results: Results) -> str:
    models = list(dict.fromkeys(finished_points(results)["model"]))
    paper = "; ".join(
        f"{TITLES[m]} {PAPER_FITS[m][0]:g}, {PAPER_FITS[m][1]:g}" for m in models if m in PAPER_FITS
    )
    return (
        "Does κ order the relaxation? (1) Self-intermediate scattering function of the largest species; "
        "dashed: the threshold that defines τ_α. (2) τ_α/t0 against 1/T. (3) Relative change of κ and G "
        "against 1/T_p. (4) Eq. 3, ln(τ_α/t0) = ln t\u0303 + ℓ\u0303² κ a0²/T: the line is solid over the "
        "points that it was fitted to; open points were no equilibrium liquids. "
        + (
            f"Dotted: the paper's t\u0303, ℓ\u0303 ({paper}); grey: all that round to them. "
            if paper
            else ""
        )
        + f"{counts_of_glasses(results)}. "
        + bars(
            results,
            f"{OVER_GLASSES} (κ, G) and by blocks of time origins (F_s, τ_α), one-sided where the other end "
            "is not bounded",
        )
    )


ENTRIES = (
    Entry(
        "mesoelastic",
        "Fig. 4",
        "Scattering functions, relaxation times, annealing and the fit of Eq. 3, liquid by liquid",
        ("state_points", "scattering"),
        RUN,
        _mesoelastic,
        _mesoelastic_caption,
    ),
)
