"""How much annealing stiffens a glass: κ and G relative to the hottest parent liquid (Fig. 3)."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from lmpmeso.figures.style import (
    GREY,
    PALETTE,
    canvas,
    interval_ends,
    require_columns,
    styled,
)

COLUMNS_OF_PANELS = 3


@styled
def annealing(points: pd.DataFrame) -> Figure:
    """κ(T_p) and G(T_p) relative to their values at the highest T_p, a panel a liquid.

    Args:
        points: a row a state point: label, temperature, kappa_ratio, shear_modulus_ratio with their
            _low and _high.
    """
    require_columns(
        points, ("label", "temperature", "kappa_ratio", "shear_modulus_ratio"), "annealing"
    )
    labels = list(dict.fromkeys(points["label"]))
    columns = min(len(labels), COLUMNS_OF_PANELS)
    figure, axes = canvas(columns, -(-len(labels) // columns), width=2.6, height=2.4)
    for ax, label in zip(axes, labels, strict=False):
        mine = points[points["label"] == label].sort_values("temperature")
        for name, colour, marker, symbol in (
            ("kappa_ratio", PALETTE[0], "o", r"$\kappa$"),
            ("shear_modulus_ratio", PALETTE[1], "s", "$G$"),
        ):
            ax.errorbar(
                mine["temperature"],
                mine[name],
                yerr=interval_ends(mine, name),
                color=colour,
                marker=marker,
                linewidth=1.0,
                elinewidth=1.0,
                capsize=2.5,
                label=symbol,
            )
        ax.axhline(1.0, color=GREY, linewidth=0.6, linestyle=(0, (4, 3)), zorder=0)
        ax.set_title(label)
        ax.set_xlabel("$T_p$")
        ax.set_ylabel("relative change")
        ax.legend(loc="upper right")
    for ax in axes[len(labels) :]:
        ax.set_axis_off()
    return figure
