"""The one look of every figure, and how a figure reaches the disk."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, BinaryIO, Literal, ParamSpec

import matplotlib as mpl
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatterSciNotation, LogLocator, MaxNLocator, NullFormatter
from matplotlib.typing import ColorType
from numpy.typing import ArrayLike

from lmpmeso.arrays import FloatArray
from lmpmeso.errors import ConfigurationError, StatisticsError
from lmpmeso.files.atomic import replacing
from lmpmeso.files.given import PICTURES

P = ParamSpec("P")
Colour = tuple[float, float, float]

SHORT_RANGE, SHORTEST_RANGE = 100.0, 6.0
"""Ratios of the ends of a logarithmic axis below which it has ticks at 1, 2, 5, or evenly spaced ones."""
COLUMN_WIDTH = 3.4
"""Width of a journal column [inch]."""
PALETTE: tuple[str, ...] = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Okabe and Ito's colours, told apart by every kind of colour vision."""
MARKERS = ("o", "s", "D", "^", "v", "P", "X")
GREY = "#5a5a5a"
DASHED = (0, (4, 3))
"""Line style of what is no datum: thresholds, guides, extrapolations."""

STYLE = {
    **sns.axes_style("ticks"),
    **sns.plotting_context("paper"),
    "font.family": "sans-serif",
    "font.size": 8.5,
    "axes.labelsize": 9.0,
    "axes.titlesize": 9.0,
    "legend.fontsize": 8.0,
    "legend.title_fontsize": 8.0,
    "legend.frameon": False,
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "axes.linewidth": 0.8,
    "xtick.major.width": 0.8,
    "ytick.major.width": 0.8,
    "lines.linewidth": 1.5,
    "lines.markersize": 4.5,
    "mathtext.fontset": "dejavusans",
    "figure.dpi": 110,
    "savefig.dpi": 220,
}


