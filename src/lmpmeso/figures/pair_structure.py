"""g(r) of liquid and glass over the pair potential: what holds a liquid together (Fig. 12)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lmpmeso.campaign.own_models import model_in
from lmpmeso.figures.entry import RUN, Entry, coldest, plain_label
from lmpmeso.figures.results import Results
from lmpmeso.figures.style import GREY, PALETTE, band, panels_by_label, require_columns, styled
from lmpmeso.models import GlassModel

LONGEST_DISTANCE = 2.2
"""Right end of the axis [σ_ij]."""
NEAREST_DISTANCE = 0.75
"""Left end of the axis where potentials of pairs are drawn [σ_ij]."""
ENERGY_TICK = 0.5
"""A steep potential is drawn up to a few times this [energy]."""
BELOW, ABOVE = 1.6, 3.2
"""What the axis of energies shows of each sign, in units of the depth of the well."""
COLUMNS_OF_PANELS = 4
PHASES = {"liquid": "-", "glass": (0, (1, 1))}
FEW = 0.05
"""Pairs of species that are a smaller share of all pairs are not drawn."""


@styled
def pair_structure(radial: pd.DataFrame) -> Figure:
    """Partial g(r) of liquid and glass (left axes) and the pair potential (right axes), a panel a liquid.

    Args:
        radial: label, model, temperature, phase (``"liquid"``, ``"glass"``), r [length], and g_a-b for
            each two species with g_a-b_error; one temperature a liquid.
    """
    require_columns(radial, ("label", "model", "temperature", "phase", "r"), "pair_structure")
    figure, axes, labels = panels_by_label(radial, COLUMNS_OF_PANELS, 2.9, 2.5)
    for ax, label in zip(axes, labels, strict=True):
        mine = radial[radial["label"] == label]
        model = _model_of(mine)
        right = ax.twinx()
        for colour, (a, b) in zip(PALETTE, _pairs(model), strict=False):
            _draw_pair(ax, right, mine, model, a, b, colour)
        ax.set_ylim(bottom=0.0)
        of_pairs = _is_of_pairs(model)
        ax.set(
            title=f"{label}, $T$ = {mine['temperature'].iloc[0]:.4g}",
            xlim=(NEAREST_DISTANCE if of_pairs else 0.3, LONGEST_DISTANCE),
            xlabel=r"$r/\sigma_{ij}$" if of_pairs else "$r/a_0$",
            ylabel="$g(r)$",
        )
        if of_pairs:
            right.axhline(0.0, color=GREY, linewidth=0.5)
            scale = max(_depth(model), min(_height(model) / ABOVE, ENERGY_TICK))
            right.set_ylim(-BELOW * scale, ABOVE * scale)
            right.set_ylabel(r"$U(r)$  $[\epsilon]$", color=GREY)
        else:
            right.set_axis_off()
        if model.n_species > 1:
            ax.legend(loc="upper right", fontsize=6.5, handlelength=1.2, labelspacing=0.25)
    handles = [axes[0].plot([], [], color="black", linestyle=s)[0] for s in PHASES.values()]
    names = [*PHASES]
    if any(ax.axison for ax in figure.axes[len(axes) :]):
        handles += axes[0].plot([], [], color="black", linewidth=1.0, linestyle=(0, (5, 2)))
        names.append("potential $U(r)$")
    figure.legend(handles, names, loc="outside upper center", ncols=3, fontsize=7.5)
    return figure


def _model_of(radial: pd.DataFrame) -> GlassModel:
    """The model of a liquid, as the folder that its table came from keeps it."""
    first = radial.iloc[0]
    root = Path(str(first["source"])) if "source" in radial.columns else None
    return model_in(root, str(first["model"]))


def _is_of_pairs(model: GlassModel) -> bool:
    """Whether a potential of pairs is what holds the liquid together; of embedded atoms it is a part without meaning."""
    return bool(model.pair_potentials) and model.embedding is None


def _pairs(model: GlassModel) -> list[tuple[int, int]]:
    """Pairs of species that are more than a few."""
    share = [species.fraction for species in model.species]
    return [
        (a, b)
        for a in range(model.n_species)
        for b in range(a, model.n_species)
        if share[a] * share[b] * (1.0 if a == b else 2.0) > FEW
    ]


def _depth(model: GlassModel) -> float:
    """Depth of the deepest pair potential [energy]; 0 where all are repulsive."""
    depths = [0.0]
    for _, _, potential in model.species_pairs():
        r = np.linspace(0.3, 1.0, 700) * potential.cutoff
        depths.append(-float(potential.derivatives(r, 0)[0].min()))
    return max(depths)


def _height(model: GlassModel) -> float:
    """The highest energy of a pair within the axis: little where particles may overlap [energy]."""
    return max(
        float(p.derivatives(np.array([NEAREST_DISTANCE * p.diameter]), 0)[0][0])
        for _, _, p in model.species_pairs()
    )


def _draw_pair(
    ax: Axes, right: Axes, radial: pd.DataFrame, model: GlassModel, a: int, b: int, colour: str
) -> None:
    """One pair of species: g of both phases, and the potential where it is one of pairs."""
    potential = model.pair_potentials[a][b] if _is_of_pairs(model) else None
    unit = model.a0 if potential is None else potential.diameter
    names = [model.species[k].name for k in (a, b)]
    column = f"g_{names[0]}-{names[1]}"
    for phase, style in PHASES.items():
        mine = radial[radial["phase"] == phase]
        if mine.empty or column not in mine.columns or mine[column].isna().all():
            continue
        x = mine["r"] / unit
        label = f"{names[0]}–{names[1]}" if phase == "liquid" and model.n_species > 1 else None
        ax.plot(x, mine[column], color=colour, linestyle=style, linewidth=1.2, label=label)
        error = mine[f"{column}_error"]
        band(ax, x, mine[column] - error, mine[column] + error, colour)
    if potential is None:
        return
    r = np.linspace(0.6 * unit, LONGEST_DISTANCE * unit, 600)
    energy = potential.derivatives(r, 0)[0]
    looks: dict[str, Any] = {"linewidth": 1.0, "linestyle": (0, (5, 2)), "alpha": 0.8}
    right.plot(r / unit, energy, color=colour, **looks)


def _pair_structure_caption(results: Results) -> str:
    counts = (
        coldest(results.table("radial_distribution"))
        .groupby(["label", "phase"])["n_frames"]
        .first()
    )
    words = "; ".join(
        f"{plain_label(str(label))}: {int(counts[label].get('liquid', 0))} liquids, "
        f"{int(counts[label].get('glass', 0))} glasses"
        for label in counts.index.get_level_values("label").unique()
    )
    return (
        "Radial distribution functions of the liquid (solid) and of its inherent structures (dotted) "
        "over the pair potential (dashed, right axes; models that have one), coldest state point of each liquid. Pairs that are "
        f"less than 5 % of all are left out. {words}; bands: standard errors"
    )


ENTRIES = (
    Entry(
        "pair-structure",
        "Fig. 12",
        "Radial distribution functions of liquid and glass over the pair potential",
        ("radial_distribution",),
        RUN,
        lambda results: pair_structure(coldest(results.table("radial_distribution"))),
        _pair_structure_caption,
    ),
)
