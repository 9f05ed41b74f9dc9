"""Soft quasilocalised excitations: where they sit in the κ-field, and how the particles move."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from lmpmeso.figures.entry import RUN, Entry, coldest
from lmpmeso.figures.kappa_map import (
    add_discs,
    bond_map,
    box_frame,
    box_of,
    disc_collection,
    draw_bonds,
    particle_map,
    with_periodic_images,
)
from lmpmeso.figures.results import Results
from lmpmeso.figures.style import GREY, canvas, readable_log_ticks, require_columns, styled

CIRCLE_DIAMETER = 5.0
"""Diameter of the circle around a core [length]."""
CIRCLE_COLOUR = "#00d0c0"
FORCE_COLOUR = "#d62728"
LONGEST_ARROW = 2.0
"""Length of the longest arrow of a panel [length]."""
SHORTEST_ARROW = 0.02
"""Shorter displacements are not drawn, in units of the longest."""


@styled
def draw_modes(kappa: pd.DataFrame, cores: pd.DataFrame, box: tuple[float, float]) -> Figure:
    """Cores of the softest modes as circles over the κ-field (Fig. 2, right); 1 is the softest.

    Args:
        kappa: the bonds of a 2D glass, as :func:`bond_map` takes them, or the particles of a slice
            through a 3D glass, as :func:`particle_map` does.
        cores: x, y [length] of the cores, in order of their stiffness; of a 3D glass those in the
            slice. Its index gives the modes' numbers, from 0.
        box: edge lengths (L_x, L_y) [length].
    """
    draw = bond_map if "dx" in kappa.columns else particle_map
    figure = draw(kappa, box)
    if cores.empty:
        return figure
    require_columns(cores, ("x", "y"), "draw_modes")
    _circle_cores(figure.axes[0], cores, box)
    return figure


@styled
def mobility_and_kappa(
    mobility: pd.DataFrame, bonds: pd.DataFrame, cores: pd.DataFrame, box: tuple[float, float]
) -> Figure:
    """Mobility of the particles beside the κ-field with its softest modes (Fig. 2); all lengths in [length].

    ``mobility`` has x, y, diameter, mobility (neighbour-relative) of every particle; ``bonds`` are as
    :func:`bond_map` takes them; ``cores`` has x, y, in order of their stiffness.
    """
    require_columns(mobility, ("x", "y", "diameter", "mobility"), "mobility_and_kappa")
    figure, (left, right) = canvas(columns=2, width=3.9, height=4.1, layout="compressed")
    norm = Normalize(0.0, float(mobility["mobility"].quantile(0.995)))
    discs = disc_collection(left, with_periodic_images(mobility, box), "mobility", "magma_r", norm)
    lines = draw_bonds(right, bonds, box)
    for ax in (left, right):
        box_frame(ax, box)
        _circle_cores(ax, cores.reset_index(drop=True), box)
    for ax, drawn, label in (
        (left, discs, r"neighbour-relative displacement  $[\sigma]$"),
        (right, lines, r"$\kappa_{ij}$  $[\epsilon/\sigma^2]$"),
    ):
        extend = "max" if ax is left else "both"
        bar = figure.colorbar(drawn, ax=ax, location="top", extend=extend, pad=0.02, label=label)
        if ax is right:
            readable_log_ticks(bar.ax.xaxis)
    return figure


def _circle_cores(ax: Axes, cores: pd.DataFrame, box: tuple[float, float]) -> None:
    """Numbered circles about the cores; 1 is the softest."""
    circles = with_periodic_images(cores.assign(diameter=CIRCLE_DIAMETER), box)
    for colour, width in (("black", 3.2), (CIRCLE_COLOUR, 1.8)):
        looks = {"facecolors": "none", "edgecolors": colour, "linewidths": width}
        add_discs(ax, circles, zorder=3, **looks)
    for number, core in cores.iterrows():
        ax.annotate(
            f"{int(str(number)) + 1}",
            (core["x"], core["y"] + CIRCLE_DIAMETER / 2),
            ha="center",
            va="center",
            fontsize=7,
            zorder=4,
            bbox={"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none", "alpha": 0.85},
        )


@styled
def arrow_map(
    panels: Mapping[str, pd.DataFrame],
    box: tuple[float, float],
    dipole: pd.DataFrame | None = None,
    centre: tuple[float, float] | None = None,
) -> Figure:
    """Displacements of the particles of a 2D glass, a panel each: a mode, a dipole response (Fig. 1).

    Args:
        panels: by title, tables with x, y [length], u_x, u_y; arrows of the longest displacement are
            equally long in all panels.
        box: edge lengths (L_x, L_y) [length].
        dipole: x, y [length], u_x, u_y of the two forces of a dipole, drawn in red in the last panel.
        centre: point of the box to show in the middle [length]; default: the middle of the box.
    """
    figure, axes = canvas(columns=len(panels), width=3.3, height=3.4, layout="compressed")
    shift = np.zeros(2) if centre is None else np.subtract(np.divide(box, 2.0), centre)
    for ax, (title, arrows) in zip(axes, panels.items(), strict=True):
        require_columns(arrows, ("x", "y", "u_x", "u_y"), "arrow_map")
        length = np.hypot(arrows["u_x"], arrows["u_y"])
        shown = arrows[length >= SHORTEST_ARROW * length.max()]
        draw_arrows(ax, shown, box, shift, LONGEST_ARROW / float(length.max()), GREY, 1.0)
        ax.set_title(title)
        box_frame(ax, box)
    if dipole is not None:
        longest = float(np.hypot(dipole["u_x"], dipole["u_y"]).max())
        draw_arrows(axes[-1], dipole, box, shift, LONGEST_ARROW / longest, FORCE_COLOUR, 2.2)
    return figure


def draw_arrows(
    ax: Axes,
    arrows: pd.DataFrame,
    box: tuple[float, float],
    shift: np.ndarray,
    scale: float,
    colour: str,
    width: float,
) -> None:
    """Arrows from where the particles are, shifted in the periodic box."""
    ax.quiver(
        np.mod(arrows["x"] + shift[0], box[0]),
        np.mod(arrows["y"] + shift[1], box[1]),
        scale * arrows["u_x"],
        scale * arrows["u_y"],
        angles="xy",
        scale_units="xy",
        scale=1.0,
        units="dots",
        width=width,
        headwidth=4.5,
        headlength=5.0,
        headaxislength=4.5,
        color=colour,
    )


def _first_glass(results: Results, name: str) -> pd.DataFrame:
    """The rows of the coldest glass of the first liquid that has any."""
    table = results.table(name)
    mine = table[table["label"] == table["label"].iloc[0]]
    return coldest(mine).reset_index(drop=True)


def _soft_mode(results: Results) -> Figure:
    arrows, cores = _first_glass(results, "arrows"), _first_glass(results, "cores")
    response = arrows[["x", "y"]].assign(u_x=arrows["response_x"], u_y=arrows["response_y"])
    force = arrows[["x", "y"]].assign(u_x=arrows["force_x"], u_y=arrows["force_y"])
    softest = cores.sort_values("stiffness").iloc[0]
    return arrow_map(
        {"soft mode": arrows, "dipole response": response},
        box_of(arrows),
        dipole=force[(force["u_x"] != 0.0) | (force["u_y"] != 0.0)],
        centre=(float(softest["x"]), float(softest["y"])),
    )


def _soft_mode_caption(results: Results) -> str:
    arrows = results.table("arrows").iloc[0]
    return (
        "The softest pseudo-harmonic mode of a two-dimensional glass (left) and the normalised response "
        "to the force dipole (red) of the pair that the mode stretches most (right). Its core is in the "
        "middle; shorter arrows than 2 % of the longest are left out. "
        f"N = {arrows['n_particles']}, T_p = {arrows['temperature']:g}, glass {arrows['glass']}"
    )


def _mobility_and_kappa(results: Results) -> Figure:
    bonds, cores = _first_glass(results, "bonds"), _first_glass(results, "cores")
    return mobility_and_kappa(
        _first_glass(results, "mobility_map"), bonds, cores.sort_values("stiffness"), box_of(bonds)
    )


def _mobility_caption(results: Results) -> str:
    mobility = _first_glass(results, "mobility_map")
    bonds, cores = _first_glass(results, "bonds"), _first_glass(results, "cores")
    return (
        "(left) Isoconfigurational average of the displacement relative to the neighbours after "
        f"t = {mobility['time'].iloc[0]:.3g}, {mobility['runs'].iloc[0]} runs. (right) κ_ij of all "
        f"{len(bonds)} interacting pairs; circles: the {len(cores)} softest of the modes that were found. "
        f"N = {len(mobility)}, T = {bonds['temperature'].iloc[0]:g}, glass {bonds['glass'].iloc[0]}"
    )


ENTRIES = (
    Entry(
        "soft-mode",
        "Fig. 1",
        "A soft mode of a two-dimensional glass beside a dipole response, as arrows",
        ("arrows", "cores"),
        f"{RUN}, with model ipl2d and a section [modes]",
        _soft_mode,
        _soft_mode_caption,
    ),
    Entry(
        "mobility-and-kappa",
        "Fig. 2",
        "Mobility of the particles of a two-dimensional glass beside its κ-field and soft modes",
        ("mobility_map", "bonds", "cores"),
        f"{RUN}, with model ipl2d and sections [modes] and [isoconfigurational]",
        _mobility_and_kappa,
        _mobility_caption,
    ),
)
