"""The figures of docs/beyond-the-paper.md.

python scripts/studies/make_beyond.py DIR    # draws them
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from beyond_tables import LIQUID, kappas
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import lmpmeso
from lmpmeso.elasticity import kappa_field, slice_of_particles
from lmpmeso.figures.kappa_map import colour_scale, draw_field, logarithmic_scale
from lmpmeso.figures.style import (
    DASHED,
    GREY,
    MARKERS,
    PALETTE,
    canvas,
    interval_ends,
    panel_name,
    styled,
    temperature_colours,
)
from lmpmeso.models import get_model

TITLES = {"cuzr": "Cu$_{50}$Zr$_{50}$", "silica": "SiO$_2$", "poly-swap": "polydisperse, swaps"}
OF_EACH = (
    ("energy", r"$u_\mathrm{IS}$  [eV]"),
    ("kappa", r"$\kappa$  [eV/Å$^2$]"),
    ("shear_modulus_gpa", r"$G$  [GPa]"),
)


@styled
def fields(folder: Path, points: pd.DataFrame) -> Figure:
    """Slices of the κ-field of the hottest and of the coldest glass of one melt, a row a model."""
    names = list(points["model"].unique())
    figure, axes = canvas(2, rows=len(names), width=3.0, height=2.8, layout="compressed")
    for row, name in enumerate(names):
        pair = axes[2 * row : 2 * row + 2]
        ends = points[points["model"] == name]["temperature"].iloc[[0, -1]]
        slices = [field_slice(folder, name, temperature) for temperature in ends]
        scale = logarithmic_scale(pd.concat([particles["kappa"] for particles, _ in slices]))
        for ax, temperature, (particles, edge) in zip(pair, ends, slices, strict=True):
            drawn = draw_field(ax, particles, (edge, edge), scale)
            ax.set(xlabel="$x$  [Å]", ylabel="$y$  [Å]")
            ax.set_title(f"{TITLES[name]}, {temperature:g} K")
        colour_scale(figure, pair, drawn, r"$\kappa_i$  [eV/Å$^2$]")
    return figure


def field_slice(folder: Path, name: str, temperature: float) -> tuple[pd.DataFrame, float]:
    """κ_i of the particles of the first melt that a slice holds; and the edge of the box."""
    model = get_model(name)
    path = min((folder / name).glob(f"*-{temperature:g}.glass.dump"))
    glass = lmpmeso.read_configuration(path, model)
    kept = next(kappas(folder, name, temperature))
    bonds = pd.DataFrame({"i": kept["i_p"], "j": kept["j_p"], "kappa": kept["kappa_p"]})
    field = kappa_field(bonds, glass.n_particles)
    return slice_of_particles(glass, model, kappa=field), float(glass.box_c[0])


@styled
def distributions(folder: Path, points: pd.DataFrame) -> Figure:
    """p(κ_ij), a panel a model, of its hottest, middle and coldest glasses."""
    names = list(points["model"].unique())
    figure, axes = canvas(len(names), width=3.2)
    for ax, name in zip(axes, names, strict=True):
        own = list(points[points["model"] == name]["temperature"])
        shown = [own[0], own[len(own) // 2], own[-1]]
        ax.set_prop_cycle(color=list(temperature_colours(shown).values())[::-1])
        for temperature in shown:
            by_glass = [kept["kappa_p"] for kept in kappas(folder, name, temperature)]
            lmpmeso.plot.stiffness_distribution(by_glass, ax, label=f"{temperature:g} K")
        ax.set(xlabel=r"$\kappa_{ij}$  [eV/Å$^2$]", ylabel=r"$p(\kappa_{ij})$  [Å$^2$/eV]")
        panel_name(ax, TITLES[name])
    return figure


@styled
def stiffness(points: pd.DataFrame) -> Figure:
    """u_IS, κ and G against the temperature of the melt; open where it was out of equilibrium."""
    names = list(points["model"].unique())
    figure, axes = canvas(len(names), rows=len(OF_EACH), width=3.0, height=2.0)
    for column, name in enumerate(names):
        own = points[points["model"] == name]
        for row, (quantity, label) in enumerate(OF_EACH):
            ax = axes[row * len(names) + column]
            with_states(ax, own, own["temperature"], quantity, PALETTE[0], "o", "this box")
            if quantity == "kappa":
                infinite = (PALETTE[1], "s", "infinite glass")
                with_states(ax, own, own["temperature"], "kappa_infinity", *infinite)
                ax.legend()
            ax.set_ylabel(label)
        panel_name(axes[column], TITLES[name])
        axes[-len(names) + column].set_xlabel("$T$ of the melt  [K]")
    return figure


@styled
def together(points: pd.DataFrame) -> Figure:
    """κ and G over those of the hottest liquid, of all models: against T, and against how far u_IS fell."""
    figure, axes = canvas(2, rows=2, width=3.4, height=2.5)
    for column, x in enumerate(("reduced_temperature", "fall")):
        for row, (quantity, symbol) in enumerate((("kappa", r"\kappa"), ("shear_modulus", "G"))):
            ax = axes[2 * row + column]
            if ax is not axes[0]:
                ax.sharey(axes[0])
            ax.axhline(1.0, color=GREY, linewidth=0.8, linestyle=DASHED)
            looks = zip(PALETTE, MARKERS, points.groupby("model", sort=False), strict=False)
            for colour, marker, (name, own) in looks:
                with_states(ax, own, own[x], f"{quantity}_ratio", colour, marker, TITLES[name])
            ax.set_ylabel(f"${symbol} / {symbol}(T_h)$")
    axes[2].set_xlabel("$T / T_h$")
    axes[3].set_xlabel(r"$[u_\mathrm{IS}(T_h) - u_\mathrm{IS}] / k_B T_h$")
    axes[0].legend()
    return figure


def with_states(
    ax: Axes,
    own: pd.DataFrame,
    x: pd.Series,
    quantity: str,
    colour: str,
    marker: str,
    label: str,
) -> None:
    """A column with its intervals, joined by a line; symbols are filled where the liquid was in equilibrium."""
    ends = interval_ends(own, quantity)
    ax.plot(x, own[quantity], color=colour, linewidth=0.9)
    for settled, face in ((True, colour), (False, "white")):
        part = ((own["state"] == LIQUID) == settled).to_numpy()
        ax.errorbar(
            x[part],
            own[quantity][part],
            ends[:, part],
            fmt=marker,
            color=colour,
            markerfacecolor=face,
            elinewidth=0.8,
            label=label if settled else None,
        )
