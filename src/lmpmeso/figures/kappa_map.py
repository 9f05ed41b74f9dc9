"""Maps of the κ-field: where a glass is soft."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import EllipseCollection, LineCollection
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import LogLocator

from lmpmeso.figures.entry import RUN, Entry
from lmpmeso.figures.results import Results
from lmpmeso.figures.style import canvas, parts, require_columns, styled

COLOURS = "plasma"
"""Dark is soft; lightness grows with log κ, so that the order survives print in grey."""
QUANTILES = (0.01, 0.99)
"""Quantiles of κ at the ends of the colour scale."""


@styled
def particle_map(particles: pd.DataFrame, box: tuple[float, float]) -> Figure:
    """Particles of a slice (or of a 2D glass) as discs, coloured by their κ_i.

    Args:
        particles: x, y, diameter [length] and kappa, drawn in the order of the rows; with a column
            temperature, one panel a temperature on a common colour scale.
        box: edge lengths (L_x, L_y) [length].
    """
    require_columns(particles, ("x", "y", "diameter", "kappa"), "particle_map")
    panels = (
        list(parts(particles, "temperature"))
        if "temperature" in particles.columns
        else [(None, particles)]
    )
    figure, axes = canvas(columns=len(panels), width=3.3, height=3.1, layout="compressed")
    norm = logarithmic_scale(particles["kappa"])
    for ax, (temperature, discs) in zip(axes, panels, strict=True):
        coloured = draw_field(ax, discs, box, norm)
        if temperature is not None:
            ax.set_title(f"$T_p$ = {temperature:g}")
    colour_scale(figure, axes, coloured, r"$\kappa_i$  $[\epsilon/\sigma^2]$")
    return figure


@styled
def kappa_slices(particles: pd.DataFrame) -> Figure:
    """Slices of the κ-field, a row a liquid, a panel a temperature, one colour scale a row.

    ``particles`` has label, temperature, box_x, box_y and the columns of :func:`particle_map`.
    """
    required = ("label", "temperature", "box_x", "x", "y", "diameter", "kappa")
    require_columns(particles, required, "kappa_slices")
    labels = list(dict.fromkeys(particles["label"]))
    most = int(particles.groupby("label")["temperature"].nunique().max())
    figure, axes = canvas(
        columns=most, rows=len(labels), width=3.0, height=2.8, layout="compressed"
    )
    for k, label in enumerate(labels):
        mine = particles[particles["label"] == label]
        norm = logarithmic_scale(mine["kappa"])
        row = axes[most * k : most * (k + 1)]
        by_temperature = list(mine.groupby("temperature"))
        for ax, (temperature, discs) in zip(row, by_temperature, strict=False):
            drawn = draw_field(ax, discs, box_of(discs), norm)
            ax.set_title(f"{label}, $T_p$ = {temperature:.4g}")
        for ax in row[len(by_temperature) :]:
            ax.set_axis_off()
        colour_scale(figure, row, drawn, r"$\kappa_i$  $[\epsilon/\sigma^2]$")
    return figure


@styled
def bond_map(bonds: pd.DataFrame, box: tuple[float, float]) -> Figure:
    """Every interacting pair of a 2D glass as a line, coloured by its κ_ij (Fig. 2, right).

    Args:
        bonds: x_i, y_i (one end, inside the box), dx, dy (minimum-image vector to the other end)
            [length] and kappa.
        box: edge lengths (L_x, L_y) [length].
    """
    require_columns(bonds, ("x_i", "y_i", "dx", "dy", "kappa"), "bond_map")
    figure, (ax,) = canvas(width=3.9, height=3.4, layout="compressed")
    lines = draw_bonds(ax, bonds, box)
    box_frame(ax, box)
    colour_scale(figure, [ax], lines, r"$\kappa_{ij}$  $[\epsilon/\sigma^2]$")
    return figure


def draw_bonds(ax: Axes, bonds: pd.DataFrame, box: tuple[float, float]) -> LineCollection:
    """Bonds as :func:`bond_map` takes them, the softest on top."""
    stiff_first = bonds.sort_values("kappa", ascending=False)
    start_pc = stiff_first[["x_i", "y_i"]].to_numpy()
    end_pc = start_pc + stiff_first[["dx", "dy"]].to_numpy()
    # A bond that leaves the box is drawn from both of its ends.
    overflow_pc = np.floor(end_pc / box) * box
    leaves = overflow_pc.any(axis=1)
    segments = np.stack([start_pc, end_pc], axis=1)
    images = (segments - overflow_pc[:, None, :])[leaves]
    kappa = stiff_first["kappa"].to_numpy()
    lines = LineCollection(
        list(np.concatenate([segments, images])),
        cmap=COLOURS,
        norm=logarithmic_scale(bonds["kappa"]),
        linewidths=1.1,
        capstyle="round",
    )
    lines.set_array(np.append(kappa, kappa[leaves]))
    ax.add_collection(lines)
    return lines


def with_periodic_images(particles: pd.DataFrame, box: tuple[float, float]) -> pd.DataFrame:
    """The particles in their order, each with its images that reach into the box across its edges."""
    particles = particles.reset_index(drop=True)
    images = []
    for shift_x in (-box[0], 0.0, box[0]):
        for shift_y in (-box[1], 0.0, box[1]):
            image = particles.assign(x=particles["x"] + shift_x, y=particles["y"] + shift_y)
            radius = image["diameter"] / 2
            inside = image["x"].between(-radius, box[0] + radius)
            images.append(image[inside & image["y"].between(-radius, box[1] + radius)])
    return pd.concat(images).sort_index(kind="stable")


def draw_field(
    ax: Axes, particles: pd.DataFrame, box: tuple[float, float], norm: Normalize
) -> EllipseCollection:
    """The particles of one system by their κ_i, in their box."""
    box_frame(ax, box)
    return disc_collection(ax, with_periodic_images(particles, box), "kappa", COLOURS, norm)


def logarithmic_scale(kappa: pd.Series) -> LogNorm:
    """The colour scale of κ."""
    return LogNorm(*kappa.quantile(list(QUANTILES)))


def disc_collection(
    ax: Axes, particles: pd.DataFrame, column: str, colours: str, norm: Normalize
) -> EllipseCollection:
    """One disc a particle (x, y, diameter), coloured by a column."""
    looks = {"cmap": colours, "norm": norm, "edgecolors": "white", "linewidths": 0.3}
    discs = add_discs(ax, particles, **looks)
    discs.set_array(particles[column].to_numpy())
    return discs


def add_discs(ax: Axes, particles: pd.DataFrame, **looks: Any) -> EllipseCollection:
    """One disc a row (x, y, diameter)."""
    discs = EllipseCollection(
        particles["diameter"],
        particles["diameter"],
        np.zeros(len(particles)),
        units="xy",
        offsets=particles[["x", "y"]].to_numpy(),
        offset_transform=ax.transData,
        **looks,
    )
    ax.add_collection(discs)
    return discs


def box_frame(ax: Axes, box: tuple[float, float]) -> None:
    """Show the box, to scale."""
    ax.set(xlim=(0.0, box[0]), ylim=(0.0, box[1]), aspect="equal")
    ax.set(xlabel=r"$x$  $[\sigma]$", ylabel=r"$y$  $[\sigma]$")
    ax.tick_params(direction="out")


def box_of(table: pd.DataFrame) -> tuple[float, float]:
    """Edge lengths [length] that a table of one system tells in box_x and box_y."""
    return float(table["box_x"].iloc[0]), float(table["box_y"].iloc[0])


def colour_scale(
    figure: Figure | SubFigure,
    axes: list[Axes],
    coloured: EllipseCollection | LineCollection,
    label: str,
) -> None:
    """The colour scale beside the panels."""
    bar = figure.colorbar(coloured, ax=axes, extend="both", pad=0.02, aspect=26)
    bar.ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 3, 4, 5, 7)))
    bar.ax.yaxis.set_major_formatter("{x:g}")
    bar.ax.minorticks_off()
    bar.set_label(label)


def _kappa_slices_caption(results: Results) -> str:
    return (
        "Local stiffness κ_i, the mean κ_ij over the pairs of a particle, in one inherent structure of the "
        "hottest and of the coldest liquid: a slice about one particle thick through the middle, particles at their "
        "full size (2D: all). One logarithmic colour scale a liquid"
    )


ENTRIES = (
    Entry(
        "kappa-slices",
        "",
        "Slices of the κ-field of a hot and of a cold glass",
        ("kappa_slices",),
        RUN,
        lambda results: kappa_slices(results.table("kappa_slices")),
        _kappa_slices_caption,
    ),
)
