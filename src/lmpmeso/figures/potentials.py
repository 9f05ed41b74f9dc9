"""The pair potentials of a model and their first two derivatives, drawn from the model itself."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from lmpmeso.figures.style import PALETTE, canvas, styled
from lmpmeso.models import GlassModel

CLOSEST = 0.85
"""Where the curves begin, in units of the smallest diameter."""
SYMBOLS = (r"\varphi", r"\varphi'", r"\varphi''")


@styled
def pair_potentials(model: GlassModel) -> Figure:
    """φ(r), φ′(r) and φ″(r) of every pair of species, a panel each.

    Args:
        model: any model with pair potentials.
    """
    figure, axes = canvas(3, 1, 2.9, 2.6)
    pairs = list(model.species_pairs())
    style = model.units_style
    low = CLOSEST * min(potential.diameter for _, _, potential in pairs)
    r = np.linspace(low, 1.05 * model.max_cutoff, 1200)
    for order, ax in enumerate(axes):
        for k, (a, b, potential) in enumerate(pairs):
            label = f"{model.species[a].name}–{model.species[b].name}"
            values = potential.derivatives(r, order)[order]
            ax.plot(r, values, color=PALETTE[k % len(PALETTE)], linewidth=1.2, label=label)
        unit = style.energy_unit + (f"/{style.length_unit}" + "²" * (order == 2) if order else "")
        ax.axhline(0.0, color="0.6", linewidth=0.5)
        ax.set(xlabel=f"r [{style.length_unit}]", ylabel=f"${SYMBOLS[order]}$ [{unit}]")
        reach = max(
            float(np.abs(p.derivatives(np.array([p.diameter]), order)[order][0]))
            for _, _, p in pairs
        )
        curves = np.concatenate([p.derivatives(r, order)[order] for _, _, p in pairs])
        low_end, high_end = max(curves.min(), -1.3 * reach), min(curves.max(), 1.3 * reach)
        margin = 0.05 * (high_end - low_end)
        ax.set_ylim(low_end - margin, high_end + margin)
    axes[-1].legend(fontsize=6.5)
    figure.suptitle(f"{model.name}: {model.title}", fontsize=8)
    return figure