def styled(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Draw in the package's style, whatever the caller's Matplotlib settings are."""

    @wraps(draw)
    def in_style(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with mpl.rc_context(STYLE):
            return draw(*args, **kwargs)

    return in_style


def canvas(
    columns: int = 1,
    rows: int = 1,
    width: float = COLUMN_WIDTH,
    height: float = 2.7,
    layout: Literal["constrained", "compressed"] = "constrained",
) -> tuple[Figure, list[Axes]]:
    """A figure of rows × columns panels, each ``width`` by ``height`` [inch], in reading order.

    The layout ``"compressed"`` is for panels of a fixed aspect ratio.
    """
    figure = Figure(figsize=(columns * width, rows * height), layout=layout)
    axes = figure.subplots(rows, columns, squeeze=False)
    return figure, list(axes.flat)


def panels_by_label(
    table: pd.DataFrame, most: int, width: float, height: float = 2.7
) -> tuple[Figure, list[Axes], list[str]]:
    """A panel a label, at most so many in a row; the last row is filled with empty ones.

    Returns:
        The figure, its panels, and the labels in the order of the table.
    """
    labels = list(dict.fromkeys(table["label"]))
    columns = min(len(labels), most)
    figure, axes = canvas(columns, -(-len(labels) // columns), width, height)
    for ax in axes[len(labels) :]:
        ax.set_axis_off()
    return figure, axes[: len(labels)], labels


def temperature_colours(temperatures: Iterable[float]) -> dict[float, Colour]:
    """A colour for each temperature, from dark blue (cold) to orange (hot).

    Lightness grows along the scale, so that the order also survives print in grey.
    """
    ordered = sorted(set(temperatures))
    scale = mpl.colormaps["plasma"]
    last = max(len(ordered) - 1, 1)
    return {t: scale(0.06 + 0.66 * k / last)[:3] for k, t in enumerate(ordered)}


def temperature_markers(temperatures: Iterable[float]) -> dict[float, str]:
    """A marker for each temperature, so that colour is never the only difference."""
    return {t: MARKERS[k % len(MARKERS)] for k, t in enumerate(sorted(set(temperatures)))}


def require_columns(table: pd.DataFrame, columns: Sequence[str], figure: str) -> None:
    """Refuse a table that lacks what the figure shows.

    Raises:
        StatisticsError: a column is missing, or the table has no rows.
    """
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise StatisticsError(
            f"the table for the figure {figure!r} has no column {', '.join(missing)}; "
            f"it has {', '.join(map(str, table.columns))}"
        )
    if table.empty:
        raise StatisticsError(f"the table for the figure {figure!r} has no rows")


def rows(table: pd.DataFrame) -> Iterator[Any]:
    """The rows of a table as named tuples."""
    return iter(table.itertuples())


def parts(
    table: pd.DataFrame, column: str, *, sort: bool = True
) -> Iterator[tuple[Any, pd.DataFrame]]:
    """The values of a column, and the rows that have each."""
    return iter(table.groupby(column, sort=sort))


def row_at(table: pd.DataFrame, key: str) -> Mapping[str, Any]:
    """The row of a table with that index."""
    return {str(name): value for name, value in table.loc[key].items()}


def interval_ends(table: pd.DataFrame, name: str) -> FloatArray:
    """Lengths of the error bars of a column below and above it, shape (2, rows).

    They are NaN, and not drawn, where the interval is not known; an end that is not bounded has length
    0, so that the bar reaches to the other side only.
    """
    if not {f"{name}_low", f"{name}_high"} <= set(table.columns):
        return np.full((2, len(table)), np.nan)
    value = table[name].to_numpy(dtype=np.float64)
    below = value - table[f"{name}_low"].to_numpy(dtype=np.float64)
    above = table[f"{name}_high"].to_numpy(dtype=np.float64) - value
    ends = np.maximum(np.stack([below, above]), 0.0)
    bounded = np.isfinite(ends)
    return np.where(~bounded & bounded.any(axis=0), 0.0, ends)


def interval(row: Mapping[str, Any] | pd.Series, name: str = "value", digits: int = 2) -> str:
    """A number with its interval as a legend writes them, e.g. ``0.38 [0.33, 0.42]``."""
    ends = [float(row[name + end]) for end in ("", "_low", "_high")]
    words = [f"{v:.{digits}g}" for v in ends]
    return words[0] + (f" [{words[1]}, {words[2]}]" if np.isfinite(ends[1]) else "")


def band(
    ax: Axes, x: ArrayLike, low: ArrayLike, high: ArrayLike, colour: ColorType, alpha: float = 0.25
) -> None:
    """The interval of a curve, as a band about it."""
    ax.fill_between(x, low, high, color=colour, alpha=alpha, linewidth=0)


def note(ax: Axes, x: float, y: float, text: str, **looks: Any) -> None:
    """A few words in a panel, at a place in parts of its width and height; small and grey."""
    ax.text(x, y, text, transform=ax.transAxes, **{"fontsize": 7, "color": GREY, **looks})


def readable_log_ticks(axis: Axis) -> None:
    """Plain numbers where a logarithmic axis spans less than two decades, else powers of ten.

    Call it when everything is drawn, and again when more is.
    """
    low, high = axis.get_view_interval()
    axis.set_major_locator(LogLocator())
    axis.set_major_formatter(LogFormatterSciNotation())
    axis.set_minor_formatter(NullFormatter())
    if high / low < SHORT_RANGE:
        axis.set_major_locator(
            LogLocator(subs=(1, 2, 5)) if high / low > SHORTEST_RANGE else MaxNLocator(4)
        )
        axis.set_major_formatter("{x:g}")


def panel_name(ax: Axes, name: str) -> None:
    """The name of a panel, above its right corner."""
    ax.set_title(name, loc="right", fontsize=8)


def save_figure(figure: Figure, path: str | os.PathLike[str]) -> Path:
    """Write a figure as PNG or PDF, which its name says; complete or not at all.

    Raises:
        ConfigurationError: its name ends otherwise.
    """
    path = Path(path)
    if path.suffix.lower() not in PICTURES:
        raise ConfigurationError(
            f"{path}: pictures are written to files in {' and '.join(PICTURES)}"
        )
    with replacing(path) as temporary:
        print_figure(figure, temporary, path.suffix.lower())
    return path


def print_figure(figure: Figure, file: Path | BinaryIO, ending: str) -> None:
    """Draw a figure into a file as PNG, PDF or SVG; equal figures give equal bytes.

    ``Figure.savefig`` draws twice where there is a layout: first for the layout, which drawing finds by itself.
    """
    shown, dpi = figure.canvas, figure.dpi
    try:
        with mpl.rc_context({**STYLE, "svg.hashsalt": "lmpmeso"}):
            figure.set_dpi(mpl.rcParams["savefig.dpi"])
            if ending == ".pdf":
                from matplotlib.backends.backend_pdf import FigureCanvasPdf

                FigureCanvasPdf(figure).print_pdf(file, metadata={"CreationDate": None})
            elif ending == ".svg":
                from matplotlib.backends.backend_svg import FigureCanvasSVG

                FigureCanvasSVG(figure).print_svg(file, metadata={"Date": None})
            else:
                from matplotlib.backends.backend_agg import FigureCanvasAgg

                FigureCanvasAgg(figure).print_png(file)
    finally:
        figure.set_dpi(dpi)
        figure.set_canvas(shown)


def save_in_formats(figure: Figure, paths: Iterable[Path]) -> list[Path]:
    """Write a figure to several files; its layout, much of the work, is found once and stays.

    Raises:
        ConfigurationError: a name ends otherwise than as :func:`save_figure` says.
    """
    files = []
    for path in paths:
        files.append(save_figure(figure, path))
        figure.set_layout_engine("none")
    return files
