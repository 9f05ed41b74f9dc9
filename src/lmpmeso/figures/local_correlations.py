"""Local dipole stiffness of mobile and immobile particles (Fig. 6 b, c)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lmpmeso.figures.style import GREY, PALETTE, canvas, require_columns, styled

POPULATIONS = {"mobile": PALETTE[1], "immobile": PALETTE[0]}
HATCHES = {"mobile": "", "immobile": "////"}
BINS = 25


@styled
def local_correlations(
    particles: pd.DataFrame, ranks: pd.DataFrame, correlations: pd.DataFrame | None = None
) -> Figure:
    """Distributions of κ_i/⟨κ⟩ and of its ranks for the mobile and the immobile population.

    Args:
        particles: relative_kappa and population (``"mobile"``, ``"immobile"``, other) of every particle;
            with a column label, one column of panels a label.
        ranks: population, low, high, density (and label likewise): histogram of the κ rank.
        correlations: label, spearman, low, high: C_s, written into the panels.
    """
    require_columns(particles, ("relative_kappa", "population"), "local_correlations")
    require_columns(ranks, ("population", "low", "high", "density"), "local_correlations")
    labels: Sequence[str | None] = (
        list(dict.fromkeys(particles["label"])) if "label" in particles.columns else [None]
    )
    figure, axes = canvas(columns=len(labels), rows=2, width=2.6, height=2.2)
    for k, label in enumerate(labels):
        chosen = particles if label is None else particles[particles["label"] == label]
        _draw_kappa(axes[k], chosen)
        histogram = ranks if label is None else ranks[ranks["label"] == label]
        _draw_ranks(axes[len(labels) + k], histogram)
        if label is not None:
            axes[k].set_title(label)
        if correlations is not None:
            own = correlations if label is None else correlations[correlations["label"] == label]
            _write_coefficient(axes[len(labels) + k], own)
    figure.legend(
        *axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=3, handlelength=1.2
    )
    axes[0].set_ylabel(r"$P(\kappa_i/\langle\kappa\rangle)$")
    axes[len(labels)].set_ylabel(r"density of the $\kappa$ rank")
    return figure


def _draw_kappa(ax: Axes, particles: pd.DataFrame) -> None:
    """Distributions of κ_i/⟨κ⟩; the bulk of all particles sets the range."""
    high = float(particles["relative_kappa"].quantile(0.995))
    edges = np.linspace(0.0, high, BINS + 1).tolist()
    ax.hist(
        particles["relative_kappa"],
        bins=edges,
        density=True,
        histtype="step",
        color=GREY,
        label="all",
    )
    for population, colour in POPULATIONS.items():
        ax.hist(
            particles["relative_kappa"][particles["population"] == population],
            bins=edges,
            density=True,
            histtype="stepfilled",
            alpha=0.35,
            color=colour,
            edgecolor=colour,
            hatch=HATCHES[population],
            label=population,
        )
    ax.set_xlim(0.0, high)
    ax.set_xlabel(r"$\kappa_i/\langle\kappa\rangle$")


def _draw_ranks(ax: Axes, ranks: pd.DataFrame) -> None:
    """Histograms of ranks, against 1 for no correlation."""
    for population, colour in POPULATIONS.items():
        own = ranks[ranks["population"] == population].sort_values("low")
        ax.stairs(
            own["density"],
            [*own["low"], own["high"].iloc[-1]],
            fill=True,
            alpha=0.35,
            color=colour,
            hatch=HATCHES[population],
        )
    ax.axhline(1.0, color=GREY, linewidth=0.8, linestyle=(0, (4, 3)))
    ax.set_xlim(0.0, 1.0)
    ax.set_ylim(bottom=0.0)
    ax.set_xlabel(r"$\kappa$ rank")


def _write_coefficient(ax: Axes, correlations: pd.DataFrame) -> None:
    """C_s and its interval."""
    for row in correlations.itertuples():
        interval = f" [{row.low:.2f}, {row.high:.2f}]" if row.low == row.low else ""
        ax.set_title(rf"$C_s$ = {row.spearman:.2f}{interval}", fontsize=7.5)
