"""What the liquids of a figure are called, in which order they come, and how each looks."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from lmpmeso.arrays import BoolArray, FloatArray
from lmpmeso.figures.style import MARKERS, PALETTE, band, interval_ends, note, temperature_colours

TITLES = {
    "ipl": "IPL",
    "mblj": "mBLJ",
    "ss": "SS",
    "sw": "SW",
    "ss-0.70": r"SS, $\rho$ = 0.70",
    "ss-0.95": r"SS, $\rho$ = 0.95",
    "ka": "KA",
    "ipl2d": "2D IPL",
}
"""Names of the models as the paper writes them, in its order."""
STICKY = ("ss", "ss-0.70", "ss-0.95")
"""Sticky spheres, whose density the paper varies."""
LOOKS = {
    "ipl": (PALETTE[0], MARKERS[0]),
    "mblj": (PALETTE[2], MARKERS[1]),
    "ss": (PALETTE[1], MARKERS[2]),
    "sw": (PALETTE[3], MARKERS[3]),
    "ss-0.70": (PALETTE[4], MARKERS[4]),
    "ss-0.95": (PALETTE[5], MARKERS[5]),
    "ka": ("#000000", MARKERS[6]),
    "ipl2d": ("#7a5195", MARKERS[0]),
}
"""Colour and marker of each model, the same in all figures."""
PAPER_FITS = {"ipl": (0.1, 0.4), "mblj": (0.02, 0.4), "ss": (4e-9, 0.4), "sw": (9e-14, 0.4)}
"""t̃ and ℓ̃ that the paper found, to one digit."""


def paper_line(model: str, abscissa: ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray]:
    """τ_α/t0 of the paper's line of Eq. 3 at κ a0²/T, and the range of all lines that round to its t̃ and ℓ̃.

    The line, the lower and the upper end each have the shape of ``abscissa``; the model is one of ``PAPER_FITS``.
    """
    x = np.asarray(abscissa, dtype=np.float64)
    times, lengths = (rounded_from(number) for number in PAPER_FITS[model])
    line, low, high = (
        time * np.exp(length**2 * x) for time, length in zip(times, lengths, strict=True)
    )
    return line, low, high


def rounded_from(number: float) -> tuple[float, float, float]:
    """A positive number of one digit, and the least and the largest that round to it."""
    digit, exponent = f"{number:.0e}".split("e")
    half = 0.5 * 10.0 ** int(exponent)
    return number, number - (half / 10.0 if digit == "1" else half), number + half


def with_labels(table: pd.DataFrame, liquids: pd.DataFrame) -> pd.DataFrame:
    """A table of results with the columns ``label`` and ``boltzmann``, its rows in the order of the liquids.

    Both have the columns source, model, n_particles; ``liquids``, a row a liquid, has the label and k_B in its units.
    """
    keys = ["source", "model", "n_particles"]
    named = table.merge(liquids[[*keys, "label", "boltzmann"]], on=keys, how="inner")
    place = {label: k for k, label in enumerate(liquids["label"])}
    return named.sort_values("label", key=lambda s: s.map(place), kind="stable", ignore_index=True)


def ordered_liquids(liquids: pd.DataFrame) -> pd.DataFrame:
    """The liquids (source, model, n_particles) in the order of the paper, each with a label that no other has."""
    place = {model: k for k, model in enumerate(TITLES)}
    ordered = liquids.assign(place=liquids["model"].map(lambda m: place.get(m, len(place))))
    ordered = ordered.sort_values(["place", "n_particles"], kind="stable", ignore_index=True)
    labels = ordered["model"].map(lambda m: TITLES.get(m, m))
    for more in (
        ordered["n_particles"].map(lambda n: f"$N$ = {n:g}"),
        ordered["source"].map(lambda s: str(s).rstrip("/").rpartition("/")[2]),
    ):
        labels = labels.where(~labels.duplicated(keep=False), labels + ", " + more)
    return ordered.assign(label=labels).drop(columns="place")


def look(model: str) -> tuple[str, str]:
    """Colour and marker of a model."""
    return LOOKS.get(model, ("#5a5a5a", "o"))


def in_equilibrium(points: pd.DataFrame) -> BoolArray:
    """Which state points nothing speaks against, shape (rows,)."""
    words = points["excluded"].astype(object)
    return (words.isna() | (words == "")).to_numpy(dtype=bool)


def draw_state_points(
    ax: Axes,
    points: pd.DataFrame,
    x: pd.Series,
    y: str,
    across: FloatArray | None = None,
    filled: BoolArray | None = None,
) -> None:
    """The state points of one liquid, a row each: model, excluded, and y with ``_low`` and ``_high``.

    ``across`` are lengths of the error bars of x, shape (2, rows); ``filled`` says which are drawn filled,
    shape (rows,), those in equilibrium if left out.
    """
    colour, marker = look(str(points["model"].iloc[0])) if len(points) else look("")
    up = interval_ends(points, y)
    filled = in_equilibrium(points) if filled is None else filled
    for chosen, face in ((filled, colour), (~filled, "white")):
        if chosen.any():
            ax.errorbar(
                x[chosen],
                points[y][chosen],
                xerr=None if across is None else across[:, chosen],
                yerr=up[:, chosen],
                color=colour,
                marker=marker,
                markerfacecolor=face,
                markersize=4,
                linestyle="none",
                elinewidth=0.9,
                capsize=2,
                zorder=3,
            )


def draw_curves(
    ax: Axes, curves: pd.DataFrame, name: str, at: tuple[float, float], positive: bool = False
) -> None:
    """A quantity of the first replica against t/t0, a colour a temperature, and the range of these.

    ``curves`` has temperature, t_over_t0, the quantity and, where there are intervals, its ``_low``,
    ``_high``. The range stands ``at`` parts of the panel's width and height. ``positive`` leaves out ends of
    intervals that have no place on a logarithmic axis.
    """
    if "replica" in curves.columns:
        curves = curves[curves["replica"] == curves["replica"].min()]
    colours = temperature_colours(curves["temperature"])
    for temperature, curve in curves[curves["t_over_t0"] > 0].groupby("temperature"):
        colour, t = colours[float(str(temperature))], curve["t_over_t0"]
        ax.plot(t, curve[name], color=colour, linewidth=1.1, label=f"{temperature:g}")
        if {f"{name}_low", f"{name}_high"} <= set(curve.columns):
            low = curve[f"{name}_low"]
            band(ax, t, low.where(low > 0) if positive else low, curve[f"{name}_high"], colour)
    coldest, hottest = curves["temperature"].min(), curves["temperature"].max()
    above = "top" if at[1] > 0.5 else "baseline"
    words = f"$T$ = {coldest:.4g} … {hottest:.4g}"
    note(ax, *at, words, ha="right", va=above, fontsize=6.5)


def joined(words: Iterable[str]) -> str:
    """``a, b and c``."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
