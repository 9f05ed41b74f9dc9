"""Local dipole stiffness of mobile and immobile particles (Fig. 6), and both as ranks (Fig. 7)."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import EllipseCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from lmpmeso.figures.entry import RUN, Entry, coldest, finished_points, plain_label
from lmpmeso.figures.kappa_map import box_frame, box_of, disc_collection, with_periodic_images
from lmpmeso.figures.mesoelastic import draw_eq3
from lmpmeso.figures.results import Results
from lmpmeso.figures.style import (
    DASHED,
    GREY,
    PALETTE,
    canvas,
    panel_name,
    require_columns,
    rows,
    styled,
)

COLOURS = {"mobile": PALETTE[1], "immobile": PALETTE[0]}
HATCHES = {"mobile": "", "immobile": "////"}


@styled
def draw_local_correlations(
    populations: pd.DataFrame,
    ranks: pd.DataFrame,
    correlations: pd.DataFrame | None = None,
    points: pd.DataFrame | None = None,
    fits: pd.DataFrame | None = None,
) -> Figure:
    """Distributions of κ_i/⟨κ⟩ and of its ranks for the mobile and the immobile population.

    Args:
        populations: population (``"all"``, ``"mobile"``, ``"immobile"``), low, high, density and error
            of κ_i/⟨κ⟩; with a column label, one column of panels a label.
        ranks: population, low, high, density, error (and label likewise): histogram of the κ rank.
        correlations: label, spearman, spearman_low, spearman_high: C_s, written into the panels.
        points: state points as ``mesoelastic`` takes them: Eq. 3 of each label in a first row.
        fits: of Eq. 3, likewise.
    """
    for table in (populations, ranks):
        require_columns(table, ("population", "low", "high", "density"), "local_correlations")
    labelled = "label" in populations.columns
    labels = list(dict.fromkeys(populations["label"])) if labelled else [None]
    n_rows = 2 if points is None else 3
    figure, axes = canvas(columns=len(labels), rows=n_rows, width=2.5, height=2.1)
    rows = [axes[k * len(labels) : (k + 1) * len(labels)] for k in range(n_rows)]
    *first, middle, last = rows
    for k, label in enumerate(labels):
        if points is not None and fits is not None and len(own := _of(points, label)):
            draw_eq3(first[0][k], own, _of(fits, label) if len(fits) else fits)
        _draw_kappa(middle[k], _of(populations, label))
        _draw_ranks(last[k], _of(ranks, label))
        if label is not None:
            rows[0][k].set_title(label, loc="left")
        if correlations is not None:
            _write_coefficient(last[k], _of(correlations, label))
        if points is not None:
            for row, letter in zip(rows, "abc", strict=True):
                panel_name(row[k], f"({letter}{k + 1})")
    shown = middle[0].get_legend_handles_labels()
    figure.legend(*shown, loc="outside upper center", ncols=3, handlelength=1.2)
    middle[0].set_ylabel(r"$P(\kappa_i/\langle\kappa\rangle)$")
    last[0].set_ylabel(r"density of the $\kappa$ rank")
    return figure


@styled
def rank_maps(particles: pd.DataFrame) -> Figure:
    """Ranks of mobility and of κ in one configuration, a row of two maps a liquid (Fig. 7).

    Both are coloured so that equal colours mean agreement: the mobile like the soft. ``particles`` has label,
    x, y, diameter [length], mobility_rank, kappa_rank (0 to 1), box_x, box_y [length], spearman_mean (C_s
    of the ensemble), drawn in the order of the rows.
    """
    required = ("label", "x", "y", "diameter", "mobility_rank", "kappa_rank", "spearman_mean")
    require_columns(particles, required, "rank_maps")
    labels = list(dict.fromkeys(particles["label"]))
    figure, axes = canvas(2, len(labels), width=2.7, height=2.5, layout="compressed")
    drawn: dict[str, EllipseCollection] = {}
    for k, label in enumerate(labels):
        mine = particles[particles["label"] == label]
        box = box_of(mine)
        for ax, column, colours in (
            (axes[2 * k], "mobility_rank", "plasma"),
            (axes[2 * k + 1], "kappa_rank", "plasma_r"),
        ):
            drawn[column] = disc_collection(
                ax, with_periodic_images(mine, box), column, colours, Normalize(0.0, 1.0)
            )
            box_frame(ax, box)
        axes[2 * k].set_title(label, loc="left")
        axes[2 * k + 1].set_title(rf"$C_s$ = {mine['spearman_mean'].iloc[0]:.2f}", loc="left")
    for column, name, place in (
        ("mobility_rank", "mobility rank", axes[0::2]),
        ("kappa_rank", r"$\kappa$ rank", axes[1::2]),
    ):
        figure.colorbar(
            drawn[column], ax=place, orientation="horizontal", label=name, pad=0.02, aspect=24
        )
    return figure


def _of(table: pd.DataFrame, label: str | None) -> pd.DataFrame:
    """The rows of a label; all where there is none."""
    return table if label is None else table[table["label"] == label]


def _draw_kappa(ax: Axes, populations: pd.DataFrame) -> None:
    """Distributions of κ_i/⟨κ⟩ of all particles and of the extremes."""
    everyone = populations[populations["population"] == "all"]
    ax.stairs(everyone["density"], _edges(everyone), color=GREY, linewidth=1.3, label="all")
    _draw_extremes(ax, populations)
    ax.set_xlim(0.0, float(populations["high"].max()))
    ax.set_ylim(bottom=0.0)
    ax.set_xlabel(r"$\kappa_i/\langle\kappa\rangle$")


def _draw_ranks(ax: Axes, ranks: pd.DataFrame) -> None:
    """Histograms of ranks, against 1 for no correlation."""
    _draw_extremes(ax, ranks)
    ax.axhline(1.0, color=GREY, linewidth=0.8, linestyle=DASHED)
    ax.set_xlim(0.0, 1.0)
    ax.set_ylim(bottom=0.0)
    ax.set_xlabel(r"$\kappa$ rank")


def _draw_extremes(ax: Axes, table: pd.DataFrame) -> None:
    """The mobile and the immobile, with the standard error of each bin that holds any."""
    for side, (population, colour) in zip((-1, 1), COLOURS.items(), strict=True):
        own = table[table["population"] == population].sort_values("low")
        looks: dict[str, Any] = {
            "fill": True,
            "alpha": 0.35,
            "color": colour,
            "hatch": HATCHES[population],
        }
        ax.stairs(own["density"], _edges(own), label=population, **looks)
        if "error" in own.columns:
            seen = own["density"] > 0
            # Beside one another, so that both can be read.
            middle = 0.5 * (own["low"] + own["high"]) + side * 0.12 * (own["high"] - own["low"])
            density, error = own["density"][seen], own["error"][seen]
            ax.errorbar(middle[seen], density, error, color=colour, ls="none", elinewidth=0.9)


def _edges(histogram: pd.DataFrame) -> list[float]:
    """Edges of the bins."""
    return [*histogram["low"], float(histogram["high"].iloc[-1])]


def _write_coefficient(ax: Axes, correlations: pd.DataFrame) -> None:
    """C_s and its interval."""
    for row in rows(correlations):
        low, high = row.spearman_low, row.spearman_high
        interval = f" [{low:.2f}, {high:.2f}]" if low == low else ""
        ax.set_title(rf"$C_s$ = {row.spearman:.2f}{interval}", fontsize=7.5, loc="left")


def _correlations(results: Results) -> pd.DataFrame:
    """C_s of the coldest temperature of each liquid."""
    return coldest(results.table("local_correlations"))


def _local_correlations(results: Results) -> Figure:
    with_points = not results.table("state_points").empty
    return draw_local_correlations(
        coldest(results.table("kappa_populations")),
        coldest(results.table("kappa_ranks")),
        _correlations(results),
        finished_points(results) if with_points else None,
        results.table("fits") if with_points else None,
    )


def _local_caption(results: Results) -> str:
    words = "; ".join(
        f"{plain_label(row.label)}: T = {row.temperature:.4g}, {row.n_configurations} configurations, "
        f"reliability of the mobility {row.reliability:.2f}"
        for row in rows(_correlations(results))
    )
    counts = (
        coldest(results.table("kappa_populations")).groupby(["label", "population"])["n"].first()
    )
    mobile = sorted({int(n) for n in counts.xs("mobile", level="population")})
    number = f"{mobile[0]}" if len(mobile) == 1 else f"{mobile[0]} to {mobile[-1]}"
    first = "(a) Eq. 3. " if not results.table("state_points").empty else ""
    return (
        f"{first}(b) κ_i over the mean of all particles, for all, the mobile and the immobile; "
        "(c) ranks of κ_i within species and configuration, with C_s, Spearman's correlation of 1/κ_i "
        f"with the mobility. {words}; {number} mobile and as many immobile particles a liquid. "
        "Bars in (b, c): binomial standard errors; "
        f"C_s: {100 * results.level:g} % intervals by configuration"
    )


def _rank_maps(results: Results) -> Figure:
    mean = _correlations(results)[["label", "spearman"]].set_index("label").add_suffix("_mean")
    return rank_maps(coldest(results.table("representative")).merge(mean, on="label"))


def _rank_maps_caption(results: Results) -> str:
    return (
        "Ranks of mobility (the first of two panels) and of κ_i (the second) within species, for the configuration "
        "whose C_s is nearest to the mean; 3D glasses as a slice about one particle thick, particles at their full size. Equal "
        "colours mean agreement. C_s: mean over all configurations"
    )


ENTRIES = (
    Entry(
        "local-correlations",
        "Fig. 6",
        "Stiffness of mobile and immobile particles, as distributions and as ranks",
        ("local_correlations", "kappa_populations", "kappa_ranks"),
        f"{RUN}, with a section [isoconfigurational]; or lmpmeso propensity",
        _local_correlations,
        _local_caption,
    ),
    Entry(
        "rank-maps",
        "Fig. 7",
        "Maps of mobility ranks and stiffness ranks of one configuration each",
        ("representative", "local_correlations"),
        f"{RUN}, with a section [isoconfigurational]; or lmpmeso propensity",
        _rank_maps,
        _rank_maps_caption,
    ),
)
